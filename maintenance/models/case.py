"""What a customer asked of us as a promise with a clock, and every step of it.

A case has no words of its own: what was asked, by whom, when and of which department is the service request, the
fact that gradings read. So nothing is counted twice, and a case follows its request in a merge.
"""

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import User
from customers import access
from customers.models import Contact, Customer, ServiceRequest, Tier
from maintenance.case_steps import OPEN, Step

BEST = 5


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """Who sees the customer sees all its cases, whoever works on them; others see what is theirs to answer."""
        if not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        seen = Q(request__customer__in=Customer.objects.visible_to(user)) | Q(assignee=user)
        if user.is_support:
            seen |= Q(request__department=user.department)
        return self.filter(seen)

    def open(self) -> Self:
        return self.filter(state__in=sorted(OPEN))

    def of(self, customer: Customer) -> Self:
        return self.filter(request__customer=customer)

    def for_department(self, department: str) -> Self:
        return self.filter(request__department=department)

    def on_the_desk_of(self, user: User) -> Self:
        """Theirs by name; of their department and nobody's; of their customers and nobody's."""
        nobodys = Q(assignee=None, request__department=user.department)
        if not user.is_support:
            nobodys &= Q(request__customer__owner=user)
        return self.open().filter(Q(assignee=user) | nobodys)

    def breached(self) -> Self:
        """A clock of it ran out, whether or not it was met since."""
        return self.filter(Exists(Clock.objects.filter(case=OuterRef("pk"), breached_at__isnull=False)))

    def late(self, at: datetime) -> Self:
        """Something promised is late right now."""
        return self.open().filter(Exists(Clock.objects.running().filter(case=OuterRef("pk"), due_at__lt=at)))

    def at_risk(self, at: datetime) -> Self:
        """Not late, and somebody has been warned."""
        warned = Clock.objects.running().filter(case=OuterRef("pk"), due_at__gte=at, told__gte=1)
        return self.open().filter(Exists(warned)).exclude(pk__in=self.late(at).values("pk"))

    def customers_waiting_for(self, user: User) -> "models.QuerySet[Case, int]":
        """Ids of the customers with an open case of the user's department, or of the user."""
        mine = Q(request__department=user.department) | Q(assignee=user)
        return self.open().filter(mine).values_list("request__customer_id", flat=True)

    def who_is_waited_for(self, customer: Customer) -> Q:
        """People of the departments with an open case of the customer, and to whom one was given."""
        rows = self.open().of(customer)
        assignees = rows.exclude(assignee=None).values_list("assignee", flat=True)
        return Q(pk__in=list(assignees)) | access.of_departments(
            rows.values_list("request__department", flat=True)
        )

    def with_names(self) -> Self:
        """With the rows that a list of cases names, and the clocks."""
        named = self.select_related(
            "request__customer__owner", "request__customer__standing__tier", "tier", "assignee", "contact"
        )
        clocks = Prefetch("clocks", Clock.objects.order_by("pk"))
        return named.defer("request__customer__notes", "request__customer__search_text").prefetch_related(
            clocks
        )


