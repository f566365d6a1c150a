"""All tables at once: what the replaced ones make one after the other."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tiering.models.scheme
import tiering.models.simulation
import toolbox.money


class Migration(migrations.Migration):
    replaces = [
        ("tiering", "0001_initial"),
        ("tiering", "0002_remark"),
        ("tiering", "0003_override_tier_before"),
        ("tiering", "0004_sentences_of_constraints"),
        ("tiering", "0005_earlier_and_skipped"),
        ("tiering", "0006_attempts_to_publish"),
        ("tiering", "0007_fewer_checks_per_row"),
        ("tiering", "0008_verification"),
        ("tiering", "0009_counts"),
        ("tiering", "0010_review_and_policy"),
        ("tiering", "0011_why"),
        ("tiering", "0012_drafts"),
        ("tiering", "0013_nurture"),
        ("tiering", "0014_simulations"),
        ("tiering", "0015_counted_book"),
        ("tiering", "0016_own_indicators"),
        ("tiering", "0017_grace"),
        ("tiering", "0018_rules"),
        ("tiering", "0019_assignments"),
        ("tiering", "0020_tier_changes_of_a_run"),
        ("tiering", "0021_saved_numbers"),
        ("tiering", "0022_grace_in_words"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0010_calendar_feeds"),
        ("customers", "0001_squashed_0020_asked_before_a_commit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Aim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=500, verbose_name="what to do")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("created_at", models.DateTimeField(verbose_name="made at")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aims",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for whom to do",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aims",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier aimed at",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["assignee", "due_on"], name="aim_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("what", ""), _negated=True),
                        name="aim_says_what_to_do",
                        violation_error_message="Say what is to be done.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("done_by", None)),
                            models.Q(("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="aim_done_says_by_whom",
                        violation_error_message="What is done says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Basis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField(verbose_name="as of")),
                ("frozen_at", models.DateTimeField(verbose_name="facts frozen at")),
                ("window_months", models.PositiveSmallIntegerField(verbose_name="months of facts")),
                ("keys", models.JSONField(verbose_name="measures")),
                (
                    "state",
                    models.CharField(
                        choices=[("measuring", "Being measured"), ("ready", "Ready"), ("failed", "Failed")],
                        default="measuring",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("customers", models.PositiveIntegerField(default=0, verbose_name="customers")),
                (
                    "token",
                    models.CharField(default=tiering.models.simulation.token, editable=False, max_length=32),
                ),
                (
                    "asked_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked at"),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                ("assigned", models.JSONField(default=list, verbose_name="assignments")),
            ],
            options={
                "verbose_name": "measured book",
                "verbose_name_plural": "measured books",
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("growth", "Three months of growth"),
                            ("enquiries", "Frequent enquiries about new products"),
                            ("bulk", "Intent to buy in bulk"),
                        ],
                        max_length=10,
                        verbose_name="rule",
                    ),
                ),
                ("evidence", models.JSONField(verbose_name="evidence")),
                ("since", models.DateField(verbose_name="since")),
                ("newest_at", models.DateTimeField(verbose_name="newest evidence")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("listed", "Waiting to be taken up"),
                            ("taken", "Taken up"),
                            ("lapsed", "Lapsed: the rule no longer holds"),
                            ("dismissed", "Dismissed"),
                            ("done", "Finished"),
                        ],
                        default="listed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("listed_at", models.DateTimeField(verbose_name="listed at")),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="taken up at")),
                ("next_step", models.CharField(blank=True, max_length=500, verbose_name="next step")),
                ("follow_up_on", models.DateField(blank=True, null=True, verbose_name="follow up on")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="reason or outcome")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidacies",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken up by",
                    ),
                ),
            ],
            options={
                "verbose_name": "candidate for nurture",
                "verbose_name_plural": "candidates for nurture",
                "indexes": [
                    models.Index(models.F("state"), models.F("customer"), name="nurture_by_state"),
                    models.Index(
                        models.F("taken_by"),
                        models.F("follow_up_on"),
                        condition=models.Q(("state", "taken")),
                        name="nurture_follow_ups",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "rule", "newest_at"),
                        name="nurture_once_for_the_same_evidence",
                        violation_error_message="This evidence has been listed already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["listed", "taken", "lapsed"])),
                        fields=("customer", "rule"),
                        name="nurture_one_living_per_rule",
                        violation_error_message="This customer is on the list by this rule already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rule__in", ["growth", "enquiries", "bulk"])),
                        name="nurture_rule_is_known",
                        violation_error_message="Nobody knows this rule.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at", None),
                                ("closed_by", None),
                                ("state", "listed"),
                                ("taken_at", None),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by", None),
                                ("state", "lapsed"),
                                ("taken_at", None),
                            ),
                            models.Q(
                                ("closed_at", None),
                                ("follow_up_on__isnull", False),
                                ("state", "taken"),
                                ("taken_at__isnull", False),
                                ("taken_by__isnull", False),
                                models.Q(("next_step", ""), _negated=True),
                            ),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("state__in", ["dismissed", "done"]),
                                models.Q(("words", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="nurture_state_has_its_facts",
                        violation_error_message="What is taken up says by whom, the next step and its day; what is closed says by whom and why.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CountedBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("figures", models.JSONField(verbose_name="figures")),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
            ],
            options={
                "verbose_name": "counted tier history",
                "verbose_name_plural": "counted tier history",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)),
                        name="counted_book_is_one_row",
                        violation_error_message="There is one book.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NurtureRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "enquiries",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="So many, in calls, visits, messages and service requests, are frequent.",
                        validators=[
                            django.core.validators.MinValueValidator(2),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="enquiries about new products",
                    ),
                ),
                (
                    "enquiry_days",
                    models.PositiveSmallIntegerField(
                        default=90,
                        validators=[
                            django.core.validators.MinValueValidator(7),
                            django.core.validators.MaxValueValidator(366),
                        ],
                        verbose_name="within days",
                    ),
                ),
                (
                    "bulk_days",
                    models.PositiveSmallIntegerField(
                        default=90,
                        help_text="For so long what a customer said about buying in bulk counts.",
                        validators=[
                            django.core.validators.MinValueValidator(7),
                            django.core.validators.MaxValueValidator(366),
                        ],
                        verbose_name="intent to buy in bulk, within days",
                    ),
                ),
            ],
            options={
                "verbose_name": "rules of the nurture list",
                "verbose_name_plural": "rules of the nurture list",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)),
                        name="nurture_rules_are_one_row",
                        violation_error_message="There is one nurture list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bulk_days__range", (7, 366)),
                            ("enquiries__range", (2, 100)),
                            ("enquiry_days__range", (7, 366)),
                        ),
                        name="nurture_rules_are_sane",
                        violation_error_message="Choose 2 to 100 enquiries within 7 to 366 days.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                ("expires_on", models.DateField(verbose_name="valid until")),
                ("at", models.DateTimeField(verbose_name="set at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
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
                        related_name="overrides",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "tier_before",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier before",
                    ),
                ),
            ],
            options={
                "verbose_name": "tier set by hand",
                "verbose_name_plural": "tiers set by hand",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="override_has_a_reason",
                        violation_error_message="A tier set by hand needs a reason.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("customer",),
                        name="one_override_in_force_per_customer",
                        violation_error_message="The tier of this customer is set by hand already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnIndicator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("name_zh", models.CharField(max_length=80, verbose_name="Chinese name")),
                ("key", models.SlugField(max_length=40, unique=True, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rated", "Rated by a person, 1 to 5, with evidence"),
                            ("given", "A figure with its source, typed or from a sheet"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("index", "index 0–100"),
                            ("fen", "money"),
                            ("bp", "percent"),
                            ("days", "days"),
                            ("times", "times"),
                        ],
                        default="index",
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                ("lowest", models.BigIntegerField(blank=True, null=True, verbose_name="lowest")),
                ("highest", models.BigIntegerField(blank=True, null=True, verbose_name="highest")),
                ("is_lower_better", models.BooleanField(default=False, verbose_name="less is better")),
                ("help_en", models.TextField(blank=True, max_length=500, verbose_name="English explanation")),
                ("help_zh", models.TextField(blank=True, max_length=500, verbose_name="Chinese explanation")),
            ],
            options={
                "verbose_name": "own indicator",
                "verbose_name_plural": "own indicators",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lowest", None),
                            ("highest", None),
                            ("lowest__lt", models.F("highest")),
                            _connector="OR",
                        ),
                        name="own_indicator_bounds_rise",
                        violation_error_message="The highest value must be above the lowest.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Scheme",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("name_zh", models.CharField(max_length=80, verbose_name="Chinese name")),
                ("key", models.SlugField(max_length=40, unique=True, verbose_name="key")),
                ("description_en", models.TextField(blank=True, verbose_name="English description")),
                ("description_zh", models.TextField(blank=True, verbose_name="Chinese description")),
                ("is_default", models.BooleanField(default=False, verbose_name="grades the book")),
                (
                    "cadence",
                    models.CharField(
                        choices=[
                            ("monthly", "Every month"),
                            ("quarterly", "Every quarter"),
                            ("half_yearly", "Every half-year"),
                        ],
                        default="quarterly",
                        max_length=12,
                        verbose_name="re-graded",
                    ),
                ),
                (
                    "guard_amount",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=30,
                        help_text="Percent of the annual amount of the customers that had a tier. Empty: any amount may move.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="hold when more annual amount moves than",
                    ),
                ),
                (
                    "guard_coverage",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=10,
                        help_text="Percentage points, on average, since the last published re-grade. Empty: it may fall.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="hold when the coverage fell by more than",
                    ),
                ),
                (
                    "guard_customers",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=30,
                        help_text="Percent of the customers that had a tier. Empty: any number may move.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="hold when more customers move than",
                    ),
                ),
                (
                    "guard_stale_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=31,
                        help_text="Days between the newest order or payment on record and the day as of which is graded. Empty: it may be old.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="hold when the newest fact is older than",
                    ),
                ),
                (
                    "review",
                    models.CharField(
                        choices=[
                            ("wait", "Every re-grade waits for review"),
                            ("guarded", "A re-grade is published by itself unless a guard holds it"),
                        ],
                        default="guarded",
                        max_length=10,
                        verbose_name="review",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheme",
                "verbose_name_plural": "schemes",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="one_default_scheme",
                        violation_error_message="Another scheme grades the book already. Take that from it first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guard_customers__isnull", True),
                            ("guard_customers__range", (1, 100)),
                            _connector="OR",
                        ),
                        name="scheme_guard_customers_is_a_percentage",
                        violation_error_message="A percentage lies between 0 and 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guard_amount__isnull", True), ("guard_amount__range", (1, 100)), _connector="OR"
                        ),
                        name="scheme_guard_amount_is_a_percentage",
                        violation_error_message="A percentage lies between 0 and 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("guard_coverage__isnull", True),
                            ("guard_coverage__range", (1, 100)),
                            _connector="OR",
                        ),
                        name="scheme_guard_coverage_is_a_percentage",
                        violation_error_message="A percentage lies between 0 and 100.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[("enterprise", "Enterprise"), ("individual", "Individual")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="tiering.scheme",
                        verbose_name="scheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "assignment to a scheme",
                "verbose_name_plural": "assignments to schemes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["enterprise", "individual"]), ("group", None)),
                            models.Q(("kind", ""), models.Q(("group", None), _negated=True)),
                            _connector="OR",
                        ),
                        name="assigned_by_kind_or_by_group",
                        violation_error_message="Choose a kind or a group, one of the two.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", ""), _negated=True),
                        fields=("kind",),
                        name="a_kind_is_assigned_once",
                        violation_error_message="This kind stands in the order already.",
                    ),
                    models.UniqueConstraint(
                        fields=("group",),
                        name="a_group_is_assigned_once",
                        violation_error_message="This group stands in the order already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BasisChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.BigIntegerField(verbose_name="first customer")),
                ("last", models.BigIntegerField(verbose_name="last customer")),
                ("customers", models.PositiveIntegerField(verbose_name="customers")),
                ("columns", models.BinaryField(null=True, verbose_name="columns")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("leased_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                (
                    "basis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="tiering.basis",
                        verbose_name="measured book",
                    ),
                ),
            ],
            options={
                "verbose_name": "chunk of a measured book",
                "verbose_name_plural": "chunks of a measured book",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("basis", "first"),
                        name="chunk_once_in_a_basis",
                        violation_error_message="This measured book has that chunk already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SchemeVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "In force"), ("retired", "Retired")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "window_months",
                    models.PositiveSmallIntegerField(default=12, verbose_name="months of facts"),
                ),
                (
                    "coverage_floor",
                    models.PositiveSmallIntegerField(
                        default=50,
                        help_text="Percent of the weight that must be known; below it a customer keeps its tier.",
                        verbose_name="coverage floor",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "published_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="published at"),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="tiering.scheme",
                        verbose_name="scheme",
                    ),
                ),
                (
                    "dwell",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="1: the first re-grade in which the score is too low.",
                        verbose_name="re-grades below before a downgrade",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="So long after a downgrade, or a move to another scheme, the playbook of the tier before still holds.",
                        verbose_name="days of grace",
                    ),
                ),
                (
                    "margin",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Millionths of a point below the floor that a customer may fall before it loses its tier.",
                        verbose_name="margin",
                    ),
                ),
                (
                    "nightly_upgrades",
                    models.BooleanField(
                        default=False,
                        help_text="Each night customers whose facts changed are graded, and those that reach a better tier move.",
                        verbose_name="upgrades between re-grades",
                    ),
                ),
                ("one_step", models.BooleanField(default=False, verbose_name="one tier down at most")),
                (
                    "edited_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="edited at"),
                ),
                (
                    "edited_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="edited by",
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "decides_by",
                    models.CharField(
                        choices=[
                            ("floors", "Floors on the score"),
                            ("rules", "Rules: the conditions of each tier"),
                        ],
                        default="floors",
                        max_length=10,
                        verbose_name="tiers are decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheme version",
                "verbose_name_plural": "scheme versions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("scheme", "number"),
                        name="scheme_version_number",
                        violation_error_message="This scheme has a version with this number already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")),
                        fields=("scheme",),
                        name="one_version_of_a_scheme_in_force",
                        violation_error_message="Another version of this scheme is in force already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("coverage_floor__lte", 100)),
                        name="coverage_floor_is_a_percentage",
                        violation_error_message="A percentage lies between 0 and 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("window_months__range", (1, 60))),
                        name="window_is_1_to_60_months",
                        violation_error_message="Facts of 1 to 60 months can be asked for.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("margin__lte", 100000000)),
                        name="margin_is_at_most_100",
                        violation_error_message="Points lie between 0 and 100.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dwell__range", (1, 12))),
                        name="dwell_is_1_to_12_runs",
                        violation_error_message="A downgrade takes 1 to 12 re-grades.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("grace_days__lte", 366)),
                        name="grace_is_at_most_a_year",
                        violation_error_message="A period of grace lasts a year at most.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dimension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("name_zh", models.CharField(max_length=80, verbose_name="Chinese name")),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        help_text="Whole percent of the total.", verbose_name="weight"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dimensions",
                        to="tiering.schemeversion",
                        verbose_name="scheme version",
                    ),
                ),
            ],
            options={
                "verbose_name": "dimension",
                "verbose_name_plural": "dimensions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "key"),
                        name="dimension_key_in_its_version",
                        violation_error_message="This version has a dimension with this key already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__lte", 100)),
                        name="dimension_weight_is_a_percentage",
                        violation_error_message="A weight lies between 0 and 100 percent.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Floor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "total",
                    models.PositiveIntegerField(
                        help_text="Millionths of a point: 80,000,000 is 80 points.", verbose_name="floor"
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="floors",
                        to="tiering.schemeversion",
                        verbose_name="scheme version",
                    ),
                ),
                (
                    "approve_entering",
                    models.BooleanField(default=False, verbose_name="entering it takes approval"),
                ),
                (
                    "approve_leaving",
                    models.BooleanField(default=False, verbose_name="leaving it takes approval"),
                ),
            ],
            options={
                "verbose_name": "floor",
                "verbose_name_plural": "floors",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "tier"),
                        name="one_floor_for_a_tier",
                        violation_error_message="This tier has a floor in this version already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__lte", 100000000)),
                        name="floor_is_at_most_100",
                        violation_error_message="Points lie between 0 and 100.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField(verbose_name="as of")),
                ("period", models.CharField(max_length=10, verbose_name="period")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to start"),
                            ("grading", "Grading"),
                            ("paused", "Paused"),
                            ("review", "Waiting for review"),
                            ("publishing", "Publishing"),
                            ("published", "Published"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("undone", "Undone"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("person", "Started by a person"),
                            ("schedule", "Started by the schedule"),
                            ("command", "Started by a command"),
                            ("upgrade", "Nightly check for upgrades"),
                            ("undo", "Undoes another"),
                        ],
                        max_length=10,
                        verbose_name="trigger",
                    ),
                ),
                (
                    "frozen_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="facts frozen at"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="started at")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published at")),
                ("customers", models.PositiveIntegerField(default=0, verbose_name="customers")),
                ("chunk_count", models.PositiveIntegerField(default=0, verbose_name="chunks")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="tiering.scheme",
                        verbose_name="scheme",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="tiering.schemeversion",
                        verbose_name="scheme version",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts to publish")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="moved at")),
                ("counts", models.JSONField(editable=False, null=True, verbose_name="counts")),
                ("held", models.JSONField(default=list, editable=False, verbose_name="held by")),
                ("released_at", models.DateTimeField(editable=False, null=True, verbose_name="released at")),
                (
                    "released_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="tiering.run",
                        verbose_name="undoes",
                    ),
                ),
                ("of_default", models.BooleanField(default=True, editable=False)),
            ],
            options={
                "verbose_name": "re-grade",
                "verbose_name_plural": "re-grades",
                "indexes": [
                    models.Index(fields=["-created_at"], name="run_newest"),
                    models.Index(models.F("state"), name="run_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "grading", "paused", "review", "publishing"])
                        ),
                        fields=("scheme", "period"),
                        name="one_active_run_per_scheme_and_period",
                        violation_error_message="This period is being graded already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Simulation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("changes", models.JSONField(default=dict, verbose_name="changes")),
                ("at", models.DateTimeField(verbose_name="saved at")),
                (
                    "basis",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tiering.basis",
                        verbose_name="measured book",
                    ),
                ),
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
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="simulations",
                        to="tiering.schemeversion",
                        verbose_name="scheme version",
                    ),
                ),
                ("numbers", models.JSONField(default=list, editable=False)),
                ("revision", models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "simulation",
                "verbose_name_plural": "simulations",
                "indexes": [models.Index(fields=["-at", "-id"], name="simulation_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="simulation_has_a_name",
                        violation_error_message="A simulation needs a name.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Chunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.BigIntegerField(verbose_name="first customer")),
                ("last", models.BigIntegerField(verbose_name="last customer")),
                ("customers", models.PositiveIntegerField(verbose_name="customers")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Being graded"),
                            ("done", "Done"),
                            ("dead", "Given up"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("leased_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
                ("skipped", models.JSONField(default=list, verbose_name="left out")),
                ("counts", models.JSONField(editable=False, null=True, verbose_name="counts")),
                ("only", models.JSONField(editable=False, null=True, verbose_name="only these")),
            ],
            options={
                "verbose_name": "chunk",
                "verbose_name_plural": "chunks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "first"),
                        name="chunk_once_in_a_run",
                        violation_error_message="This run has that chunk already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("indicator", models.SlugField(db_index=False, max_length=40, verbose_name="indicator")),
                ("at_least", models.BigIntegerField(blank=True, null=True, verbose_name="at least")),
                ("at_most", models.BigIntegerField(blank=True, null=True, verbose_name="at most")),
                (
                    "unknown",
                    models.CharField(
                        choices=[("fails", "Not met"), ("passes", "Does not stand against it")],
                        default="fails",
                        max_length=10,
                        verbose_name="when unknown",
                    ),
                ),
                (
                    "floor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="tiering.floor",
                        verbose_name="tier",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("floor", "indicator"),
                        name="one_condition_on_an_indicator",
                        violation_error_message="This tier has a condition on this indicator already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at_least__isnull", False), ("at_most__isnull", False), _connector="OR"
                        ),
                        name="condition_has_an_end",
                        violation_error_message="A condition needs a least value, a greatest one, or both.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at_least", None),
                            ("at_most", None),
                            ("at_least__lte", models.F("at_most")),
                            _connector="OR",
                        ),
                        name="condition_can_be_met",
                        violation_error_message="The least value lies above the greatest: nothing could meet this.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at_least", None),
                            ("at_least__range", (-100000000000000, 100000000000000)),
                            _connector="OR",
                        ),
                        name="condition_at_least_is_sane",
                        violation_error_message="This raw value is too large.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at_most", None),
                            ("at_most__range", (-100000000000000, 100000000000000)),
                            _connector="OR",
                        ),
                        name="condition_at_most_is_sane",
                        violation_error_message="This raw value is too large.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_accepted", models.BooleanField(verbose_name="accepted")),
                ("comment", models.TextField(blank=True, max_length=2000, verbose_name="comment")),
                ("at", models.DateTimeField(verbose_name="decided at")),
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
                        related_name="decisions",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "customer"),
                        name="one_decision_in_a_run",
                        violation_error_message="This movement has been decided already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_accepted", True), models.Q(("comment", ""), _negated=True), _connector="OR"
                        ),
                        name="a_rejection_has_a_comment",
                        violation_error_message="A rejection needs a comment.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decisive",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="decisive",
                        serialize=False,
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                ("grading_id", models.BigIntegerField(editable=False)),
                ("indicator", models.SlugField(db_index=False, max_length=40, verbose_name="indicator")),
                ("tiers", models.JSONField(verbose_name="possible tiers")),
                ("others", models.PositiveSmallIntegerField(default=0, verbose_name="other such indicators")),
                ("annual_amount", toolbox.money.MoneyField(null=True, verbose_name="annual amount")),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
            ],
            options={
                "verbose_name": "deciding figure",
                "verbose_name_plural": "deciding figures",
                "indexes": [
                    models.Index(
                        models.OrderBy(
                            django.db.models.functions.comparison.Coalesce(models.F("annual_amount"), -1),
                            descending=True,
                        ),
                        models.OrderBy(models.F("customer"), descending=True),
                        name="decisive_by_amount",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Followup",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="followup",
                        serialize=False,
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
                ("upto", models.BigIntegerField(default=0, verbose_name="done up to customer")),
                ("leased_until", models.DateTimeField(blank=True, null=True, verbose_name="leased until")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("customers", models.PositiveIntegerField(default=0, verbose_name="customers")),
                ("unknown", models.JSONField(default=dict, editable=False)),
                ("stale", models.JSONField(default=dict, editable=False)),
            ],
            options={
                "verbose_name": "follow-up of a re-grade",
                "verbose_name_plural": "follow-ups of re-grades",
            },
        ),
        migrations.CreateModel(
            name="Grading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kept",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "By the numbers"),
                            ("coverage", "Too little is known"),
                            ("override", "Set by hand"),
                            ("margin", "Within the margin"),
                            ("dwell", "Not below for long enough"),
                            ("step", "One tier down at most"),
                            ("approval", "Takes approval"),
                        ],
                        max_length=10,
                        verbose_name="kept",
                    ),
                ),
                ("total", models.IntegerField(null=True, verbose_name="score")),
                ("low", models.IntegerField(verbose_name="lowest possible score")),
                ("high", models.IntegerField(verbose_name="highest possible score")),
                ("coverage", models.IntegerField(verbose_name="coverage")),
                ("annual_amount", toolbox.money.MoneyField(null=True, verbose_name="annual amount")),
                ("values", models.JSONField(verbose_name="values")),
                ("points", models.JSONField(verbose_name="points")),
                ("dimensions", models.JSONField(verbose_name="dimension scores")),
                (
                    "computed_tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="computed tier",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="gradings",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gradings",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
            ],
            options={
                "verbose_name": "grading",
                "verbose_name_plural": "gradings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "customer"),
                        name="one_grading_in_a_run",
                        violation_error_message="A customer is graded once in a run.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "By the numbers"),
                            ("coverage", "Too little is known"),
                            ("override", "Set by hand"),
                            ("margin", "Within the margin"),
                            ("dwell", "Not below for long enough"),
                            ("step", "One tier down at most"),
                            ("approval", "Takes approval"),
                        ],
                        max_length=10,
                        verbose_name="held by",
                    ),
                ),
                ("runs", models.PositiveSmallIntegerField(default=0, verbose_name="re-grades below")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "from_tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="from",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
                (
                    "to_tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="to",
                    ),
                ),
            ],
            options={
                "verbose_name": "change held back",
                "verbose_name_plural": "changes held back",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "customer"),
                        name="one_hold_in_a_run",
                        violation_error_message="A customer is held back once in a run.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Indicator",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("name_zh", models.CharField(max_length=80, verbose_name="Chinese name")),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        help_text="Whole percent of the dimension.", verbose_name="weight"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "shape",
                    models.CharField(
                        choices=[("bands", "Bands"), ("linear", "Linear between knots")],
                        default="linear",
                        max_length=10,
                        verbose_name="curve",
                    ),
                ),
                (
                    "knots",
                    models.JSONField(
                        default=tiering.models.scheme.no_knots,
                        help_text="Pairs of raw value (in the indicator's unit) and points in hundredths, raw values rising.",
                        verbose_name="knots",
                    ),
                ),
                (
                    "missing",
                    models.CharField(
                        choices=[
                            ("leave_out", "Leave out and re-weigh"),
                            ("neutral", "Neutral points (50)"),
                            ("zero", "Zero points"),
                        ],
                        default="leave_out",
                        max_length=10,
                        verbose_name="when unknown",
                    ),
                ),
                (
                    "dimension",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indicators",
                        to="tiering.dimension",
                        verbose_name="dimension",
                    ),
                ),
            ],
            options={
                "verbose_name": "indicator",
                "verbose_name_plural": "indicators",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("dimension", "key"),
                        name="indicator_key_in_its_dimension",
                        violation_error_message="This dimension has this indicator already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__lte", 100)),
                        name="indicator_weight_is_a_percentage",
                        violation_error_message="A weight lies between 0 and 100 percent.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.JSONField(verbose_name="reason")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "from_tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="from",
                    ),
                ),
                (
                    "to_tier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="to",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
                ("earlier_id", models.BigIntegerField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "proposed tier change",
                "verbose_name_plural": "proposed tier changes",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "customer"),
                        name="one_movement_in_a_run",
                        violation_error_message="A customer moves once in a run.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("effective_on", models.DateField(verbose_name="as of")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("reason", models.JSONField(verbose_name="reason")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="in a person's words")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tier_changes",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "from_tier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="from",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
                (
                    "to_tier",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="to",
                    ),
                ),
                (
                    "grace_until",
                    models.DateField(blank=True, null=True, verbose_name="playbook before holds until"),
                ),
            ],
            options={
                "verbose_name": "tier change",
                "verbose_name_plural": "tier changes",
                "indexes": [
                    models.Index(fields=["customer", "-changed_at"], name="tier_change_customer"),
                    models.Index(fields=["-changed_at", "-id"], name="tier_change_newest"),
                    models.Index(
                        models.F("grace_until"),
                        condition=models.Q(("grace_until", None), _negated=True),
                        name="tier_change_grace",
                    ),
                    models.Index(fields=["run", "-changed_at", "-id"], name="tier_change_of_a_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "customer"),
                        name="one_tier_change_in_a_run",
                        violation_error_message="A customer changes tier once in a run.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_tier", models.F("to_tier")), _negated=True),
                        name="a_tier_change_changes_the_tier",
                        violation_error_message="A change leads to another tier.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                ("began_at", models.DateTimeField(blank=True, null=True, verbose_name="began at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                ("gradings", models.PositiveIntegerField(default=0, verbose_name="gradings")),
                ("hash", models.CharField(blank=True, max_length=64, verbose_name="hash of the replay")),
                ("findings", models.JSONField(default=list, verbose_name="findings")),
                ("error", models.TextField(blank=True, verbose_name="error")),
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
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verifications",
                        to="tiering.run",
                        verbose_name="re-grade",
                    ),
                ),
            ],
            options={
                "verbose_name": "verification",
                "verbose_name_plural": "verifications",
            },
        ),
        migrations.CreateModel(
            name="CategoryCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("business", "Business with us"),
                            ("payment", "Payment"),
                            ("relation", "Relation"),
                            ("rating", "Rating or figure"),
                            ("missing", "Missing data"),
                            ("scheme", "Change of the scheme"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="category",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="corrected at")),
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
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="category_corrections",
                        to="tiering.tierchange",
                        verbose_name="tier change",
                    ),
                ),
            ],
            options={
                "verbose_name": "corrected category",
                "verbose_name_plural": "corrected categories",
            },
        ),
        migrations.CreateModel(
            name="Cause",
            fields=[
                (
                    "change",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="cause",
                        serialize=False,
                        to="tiering.tierchange",
                        verbose_name="tier change",
                    ),
                ),
                (
                    "computed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("business", "Business with us"),
                            ("payment", "Payment"),
                            ("relation", "Relation"),
                            ("rating", "Rating or figure"),
                            ("missing", "Missing data"),
                            ("scheme", "Change of the scheme"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="computed category",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("business", "Business with us"),
                            ("payment", "Payment"),
                            ("relation", "Relation"),
                            ("rating", "Rating or figure"),
                            ("missing", "Missing data"),
                            ("scheme", "Change of the scheme"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="category",
                    ),
                ),
                ("data", models.IntegerField(default=0, editable=False)),
                ("scheme", models.IntegerField(default=0, editable=False)),
                ("missing", models.IntegerField(default=0, editable=False)),
                ("reweighing", models.IntegerField(default=0, editable=False)),
            ],
            options={
                "verbose_name": "cause of a tier change",
                "verbose_name_plural": "causes of tier changes",
                "indexes": [
                    models.Index(
                        models.F("category"),
                        models.OrderBy(models.F("change"), descending=True),
                        name="cause_by_category",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.TextField(max_length=2000, verbose_name="in a person's words")),
                ("at", models.DateTimeField(verbose_name="written at")),
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
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="tiering.tierchange",
                        verbose_name="tier change",
                    ),
                ),
            ],
            options={
                "verbose_name": "remark on a tier change",
                "verbose_name_plural": "remarks on tier changes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True),
                        name="remark_has_words",
                        violation_error_message="A remark needs words.",
                    )
                ],
            },
        ),
    ]
