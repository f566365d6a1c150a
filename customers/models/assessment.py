"""What people judged or looked up: ratings 1 to 5 with evidence, and given values with their source.

Both are appended, never edited: the newest on or before a day is the one that counts on that day.
`indicator` is the indicator's key; which keys exist is tiering's business.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.fact import Fact, FactQuerySet
from toolbox.days import PAST


class Assessment(Fact):
    indicator = models.CharField(_("indicator"), max_length=40)
    rating = models.PositiveSmallIntegerField(_("rating"), help_text=_("1 (lowest) to 5 (highest)"))
    evidence = models.TextField(_("evidence"), max_length=2_000)
    rater = models.ForeignKey(User, models.PROTECT, related_name="assessments", verbose_name=_("rated by"))
    rated_on = models.DateField(_("rated on"), validators=[PAST])

    objects = FactQuerySet["Assessment"].as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__range=(1, 5)),
                name="assessment_rating_is_1_to_5",
                violation_error_message=_("A rating lies between 1 and 5."),
            ),
            models.CheckConstraint(
                condition=~Q(evidence=""),
                name="assessment_has_evidence",
                violation_error_message=_("A rating needs its evidence."),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "indicator", "-rated_on", "-id"], name="assessment_newest")
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.rating}"


class Figure(Fact):
    """A value typed or imported, as an integer in the indicator's unit, with its source."""

    indicator = models.CharField(_("indicator"), max_length=40)
    value = models.BigIntegerField(_("value"))
    as_of = models.DateField(_("as of"), validators=[PAST])
    source = models.CharField(_("source"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="figures", verbose_name=_("entered by"))

    objects = FactQuerySet["Figure"].as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=""),
                name="figure_has_a_source",
                violation_error_message=_("A figure needs its source."),
            ),
            models.CheckConstraint(
                condition=Q(value__range=(-(10**15), 10**15)),
                name="figure_value_is_sane",
                violation_error_message=_("That number is too large to be true."),
            ),
        ]
        indexes = [models.Index(fields=["customer", "indicator", "-as_of", "-id"], name="figure_newest")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.value}"
