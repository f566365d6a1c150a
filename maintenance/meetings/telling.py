"""What people hear of meetings: the minutes, once, if they were there; and what they are to do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts import notices
from accounts.models import Notice, User
from accounts.notices import News, Words
from maintenance.digest import Section, more
from maintenance.models import Meeting, MeetingTask

MINUTES: Final = "meeting_minutes"
TASK: Final = "meeting_task"
MOST: Final = 10


def tell_minutes(meeting: Meeting, *, at: datetime) -> None:
    people = meeting.attendants.values_list("pk", flat=True)
    news = [News(pk, f"meeting-{meeting.pk}-minutes", {"meeting": meeting.pk}) for pk in people]
    notices.tell(MINUTES, news, at=at)


def tell_task(task: MeetingTask, *, at: datetime) -> None:
    """Who gave it to themselves knows it."""
    if task.assignee_id != task.by_id:
        notices.tell(TASK, [News(task.assignee_id, f"meeting-task-{task.pk}", {"task": task.pk})], at=at)


def title_of(meeting: Meeting) -> str:
    whose = meeting.team.name if meeting.team else _("Whole book")
    return _("%(whose)s, week of %(day)s") % {"whose": whose, "day": date_format(meeting.week)}


def of_minutes(told: Sequence[Notice], reader: User) -> dict[int, Words]:
    rows = Meeting.objects.visible_to(reader).filter(pk__in=[notice.facts["meeting"] for notice in told])
    found = rows.select_related("team").in_bulk()
    return {
        notice.pk: Words(
            title=_("Minutes: %(meeting)s") % {"meeting": title_of(meeting)},
            text=_("What was said and decided, as far as it is about customers whom you see."),
            url=reverse("maintenance:meeting", args=[meeting.pk]),
            lines=partial(minutes, meeting, reader),
        )
        for notice in told
        if (meeting := found.get(notice.facts["meeting"]))
    }


def minutes(meeting: Meeting, reader: User) -> list[str]:
    """What was written, for whoever reads it: the general part, the points, the tasks."""
    from maintenance.meetings.agenda import agenda_of  # noqa: PLC0415 - the agenda is closed by who tells of it
    from maintenance.meetings.words import lines  # noqa: PLC0415 - likewise

    people = _(", ").join(user.name for user in meeting.attendants.order_by("display_name", "username"))
    found = [_("There: %(people)s") % {"people": people}] if people else []
    found += [meeting.notes] if meeting.notes else []
    items = [
        item
        for item in agenda_of(meeting, reader=reader, at=timezone.now()).items
        if item.point and item.point.words
    ]
    found += [f"{line.title}\n  {line.item.point.words}" for line in lines(items) if line.item.point]
    tasks = (
        MeetingTask.objects.visible_to(reader).filter(meeting=meeting).with_names().order_by("due_on", "pk")
    )
    return found + [_("Task: %(task)s") % {"task": in_words(task)} for task in tasks]


def in_words(task: MeetingTask) -> str:
    what = f"{task.customer.name}: {task.what}" if task.customer else task.what
    return _("%(what)s (%(who)s, until %(day)s)") % {
        "what": what,
        "who": task.assignee.name,
        "day": date_format(task.due_on),
    }


def of_tasks(told: Sequence[Notice], reader: User) -> dict[int, Words]:
    rows = MeetingTask.objects.visible_to(reader).filter(pk__in=[notice.facts["task"] for notice in told])
    found = rows.with_names().in_bulk()
    return {
        notice.pk: Words(
            title=_("A task for you from the meeting: %(what)s") % {"what": task.what},
            text=in_words(task),
            url=reverse("maintenance:meeting_tasks"),
        )
        for notice in told
        if (task := found.get(notice.facts["task"]))
    }


def due_soon(reader: User, _since: datetime, now: datetime) -> Section | None:
    """For the daily summary: what meetings gave the reader to do, due by tomorrow."""
    today = timezone.localdate(now)
    rows = (
        MeetingTask.objects.visible_to(reader)
        .open()
        .filter(assignee=reader, due_on__lte=today + timedelta(days=1))
    )
    count = rows.count()
    if not count:
        return None
    title = ngettext("%(count)s task of a meeting is due", "%(count)s tasks of meetings are due", count)
    first = rows.with_names().order_by("due_on", "pk")[:MOST]
    lines = [in_words(task) for task in first]
    return Section(title % {"count": count}, lines, reverse("maintenance:meeting_tasks"))


def register() -> None:
    notices.register(MINUTES, of_minutes, name=gettext_lazy("Minutes of meetings"))
    notices.register(TASK, of_tasks, name=gettext_lazy("Tasks from meetings"))
    more.append(due_soon)
