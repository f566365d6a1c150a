"""When a promise falls due: days in, days out. `overrides` is where the office's calendar differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from toolbox.calendars import (
    NO_OVERRIDES,
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
    FESTIVAL = "festival"
    """The Spring Festival and the Mid-Autumn Festival, for which people give presents."""


OCCASIONS: Final = frozenset({Unit.ANNIVERSARY, Unit.FESTIVAL})
"""They come when they come, however long ago the last one was kept."""
DAYS_FOR_A_PRESENT: Final = 10
"""Working days before the festival: to send it, before people travel."""

_MONTHS: Final = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS: Final = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """Every `interval` units, or every occasion."""

    unit: Unit
    interval: int

    def __post_init__(self) -> None:
        if self.interval < 1:
            raise ValueError(self.interval)

    def __str__(self) -> str:
        return f"{self.interval} {self.unit}"

    def after(self, day: date) -> date:
        """One interval later; where the month is too short, its last day."""
        if self.unit in _DAYS:
            return day + _DAYS[self.unit] * self.interval * DAY
        return months_before(day, -_MONTHS[self.unit] * self.interval)


def next_due(cadence: Cadence, *, kept_on: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """One interval after it was last kept, on a working day.

    Counted from the day it was kept, not from the day it was due: a weekly call made two days late is
    followed by one a week later, not by one in five days.
    """
    return next_working_day(cadence.after(kept_on), overrides=overrides)


def next_occasion(
    unit: Unit, *, after: date, anniversary: date | None, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> date:
    """When to act for the next one, always later than `after`: a greeting by its day, a present well before."""
    days = (day for year in count(after.year) for day in _days_to_act(unit, year, anniversary, overrides))
    return next(day for day in days if day > after)


def _days_to_act(
    unit: Unit, year: int, anniversary: date | None, overrides: Mapping[date, bool]
) -> list[date]:
    if unit == Unit.FESTIVAL:
        return [add_working_days(day, -DAYS_FOR_A_PRESENT, overrides=overrides) for day in festivals(year)]
    assert anniversary  # noqa: S101 - who has none is promised no greeting
    day = months_before(anniversary, 12 * (anniversary.year - year))
    return [add_working_days(day + DAY, -1, overrides=overrides)]


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
