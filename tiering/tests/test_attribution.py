"""A change of the total in parts: they add up exactly, and each says what it says."""

import pytest
from hypothesis import given, strategies as st
from hypothesis.strategies import DrawFn

from tiering import scoring
from tiering.attribution import EFFECTS, Part, split
from tiering.explanation import Graded, explain
from tiering.scoring import Curve, Dimension, Floor, Indicator, Missing, Scheme, Shape
from tiering.tests.strategies import Values, schemes, values_for
from tiering.tests.test_explanation import graded, pairs

STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (100, 10_000)))
STEEP = Curve(Shape.LINEAR, ((0, 0), (50, 10_000)))
FLOORS = (Floor("core", 80_000_000), Floor("important", 60_000_000), Floor("potential", 0))
POINT = 1_000_000


def scheme(
    weights: dict[str, int],
    *,
    curve: Curve = STRAIGHT,
    missing: Missing = Missing.LEAVE_OUT,
    floors: tuple[Floor, ...] = FLOORS,
) -> Scheme:
    """One dimension."""
    indicators = tuple(Indicator(key, weight, curve, missing) for key, weight in weights.items())
    return Scheme((Dimension("all", 100, indicators),), floors)


def parts(before: tuple[Scheme, Values], after: tuple[Scheme, Values]) -> dict[str, dict[str, int]]:
    """By indicator and effect, in whole points where they are whole."""
    found = split(graded(*before), graded(*after))
    return {
        part.key: {effect: value for effect in EFFECTS if (value := getattr(part, effect))}
        for part in found.parts
    }


@given(pairs())
def test_the_parts_add_up_to_the_change_exactly(pair: tuple[Graded | None, Graded]) -> None:
    before, after = pair
    found = split(*pair)

    assert sum(part.delta for part in found.parts) == found.delta
    assert found.delta == (after.total or 0) - ((before.total if before else None) or 0)
    assert sum(found.of(effect) for effect in ("data", "missing", "reweighing", "scheme")) == found.delta


@given(pairs())
def test_the_parts_of_an_indicator_add_up_to_the_line_of_the_stored_reason(
    pair: tuple[Graded | None, Graded],
) -> None:
    lines = {line.key: line.delta for line in explain(*pair).lines if line.delta}
    found = {part.key: part.delta for part in split(*pair).parts}

    assert {key: delta for key, delta in found.items() if delta} == lines


@st.composite
def two_by_one_scheme(draw: DrawFn) -> tuple[Scheme, Values, Values]:
    found = draw(schemes())
    return found, draw(values_for(found)), draw(values_for(found))


@given(two_by_one_scheme())
def test_by_one_scheme_nothing_is_put_down_to_the_scheme(case: tuple[Scheme, Values, Values]) -> None:
    scheme, then, now = case

    assert split(graded(scheme, then), graded(scheme, now)).of("scheme") == 0


@given(schemes(), st.data())
def test_from_a_grading_to_itself_there_is_nothing_to_say(scheme: Scheme, data: st.DataObject) -> None:
    one = graded(scheme, data.draw(values_for(scheme)))

    assert split(one, one).parts == ()


@st.composite
def all_known_twice(draw: DrawFn) -> tuple[Graded, Graded]:
    """The same values by two schemes, or by one the other values; nothing is missing."""
    old, new = draw(schemes()), draw(schemes())
    values = draw(values_for(old)) | draw(values_for(new))
    known: Values = {key: value or 0 for key, value in values.items()}
    return graded(old, known), graded(new, known)


@given(all_known_twice())
def test_where_all_is_known_nothing_is_missing_or_reweighed(pair: tuple[Graded, Graded]) -> None:
    found = split(*pair)

    assert (found.of("missing"), found.of("reweighing")) == (0, 0)


@given(all_known_twice())
def test_the_same_values_by_another_scheme_are_all_the_schemes_doing(pair: tuple[Graded, Graded]) -> None:
    found = split(*pair)

    assert found.of("data") == 0
    assert found.of("scheme") == found.delta


TWO = scheme({"a": 60, "b": 40})


