"""Indicators that people make: typed on a page, kept as long as anything goes by them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _, gettext_lazy

from customers.models import Assessment, Figure
from tiering import curves
from tiering.measures import Unit, fresh
from tiering.models import OwnIndicator, Scheme

SETTLED = ("kind", "unit", "is_lower_better")
"""What says what a value means."""
LONGEST_KEY = 40


class OwnIndicatorForm(forms.ModelForm[OwnIndicator]):
    lowest = forms.CharField(
        label=gettext_lazy("Lowest value"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("Empty: any. In the unit, such as 10万 or 92.5."),
    )
    highest = forms.CharField(label=gettext_lazy("Highest value"), required=False, max_length=30)

    class Meta:
        model = OwnIndicator
        fields = [
            "name_zh", "name_en", "kind", "unit", "lowest", "highest", "is_lower_better", "help_zh", "help_en",
        ]  # fmt: skip
        widgets = {
            "kind": forms.RadioSelect,
            "help_zh": forms.Textarea(attrs={"rows": 2}),
            "help_en": forms.Textarea(attrs={"rows": 2}),
        }
        labels = {"kind": gettext_lazy("How it is known"), "unit": gettext_lazy("Unit of the figure")}
        help_texts = {
            "help_en": gettext_lazy("Shown to whoever rates it or enters a figure."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = OwnIndicator.Kind.choices  # type: ignore[attr-defined]
        unit = Unit(self.instance.unit)
        for name in ("lowest", "highest"):
            bound = getattr(self.instance, name)
            self.initial[name] = "" if bound is None else curves.write_value(bound, unit)
        if self.instance.pk and self.instance.is_settled:
            for name in SETTLED:
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_rated = cleaned.get("kind") == OwnIndicator.Kind.RATED
        if is_rated or "unit" not in cleaned:
            cleaned |= {"unit": OwnIndicator.Unit.INDEX, "lowest": None, "highest": None}
        else:
            for name in ("lowest", "highest"):
                self._read_bound(name, Unit(cleaned["unit"]))
        return cleaned

    def _read_bound(self, name: str, unit: Unit) -> None:
        text = self.cleaned_data.get(name) or ""
        try:
            self.cleaned_data[name] = curves.read_value(text, unit) if text.strip() else None
        except ValidationError as wrong:
            self.cleaned_data[name] = None
            self.add_error(name, wrong)


def new_key(name: str) -> str:
    """ "own-site-visits", which no other indicator has."""
    stem = f"own-{slugify(name) or 'indicator'}"[: LONGEST_KEY - 4].rstrip("-")
    taken = fresh()
    return next(
        key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken
    )


@transaction.atomic
def save(form: OwnIndicatorForm) -> OwnIndicator:
    row = form.save(commit=False)
    if not row.pk:
        row.key = new_key(row.name_en)
    row.save()
    return row


def lock() -> None:
    """Nothing is put in force while an indicator changes what it means."""
    list(Scheme.objects.select_for_update().order_by("pk").values_list("pk"))


def why_kept(row: OwnIndicator) -> str:
    """Why it cannot be deleted; empty where it can."""
    if found := row.versions().first():
        return _("%(version)s goes by it.") % {"version": found}
    if Assessment.objects.filter(indicator=row.key).exists():
        return _("Customers have been rated by it.")
    if Figure.objects.filter(indicator=row.key).exists():
        return _("Figures of customers have been entered for it.")
    return ""
