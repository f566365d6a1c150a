"""The nurture list and tier changes (with the reason in both forms) over the API: as on the pages, read-only."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Exportable
from customers.models import Customer
from tiering import comparing, outlooks, queries, reasons
from tiering.filters import CandidateFilter, TierChangeFilter
from tiering.models import Candidate, TierChange
from tiering.path import Unmet, Way


class CandidateSerializer(serializers.ModelSerializer[Candidate]):
    """`evidence` of growth is {"months": [[first day, fen]]}; of the others {"count", "first", "last", "days"}."""

    taken_by = serializers.CharField(source="taken_by.username", default=None)
    closed_by = serializers.CharField(source="closed_by.username", default=None)

    class Meta:
        model = Candidate
        fields = [
            "id", "customer", "rule", "state", "evidence", "since", "newest_at", "listed_at", "taken_by", "taken_at",
            "next_step", "follow_up_on", "closed_by", "closed_at", "words",
        ]  # fmt: skip


class TierChangeSerializer(serializers.ModelSerializer[TierChange]):
    """`reason` is exact (millionths of a point); `sentence` is in the request's language.

    Where rules decide, `reason.rules` are the conditions that did: [tier, indicator, [value before, now], [asked before,
    asked now], [allowed before, now]]; what is asked is [at least, at most, whether the unknown passes].
    A line of `reason.lines` without points became known or unknown and weighs the others anew. `reason.waited` is in how
    many re-grades in a row the customer stood too low, where the movement policy waited for that.
    """

    from_tier = serializers.CharField(source="from_tier.key", default=None)
    to_tier = serializers.CharField(source="to_tier.key", default=None)
    from_scale = serializers.CharField(source="from_tier.scale", default=None)
    to_scale = serializers.CharField(source="to_tier.scale", default=None)
    sentence = serializers.SerializerMethodField()
    category = serializers.CharField(source="cause.category", default=None)
    computed_category = serializers.CharField(source="cause.computed", default=None)
    effects = serializers.SerializerMethodField()

    class Meta:
        model = TierChange
        fields = [
            "id", "customer", "run", "from_tier", "to_tier", "from_scale", "to_scale", "effective_on", "changed_at", "reason",
            "sentence", "words", "category", "computed_category", "effects",
        ]  # fmt: skip

    def get_effects(self, change: TierChange) -> dict[str, int] | None:
        """By data, scheme, missing and reweighing; they add up to the change. None until worked out."""
        effects = reasons.effects_of(change)
        return asdict(effects) if effects else None

    def get_sentence(self, change: TierChange) -> str:
        return reasons.why(change)


class OneTierChangeSerializer(TierChangeSerializer):
    """With the effects of each indicator, in millionths; an indicator's add up to its line of the reason."""

    parts = serializers.SerializerMethodField()

    class Meta(TierChangeSerializer.Meta):
        fields = [*TierChangeSerializer.Meta.fields, "parts"]

    def get_parts(self, change: TierChange) -> list[dict[str, Any]] | None:
        """None where no run gave the tier."""
        comparison = comparing.of_change(change)
        return [asdict(part) for part in comparison.split.parts] if comparison else None


class OutlookViewSet(viewsets.GenericViewSet[Customer]):
    """Where a customer could go from its last grading, by the customer's id. Totals are millionths, efforts have no
    unit, values are in the raw unit of their indicator (fen, basis points, days, times). All tiers are on `scale`.
    """

    queryset = Customer.objects.none()

    def get_queryset(self) -> QuerySet[Customer, Any]:
        return Customer.objects.visible_to(self.request.user).select_related("standing")  # type: ignore[arg-type]

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def retrieve(self, _request: Request, pk: str = "") -> Response:  # noqa: ARG002 - found by get_object
        customer = self.get_object()
        grading = queries.latest_grading(customer)
        return Response({"customer": customer.pk, **(said(outlooks.outlook(grading)) if grading else {})})


def said(view: outlooks.OutlookView) -> dict[str, Any]:
    """What could become of a grading; `up` and `down` are null where there is no such tier or no way there."""
    grading, found = view.grading, view.found
    answer = {
        "as_of": grading.run.as_of,
        "total": grading.total,
        "low": grading.low,
        "high": grading.high,
        "scale": grading.run.version.kept_rules().scale,
        "possible_tiers": [tier.key for tier in view.possible],
    }
    if found is None:
        return answer
    return answer | {
        "tier": found.tier,
        "next_tier": found.next_tier,
        "next_floor": found.next_floor,
        "best_total": found.best_total,
        "up": way(found.up),
        "up_alone": [way(each) for each in found.up_alone],
        "lower_tier": found.lower_tier,
        "floor": None if view.is_by_rules else found.floor,
        "down": way(found.down),
        "down_alone": [way(each) for each in found.down_alone],
        "unmet": [unmet(each) for each in found.unmet],
    }


def unmet(found: Unmet) -> dict[str, Any]:
    """Where rules decide: what keeps the customer from the next tier, and whether it can be influenced."""
    asked = found.condition
    return {
        "indicator": asked.key,
        "at_least": asked.at_least,
        "at_most": asked.at_most,
        "value": found.value,
        "can_be_influenced": found.move is not None,
    }


def way(found: Way | None) -> dict[str, Any] | None:
    if found is None:
        return None
    moves = [
        {"indicator": m.key, "before": m.before, "after": m.after, "effort": m.effort} for m in found.moves
    ]
    return {"tier": found.tier, "total": found.total, "effort": found.effort, "moves": moves}


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class CandidateViewSet(Exportable, viewsets.ReadOnlyModelViewSet[Candidate]):
    """The nurture list."""

    serializer_class = CandidateSerializer
    filterset_class = CandidateFilter
    pagination_class = Newest
    queryset = Candidate.objects.none()
    listing = "nurture"

    def get_queryset(self) -> QuerySet[Candidate, Any]:
        return Candidate.objects.visible_to(self.request.user).for_list()  # type: ignore[arg-type]


class TierChangeViewSet(Exportable, viewsets.ReadOnlyModelViewSet[TierChange]):
    serializer_class = TierChangeSerializer
    filterset_class = TierChangeFilter
    pagination_class = Newest
    queryset = TierChange.objects.none()
    listing = "tier-changes"

    def get_serializer_class(self) -> type[TierChangeSerializer]:
        return OneTierChangeSerializer if self.action == "retrieve" else TierChangeSerializer

    def get_queryset(self) -> QuerySet[TierChange, Any]:
        changes = TierChange.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return changes.select_related("from_tier", "to_tier").with_reasons()
