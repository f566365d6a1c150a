"""The lines of a draft as forms: each is one row of a table, so its labels are read and not shown."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tiering import curves
from tiering.models import Dimension, Floor, Indicator, SchemeVersion
from tiering.models.governing import LONGEST_GRACE, MOST_RUNS
from tiering.scoring import FULL_TOTAL, PERCENT


class PointsField(forms.CharField):
    """Points as people write them, millionths as they are kept."""

    def prepare_value(self, value: Any) -> Any:
        return curves.decimal(value, 6) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        total = curves.scaled(text, 2) * 10_000 if text else None
        if total is not None and not 0 <= total <= FULL_TOTAL:
            raise forms.ValidationError(_("Points lie between 0 and 100."))
        return total

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial)) != str(data)


LOOKED_AT: Final = ("window_months", "coverage_floor")
MOVEMENT: Final = ("margin", "dwell", "grace_days", "one_step", "nightly_upgrades")


def weight() -> forms.IntegerField:
    look = forms.NumberInput(attrs={"class": "form-control weight", "inputmode": "numeric"})
    return forms.IntegerField(label=_("Weight"), min_value=0, max_value=PERCENT, widget=look)


class HeadForm(forms.ModelForm[SchemeVersion]):
    window_months = forms.IntegerField(
        label=_("Months of facts"),
        min_value=1,
        max_value=60,
        help_text=_("Up to the day as of which is graded."),
    )
    coverage_floor = forms.IntegerField(
        label=_("Coverage floor in percent"),
        min_value=0,
        max_value=PERCENT,
        help_text=_("Percent of the weight that must be known; below it a customer keeps its tier."),
    )

    margin = PointsField(
        label=_("Margin in points"),
        help_text=_(
            "So far below the floor of its tier a customer may fall before it loses the tier. 0: not at all."
        ),
    )
    dwell = forms.IntegerField(
        label=_("Re-grades below before a downgrade"),
        min_value=1,
        max_value=MOST_RUNS,
        help_text=_("1: the first re-grade in which the score is too low."),
    )
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        min_value=0,
        max_value=LONGEST_GRACE,
        help_text=_("So long after a downgrade the playbook of the tier before still holds."),
    )

    class Meta:
        model = SchemeVersion
        fields = [*LOOKED_AT, *MOVEMENT]
        labels = {
            "one_step": _("One tier down at most in a re-grade"),
            "nightly_upgrades": _("Upgrades between re-grades"),
        }


class FloorRow(forms.ModelForm[Floor]):
    total = PointsField(label=_("Floor"))

    class Meta:
        model = Floor
        fields = ["total", "approve_entering", "approve_leaving"]


class DimensionRow(forms.ModelForm[Dimension]):
    weight = weight()

    class Meta:
        model = Dimension
        fields = ["name_en", "name_zh", "weight"]


class IndicatorRow(forms.ModelForm[Indicator]):
    weight = weight()

    class Meta:
        model = Indicator
        fields = ["name_en", "name_zh", "weight", "missing"]
        labels = {"missing": _("When unknown")}


Row = HeadForm | FloorRow | DimensionRow | IndicatorRow
