"""Opening a meeting, writing down what is said, who was there, and closing it. Keyword-only, told who and when."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Team, User
from maintenance.meetings import agenda
from maintenance.meetings.sources import A_WEEK
from maintenance.meetings.telling import tell_minutes
from maintenance.models import Meeting, Point
from toolbox.calendars import monday_of

FIRST: Final = timedelta(days=7)
"""So far back looks the first meeting of all."""


class StaleError(Exception):
    """Somebody wrote meanwhile: their words, and the version to write over if that is what is wanted."""

    def __init__(self, words: str, version: int, by: User | None) -> None:
        super().__init__(words)
        self.words, self.version, self.by = words, version, by


@transaction.atomic
def open_meeting(team: Team | None, *, by: User, at: datetime, today: date) -> Meeting:
    """The one of this week: whoever comes second gets the same. It goes on where the last one ended."""
    week = monday_of(today)
    before = Meeting.objects.of(team).filter(week__lt=week).order_by("-week").first()
    since = (before.closed_at or before.opened_at) if before else at - FIRST
    meeting, is_new = Meeting.objects.get_or_create(
        team=team, week=week, defaults={"since": since, "opened_by": by, "opened_at": at}
    )
    if is_new:
        meeting.attendants.add(by)
    return meeting


def locked(meeting: Meeting) -> Meeting:
    """Whoever writes and whoever closes do it one after the other."""
    row = (
        Meeting.objects.select_for_update(of=("self",)).select_related("team", "notes_by").get(pk=meeting.pk)
    )
    if not row.is_open:
        raise ValidationError(_("The meeting is closed: its minutes stay as they are."))
    return row


@transaction.atomic
def write(meeting: Meeting, item: agenda.Item, *, words: str, version: int, by: User, at: datetime) -> Point:
    """Minutes of one point. Raises StaleError where somebody else wrote what was not read yet."""
    row = locked(meeting)
    point, is_new = Point.objects.select_for_update(of=("self",)).get_or_create(
        meeting=row,
        kind=item.kind,
        subject=item.subject,
        defaults={"customer_id": item.customer, "facts": item.facts},
    )
    if not is_new and point.version != version and point.words != words:
        raise StaleError(point.words, point.version, point.by)
    if point.words != words:
        point.words, point.version, point.by, point.at = words, point.version + 1, by, at
        point.save(update_fields=["words", "version", "by", "at"])
    return point


@transaction.atomic
def write_notes(meeting: Meeting, *, words: str, version: int, by: User) -> Meeting:
    row = locked(meeting)
    if row.version != version and row.notes != words:
        raise StaleError(row.notes, row.version, row.notes_by)
    if row.notes != words:
        row.notes, row.version, row.notes_by = words, row.version + 1, by
        row.save(update_fields=["notes", "version", "notes_by"])
    return row


@transaction.atomic
def attend(meeting: Meeting, people: Iterable[User]) -> None:
    locked(meeting).attendants.set(people)


@transaction.atomic
def close(meeting: Meeting, *, by: User, at: datetime) -> bool:
    """Once: the whole agenda is kept as it stands, whoever closes it, and whoever was there is told the minutes."""
    row = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=meeting.pk)
    if not row.is_open:
        return False
    found = agenda.agenda_of(row, reader=None, at=at)
    items = found.items
    Point.objects.bulk_create(
        (
            Point(
                meeting=row,
                kind=item.kind,
                subject=item.subject,
                customer_id=item.customer,
                facts=item.facts,
                position=position,
            )
            for position, item in enumerate(items)
        ),
        update_conflicts=True,
        unique_fields=["meeting", "kind", "subject"],
        update_fields=["facts", "position"],
        batch_size=500,
    )
    row.closed_by, row.closed_at = by, at
    row.left_out = {section.key: section.left_out for section in found.sections if section.left_out}
    row.save(update_fields=["closed_by", "closed_at", "left_out"])
    tell_minutes(row, at=at)
    return True


def next_week_of(meeting: Meeting) -> tuple[date, date]:
    first = meeting.week + A_WEEK
    return first, first + A_WEEK - timedelta(days=1)
