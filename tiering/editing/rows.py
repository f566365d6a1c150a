"""The lines of a draft as forms: each is one row of a table, so its labels are read and not shown."""

from typing import Any, Final, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tiering import curves
from tiering.measures import measures
from tiering.models import Condition, Dimension, Floor, Indicator, SchemeVersion
from tiering.models.governing import LONGEST_GRACE, MOST_RUNS
from tiering.scoring import FULL_TOTAL, PERCENT, VALUE_LIMIT


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


class EndField(forms.CharField):
    """An end of a condition as people write it in the unit of its indicator, the raw value as it is kept.

    "> 50000" and "< 50000" leave the number itself out: raw values are whole numbers, so that is the next one.
    """

    def __init__(self, *, is_least: bool, key: str = "", required: bool = False, **kwargs: Any) -> None:
        look = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(required=required, max_length=40, widget=look, **kwargs)
        self.is_least, self.key = is_least, key

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return curves.write_end(value, curves.unit_of(self.key), is_least=self.is_least)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = curves.read_end(text, curves.unit_of(self.key), is_least=self.is_least)
        if known := measures().get(self.key):
            curves.within(found, known)
        if abs(found) > VALUE_LIMIT:
            raise forms.ValidationError(_("This raw value is too large."))
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "").strip()


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
        help_text=_(
            "So long after a downgrade, or a move to another scheme, the playbook of the tier before still holds."
        ),
    )

    class Meta:
        model = SchemeVersion
        fields = ["decides_by", *LOOKED_AT, *MOVEMENT]
        labels = {
            "decides_by": _("Tiers are decided by"),
            "one_step": _("One tier down at most in a re-grade"),
            "nightly_upgrades": _("Upgrades between re-grades"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_by_rules and not self.instance.margin:  # it is counted in points
            del self.fields["margin"]


class FloorRow(forms.ModelForm[Floor]):
    """Where rules decide, the floor is not asked for: it stays as it was."""

    total = PointsField(label=_("Floor"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.version.is_by_rules:
            del self.fields["total"]

    class Meta:
        model = Floor
        fields = ["total", "approve_entering", "approve_leaving"]


class ConditionRow(forms.ModelForm[Condition]):
    at_least = EndField(label=_("At least"), is_least=True)
    at_most = EndField(label=_("At most"), is_least=False)

    class Meta:
        model = Condition
        fields = ["at_least", "at_most", "unknown"]
        labels = {"unknown": _("When unknown")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measure_by(self.instance.indicator)

    def measure_by(self, key: str) -> None:
        """Both ends are written in the unit of that indicator."""
        for name in ("at_least", "at_most"):
            cast("EndField", self.fields[name]).key = key

    def clean(self) -> dict[str, Any]:
        """Beside the field that is to be corrected."""
        said = super().clean() or {}
        if not {"at_least", "at_most"} <= said.keys():
            return said
        low, high = said["at_least"], said["at_most"]
        if low is None and high is None:
            self.add_error("at_least", _("A condition needs a least value, a greatest one, or both."))
        elif low is not None and high is not None and low > high:
            self.add_error("at_most", _("The least value lies above the greatest: nothing could meet this."))
        return said


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


Row = HeadForm | FloorRow | ConditionRow | DimensionRow | IndicatorRow
