"""One dated promise to one customer, and what became of it. Rows are never deleted."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Team, User
from customers import access
from customers.models import Contact, Customer, Interaction, Order, Seat, Tier
from maintenance.cadence import DAY, Span
from maintenance.models.playbook import Promise

NOT_KEPT: dict[str, Any] = {"completed_at": None, "completed_by": None}
NOT_SET_ASIDE: dict[str, Any] = {"set_aside_at": None, "set_aside_by": None, "reason": ""}


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: User) -> Self:
        """What is owed to the customers one sees; a supporting department sees of it what it owes itself."""
        if user.is_active and user.sees_all:
            return self
        rows = self.for_department(user.department) if user.is_support else self
        return rows.filter(customer__in=Customer.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(state=Obligation.State.OPEN)

    def done(self) -> Self:
        return self.filter(state=Obligation.State.DONE)

    def due(self, *, by: date) -> Self:
        return self.open().filter(due_on__lte=by)

    def overdue(self, today: date) -> Self:
        return self.open().filter(due_on__lt=today)

    def due_in(self, span: Span) -> Self:
        first = Q(due_on__gte=span.first) if span.first else Q()
        last = Q(due_on__lte=span.last) if span.last else Q()
        return self.filter(first & last)

    def for_department(self, department: str) -> Self:
        return self.filter(department=department)

    def owed_by(self, user: User) -> Self:
        """A seller owes what is promised to the own customers; a supporter what is the own, and, as a pool, what is
        nobody's and promised to customers whom no colleague serves.

        Of sales the customer is asked, not `assignee`, which follows a change of owner only at the next plan.
        """
        if user.is_support:
            others = Seat.objects.serving().filter(department=user.department).exclude(person=user)
            is_nobodys = Q(assignee=None) | Q(assignee__is_active=False)
            nobodys = is_nobodys & ~Exists(others.filter(customer=OuterRef("customer")))
            return self.for_department(user.department).filter(nobodys | Q(assignee=user))
        return self.for_department(Department.SALES).filter(customer__owner=user)

    def customers_waiting_for(self, user: User) -> "models.QuerySet[Obligation, int]":
        """Ids of the customers for whom the user's department has something to do."""
        return self.open().for_department(user.department).values_list("customer_id", flat=True)

    def who_is_waited_for(self, customer: Customer) -> Q:
        """People of the departments that have something to do for the customer."""
        rows = self.open().filter(customer=customer).order_by()
        return access.of_departments(rows.values_list("department", flat=True).distinct())

    def with_names(self) -> Self:
        """With the rows that a list of obligations names, less their long texts."""
        named = self.select_related("customer", "promise", "tier", "assignee")
        return named.defer("customer__notes", "customer__search_text")

    def with_contact(self) -> Self:
        """What one needs to act: whom to call, and when somebody last did."""
        first = Contact.objects.filter(customer=OuterRef("customer")).order_by("-is_primary", "pk")
        last = Interaction.objects.filter(customer=OuterRef("customer")).order_by("-at")
        return (
            self.with_names()
            .select_related("completed_by", "set_aside_by")
            .annotate(
                contact_name=Subquery(first.values("name")[:1]),
                contact_phone=Subquery(first.values("phone")[:1]),
                last_contact_at=Subquery(last.values("at")[:1]),
            )
        )


