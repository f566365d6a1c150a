from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, strategies as st

from tiering.reasons import shown_total
from tiering.scoring import (
    FULL_TOTAL,
    VALUE_LIMIT,
    Curve,
    Dimension,
    Floor,
    Indicator,
    Missing,
    Scheme,
    Shape,
    Verdict,
    apportion,
    contributions,
    grade,
    points_of,
    possible_tiers,
    tier_for,
)
from tiering.tests.strategies import Values, cases, raw_values
from toolbox.hundredths import hundredths
from toolbox.rounding import round_half_up

Case = tuple[Scheme, Values]
FLOORS = (
    Floor("core", 80_000_000),
    Floor("important", 60_000_000),
    Floor("regular", 40_000_000),
    Floor("potential", 0),
)
STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (10_000, 10_000)))
"""The raw value is the points, in hundredths."""


def scheme(*weights: tuple[int, tuple[int, ...]], missing: Missing = Missing.LEAVE_OUT) -> Scheme:
    """Dimensions a, b, …, each with indicators a1, a2, … on the straight curve."""
    return Scheme(
        tuple(
            Dimension(
                key, weight, tuple(Indicator(f"{key}{n}", w, STRAIGHT, missing) for n, w in enumerate(own, 1))
            )
            for key, (weight, own) in zip("abcdef", weights, strict=False)
        ),
        FLOORS,
    )


SOURCE = scheme((30, (40, 30, 30)), (30, (40, 30, 30)), (20, (40, 30, 30)), (20, (40, 30, 30)))
"""The weights of the default scheme."""


# The slow reference: fractions, rounded in the three places that the module names.


def half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def reference_points(value: int, curve: Curve) -> int:
    below = [knot for knot in curve.knots if knot[0] <= value]
    above = [knot for knot in curve.knots if knot[0] > value]
    if curve.shape is Shape.BANDS:
        return below[-1][1] if below else 0
    if not below or not above:
        return (below[-1] if below else above[0])[1]
    (x0, y0), (x1, y1) = below[-1], above[0]
    return half_up(y0 + Fraction(y1 - y0, x1 - x0) * (value - x0))


def reference_mean(weighed: list[tuple[int, int | None]]) -> int | None:
    """A weighted mean times 100, of what is there."""
    there = [(weight, number) for weight, number in weighed if number is not None]
    whole = sum(weight for weight, _number in there)
    return half_up(Fraction(100 * sum(w * n for w, n in there), whole)) if whole else None


def reference(
    rules: Scheme, values: Values, *, unknown: int | None = None
) -> tuple[list[int | None], int | None]:
    """Dimension scores and total; `unknown` points for what is missing, else the indicator's policy."""
    policy = {Missing.LEAVE_OUT: None, Missing.NEUTRAL: 5_000, Missing.ZERO: 0}
    scores = []
    for dimension in rules.dimensions:
        points: list[tuple[int, int | None]] = []
        for i in dimension.indicators:
            value = values[i.key]
            if value is not None:
                points.append((i.weight, reference_points(value, i.curve)))
            else:
                points.append((i.weight, policy[i.missing] if unknown is None else unknown))
        scores.append(reference_mean(points))
    return scores, reference_mean(
        [(d.weight, score) for d, score in zip(rules.dimensions, scores, strict=True)]
    )


@given(cases())
def test_a_grading_is_what_slow_fractions_say(case: Case) -> None:
    rules, values = case
    verdict = grade(rules, values)

    assert (list(verdict.dimensions), verdict.total) == reference(rules, values)
    assert (verdict.low, verdict.high) == (
        reference(rules, values, unknown=0)[1],
        reference(rules, values, unknown=10_000)[1],
    )
    assert verdict.values == tuple(values.values())


@given(cases())
def test_the_total_lies_in_the_interval_that_the_unknown_leaves_open(case: Case) -> None:
    verdict = grade(*case)

    assert 0 <= verdict.low <= verdict.high <= FULL_TOTAL
    if verdict.total is not None:
        assert verdict.low <= verdict.total <= verdict.high


@given(cases())
def test_with_all_that_weighs_known_the_interval_is_the_total(case: Case) -> None:
    rules, values = case
    known: Values = {key: 0 if value is None else value for key, value in values.items()}
    verdict = grade(rules, known)

    assert verdict.low == verdict.total == verdict.high
    assert verdict.coverage == 10_000


@given(cases())
def test_contributions_add_up_to_the_total_exactly(case: Case) -> None:
    rules, values = case
    verdict = grade(rules, values)

    parts = contributions(rules, verdict.points)

    assert sum(parts) == (verdict.total or 0)
    assert all(part >= 0 for part in parts)


