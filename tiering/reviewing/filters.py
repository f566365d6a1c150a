"""What lists of movements, changes held back and tiers set by hand may be asked."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from customers.filters import TierFilter, owners
from customers.models import Tier
from tiering.models import Grading, Hold, Movement, Override
from tiering.models.change import OverrideQuerySet
from tiering.models.movement import MovementQuerySet
from tiering.models.run import BY_POLICY
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet

A_WEEK = timedelta(days=7)
DIRECTIONS = [
    ("up", _("Upgrades")), ("down", _("Downgrades")), ("first", _("First gradings")),
    ("other", _("To another scale")),
]  # fmt: skip


def tiers(_request: Any) -> QuerySet[Tier]:
    return Tier.objects.in_use()


class PartFilter(FilterSet):
    """Everybody, one person's customers, or those of a team and the teams below it."""

    owner = NameFilter(label=_("Account manager"), field_name="customer__owner", queryset=owners)
    team = NameFilter(
        label=_("Team"), queryset=lambda _request: Team.objects.order_by("name"), method="in_team"
    )

    class Meta:
        model = Movement
        fields: list[str] = []

    def in_team(self, queryset: Any, _name: str, team: Team) -> Any:
        teams = list(Team.objects.subtree_of(team).values_list("pk", flat=True))
        return queryset.filter(customer__team__in=teams)


class MovementFilter(PartFilter):
    """Who would move in a run."""

    direction = django_filters.ChoiceFilter(label=_("Direction"), choices=DIRECTIONS, method="towards")
    from_tier = TierFilter(label=_("From"), queryset=tiers)
    to_tier = TierFilter(label=_("To"), queryset=tiers)
    decision = django_filters.ChoiceFilter(
        label=_("Decision"),
        choices=[
            ("undecided", _("Undecided")),
            ("accepted", _("Accepted")),
            ("rejected", _("Rejected")),
            ("for_approval", _("Takes approval")),
        ],
        method="decided",
    )

    def towards(self, queryset: MovementQuerySet, _name: str, value: str) -> MovementQuerySet:
        match value:
            case "up":
                return queryset.upgrades()
            case "down":
                return queryset.downgrades()
            case "first":
                return queryset.filter(from_tier=None)
            case _other:
                return queryset.rescaled()

    def decided(self, queryset: MovementQuerySet, _name: str, value: str) -> MovementQuerySet:
        found: MovementQuerySet = getattr(queryset, value)()
        return found


class HoldFilter(PartFilter):
    """Whose change the policy holds back in a run."""

    by = django_filters.ChoiceFilter(
        label=_("Held by"), choices=[(kept, kept.label) for kept in Grading.Kept if kept in BY_POLICY]
    )

    class Meta:
        model = Hold
        fields: list[str] = []


class OverrideFilter(PartFilter):
    """Tiers set by hand."""

    tier = TierFilter(label=_("Tier"), queryset=tiers)
    ending = django_filters.ChoiceFilter(
        label=_("Valid"), choices=[("soon", _("Ends within a week"))], method="soon"
    )

    class Meta:
        model = Override
        fields: list[str] = []

    def soon(self, queryset: OverrideQuerySet, _name: str, _value: str) -> OverrideQuerySet:
        return queryset.ending(timezone.localdate(), within=A_WEEK)
