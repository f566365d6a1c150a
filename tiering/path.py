"""The cheapest way to a better tier, and the nearest way down, over what can be influenced: by floors. No Django.

A lever says of an indicator in which steps it can be moved, to which end, and what a step costs in effort. What has no
lever stays as it is: what people rate or give, what time alone moves, and what is unknown (it goes on to be left out,
re-weighed or filled in as the scheme says).

The optimum is exact. What matters of an indicator is the best points that so much effort can buy; more points never
make a dimension's score smaller, nor a better score the total. So the best sum of weight x points that an effort buys
in a dimension is found indicator by indicator, then the best sum of weight x score dimension by dimension, each as
`scoring` rounds it, and the first effort whose total is enough is the least there is. Whatever shape a curve has, as
the best points of all steps up to that effort are taken. The tests compare with brute force.

Where an indicator is more than MOST_STEPS from its end, its step is made ten times as long until it is not, and costs
what it cost: where curves reach to ¥3,000,000,000 the step is a million, not a thousand.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiering import scoring
from tiering.conditions import Condition
from tiering.scoring import Curve, Scheme, points_of, tier_for
from toolbox.rounding import round_half_up

Ints = NDArray[np.int64]
MOST_STEPS: Final = 5_000
IMPOSSIBLE: Final = -(2**62)


@dataclass(frozen=True, slots=True)
class Lever:
    """`step` in the raw unit of the indicator; `effort` is what one costs, a whole number above 0.

    `best` and `worst` are the last values there are, None where there is no end but that of the curve.
    """

    step: int
    effort: int
    best: int | None = None
    worst: int | None = 0
    is_lower_better: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One indicator from its value to another."""

    key: str
    before: int
    after: int
    effort: int

    @property
    def by(self) -> int:
        return abs(self.after - self.before)


@dataclass(frozen=True, slots=True)
class Way:
    """Moves that together lead to a tier. They come in scheme order."""

    tier: str
    total: int
    moves: tuple[Move, ...]

    @property
    def effort(self) -> int:
        return sum(move.effort for move in self.moves)


