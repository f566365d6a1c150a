"""What the ledger may be asked."""

from typing import Any

import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maintenance.filters.obligations import NONE, AnsweringFilter, owners, teams
from maintenance.ledger import counting, reckoning
from maintenance.ledger.counting import Quarter
from maintenance.models import Obligation
from toolbox.calendars import quarter_of
from toolbox.choices import NameFilter

CHOICES = 9
"""Quarters: the one that runs, and two years before it."""


def quarters() -> list[tuple[str, str]]:
    """The newest first."""
    return [
        (quarter_of(quarter.first), reckoning.quarter_name(quarter))
        for quarter in counting.quarters(timezone.localdate(), CHOICES)
    ]


class LedgerFilter(AnsweringFilter):
    """`quarter` and `by` say what is counted, and narrow nothing: the quarters are set side by side, too."""

    quarter = filters.ChoiceFilter(label=_("Quarter"), choices=quarters, method="as_it_is", empty_label=None)
    owner = NameFilter(
        label=_("Account manager"),
        queryset=owners,
        null_label=_("Without account manager"),
        null_value=NONE,
    )
    team = NameFilter(label=_("Team"), queryset=teams, null_label=_("Without team"), null_value=NONE)
    by = filters.ChoiceFilter(
        label=_("Counted by"), choices=list(reckoning.BY.items()), method="as_it_is", widget=forms.HiddenInput
    )

    class Meta:
        model = Obligation
        fields: list[str] = []

    field_order = ("quarter", "by", "owner", "team", "tier", "department")

    def __init__(self, data: Any, *args: Any, **more: Any) -> None:
        data = data.copy()
        if not data.get("quarter"):
            data["quarter"] = quarters()[0][0]
        super().__init__(data, *args, **more)
        self.form.order_fields(self.field_order)

    def as_it_is(self, rows: Any, _name: str, _value: str) -> Any:
        return rows

    @property
    def said(self) -> dict[str, Any]:
        return self.form.cleaned_data if self.is_valid() else {}

    @property
    def by_what(self) -> str:
        """Account managers, unless something else is asked for."""
        return self.said.get("by") or "owner"

    @property
    def chosen(self) -> Quarter:
        """The one that runs, unless another is asked for."""
        every = counting.quarters(timezone.localdate(), CHOICES)
        return next((q for q in every if quarter_of(q.first) == self.said.get("quarter")), every[0])

    @staticmethod
    def last_closed() -> str:
        return quarters()[1][0]