class Obligation(models.Model):
    """`due_on` moves when it is snoozed; `originally_due_on` never does."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Kept")
        SKIPPED = "skipped", _("Skipped")
        EXCUSED = "excused", _("Excused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Why(models.TextChoices):
        """Why it was withdrawn."""

        TIER_CHANGED = "tier_changed", _("The tier changed")
        ARCHIVED = "archived", _("The customer was archived")
        PROMISE_ENDED = "promise_ended", _("The promise ended")
        ORDER_GONE = "order_gone", _("The order was taken back")
        REOPENED = "reopened", _("The one before is open again")

    class How(models.TextChoices):
        """How it is known to be kept."""

        SAID = "said", _("Said by who kept it")
        MATCHED = "matched", _("Recognised in a contact")
        CHOSEN = "chosen", _("Contact chosen by hand")

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="obligations", db_index=False, verbose_name=_("customer")
    )
    promise = models.ForeignKey(
        Promise, models.PROTECT, related_name="obligations", verbose_name=_("promise")
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier at the time"))
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    assignee = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        db_index=False,
        verbose_name=_("for whom to do"),
        help_text=_("Empty: anybody in the department."),
    )
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("account manager on the day"),
    )
    """Of the customer on the day it was first due: whoever takes over later does not answer for it."""
    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
        verbose_name=_("team on the day"),
    )
    due_on = models.DateField(_("due on"))
    originally_due_on = models.DateField(_("originally due on"), editable=False)
    key = models.SlugField(max_length=40, editable=False)
    """The promise's own, the same in every version and tier."""
    order = models.ForeignKey(
        Order,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("order"),
    )
    """The one it follows; when that is taken back, it is withdrawn."""
    opens_on = models.DateField(_("contacts count from"), editable=False)
    """Of a reaction the day of its order."""
    missed_on = models.DateField(_("broken on"), null=True, blank=True, editable=False)
    """The first day after its grace, still open: stays, whatever becomes of it later."""
    cadence = models.CharField(max_length=100, default="", editable=False)
    """The promise's cadence when `due_on` was planned: when it is another by now, it is planned anew."""

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("kept at"), null=True, blank=True)
    completed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="kept_promises", verbose_name=_("kept by")
    )
    interaction = models.ForeignKey(
        Interaction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("interaction"),
    )
    how = models.CharField(_("known from"), max_length=7, blank=True, choices=How.choices, editable=False)
    set_aside_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    set_aside_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("set aside by")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    """Why it was skipped or excused."""
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    why = models.CharField(_("why withdrawn"), max_length=13, blank=True, choices=Why.choices)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "key", "department"],
                condition=Q(state="open", order=None),
                name="obligation_is_open_once",
                violation_error_message=_("The same promise is open to this customer already."),
            ),
            models.UniqueConstraint(
                fields=["order", "key", "department"],
                condition=Q(order__isnull=False) & ~Q(state="withdrawn"),
                name="obligation_answers_an_order_once",
                violation_error_message=_("This order is followed up already."),
            ),
            models.CheckConstraint(
                condition=Q(department__in=Department.values),
                name="obligation_department_is_known",
                violation_error_message=_("Choose one of the departments."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", withdrawn_on=None, why="", **NOT_KEPT, **NOT_SET_ASIDE)
                | Q(
                    state="done",
                    completed_at__isnull=False,
                    completed_by__isnull=False,
                    withdrawn_on=None,
                    why="",
                    **NOT_SET_ASIDE,
                )
                | Q(
                    state__in=["skipped", "excused"],
                    set_aside_at__isnull=False,
                    set_aside_by__isnull=False,
                    withdrawn_on=None,
                    why="",
                    **NOT_KEPT,
                )
                & ~Q(reason="")
                | Q(state="withdrawn", withdrawn_on__isnull=False, **NOT_KEPT, **NOT_SET_ASIDE) & ~Q(why=""),
                name="obligation_state_has_its_facts",
                violation_error_message=_(
                    "What is kept says when and by whom, what is set aside or withdrawn says when and why."
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["department", "due_on"], name="obligation_by_department", condition=Q(state="open")
            ),
            models.Index(
                fields=["assignee", "due_on"], name="obligation_by_assignee", condition=Q(state="open")
            ),
            models.Index(
                fields=["department", "customer"], name="obligation_waiting", condition=Q(state="open")
            ),
            models.Index(
                fields=["customer", "-completed_at"], name="obligation_kept", condition=Q(state="done")
            ),
            models.Index(fields=["customer", "due_on"], name="obligation_by_customer"),
            models.Index(fields=["due_on", "id"], name="obligation_by_day"),
            models.Index(
                fields=["missed_on", "customer"],
                name="obligation_broken",
                condition=Q(missed_on__isnull=False),
            ),
            models.Index(
                fields=["customer", "opens_on"],
                name="obligation_of_order",
                condition=Q(order__isnull=False),
            ),
            models.Index(
                fields=[
                    "originally_due_on", "state", "missed_on", "owner", "team", "tier", "department", "customer",
                    "due_on", "completed_at",
                ],
                name="obligation_ledger",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.promise} {self.due_on}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_snoozed(self) -> bool:
        return self.due_on != self.originally_due_on

    @property
    def breaks_on(self) -> date:
        """The first day on which it is later than its grace allows, counted from the day that was promised or put
        off to: whoever plans to be early and is only in time breaks nothing.
        """
        return max(self.due_on, self.originally_due_on) + (self.promise.grace_days + 1) * DAY

    @property
    def is_brought_forward(self) -> bool:
        return self.due_on < self.originally_due_on

    def note_if_missed(self, day: date) -> None:
        """When it is past its grace on that day, it was broken, whatever becomes of it."""
        if self.missed_on is None and self.breaks_on <= day:
            self.missed_on = self.breaks_on

    @property
    def was_broken(self) -> bool:
        """Not done within its grace, whatever came later."""
        return self.missed_on is not None

    def may_be_excused_by(self, user: User) -> bool:
        """Not by who owes it: by who answers for it."""
        return user.may_assign and self.may_be_kept_by(user)

    def may_be_kept_by(self, user: User) -> bool:
        """By the department that owes it, and by whoever answers for all of them."""
        return user.may_write and (user.sees_all or user.department == self.department)


class SnoozeQuerySet(models.QuerySet["Snooze"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(obligation__in=Obligation.objects.visible_to(user))


class Snooze(models.Model):
    """Put off, or brought forward again, by whom, why. Appended, never edited."""

    obligation = models.ForeignKey(
        Obligation, models.CASCADE, related_name="snoozes", verbose_name=_("obligation")
    )
    was_due_on = models.DateField(_("was due on"))
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="snoozes", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    objects = SnoozeQuerySet.as_manager()

    class Meta:
        verbose_name = _("snooze")
        verbose_name_plural = _("snoozes")
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="snooze_has_a_reason",
                violation_error_message=_("Say why it is put off."),
            ),
            models.CheckConstraint(
                condition=~Q(until=F("was_due_on")),
                name="snooze_moves_the_day",
                violation_error_message=_("Choose a day other than the one on which it is due."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.was_due_on} → {self.until}"


class MatchQuerySet(models.QuerySet["Match"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(obligation__in=Obligation.objects.visible_to(user))


class Match(models.Model):
    """A contact was taken for the keeping of a promise, or no longer is. Appended, never edited.

    Nobody in `by`: it was recognised by itself. What was taken back is not recognised again.
    """

    obligation = models.ForeignKey(
        Obligation, models.CASCADE, related_name="matches", verbose_name=_("obligation")
    )
    interaction = models.ForeignKey(
        Interaction, models.PROTECT, related_name="matches", verbose_name=_("interaction")
    )
    holds = models.BooleanField(_("keeps it"), default=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.CheckConstraint(
                condition=Q(holds=True) | Q(by__isnull=False) & ~Q(reason=""),
                name="match_taken_back_says_why",
                violation_error_message=_("Say who takes it back, and why."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["obligation", "interaction"], name="match_taken_back", condition=Q(holds=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id}: {self.interaction_id}"
