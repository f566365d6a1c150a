"""What a list of obligations may be asked: the same for the page and the API."""

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Team, User
from customers.filters import TierFilter
from customers.models import Tier
from maintenance import worklist
from maintenance.ledger import outcomes
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


def tiers(_request: HttpRequest | None) -> QuerySet[Tier]:
    """Those on which customers stand, and any other under which something was promised."""
    ever = Obligation.objects.filter(tier=OuterRef("pk"))
    rows = Tier.objects.filter(Q(pk__in=Tier.objects.in_use().order_by().values("pk")) | Q(Exists(ever)))
    return rows.order_by("scale", "rank")


def owners(request: HttpRequest | None) -> QuerySet[User]:
    """Whoever answered for something that the reader sees."""
    user = request.user if request else None
    if not isinstance(user, User):
        return User.objects.none()
    if user.sees_all:
        return User.objects.all()
    return User.objects.filter(pk__in=Obligation.objects.visible_to(user).values("owner"))


def teams(request: HttpRequest | None) -> QuerySet[Team]:
    user = request.user if request else None
    if not isinstance(user, User):
        return Team.objects.none()
    if user.sees_all:
        return Team.objects.all()
    return Team.objects.filter(pk__in=Obligation.objects.visible_to(user).values("team"))


NONE = "none"
"""Asks for those without an account manager, or without a team."""


class AnsweringFilter(FilterSet):
    """Of whom something was promised, under which tier, and who answered for it on the day."""

    owner = NameFilter(
        label=_("Account manager on the day"),
        queryset=owners,
        null_label=_("Without account manager"),
        null_value=NONE,
    )
    team = NameFilter(
        label=_("Team on the day"), queryset=teams, null_label=_("Without team"), null_value=NONE
    )
    tier = TierFilter(label=_("Tier"), queryset=tiers)
    department = filters.ChoiceFilter(label=_("Department"), choices=Department.choices)
    customer = filters.NumberFilter(field_name="customer_id", widget=forms.HiddenInput)


class ObligationFilter(AnsweringFilter):
    state = filters.ChoiceFilter(label=_("State"), choices=Obligation.State.choices)
    assignee = NameFilter(
        label=_("For whom to do"), queryset=_people, null_label=_("Anybody there"), null_value=NONE
    )
    due_after = filters.DateFilter(
        label=_("Due from"), field_name="due_on", lookup_expr="gte", widget=_day_picker()
    )
    due_before = filters.DateFilter(
        label=_("Due until"), field_name="due_on", lookup_expr="lte", widget=_day_picker()
    )
    overdue = filters.BooleanFilter(
        label=_("Overdue only"), method="only_overdue", widget=forms.CheckboxInput
    )
    outcome = filters.ChoiceFilter(
        label=_("In the ledger"),
        choices=[(word, name) for word, (name, _which) in outcomes.NAMES.items()],
        method="that_came_to",
    )
    promised_from = filters.DateFilter(
        label=_("First due from"), field_name="originally_due_on", lookup_expr="gte", widget=_day_picker()
    )
    promised_until = filters.DateFilter(
        label=_("First due until"), field_name="originally_due_on", lookup_expr="lte", widget=_day_picker()
    )

    class Meta:
        model = Obligation
        fields: list[str] = []

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today or timezone.localdate()

    def only_overdue(self, rows: ObligationQuerySet, _name: str, value: bool | None) -> ObligationQuerySet:
        return rows.overdue(self.today) if value else rows

    def that_came_to(self, rows: ObligationQuerySet, _name: str, word: str) -> ObligationQuerySet:
        return outcomes.came_to(rows, word)
