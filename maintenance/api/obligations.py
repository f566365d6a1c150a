"""Obligations for other programs: the filter of the page, the verb of the service."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api import Exportable, signed_in
from customers.models import Channel
from maintenance import services
from maintenance.filters.obligations import ObligationFilter
from maintenance.models import Obligation


class ObligationSerializer(serializers.ModelSerializer[Obligation]):
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    title = serializers.CharField(source="promise.title", read_only=True)
    promise = serializers.CharField(source="promise.key", read_only=True)
    channel = serializers.CharField(source="promise.channel", read_only=True)
    tier = serializers.CharField(source="tier.key", read_only=True)

    class Meta:
        model = Obligation
        fields = (
            "id", "customer", "customer_name", "promise", "title", "channel", "tier", "department", "assignee",
            "due_on", "originally_due_on", "state", "completed_at", "completed_by", "how", "interaction",
            "missed_on", "set_aside_at", "set_aside_by", "reason", "withdrawn_on", "why", "order",
        )  # fmt: skip
        read_only_fields = fields


class CompletionSerializer(serializers.Serializer[Any]):
    channel = serializers.ChoiceField(choices=Channel.choices)
    note = serializers.CharField(max_length=10_000)
    on = serializers.DateField(required=False, help_text="The day on which it was kept; today without it.")
    next_on = serializers.DateField(required=False, help_text="When the next one is due; by rule without it.")


class NoLongerOpenError(APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "no_longer_open"


class ByDay(CursorPagination):
    ordering = ("due_on", "pk")
    page_size = 100


class ObligationViewSet(Exportable, ReadOnlyModelViewSet[Obligation]):
    queryset = Obligation.objects.none()
    serializer_class = ObligationSerializer
    filterset_class = ObligationFilter
    pagination_class = ByDay
    listing = "promises"

    def get_queryset(self) -> QuerySet[Obligation]:
        return Obligation.objects.visible_to(signed_in(self.request)).with_names()

    @extend_schema(request=CompletionSerializer, responses=ObligationSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - `get_object` reads it
        """Kept: logs the interaction, of an earlier day by `on`, and plans the next one, on `next_on` if given. 409 when it is no longer open."""
        obligation = self.get_object()
        if not obligation.may_be_kept_by(signed_in(request)):
            raise PermissionDenied
        said = CompletionSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            kept = services.complete(
                obligation, by=signed_in(request), at=timezone.now(), **said.validated_data
            )
        except ValidationError as refusal:
            if hasattr(refusal, "error_dict"):  # a day that cannot be
                raise serializers.ValidationError(refusal.message_dict) from refusal
            raise NoLongerOpenError(" ".join(refusal.messages)) from refusal
        return Response(self.get_serializer(kept).data)
