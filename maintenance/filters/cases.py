"""What a list of cases may be asked: the same for the page and the API."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Department, User
from customers.filters import TierFilter
from customers.models import Tier
from maintenance import worklist
from maintenance.models import Case
from maintenance.models.case import CaseQuerySet
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet
from toolbox.forms import date_input

OPEN = "open"
NONE_YET = "none"
CLOCKS = [
    ("late", _("Late now")),
    ("at_risk", _("About to run late")),
    ("breached", _("Ran late at some time")),
]


def _people(request: HttpRequest | None) -> QuerySet[User]:
    user = request.user if request else None
    return worklist.people(user) if isinstance(user, User) else User.objects.none()


class CaseFilter(FilterSet):
    state = filters.ChoiceFilter(
        label=_("State"), choices=[(OPEN, _("All that is open")), *Case.State.choices], method="in_state"
    )
    clock = filters.ChoiceFilter(label=_("Clock"), choices=CLOCKS, method="by_clock")
    kind = filters.ChoiceFilter(label=_("Kind"), choices=Case.Kind.choices)
    category = filters.ChoiceFilter(
        label=pgettext_lazy("of a case", "Category"), choices=Case.Category.choices
    )
    cause = filters.ChoiceFilter(
        label=_("Cause"), choices=[(NONE_YET, _("Not solved yet")), *Case.Cause.choices], method="by_cause"
    )
    department = filters.ChoiceFilter(
        label=_("Department"), field_name="request__department", choices=Department.choices
    )
    assignee = NameFilter(label=_("For whom to do"), queryset=_people)
    tier = TierFilter(
        label=_("Tier"), field_name="request__customer__standing__tier", queryset=Tier.objects.in_use()
    )
    opened_after = filters.DateFilter(
        label=_("Opened from"), field_name="request__opened_at", lookup_expr="date__gte", widget=date_input()
    )
    opened_before = filters.DateFilter(
        label=_("Opened until"), field_name="request__opened_at", lookup_expr="date__lte", widget=date_input()
    )
    customer = filters.NumberFilter(field_name="request__customer_id", widget=forms.HiddenInput)

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(self, *args: Any, at: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at or timezone.now()

    def in_state(self, rows: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        return rows.open() if value == OPEN else rows.filter(state=value)

    def by_clock(self, rows: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        match value:
            case "late":
                return rows.late(self.at)
            case "at_risk":
                return rows.at_risk(self.at)
            case _:
                return rows.breached()

    def by_cause(self, rows: CaseQuerySet, _name: str, value: str) -> CaseQuerySet:
        return rows.filter(cause="" if value == NONE_YET else value)