@pytest.mark.parametrize(
    "before, after, expected",
    [
        pytest.param(
            (TWO, {"a": 50, "b": 50}), (TWO, {"a": 60, "b": 40}),
            {"a": {"data": 6 * POINT}, "b": {"data": -4 * POINT}}, id="data alone",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": 50}), (scheme({"a": 70, "b": 30}), {"a": 60, "b": 50}),
            {"a": {"data": 6 * POINT, "weight": 6 * POINT}, "b": {"weight": -5 * POINT}},
            id="the data by the old weights, the weights with the new data",
        ),
        pytest.param(
            (TWO, {"a": 20, "b": 50}), (scheme({"a": 60, "b": 40}, curve=STEEP), {"a": 30, "b": 50}),
            {"a": {"data": 6 * POINT, "curve": 18 * POINT}, "b": {"curve": 20 * POINT}}, id="other curves",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": 100}), (TWO, {"a": 50, "b": None}),
            {"a": {"reweighing": 20 * POINT}, "b": {"missing": -40 * POINT}},
            id="what became unknown hands its weight on",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": None}), (TWO, {"a": 70, "b": 100}),
            {"a": {"data": 20 * POINT, "reweighing": -28 * POINT}, "b": {"missing": 40 * POINT}},
            id="what became known takes it back",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": None}), (scheme({"a": 60, "b": 40}, missing=Missing.NEUTRAL), {"a": 50, "b": None}),
            {"a": {"reweighing": -20 * POINT}, "b": {"missing": 20 * POINT}}, id="another policy for what is unknown",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": 50}), (scheme({"a": 60, "c": 40}), {"a": 50, "c": 100}),
            {"a": {}, "c": {"added": 40 * POINT}, "b": {"removed": -20 * POINT}}, id="one indicator for another",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": 50}), (scheme({"a": 60, "c": 40}), {"a": 50, "c": None}),
            {"a": {"reweighing": 20 * POINT}, "b": {"removed": -20 * POINT}},
            id="for one that is not known: its weight goes to the others",
        ),
        pytest.param(
            (TWO, {"a": 50, "b": None}), (scheme({"a": 60, "c": 40}), {"a": 50, "c": 100}),
            {"a": {"reweighing": -20 * POINT}, "c": {"added": 40 * POINT}}, id="for one that was not known",
        ),
        pytest.param(
            (TWO, {"a": None, "b": None}), (TWO, {"a": 50, "b": None}), {"a": {"missing": 50 * POINT}},
            id="from nothing known to something",
        ),
    ],
)  # fmt: skip
def test_each_step_moves_what_it_says(
    before: tuple[Scheme, Values], after: tuple[Scheme, Values], expected: dict[str, dict[str, int]]
) -> None:
    assert parts(before, after) == {key: effects for key, effects in expected.items() if effects}


def test_a_first_grading_is_data_and_what_the_policy_gives() -> None:
    found = split(None, graded(scheme({"a": 60, "b": 40}, missing=Missing.NEUTRAL), {"a": 50}))

    assert found.parts == (Part("a", data=30 * POINT), Part("b", missing=20 * POINT))
    assert found.tiers == (None, ("", "potential"))


def test_floors_alone_move_no_total_and_are_named() -> None:
    low = scheme({"a": 100}, floors=(Floor("core", 70_000_000), *FLOORS[1:]))
    found = split(graded(scheme({"a": 100}), {"a": 75}), graded(low, {"a": 75}))

    assert (found.parts, found.tiers, found.tier_by_old_way) == (
        (),
        (("", "important"), ("", "core")),
        ("", "important"),
    )


def test_the_scorer_agrees_on_what_stands_after_the_data() -> None:
    """Data and missing, by the old scheme, lead to the total the old scheme would give."""
    old, new = scheme({"a": 60, "b": 40}), scheme({"a": 30, "b": 70}, curve=STEEP)
    before, after = graded(old, {"a": 10, "b": None}), graded(new, {"a": 40, "b": 30})
    found = split(before, after)
    by_data = found.of("data") + found.of("missing") + sum(part.reweighing for part in found.parts)

    assert (before.total or 0) + by_data == scoring.grade(old, {"a": 40, "b": 30}).total
