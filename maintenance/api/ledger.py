"""The ledger for other programs: the same filter and the same counts as its pages."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api import Exportable
from accounts.models import User
from maintenance.ledger import reckoning
from maintenance.listings import BEYOND, LEDGER
from maintenance.models import Obligation

ASKED = [
    OpenApiParameter("by", enum=list(reckoning.BY), description="account managers where nothing is said"),
    OpenApiParameter("quarter", description="such as 2026Q3; the one that runs where nothing is said"),
    OpenApiParameter("owner", OpenApiTypes.STR, description="an id, or none"),
    OpenApiParameter("team", OpenApiTypes.STR, description="an id, or none"),
    OpenApiParameter("tier", OpenApiTypes.INT),
    OpenApiParameter("department", enum=["sales", "service", "technical", "logistics"]),
    OpenApiParameter("customer", OpenApiTypes.INT),
]


class TallySerializer(serializers.Serializer[Any]):
    """`key` is an id, a department or the first day of a quarter; 0 is none. `share` is in basis points."""

    key = serializers.CharField()
    name = serializers.CharField()
    promised = serializers.IntegerField(source="tally.promised")
    kept = serializers.IntegerField(source="tally.kept")
    late = serializers.IntegerField(source="tally.late")
    broken = serializers.IntegerField(source="tally.broken")
    excused = serializers.IntegerField(source="tally.excused")
    open = serializers.IntegerField(source="tally.open")
    share = serializers.IntegerField(source="tally.share", allow_null=True)


class BeyondSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    contacts = serializers.IntegerField()
    beyond = serializers.IntegerField()
    minutes = serializers.IntegerField()


class Lines(LimitOffsetPagination):
    default_limit = 100
    max_limit = 1_000


class LedgerViewSet(Exportable, GenericViewSet[Obligation]):
    """Counted on being asked. What the words mean: docs/ledger.md."""

    queryset = Obligation.objects.none()
    pagination_class = Lines
    filter_backends = ()
    serializer_class = TallySerializer
    listing = "ledger"

    @extend_schema(parameters=ASKED, responses=TallySerializer(many=True))
    def list(self, request: Request) -> Response:
        """What became of promises, by what `by` says."""
        return self.answer(request, LEDGER, TallySerializer)

    @extend_schema(parameters=ASKED, responses=BeyondSerializer(many=True))
    @action(detail=False)
    def beyond(self, request: Request) -> Response:
        """Contacts beyond the promise, likewise."""
        return self.answer(request, BEYOND, BeyondSerializer)

    def answer(self, request: Request, listing: Any, serializer: Any) -> Response:
        assert isinstance(request.user, User)  # noqa: S101 - nobody else is let in
        query = request.query_params
        found = listing.find(request.user, query, None)
        if not found.is_valid:
            raise ValidationError(found.filter.errors)
        which = found.filter.chosen
        page = self.paginate_queryset(found.rows)
        answer = self.get_paginated_response(serializer(page, many=True).data)
        answer.data |= {
            "by": found.filter.by_what,
            "first": which.first,
            "last": which.last,
            "counted_at": timezone.now(),
        }
        return answer
