"""How long it takes to keep what is promised. No Django, no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from maintenance.cadence import FOR_PRESENTS, Cadence, Unit

TIMES_A_YEAR: Final = {
    Unit.DAY: 250,
    Unit.WEEK: 52,
    Unit.MONTH: 12,
    Unit.QUARTER: 4,
    Unit.YEAR: 1,
    Unit.ANNIVERSARY: 1,
    Unit.BIRTHDAY: 1,
    Unit.FESTIVAL: len(FOR_PRESENTS),
    Unit.ORDER: 0,
}
"""Days are working days. Who has no anniversary or birthday is counted as if there were one: a greeting takes minutes.

Orders are counted, where somebody can (`Work.times`).
"""
MINUTES_OF_A_WEEK_OF_HOURS: Final = 52 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Something promised, and the minutes that it takes each time."""

    cadence: Cadence
    minutes: int
    times: Fraction | None = None
    """A year, where that is known better than from the cadence."""

    @property
    def times_a_year(self) -> Fraction:
        if self.times is not None:
            return self.times
        if self.cadence.which:
            return Fraction(len(self.cadence.which))
        return Fraction(TIMES_A_YEAR[self.cadence.unit], self.cadence.interval)


def hours_a_week(works: Iterable[Work]) -> Fraction:
    """What one customer takes on average."""
    minutes = sum(
        (work.times_a_year * work.minutes for work in works),
        Fraction(),
    )
    return minutes / MINUTES_OF_A_WEEK_OF_HOURS


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Hours a week: needed now, needed then, and there to be had."""

    now: Fraction
    then: Fraction
    capacity: int

    @property
    def is_over(self) -> bool:
        return self.then > self.capacity

    @property
    def excess(self) -> Fraction:
        return max(self.then - self.capacity, Fraction())

    @property
    def share(self) -> int | None:
        """Of the capacity that is needed then, in whole percent, rounded up; None where there is no capacity."""
        return -int(-100 * self.then // self.capacity) if self.capacity else None

    def __add__(self, other: "Load") -> "Load":
        return Load(
            now=self.now + other.now, then=self.then + other.then, capacity=self.capacity + other.capacity
        )


NO_LOAD: Final = Load(now=Fraction(), then=Fraction(), capacity=0)
