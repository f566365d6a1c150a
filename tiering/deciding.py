"""Whose tier hangs on one unknown figure, for many customers at once, in numpy. No Django.

All else stays as it was graded, what else is unknown included. A figure decides where, once known, it could give a
tier other than the present one: by other points, by a condition of a rule, or because with it enough is known for a
tier at all.
"""

from dataclasses import dataclass

import numpy as np

from tiering import book, conditions
from tiering.book import Bools, Ints
from tiering.conditions import Span, Spans
from tiering.scoring import Curve, Scheme, Shape, points_of

NONE = -1


@dataclass(frozen=True, slots=True)
class Deciding:
    """Rows are customers. `tiers` are bits: the n-th is set where the n-th floor's tier is possible."""

    indicator: Ints
    """Which in scheme order, NONE where no single one decides. Of several the one with most tiers, then weight."""
    tiers: Ints
    others: Ints
    """How many more there are that decide alone."""


def deciding(
    scheme: Scheme,
    spans: Spans,
    *,
    values: Ints,
    known: Bools,
    points: Ints,
    has_points: Bools,
    coverage: Ints,
    present: Ints,
) -> Deciding:
    """`present` is the tier of now as an index into the floors, NONE for none; raw values decide where rules do."""
    size, width = known.shape
    bits = np.zeros((size, width), np.int64)
    weights = [d.weight * i.weight for d in scheme.dimensions for i in d.indicators]
    now = np.where(present == NONE, 0, 1 << np.maximum(present, 0))
    for n, indicator in enumerate(scheme.indicators):
        rows = np.flatnonzero(~known[:, n] & (coverage + weights[n] >= scheme.coverage_floor))
        is_asked = any(condition.key == indicator.key for condition in scheme.conditions)
        if not (weights[n] or is_asked) or not len(rows):
            continue
        span = spans.get(indicator.key, conditions.ANYTHING)
        if scheme.by_rules:
            possible = _possible_by_rules(scheme, indicator.key, span, values[rows], known[rows])
        else:
            possible = _possible(
                scheme, n, points_within(span, indicator.curve), points[rows], has_points[rows]
            )
            if indicator.curve.shape is Shape.LINEAR:
                possible = _filled(possible, len(scheme.floors))
        bits[rows, n] = np.where(possible & ~now[rows], possible, 0)
    rank = _count(bits, len(scheme.floors)) * 20_000 + np.where(bits > 0, np.array(weights, np.int64), 0)
    best = rank.argmax(axis=1)
    decides = bits.any(axis=1)
    return Deciding(
        indicator=np.where(decides, best, NONE),
        tiers=bits[np.arange(size), best],
        others=np.maximum((bits > 0).sum(axis=1) - 1, 0),
    )


def points_within(span: Span, curve: Curve) -> list[int]:
    """All the points that bands give within the span; of a line the least and the most."""
    xs = [x for x, _points in curve.knots]
    ends = [
        min(xs) - 1 if span.low is None else span.low,
        max(xs) if span.high is None else span.high,
    ]
    inside = [x for x in xs if ends[0] <= x <= ends[1]]
    found = {points_of(x, curve) for x in [*ends, *inside]}
    return sorted(found) if curve.shape is Shape.BANDS else [min(found), max(found)]


def _possible(scheme: Scheme, n: int, levels: list[int], points: Ints, has_points: Bools) -> Ints:
    """The tiers, as bits, with the n-th indicator at each of these points."""
    points, has_points = points.copy(), has_points.copy()
    has_points[:, n] = True
    found = np.zeros(len(points), np.int64)
    for level in levels:
        points[:, n] = level
        total = book.scores(scheme, points, has_points)[2]
        found |= 1 << book.tiers_for(total, scheme.floors)
    return found


def _possible_by_rules(scheme: Scheme, key: str, span: Span, values: Ints, known: Bools) -> Ints:
    """The tiers, as bits, with the indicator at any value of its span."""
    left = book.left_by(scheme, book.columns_of(scheme, values, known), size=len(values), but=key)
    own = [condition for condition in scheme.conditions if condition.key == key]
    masks = {conditions.mask(own, scheme.tiers, value) for value in span.values(own)}
    found = np.zeros(len(values), np.int64)
    for mask in masks:
        found |= 1 << book.places_of(left & mask, len(scheme.floors))
    return found


def _filled(bits: Ints, floors: int) -> Ints:
    """With all tiers between the best and the last."""
    above = np.zeros_like(bits)
    below = np.zeros_like(bits)
    seen_above = np.zeros(len(bits), np.bool_)
    seen_below = np.zeros(len(bits), np.bool_)
    for n in range(floors):
        seen_above |= (bits >> n) & 1 > 0
        above |= seen_above.astype(np.int64) << n
        m = floors - 1 - n
        seen_below |= (bits >> m) & 1 > 0
        below |= seen_below.astype(np.int64) << m
    return above & below


def _count(bits: Ints, floors: int) -> Ints:
    return sum(((bits >> n) & 1 for n in range(floors)), np.zeros_like(bits))
