"""Surveys for other programs: read who was asked and what they said, and ask somebody."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api import signed_in
from accounts.models import User
from customers.models import Customer
from maintenance.filters.surveys import SentFilter
from maintenance.forms.surveys import NO_MAIL
from maintenance.models import Answer, Invitation, Survey
from maintenance.surveys import inviting


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    kind = serializers.CharField(source="question.kind", read_only=True)
    title = serializers.CharField(source="question.title", read_only=True)

    class Meta:
        model = Answer
        fields = ("question", "kind", "title", "score", "words")
        read_only_fields = fields


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    tier = serializers.CharField(source="tier.key", default=None, read_only=True)
    answers = AnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Invitation
        fields = (
            "id", "survey", "customer", "customer_name", "contact", "tier", "channel", "sent_in", "sent_by", "sent_at",
            "expires_at", "answered_at", "withdrawn_at", "answers",
        )  # fmt: skip
        read_only_fields = fields


class NewInvitationSerializer(serializers.Serializer[Any]):
    survey = serializers.PrimaryKeyRelatedField(queryset=Survey.objects.filter(is_active=True))
    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.none())
    channel = serializers.ChoiceField(choices=Invitation.Channel.choices, default=Invitation.Channel.LINK)

    def __init__(self, *args: Any, user: User | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if user:
            self.fields["customer"].queryset = Customer.objects.visible_to(user)  # type: ignore[attr-defined]

    def validate_channel(self, value: str) -> str:
        if value == Invitation.Channel.EMAIL and not settings.SENDS_MAIL:
            raise serializers.ValidationError(NO_MAIL)
        return value


class NotAskedError(APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "not_asked"


class Newest(CursorPagination):
    ordering = ("-sent_at", "-pk")
    page_size = 100


class InvitationViewSet(ReadOnlyModelViewSet[Invitation]):
    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    filterset_class = SentFilter
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Invitation]:
        answers = Answer.objects.select_related("question").order_by("question__position", "pk")
        rows = Invitation.objects.visible_to(signed_in(self.request)).with_names()
        return rows.prefetch_related(Prefetch("answers", answers))

    @extend_schema(request=NewInvitationSerializer, responses={201: InvitationSerializer})
    def create(self, request: Request) -> Response:
        """Asks a customer. 409 where an invitation is open, nobody has an address, or the customer is archived."""
        user = signed_in(request)
        if not user.may_write:
            raise PermissionDenied
        asked = NewInvitationSerializer(data=request.data, user=user)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        done = inviting.invite(
            [said["customer"].pk], survey=said["survey"], channel=said["channel"], by=user, at=timezone.now()
        )
        if not done.invited:
            raise NotAskedError(why_not(done))
        row = self.get_queryset().get(pk=done.invited[0].pk)
        return Response(self.get_serializer(row).data, status=HTTPStatus.CREATED)

    @extend_schema(request=None, responses=inline_serializer("SurveyLink", {"link": serializers.URLField()}))
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:  # noqa: ARG002 - `get_object` reads it
        """A link to send; the one before opens nothing any more. 409 where there is nothing to answer."""
        if not signed_in(request).may_write:
            raise PermissionDenied
        made = inviting.take_link(self.get_object(), at=timezone.now())
        if not made:
            raise NotAskedError(_("There is nothing to answer any more."))
        return Response({"link": made})


def why_not(done: inviting.Outcome) -> str:
    if done.asked_already:
        return _("An invitation is still open.")
    return _("The customer is archived.") if done.archived else _("No contact with an e-mail address.")