@dataclass(frozen=True, slots=True)
class Unmet:
    """Where rules decide: a condition of the next tier that is not met; None where nothing that can be moved is enough."""

    condition: Condition
    value: int | None
    move: Move | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a customer could go from its total. None where there is no tier that way, or no way there."""

    tier: str
    total: int
    next_tier: str | None
    next_floor: int | None
    up: Way | None
    up_alone: tuple[Way, ...]
    """The ways up that move one indicator alone, the cheapest first; `up` itself is not told twice."""
    best_total: int
    """With every lever at its end."""
    lower_tier: str | None
    floor: int
    """Below it the tier is lost."""
    down: Way | None
    down_alone: tuple[Way, ...]
    unmet: tuple[Unmet, ...] = ()
    """Where rules decide, what keeps the customer from the next tier (`tiering.rule_path`)."""


def outlook(scheme: Scheme, values: Mapping[str, int | None], levers: Mapping[str, Lever]) -> Outlook | None:
    """By floors; None where nothing is known of the customer."""
    verdict = scoring.grade(scheme, values)
    if verdict.total is None:
        return None
    names = [floor.tier for floor in scheme.floors]
    at = names.index(tier_for(verdict.total, scheme.floors))
    higher = scheme.floors[at - 1] if at else None
    lower = names[at + 1] if at + 1 < len(names) else None
    floor = scheme.floors[at].total
    upwards, downwards = (_Search(scheme, values, levers, is_up=is_up) for is_up in (True, False))
    up, up_alone = upwards.ways(higher.total) if higher else (None, ())
    down, down_alone = downwards.ways(1 - floor) if lower else (None, ())
    return Outlook(
        tier=names[at],
        total=verdict.total,
        next_tier=higher.tier if higher else None,
        next_floor=higher.total if higher else None,
        up=up,
        up_alone=up_alone,
        best_total=upwards.sign * upwards.end,
        lower_tier=lower,
        floor=floor,
        down=down,
        down_alone=down_alone,
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    """Points that an indicator can have for so much effort: both rise, and the first is what it has for nothing.

    On the way down points are counted negatively, so that the worst of them is the largest.
    """

    key: str
    efforts: tuple[int, ...]
    points: tuple[int, ...]
    values: tuple[int, ...]


class _Search:
    """All ways from where a customer stands, upwards or downwards."""

    def __init__(
        self, scheme: Scheme, values: Mapping[str, int | None], levers: Mapping[str, Lever], *, is_up: bool
    ) -> None:
        self.scheme, self.values, self.is_up = scheme, dict(values), is_up
        self.sign = 1 if is_up else -1
        self.offers = {
            i.key: offer
            for i in scheme.indicators
            if (value := self.values.get(i.key)) is not None
            and i.key in levers
            and (offer := offered(i.key, value, i.curve, levers[i.key], is_up=is_up))
        }

    @property
    def end(self) -> int:
        """What the total is worth with every lever at its end."""
        return self.worth({key: offer.values[-1] for key, offer in self.offers.items()})

    def total(self, changes: Mapping[str, int]) -> int:
        total = scoring.grade(self.scheme, {**self.values, **changes}).total
        assert total is not None  # noqa: S101 - something is known, else nobody searches
        return total

    def worth(self, changes: Mapping[str, int]) -> int:
        return self.sign * self.total(changes)

    def ways(self, target: int) -> tuple[Way | None, tuple[Way, ...]]:
        """The one of least effort that is worth the target, and the others that move one indicator alone."""
        if self.end < target:
            return None, ()
        found = [way for offer in self.offers.values() if (way := self.alone(offer, target))]
        alone = sorted(found, key=lambda way: way.effort)
        best = self.least(target, bound=alone[0].effort if alone else None)
        return best, tuple(way for way in alone if way.moves != best.moves)

    def alone(self, offer: _Offer, target: int) -> Way | None:
        last = len(offer.values) - 1
        at = bisect_left(range(last), True, key=lambda n: self.worth({offer.key: offer.values[n]}) >= target)
        if at == last and self.worth({offer.key: offer.values[last]}) < target:
            return None
        return self.way({offer.key: at})

    def least(self, target: int, *, bound: int | None) -> Way:
        """There is one; `bound` is an effort known to be enough."""
        everything = sum(offer.efforts[-1] for offer in self.offers.values())
        most = everything if bound is None else min(bound, everything)
        merge = _Merge(most)
        tables = []
        start = 0
        points = scoring.grade(self.scheme, self.values).points
        for dimension in self.scheme.dimensions:
            own = points[start : start + len(dimension.indicators)]
            start += len(own)
            weight = sum(i.weight for i, p in zip(dimension.indicators, own, strict=True) if p is not None)
            if not weight:
                continue
            sums = merge.of(
                [
                    self._table(i.key, i.weight, p, most)
                    for i, p in zip(dimension.indicators, own, strict=True)
                    if p is not None
                ]
            )
            tables.append((dimension.weight, self._weighed(sums.best, weight), sums))
        weight = sum(weight for weight, _best, _sums in tables)
        sums = merge.of([_Table.of(best * weight, inner) for weight, best, inner in tables])
        totals = self._weighed(sums.best, weight)
        enough = np.flatnonzero(totals >= target)
        chosen: dict[str, int] = {}
        sums.choose(int(enough[0]), chosen)
        return self.way(chosen)

    def _table(self, key: str, weight: int, points: int, most: int) -> "_Table":
        offer = self.offers.get(key)
        if offer is None:
            return _Table.constant(self.sign * weight * points, most)
        return _Table.offered(offer, weight, most)

    def _weighed(self, sums: Ints, weight: int) -> Ints:
        """As `scoring` rounds; what is counted negatively is rounded as what it stands for."""
        positive = scoring.PERCENT * self.sign * sums
        return self.sign * round_half_up(positive, np.full_like(positive, weight))

    def way(self, chosen: Mapping[str, int]) -> Way:
        moves = []
        for i in self.scheme.indicators:
            if at := chosen.get(i.key):
                offer, before = self.offers[i.key], self.values[i.key]
                assert before is not None  # noqa: S101 - the unknown has no offer
                moves.append(Move(i.key, before, offer.values[at], offer.efforts[at]))
        total = self.total({move.key: move.after for move in moves})
        return Way(tier_for(total, self.scheme.floors), total, tuple(moves))


def offered(key: str, value: int, curve: Curve, lever: Lever, *, is_up: bool) -> _Offer | None:
    """The steps after which an indicator is worth more (or, on the way down, less) than after all before."""
    end = _end(curve, lever, is_up=is_up)
    rises = is_up != lever.is_lower_better
    if (end <= value) if rises else (end >= value):
        return None
    while -(-abs(end - value) // lever.step) > MOST_STEPS:
        lever = replace(lever, step=lever.step * 10)
    count = -(-abs(end - value) // lever.step)
    sign = 1 if is_up else -1
    efforts, points, values = [0], [sign * points_of(value, curve)], [value]
    for n in range(1, count + 1):
        there = min(value + n * lever.step, end) if rises else max(value - n * lever.step, end)
        worth = sign * points_of(there, curve)
        if worth > points[-1]:
            efforts.append(n * lever.effort)
            points.append(worth)
            values.append(there)
    return _Offer(key, tuple(efforts), tuple(points), tuple(values)) if len(values) > 1 else None


def _end(curve: Curve, lever: Lever, *, is_up: bool) -> int:
    """The last value that is worth a step: beyond the outermost knot a curve is flat; below its first, bands are 0."""
    rises = is_up != lever.is_lower_better
    limit = lever.best if is_up else lever.worst
    if rises:
        last = curve.knots[-1][0]
        return last if limit is None else min(limit, last)
    first = curve.knots[0][0] - (1 if curve.shape is scoring.Shape.BANDS else 0)
    return first if limit is None else max(limit, first)


@dataclass(frozen=True, slots=True)
class _Table:
    """`best[e]` is the most that effort e buys; `steps` are (effort, worth) in which it can be bought."""

    best: Ints
    steps: tuple[tuple[int, int], ...]
    offer: _Offer | None = None
    inner: "_Table | _Sum | None" = None

    @classmethod
    def constant(cls, worth: int, most: int) -> "_Table":
        return cls(np.full(most + 1, worth, np.int64), ((0, worth),))

    @classmethod
    def offered(cls, offer: _Offer, weight: int, most: int) -> "_Table":
        steps = tuple(
            (effort, weight * points)
            for effort, points in zip(offer.efforts, offer.points, strict=True)
            if effort <= most
        )
        best = np.full(most + 1, IMPOSSIBLE, np.int64)
        for effort, worth in steps:
            best[effort] = worth
        return cls(np.maximum.accumulate(best), steps, offer=offer)

    @classmethod
    def of(cls, best: Ints, inner: "_Sum") -> "_Table":
        rises = np.flatnonzero(np.diff(best, prepend=best[0] - 1))
        return cls(best, tuple((int(e), int(best[e])) for e in rises), inner=inner)

    def choose(self, effort: int, chosen: dict[str, int]) -> None:
        """Which step of each offer makes up the best of an effort."""
        if self.offer:
            at = sum(1 for e in self.offer.efforts if e <= effort) - 1
            if at:
                chosen[self.offer.key] = at
        elif isinstance(self.inner, _Sum):
            self.inner.choose(effort, chosen)


@dataclass(frozen=True, slots=True)
class _Sum:
    """The best sum of several tables for each effort, and how much of it went into the last one at each merge."""

    best: Ints
    tables: tuple[_Table, ...]
    spent: tuple[Ints, ...]

    def choose(self, effort: int, chosen: dict[str, int]) -> None:
        for table, spent in zip(reversed(self.tables[1:]), reversed(self.spent), strict=True):
            part = int(spent[effort])
            table.choose(part, chosen)
            effort -= part
        self.tables[0].choose(effort, chosen)


@dataclass(frozen=True, slots=True)
class _Merge:
    """Adds tables up: for each effort the best that it buys, however it is divided."""

    most: int

    def of(self, tables: Sequence[_Table]) -> _Sum:
        ranked = sorted(tables, key=lambda table: -len(table.steps))  # the longest is taken as a whole
        sums = list(accumulate(ranked[1:], self._add, initial=(ranked[0].best, np.empty(0, np.int64))))
        return _Sum(sums[-1][0], tuple(ranked), tuple(spent for _best, spent in sums[1:]))

    def _add(self, so_far: tuple[Ints, Ints], table: _Table) -> tuple[Ints, Ints]:
        base = so_far[0]
        best, spent = base + table.steps[0][1], np.zeros(self.most + 1, np.int64)
        for effort, worth in table.steps[1:]:
            other = base[: self.most + 1 - effort] + worth
            better = other > best[effort:]
            best[effort:][better] = other[better]
            spent[effort:][better] = effort
        return best, spent
