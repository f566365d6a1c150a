"""The arithmetic of a grading, in plain integers. No Django, no clock, no database.

Units, and the one place where each is rounded (half up, `toolbox.rounding`):

* raw values are integers of their unit (fen, basis points, days, counts, ratings);
* points of an indicator are hundredths, 0..10_000, rounded once, at the curve;
* a dimension's score is ten-thousandths, 0..1_000_000: whole percents x hundredths, exact; when an indicator
  is left out, the others are re-weighed and the score is rounded here;
* the total is millionths, 0..100_000_000: whole percents x ten-thousandths, exact; when a whole dimension is
  unknown, the others are re-weighed and the total is rounded here.

The tier is decided on the total as it stands, by floors; or, where a scheme has conditions, on the raw values by
them alone (`tiering.conditions`). Display truncates to two decimals, so that a shown total never contradicts its tier.
`tiering.book` does the same for many customers at once and agrees on every input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from tiering import conditions
from tiering.conditions import Condition, Spans
from toolbox.rounding import round_half_up

PERCENT = 100
FULL_POINTS = 10_000
NEUTRAL_POINTS = 5_000
FULL_TOTAL = 100_000_000
VALUE_LIMIT = conditions.VALUE_LIMIT


class Missing(StrEnum):
    """What an unknown value does. It is never simply zero unless the scheme says so."""

    LEAVE_OUT = "leave_out"
    NEUTRAL = "neutral"
    ZERO = "zero"


class Shape(StrEnum):
    BANDS = "bands"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Curve:
    """Raw value to points. Knots are (raw value, points) with rising raw values.

    Bands: the points of the last knot at or below the value; below the first knot, 0 points.
    Linear: straight lines between knots, flat outside. "Lower is better" is a curve that falls.
    """

    shape: Shape
    knots: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not self.knots:
            raise ValueError("A curve needs at least one knot.")
        if any(left[0] >= right[0] for left, right in pairwise(self.knots)):
            raise ValueError("A curve's knots must rise.")
        if any(not 0 <= points <= FULL_POINTS for _, points in self.knots):
            raise ValueError("A knot's points must be between 0 and 100.")
        if any(abs(at) > VALUE_LIMIT for at, _ in self.knots):
            raise ValueError("A knot's value is too large.")


@dataclass(frozen=True, slots=True)
class Indicator:
    key: str
    weight: int
    curve: Curve
    missing: Missing = Missing.LEAVE_OUT


@dataclass(frozen=True, slots=True)
class Dimension:
    key: str
    weight: int
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    tier: str
    total: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """Dimensions in order, floors from the best tier to the last, whose floor is 0.

    Where there are conditions they alone decide the tier: floors are then only the list of the tiers.
    """

    dimensions: tuple[Dimension, ...]
    floors: tuple[Floor, ...]
    coverage_floor: int = 5_000
    conditions: tuple[Condition, ...] = ()
    key: str = field(default="", compare=False)
    """Which scheme this is a version of."""
    scale: str = field(default="", compare=False)
    """On which its tiers stand: tiers of one key on two scales are two tiers."""

    def __post_init__(self) -> None:
        if sum(d.weight for d in self.dimensions) != PERCENT:
            raise ValueError("The weights of the dimensions must add up to 100.")
        if any(sum(i.weight for i in d.indicators) != PERCENT for d in self.dimensions):
            raise ValueError("The weights of a dimension's indicators must add up to 100.")
        if len({i.key for i in self.indicators}) != len(self.indicators):
            raise ValueError("An indicator stands twice in the scheme.")
        if self.conditions:
            conditions.check(self.conditions, self.tiers, {i.key for i in self.indicators})
            return
        totals = [floor.total for floor in self.floors]
        if not totals or totals != sorted(set(totals), reverse=True) or totals[-1] != 0:
            raise ValueError("Floors must fall from the best tier to the last, and the last one is 0.")

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators in scheme order, the order of every list of values, points and contributions."""
        return tuple(i for d in self.dimensions for i in d.indicators)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The best first."""
        return tuple(floor.tier for floor in self.floors)

    @property
    def by_rules(self) -> bool:
        return bool(self.conditions)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One customer's grading. Lists are in scheme order; None means unknown."""

    values: tuple[int | None, ...]
    points: tuple[int | None, ...]
    dimensions: tuple[int | None, ...]
    total: int | None
    low: int
    high: int
    coverage: int

    def tier(self, scheme: Scheme) -> str | None:
        """The tier by the numbers alone; None where nothing at all is known."""
        return tier_of(scheme, self.total, self.values)


def points_of(value: int, curve: Curve) -> int:
    knots = curve.knots
    if curve.shape is Shape.BANDS:
        return next((points for at, points in reversed(knots) if value >= at), 0)
    if value <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if value < x1:
            return round_half_up(y0 * (x1 - x0) + (y1 - y0) * (value - x0), x1 - x0)
    return knots[-1][1]


def tier_for(total: int, floors: Sequence[Floor]) -> str:
    """The best tier whose floor the total reaches; a total on the floor is in."""
    return next(floor.tier for floor in floors if total >= floor.total)


