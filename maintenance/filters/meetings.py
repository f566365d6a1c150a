"""What the lists of meetings and of their tasks may be asked: the same for page, export and API."""

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Team, User
from maintenance.models import Meeting, MeetingTask
from maintenance.models.meeting import MeetingQuerySet, MeetingTaskQuerySet
from toolbox.choices import NameFilter
from toolbox.filters import FilterSet


def _teams(request: HttpRequest | None) -> QuerySet[Team]:
    """Of the meetings that one sees."""
    user = request.user if request else None
    if not isinstance(user, User):
        return Team.objects.none()
    return Team.objects.filter(pk__in=Meeting.objects.visible_to(user).values("team"))


class MeetingFilter(FilterSet):
    team = NameFilter(label=_("Team"), queryset=_teams)
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("open", pgettext_lazy("of a meeting", "Open")),
            ("closed", pgettext_lazy("of a meeting", "Closed")),
        ],
        method="in_state",
    )

    class Meta:
        model = Meeting
        fields: list[str] = []

    def in_state(self, rows: MeetingQuerySet, _name: str, value: str) -> MeetingQuerySet:
        return rows.open() if value == "open" else rows.exclude(closed_at=None)


class MeetingTaskFilter(FilterSet):
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[("open", _("Open")), ("late", _("Late")), ("done", _("Done"))],
        method="in_state",
    )
    whose = filters.ChoiceFilter(label=_("Whose"), choices=[("mine", _("Mine"))], method="of_whom")
    meeting = filters.NumberFilter(field_name="meeting_id", widget=forms.HiddenInput)

    class Meta:
        model = MeetingTask
        fields: list[str] = []

    def in_state(self, rows: MeetingTaskQuerySet, _name: str, value: str) -> MeetingTaskQuerySet:
        if value == "done":
            return rows.done()
        rows = rows.open()
        return rows.filter(due_on__lt=timezone.localdate()) if value == "late" else rows

    def of_whom(self, rows: MeetingTaskQuerySet, _name: str, _value: str) -> MeetingTaskQuerySet:
        return rows.filter(assignee=self.request.user) if self.request else rows
