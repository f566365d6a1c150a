"""What an administrator may type about schemes."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tiering import curves
from tiering.editing.rows import ConditionRow, PointsField
from tiering.measures import measures
from tiering.models import Floor, Indicator


class FloorForm(forms.ModelForm[Floor]):
    total = PointsField(label=_("Floor"), help_text=_("Points, 0 to 100. A total on the floor is in."))

    class Meta:
        model = Floor
        fields = ["tier", "total"]


class ConditionForm(ConditionRow):
    """`indicator` says in which unit the ends are written."""

    indicator = forms.ChoiceField(label=_("Indicator"))

    class Meta(ConditionRow.Meta):
        fields = ["indicator", *ConditionRow.Meta.fields]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {key: found.name for key, found in measures().items()}
        if self.instance.indicator:
            choices.setdefault(self.instance.indicator, self.instance.indicator)
        cast("forms.ChoiceField", self.fields["indicator"]).choices = [("", "–"), *choices.items()]
        if typed := self.data.get(self.add_prefix("indicator")):
            self.measure_by(typed)


class IndicatorForm(forms.ModelForm[Indicator]):
    """`key` comes before `knots`: it says in which unit they are written."""

    key = forms.ChoiceField(label=_("Measured by"))
    knots = forms.CharField(label=_("Knots"), widget=forms.Textarea(attrs={"class": "knots", "rows": 7}))

    class Meta:
        model = Indicator
        fields = ["key", "name_en", "name_zh", "weight", "position", "shape", "missing", "knots"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {key: found.name for key, found in measures().items()}
        if self.instance.key:
            choices.setdefault(self.instance.key, self.instance.name)
            unit = curves.unit_of(self.instance.key)
            self.initial["knots"] = curves.write(self.instance.knots, unit)
            self.fields["knots"].help_text = curves.UNITS[unit]
        else:
            self.initial["knots"] = ""
            self.fields["knots"].help_text = _("One knot per line, “raw value: points”, raw values rising.")
        cast("forms.ChoiceField", self.fields["key"]).choices = [("", "–"), *choices.items()]

    def clean_knots(self) -> curves.Knots:
        return curves.read(self.cleaned_data["knots"], curves.unit_of(self.cleaned_data.get("key", "")))
