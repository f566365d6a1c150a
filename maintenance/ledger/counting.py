"""What the ledger counts, in whole numbers. Pure: no Django, no clock, no database."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from fractions import Fraction
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from toolbox.calendars import quarter_start

Ints = NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)

WHOLE: Final = 10_000
"""Basis points."""
MINUTES: Final = 60
DAYS_A_YEAR: Final = 365


class Outcome(IntEnum):
    """What became of something promised: exactly one of these, on any day."""

    KEPT = 0
    LATE = 1
    BROKEN = 2
    EXCUSED = 3
    OPEN = 4


def share(part: int, whole: int) -> int | None:
    """In basis points, halves up; None of nothing."""
    return (2 * WHOLE * part + whole) // (2 * whole) if whole else None


@dataclass(frozen=True, slots=True)
class Tally:
    kept: int = 0
    """By the day it was due."""
    late: int = 0
    """After it, within its days of grace."""
    broken: int = 0
    excused: int = 0
    open: int = 0
    """Due by today, and neither done nor broken yet."""

    @property
    def promised(self) -> int:
        return self.kept + self.late + self.broken + self.excused + self.open

    @property
    def decided(self) -> int:
        """Of which it can be said whether they were kept."""
        return self.kept + self.late + self.broken

    @property
    def share(self) -> int | None:
        """Kept, be it late, of what is decided: in basis points."""
        return share(self.kept + self.late, self.decided)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.kept + other.kept,
            self.late + other.late,
            self.broken + other.broken,
            self.excused + other.excused,
            self.open + other.open,
        )


NOTHING: Final = Tally()


def tallies(rows: Iterable[tuple[Key, int, int]]) -> dict[Key, Tally]:
    """Of rows of (key, outcome, how many)."""
    found: dict[Key, list[int]] = {}
    for key, outcome, n in rows:
        found.setdefault(key, [0] * len(Outcome))[outcome] += n
    return {key: Tally(*counts) for key, counts in found.items()}


def worst_first(rows: Ints) -> tuple[Ints, Ints]:
    """Of rows of (id, outcome, how many): the ids, and their counts by outcome. Most broken first, then most late."""
    ids, at = np.unique(rows[:, 0], return_inverse=True)
    counts = np.zeros((len(ids), len(Outcome)), np.int64)
    np.add.at(counts, (at, rows[:, 1]), rows[:, 2])
    order = np.lexsort((ids, -counts.sum(axis=1), -counts[:, Outcome.LATE], -counts[:, Outcome.BROKEN]))
    return ids[order], counts[order]


def cost_of(minutes: int, hour_cost: int | None) -> int | None:
    """In fen, halves up; None where nobody said what an hour costs."""
    return None if hour_cost is None else (2 * minutes * hour_cost + MINUTES) // (2 * MINUTES)


def part_of_year(amount: int, first: date, last: date) -> int:
    """What a cost a year comes to in these days, both included; halves up."""
    days = (last - first).days + 1
    return (2 * amount * days + DAYS_A_YEAR) // (2 * DAYS_A_YEAR)


# Hours owed


def times_until(due_on: date, *, every: int | None, today: date, last: date) -> int:
    """How often something is to be done up to the last day: what is late once, at once, and again every so many days."""
    first = max(due_on, today)
    if first > last:
        return 0
    return 1 + ((last - first).days // every if every else 0)


def hours_there(weekly: int, days: Sequence[bool]) -> Fraction:
    """Of somebody with so many hours a week, in days that are worked or not; a week is five days of work."""
    return Fraction(weekly * sum(days), 5)


# Kept promises and what became of the tier

ALL, MOST, LESS = range(3)
MOSTLY: Final = 7_500
"""Basis points: the share from which on most was kept."""
ROSE, STAYED, FELL, OTHER = range(4)
ENOUGH: Final = 30
"""Customers, below which a group gives no shares."""


def faith_of(kept: Ints, decided: Ints) -> Ints:
    """ALL, MOST or LESS; of customers of whom something is decided."""
    return np.select([kept == decided, kept * WHOLE >= decided * MOSTLY], [ALL, MOST], LESS)


def move_of(before: Ints, after: Ints, rank: Ints, scale: Ints, gone: NDArray[np.bool_]) -> Ints:
    """ROSE, STAYED, FELL; OTHER is archived by then, without a tier, or on another scale. Indexes of tiers, 0 is none."""
    is_other = gone | (after == 0) | (scale[before] != scale[after])
    return np.select(
        [is_other, rank[after] < rank[before], rank[after] > rank[before]], [OTHER, ROSE, FELL], STAYED
    )


def crossed(faith: Ints, move: Ints) -> Ints:
    """How many of each faith made each move."""
    found = np.zeros((3, 4), np.int64)
    np.add.at(found, (faith, move), 1)
    return found


@dataclass(frozen=True, slots=True)
class Quarter:
    first: date
    last: date
    """Its last day, or today where it still runs."""
    is_closed: bool


def quarters(today: date, count: int) -> list[Quarter]:
    """The one that runs and those before it, the newest first."""
    found: list[Quarter] = []
    first, last = quarter_start(today), today
    while len(found) < count:
        found.append(Quarter(first, last, is_closed=last < today))
        last = first - timedelta(days=1)
        first = quarter_start(last)
    return found
