"""Random schemes, and raw values that lie on and around everything that matters in them."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tiering.conditions import Condition
from tiering.scoring import (
    FULL_POINTS,
    FULL_TOTAL,
    PERCENT,
    VALUE_LIMIT,
    Curve,
    Dimension,
    Floor,
    Indicator,
    Missing,
    Scheme,
    Shape,
)

Values = dict[str, int | None]
raw_values = st.integers(-VALUE_LIMIT, VALUE_LIMIT) | st.integers(-200, 200)


@st.composite
def weights(draw: DrawFn, count: int) -> list[int]:
    """So many whole percents that add up to 100; some may be zero."""
    cuts = sorted(draw(st.lists(st.integers(0, PERCENT), min_size=count - 1, max_size=count - 1)))
    return [right - left for left, right in zip([0, *cuts], [*cuts, PERCENT], strict=True)]


@st.composite
def curves(draw: DrawFn) -> Curve:
    xs = sorted(draw(st.sets(raw_values, min_size=1, max_size=5)))
    points = st.integers(0, FULL_POINTS)
    return Curve(draw(st.sampled_from(Shape)), tuple((x, draw(points)) for x in xs))


@st.composite
def schemes(draw: DrawFn, prefix: str = "") -> Scheme:
    dimensions = []
    for d, weight in enumerate(draw(st.integers(1, 4).flatmap(weights))):
        own = draw(st.integers(1, 4).flatmap(weights))
        dimensions.append(
            Dimension(
                f"{prefix}d{d}",
                weight,
                tuple(
                    Indicator(f"{prefix}d{d}i{n}", w, draw(curves()), draw(st.sampled_from(Missing)))
                    for n, w in enumerate(own)
                ),
            )
        )
    totals = sorted(draw(st.sets(st.integers(1, FULL_TOTAL), max_size=4)), reverse=True)
    floors = tuple(Floor(f"t{n}", total) for n, total in enumerate([*totals, 0]))
    key, scale = draw(st.sampled_from([("", ""), ("b2b", "b2b"), ("orders", "b2b"), ("retail", "retail")]))
    scheme = Scheme(tuple(dimensions), floors, draw(st.integers(0, 10_000)), key=key, scale=scale)
    return replace(scheme, conditions=draw(conditions(scheme))) if draw(st.booleans()) else scheme


@st.composite
def rule_schemes(draw: DrawFn, prefix: str = "") -> Scheme:
    scheme = draw(schemes(prefix).filter(lambda scheme: len(scheme.floors) > 1))
    return scheme if scheme.by_rules else replace(scheme, conditions=draw(conditions(scheme)))


@st.composite
def conditions(draw: DrawFn, scheme: Scheme) -> tuple[Condition, ...]:
    """For every tier but the last some, on different indicators."""
    found = []
    for tier in scheme.tiers[:-1]:
        asked = st.lists(
            st.sampled_from(scheme.indicators), min_size=1, max_size=4, unique_by=lambda i: i.key
        )
        found += [draw(condition(tier, indicator)) for indicator in draw(asked)]
    return tuple(found)


@st.composite
def condition(draw: DrawFn, tier: str, indicator: Indicator) -> Condition:
    """Its ends are mostly knots: values drawn for the indicator lie on them, and one beside."""
    end = st.sampled_from([x for x, _points in indicator.curve.knots]) | raw_values
    low, high = sorted((draw(end), draw(end)))
    at_least, at_most = draw(st.sampled_from([(low, None), (None, high), (low, high)]))
    return Condition(tier, indicator.key, at_least, at_most, draw(st.booleans()))


def value_of(indicator: Indicator) -> SearchStrategy[int | None]:
    """Unknown, anything, or on a knot of its curve and one beside it."""
    near = st.sampled_from([x + step for x, _points in indicator.curve.knots for step in (-1, 0, 1)])
    return st.none() | near.map(lambda x: max(-VALUE_LIMIT, min(x, VALUE_LIMIT))) | raw_values


@st.composite
def values_for(draw: DrawFn, scheme: Scheme) -> Values:
    return {i.key: draw(value_of(i)) for i in scheme.indicators}


@st.composite
def books(draw: DrawFn) -> tuple[Scheme, list[Values]]:
    """A scheme and the raw values of some customers."""
    scheme = draw(schemes())
    return scheme, draw(st.lists(values_for(scheme), min_size=0, max_size=6))


@st.composite
def cases(draw: DrawFn) -> tuple[Scheme, Values]:
    scheme = draw(schemes())
    return scheme, draw(values_for(scheme))
