"""All tables at once: what the replaced ones make one after the other."""

import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.models.people


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_sentences_of_constraints"),
        ("accounts", "0003_managers"),
        ("accounts", "0004_sent_forms"),
        ("accounts", "0005_notices"),
        ("accounts", "0006_weekly_hours"),
        ("accounts", "0007_letters"),
        ("accounts", "0008_webhooks"),
        ("accounts", "0009_exports"),
        ("accounts", "0010_calendar_feeds"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("path", models.CharField(db_index=True, default="", editable=False, max_length=200)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.team",
                        verbose_name="part of",
                    ),
                ),
            ],
            options={
                "verbose_name": "team",
                "verbose_name_plural": "teams",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                ),
                ("display_name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("account_manager", "Account manager"),
                            ("team_lead", "Team lead"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                            ("director", "Sales director"),
                            ("auditor", "Auditor"),
                            ("administrator", "Administrator"),
                        ],
                        default="account_manager",
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        help_text="Empty: as the browser asks.",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("preferences", models.JSONField(default=dict, editable=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
                ("unread_notices", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "wants_mail",
                    models.BooleanField(
                        default=True,
                        help_text="What is told here also comes by e-mail, once, where an address is given.",
                        verbose_name="notices by e-mail",
                    ),
                ),
                (
                    "weekly_hours",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="What simulations compare with the hours that the tiers of their customers require.",
                        validators=[django.core.validators.MaxValueValidator(168)],
                        verbose_name="hours a week for customers",
                    ),
                ),
                (
                    "digest_hour",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=8,
                        help_text="On working days, by e-mail, when there is something to say. Empty: none.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="daily summary at",
                    ),
                ),
                (
                    "quiet_from",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="quiet from",
                    ),
                ),
                (
                    "quiet_until",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="E-mails wait until then. Both empty: never quiet.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(23)],
                        verbose_name="quiet until",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "account_manager",
                                    "team_lead",
                                    "service",
                                    "technical",
                                    "logistics",
                                    "director",
                                    "auditor",
                                    "administrator",
                                ],
                            )
                        ),
                        name="user_role_is_known",
                        violation_error_message="This role is not known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest_hour", None), ("digest_hour__lte", 23), _connector="OR"),
                            models.Q(
                                models.Q(("quiet_from", None), ("quiet_until", None)),
                                models.Q(
                                    ("quiet_from__isnull", False),
                                    ("quiet_from__lte", 23),
                                    ("quiet_until__isnull", False),
                                    ("quiet_until__lte", 23),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="user_hours_are_of_the_day",
                        violation_error_message="Quiet hours need a beginning and an end, each from 0 to 23.",
                    ),
                ],
            },
            managers=[
                ("objects", accounts.models.people.People()),
            ],
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="last read at")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar feed",
                "verbose_name_plural": "calendar feeds",
            },
        ),
        migrations.CreateModel(
            name="ColumnSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("listing", models.SlugField(max_length=40, verbose_name="list")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("columns", models.JSONField(verbose_name="columns")),
                ("is_shared", models.BooleanField(default=False, verbose_name="for everybody")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="column_sets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="kept by",
                    ),
                ),
            ],
            options={
                "verbose_name": "column set",
                "verbose_name_plural": "column sets",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("by", "listing", "name"),
                        name="column_set_name_once",
                        violation_error_message="You have a set of this name already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="column_set_has_a_name",
                        violation_error_message="Give the set a name.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("json", "JSON, signed with HMAC-SHA256"),
                            ("wecom", "WeCom group bot"),
                            ("dingtalk", "DingTalk group bot"),
                            ("feishu", "Feishu group bot"),
                        ],
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                ("url", models.CharField(max_length=1000, verbose_name="address")),
                ("secret", models.CharField(blank=True, max_length=200, verbose_name="secret")),
                ("kinds", models.JSONField(default=list, verbose_name="kinds")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["json", "wecom", "dingtalk", "feishu"])),
                        name="endpoint_format_is_known",
                        violation_error_message="Choose one of the formats.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("listing", models.SlugField(max_length=40, verbose_name="list")),
                ("about", models.BigIntegerField(blank=True, editable=False, null=True)),
                ("query", models.TextField(blank=True, verbose_name="filter and order")),
                ("words", models.JSONField(default=dict, verbose_name="filter in words")),
                ("columns", models.JSONField(default=list, verbose_name="columns")),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("xlsx", "Excel workbook (xlsx)"),
                            ("csv", "Text file (csv)"),
                            ("tier_sheet", "Tier sheet"),
                        ],
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("writing", "Being written"),
                            ("ready", "Ready"),
                            ("taken", "Taken at once"),
                            ("failed", "Failed"),
                            ("deleted", "File deleted"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="rows done")),
                ("attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("file", models.FileField(blank=True, upload_to="exports/", verbose_name="file")),
                ("created_at", models.DateTimeField(verbose_name="exported at")),
                ("touched_at", models.DateTimeField(editable=False)),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="kept until")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="exported by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(fields=["by", "-created_at", "-id"], name="export_by"),
                    models.Index(fields=["-created_at", "-id"], name="export_newest"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "writing", "ready"])),
                        fields=["id"],
                        name="export_living",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(models.Q(("file", ""), _negated=True), ("expires_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="export_ready_has_a_file",
                        violation_error_message="An export that is ready has a file.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("empty", "Nothing to say"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="last tried at")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("kind", models.SlugField(max_length=40, verbose_name="kind")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="key")),
                ("address", models.EmailField(max_length=254, verbose_name="to")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("at", models.DateTimeField(verbose_name="written at")),
                (
                    "recipient",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter",
                "verbose_name_plural": "letters",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        fields=["id"],
                        name="letter_waiting",
                    ),
                    models.Index(fields=["recipient", "kind", "-at"], name="letter_newest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.SlugField(max_length=40, verbose_name="kind")),
                ("key", models.CharField(max_length=100, verbose_name="key")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("at", models.DateTimeField(verbose_name="told at")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [models.Index(fields=["recipient", "-at", "-id"], name="notice_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recipient", "key"),
                        name="told_once",
                        violation_error_message="This person was told that already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.SlugField(max_length=40)),
                ("channel", models.CharField(choices=[("bell", "Bell"), ("email", "E-mail")], max_length=10)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opt_outs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "kind", "channel"),
                        name="opted_out_once",
                        violation_error_message="This is not wanted already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer", models.TextField(blank=True, default="")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["by", "at"], name="sent_by_at")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(choices=[("email", "E-mail")], max_length=10, verbose_name="channel"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("empty", "Nothing to say"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="last tried at")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="accounts.notice",
                        verbose_name="notice",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        fields=["id"],
                        name="delivery_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("notice", "channel"),
                        name="delivered_once_by_a_channel",
                        violation_error_message="This notice goes out by this channel already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Parcel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("empty", "Nothing to say"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="last tried at")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("kind", models.SlugField(max_length=40, verbose_name="kind")),
                ("key", models.CharField(max_length=100, verbose_name="key")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("next_try_at", models.DateTimeField(verbose_name="next tried at")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="status")),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parcels",
                        to="accounts.endpoint",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery to a webhook",
                "verbose_name_plural": "deliveries to webhooks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "sending"])),
                        fields=["next_try_at", "id"],
                        name="parcel_waiting",
                    ),
                    models.Index(fields=["endpoint", "-at", "-id"], name="parcel_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("endpoint", "key"),
                        name="parcel_once_per_endpoint",
                        violation_error_message="This goes to this webhook already.",
                    )
                ],
            },
        ),
    ]
