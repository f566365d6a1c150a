"""Counting over arrays. Pure: no Django, no clock, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tiering.book import Bools, Ints
from tiering.course.periods import Period, months_of_orders

KEPT, LOWER, OTHER, GONE = range(4)
"""What became of a tier: the same or higher; lower; none, or one on another scale; the customer was archived."""
SHARES = (1, 5, 10, 20, 50, 100)
"""Percent of the customers, the largest first, whose share of the amount is told."""
MOST = 75
"""Percent of the amount, of which it is told how few customers bring it."""
POINTS = 50
"""Of the drawn curve, besides its beginning."""
WHOLE = 10_000
"""Basis points."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """By index, of which 0 is no tier: rank and scale."""

    index: Mapping[int, int]
    """By id."""
    rank: Ints
    scale: Ints

    @classmethod
    def of(cls, tiers: Sequence[tuple[int, str, int]]) -> "Tiers":
        """Rows of (id, scale, rank)."""
        scales = sorted({scale for _pk, scale, _rank in tiers})
        return cls(
            {0: 0} | {pk: n for n, (pk, *_more) in enumerate(tiers, 1)},
            np.array([0, *(rank for *_more, rank in tiers)], np.int64),
            np.array([-1, *(scales.index(scale) for _pk, scale, _rank in tiers)], np.int64),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Customers by their place: tier changes in the order of their chain, months with orders, day archived or 0."""

    size: int
    changed: Ints
    """Places, one for each change."""
    day: Ints
    """Effective on, as a day number."""
    to: Ints
    """Index of the tier."""
    ordered: Ints
    """Places, one for each month with an order."""
    month: Ints
    archived: Ints

    def tier_on(self, day: date) -> Ints:
        """Indexes: by the last change of the chain that was in effect."""
        at = np.flatnonzero(self.day <= day.toordinal())
        found = np.zeros(self.size, np.int64)
        found[self.changed[at]] = self.to[at]  # of several the last one stays
        return found

    def buys_on(self, day: date) -> Bools:
        """Whether anything was ordered in the 12 months that end with the day's."""
        first, last = months_of_orders(day)
        found = np.zeros(self.size, bool)
        found[self.ordered[(self.month >= first) & (self.month <= last)]] = True
        return found


def held(stretch: Stretch, tiers: Tiers, period: Period) -> Ints:
    """By tier's index: how many were KEPT, LOWER, OTHER, GONE, and how many of them all stopped ordering."""
    before, after = stretch.tier_on(period.start), stretch.tier_on(period.end)
    is_gone = (stretch.archived > 0) & (stretch.archived <= period.end.toordinal())
    is_comparable = (after > 0) & (tiers.scale[before] == tiers.scale[after])
    is_kept = tiers.rank[after] <= tiers.rank[before]
    became = np.select([is_gone, ~is_comparable, is_kept], [GONE, OTHER, KEPT], LOWER)
    stopped = stretch.buys_on(period.start) & ~stretch.buys_on(period.end)
    found = np.zeros((len(tiers.rank), 5), np.int64)
    np.add.at(found, (before, became), 1)
    np.add.at(found[:, 4], before[stopped], 1)
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """The largest `customers`, each of whom brings `least` fen or more, bring so much of the amount together."""

    customers: int
    least: int
    amount: int


@dataclass(frozen=True, slots=True)
class Concentration:
    customers: int
    amount: int
    most: Share | None
    """The fewest that bring MOST percent, and whoever brings as much as the last of them."""
    shares: list[Share]
    curve: list[list[int]]
    """[basis points of the customers, basis points of the amount], the largest customers first."""


def concentration(amounts: Ints) -> Concentration:
    """Of positive amounts in fen."""
    largest = np.sort(amounts)[::-1]
    sums = np.cumsum(largest)
    count, total = len(largest), int(sums[-1]) if len(largest) else 0

    def share(customers: int) -> Share:
        """With whoever is as large as the last one: the list cannot tell them apart."""
        least = int(largest[customers - 1])
        n = count - int(np.searchsorted(largest[::-1], least, side="left"))
        return Share(n, least, int(sums[n - 1]))

    if not count:
        return Concentration(0, 0, None, [], [[0, 0]])
    enough = np.searchsorted(sums, -(-total * MOST // 100), side="left")
    steps = sorted({-(-count * n // POINTS) for n in range(1, POINTS + 1)})
    curve = [[n * WHOLE // count, int(sums[n - 1]) * WHOLE // total] for n in steps]
    firsts = {-(-count * percent // 100): None for percent in SHARES}
    return Concentration(count, total, share(int(enough) + 1), [share(n) for n in firsts], [[0, 0], *curve])


def median(days: Sequence[tuple[int, int]]) -> int | None:
    """Of (value, how often), the lower one of the two in the middle."""
    total = sum(n for _value, n in days)
    seen = 0
    for value, n in sorted(days):
        seen += n
        if seen * 2 >= total:
            return value
    return None
