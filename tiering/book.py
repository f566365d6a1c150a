"""The arithmetic of `tiering.scoring` for many customers at once, in numpy int64.

A column is a pair of arrays: values, and a mask of which are known. What stands under a False in the mask is
never looked at. Agrees with `tiering.scoring.grade` on every input (tested with hypothesis).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiering.conditions import Condition
from tiering.scoring import (
    FULL_POINTS,
    NEUTRAL_POINTS,
    PERCENT,
    VALUE_LIMIT,
    Curve,
    Floor,
    Missing,
    Scheme,
    Shape,
)
from toolbox.rounding import round_half_up

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Column(NamedTuple):
    values: Ints
    known: Bools

    @classmethod
    def unknown(cls, size: int) -> "Column":
        return cls(np.zeros(size, np.int64), np.zeros(size, np.bool_))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Rows are customers, columns are in scheme order. Where `scored` is False nothing is known."""

    values: Ints
    known: Bools
    points: Ints
    has_points: Bools
    dimensions: Ints
    has_dimension: Bools
    total: Ints
    scored: Bools
    low: Ints
    high: Ints
    coverage: Ints
    tier: Ints
    """Index into the scheme's floors, best first; meaningless where not scored."""


class Totals(NamedTuple):
    """What decides on a tier: the same as in `Verdicts`, without what only explains it."""

    known: Bools
    points: Ints
    has_points: Bools
    dimensions: Ints
    has_dimension: Bools
    total: Ints
    scored: Bools
    coverage: Ints
    tier: Ints


def totals(scheme: Scheme, columns: Mapping[str, Column], *, size: int) -> Totals:
    indicators = scheme.indicators
    taken = [columns.get(i.key) or Column.unknown(size) for i in indicators]
    known = np.stack([c.known for c in taken], axis=1)
    points = np.stack([points_of(c.values, i.curve) for i, c in zip(indicators, taken, strict=True)], axis=1)
    policy = np.array([NEUTRAL_POINTS if i.missing is Missing.NEUTRAL else 0 for i in indicators], np.int64)
    filled = np.array([i.missing is not Missing.LEAVE_OUT for i in indicators], np.bool_)
    points = np.where(known, points, policy)
    has_points = known | filled
    dimensions, has_dimension, total, scored = scores(scheme, points, has_points)
    weights = np.array([d.weight * i.weight for d in scheme.dimensions for i in d.indicators], np.int64)
    return Totals(
        known=known,
        points=points,
        has_points=has_points,
        dimensions=dimensions,
        has_dimension=has_dimension,
        total=total,
        scored=scored,
        coverage=known.astype(np.int64) @ weights,
        tier=tiers_of(scheme, total, columns),
    )


def grade(scheme: Scheme, columns: Mapping[str, Column], *, size: int) -> Verdicts:
    found = totals(scheme, columns, size=size)
    taken = [columns.get(i.key) or Column.unknown(size) for i in scheme.indicators]
    everything = np.ones_like(found.known)
    return Verdicts(
        values=np.stack([c.values for c in taken], axis=1),
        **found._asdict(),
        low=scores(scheme, np.where(found.known, found.points, 0), everything)[2],
        high=scores(scheme, np.where(found.known, found.points, FULL_POINTS), everything)[2],
    )


def points_of(values: Ints, curve: Curve) -> Ints:
    xs = np.array([x for x, _ in curve.knots], np.int64)
    ys = np.array([y for _, y in curve.knots], np.int64)
    if curve.shape is Shape.BANDS:
        return np.concatenate(([0], ys))[np.searchsorted(xs, values, side="right")]
    inside = np.clip(values, xs[0], xs[-1])
    if len(xs) == 1:
        return np.broadcast_to(ys, values.shape).copy()
    at = np.clip(np.searchsorted(xs, inside, side="right") - 1, 0, len(xs) - 2)
    x0, y0, run, rise = xs[at], ys[at], np.diff(xs)[at], np.diff(ys)[at]
    return round_half_up(y0 * run + rise * (inside - x0), run)


def tiers_for(total: Ints, floors: Sequence[Floor]) -> Ints:
    rising = np.array([floor.total for floor in reversed(floors)], np.int64)
    return len(floors) - np.searchsorted(rising, total, side="right")


