"""When somebody should look at a rater's ratings (docs/lists.md). Pure: no Django, no clock, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from toolbox.rounding import round_half_up

MONTHS: Final = 12
"""Of ratings that averages are taken of, today included."""
ENOUGH: Final = 10
"""Ratings of one indicator, below which an average says little."""
DRIFT: Final = 50
"""Hundredths that an own average may differ from the book's."""
QUARTERS: Final = 4
"""Closed ones that are shown."""
RISING: Final = 3
"""So many of the last ones rise in a row."""
ENOUGH_A_QUARTER: Final = 5
RISE: Final = 30
"""Hundredths from the first to the last of them."""
DAYS: Final = 14
"""Just before a re-grade: so many days before its facts were frozen."""
RUNS: Final = 4
"""The last ones that are looked at."""
MANY: Final = 3
"""Ratings of one rater that changed just before one re-grade."""


@dataclass(frozen=True, slots=True)
class Average:
    count: int
    sum: int

    @property
    def hundredths(self) -> int | None:
        return round_half_up(self.sum * 100, self.count) if self.count else None


def drift(own: Average, book: Average) -> int:
    """By how many hundredths, as shown, the own average differs from the book's."""
    return (own.hundredths or 0) - (book.hundredths or 0)


def drifts(own: Average, book: Average) -> bool:
    return own.count >= ENOUGH and abs(drift(own, book)) >= DRIFT


def rises(quarters: Sequence[Average]) -> bool:
    """The last three averages, the oldest first, each of enough ratings, rise strictly and by RISE together."""
    last = quarters[-RISING:]
    if len(last) < RISING or any(quarter.count < ENOUGH_A_QUARTER for quarter in last):
        return False
    is_rising = all(a.sum * b.count < b.sum * a.count for a, b in pairwise(last))
    return is_rising and drift(last[-1], last[0]) >= RISE
