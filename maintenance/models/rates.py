"""What serving costs and what selling leaves, as far as somebody said so."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Tier
from toolbox.money import LARGEST, MoneyField
from toolbox.percent import PercentField


class Rates(models.Model):
    """Of the whole book: one row. What is empty is not known, and nothing is reckoned with it."""

    hour_cost = MoneyField(
        _("cost of an hour"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What an hour of somebody who serves customers costs. Empty: not known."),
    )
    margin_share = PercentField(
        _("margin, as a share of what is ordered"),
        null=True,
        blank=True,
        help_text=_("In percent, such as 32.5: before the cost of serving. Empty: not known."),
    )

    class Meta:
        verbose_name = _("rates of the ledger")
        verbose_name_plural = _("rates of the ledger")
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1),
                name="rates_are_one_row",
                violation_error_message=_("There is one book."),
            ),
            models.CheckConstraint(
                condition=(Q(hour_cost=None) | Q(hour_cost__range=(0, LARGEST)))
                & (Q(margin_share=None) | Q(margin_share__range=(0, 10_000))),
                name="rates_are_sane",
                violation_error_message=_(
                    "Give an amount of 0 or more, and a share between 0 and 100 percent."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def known(cls) -> "Rates":
        """As they stand, or all unknown."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class TierMargin(models.Model):
    """Of one tier, where it is another than the book's."""

    tier = models.OneToOneField(
        Tier, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("tier")
    )
    margin_share = PercentField(_("margin, as a share of what is ordered"))

    class Meta:
        verbose_name = _("margin of a tier")
        verbose_name_plural = _("margins of tiers")
        constraints = [
            models.CheckConstraint(
                condition=Q(margin_share__range=(0, 10_000)),
                name="tier_margin_is_a_share",
                violation_error_message=_("A margin share lies between 0 and 100 percent."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.tier)
