"""When the book plays: eight closed quarters before today, and what there is of the present one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from django.utils import timezone

from toolbox.calendars import (
    Cadence,
    is_working_day,
    last_closed_quarter_end,
    period_end_before,
    window_start,
)

MONTHS: Final = 24
GRADED_QUARTERS: Final = 5
ONE_DAY: Final = timedelta(days=1)
FEBRUARY: Final = 2


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


@dataclass(frozen=True)
class Month:
    """One month of the book. `season` is how much is ordered in it: 1 is an average month."""

    number: int
    days: tuple[date, ...]
    season: float


@dataclass(frozen=True)
class Timeline:
    today: date

    @cached_property
    def closed(self) -> date:
        """The last day of the last closed quarter."""
        return last_closed_quarter_end(self.today)

    @cached_property
    def start(self) -> date:
        return window_start(self.closed, MONTHS)

    @cached_property
    def until(self) -> date:
        """The last day on which something happened: today's facts are still to come."""
        return self.today - ONE_DAY

    @cached_property
    def quarter_ends(self) -> list[date]:
        """Those as of which the book was graded, oldest first."""
        ends = [self.closed]
        while len(ends) < GRADED_QUARTERS:
            ends.append(period_end_before(ends[-1], Cadence.QUARTERLY))
        return ends[::-1]

    @cached_property
    def months(self) -> list[Month]:
        """All of them with their working days; the present one as far as it has come."""
        found: list[Month] = []
        first = self.start
        while first <= self.until:
            following = (first + 31 * ONE_DAY).replace(day=1)
            everyday = [first + n * ONE_DAY for n in range((following - first).days)]
            days = tuple(day for day in everyday if day <= self.until and is_working_day(day))
            found.append(Month(len(found), days, self._season(first.month, len(days))))
            first = following
        return found

    @cached_property
    def months_closed(self) -> int:
        """How many are over."""
        return (self.today.year - self.start.year) * 12 + self.today.month - self.start.month

    def day_in(self, month: int, share: float) -> date:
        """A working day of a month that is over, by how much of it is over."""
        days = self.months[month].days
        return days[int(share * len(days))]

    def _season(self, month: int, working_days: int) -> float:
        """By working days, with a peak at the end of each quarter and a dip around the Spring Festival."""
        swing = {1: 0.9, FEBRUARY: 0.6, 3: 1.25, 6: 1.2, 7: 0.95, 9: 1.25, 12: 1.35}.get(month, 0.95)
        return swing * working_days / 21
