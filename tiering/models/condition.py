"""What a tier asks for where rules decide."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tiering import conditions


class Decides(models.TextChoices):
    """What gives a version its tiers."""

    FLOORS = "floors", _("Floors on the score")
    RULES = "rules", _("Rules: the conditions of each tier")


class Condition(models.Model):
    """Of one tier of a version, about one indicator. Ends are raw values in the indicator's unit, both in.

    Kept as they were, and not asked, in a version whose tiers are decided by floors.
    """

    class Unknown(models.TextChoices):
        FAILS = "fails", _("Not met")
        PASSES = "passes", _("Does not stand against it")

    floor = models.ForeignKey(
        "tiering.Floor", models.CASCADE, related_name="conditions", verbose_name=_("tier")
    )
    indicator = models.SlugField(_("indicator"), max_length=40, db_index=False)
    at_least = models.BigIntegerField(_("at least"), null=True, blank=True)
    at_most = models.BigIntegerField(_("at most"), null=True, blank=True)
    unknown = models.CharField(
        _("when unknown"), max_length=10, choices=Unknown.choices, default=Unknown.FAILS
    )

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        constraints = [
            models.UniqueConstraint(
                fields=["floor", "indicator"],
                name="one_condition_on_an_indicator",
                violation_error_message=_("This tier has a condition on this indicator already."),
            ),
            models.CheckConstraint(
                condition=Q(at_least__isnull=False) | Q(at_most__isnull=False),
                name="condition_has_an_end",
                violation_error_message=_("A condition needs a least value, a greatest one, or both."),
            ),
            models.CheckConstraint(
                condition=Q(at_least=None) | Q(at_most=None) | Q(at_least__lte=F("at_most")),
                name="condition_can_be_met",
                violation_error_message=_(
                    "The least value lies above the greatest: nothing could meet this."
                ),
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{end: None})
                    | Q(**{f"{end}__range": (-conditions.VALUE_LIMIT, conditions.VALUE_LIMIT)}),
                    name=f"condition_{end}_is_sane",
                    violation_error_message=_("This raw value is too large."),
                )
                for end in ("at_least", "at_most")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.floor_id} · {self.indicator}"

    @property
    def is_supporting(self) -> bool:
        return self.unknown == self.Unknown.PASSES

    def rule(self, tier: str) -> conditions.Condition:
        return conditions.Condition(tier, self.indicator, self.at_least, self.at_most, self.is_supporting)

    def said(self) -> dict[str, Any]:
        """All of it but whose it is."""
        return {
            "indicator": self.indicator,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "unknown": self.unknown,
        }