@given(cases())
def test_with_everything_known_a_contribution_is_weight_times_weight_times_points(case: Case) -> None:
    rules, values = case
    known: Values = {key: 0 if value is None else value for key, value in values.items()}
    points = grade(rules, known).points
    weights = [d.weight * i.weight for d in rules.dimensions for i in d.indicators]

    assert list(contributions(rules, points)) == [w * (p or 0) for w, p in zip(weights, points, strict=True)]


@given(cases())
def test_coverage_is_the_share_of_the_weight_that_is_known(case: Case) -> None:
    rules, values = case
    known = sum(
        Fraction(d.weight * i.weight, 10_000)
        for d in rules.dimensions
        for i in d.indicators
        if values[i.key] is not None
    )

    verdict = grade(rules, values)

    assert Fraction(verdict.coverage, 10_000) == known
    assert verdict.total is not None or verdict.coverage == 0


@given(cases())
def test_the_tier_is_one_of_the_possible_ones(case: Case) -> None:
    rules, values = case
    verdict = grade(rules, values)
    possible = possible_tiers(rules, verdict.low, verdict.high, verdict.values, spans={})

    assert possible == [f.tier for f in rules.floors if f.tier in possible]
    if not rules.by_rules:
        assert {tier_for(t, rules.floors) for t in (verdict.low, verdict.high)} <= set(possible)
    assert verdict.tier(rules) in {None, *possible}


@given(cases(), raw_values, st.data())
def test_more_points_never_lower_the_total(case: Case, value: int, data: st.DataObject) -> None:
    rules, values = case
    indicator = data.draw(st.sampled_from(rules.indicators))
    old = values[indicator.key]
    if old is None:
        return
    worse, better = sorted([old, value], key=lambda v: points_of(v, indicator.curve))

    low, high = (grade(rules, values | {indicator.key: v}).total for v in (worse, better))

    assert (low is None) is (high is None)
    assert (low or 0) <= (high or 0)


# Curves


@pytest.mark.parametrize(
    "value, points",
    [(-1, 0), (0, 0), (49, 49), (50, 50), (51, 51), (100, 100), (10_001, 10_000), (VALUE_LIMIT, 10_000)],
)
def test_a_line_rises_between_its_knots_and_is_flat_outside(value: int, points: int) -> None:
    assert points_of(value, STRAIGHT) == points


@pytest.mark.parametrize("value, points", [(0, 0), (1, 3_333), (2, 6_667), (3, 10_000)])
def test_points_are_rounded_once_half_up(value: int, points: int) -> None:
    assert points_of(value, Curve(Shape.LINEAR, ((0, 0), (3, 10_000)))) == points


@pytest.mark.parametrize("value, points", [(0, 10_000), (1, 7_500), (2, 5_001), (3, 2_501), (4, 1), (5, 1)])
def test_lower_is_better_on_a_curve_that_falls(value: int, points: int) -> None:
    """2499.75 points a step: 10000, 7500.25, 5000.5 (goes up), 2500.75, 1."""
    assert points_of(value, Curve(Shape.LINEAR, ((0, 10_000), (4, 1)))) == points


@pytest.mark.parametrize(
    "value, points",
    [(-VALUE_LIMIT, 0), (999, 0), (1_000, 2_000), (1_999, 2_000), (2_000, 500), (VALUE_LIMIT, 500)],
)
def test_a_band_holds_from_its_knot_to_the_next(value: int, points: int) -> None:
    assert points_of(value, Curve(Shape.BANDS, ((1_000, 2_000), (2_000, 500)))) == points


@pytest.mark.parametrize("numerator, rounded", [(-6, -1), (-5, -1), (-2, 0), (2, 1), (1, 0), (5, 1), (6, 2)])
def test_halves_go_up(numerator: int, rounded: int) -> None:
    assert round_half_up(numerator, 4) == rounded


@pytest.mark.parametrize(
    "knots",
    [
        (),
        ((0, 0), (0, 1)),
        ((1, 0), (0, 1)),
        ((0, -1),),
        ((0, 10_001),),
        ((VALUE_LIMIT + 1, 0),),
    ],
)
def test_a_curve_that_cannot_be_is_refused(knots: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="knot"):
        Curve(Shape.LINEAR, knots)


# Schemes


def test_weights_that_do_not_add_up_are_refused_on_both_levels() -> None:
    with pytest.raises(ValueError, match="dimensions must add up to 100"):
        scheme((50, (100,)), (49, (100,)))
    with pytest.raises(ValueError, match="indicators must add up to 100"):
        scheme((100, (50, 51)))


