"""What a customer bought and paid. Amounts are integers in fen, shares in basis points."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.fact import Fact, FactQuerySet
from toolbox.days import PAST, PLANNED
from toolbox.money import MoneyField
from toolbox.percent import PercentField


class Order(Fact):
    """One order net of what was returned; a return that outlives its order has a negative amount."""

    number = models.CharField(_("order number"), max_length=60, unique=True)
    ordered_on = models.DateField(_("ordered on"), validators=[PAST])
    amount = MoneyField(_("amount"))
    category = models.CharField(_("category"), max_length=100, blank=True)
    customised_share = PercentField(
        _("customised share"), null=True, blank=True, help_text=_("In percent, such as 92.5.")
    )

    objects = FactQuerySet["Order"].as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.CheckConstraint(
                condition=~Q(number=""),
                name="order_has_a_number",
                violation_error_message=_("An order needs a number."),
            ),
            models.CheckConstraint(
                condition=Q(customised_share=None) | Q(customised_share__range=(0, 10_000)),
                name="order_customised_share_is_a_share",
                violation_error_message=_("A share lies between 0% and 100%."),
            ),
            models.CheckConstraint(
                condition=Q(amount__range=(-(10**15), 10**15)),
                name="order_amount_is_sane",
                violation_error_message=_("That amount is too large to be true."),
            ),
        ]
        indexes = [
            models.Index(
                "customer",
                "ordered_on",
                name="order_customer_day",
                include=["amount", "customised_share", "recorded_at"],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(Fact):
    """An amount that was due on a day, and the day it was paid."""

    order = models.ForeignKey(
        Order, models.CASCADE, null=True, blank=True, related_name="payments", verbose_name=_("order")
    )
    amount = MoneyField(_("amount"))
    due_on = models.DateField(_("due on"), validators=[PLANNED])
    paid_on = models.DateField(_("paid on"), null=True, blank=True, validators=[PAST])

    objects = FactQuerySet["Payment"].as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=10**15),
                name="payment_amount_is_positive",
                violation_error_message=_("A payment has an amount above 0."),
            ),
        ]
        indexes = [
            models.Index(
                "customer",
                "due_on",
                name="payment_customer_day",
                include=["amount", "paid_on", "recorded_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"

    @property
    def days_late(self) -> int | None:
        return (self.paid_on - self.due_on).days if self.paid_on else None
