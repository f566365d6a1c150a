"""Cases for other programs: the filter of the page, the verbs of the service."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api import signed_in
from accounts.models import Department, User
from customers.models import Contact, Customer, Topic
from maintenance import casework
from maintenance.case_steps import Step
from maintenance.filters.cases import CaseFilter
from maintenance.models import Case, CaseEvent, Clock


class ClockSerializer(serializers.ModelSerializer[Clock]):
    class Meta:
        model = Clock
        fields = ("kind", "minutes", "due_at", "met_at", "breached_at")
        read_only_fields = fields


class CaseSerializer(serializers.ModelSerializer[Case]):
    number = serializers.CharField(read_only=True)
    customer = serializers.IntegerField(source="request.customer_id", read_only=True)
    customer_name = serializers.CharField(source="request.customer.name", read_only=True)
    subject = serializers.CharField(source="request.subject", read_only=True)
    detail = serializers.CharField(source="request.detail", read_only=True)
    department = serializers.CharField(source="request.department", read_only=True)
    opened_at = serializers.DateTimeField(source="request.opened_at", read_only=True)
    solved_at = serializers.DateTimeField(source="request.resolved_at", read_only=True)
    resolution = serializers.CharField(source="request.resolution", read_only=True)
    tier = serializers.CharField(source="tier.key", default=None, read_only=True)
    clocks = ClockSerializer(many=True, read_only=True)

    class Meta:
        model = Case
        fields = (
            "id", "number", "kind", "category", "cause", "state", "customer", "customer_name", "contact", "subject",
            "detail", "department", "assignee", "tier", "source", "opened_at", "solved_at", "closed_at", "resolution",
            "due_at", "waiting_since", "satisfaction", "clocks",
        )  # fmt: skip
        read_only_fields = fields


class NewCaseSerializer(serializers.Serializer[Any]):
    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.none())
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    subject = serializers.CharField(max_length=200)
    detail = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    category = serializers.ChoiceField(choices=Case.Category.choices, default=Case.Category.OTHER)
    topic = serializers.ChoiceField(choices=Topic.choices, required=False, default="", allow_blank=True)
    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.none(), required=False, default=None, allow_null=True
    )
    department = serializers.ChoiceField(
        choices=Department.choices, required=False, default="", allow_blank=True
    )

    def __init__(self, *args: Any, user: User | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if user:
            self.fields["customer"].queryset = Customer.objects.visible_to(user)  # type: ignore[attr-defined]
            self.fields["contact"].queryset = Contact.objects.visible_to(user)  # type: ignore[attr-defined]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A contact of somebody else answers as one that is not there."""
        contact = attrs.get("contact")
        if contact and contact.customer_id != attrs["customer"].pk:
            field = self.fields["contact"]
            assert isinstance(field, serializers.PrimaryKeyRelatedField)  # noqa: S101 - as above
            message = field.error_messages["does_not_exist"].format(pk_value=contact.pk)
            raise serializers.ValidationError({"contact": [message]})
        return attrs


class StepSerializer(serializers.Serializer[Any]):
    step = serializers.ChoiceField(choices=[step.value for step in Step])
    words = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    cause = serializers.ChoiceField(choices=Case.Cause.choices, required=False, default="", allow_blank=True)
    category = serializers.ChoiceField(
        choices=Case.Category.choices, required=False, default="", allow_blank=True
    )


class EventSerializer(serializers.ModelSerializer[CaseEvent]):
    class Meta:
        model = CaseEvent
        fields = ("at", "by", "kind", "before", "after", "words", "facts")
        read_only_fields = fields


class SomewhereElseError(APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "somewhere_else"


class NewestFirst(CursorPagination):
    ordering = ("-request__opened_at", "-pk")
    page_size = 100


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Case]):
    queryset = Case.objects.none()
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(signed_in(self.request)).with_names()

    @extend_schema(request=NewCaseSerializer, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Opens a case: the rules say who answers unless a department is named, the tier says until when."""
        user = signed_in(request)
        if not user.may_write:
            raise PermissionDenied
        asked = NewCaseSerializer(data=request.data, user=user)
        asked.is_valid(raise_exception=True)
        at = timezone.now()
        try:
            case = casework.open_case(by=user, at=at, source=Case.Source.API, **asked.validated_data)
        except Refused as refusal:
            raise SomewhereElseError(" ".join(refusal.messages)) from refusal
        row = Case.objects.with_names().get(pk=case.pk)
        return Response(self.get_serializer(row).data, status=HTTPStatus.CREATED)

    @extend_schema(request=StepSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def steps(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - `get_object` reads it
        """One step further. 409 when it cannot be taken from where the case is by now."""
        case = self.get_object()
        if not case.may_be_worked_on_by(signed_in(request)):
            raise PermissionDenied
        said = StepSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            casework.take(case, by=signed_in(request), at=timezone.now(), **said.validated_data)
        except casework.ChangedError as changed:
            raise SomewhereElseError(" ".join(changed.messages)) from changed
        except Refused as refusal:
            raise serializers.ValidationError(refusal.message_dict) from refusal
        return Response(self.get_serializer(self.get_queryset().get(pk=case.pk)).data)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def events(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - as above
        """Every step so far, the oldest first."""
        rows = self.get_object().events.order_by("at", "pk")
        return Response(EventSerializer(rows, many=True).data)
