"""Where the points of an agenda come from: one question to the database for each kind, however large the book is."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from accounts.models import Team, User
from customers.models import Channel, Contact, Contract, Customer, KeyDate
from maintenance.cadence import OCCASIONS
from maintenance.models import Case, Meeting, MeetingTask, Obligation, Point
from tiering.models import Override, TierChange
from toolbox.calendars import ONE_DAY

A_WEEK: Final = timedelta(days=7)
Kind = Point.Kind
Rows = QuerySet[Any, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What an agenda is about: whose customers, since when, up to when, and whose eyes it is for (None: nobody's)."""

    meeting: Meeting
    teams: list[int] | None
    until: datetime
    today: date
    reader: User | None

    @classmethod
    def of(cls, meeting: Meeting, *, reader: User | None, at: datetime, today: date) -> "Frame":
        teams = meeting.team and list(Team.objects.subtree_of(meeting.team).values_list("pk", flat=True))
        return cls(meeting=meeting, teams=teams or None, until=at, today=today, reader=reader)

    @property
    def next_week(self) -> list[date]:
        monday = self.meeting.week + A_WEEK
        return [monday + n * ONE_DAY for n in range(7)]

    def seen(self, rows: Any, path: str = "customer") -> Rows:
        """Of what the reader may see, what belongs to the meeting: of customers who are still with us."""
        found = rows if self.reader is None else rows.visible_to(self.reader)
        found = found.filter(**{f"{path}__archived_at": None})
        if self.teams is not None:
            found = found.filter(**{f"{path}__team__in": self.teams})
        return found.select_related(path, f"{path}__owner", f"{path}__standing")  # type: ignore[no-any-return]

    def largest(self, rows: Rows, path: str = "customer") -> Rows:
        """The customers with the largest annual amount first."""
        return rows.order_by(F(f"{path}__standing__annual_amount").desc(nulls_last=True), "pk")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A point before anybody wrote anything: as a `Point` keeps it."""

    kind: str
    subject: int
    customer: Customer | None
    facts: dict[str, Any]

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Source:
    """Rows in their order, and what is to be said of one."""

    kind: str
    rows: Callable[[Frame], Rows]
    facts: Callable[[Any, Frame], dict[str, Any]]
    customer: Callable[[Any], Customer | None] = lambda row: row.customer

    def points(self, frame: Frame, *, only: Collection[int] | None = None, most: int) -> Iterator[Found]:
        rows = self.rows(frame)
        for row in (rows if only is None else rows.filter(pk__in=only))[:most]:
            customer = self.customer(row)
            facts = self.facts(row, frame)
            yield Found(kind=self.kind, subject=row.pk, customer=customer, facts=about(customer) | facts)


def about(customer: Customer | None) -> dict[str, Any]:
    if customer is None:
        return {}
    owner = customer.owner.name if customer.owner else ""
    return {"customer": customer.name, "tier": customer.standing.tier_id, "owner": owner}


def name(user: User | None) -> str:
    return user.name if user else ""


def titles(promise: Any) -> dict[str, str]:
    return {"en": promise.title_en, "zh": promise.title_zh}


# What became of the last meeting's tasks


def tasks(frame: Frame) -> Rows:
    """Of the meetings before: what is still open, and what was done since the last one."""
    own = MeetingTask.objects if frame.reader is None else MeetingTask.objects.visible_to(frame.reader)
    earlier = own.filter(meeting__team=frame.meeting.team, meeting__week__lt=frame.meeting.week)
    since = frame.meeting.since
    alive = Q(aim=None, done_at=None) | Q(done_at__gt=since)
    alive |= Q(aim__isnull=False) & (Q(aim__done_at=None) | Q(aim__done_at__gt=since))
    named = earlier.filter(alive).select_related("assignee", "aim", "customer__owner", "customer__standing")
    return named.order_by("due_on", "pk")


def of_task(row: MeetingTask, _frame: Frame) -> dict[str, Any]:
    done = row.finished_at
    return {
        "what": row.what,
        "day": row.due_on.isoformat(),
        "who": row.assignee.name,
        "done": done.isoformat() if done else None,
        "meeting": row.meeting_id,
    }


# What happened


def changes(frame: Frame) -> Rows:
    """Whoever is graded for the first time has not moved."""
    span = {"changed_at__gt": frame.meeting.since, "changed_at__lte": frame.until}
    return frame.largest(frame.seen(TierChange.objects.filter(from_tier__isnull=False, **span)))


def of_change(row: TierChange, _frame: Frame) -> dict[str, Any]:
    return {"from": row.from_tier_id, "to": row.to_tier_id}


def broken(frame: Frame) -> Rows:
    """A fact, whatever became of it: done late, skipped, or withdrawn as the tier changed."""
    since = frame.meeting.since.astimezone(frame.until.tzinfo).date()
    rows = Obligation.objects.filter(missed_on__gt=since, missed_on__lte=frame.today)
    rows = rows.exclude(state=Obligation.State.EXCUSED)
    return frame.largest(
        frame.seen(rows).select_related("promise", "assignee", "customer__owner", "customer__standing")
    )


def of_broken(row: Obligation, frame: Frame) -> dict[str, Any]:
    return titles(row.promise) | {
        "day": row.due_on.isoformat(),
        "late": max(0, (frame.today - row.due_on).days) if row.is_open else 0,
        "state": row.state,
        "department": row.department,
        "who": name(row.assignee),
    }


def cases(frame: Frame) -> Rows:
    """What is open, the most urgent first."""
    alive = Case.objects.open().filter(request__opened_at__lte=frame.until)
    rows = frame.seen(alive, "request__customer").select_related("assignee")
    return rows.order_by(F("due_at").asc(nulls_last=True), "pk")


def of_case(row: Case, frame: Frame) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": row.request.subject,
        "state": row.state,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "late": bool(row.due_at and row.due_at < frame.until),
        "department": row.department,
        "who": name(row.assignee),
    }


# Next week


def due(frame: Frame) -> Rows:
    """Visits that are promised, and occasions."""
    week = frame.next_week
    rows = Obligation.objects.open().filter(due_on__gte=week[0], due_on__lte=week[-1])
    kinds = Q(promise__channel=Channel.VISIT) | Q(promise__unit__in=[unit.value for unit in OCCASIONS])
    named = frame.seen(rows.filter(kinds)).select_related(
        "promise", "assignee", "customer__owner", "customer__standing"
    )
    return frame.largest(named)


def of_due(row: Obligation, _frame: Frame) -> dict[str, Any]:
    return titles(row.promise) | {
        "day": row.due_on.isoformat(),
        "department": row.department,
        "who": name(row.assignee),
    }


def month_and_days(days: list[date]) -> list[tuple[int, int]]:
    """In a year without one the 29 February is remembered on the 28th."""
    found = [(day.month, day.day) for day in days]
    if any((day + ONE_DAY).month == 3 and day.day == 28 for day in days):  # noqa: PLR2004
        found.append((2, 29))
    return found


def key_dates(frame: Frame) -> Rows:
    """What comes each year comes from its first day on."""
    week = frame.next_week
    again = Q(pk__in=[])
    for month, day in month_and_days(week):
        again |= Q(on__month=month, on__day=day)
    once = Q(repeats=False, on__gte=week[0], on__lte=week[-1])
    rows = KeyDate.objects.filter(Q(repeats=True, on__lte=week[-1]) & again | once)
    return frame.largest(frame.seen(rows))


def day_in(frame: Frame, month: int, day: int) -> str:
    """The day of next week on which it falls."""
    week = frame.next_week
    return next((one for one in week if (one.month, one.day) == (month, day)), week[-1]).isoformat()


def of_key_date(row: KeyDate, frame: Frame) -> dict[str, Any]:
    day = day_in(frame, row.on.month, row.on.day) if row.repeats else row.on.isoformat()
    return {"label": row.label, "day": day}


def birthdays(frame: Frame) -> Rows:
    days = [f"{month:02}-{day:02}" for month, day in month_and_days(frame.next_week)]
    return frame.largest(frame.seen(Contact.objects.filter(birthday__in=days)))


def of_birthday(row: Contact, frame: Frame) -> dict[str, Any]:
    """Not by name: who is erased is named nowhere any more."""
    return {"day": day_in(frame, int(row.birthday[:2]), int(row.birthday[3:]))}


def contracts(frame: Frame) -> Rows:
    week = frame.next_week
    rows = Contract.objects.filter(ends_on__gte=week[0], ends_on__lte=week[-1], renewed_on=None)
    return frame.largest(frame.seen(rows))


def of_contract(row: Contract, _frame: Frame) -> dict[str, Any]:
    return {"number": row.number, "day": row.ends_on.isoformat()}


def overrides(frame: Frame) -> Rows:
    week = frame.next_week
    rows = Override.objects.filter(ended_at=None, expires_on__gte=week[0], expires_on__lte=week[-1])
    return frame.largest(frame.seen(rows))


def of_override(row: Override, _frame: Frame) -> dict[str, Any]:
    return {"set_to": row.tier_id, "day": row.expires_on.isoformat()}


SECTIONS: Final[dict[str, tuple[Source, ...]]] = {
    "tasks": (Source(Kind.TASK, tasks, of_task),),
    "changes": (Source(Kind.CHANGE, changes, of_change),),
    "broken": (Source(Kind.BROKEN, broken, of_broken),),
    "cases": (Source(Kind.CASE, cases, of_case, lambda row: row.request.customer),),
    "dates": (
        Source(Kind.DUE, due, of_due),
        Source(Kind.DAY, key_dates, of_key_date),
        Source(Kind.BIRTHDAY, birthdays, of_birthday),
        Source(Kind.CONTRACT, contracts, of_contract),
        Source(Kind.OVERRIDE, overrides, of_override),
    ),
}
SOURCES: Final = {source.kind: source for sources in SECTIONS.values() for source in sources}
SECTION_OF: Final = {source.kind: key for key, sources in SECTIONS.items() for source in sources}
