"""Tier changes over the API: the page's queryset and filter, read-only, with the reason in both forms."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.pagination import CursorPagination

from tiering import reasons
from tiering.filters import TierChangeFilter
from tiering.models import TierChange


class TierChangeSerializer(serializers.ModelSerializer[TierChange]):
    """`reason` is exact (millionths of a point); `sentence` is in the request's language."""

    from_tier = serializers.CharField(source="from_tier.key", default=None)
    to_tier = serializers.CharField(source="to_tier.key", default=None)
    sentence = serializers.SerializerMethodField()
    category = serializers.CharField(source="cause.category", default=None)
    computed_category = serializers.CharField(source="cause.computed", default=None)
    effects = serializers.SerializerMethodField()

    class Meta:
        model = TierChange
        fields = [
            "id", "customer", "run", "from_tier", "to_tier", "effective_on", "changed_at", "reason", "sentence", "words", "category",
            "computed_category", "effects",
        ]  # fmt: skip

    def get_effects(self, change: TierChange) -> dict[str, int] | None:
        """By data, scheme, missing and reweighing; they add up to the change. None until worked out."""
        effects = reasons.effects_of(change)
        return asdict(effects) if effects else None

    def get_sentence(self, change: TierChange) -> str:
        return reasons.why(change)


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class TierChangeViewSet(viewsets.ReadOnlyModelViewSet[TierChange]):
    serializer_class = TierChangeSerializer
    filterset_class = TierChangeFilter
    pagination_class = Newest
    queryset = TierChange.objects.none()

    def get_queryset(self) -> QuerySet[TierChange, Any]:
        changes = TierChange.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return changes.select_related("from_tier", "to_tier", "cause")
