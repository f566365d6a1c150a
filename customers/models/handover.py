"""An account manager hands customers over to another: with a checklist, and accepted by who takes them."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import User
from customers.models.customer import Customer


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> Self:
        """Of the two people, of who asked for it, and of those who see all of the customers."""
        if not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        rows = Handed.objects.filter(handover=OuterRef("pk"))
        foreign = rows.exclude(customer__in=Customer.objects.visible_to(user).values("pk"))
        own = Q(giver=user) | Q(taker=user) | Q(by=user)
        return self.filter(own | Exists(rows) & ~Exists(foreign)) if user.may_assign else self.filter(own)

    def open(self) -> Self:
        return self.filter(state=Handover.State.OPEN)


class Step(models.TextChoices):
    """What can be done with a hand-over that waits."""

    TICK = "tick", _("Tick")
    UNTICK = "untick", _("Untick")
    ACCEPT = "accept", _("Accept")
    DECLINE = "decline", _("Decline")
    WITHDRAW = "withdraw", _("Withdraw")

    @property
    def is_of_a_line(self) -> bool:
        return self in {Step.TICK, Step.UNTICK}


class Handover(models.Model):
    """One customer, or a whole book when somebody leaves. Nothing moves before it is accepted."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting to be accepted")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    giver = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="given_over",
        verbose_name=pgettext_lazy("of a hand-over", "from"),
    )
    """None: nobody had them."""
    taker = models.ForeignKey(
        User, models.PROTECT, related_name="taken_over", verbose_name=pgettext_lazy("of a hand-over", "to")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    at = models.DateTimeField(_("asked at"))
    words = models.TextField(_("what the successor should know"), blank=True, max_length=5_000)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    """Why it was declined or withdrawn."""

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(
                condition=Q(giver=None) | ~Q(giver=F("taker")),
                name="handover_goes_to_another",
                violation_error_message=_("Choose somebody else than who has the customer."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None, settled_by=None)
                | Q(
                    state__in=["accepted", "declined", "withdrawn"],
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                ),
                name="handover_settled_says_by_whom",
                violation_error_message=_("What is settled says when and by whom."),
            ),
        ]
        indexes = [
            models.Index(fields=["taker", "-at"], name="handover_of_taker"),
            models.Index(fields=["-at", "-id"], name="handover_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.giver or '–'} → {self.taker}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def may_be_taken_further_by(self, user: User, step: str) -> bool:
        """Whose step it is, whether or not it is settled by now: the two people tick, the successor takes it or not, who gave
        or asked withdraws; whoever answers for customers ticks and withdraws, too."""
        if Step(step).is_of_a_line:
            people = {self.giver_id, self.taker_id}
        elif step == Step.WITHDRAW:
            people = {self.giver_id, self.by_id}
        else:
            return user.may_write and user.pk == self.taker_id
        return user.may_write and (user.pk in people or user.may_assign)


class Handed(models.Model):
    """A customer that is handed over."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="handed", verbose_name=_("hand-over"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="handovers", verbose_name=_("customer")
    )
    is_open = models.BooleanField(_("waits"), default=True)
    """As the hand-over: so that nobody is handed over twice at a time."""
    moved = models.BooleanField(_("went over"), default=False)
    """False after it was accepted: somebody else had the customer by then, or it was archived."""

    class Meta:
        verbose_name = _("customer handed over")
        verbose_name_plural = _("customers handed over")
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "customer"],
                name="handed_over_once_in_a_handover",
                violation_error_message=_("This customer stands in the hand-over already."),
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(is_open=True),
                name="handed_over_to_one_at_a_time",
                violation_error_message=_("This customer is being handed over already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} · {self.customer_id}"


class HandoverItem(models.Model):
    """A line of the checklist, made from the data: ticked when the two have talked it through."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items", verbose_name=_("hand-over"))
    part = models.SlugField(_("what"), max_length=30)
    """By which the apps know it (`customers.handing`)."""
    count = models.PositiveIntegerField(_("how many"))
    """When the hand-over was asked for."""
    moved = models.PositiveIntegerField(_("went over"), null=True, blank=True)
    ticked_at = models.DateTimeField(_("ticked at"), null=True, blank=True)
    ticked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ticked by")
    )

    class Meta:
        verbose_name = _("line of a hand-over")
        verbose_name_plural = _("lines of hand-overs")
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "part"],
                name="handover_item_stands_once",
                violation_error_message=_("This line stands in the checklist already."),
            ),
            models.CheckConstraint(
                condition=Q(ticked_at=None, ticked_by=None)
                | Q(ticked_at__isnull=False, ticked_by__isnull=False),
                name="handover_item_ticked_says_by_whom",
                violation_error_message=_("What is ticked says when and by whom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} · {self.part}"
