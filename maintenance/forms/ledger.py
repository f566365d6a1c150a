"""What an hour costs and what selling leaves: of the book, and of tiers whose margin is their own."""

from typing import Any

from django import forms
from django.db import transaction

from customers import scales
from customers.models import Tier
from maintenance.models import Rates, TierMargin
from toolbox.percent import PercentFormField


class RatesForm(forms.ModelForm[Rates]):
    class Meta:
        model = Rates
        fields = ("hour_cost", "margin_share")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, instance=Rates.known())
        self.tiers = list(Tier.objects.in_use())
        scales.tell_apart(self.tiers)
        known = dict(TierMargin.objects.values_list("tier", "margin_share"))
        for tier in self.tiers:
            self.fields[f"tier_{tier.pk}"] = PercentFormField(
                label=tier.label, required=False, initial=known.get(tier.pk)
            )

    def of_book(self) -> list[forms.BoundField]:
        return [self["hour_cost"], self["margin_share"]]

    def of_tiers(self) -> list[forms.BoundField]:
        return [self[f"tier_{tier.pk}"] for tier in self.tiers]

    @transaction.atomic
    def save(self, commit: bool = True) -> Rates:
        rates = super().save(commit)
        for tier in self.tiers:
            share = self.cleaned_data[f"tier_{tier.pk}"]
            if share is None:
                TierMargin.objects.filter(tier=tier).delete()
            else:
                TierMargin.objects.update_or_create(tier=tier, defaults={"margin_share": share})
        return rates
