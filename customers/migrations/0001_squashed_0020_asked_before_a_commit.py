"""All tables at once: what the replaced ones make one after the other."""

from importlib import import_module

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import customers.models.customer
import toolbox.days
import toolbox.money
import toolbox.percent

search_index = import_module("customers.migrations.0002_search_index")


class Migration(migrations.Migration):
    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_search_index"),
        ("customers", "0003_upload_attempts"),
        ("customers", "0004_customised_share_in_percent"),
        ("customers", "0005_corrections"),
        ("customers", "0006_limits_of_days"),
        ("customers", "0007_code_can_be_seen"),
        ("customers", "0007_sentences_of_constraints"),
        ("customers", "0008_not_yet_graded_is_last"),
        ("customers", "0009_fewer_indexes_on_standings"),
        ("customers", "0010_topics"),
        ("customers", "0011_merges"),
        ("customers", "0012_facts_move_in_merges"),
        ("customers", "0013_groups"),
        ("customers", "0014_contact_birthday"),
        ("customers", "0015_imports"),
        ("customers", "0016_requests_by_email"),
        ("customers", "0017_round_trip"),
        ("customers", "0018_service_team_and_notes"),
        ("customers", "0019_handovers"),
        ("customers", "0020_asked_before_a_commit"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0010_calendar_feeds"),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[customers.models.customer.refuse_hidden],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "initials",
                    models.CharField(
                        blank=True,
                        help_text="For searching. Filled in by itself; correct it where a character is read differently.",
                        max_length=200,
                        verbose_name="pinyin initials",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("enterprise", "Enterprise"), ("individual", "Individual")],
                        default="enterprise",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "lifecycle",
                    models.CharField(
                        choices=[
                            ("prospect", "Prospect"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        default="prospect",
                        max_length=10,
                        verbose_name="lifecycle",
                    ),
                ),
                (
                    "industry",
                    models.CharField(
                        blank=True, help_text="GB/T 4754-2017", max_length=3, verbose_name="industry"
                    ),
                ),
                ("province", models.CharField(blank=True, max_length=2, verbose_name="province")),
                ("city", models.CharField(blank=True, max_length=4, verbose_name="city")),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("large", "Large"),
                            ("medium", "Medium"),
                            ("small", "Small"),
                            ("micro", "Micro"),
                        ],
                        max_length=6,
                        verbose_name="size",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("referral", "Referral"),
                            ("fair", "Trade fair"),
                            ("website", "Website"),
                            ("visit", "Cold visit"),
                            ("tender", "Tender"),
                            ("partner", "Partner"),
                            ("import", "Order file"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "Phone"),
                            ("wechat", "WeChat"),
                            ("email", "E-mail"),
                            ("online", "Online meeting"),
                            ("visit", "Visit"),
                            ("post", "Post"),
                        ],
                        max_length=10,
                        verbose_name="preferred channel",
                    ),
                ),
                (
                    "cooperation_since",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[toolbox.days.DayFrom(1949)],
                        verbose_name="cooperation since",
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=10000, verbose_name="notes")),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="archived at"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated at")),
                ("name_key", models.CharField(default="", editable=False, max_length=200)),
                ("search_text", models.TextField(default="", editable=False)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merged_from",
                        to="customers.customer",
                        verbose_name="merged into",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "indexes": [
                    models.Index(models.F("owner"), models.F("archived_at"), name="customer_owner"),
                    models.Index(models.F("team"), models.F("archived_at"), name="customer_team"),
                    models.Index(models.F("name_key"), models.F("id"), name="customer_name_key"),
                    models.Index(models.F("updated_at"), models.F("id"), name="customer_updated"),
                    models.Index(models.F("industry"), name="customer_industry"),
                    models.Index(models.F("province"), models.F("city"), name="customer_region"),
                    models.Index(models.F("lifecycle"), name="customer_lifecycle"),
                    models.Index(
                        models.F("merged_into"),
                        condition=models.Q(("merged_into", None), _negated=True),
                        name="customer_merged",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        name="customer_has_a_code",
                        violation_error_message="A customer needs a code.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="customer_has_a_name",
                        violation_error_message="A customer needs a name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["enterprise", "individual"])),
                        name="customer_kind_is_known",
                        violation_error_message="This kind of customer is not known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifecycle__in", ["prospect", "new", "active", "dormant", "lost"])
                        ),
                        name="customer_lifecycle_is_known",
                        violation_error_message="This lifecycle is not known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__in", ["", "large", "medium", "small", "micro"])),
                        name="customer_size_is_known",
                        violation_error_message="This size is not known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1)),
                        name="customer_version_counts_up",
                        violation_error_message="Versions count up from 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into", None), ("archived_at__isnull", False), _connector="OR"
                        ),
                        name="customer_merged_is_archived",
                        violation_error_message="Whoever went into another customer is archived.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("description", models.TextField(blank=True, max_length=500, verbose_name="description")),
                ("created_at", models.DateTimeField(editable=False, verbose_name="made at")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "group of customers",
                "verbose_name_plural": "groups of customers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="group_has_a_name",
                        violation_error_message="A group needs a name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="asked at")),
                (
                    "words",
                    models.TextField(
                        blank=True, max_length=5000, verbose_name="what the successor should know"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting to be accepted"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="given_over",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="from",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="settled by",
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_over",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "hand-over",
                "verbose_name_plural": "hand-overs",
                "indexes": [
                    models.Index(fields=["taker", "-at"], name="handover_of_taker"),
                    models.Index(fields=["-at", "-id"], name="handover_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("giver", None),
                            models.Q(("giver", models.F("taker")), _negated=True),
                            _connector="OR",
                        ),
                        name="handover_goes_to_another",
                        violation_error_message="Choose somebody else than who has the customer.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("settled_by", None), ("state", "open")),
                            models.Q(
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                                ("state__in", ["accepted", "declined", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="handover_settled_says_by_whom",
                        violation_error_message="What is settled says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCustomer",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "code",
                    models.CharField(
                        db_index=True,
                        max_length=40,
                        validators=[customers.models.customer.refuse_hidden],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "initials",
                    models.CharField(
                        blank=True,
                        help_text="For searching. Filled in by itself; correct it where a character is read differently.",
                        max_length=200,
                        verbose_name="pinyin initials",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("enterprise", "Enterprise"), ("individual", "Individual")],
                        default="enterprise",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "lifecycle",
                    models.CharField(
                        choices=[
                            ("prospect", "Prospect"),
                            ("new", "New"),
                            ("active", "Active"),
                            ("dormant", "Dormant"),
                            ("lost", "Lost"),
                        ],
                        default="prospect",
                        max_length=10,
                        verbose_name="lifecycle",
                    ),
                ),
                (
                    "industry",
                    models.CharField(
                        blank=True, help_text="GB/T 4754-2017", max_length=3, verbose_name="industry"
                    ),
                ),
                ("province", models.CharField(blank=True, max_length=2, verbose_name="province")),
                ("city", models.CharField(blank=True, max_length=4, verbose_name="city")),
                (
                    "size",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("large", "Large"),
                            ("medium", "Medium"),
                            ("small", "Small"),
                            ("micro", "Micro"),
                        ],
                        max_length=6,
                        verbose_name="size",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("referral", "Referral"),
                            ("fair", "Trade fair"),
                            ("website", "Website"),
                            ("visit", "Cold visit"),
                            ("tender", "Tender"),
                            ("partner", "Partner"),
                            ("import", "Order file"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "Phone"),
                            ("wechat", "WeChat"),
                            ("email", "E-mail"),
                            ("online", "Online meeting"),
                            ("visit", "Visit"),
                            ("post", "Post"),
                        ],
                        max_length=10,
                        verbose_name="preferred channel",
                    ),
                ),
                (
                    "cooperation_since",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[toolbox.days.DayFrom(1949)],
                        verbose_name="cooperation since",
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=10000, verbose_name="notes")),
                (
                    "archived_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="archived at"),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created at")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer history",
                "verbose_name_plural": "customer history",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("file", models.FileField(blank=True, upload_to="imports/%Y/%m/", verbose_name="file")),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("both", "Create and update"),
                            ("create", "Create only"),
                            ("update", "Update only"),
                        ],
                        default="both",
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("reading", models.JSONField(blank=True, default=dict, verbose_name="how it is read")),
                ("found", models.JSONField(blank=True, default=dict, verbose_name="what was found")),
                ("mapping", models.JSONField(blank=True, default=dict, verbose_name="columns")),
                ("mapping_name", models.CharField(blank=True, default="", max_length=80)),
                (
                    "leaves_out_likely",
                    models.BooleanField(default=False, verbose_name="possible duplicates are left out"),
                ),
                ("leaves_obstacles", models.BooleanField(default=False, editable=False)),
                ("goes_straight_on", models.BooleanField(default=False, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Being read"),
                            ("read", "Columns to be confirmed"),
                            ("planning", "Being compared"),
                            ("planned", "Ready to commit"),
                            ("committing", "Being committed"),
                            ("done", "Committed"),
                            ("stale", "The data changed meanwhile"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("failed", "Failed"),
                            ("discarded", "Discarded"),
                        ],
                        default="reading",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("failed_at_step", models.CharField(blank=True, default="", max_length=10)),
                ("taken_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="rows done")),
                ("counts", models.JSONField(blank=True, default=dict, verbose_name="counts")),
                ("columns", models.JSONField(blank=True, default=list, editable=False)),
                ("errors", models.JSONField(blank=True, default=list, verbose_name="errors")),
                (
                    "obstacles",
                    models.JSONField(blank=True, default=list, verbose_name="what stands in the way"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="sent at")),
                ("touched_at", models.DateTimeField(auto_now_add=True)),
                ("committed_at", models.DateTimeField(blank=True, null=True, verbose_name="committed at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                ("rulings", models.JSONField(blank=True, default=dict, verbose_name="decisions")),
                ("answers", models.JSONField(blank=True, default=dict, verbose_name="answers")),
                ("remarks", models.JSONField(blank=True, default=list, verbose_name="remarks")),
                (
                    "spared",
                    models.JSONField(
                        blank=True, default=list, verbose_name="possible duplicates left out one by one"
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [
                    models.Index(fields=["by", "-created_at"], name="import_by"),
                    models.Index(fields=["state", "touched_at"], name="import_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("mode__in", ["both", "create", "update"])),
                        name="import_mode_is_known",
                        violation_error_message="This mode is not known.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("headers", models.CharField(max_length=64)),
                ("columns", models.JSONField(default=dict, verbose_name="columns")),
                ("is_shared", models.BooleanField(default=False, verbose_name="for everybody")),
                ("saved_at", models.DateTimeField(auto_now=True, verbose_name="saved at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved mapping",
                "verbose_name_plural": "saved mappings",
                "indexes": [models.Index(fields=["kind", "headers"], name="saved_mapping_headers")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("by", "kind", "name"),
                        name="saved_mapping_name_stands_once",
                        violation_error_message="You have a mapping of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("scale", models.SlugField(max_length=40, verbose_name="scale")),
                ("key", models.SlugField(max_length=20, verbose_name="key")),
                ("name_en", models.CharField(max_length=40, verbose_name="English name")),
                ("name_zh", models.CharField(max_length=40, verbose_name="Chinese name")),
                ("rank", models.PositiveSmallIntegerField(verbose_name="rank")),
                ("colour", models.CharField(default="blue", max_length=20, verbose_name="colour")),
            ],
            options={
                "verbose_name": "tier",
                "verbose_name_plural": "tiers",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("scale", "key"),
                        name="tier_key_is_unique_on_its_scale",
                        violation_error_message="This scale has a tier with this key already.",
                    ),
                    models.UniqueConstraint(
                        fields=("scale", "rank"),
                        name="tier_rank_is_unique_on_its_scale",
                        violation_error_message="This scale has a tier of this rank already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("orders", "Order file"), ("tier_sheet", "Tier sheet")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("file", models.FileField(upload_to="uploads/%Y/%m/", verbose_name="file")),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("options", models.JSONField(default=dict, verbose_name="options")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting to be checked"),
                            ("checking", "Being checked"),
                            ("checked", "Ready to load"),
                            ("refused", "Has errors"),
                            ("loading", "Being loaded"),
                            ("loaded", "Loaded"),
                            ("failed", "Failed"),
                            ("discarded", "Discarded"),
                        ],
                        default="uploaded",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="rows done")),
                ("errors", models.JSONField(default=list, verbose_name="errors")),
                ("report", models.JSONField(default=dict, verbose_name="report")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="sent at")),
                ("touched_at", models.DateTimeField(auto_now=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
                "indexes": [models.Index(fields=["by", "-created_at"], name="upload_by")],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("indicator", models.CharField(max_length=40, verbose_name="indicator")),
                (
                    "rating",
                    models.PositiveSmallIntegerField(
                        help_text="1 (lowest) to 5 (highest)", verbose_name="rating"
                    ),
                ),
                ("evidence", models.TextField(max_length=2000, verbose_name="evidence")),
                (
                    "rated_on",
                    models.DateField(validators=[toolbox.days.DayFrom(1990)], verbose_name="rated on"),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="rated by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment",
                "verbose_name_plural": "assessments",
                "indexes": [
                    models.Index(
                        fields=["customer", "indicator", "-rated_on", "-id"], name="assessment_newest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rating__range", (1, 5))),
                        name="assessment_rating_is_1_to_5",
                        violation_error_message="A rating lies between 1 and 5.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("evidence", ""), _negated=True),
                        name="assessment_has_evidence",
                        violation_error_message="A rating needs its evidence.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("title", models.CharField(blank=True, max_length=100, verbose_name="position")),
                ("phone", models.CharField(blank=True, max_length=60, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("wechat", models.CharField(blank=True, max_length=60, verbose_name="WeChat")),
                (
                    "preferred_channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "Phone"),
                            ("wechat", "WeChat"),
                            ("email", "E-mail"),
                            ("online", "Online meeting"),
                            ("visit", "Visit"),
                            ("post", "Post"),
                        ],
                        max_length=10,
                        verbose_name="preferred channel",
                    ),
                ),
                ("is_primary", models.BooleanField(default=False, verbose_name="first contact")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "birthday",
                    models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        help_text="Month and day, such as 06-21, and only with the person's consent. The year is not kept.",
                        max_length=5,
                        validators=[toolbox.days.month_and_day],
                        verbose_name="birthday",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "indexes": [
                    models.Index(
                        models.F("customer"),
                        condition=models.Q(("birthday", ""), _negated=True),
                        name="contact_with_birthday",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="contact_has_a_name",
                        violation_error_message="A contact needs a name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("number", models.CharField(max_length=60, unique=True, verbose_name="contract number")),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                ("amount", toolbox.money.MoneyField(blank=True, null=True, verbose_name="amount")),
                (
                    "starts_on",
                    models.DateField(
                        validators=[toolbox.days.DayFrom(1990, years_ahead=10)], verbose_name="starts on"
                    ),
                ),
                (
                    "ends_on",
                    models.DateField(
                        validators=[toolbox.days.DayFrom(1990, years_ahead=10)], verbose_name="ends on"
                    ),
                ),
                (
                    "renewed_on",
                    models.DateField(
                        blank=True,
                        null=True,
                        validators=[toolbox.days.DayFrom(1990)],
                        verbose_name="renewed on",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "indexes": [
                    models.Index(
                        models.F("customer"),
                        models.F("ends_on"),
                        include=("renewed_on", "recorded_at"),
                        name="contract_customer_end",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        name="contract_has_a_number",
                        violation_error_message="A contract needs a number.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="contract_ends_after_its_start",
                        violation_error_message="A contract cannot end before it starts.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind of fact")),
                ("fact_id", models.BigIntegerField(verbose_name="number")),
                (
                    "changes",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="changes"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="corrected by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction",
                "verbose_name_plural": "corrections",
                "indexes": [models.Index(fields=["customer", "-recorded_at"], name="correction_customer")],
            },
        ),
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reasons", models.JSONField(verbose_name="why")),
                ("amount", toolbox.money.MoneyField(default=0, verbose_name="annual amount")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
                ("dismissed_at", models.DateTimeField(blank=True, null=True, verbose_name="told apart at")),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="told apart by",
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="the other customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "possible duplicate",
                "verbose_name_plural": "possible duplicates",
                "indexes": [models.Index(fields=["-amount", "-id"], name="duplicate_by_amount")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("first", "second"),
                        name="duplicate_pair_is_listed_once",
                        violation_error_message="These two are on the list already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="duplicate_pair_is_ordered",
                        violation_error_message="The older of the two comes first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dismissed_at", None), ("dismissed_by", None)),
                            models.Q(("dismissed_at__isnull", False), ("dismissed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="duplicate_dismissed_says_by_whom",
                        violation_error_message="Who are told apart, are so by somebody, on a day.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("indicator", models.CharField(max_length=40, verbose_name="indicator")),
                ("value", models.BigIntegerField(verbose_name="value")),
                ("as_of", models.DateField(validators=[toolbox.days.DayFrom(1990)], verbose_name="as of")),
                ("source", models.CharField(max_length=200, verbose_name="source")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="figures",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "figure",
                "verbose_name_plural": "figures",
                "indexes": [
                    models.Index(fields=["customer", "indicator", "-as_of", "-id"], name="figure_newest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="figure_has_a_source",
                        violation_error_message="A figure needs its source.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__range", (-1000000000000000, 1000000000000000))),
                        name="figure_value_is_sane",
                        violation_error_message="That number is too large to be true.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_open", models.BooleanField(default=True, verbose_name="waits")),
                ("moved", models.BooleanField(default=False, verbose_name="went over")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="handovers",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="handed",
                        to="customers.handover",
                        verbose_name="hand-over",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer handed over",
                "verbose_name_plural": "customers handed over",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("handover", "customer"),
                        name="handed_over_once_in_a_handover",
                        violation_error_message="This customer stands in the hand-over already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_open", True)),
                        fields=("customer",),
                        name="handed_over_to_one_at_a_time",
                        violation_error_message="This customer is being handed over already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandoverItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("part", models.SlugField(max_length=30, verbose_name="what")),
                ("count", models.PositiveIntegerField(verbose_name="how many")),
                ("moved", models.PositiveIntegerField(blank=True, null=True, verbose_name="went over")),
                ("ticked_at", models.DateTimeField(blank=True, null=True, verbose_name="ticked at")),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="customers.handover",
                        verbose_name="hand-over",
                    ),
                ),
                (
                    "ticked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ticked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a hand-over",
                "verbose_name_plural": "lines of hand-overs",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("handover", "part"),
                        name="handover_item_stands_once",
                        violation_error_message="This line stands in the checklist already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ticked_at", None), ("ticked_by", None)),
                            models.Q(("ticked_at__isnull", False), ("ticked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="handover_item_ticked_says_by_whom",
                        violation_error_message="What is ticked says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("changed", "Changed"),
                            ("unchanged", "Unchanged"),
                            ("left_out", "Left out"),
                            ("conflict", "In conflict"),
                        ],
                        max_length=10,
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("body", models.BinaryField()),
                (
                    "parent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="customers.import",
                    ),
                ),
            ],
            options={
                "verbose_name": "rows of an import",
                "verbose_name_plural": "rows of imports",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("parent", "outcome", "number"),
                        name="import_batch_stands_once",
                        violation_error_message="These rows are there already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Interaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("wechat", "WeChat"),
                            ("email", "E-mail"),
                            ("online", "Online meeting"),
                            ("visit", "Visit"),
                            ("post", "Post"),
                        ],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "department",
                    models.CharField(
                        choices=[
                            ("sales", "Sales"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                        ],
                        max_length=10,
                        verbose_name="department",
                    ),
                ),
                ("note", models.TextField(max_length=10000, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interactions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        blank=True,
                        choices=[("new_product", "New products"), ("bulk", "Buying in bulk")],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="topic",
                    ),
                ),
            ],
            options={
                "verbose_name": "interaction",
                "verbose_name_plural": "interactions",
                "indexes": [
                    models.Index(fields=["customer", "-at"], name="interaction_customer_at"),
                    models.Index(
                        models.F("customer"),
                        models.F("at"),
                        condition=models.Q(("topic", ""), _negated=True),
                        name="interaction_with_topic",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), _negated=True),
                        name="interaction_has_a_note",
                        violation_error_message="Say what was talked about.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("topic__in", ["", "new_product", "bulk"])),
                        name="interaction_topic_is_known",
                        violation_error_message="Nobody knows this topic.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyDate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("label", models.CharField(max_length=100, verbose_name="occasion")),
                (
                    "on",
                    models.DateField(
                        validators=[toolbox.days.DayFrom(1900, years_ahead=10)], verbose_name="date"
                    ),
                ),
                ("repeats", models.BooleanField(default=True, verbose_name="every year")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="key_dates",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "key date",
                "verbose_name_plural": "key dates",
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField(editable=False, verbose_name="added at")),
                (
                    "added_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="customers.group",
                        verbose_name="group",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership in a group",
                "verbose_name_plural": "memberships in groups",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "customer"),
                        name="once_in_a_group",
                        violation_error_message="This customer stands in the group already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Memo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "department",
                    models.CharField(
                        choices=[
                            ("sales", "Sales"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                        ],
                        max_length=10,
                        verbose_name="department",
                    ),
                ),
                ("words", models.TextField(max_length=10000, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memos",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "note to colleagues",
                "verbose_name_plural": "notes to colleagues",
                "indexes": [
                    models.Index(fields=["customer", "-at", "-id"], name="memo_customer_at"),
                    models.Index(fields=["recorded_at"], name="memo_recorded"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="memo_has_words",
                        violation_error_message="Write the note first.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("moved", models.JSONField(verbose_name="what moved")),
                (
                    "fields",
                    models.JSONField(
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="fields taken over",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="merged at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                ("left", models.JSONField(default=dict, verbose_name="what stayed when it was undone")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="merged by",
                    ),
                ),
                (
                    "gone",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gone_in",
                        to="customers.customer",
                        verbose_name="customer that went",
                    ),
                ),
                (
                    "keeper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merges",
                        to="customers.customer",
                        verbose_name="customer that stays",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "indexes": [models.Index(fields=["-at", "-id"], name="merge_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("gone",),
                        name="merge_takes_a_customer_once",
                        violation_error_message="This customer went into another one already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("keeper", models.F("gone")), _negated=True),
                        name="merge_is_of_two",
                        violation_error_message="A customer cannot be merged with itself.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("undone_at", None), ("undone_by", None)),
                            models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="merge_undone_says_by_whom",
                        violation_error_message="What is undone says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("number", models.CharField(max_length=60, unique=True, verbose_name="order number")),
                (
                    "ordered_on",
                    models.DateField(validators=[toolbox.days.DayFrom(1990)], verbose_name="ordered on"),
                ),
                ("amount", toolbox.money.MoneyField(verbose_name="amount")),
                ("category", models.CharField(blank=True, max_length=100, verbose_name="category")),
                (
                    "customised_share",
                    toolbox.percent.PercentField(
                        blank=True,
                        help_text="In percent, such as 92.5.",
                        null=True,
                        verbose_name="customised share",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "indexes": [
                    models.Index(
                        models.F("customer"),
                        models.F("ordered_on"),
                        include=("amount", "customised_share", "recorded_at"),
                        name="order_customer_day",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        name="order_has_a_number",
                        violation_error_message="An order needs a number.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("customised_share", None),
                            ("customised_share__range", (0, 10000)),
                            _connector="OR",
                        ),
                        name="order_customised_share_is_a_share",
                        violation_error_message="A share lies between 0% and 100%.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__range", (-1000000000000000, 1000000000000000))),
                        name="order_amount_is_sane",
                        violation_error_message="That amount is too large to be true.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "department",
                    models.CharField(
                        choices=[
                            ("technical", "Technical adviser"),
                            ("service", "After-sales specialist"),
                            ("logistics", "Logistics specialist"),
                        ],
                        max_length=10,
                        verbose_name="department",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "seat in a service team",
                "verbose_name_plural": "seats in service teams",
                "indexes": [
                    models.Index(fields=["customer", "-since"], name="seat_of_customer"),
                    models.Index(
                        condition=models.Q(("until", None)),
                        fields=["person", "customer"],
                        name="seat_of_person",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)),
                        fields=("customer", "department"),
                        name="seat_is_taken_once",
                        violation_error_message="Somebody serves this customer for the department already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("department__in", ["service", "technical", "logistics"])),
                        name="seat_department_supports",
                        violation_error_message="Choose one of the supporting departments.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("until", None)),
                            models.Q(("ended_by__isnull", False), ("until__isnull", False)),
                            _connector="OR",
                        ),
                        name="seat_ended_says_by_whom",
                        violation_error_message="A seat that has ended says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("detail", models.TextField(blank=True, max_length=10000, verbose_name="detail")),
                (
                    "department",
                    models.CharField(
                        choices=[
                            ("sales", "Sales"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                        ],
                        max_length=10,
                        verbose_name="department",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resolved at")),
                ("resolution", models.TextField(blank=True, max_length=10000, verbose_name="resolution")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the customer, by e-mail.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opened_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolved_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="resolved by",
                    ),
                ),
                (
                    "topic",
                    models.CharField(
                        blank=True,
                        choices=[("new_product", "New products"), ("bulk", "Buying in bulk")],
                        db_default="",
                        default="",
                        max_length=12,
                        verbose_name="topic",
                    ),
                ),
            ],
            options={
                "verbose_name": "service request",
                "verbose_name_plural": "service requests",
                "indexes": [
                    models.Index(models.F("customer"), models.F("opened_at"), name="request_customer_opened"),
                    models.Index(
                        models.F("department"),
                        models.F("customer"),
                        condition=models.Q(("resolved_at", None)),
                        name="request_open",
                    ),
                    models.Index(
                        models.F("customer"),
                        models.F("opened_at"),
                        condition=models.Q(("topic", ""), _negated=True),
                        name="request_with_topic",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject", ""), _negated=True),
                        name="request_has_a_subject",
                        violation_error_message="A service request needs a subject.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resolved_at", None),
                            ("resolved_at__gte", models.F("opened_at")),
                            _connector="OR",
                        ),
                        name="request_resolved_after_opening",
                        violation_error_message="A service request cannot be closed before it was opened.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("topic__in", ["", "new_product", "bulk"])),
                        name="request_topic_is_known",
                        violation_error_message="Nobody knows this topic.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="standing",
                        serialize=False,
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                ("total", models.IntegerField(blank=True, null=True, verbose_name="score")),
                ("low", models.IntegerField(blank=True, null=True, verbose_name="lowest possible score")),
                ("high", models.IntegerField(blank=True, null=True, verbose_name="highest possible score")),
                ("coverage", models.IntegerField(blank=True, null=True, verbose_name="coverage")),
                (
                    "annual_amount",
                    toolbox.money.MoneyField(blank=True, null=True, verbose_name="annual amount"),
                ),
                ("graded_on", models.DateField(blank=True, null=True, verbose_name="graded as of")),
                ("since", models.DateField(blank=True, null=True, verbose_name="in this tier since")),
                ("grading_id", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("is_overridden", models.BooleanField(default=False, verbose_name="set by hand")),
                (
                    "computed_tier",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="computed tier",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
            ],
            options={
                "verbose_name": "standing",
                "verbose_name_plural": "standings",
                "indexes": [
                    models.Index(
                        models.OrderBy(
                            django.db.models.functions.comparison.Coalesce(models.F("annual_amount"), -1),
                            descending=True,
                        ),
                        models.OrderBy(models.F("customer"), descending=True),
                        name="standing_by_amount",
                    ),
                    models.Index(models.F("tier"), models.F("customer"), name="standing_by_tier"),
                    models.Index(
                        models.OrderBy(
                            models.Case(
                                models.When(then=-1, tier__isnull=True),
                                default=django.db.models.functions.comparison.Coalesce(models.F("total"), -1),
                            ),
                            descending=True,
                        ),
                        models.OrderBy(models.F("customer"), descending=True),
                        name="standing_by_total",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("total", None), ("total__range", (0, 100000000)), _connector="OR"
                        ),
                        name="standing_total_is_0_to_100",
                        violation_error_message="Points lie between 0 and 100.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("told_until", models.DateTimeField(verbose_name="told until")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watches",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "watched customer",
                "verbose_name_plural": "watched customers",
                "indexes": [models.Index(fields=["told_until", "id"], name="watch_to_tell")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "customer"),
                        name="watched_once",
                        violation_error_message="You watch this customer already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("told_until__gte", models.F("since"))),
                        name="watch_tells_what_comes",
                        violation_error_message="A watch tells what comes after it began.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file", models.FileField(blank=True, max_length=120, upload_to="", verbose_name="file")),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("media_type", models.CharField(max_length=100, verbose_name="kind of file")),
                ("size", models.PositiveBigIntegerField(verbose_name="bytes")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deleted by",
                    ),
                ),
                (
                    "memo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="customers.memo",
                        verbose_name="note to colleagues",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deleted_at", None), ("deleted_by", None)),
                            models.Q(("deleted_at__isnull", False), ("deleted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="attachment_deleted_says_by_whom",
                        violation_error_message="A deleted file says when and by whom.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "memo",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to="customers.memo",
                        verbose_name="note to colleagues",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "mention",
                "verbose_name_plural": "mentions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("memo", "person"),
                        name="mentioned_once",
                        violation_error_message="This person is mentioned in the note already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="recorded at"
                    ),
                ),
                ("amount", toolbox.money.MoneyField(verbose_name="amount")),
                (
                    "due_on",
                    models.DateField(
                        validators=[toolbox.days.DayFrom(1990, years_ahead=10)], verbose_name="due on"
                    ),
                ),
                (
                    "paid_on",
                    models.DateField(
                        blank=True, null=True, validators=[toolbox.days.DayFrom(1990)], verbose_name="paid on"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payments",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "indexes": [
                    models.Index(
                        models.F("customer"),
                        models.F("due_on"),
                        include=("amount", "paid_on", "recorded_at"),
                        name="payment_customer_day",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0), ("amount__lte", 1000000000000000)),
                        name="payment_amount_is_positive",
                        violation_error_message="A payment has an amount above 0.",
                    )
                ],
            },
        ),
        migrations.RunPython(search_index.create, search_index.drop),
    ]
