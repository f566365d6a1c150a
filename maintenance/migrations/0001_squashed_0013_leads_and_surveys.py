"""All tables at once: what the replaced ones make one after the other."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import toolbox.money
import toolbox.percent


class Migration(migrations.Migration):
    replaces = [
        ("maintenance", "0001_initial"),
        ("maintenance", "0002_planned_by"),
        ("maintenance", "0003_snoozed_may_come_forward"),
        ("maintenance", "0004_rules_in_words"),
        ("maintenance", "0005_occasions"),
        ("maintenance", "0006_minutes_of_work"),
        ("maintenance", "0007_versions_and_facts"),
        ("maintenance", "0008_as_it_was_kept"),
        ("maintenance", "0009_cases"),
        ("maintenance", "0010_surveys"),
        ("maintenance", "0011_ledger"),
        ("maintenance", "0012_meetings"),
        ("maintenance", "0013_leads_and_surveys"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0010_calendar_feeds"),
        ("customers", "0001_squashed_0020_asked_before_a_commit"),
        ("tiering", "0001_squashed_0022_grace_in_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("is_working", models.BooleanField(default=False, verbose_name="is a working day")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ],
            options={
                "verbose_name": "calendar override",
                "verbose_name_plural": "calendar overrides",
            },
        ),
        migrations.CreateModel(
            name="Case",
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
                        choices=[
                            ("enquiry", "Enquiry"),
                            ("complaint", "Complaint"),
                            ("request", "Service request"),
                            ("custom_order", "Custom order"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("quality", "Quality"),
                            ("delivery", "Delivery"),
                            ("use", "Use and technology"),
                            ("ordering", "Ordering and specification"),
                            ("price", "Price and terms"),
                            ("invoice", "Invoice and payment"),
                            ("service", "Service"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=10,
                        verbose_name="category",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("product", "Fault of the product"),
                            ("transport", "Damage or delay in transport"),
                            ("processing", "Mistake in our processing"),
                            ("promise", "Promised more than we could do"),
                            ("information", "Information missing or unclear"),
                            ("operation", "Wrong use by the customer"),
                            ("supplier", "Supplier"),
                            ("wish", "A wish, nothing was wrong"),
                            ("unknown", "Not found out"),
                        ],
                        max_length=11,
                        verbose_name="cause",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("page", "Page"), ("api", "API"), ("email", "E-mail")],
                        default="page",
                        max_length=5,
                        verbose_name="came by",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("responded", "Responded"),
                            ("in_work", "In work"),
                            ("waiting", "Waiting for the customer"),
                            ("solved", "Solved"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                        ],
                        default="new",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="next due at"),
                ),
                (
                    "waiting_since",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="waiting since"),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="closed at"),
                ),
                (
                    "satisfaction",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="satisfaction",
                    ),
                ),
                (
                    "satisfaction_words",
                    models.TextField(blank=True, max_length=2000, verbose_name="what they said"),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: anybody in the department.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for whom to do",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cases",
                        to="customers.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case",
                        to="customers.servicerequest",
                        verbose_name="service request",
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
                        verbose_name="tier whose clocks run",
                    ),
                ),
            ],
            options={
                "verbose_name": "case",
                "verbose_name_plural": "cases",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["solved", "closed"]), _negated=True),
                        fields=["due_at", "id"],
                        name="case_by_urgency",
                    ),
                    models.Index(fields=["assignee", "state"], name="case_by_assignee"),
                    models.Index(fields=["cause", "category"], name="case_feedback"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["new", "responded", "in_work", "waiting", "solved", "closed", "reopened"],
                            )
                        ),
                        name="case_state_is_known",
                        violation_error_message="This state is not known.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["enquiry", "complaint", "request", "custom_order"])),
                        name="case_kind_is_known",
                        violation_error_message="Choose one of the kinds.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waiting"), ("waiting_since__isnull", False)),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("waiting_since", None)),
                            _connector="OR",
                        ),
                        name="case_waits_since",
                        violation_error_message="What waits for the customer says since when, and nothing else does.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["solved", "closed"]), _negated=True),
                            models.Q(("cause", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="case_solved_has_a_cause",
                        violation_error_message="Say what the cause was.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("state", "closed")),
                            models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at", None)),
                            _connector="OR",
                        ),
                        name="case_closed_says_when",
                        violation_error_message="What is closed says when.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("satisfaction", None), ("satisfaction__range", (1, 5)), _connector="OR"
                        ),
                        name="case_satisfaction_in_range",
                        violation_error_message="Satisfaction is a number from 1 to 5.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DepartmentLead",
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
                            ("sales", "Sales"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                        ],
                        max_length=10,
                        unique=True,
                        verbose_name="department",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="lead",
                    ),
                ),
            ],
            options={
                "verbose_name": "lead of a department",
                "verbose_name_plural": "leads of departments",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("department__in", ["service", "technical", "logistics"])),
                        name="department_with_a_lead_supports",
                        violation_error_message="Sales is led by the leads of its teams.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Knock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("who", models.CharField(max_length=64)),
                ("stretch", models.BigIntegerField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["stretch"], name="knock_oldest")],
                "constraints": [
                    models.UniqueConstraint(fields=("who", "stretch"), name="knocks_of_a_stretch")
                ],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("week", models.DateField(verbose_name="week of")),
                ("since", models.DateTimeField(verbose_name="what happened since")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("notes", models.TextField(blank=True, max_length=20000, verbose_name="minutes")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("left_out", models.JSONField(default=dict, editable=False, verbose_name="left out")),
                (
                    "attendants",
                    models.ManyToManyField(
                        blank=True,
                        related_name="meetings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who was there",
                    ),
                ),
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
                    "notes_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the whole book.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meetings",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "meeting",
                "verbose_name_plural": "meetings",
                "indexes": [models.Index(fields=["-week", "-id"], name="meeting_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team", "week"),
                        name="meeting_of_a_team_once_a_week",
                        violation_error_message="This team has its meeting of this week already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("team", None)),
                        fields=("week",),
                        name="meeting_of_the_book_once_a_week",
                        violation_error_message="The whole book has its meeting of this week already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("closed_by", None)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="meeting_closed_says_by_whom",
                        violation_error_message="What is closed says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OptOutOfSurveys",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="said at")),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opt_out_of_surveys",
                        to="customers.contact",
                        verbose_name="contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact not to be asked",
                "verbose_name_plural": "contacts not to be asked",
            },
        ),
        migrations.CreateModel(
            name="Playbook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "respond_within_minutes",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="respond within (working minutes)"
                    ),
                ),
                (
                    "solve_within_working_hours",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="solve within (working hours)"
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="playbooks",
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="what changed")),
                ("number", models.PositiveIntegerField(default=1, verbose_name="number")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="put in force at")),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="put in force by",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="in force from")),
            ],
            options={
                "verbose_name": "playbook",
                "verbose_name_plural": "playbooks",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("respond_within_minutes", None),
                            ("respond_within_minutes__gte", 1),
                            _connector="OR",
                        ),
                        name="playbook_response_takes_time",
                        violation_error_message="A response takes at least one minute.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("solve_within_working_hours", None),
                            ("solve_within_working_hours__gte", 1),
                            _connector="OR",
                        ),
                        name="playbook_solution_takes_time",
                        violation_error_message="A solution takes at least one hour.",
                    ),
                    models.UniqueConstraint(fields=("tier", "number"), name="playbook_number_is_given_once"),
                    models.UniqueConstraint(
                        fields=("tier", "starts_on"), name="playbook_one_starts_on_a_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rates",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "hour_cost",
                    toolbox.money.MoneyField(
                        blank=True,
                        help_text="What an hour of somebody who serves customers costs. Empty: not known.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="cost of an hour",
                    ),
                ),
                (
                    "margin_share",
                    toolbox.percent.PercentField(
                        blank=True,
                        help_text="In percent, such as 32.5: before the cost of serving. Empty: not known.",
                        null=True,
                        verbose_name="margin, as a share of what is ordered",
                    ),
                ),
            ],
            options={
                "verbose_name": "rates of the ledger",
                "verbose_name_plural": "rates of the ledger",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)),
                        name="rates_are_one_row",
                        violation_error_message="There is one book.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("hour_cost", None),
                                ("hour_cost__range", (0, 1000000000000000)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("margin_share", None), ("margin_share__range", (0, 10000)), _connector="OR"
                            ),
                        ),
                        name="rates_are_sane",
                        violation_error_message="Give an amount of 0 or more, and a share between 0 and 100 percent.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("enquiry", "Enquiry"),
                            ("complaint", "Complaint"),
                            ("request", "Service request"),
                            ("custom_order", "Custom order"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("quality", "Quality"),
                            ("delivery", "Delivery"),
                            ("use", "Use and technology"),
                            ("ordering", "Ordering and specification"),
                            ("price", "Price and terms"),
                            ("invoice", "Invoice and payment"),
                            ("service", "Service"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                        verbose_name="category",
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
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: anybody in the department; in sales the account manager.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for whom to do",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        help_text="With the teams below it. Empty: any team.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="customer's team",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("department__in", ["sales", "service", "technical", "logistics"])
                        ),
                        name="route_department_is_known",
                        violation_error_message="Choose one of the departments.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title_en", models.CharField(max_length=120, verbose_name="English title")),
                ("title_zh", models.CharField(max_length=120, verbose_name="Chinese title")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "key",
                    models.SlugField(
                        blank=True, editable=False, max_length=40, null=True, unique=True, verbose_name="key"
                    ),
                ),
                (
                    "intro_en",
                    models.TextField(blank=True, max_length=1000, verbose_name="English introduction"),
                ),
                (
                    "intro_zh",
                    models.TextField(blank=True, max_length=1000, verbose_name="Chinese introduction"),
                ),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days to answer",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "sends_itself",
                    models.BooleanField(
                        default=False,
                        editable=False,
                        help_text="To customers whose playbook promises a survey, before it is due.",
                        verbose_name="sent by itself each quarter",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey",
                "verbose_name_plural": "surveys",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title_en", ""), _negated=True),
                            models.Q(("title_zh", ""), _negated=True),
                        ),
                        name="survey_has_its_titles",
                        violation_error_message="The title is needed in both languages.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_days__range", (1, 365))),
                        name="survey_ends_within_a_year",
                        violation_error_message="Give 1 to 365 days to answer.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sends_itself", True)),
                        fields=("sends_itself",),
                        name="one_survey_sends_itself",
                        violation_error_message="Another survey is sent by itself already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierMargin",
            fields=[
                (
                    "tier",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="customers.tier",
                        verbose_name="tier",
                    ),
                ),
                (
                    "margin_share",
                    toolbox.percent.PercentField(verbose_name="margin, as a share of what is ordered"),
                ),
            ],
            options={
                "verbose_name": "margin of a tier",
                "verbose_name_plural": "margins of tiers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("margin_share__range", (0, 10000))),
                        name="tier_margin_is_a_share",
                        violation_error_message="A margin share lies between 0 and 100 percent.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Benefit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title_en", models.CharField(max_length=120, verbose_name="English title")),
                ("title_zh", models.CharField(max_length=120, verbose_name="Chinese title")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="benefits",
                        to="maintenance.playbook",
                        verbose_name="playbook",
                    ),
                ),
                (
                    "cost_share",
                    toolbox.percent.PercentField(
                        blank=True,
                        help_text="In percent, such as 1.5.",
                        null=True,
                        verbose_name="or a share of the annual amount",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("terms", "Payment terms"),
                            ("discount", "Discount"),
                            ("rebate", "Rebate"),
                            ("dispatch", "Priority dispatch"),
                            ("packaging", "Own specifications and packaging"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=9,
                        verbose_name="kind",
                    ),
                ),
                (
                    "yearly_cost",
                    toolbox.money.MoneyField(
                        blank=True,
                        help_text="For one customer. Empty: not known.",
                        null=True,
                        verbose_name="cost a year",
                    ),
                ),
            ],
            options={
                "verbose_name": "benefit",
                "verbose_name_plural": "benefits",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title_en", ""), _negated=True),
                            models.Q(("title_zh", ""), _negated=True),
                        ),
                        name="benefit_has_its_titles",
                        violation_error_message="The title is needed in both languages.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["terms", "discount", "rebate", "dispatch", "packaging", "other"])
                        ),
                        name="benefit_kind_is_known",
                        violation_error_message="Choose one of the kinds.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cost_share", None), ("yearly_cost", None)),
                            models.Q(("cost_share", None), ("yearly_cost__range", (0, 1000000000000000))),
                            models.Q(("cost_share__range", (0, 10000)), ("yearly_cost", None)),
                            _connector="OR",
                        ),
                        name="benefit_has_one_cost",
                        violation_error_message="Give either an amount of 0 or more, or a share.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("open", "Opened"),
                            ("respond", "Responded"),
                            ("start", "Taken up"),
                            ("wait", "Asked the customer back"),
                            ("solve", "Solved"),
                            ("close", "Closed"),
                            ("reopen", "Reopened"),
                            ("note", "Note"),
                            ("wrote", "The customer wrote"),
                            ("hand_over", "Handed over"),
                            ("faster", "A higher tier: less time"),
                            ("breach", "Time ran out"),
                        ],
                        max_length=9,
                        verbose_name="what",
                    ),
                ),
                (
                    "before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "New"),
                            ("responded", "Responded"),
                            ("in_work", "In work"),
                            ("waiting", "Waiting for the customer"),
                            ("solved", "Solved"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                        ],
                        max_length=9,
                        verbose_name="state before",
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("responded", "Responded"),
                            ("in_work", "In work"),
                            ("waiting", "Waiting for the customer"),
                            ("solved", "Solved"),
                            ("closed", "Closed"),
                            ("reopened", "Reopened"),
                        ],
                        max_length=9,
                        verbose_name="state after",
                    ),
                ),
                ("words", models.TextField(blank=True, max_length=10000, verbose_name="words")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_events",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="maintenance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a case",
                "verbose_name_plural": "steps of cases",
                "indexes": [models.Index(fields=["case", "at", "id"], name="case_event_in_order")],
            },
        ),
        migrations.CreateModel(
            name="Clock",
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
                        choices=[("response", "Response"), ("solution", "Solution")],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("minutes", models.PositiveIntegerField(verbose_name="promised within (working minutes)")),
                ("started_at", models.DateTimeField(verbose_name="runs since")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="met at")),
                ("breached_at", models.DateTimeField(blank=True, null=True, verbose_name="ran out at")),
                (
                    "told",
                    models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="who was told"),
                ),
                ("next_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clocks",
                        to="maintenance.case",
                        verbose_name="case",
                    ),
                ),
            ],
            options={
                "verbose_name": "clock",
                "verbose_name_plural": "clocks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="clock_next"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "kind"),
                        name="clock_runs_once",
                        violation_error_message="The case has this clock already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("breached_at", None), ("breached_at", models.F("due_at")), _connector="OR"
                        ),
                        name="clock_ran_out_when_due",
                        violation_error_message="A clock runs out at the moment when it is due.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minutes__gte", 1)),
                        name="clock_takes_time",
                        violation_error_message="A clock takes at least one minute.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.CharField(max_length=250, unique=True, verbose_name="Message-ID")),
                ("sender", models.CharField(max_length=320, verbose_name="sender")),
                ("sender_name", models.CharField(blank=True, max_length=200, verbose_name="sender's name")),
                ("subject", models.CharField(max_length=200, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("attachments", models.JSONField(default=list, verbose_name="attachments left out")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "To be sorted"),
                            ("case", "Became a case"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="waiting",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("sorted_at", models.DateTimeField(blank=True, null=True, verbose_name="sorted at")),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="why dismissed")),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="maintenance.case",
                        verbose_name="case",
                    ),
                ),
                (
                    "sorted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sorted by",
                    ),
                ),
            ],
            options={
                "verbose_name": "e-mail that came in",
                "verbose_name_plural": "e-mails that came in",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["received_at", "id"],
                        name="mail_in_waiting",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("case__isnull", False), ("state", "case")),
                            models.Q(models.Q(("state", "case"), _negated=True), ("case", None)),
                            _connector="OR",
                        ),
                        name="letter_became_a_case",
                        violation_error_message="An e-mail that became a case says which.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "dismissed"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="letter_dismissed_with_words",
                        violation_error_message="Say why it is dismissed.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Point",
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
                        choices=[
                            ("task", "Task of a meeting before"),
                            ("change", "Tier change"),
                            ("broken", "Broken promise"),
                            ("case", "Open case"),
                            ("due", "Visit or occasion"),
                            ("day", "Key date"),
                            ("birthday", "Birthday"),
                            ("contract", "Contract ends"),
                            ("override", "Tier set by hand ends"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.BigIntegerField(verbose_name="what it is about")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("position", models.PositiveIntegerField(editable=False, null=True)),
                ("words", models.TextField(blank=True, max_length=20000, verbose_name="minutes")),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="written at")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points_of_meetings",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points",
                        to="maintenance.meeting",
                        verbose_name="meeting",
                    ),
                ),
            ],
            options={
                "verbose_name": "point of a meeting",
                "verbose_name_plural": "points of meetings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("meeting", "kind", "subject"),
                        name="point_stands_once_on_an_agenda",
                        violation_error_message="This point is on the agenda already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title_en", models.CharField(max_length=120, verbose_name="English title")),
                ("title_zh", models.CharField(max_length=120, verbose_name="Chinese title")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("key", models.SlugField(max_length=40, verbose_name="key")),
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
                (
                    "channel",
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
                        help_text="Empty: any channel.",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "interval",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="every",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("day", "days"),
                            ("week", "weeks"),
                            ("month", "months"),
                            ("quarter", "quarters"),
                            ("year", "years"),
                            ("anniversary", "company anniversaries"),
                            ("birthday", "birthdays of contacts"),
                            ("festival", "festivals"),
                            ("order", "days after an order"),
                        ],
                        max_length=11,
                        verbose_name="unit",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Late, but not yet broken.", verbose_name="days of grace"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, editable=False, verbose_name="in use")),
                (
                    "playbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promises",
                        to="maintenance.playbook",
                        verbose_name="playbook",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="Each time, with preparation and the way there: for the hours that tiers require.",
                        verbose_name="minutes of work",
                    ),
                ),
                (
                    "by_contact",
                    models.BooleanField(
                        default=False,
                        help_text="A contact of the department by the channel, logged in time. Otherwise somebody says that it is done.",
                        verbose_name="any fitting contact keeps it",
                    ),
                ),
                (
                    "one_for_all",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise every order gets its own.",
                        verbose_name="one for all orders within these days",
                    ),
                ),
                (
                    "which",
                    models.CharField(
                        blank=True,
                        help_text="None: Spring Festival and Mid-Autumn Festival.",
                        max_length=80,
                        verbose_name="festivals",
                    ),
                ),
            ],
            options={
                "verbose_name": "promise",
                "verbose_name_plural": "promises",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("playbook", "key", "department"), name="promise_is_made_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title_en", ""), _negated=True),
                            models.Q(("title_zh", ""), _negated=True),
                        ),
                        name="promise_has_its_titles",
                        violation_error_message="The title is needed in both languages.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("department__in", ["sales", "service", "technical", "logistics"])
                        ),
                        name="promise_department_is_known",
                        violation_error_message="Choose one of the departments.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("channel__in", ["", "phone", "wechat", "email", "online", "visit", "post"])
                        ),
                        name="promise_channel_is_known",
                        violation_error_message="Choose one of the channels, or none for any.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("interval__range", (1, 1000))),
                        name="promise_interval_is_sane",
                        violation_error_message="Repeat it every 1 to 1,000 units.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "unit__in",
                                [
                                    "day",
                                    "week",
                                    "month",
                                    "quarter",
                                    "year",
                                    "anniversary",
                                    "birthday",
                                    "festival",
                                    "order",
                                ],
                            )
                        ),
                        name="promise_unit_is_known",
                        violation_error_message="Choose one of the units.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("unit__in", ["anniversary", "birthday", "festival"]), _negated=True),
                            ("interval", 1),
                            _connector="OR",
                        ),
                        name="promise_leaves_out_no_occasion",
                        violation_error_message="For anniversaries and festivals the number is 1.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title_en", models.CharField(max_length=120, verbose_name="English title")),
                ("title_zh", models.CharField(max_length=120, verbose_name="Chinese title")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("satisfaction", "Satisfaction, 1 to 5"),
                            ("nps", "Would recommend us, 0 to 10"),
                            ("words", "Own words"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="must be answered")),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="maintenance.survey",
                        verbose_name="survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title_en", ""), _negated=True),
                            models.Q(("title_zh", ""), _negated=True),
                        ),
                        name="question_has_its_titles",
                        violation_error_message="The question is needed in both languages.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["satisfaction", "nps", "words"])),
                        name="question_kind_is_known",
                        violation_error_message="Choose one of the kinds.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeetingTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=500, verbose_name="what to do")),
                ("due_on", models.DateField(verbose_name="due on")),
                ("at", models.DateTimeField(verbose_name="made at")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "aim",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="of_meeting",
                        to="tiering.aim",
                        verbose_name="task",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meeting_tasks",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="meeting_tasks",
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
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="maintenance.meeting",
                        verbose_name="meeting",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tasks",
                        to="maintenance.point",
                        verbose_name="point",
                    ),
                ),
            ],
            options={
                "verbose_name": "task of a meeting",
                "verbose_name_plural": "tasks of meetings",
                "indexes": [models.Index(fields=["assignee", "due_on"], name="meeting_task_by_assignee")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("what", ""), _negated=True),
                        name="meeting_task_says_what_to_do",
                        violation_error_message="Say what is to be done.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("done_by", None)),
                            models.Q(("aim", None), ("done_at__isnull", False), ("done_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="meeting_task_done_says_by_whom",
                        violation_error_message="What is done says when and by whom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Obligation",
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
                            ("sales", "Sales"),
                            ("service", "Service"),
                            ("technical", "Technical"),
                            ("logistics", "Logistics"),
                        ],
                        max_length=10,
                        verbose_name="department",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                ("originally_due_on", models.DateField(editable=False, verbose_name="originally due on")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("done", "Kept"),
                            ("skipped", "Skipped"),
                            ("excused", "Excused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="kept at")),
                ("withdrawn_on", models.DateField(blank=True, null=True, verbose_name="withdrawn on")),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("tier_changed", "The tier changed"),
                            ("archived", "The customer was archived"),
                            ("promise_ended", "The promise ended"),
                            ("order_gone", "The order was taken back"),
                            ("reopened", "The one before is open again"),
                        ],
                        max_length=13,
                        verbose_name="why withdrawn",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: anybody in the department.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for whom to do",
                    ),
                ),
                (
                    "completed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_promises",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="kept by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="obligations",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "interaction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="customers.interaction",
                        verbose_name="interaction",
                    ),
                ),
                (
                    "tier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.tier",
                        verbose_name="tier at the time",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="maintenance.promise",
                        verbose_name="promise",
                    ),
                ),
                ("cadence", models.CharField(default="", editable=False, max_length=100)),
                (
                    "how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("said", "Said by who kept it"),
                            ("matched", "Recognised in a contact"),
                            ("chosen", "Contact chosen by hand"),
                        ],
                        editable=False,
                        max_length=7,
                        verbose_name="known from",
                    ),
                ),
                ("key", models.SlugField(editable=False, max_length=40)),
                (
                    "missed_on",
                    models.DateField(blank=True, editable=False, null=True, verbose_name="broken on"),
                ),
                ("opens_on", models.DateField(editable=False, verbose_name="contacts count from")),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("set_aside_at", models.DateTimeField(blank=True, null=True, verbose_name="set aside at")),
                (
                    "set_aside_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="set aside by",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager on the day",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team on the day",
                    ),
                ),
            ],
            options={
                "verbose_name": "obligation",
                "verbose_name_plural": "obligations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["department", "due_on"],
                        name="obligation_by_department",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["assignee", "due_on"],
                        name="obligation_by_assignee",
                    ),
                    models.Index(
                        condition=models.Q(("state", "open")),
                        fields=["department", "customer"],
                        name="obligation_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("state", "done")),
                        fields=["customer", "-completed_at"],
                        name="obligation_kept",
                    ),
                    models.Index(fields=["customer", "due_on"], name="obligation_by_customer"),
                    models.Index(fields=["due_on", "id"], name="obligation_by_day"),
                    models.Index(
                        condition=models.Q(("order__isnull", False)),
                        fields=["customer", "opens_on"],
                        name="obligation_of_order",
                    ),
                    models.Index(
                        fields=[
                            "originally_due_on",
                            "state",
                            "missed_on",
                            "owner",
                            "team",
                            "tier",
                            "department",
                            "customer",
                            "due_on",
                            "completed_at",
                        ],
                        name="obligation_ledger",
                    ),
                    models.Index(
                        condition=models.Q(("missed_on__isnull", False)),
                        fields=["missed_on", "customer"],
                        name="obligation_broken",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("department__in", ["sales", "service", "technical", "logistics"])
                        ),
                        name="obligation_department_is_known",
                        violation_error_message="Choose one of the departments.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("completed_at", None),
                                ("completed_by", None),
                                ("reason", ""),
                                ("set_aside_at", None),
                                ("set_aside_by", None),
                                ("state", "open"),
                                ("why", ""),
                                ("withdrawn_on", None),
                            ),
                            models.Q(
                                ("completed_at__isnull", False),
                                ("completed_by__isnull", False),
                                ("reason", ""),
                                ("set_aside_at", None),
                                ("set_aside_by", None),
                                ("state", "done"),
                                ("why", ""),
                                ("withdrawn_on", None),
                            ),
                            models.Q(
                                ("completed_at", None),
                                ("completed_by", None),
                                ("set_aside_at__isnull", False),
                                ("set_aside_by__isnull", False),
                                ("state__in", ["skipped", "excused"]),
                                ("why", ""),
                                ("withdrawn_on", None),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                ("completed_at", None),
                                ("completed_by", None),
                                ("reason", ""),
                                ("set_aside_at", None),
                                ("set_aside_by", None),
                                ("state", "withdrawn"),
                                ("withdrawn_on__isnull", False),
                                models.Q(("why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="obligation_state_has_its_facts",
                        violation_error_message="What is kept says when and by whom, what is set aside or withdrawn says when and why.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("order", None), ("state", "open")),
                        fields=("customer", "key", "department"),
                        name="obligation_is_open_once",
                        violation_error_message="The same promise is open to this customer already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("order__isnull", False), models.Q(("state", "withdrawn"), _negated=True)
                        ),
                        fields=("order", "key", "department"),
                        name="obligation_answers_an_order_once",
                        violation_error_message="This order is followed up already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "E-mail"), ("link", "Link to paste, for example into WeChat")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("token_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)),
                ("sent_at", models.DateTimeField(verbose_name="sent at")),
                ("expires_at", models.DateTimeField(verbose_name="open until")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered at")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
                (
                    "contact",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "figure",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.figure",
                        verbose_name="figure",
                    ),
                ),
                (
                    "interaction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.interaction",
                        verbose_name="interaction",
                    ),
                ),
                (
                    "letter",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.letter",
                        verbose_name="letter",
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invitations",
                        to="maintenance.obligation",
                        verbose_name="promise",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account manager at the time",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
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
                        verbose_name="tier at the time",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="maintenance.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "sent_in",
                    models.CharField(
                        blank=True, default="", editable=False, max_length=10, verbose_name="quarter"
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation to a survey",
                "verbose_name_plural": "invitations to surveys",
                "indexes": [
                    models.Index(fields=["-sent_at", "-id"], name="invitation_newest"),
                    models.Index(fields=["customer", "-sent_at"], name="invitation_of_customer"),
                    models.Index(
                        condition=models.Q(("answered_at__isnull", False)),
                        fields=["-answered_at", "-id"],
                        name="invitation_answered",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answered_at", None), ("withdrawn_at", None), _connector="OR"),
                        name="invitation_is_answered_or_withdrawn",
                        violation_error_message="An answered invitation cannot be withdrawn.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                        name="invitation_is_open_for_a_while",
                        violation_error_message="An invitation ends after it was sent.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("sent_in", ""), _negated=True),
                        fields=("customer", "sent_in"),
                        name="invited_by_itself_once_a_quarter",
                        violation_error_message="This customer was asked in this quarter already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holds", models.BooleanField(default=True, verbose_name="keeps it")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
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
                    "interaction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matches",
                        to="customers.interaction",
                        verbose_name="interaction",
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matches",
                        to="maintenance.obligation",
                        verbose_name="obligation",
                    ),
                ),
            ],
            options={
                "verbose_name": "match",
                "verbose_name_plural": "matches",
                "indexes": [
                    models.Index(
                        condition=models.Q(("holds", False)),
                        fields=["obligation", "interaction"],
                        name="match_taken_back",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("holds", True),
                            models.Q(("by__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="match_taken_back_says_why",
                        violation_error_message="Say who takes it back, and why.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Snooze",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("was_due_on", models.DateField(verbose_name="was due on")),
                ("until", models.DateField(verbose_name="until")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snoozes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snoozes",
                        to="maintenance.obligation",
                        verbose_name="obligation",
                    ),
                ),
            ],
            options={
                "verbose_name": "snooze",
                "verbose_name_plural": "snoozes",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="snooze_has_a_reason",
                        violation_error_message="Say why it is put off.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", models.F("was_due_on")), _negated=True),
                        name="snooze_moves_the_day",
                        violation_error_message="Choose a day other than the one on which it is due.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="score")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="words")),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="maintenance.invitation",
                        verbose_name="invitation to a survey",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="maintenance.question",
                        verbose_name="question",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer",
                "verbose_name_plural": "answers",
                "constraints": [
                    models.UniqueConstraint(fields=("invitation", "question"), name="answered_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("score__range", (0, 10)), ("words", "")),
                            models.Q(("score", None), models.Q(("words", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="answer_is_a_score_or_words",
                        violation_error_message="An answer is a score from 0 to 10, or words.",
                    ),
                ],
            },
        ),
    ]
