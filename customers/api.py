"""Customers over the API: the page's queryset and filter, read-only."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.pagination import CursorPagination

from accounts.api import Exportable
from customers import columns
from customers.filters import CustomerFilter
from customers.models import Customer, Tier


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """Amounts are in fen, totals in millionths of a point. A tier is told by its key, on the scale named beside it:
    tiers of two scales may have the same key.
    """

    tier = serializers.CharField(source="standing.tier.key", default=None)
    tier_scale = serializers.CharField(source="standing.tier.scale", default=None)
    computed_tier = serializers.CharField(source="standing.computed_tier.key", default=None)
    computed_tier_scale = serializers.CharField(source="standing.computed_tier.scale", default=None)
    is_set_by_hand = serializers.BooleanField(source="standing.is_overridden")
    total = serializers.IntegerField(source="standing.total")
    coverage = serializers.IntegerField(source="standing.coverage")
    annual_amount = serializers.IntegerField(source="standing.annual_amount")
    low = serializers.IntegerField(source="standing.low")
    high = serializers.IntegerField(source="standing.high")
    possible_tiers = serializers.SerializerMethodField()
    merged_into = serializers.SerializerMethodField()
    possible_tiers_scale = serializers.SerializerMethodField()
    why = serializers.SerializerMethodField()
    graded_on = serializers.DateField(source="standing.graded_on")

    class Meta:
        model = Customer
        fields = [
            "id", "code", "name", "kind", "lifecycle", "industry", "province", "city", "size", "owner", "team",
            "source", "preferred_channel", "cooperation_since", "notes", "archived_at", "merged_into", "version", "tier",
            "tier_scale", "computed_tier", "computed_tier_scale", "is_set_by_hand", "total", "coverage", "annual_amount", "low",
            "high", "possible_tiers", "possible_tiers_scale", "why", "graded_on",
        ]  # fmt: skip

    def get_possible_tiers(self, customer: Customer) -> list[str]:
        """What the unknown could make of it, the best first."""
        return [tier.key for tier in self._possible(customer)]

    def get_possible_tiers_scale(self, customer: Customer) -> str | None:
        """On which all of them stand: the one it was graded on."""
        return next((tier.scale for tier in self._possible(customer)), None)

    def _possible(self, customer: Customer) -> Sequence[Tier]:
        found: Sequence[Tier] = self.context["beside"]["possible_tiers"].get(customer.pk, ())
        return found

    def get_merged_into(self, customer: Customer) -> int | None:
        """Where it went, for whoever may see that customer."""
        return customer.merged_into_id if customer.merged_into_id in self.context["merged_into"] else None

    def get_why(self, customer: Customer) -> str | None:
        """The last change of its tier, in a sentence in the language of the request."""
        why = self.context["beside"]["why"].get(customer.pk)
        return why.text if why else None


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class CustomerViewSet(Exportable, viewsets.ReadOnlyModelViewSet[Customer]):
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    pagination_class = Newest
    queryset = Customer.objects.none()
    listing = "customers"

    beside: Mapping[str, Mapping[int, Any]] = MappingProxyType({"possible_tiers": {}, "why": {}})
    merged_into: frozenset[int] = frozenset()

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self.look_beside(page or [])
        return page

    def get_object(self) -> Customer:
        customer = super().get_object()
        self.look_beside([customer])
        return customer

    def look_beside(self, customers: Sequence[Customer]) -> None:
        self.beside = columns.beside(customers, self.beside)
        if merged := {customer.merged_into_id for customer in customers if customer.merged_into_id}:
            seen = Customer.objects.visible_to(self.request.user).filter(  # type: ignore[arg-type]
                pk__in=merged
            )
            self.merged_into = frozenset(seen.values_list("pk", flat=True))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "beside": self.beside, "merged_into": self.merged_into}

    def get_queryset(self) -> QuerySet[Customer, Any]:
        return Customer.objects.visible_to(self.request.user).for_list()  # type: ignore[arg-type]
