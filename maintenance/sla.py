"""Clocks that run in office hours: when a case is due, how much is left, what a pause does to it.

Lengths are working time. Moments are aware; days and hours are those of `zone`. To the second, and no rounding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from toolbox.calendars import NO_OVERRIDES, is_working_day

ONE_DAY: Final = timedelta(days=1)
NOTHING: Final = timedelta(0)
DAY_OF_MINUTES: Final = 24 * 60
FARTHEST: Final = 5 * 366
"""Days to look for office hours: an office that has none in five years has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeHours:
    """Stretches of a working day in minutes after midnight, in order, apart from each other."""

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> "OfficeHours":
        """ "09:00-18:00", or with a break "09:00-12:00,13:00-18:00". Raises ValueError that says what is wrong."""
        spans = tuple(_span(part) for part in text.split(","))
        for (_start, end), (start, _end) in pairwise(spans):
            if start < end:
                raise ValueError(f"office hours overlap or are out of order: {text}")
        return cls(spans=spans)


def _span(text: str) -> tuple[int, int]:
    start, separator, end = text.strip().partition("-")
    if not separator:
        raise ValueError(f"office hours are written 09:00-18:00, not {text.strip()!r}")
    found = _minute(start), _minute(end)
    if found[0] >= found[1]:
        raise ValueError(f"office hours end before they begin: {text.strip()}")
    return found


def _minute(text: str) -> int:
    """24:00 is the end of a day."""
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(minute) == 2):  # noqa: PLR2004
        raise ValueError(f"a time of day is written 09:00, not {text.strip()!r}")
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY_OF_MINUTES:  # noqa: PLR2004
        raise ValueError(f"no time of day: {text.strip()}")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeTime:
    """The office's hours on the days that it works."""

    hours: OfficeHours
    zone: tzinfo
    overrides: Mapping[date, bool] = field(default_factory=lambda: NO_OVERRIDES)

    def after(self, moment: datetime, length: timedelta) -> datetime:
        """`length` of working time later. What is used up when the office closes is due then, not the next morning."""
        for start, end in self._ahead(moment):
            begin = max(moment, start)
            if length <= end - begin:
                return begin + length
            length -= end - begin
        raise ValueError("the office never works")

    def before(self, moment: datetime, length: timedelta) -> datetime:
        """`length` of working time earlier."""
        for start, end in self._behind(moment):
            stop = min(moment, end)
            if length <= stop - start:
                return stop - length
            length -= stop - start
        raise ValueError("the office never works")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time; nothing when `end` is not later."""
        if end <= start:
            return NOTHING
        found = NOTHING
        for opens, closes in self._ahead(start):
            if opens >= end:
                break
            found += min(end, closes) - max(start, opens)
        return found

    def is_open(self, moment: datetime) -> bool:
        return next((start <= moment for start, _end in self._ahead(moment)), False)

    def _ahead(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches that are not over at the moment, the first one first."""
        day = moment.astimezone(self.zone).date()
        for n in range(FARTHEST):
            for start, end in self._of(day + n * ONE_DAY):
                if end > moment:
                    yield start, end

    def _behind(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches that have begun before the moment, the last one first."""
        day = moment.astimezone(self.zone).date()
        for n in range(FARTHEST):
            for start, end in reversed(self._of(day - n * ONE_DAY)):
                if start < moment:
                    yield start, end

    def _of(self, day: date) -> list[tuple[datetime, datetime]]:
        if not is_working_day(day, overrides=self.overrides):
            return []
        midnight = datetime.combine(day, time(), self.zone)
        return [
            (midnight + timedelta(minutes=start), midnight + timedelta(minutes=end))
            for start, end in self.hours.spans
        ]


def due(office: OfficeTime, *, opened: datetime, minutes: int) -> datetime:
    return office.after(opened, timedelta(minutes=minutes))


def resumed(office: OfficeTime, *, due_at: datetime, paused: datetime, at: datetime) -> datetime:
    """Due after a pause: what was left when it began is left when it ends. What was broken before stays as it was."""
    if due_at <= paused:
        return due_at
    return office.after(at, office.between(paused, due_at))


def shortened(office: OfficeTime, *, due_at: datetime, minutes: int, at: datetime) -> datetime:
    """Due under a faster promise: as if it had been opened at the moment of it, and never later than it was.

    So nobody breaks a promise by the mere news of an upgrade.
    """
    return min(due_at, due(office, opened=at, minutes=minutes))


def moment_of(office: OfficeTime, *, due_at: datetime, minutes: int, percent: int) -> datetime:
    """When so much of the time is used up that it was promised in."""
    left = timedelta(minutes=minutes) * (100 - percent) / 100
    return due_at if percent >= 100 else office.before(due_at, left)  # noqa: PLR2004


def is_breached(*, due_at: datetime, at: datetime) -> bool:
    """On the moment itself it is still kept."""
    return at > due_at
