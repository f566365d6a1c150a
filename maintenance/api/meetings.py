"""Meetings for other programs: to read, of each what the user may see."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api import signed_in
from accounts.models import User
from maintenance.filters.meetings import MeetingFilter, MeetingTaskFilter
from maintenance.meetings import agenda_of
from maintenance.meetings.words import lines
from maintenance.models import Meeting, MeetingTask


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    team_name = serializers.CharField(source="team.name", default=None, read_only=True)
    attendants = serializers.PrimaryKeyRelatedField[User](many=True, read_only=True)

    class Meta:
        model = Meeting
        fields = (
            "id", "team", "team_name", "week", "since", "opened_by", "opened_at", "attendants", "notes", "closed_by",
            "closed_at",
        )  # fmt: skip
        read_only_fields = fields


class PointSerializer(serializers.Serializer[Any]):
    section = serializers.CharField()
    kind = serializers.CharField()
    subject = serializers.IntegerField()
    customer = serializers.IntegerField(allow_null=True)
    customer_name = serializers.CharField()
    text = serializers.CharField()
    detail = serializers.CharField()
    who = serializers.CharField()
    minutes = serializers.CharField()


class AgendaSerializer(MeetingSerializer):
    agenda = serializers.SerializerMethodField()

    class Meta:
        model = Meeting
        fields = (*MeetingSerializer.Meta.fields, "agenda")
        read_only_fields = fields

    @extend_schema_field(PointSerializer(many=True))
    def get_agenda(self, meeting: Meeting) -> list[dict[str, Any]]:
        user = self.context["request"].user
        agenda = agenda_of(meeting, reader=user, at=timezone.now())
        said = {line.item.key: line for line in lines(agenda.items)}
        return [
            {
                "section": section.key,
                "kind": item.kind,
                "subject": item.subject,
                "customer": item.customer,
                "customer_name": said[item.key].customer,
                "text": said[item.key].text,
                "detail": said[item.key].why,
                "who": said[item.key].who,
                "minutes": item.point.words if item.point else "",
            }
            for section in agenda.sections
            for item in section.items
        ]


class Newest(CursorPagination):
    ordering = ("-week", "-pk")
    page_size = 100


class MeetingViewSet(ReadOnlyModelViewSet[Meeting]):
    queryset = Meeting.objects.none()
    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Meeting]:
        rows = Meeting.objects.visible_to(signed_in(self.request)).select_related("team")
        return rows.prefetch_related("attendants")

    @extend_schema(responses=AgendaSerializer)
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """With its agenda: as it stands, or as it stood when the meeting was closed."""
        return Response(AgendaSerializer(self.get_object(), context={"request": request}).data)


class MeetingTaskSerializer(serializers.ModelSerializer[MeetingTask]):
    customer_name = serializers.CharField(source="customer.name", default=None, read_only=True)
    done_at = serializers.DateTimeField(source="finished_at", read_only=True)

    class Meta:
        model = MeetingTask
        fields = (
            "id",
            "meeting",
            "customer",
            "customer_name",
            "what",
            "due_on",
            "assignee",
            "by",
            "at",
            "done_at",
        )
        read_only_fields = fields


class Soonest(CursorPagination):
    ordering = ("due_on", "pk")
    page_size = 100


class MeetingTaskViewSet(ReadOnlyModelViewSet[MeetingTask]):
    queryset = MeetingTask.objects.none()
    serializer_class = MeetingTaskSerializer
    filterset_class = MeetingTaskFilter
    pagination_class = Soonest

    def get_queryset(self) -> QuerySet[MeetingTask]:
        return MeetingTask.objects.visible_to(signed_in(self.request)).with_names()
