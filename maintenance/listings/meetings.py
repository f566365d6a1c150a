"""Meetings and their tasks, as their pages list them."""

from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _, gettext_lazy, pgettext

from accounts.exports.columns import person, plain, team
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import User
from customers.listings.tiers import of_customer
from maintenance.filters.meetings import MeetingFilter, MeetingTaskFilter
from maintenance.models import Meeting, MeetingTask
from toolbox.pages import Order

NEWEST: Final = Order("newest", "week", descending=True, value=lambda row: row.week.isoformat())
SOONEST: Final = Order("soonest", "due_on", descending=False, value=lambda row: row.due_on.isoformat())


def meetings(user: User, query: QueryDict, _about: int | None = None) -> Found:
    rows = Meeting.objects.visible_to(user)
    asked = MeetingFilter(query, rows, request=Asker(user))
    return Found(asked.qs, NEWEST, asked)


def meeting_columns() -> list[Column]:
    return [
        plain("week", _("Week of"), kind="date"),
        Column(key="team", name=_("Team"), paths=("team__name",), value=lambda name: name or _("Whole book")),
        person("opened_by", _("Opened by")),
        plain("opened_at", _("Opened at"), kind="datetime"),
        plain("closed_at", _("Closed at"), kind="datetime"),
        person("closed_by", _("Closed by")),
        plain("notes", pgettext("of a meeting", "Minutes"), width=60),
    ]


def tasks(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """Open ones unless another state is asked for."""
    data = query.copy()
    data.setdefault("state", "open")
    asked = MeetingTaskFilter(data, MeetingTask.objects.visible_to(user), request=Asker(user))
    return Found(asked.qs, SOONEST, asked)


def task_columns() -> list[Column]:
    return [
        plain("what", _("What to do"), width=50),
        *of_customer(
            code=_("Customer code"), name=_("Customer name"), owner=_("Account manager"), team_name=_("Team")
        ),
        person("assignee", _("For whom to do")),
        plain("due_on", _("Due on"), kind="date"),
        Column(
            key="done_at",
            name=_("Done at"),
            paths=("done_at", "aim__done_at"),
            value=lambda own, aims: own or aims,
            kind="datetime",
        ),
        plain("meeting", _("Meeting of the week of"), "meeting__week", kind="date"),
        team("meeting_team", _("Team of the meeting"), "meeting__team"),
        person("by", _("Made by")),
    ]


MEETINGS: Final = Listing(
    key="meetings",
    name=gettext_lazy("Meetings"),
    page="maintenance:meetings",
    find=meetings,
    columns=meeting_columns,
)
MEETING_TASKS: Final = Listing(
    key="meeting-tasks",
    name=gettext_lazy("Tasks of meetings"),
    page="maintenance:meeting_tasks",
    find=tasks,
    columns=task_columns,
)
