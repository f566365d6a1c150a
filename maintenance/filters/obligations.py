"""What a list of obligations may be asked: the same for the page and the API."""

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from customers.filters import TierFilter
from customers.models import Tier
from maintenance import worklist
from maintenance.models import Obligation
from maintenance.models.obligation import ObligationQuerySet
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet


def _people(request: HttpRequest | None) -> QuerySet[User]:
    """The API's description is made without a request."""
    user = request.user if request else None
    return worklist.people(user) if isinstance(user, User) else User.objects.none()


def _day_picker() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ObligationFilter(FilterSet):
    state = filters.ChoiceFilter(label=_("State"), choices=Obligation.State.choices)
    department = filters.ChoiceFilter(label=_("Department"), choices=Department.choices)
    tier = TierFilter(label=_("Tier"), queryset=Tier.objects.in_use())
    assignee = NameFilter(label=_("For whom to do"), queryset=_people)
    due_after = filters.DateFilter(
        label=_("Due from"), field_name="due_on", lookup_expr="gte", widget=_day_picker()
    )
    due_before = filters.DateFilter(
        label=_("Due until"), field_name="due_on", lookup_expr="lte", widget=_day_picker()
    )
    overdue = filters.BooleanFilter(
        label=_("Overdue only"), method="only_overdue", widget=forms.CheckboxInput
    )
    customer = filters.NumberFilter(field_name="customer_id", widget=forms.HiddenInput)

    class Meta:
        model = Obligation
        fields: list[str] = []

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today or timezone.localdate()

    def only_overdue(self, rows: ObligationQuerySet, _name: str, value: bool | None) -> ObligationQuerySet:
        return rows.overdue(self.today) if value else rows
