"""When a promise falls due: days in, days out. `overrides` is where the office's calendar differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from toolbox.calendars import (
    NO_OVERRIDES,
    Festival,
    add_working_days,
    festivals,
    is_working_day,
    months_before,
    next_working_day,
)

DAY: Final = timedelta(days=1)


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ANNIVERSARY = "anniversary"
    """The customer's own."""
    BIRTHDAY = "birthday"
    """Of the people at the customer."""
    FESTIVAL = "festival"
    """The public holidays for which people give presents or send greetings."""
    ORDER = "order"
    """So many days after each order: a reaction, no rhythm."""


OCCASIONS: Final = frozenset({Unit.ANNIVERSARY, Unit.BIRTHDAY, Unit.FESTIVAL})
"""They come when they come, however long ago the last one was kept."""
DAYS_FOR_A_PRESENT: Final = 10
"""Working days before the festival: to send it, before people travel."""
FOR_PRESENTS: Final = (Festival.SPRING, Festival.MID_AUTUMN)
"""The festivals meant where none is named."""
OCCASION_OPENS: Final = timedelta(days=14)

_MONTHS: Final = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS: Final = {Unit.DAY: 1, Unit.WEEK: 7}

MonthAndDay = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """Every `interval` units, or every occasion; of festivals `which`, or those for presents."""

    unit: Unit
    interval: int
    which: tuple[Festival, ...] = ()

    def __post_init__(self) -> None:
        if self.interval < 1:
            raise ValueError(self.interval)

    def __str__(self) -> str:
        return " ".join((str(self.interval), self.unit, *self.which))

    def after(self, day: date) -> date:
        """One interval later; where the month is too short, its last day."""
        if self.unit in _DAYS:
            return day + _DAYS[self.unit] * self.interval * DAY
        return months_before(day, -_MONTHS[self.unit] * self.interval)

    def opens_on(self, due_on: date) -> date:
        """From when on a contact keeps what is due then: the second half of the interval.

        What comes sooner is a contact beyond the promise, and does not move the next one.
        """
        if self.unit in OCCASIONS:
            return due_on - OCCASION_OPENS
        return due_on - (self.after(due_on) - due_on).days // 2 * DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """The customer's own days to remember."""

    anniversary: date | None = None
    birthdays: tuple[MonthAndDay, ...] = ()

    def have(self, unit: str) -> bool:
        """No greeting where no day is known."""
        if unit == Unit.ANNIVERSARY:
            return self.anniversary is not None
        return unit != Unit.BIRTHDAY or bool(self.birthdays)


def next_due(cadence: Cadence, *, kept_on: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """One interval after it was last kept, on a working day.

    Counted from the day it was kept, not from the day it was due: a weekly call made two days late is
    followed by one a week later, not by one in five days.
    """
    return next_working_day(cadence.after(kept_on), overrides=overrides)


def deadline(ordered_on: date, *, days: int, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The last working day within so many days after an order; where there is none, the first one after them."""
    last = ordered_on + days * DAY
    day = add_working_days(last + DAY, -1, overrides=overrides)
    return day if day > ordered_on else next_working_day(last, overrides=overrides)


def answered_together(orders: Sequence[date], *, days: int, already: Sequence[date] = ()) -> list[date]:
    """Of the days of orders, ascending, those that begin a window of so many days: one call back is for all in it.

    `already`: days whose window has been opened before.
    """
    begun = sorted(already)
    found = []
    for day in orders:
        if not any(first <= day <= first + days * DAY for first in begun):
            begun.append(day)
            found.append(day)
    return found


def next_occasion(
    cadence: Cadence, *, after: date, of: Days, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> date:
    """When to act for the next one, always later than `after`: a greeting by its day, a present well before."""
    days = (day for year in count(after.year) for day in _days_to_act(cadence, year, of, overrides))
    return next(day for day in days if day > after)


def _days_to_act(cadence: Cadence, year: int, of: Days, overrides: Mapping[date, bool]) -> list[date]:
    if cadence.unit == Unit.FESTIVAL:
        all_of_them = festivals(year)
        chosen = (all_of_them[festival] for festival in cadence.which or FOR_PRESENTS)
        return sorted(add_working_days(day, -DAYS_FOR_A_PRESENT, overrides=overrides) for day in chosen)
    if cadence.unit == Unit.BIRTHDAY:
        assert of.birthdays  # noqa: S101 - who has none is promised no greeting
        days = [_that_year(date(2000, month, day), year) for month, day in of.birthdays]
    else:
        assert of.anniversary  # noqa: S101 - likewise
        days = [_that_year(of.anniversary, year)]
    return sorted(add_working_days(day + DAY, -1, overrides=overrides) for day in days)


def _that_year(day: date, year: int) -> date:
    """A 29 February is the 28th where there is none."""
    return months_before(day, 12 * (day.year - year))


def opening_days(
    cadence: Cadence, *, begins_on: date, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> list[date]:
    """The working days of the first interval, over which first due dates are spread; never empty."""
    last = cadence.after(begins_on)
    interval = (begins_on + n * DAY for n in range(1, (last - begins_on).days + 1))
    days = [day for day in interval if is_working_day(day, overrides=overrides)]
    return days or [next_working_day(last, overrides=overrides)]


def first_due(days: list[date], *, seed: int) -> date:
    """One of the opening days; seeds that count up take them in turn."""
    return days[seed % len(days)]


class Bucket(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From `first` to `last`, both in; None is open-ended. Empty when `last` is before `first`."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def spans(today: date) -> dict[Bucket, Span]:
    """The days of each bucket. A week ends on its Sunday, so on a Sunday nothing is left of it."""
    sunday = today + (6 - today.weekday()) * DAY
    return {
        Bucket.OVERDUE: Span(last=today - DAY),
        Bucket.TODAY: Span(first=today, last=today),
        Bucket.THIS_WEEK: Span(first=today + DAY, last=sunday),
        Bucket.LATER: Span(first=sunday + DAY),
    }


def bucket(due_on: date, *, today: date) -> Bucket:
    return next(name for name, span in spans(today).items() if due_on in span)
