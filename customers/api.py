"""Customers over the API: the page's queryset and filter, read-only."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.pagination import CursorPagination

from customers.filters import CustomerFilter
from customers.models import Customer


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """Amounts are in fen, totals in millionths of a point."""

    tier = serializers.CharField(source="standing.tier.key", default=None)
    total = serializers.IntegerField(source="standing.total")
    coverage = serializers.IntegerField(source="standing.coverage")
    annual_amount = serializers.IntegerField(source="standing.annual_amount")
    graded_on = serializers.DateField(source="standing.graded_on")

    class Meta:
        model = Customer
        fields = [
            "id", "code", "name", "kind", "lifecycle", "industry", "province", "city", "size", "owner", "team",
            "source", "preferred_channel", "cooperation_since", "notes", "archived_at", "version", "tier", "total",
            "coverage", "annual_amount", "graded_on",
        ]  # fmt: skip


class Newest(CursorPagination):
    page_size = 100
    ordering = "-id"


class CustomerViewSet(viewsets.ReadOnlyModelViewSet[Customer]):
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    pagination_class = Newest
    queryset = Customer.objects.none()

    def get_queryset(self) -> QuerySet[Customer, Any]:
        return Customer.objects.visible_to(self.request.user).for_list()  # type: ignore[arg-type]
