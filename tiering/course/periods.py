"""The quarters and years of which tier history speaks. Pure: no Django, no clock, no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from toolbox.calendars import months_before

QUARTER, YEAR = 3, 12
"""Months."""
QUARTERS, YEARS = 8, 3
"""So many closed ones are told of, and the one that runs."""
STAYS = ((0, 3), (3, 6), (6, 12), (12, 24), (24, None))
"""Months in a tier: from, and less than."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the evening of `start` to the evening of `end`."""

    start: date
    end: date
    is_closed: bool


def periods(today: date, *, months: int, closed: int) -> list[Period]:
    """The last closed ones and the one that runs, which ends today; the oldest first."""
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    starts = [months_before(first, months * n) for n in range(closed, -1, -1)]
    ends = [*starts[1:], today + timedelta(days=1)]
    eve = timedelta(days=1)
    return [
        Period(start - eve, until - eve, is_closed=until <= first)
        for start, until in zip(starts, ends, strict=True)
    ]


def quarter_days(day: date) -> tuple[date, date]:
    """The first and the last day of its quarter."""
    first = date(day.year, (day.month - 1) // QUARTER * QUARTER + 1, 1)
    return first, months_before(first, -QUARTER) - timedelta(days=1)


def quarters_between(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Of both days, and all between."""
    start, end = quarter_days(first)
    while start <= last:
        yield start, end
        start, end = quarter_days(end + timedelta(days=1))


def month_number(day: date) -> int:
    return day.year * 12 + day.month


def months_of_orders(day: date) -> tuple[int, int]:
    """The numbers of the first and the last of the 12 months that end with the day's; its own may still run."""
    return month_number(day) - 11, month_number(day)


def stay_days(today: date) -> list[tuple[date | None, date]]:
    """For each of STAYS the first and the last day since which a customer has been in its tier."""
    found = []
    for least, below in STAYS:
        first = months_before(today, below) + timedelta(days=1) if below else None
        found.append((first, months_before(today, least)))
    return found
