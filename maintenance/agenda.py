"""A week as somebody has it before them: promises, cases and key dates by the day, on the Chinese calendar."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone
from django.utils.translation import get_language, gettext as _

from accounts.models import User
from customers.models import KeyDate
from maintenance import worklist
from maintenance.cadence import DAY, Span
from maintenance.casework import seen
from maintenance.models import CalendarOverride, Case
from toolbox.calendars import holiday_name, is_made_up, is_working_day
from toolbox.days import midnight

SHOWN: Final = 12
"""Of one kind on one day; the others are in the lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    day: date
    is_today: bool
    is_past: bool
    is_working: bool
    note: str
    """The holiday, or that a weekend day is worked, or what the office wrote beside the day."""
    promises: list[worklist.Line]
    more_promises: int
    cases: list[seen.Line]
    more_cases: int
    key_dates: list[KeyDate]
    more_key_dates: int

    @property
    def is_empty(self) -> bool:
        return not (self.promises or self.cases or self.key_dates)


def week(
    user: User, *, monday: date, person: User | None, today: date, at: datetime, shown: int = SHOWN
) -> list[Day]:
    """Seven days from Monday on; a few queries, however many customers there are."""
    days = [monday + n * DAY for n in range(7)]
    span = Span(first=days[0], last=days[-1])
    promises = _promises(user, person, span, shown)
    cases = _cases(user, person, days, shown)
    key_dates = _key_dates(user, person, days, shown)
    overrides = {row.day: row for row in CalendarOverride.objects.filter(day__range=(days[0], days[-1]))}
    every = [case for some in cases.values() for case in some]
    clocks = {each.case.pk: each for each in seen.lines(every, at=at)} if every else {}
    working = {day: row.is_working for day, row in overrides.items()}
    return [
        Day(
            day=day,
            is_today=day == today,
            is_past=day < today,
            is_working=is_working_day(day, overrides=working),
            note=_note(day, overrides.get(day)),
            promises=[worklist.line(row, user=user, today=today) for row in promises[day]],
            more_promises=_more(promises[day]),
            cases=[clocks[case.pk] for case in cases[day]],
            more_cases=_more(cases[day]),
            key_dates=key_dates[day],
            more_key_dates=_more(key_dates[day]),
        )
        for day in days
    ]


def _note(day: date, override: CalendarOverride | None) -> str:
    if override:
        return override.note or (_("Worked") if override.is_working else _("Day off"))
    if is_made_up(day):
        return _("Make-up working day")
    return holiday_name(day, language=get_language() or "en")


def _more(rows: list[Any]) -> int:
    """How many there are beyond those shown."""
    return rows[0].of - len(rows) if rows else 0


def _first(rows: QuerySet[Any], *, per: Any, order: Iterable[Any], shown: int) -> QuerySet[Any]:
    """The first of each day, each knowing of how many it is."""
    ranked: QuerySet[Any] = rows.annotate(
        place=Window(RowNumber(), partition_by=per, order_by=list(order)),
        of=Window(Count("pk"), partition_by=per),
    )
    return ranked.filter(place__lte=shown)


def _promises(user: User, person: User | None, span: Span, shown: int) -> dict[date, list[Any]]:
    rows = worklist.owed(user, person=person).due_in(span).with_names()
    found = defaultdict[date, list[Any]](list)
    order = [worklist.BY_URGENCY.expression, F("pk").asc()]
    for row in _first(rows, per=F("due_on"), order=order, shown=shown).order_by("due_on", "place"):
        found[row.due_on].append(row)
    return found


def _cases(user: User, person: User | None, days: list[date], shown: int) -> dict[date, list[Any]]:
    """On the desk of one person; of whoever answers for others, all they see."""
    begins, ends = midnight(days[0]), midnight(days[-1] + DAY)
    rows = Case.objects.visible_to(user).open().filter(due_at__gte=begins, due_at__lt=ends)
    if person or not user.answers_for_others:
        rows = rows.on_the_desk_of(person or user)
    found = defaultdict[date, list[Any]](list)
    ranked = _first(
        rows.with_names(), per=TruncDate("due_at"), order=[F("due_at").asc(), F("pk").asc()], shown=shown
    )
    for row in ranked.order_by("due_at", "pk"):
        found[timezone.localdate(row.due_at)].append(row)
    return found


def _key_dates(user: User, person: User | None, days: list[date], shown: int) -> dict[date, list[Any]]:
    """Those that come each year on their day of this one; on 29 February only where there is one."""
    on = Q(on__range=(days[0], days[-1]), repeats=False)
    for day in days:
        on |= Q(on__month=day.month, on__day=day.day, on__lte=day, repeats=True)
    rows = KeyDate.objects.visible_to(user).filter(on, customer__archived_at=None)
    if person and not person.is_support:
        rows = rows.filter(customer__owner=person)
    named = rows.select_related("customer").defer("customer__notes", "customer__search_text")
    by_day = {(day.month, day.day): day for day in days}
    found = defaultdict[date, list[Any]](list)
    ranked = _first(
        named,
        per=[F("on__month"), F("on__day")],
        order=[F("customer__name_key").asc(), F("pk").asc()],
        shown=shown,
    )
    for row in ranked.order_by("place", "pk"):
        found[by_day[row.on.month, row.on.day]].append(row)
    return found


def day_of(text: str, *, today: date) -> date:
    """The day that an address asks for; today where that is none, or beyond what a calendar holds."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    far = timedelta(days=3660)
    return day if today - far <= day <= today + far else today
