"""What a list of tier changes may be asked: the same for page and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from customers.filters import colleagues
from customers.models import Tier
from tiering.models import Category, Run, TierChange
from tiering.models.change import TierChangeQuerySet
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet


def published_runs(request: Any) -> QuerySet[Run]:
    """Runs are for whoever sees the whole book; the others are offered none."""
    runs = Run.objects.visible_to(request.user) if request else Run.objects.none()
    return runs.published().select_related("scheme").order_by("-pk")


class TierChangeFilter(FilterSet):
    direction = django_filters.ChoiceFilter(
        label=_("Direction"),
        choices=[("up", _("Upgrades")), ("down", _("Downgrades")), ("first", _("First gradings"))],
        method="towards",
    )
    from_tier = django_filters.ModelChoiceFilter(
        label=_("From"), queryset=lambda _r: Tier.objects.order_by("scale", "rank")
    )
    to_tier = django_filters.ModelChoiceFilter(
        label=_("To"), queryset=lambda _r: Tier.objects.order_by("scale", "rank")
    )
    category = django_filters.ChoiceFilter(
        label=_("Category of the reason"), choices=Category.choices, field_name="cause__category"
    )
    owner = NameFilter(label=_("Account manager"), field_name="customer__owner", queryset=colleagues)
    run = django_filters.ModelChoiceFilter(
        label=_("Re-grade"),
        queryset=published_runs,
    )

    class Meta:
        model = TierChange
        fields: list[str] = []

    def towards(self, queryset: TierChangeQuerySet, _name: str, value: str) -> TierChangeQuerySet:

        match value:
            case "up":
                return queryset.upgrades()
            case "down":
                return queryset.downgrades()
            case _first:
                return queryset.filter(from_tier=None)