def tiers_of(scheme: Scheme, total: Ints, columns: Mapping[str, Column]) -> Ints:
    """By floors on the totals, or by rules on the raw values."""
    if not scheme.by_rules:
        return tiers_for(total, scheme.floors)
    return places_of(left_by(scheme, columns, size=len(total)), len(scheme.floors))


def left_by(scheme: Scheme, columns: Mapping[str, Column], *, size: int, but: str | None = None) -> Ints:
    """The tiers that the conditions leave each customer, as bits, the best the lowest; those on `but` not asked."""
    left = np.full(size, (1 << len(scheme.floors)) - 1, np.int64)
    for condition in scheme.conditions:
        if condition.key != but:
            bit = 1 << scheme.tiers.index(condition.tier)
            column = columns.get(condition.key) or Column.unknown(size)
            left &= ~(against(condition, column).astype(np.int64) * bit)
    return left


def against(condition: Condition, column: Column) -> Bools:
    """Whose value stands against it."""
    outside = np.zeros(len(column.values), np.bool_)
    if condition.at_least is not None:
        outside |= column.values < condition.at_least
    if condition.at_most is not None:
        outside |= column.values > condition.at_most
    return outside & column.known if condition.is_supporting else outside | ~column.known


def places_of(left: Ints, tiers: int) -> Ints:
    """Of the best tier that is left."""
    place = np.full(len(left), tiers - 1, np.int64)
    for n in reversed(range(tiers - 1)):
        place[(left >> n) & 1 > 0] = n
    return place


def columns_of(scheme: Scheme, values: Ints, known: Bools) -> dict[str, Column]:
    """A matrix of raw values in scheme order, by the keys of the indicators."""
    return {i.key: Column(values[:, n], known[:, n]) for n, i in enumerate(scheme.indicators)}


def contributions(scheme: Scheme, points: Ints, has_points: Bools) -> Ints:
    """Millionths of the total that each indicator brought, in columns; rows add up to the total exactly."""
    dimensions, has_dimension, total, scored = scores(scheme, points, has_points)
    there = np.where(has_points, points, 0)
    weights = np.array([d.weight for d in scheme.dimensions], np.int64)
    per_dimension = _apportion(np.where(scored, total, 0), np.where(has_dimension, dimensions, 0) * weights)
    shares = []
    start = 0
    for n, dimension in enumerate(scheme.dimensions):
        own = slice(start, start + len(dimension.indicators))
        start = own.stop
        inner = np.array([i.weight for i in dimension.indicators], np.int64)
        shares.append(_apportion(per_dimension[:, n], there[:, own] * inner))
    return np.concatenate(shares, axis=1)


def _apportion(whole: Ints, shares: Ints) -> Ints:
    """Each row's whole split in proportion to its shares, by largest remainder; the first of equals wins."""
    everything = np.maximum(shares.sum(axis=1), 1)[:, None]
    products = whole[:, None] * shares
    parts: Ints = products // everything
    remainders = products % everything
    lacking = np.where(shares.any(axis=1), whole - parts.sum(axis=1), 0)[:, None]
    rank = np.argsort(np.argsort(-remainders, axis=1, kind="stable"), axis=1, kind="stable")
    one_more: Ints = (rank < lacking).astype(np.int64)
    parts += one_more
    return parts


def clip(values: Ints) -> Ints:
    """Raw values within the limit that keeps every product inside 64 bits."""
    return np.clip(values, -VALUE_LIMIT, VALUE_LIMIT)


def scores(scheme: Scheme, points: Ints, has_points: Bools) -> tuple[Ints, Bools, Ints, Bools]:
    scores, there = [], []
    start = 0
    for dimension in scheme.dimensions:
        own = slice(start, start + len(dimension.indicators))
        start = own.stop
        score, has = _weighed([i.weight for i in dimension.indicators], points[:, own], has_points[:, own])
        scores.append(score)
        there.append(has)
    dimensions, has_dimension = np.stack(scores, axis=1), np.stack(there, axis=1)
    total, scored = _weighed([d.weight for d in scheme.dimensions], dimensions, has_dimension)
    return dimensions, has_dimension, total, scored


def _weighed(weights: Sequence[int], scores: Ints, there: Bools) -> tuple[Ints, Bools]:
    column = np.array(weights, np.int64)
    weight = there @ column
    top = PERCENT * (np.where(there, scores, 0) @ column)
    return round_half_up(top, np.maximum(weight, 1)), weight > 0
