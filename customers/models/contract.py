"""Contracts and whether they were renewed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models.fact import Fact, FactQuerySet
from toolbox.days import PAST, PLANNED
from toolbox.money import MoneyField


class Contract(Fact):
    """A framework contract. `renewed_on` is the day its successor was signed."""

    number = models.CharField(_("contract number"), max_length=60, unique=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    amount = MoneyField(_("amount"), null=True, blank=True)
    starts_on = models.DateField(_("starts on"), validators=[PLANNED])
    ends_on = models.DateField(_("ends on"), validators=[PLANNED])
    renewed_on = models.DateField(_("renewed on"), null=True, blank=True, validators=[PAST])

    objects = FactQuerySet["Contract"].as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(
                condition=~Q(number=""),
                name="contract_has_a_number",
                violation_error_message=_("A contract needs a number."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_its_start",
                violation_error_message=_("A contract cannot end before it starts."),
            ),
        ]
        indexes = [
            models.Index(
                "customer", "ends_on", name="contract_customer_end", include=["renewed_on", "recorded_at"]
            ),
        ]

    def __str__(self) -> str:
        return self.number