class Case(models.Model):
    class Kind(models.TextChoices):
        ENQUIRY = "enquiry", _("Enquiry")
        COMPLAINT = "complaint", _("Complaint")
        REQUEST = "request", _("Service request")
        CUSTOM_ORDER = "custom_order", _("Custom order")

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("of a case", "New")
        RESPONDED = "responded", _("Responded")
        IN_WORK = "in_work", _("In work")
        WAITING = "waiting", _("Waiting for the customer")
        SOLVED = "solved", _("Solved")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")

    class Category(models.TextChoices):
        QUALITY = "quality", _("Quality")
        DELIVERY = "delivery", _("Delivery")
        USE = "use", _("Use and technology")
        ORDERING = "ordering", _("Ordering and specification")
        PRICE = "price", _("Price and terms")
        INVOICE = "invoice", _("Invoice and payment")
        SERVICE = "service", _("Service")
        OTHER = "other", _("Other")

    class Cause(models.TextChoices):
        PRODUCT = "product", _("Fault of the product")
        TRANSPORT = "transport", _("Damage or delay in transport")
        PROCESSING = "processing", _("Mistake in our processing")
        PROMISE = "promise", _("Promised more than we could do")
        INFORMATION = "information", _("Information missing or unclear")
        OPERATION = "operation", _("Wrong use by the customer")
        SUPPLIER = "supplier", _("Supplier")
        WISH = "wish", _("A wish, nothing was wrong")
        UNKNOWN = "unknown", _("Not found out")

    class Source(models.TextChoices):
        PAGE = "page", _("Page")
        API = "api", _("API")
        EMAIL = "email", _("E-mail")

    request = models.OneToOneField(
        ServiceRequest, models.PROTECT, related_name="case", verbose_name=_("service request")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    category = models.CharField(
        pgettext_lazy("of a case", "category"),
        max_length=10,
        choices=Category.choices,
        default=Category.OTHER,
    )
    cause = models.CharField(_("cause"), max_length=11, choices=Cause.choices, blank=True)
    source = models.CharField(_("came by"), max_length=5, choices=Source.choices, default=Source.PAGE)
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("contact"),
    )
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("for whom to do"),
        help_text=_("Empty: anybody in the department."),
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.NEW)
    tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tier whose clocks run"),
    )
    due_at = models.DateTimeField(_("next due at"), null=True, blank=True, editable=False)
    """Of the clock that runs out next; none where nothing is promised or everything is met."""
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(BEST)]
    )
    satisfaction_words = models.TextField(_("what they said"), blank=True, max_length=2_000)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["new", "responded", "in_work", "waiting", "solved", "closed", "reopened"]
                ),
                name="case_state_is_known",
                violation_error_message=_("This state is not known."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["enquiry", "complaint", "request", "custom_order"]),
                name="case_kind_is_known",
                violation_error_message=_("Choose one of the kinds."),
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_since__isnull=False)
                | ~Q(state="waiting") & Q(waiting_since=None),
                name="case_waits_since",
                violation_error_message=_(
                    "What waits for the customer says since when, and nothing else does."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["solved", "closed"]) | ~Q(cause=""),
                name="case_solved_has_a_cause",
                violation_error_message=_("Say what the cause was."),
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="case_closed_says_when",
                violation_error_message=_("What is closed says when."),
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, BEST)),
                name="case_satisfaction_in_range",
                violation_error_message=_("Satisfaction is a number from 1 to 5."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="case_by_urgency",
                condition=~Q(state__in=["solved", "closed"]),
            ),
            models.Index(fields=["assignee", "state"], name="case_by_assignee"),
            models.Index(fields=["cause", "category"], name="case_feedback"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.request.subject}"

    @property
    def number(self) -> str:
        """ "C00042"."""
        return f"C{self.pk:05d}"

    @property
    def customer(self) -> Customer:
        return self.request.customer

    @property
    def department(self) -> str:
        return self.request.department

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def may_be_worked_on_by(self, user: User) -> bool:
        """Sales by the customer; a supporting department on what is its own, or assigned to one of it."""
        if not user.may_write:
            return False
        return (
            user.sees_all
            or not user.is_support
            or user.department == self.department
            or self.assignee_id == user.pk
        )


class ClockQuerySet(models.QuerySet["Clock"]):
    def running(self) -> Self:
        """Neither met nor at rest while the customer is waited for."""
        return self.filter(met_at=None, case__waiting_since=None, case__state__in=sorted(OPEN))


class Clock(models.Model):
    """A promise of one case in working minutes. There is none where the tier promises nothing."""

    class Kind(models.TextChoices):
        RESPONSE = "response", _("Response")
        SOLUTION = "solution", _("Solution")

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    minutes = models.PositiveIntegerField(_("promised within (working minutes)"))
    started_at = models.DateTimeField(_("runs since"))
    due_at = models.DateTimeField(_("due at"))
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    breached_at = models.DateTimeField(_("ran out at"), null=True, blank=True)
    told = models.PositiveSmallIntegerField(_("who was told"), default=0, editable=False)
    """How many of the warnings, in their order."""
    next_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When there is something to tell or to mark; none while it stands still."""

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                name="clock_runs_once",
                violation_error_message=_("The case has this clock already."),
            ),
            models.CheckConstraint(
                condition=Q(breached_at=None) | Q(breached_at=F("due_at")),
                name="clock_ran_out_when_due",
                violation_error_message=_("A clock runs out at the moment when it is due."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1),
                name="clock_takes_time",
                violation_error_message=_("A clock takes at least one minute."),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"


class CaseEventQuerySet(models.QuerySet["CaseEvent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(case__in=Case.objects.visible_to(user))


class CaseEvent(models.Model):
    """One step of a case: who, when, from where to where, in which words. Appended, never edited."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Opened")
        RESPOND = Step.RESPOND.value, _("Responded")
        START = Step.START.value, _("Taken up")
        WAIT = Step.WAIT.value, _("Asked the customer back")
        SOLVE = Step.SOLVE.value, _("Solved")
        CLOSE = Step.CLOSE.value, _("Closed")
        REOPEN = Step.REOPEN.value, _("Reopened")
        NOTE = "note", _("Note")
        WROTE = "wrote", _("The customer wrote")
        HAND_OVER = "hand_over", _("Handed over")
        FASTER = "faster", _("A higher tier: less time")
        BREACH = "breach", _("Time ran out")

    case = models.ForeignKey(Case, models.CASCADE, related_name="events", verbose_name=_("case"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="case_events", verbose_name=_("by")
    )
    kind = models.CharField(_("what"), max_length=9, choices=Kind.choices)
    before = models.CharField(_("state before"), max_length=9, blank=True, choices=Case.State.choices)
    after = models.CharField(_("state after"), max_length=9, choices=Case.State.choices)
    words = models.TextField(_("words"), blank=True, max_length=10_000)
    facts = models.JSONField(_("facts"), default=dict)
    """What the kind needs besides: of a hand-over department and person before and after, of a breach the clock,
    of a reopening what the customer had said of the solution."""

    objects = CaseEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of a case")
        verbose_name_plural = _("steps of cases")
        indexes = [models.Index(fields=["case", "at", "id"], name="case_event_in_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