def tier_of(scheme: Scheme, total: int | None, values: Sequence[int | None]) -> str | None:
    """The tier of a grading by this scheme, by floors or by rules; None where nothing at all is known.

    Values are in scheme order.
    """
    if total is None:
        return None
    if scheme.by_rules:
        return scheme.tiers[conditions.place(scheme.conditions, scheme.tiers, by_key(scheme, values))]
    return tier_for(total, scheme.floors)


def by_key(scheme: Scheme, values: Sequence[int | None]) -> dict[str, int | None]:
    """What stands in scheme order, by the keys of the indicators."""
    return dict(zip((i.key for i in scheme.indicators), values, strict=True))


def grade(scheme: Scheme, values: Mapping[str, int | None]) -> Verdict:
    """One customer's verdict from raw values by indicator key."""
    known = tuple(values.get(i.key) for i in scheme.indicators)
    points = tuple(points_or_policy(i, value) for i, value in zip(scheme.indicators, known, strict=True))
    dimensions, total = _scores(scheme, points)
    return Verdict(
        values=known,
        points=points,
        dimensions=dimensions,
        total=total,
        low=_bound(scheme, known, points, unknown=0),
        high=_bound(scheme, known, points, unknown=FULL_POINTS),
        coverage=_coverage(scheme, known),
    )


def possible_tiers(
    scheme: Scheme, low: int, high: int, values: Sequence[int | None] | None = None, *, spans: Spans
) -> list[str]:
    """Every tier that what is unknown could still give, best first: of the totals from the one to the other, or, where
    rules decide, of all that the unknown values could be within their spans. `values` are in scheme order; rules need
    them.
    """
    names = list(scheme.tiers)
    if scheme.by_rules:
        places = conditions.possible(scheme.conditions, scheme.tiers, by_key(scheme, values or ()), spans)
        return [names[n] for n in places]
    best, worst = names.index(tier_for(high, scheme.floors)), names.index(tier_for(low, scheme.floors))
    return names[best : worst + 1]


def contributions(scheme: Scheme, points: Sequence[int | None]) -> tuple[int, ...]:
    """Millionths of the total that each indicator brought; they add up to the total exactly.

    With everything known they are dimension weight x indicator weight x points. Where something is left out,
    the total is shared among dimensions, then among indicators, by largest remainder.
    """
    dimensions, total = _scores(scheme, points)
    if total is None:
        return (0,) * len(scheme.indicators)
    per_dimension = apportion(
        total, [d.weight * (score or 0) for d, score in zip(scheme.dimensions, dimensions, strict=True)]
    )
    shares: list[int] = []
    for dimension, part in zip(scheme.dimensions, per_dimension, strict=True):
        own = points[len(shares) : len(shares) + len(dimension.indicators)]
        shares += apportion(
            part, [i.weight * (p or 0) for i, p in zip(dimension.indicators, own, strict=True)]
        )
    return tuple(shares)


def apportion(whole: int, shares: Sequence[int]) -> list[int]:
    """Split a whole in proportion to shares into integers that add up to it (largest remainder, first wins)."""
    everything = sum(shares)
    if not everything:
        return [0] * len(shares)
    parts = [whole * share // everything for share in shares]
    remainders = sorted(range(len(shares)), key=lambda n: (-(whole * shares[n] % everything), n))
    for n in remainders[: whole - sum(parts)]:
        parts[n] += 1
    return parts


def points_or_policy(indicator: Indicator, value: int | None) -> int | None:
    if value is not None:
        return points_of(value, indicator.curve)
    return {Missing.LEAVE_OUT: None, Missing.NEUTRAL: NEUTRAL_POINTS, Missing.ZERO: 0}[indicator.missing]


def _scores(scheme: Scheme, points: Sequence[int | None]) -> tuple[tuple[int | None, ...], int | None]:
    dimensions: list[int | None] = []
    start = 0
    for dimension in scheme.dimensions:
        own = points[start : start + len(dimension.indicators)]
        start += len(own)
        dimensions.append(_weighed([i.weight for i in dimension.indicators], own))
    return tuple(dimensions), _weighed([d.weight for d in scheme.dimensions], dimensions)


def _weighed(weights: Sequence[int], scores: Sequence[int | None]) -> int | None:
    """Sum of weight x score over what is there, as if the weights there made up 100."""
    there = [(w, s) for w, s in zip(weights, scores, strict=True) if s is not None]
    weight = sum(w for w, _ in there)
    return round_half_up(PERCENT * sum(w * s for w, s in there), weight) if weight else None


def _bound(
    scheme: Scheme, values: Sequence[int | None], points: Sequence[int | None], *, unknown: int
) -> int:
    """The total if every unknown value turned out to be worth `unknown` points."""
    filled = [p if v is not None else unknown for v, p in zip(values, points, strict=True)]
    total = _scores(scheme, filled)[1]
    assert total is not None  # noqa: S101 - nothing is missing any more
    return total


def _coverage(scheme: Scheme, values: Sequence[int | None]) -> int:
    """Share of the weight that is known, in basis points."""
    weights = [d.weight * i.weight for d in scheme.dimensions for i in d.indicators]
    return sum(w for w, v in zip(weights, values, strict=True) if v is not None)
