"""Hand-overs for other programs: the rows, the checklist and the steps of their pages."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api import signed_in
from accounts.models import User
from customers import handing, services
from customers.filters import colleagues
from customers.models import Customer, Handover, HandoverItem
from customers.models.handover import Step

AT_ONCE = 2_000


class ItemSerializer(serializers.ModelSerializer[HandoverItem]):
    name = serializers.SerializerMethodField()

    class Meta:
        model = HandoverItem
        fields = ("part", "name", "count", "moved", "ticked_at", "ticked_by")
        read_only_fields = fields

    def get_name(self, item: HandoverItem) -> str:
        part = handing.parts.get(item.part)
        return str(part.name) if part else item.part


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    class Meta:
        model = Handover
        fields = (
            "id", "giver", "taker", "by", "at", "words", "state", "settled_at", "settled_by", "reason",
        )  # fmt: skip
        read_only_fields = fields


class WholeHandoverSerializer(HandoverSerializer):
    customers = serializers.SerializerMethodField()
    moved = serializers.SerializerMethodField()
    checklist = serializers.SerializerMethodField()

    class Meta:
        model = Handover
        fields = (*HandoverSerializer.Meta.fields, "customers", "moved", "checklist")
        read_only_fields = fields

    def get_customers(self, handover: Handover) -> list[int]:
        return list(handover.handed.order_by("customer").values_list("customer", flat=True))

    def get_moved(self, handover: Handover) -> list[int]:
        """Those of them that went over."""
        moved = handover.handed.filter(moved=True)
        return list(moved.order_by("customer").values_list("customer", flat=True))

    @extend_schema(responses=ItemSerializer(many=True))
    def get_checklist(self, handover: Handover) -> Any:
        return ItemSerializer(handover.items.order_by("pk"), many=True).data


class NewHandoverSerializer(serializers.Serializer[Any]):
    """Customers of one account manager, and who is to take them over."""

    customers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        allow_empty=False,
        max_length=AT_ONCE,
    )
    taker = serializers.PrimaryKeyRelatedField(queryset=User.objects.none())
    words = serializers.CharField(max_length=5_000, required=False, default="", allow_blank=True)

    def __init__(self, *args: Any, request: Any = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = signed_in(request) if request else None
        if request:
            people = colleagues(request).filter(is_active=True)
            self.fields["taker"].queryset = people  # type: ignore[attr-defined]

    def validate_customers(self, value: list[int]) -> list[Customer]:
        """What is not there and what is not yours answer alike."""
        assert self.user  # noqa: S101 - given by whoever validates
        found = list(Customer.objects.visible_to(self.user).filter(pk__in=value).select_related("owner"))
        if len(found) < len(set(value)):
            raise serializers.ValidationError(_("Some of these customers do not exist."))
        if len({customer.owner_id for customer in found}) > 1:
            raise serializers.ValidationError(_("Hand over the customers of one account manager at a time."))
        return found


class HandoverStepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=Step.choices)
    part = serializers.SlugField(max_length=30, required=False, default="")
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class SettledError(APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "settled"


class NewestHandovers(CursorPagination):
    ordering = ("-at", "-pk")
    page_size = 100


class HandoverViewSet(ReadOnlyModelViewSet[Handover]):
    queryset = Handover.objects.none()
    serializer_class = HandoverSerializer
    filterset_fields = ("state",)
    pagination_class = NewestHandovers

    def get_queryset(self) -> QuerySet[Handover]:
        return Handover.objects.visible_to(signed_in(self.request))

    def _whole(self, pk: int) -> dict[str, Any]:
        return dict(WholeHandoverSerializer(Handover.objects.get(pk=pk)).data)

    @extend_schema(responses=WholeHandoverSerializer)
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ARG002 - DRF's signature
        """With its customers and its checklist."""
        return Response(self._whole(self.get_object().pk))

    @extend_schema(request=NewHandoverSerializer, responses={201: WholeHandoverSerializer})
    def create(self, request: Request) -> Response:
        """Asks somebody to take customers over. Nothing moves before it is accepted."""
        user = signed_in(request)
        if not user.may_edit_customers:
            raise PermissionDenied
        asked = NewHandoverSerializer(data=request.data, request=request)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        customers = said["customers"]
        try:
            made = services.ask(
                [customer.pk for customer in customers],
                giver=customers[0].owner,
                taker=said["taker"],
                by=user,
                at=timezone.now(),
                words=said["words"],
            )
        except Refused as refusal:
            raise serializers.ValidationError(refusal.messages) from None
        return Response(self._whole(made.pk), status=HTTPStatus.CREATED)

    @extend_schema(request=HandoverStepSerializer, responses=WholeHandoverSerializer)
    @action(detail=True, methods=["post"])
    def steps(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - `get_object` reads it
        """Tick a line of the checklist (`part`), accept, decline (with a reason) or withdraw. 409 once it is settled."""
        handover, user, at = self.get_object(), signed_in(request), timezone.now()
        if not user.may_write:
            raise PermissionDenied
        said = HandoverStepSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        step, reason = said.validated_data["step"], said.validated_data["reason"]
        if not handover.may_be_taken_further_by(user, step):
            raise PermissionDenied
        if not handover.is_open:
            raise SettledError(_("This hand-over is settled already."))
        item = None
        if Step(step).is_of_a_line:
            item = get_object_or_404(handover.items, part=said.validated_data["part"])
        try:
            services.take_further(handover, step, by=user, at=at, item=item, reason=reason)
        except Refused as refusal:
            raise serializers.ValidationError(refusal.messages) from None
        return Response(self._whole(handover.pk))