@pytest.mark.parametrize("totals", [(), (80, 60), (60, 80, 0), (80, 80, 0)])
def test_floors_fall_to_zero_or_are_refused(totals: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Floors must fall"):
        Scheme(SOURCE.dimensions, tuple(Floor(f"t{total}{n}", total) for n, total in enumerate(totals)))


def test_an_indicator_stands_in_one_dimension_only() -> None:
    a, b = scheme((60, (100,)), (40, (100,))).dimensions
    with pytest.raises(ValueError, match="twice"):
        Scheme((a, Dimension("b", b.weight, a.indicators)), FLOORS)


# Tiers and totals


@pytest.mark.parametrize(
    "total, tier",
    [
        (100_000_000, "core"),
        (80_000_000, "core"),
        (79_999_999, "important"),
        (79_500_000, "important"),
        (60_000_000, "important"),
        (59_999_999, "regular"),
        (40_000_000, "regular"),
        (39_999_999, "potential"),
        (0, "potential"),
    ],
)
def test_a_total_on_the_floor_is_in_and_just_under_is_not(total: int, tier: str) -> None:
    assert tier_for(total, FLOORS) == tier


@pytest.mark.parametrize(
    "total, shown", [(79_996_000, "79.99"), (79_999_999, "79.99"), (80_000_000, "80.00"), (9_999, "0.00")]
)
def test_a_shown_total_never_contradicts_its_tier(total: int, shown: str) -> None:
    assert hundredths(shown_total(total)) == shown


def test_the_weights_of_the_source_make_the_total_of_the_source() -> None:
    """Dimension scores of 80, 70, 60 and 50 at 30/30/20/20 are 24 + 21 + 12 + 10 = 67."""
    points = dict(zip("abcd", (8_000, 7_000, 6_000, 5_000), strict=True))

    verdict = grade(SOURCE, {f"{key}{n}": value for key, value in points.items() for n in (1, 2, 3)})

    assert verdict == Verdict(
        values=(8_000,) * 3 + (7_000,) * 3 + (6_000,) * 3 + (5_000,) * 3,
        points=(8_000,) * 3 + (7_000,) * 3 + (6_000,) * 3 + (5_000,) * 3,
        dimensions=(800_000, 700_000, 600_000, 500_000),
        total=67_000_000,
        low=67_000_000,
        high=67_000_000,
        coverage=10_000,
    )
    assert verdict.tier(SOURCE) == "important"


def test_what_is_unknown_is_left_out_and_the_rest_weighs_more() -> None:
    """40 and 30 percent known at 100 and 50 points: (4000 + 1500) / 70."""
    verdict = grade(scheme((100, (40, 30, 30))), {"a1": 10_000, "a2": 5_000})

    assert verdict.dimensions == (round_half_up(55_000_000, 70),)
    assert verdict.total == 785_714 * 100
    assert (verdict.low, verdict.high) == (55_000_000, 85_000_000)
    assert verdict.coverage == 7_000


def test_a_wholly_unknown_dimension_hands_its_weight_to_the_others_in_proportion() -> None:
    rules = scheme((30, (100,)), (30, (100,)), (40, (100,)))

    verdict = grade(rules, {"a1": 10_000, "b1": 5_000})

    assert verdict.dimensions == (1_000_000, 500_000, None)
    assert verdict.total == 75_000_000
    assert contributions(rules, verdict.points) == (50_000_000, 25_000_000, 0)
    assert possible_tiers(rules, verdict.low, verdict.high, spans={}) == ["core", "important", "regular"]


@pytest.mark.parametrize(
    "missing, total",
    [(Missing.LEAVE_OUT, 100_000_000), (Missing.NEUTRAL, 75_000_000), (Missing.ZERO, 50_000_000)],
)
def test_missing_is_what_the_policy_says(missing: Missing, total: int) -> None:
    assert grade(scheme((100, (50, 50)), missing=missing), {"a1": 10_000}).total == total


def test_nothing_known_is_no_verdict_and_not_the_last_tier() -> None:
    verdict = grade(SOURCE, {})

    assert (verdict.total, verdict.tier(SOURCE), verdict.coverage) == (None, None, 0)
    assert (verdict.low, verdict.high) == (0, FULL_TOTAL)


@given(st.lists(st.integers(0, 10**9), max_size=8), st.integers(0, 10**8))
def test_a_whole_is_shared_out_without_remainder(shares: list[int], whole: int) -> None:
    parts = apportion(whole, shares)
    everything = sum(shares)

    assert sum(parts) == (whole if everything else 0)
    assert all(
        abs(part - Fraction(whole * share, everything or 1)) < 1
        for part, share in zip(parts, shares, strict=True)
    )
