import json

import pytest
from django.utils import translation
from hypothesis import given, strategies as st
from hypothesis.strategies import DrawFn

from tiering import reasons, scoring
from tiering.explanation import Graded, Line, Reason, explain, shown_parts, shown_table
from tiering.scoring import Curve, Dimension, Floor, Indicator, Scheme, Shape
from tiering.tests.strategies import Values, schemes, values_for
from toolbox.hundredths import hundredths

BY_HAND = {"kind": "by_hand", "expires_on": "2026-12-31"}
AMOUNT = Curve(Shape.LINEAR, ((0, 0), (1_000_000_00, 10_000)))
SHARE = Curve(Shape.LINEAR, ((0, 0), (10_000, 10_000)))


def graded(scheme: Scheme, values: Values) -> Graded:
    verdict = scoring.grade(scheme, values)
    return Graded(scheme, verdict.values, verdict.points, verdict.total, verdict.coverage)


@st.composite
def pairs(draw: DrawFn) -> tuple[Graded | None, Graded]:
    """Two gradings by one scheme, by schemes that share indicators or none, or a first grading."""
    new = draw(schemes())
    old = draw(st.sampled_from([new, None]) | schemes() | schemes(prefix="x"))
    before = None if old is None else graded(old, draw(values_for(old)))
    return before, graded(new, draw(values_for(new)))


@given(pairs())
def test_the_lines_add_up_to_the_change_exactly(pair: tuple[Graded | None, Graded]) -> None:
    before, after = pair
    reason = explain(*pair)

    assert reason.delta == sum(line.delta for line in reason.lines)
    assert reason.delta == (after.total or 0) - ((before.total if before else None) or 0)
    for line in reason.lines:
        assert line.delta or (line.values[0] is None) != (line.values[1] is None)


@given(pairs())
def test_the_largest_part_comes_first_and_no_indicator_comes_twice(
    pair: tuple[Graded | None, Graded],
) -> None:
    lines = explain(*pair).lines

    assert [abs(line.delta) for line in lines] == sorted((abs(line.delta) for line in lines), reverse=True)
    assert len({line.key for line in lines}) == len(lines)


@given(pairs())
def test_what_is_shown_adds_up_to_the_difference_of_the_shown_totals(
    pair: tuple[Graded | None, Graded],
) -> None:
    reason = explain(*pair)
    shown = shown_parts([line.delta for line in reason.lines], reasons.shown_change(reason))

    assert sum(shown) == reasons.shown_change(reason)
    assert sum(row.delta for row in reasons.rows_of(reason)) == reasons.shown_change(reason)
    assert all(
        abs(part * 10_000 - line.delta) < 10_000 for part, line in zip(shown, reason.lines, strict=True)
    )


@given(st.lists(st.integers(-100_000_000, 100_000_000), min_size=1, max_size=12), st.integers(0, 100_000_000))
def test_shown_parts_add_up_from_any_start(parts: list[int], before: int) -> None:
    whole = (before + sum(parts)) // 10_000 - before // 10_000

    assert sum(shown_parts(parts, whole)) == whole


@pytest.mark.parametrize(
    "parts, whole, shown",
    [
        ([], 0, []),
        ([4_000, 6_000], 1, [0, 1]),
        ([-4_000, -6_000], -1, [0, -1]),
        ([-1, 1], 0, [0, 0]),
        ([15_000, -5_000], 1, [2, -1]),
        ([5_000, 5_000], 1, [1, 0]),
    ],
)
def test_rounding_is_shared_out_by_the_largest_remainder(
    parts: list[int], whole: int, shown: list[int]
) -> None:
    assert shown_parts(parts, whole) == shown


LETTERS = "abcd"


@given(
    st.lists(st.lists(st.integers(-3_000_000, 3_000_000), min_size=4, max_size=4), min_size=1, max_size=8),
    st.integers(0, 100_000_000),
)
def test_a_table_adds_up_both_ways_as_it_is_shown(table: list[list[int]], before: int) -> None:
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    whole = (before + sum(rows)) // 10_000 - before // 10_000
    names = [str(n) for n in range(len(table))]
    down = dict(zip(names, shown_parts(rows, whole), strict=True))
    across = dict(zip(LETTERS, shown_parts(columns, whole), strict=True))
    cells = {
        (name, at): part
        for name, row in zip(names, table, strict=True)
        for at, part in zip(LETTERS, row, strict=True)
    }

    shown = shown_table(cells, down, across)

    assert {name: sum(shown[name, at] for at in LETTERS) for name in names} == down
    assert {at: sum(shown[name, at] for name in names) for at in LETTERS} == across
    assert all(abs(shown[place] * 10_000 - part) < 30_000 for place, part in cells.items())


def test_a_cell_that_is_nothing_shows_nothing_even_where_columns_do_not_add_up_then() -> None:
    cells = {("1", "a"): 5_000, ("2", "b"): 5_000}

    assert shown_table(cells, {"1": 1, "2": 0}, {"a": 0, "b": 1}) == {("1", "a"): 1, ("2", "b"): 0}


@given(pairs())
def test_a_stored_reason_is_read_back_as_it_was(pair: tuple[Graded | None, Graded]) -> None:
    reason = explain(*pair)

    assert Reason.from_json(json.loads(json.dumps(reason.as_json()))) == reason


def test_nothing_changed_is_a_reason_without_lines() -> None:
    same = graded(two_indicators(), {"annual_amount": 500_000_00, "payment_timeliness": 9_000})

    reason = explain(same, same)

    assert (reason.delta, reason.lines, reason.is_new_scheme) == (0, (), False)


# Sentences


def two_indicators(*weights: int) -> Scheme:
    amount, share = weights or (50, 50)
    indicators = (
        Indicator("annual_amount", amount, AMOUNT),
        Indicator("payment_timeliness", share, SHARE),
    )
    return Scheme((Dimension("finance", 100, indicators),), (Floor("core", 80_000_000), Floor("rest", 0)))


def sentence(before: Graded | None, after: Graded) -> str:
    with translation.override("en"):
        return reasons.sentence(explain(before, after).as_json())


def test_the_sentence_says_from_where_to_where_and_by_what() -> None:
    scheme = two_indicators()
    before = graded(scheme, {"annual_amount": 620_000_00, "payment_timeliness": 8_200})
    after = graded(scheme, {"annual_amount": 830_000_00, "payment_timeliness": 8_000})

    assert sentence(before, after) == (
        "72.00 → 81.50 (+9.50): Annual cooperation amount ¥620,000 → ¥830,000 +10.50; "
        "Payment timeliness 82% → 80% -1.00."
    )


def test_what_became_known_is_said_and_what_weighs_less_for_it_too() -> None:
    scheme = two_indicators()
    before = graded(scheme, {"annual_amount": 800_000_00})
    after = graded(scheme, {"annual_amount": 800_000_00, "payment_timeliness": 10_000})

    assert sentence(before, after) == (
        "80.00 → 90.00 (+10.00): Payment timeliness unknown → 100% +50.00; "
        "Annual cooperation amount ¥800,000 -40.00."
    )


def test_what_became_known_without_points_is_named_as_what_weighs_the_others_anew() -> None:
    scheme = two_indicators()
    before = graded(scheme, {"annual_amount": 800_000_00})
    after = graded(scheme, {"annual_amount": 810_000_00, "payment_timeliness": 0})

    assert sentence(before, after) == (
        "80.00 → 40.50 (-39.50): Payment timeliness unknown → 0%; "
        "Annual cooperation amount ¥800,000 → ¥810,000 -39.50."
    )
    assert sentence(after, before) == (
        "40.50 → 80.00 (+39.50): Payment timeliness 0% → unknown; "
        "Annual cooperation amount ¥810,000 → ¥800,000 +39.50."
    )


def test_what_has_no_weight_is_not_named() -> None:
    scheme = two_indicators(100, 0)
    before = graded(scheme, {"annual_amount": 800_000_00})
    after = graded(scheme, {"annual_amount": 790_000_00, "payment_timeliness": 0})

    assert sentence(before, after) == (
        "80.00 → 79.00 (-1.00): Annual cooperation amount ¥800,000 → ¥790,000 -1.00."
    )


def test_a_change_that_was_held_back_says_so_and_not_that_nothing_was_added() -> None:
    same = graded(two_indicators(), {"annual_amount": 500_000_00, "payment_timeliness": 9_000})
    less = graded(two_indicators(), {"annual_amount": 490_000_00, "payment_timeliness": 9_000})
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = [
                reasons.sentence(explain(same, after, waited=runs).as_json())
                for after, runs in ((same, 2), (less, 3), (same, 0))
            ]

    assert said == {
        "en": [
            "Score unchanged at 70.00. Too low in 2 re-grades in a row: the waiting time is over.",
            (
                "70.00 → 69.50 (-0.50): Annual cooperation amount ¥500,000 → ¥490,000 -0.50. "
                "Too low in 3 re-grades in a row: the waiting time is over."
            ),
            "Score unchanged at 70.00. The change had been held back before.",
        ],
        "zh-hans": [
            "得分仍为 70.00，没有变化。已连续 2 次重新评级不足以保持原等级，等待期已满。",
            (
                "70.00 → 69.50（-0.50）：年度合作金额 ¥500,000 → ¥490,000 -0.50。"
                "已连续 3 次重新评级不足以保持原等级，等待期已满。"
            ),
            "得分仍为 70.00，没有变化。此前该变动一直被暂缓。",
        ],
    }


def test_what_shows_as_nothing_is_no_change() -> None:
    """A day more of cooperation, say."""
    day = (Line("years_of_cooperation", (1_000, 1_001), (5_000, 5_001), 900),)
    reason = Reason((58_410_000, 58_410_900), (10_000, 10_000), False, day, waited=2)

    with translation.override("en"):
        text = reasons.sentence(reason.as_json())

    assert text == "Score unchanged at 58.41. Too low in 2 re-grades in a row: the waiting time is over."


def test_a_first_grading_has_no_way_behind_it() -> None:
    after = graded(two_indicators(), {"annual_amount": 800_000_00, "payment_timeliness": 8_000})

    assert sentence(None, after) == "First grading: 80.00 points."


def test_a_new_scheme_version_is_named() -> None:
    values: Values = {"annual_amount": 800_000_00, "payment_timeliness": 4_000}

    assert sentence(graded(two_indicators(), values), graded(two_indicators(75, 25), values)) == (
        "60.00 → 70.00 (+10.00), by a new version of the scheme: "
        "Annual cooperation amount ¥800,000 +20.00; Payment timeliness 40% -10.00."
    )


def test_what_made_it_fall_comes_before_what_held_it_up() -> None:
    values: Values = {"annual_amount": 400_000_00, "payment_timeliness": 9_000}
    reason = Reason((61_000_000, 59_000_000), (10_000, 10_000), True, tuple(
        Line(key, (value, value), (100, 100), delta)
        for key, value, delta in (("annual_amount", values["annual_amount"], 3_000_000),
                                  ("payment_timeliness", values["payment_timeliness"], -2_500_000),
                                  ("order_frequency", 3, -1_500_000), ("expansion_plan", 4, -1_000_000))
    ))  # fmt: skip

    with translation.override("en"):
        text = reasons.sentence(reason.as_json(), most=2)

    assert text == (
        "61.00 → 59.00 (-2.00), by a new version of the scheme: Payment timeliness 90% -2.50; "
        "Order frequency 3 times -1.50; the others +2.00."
    )


def test_beyond_four_parts_the_rest_is_summed() -> None:
    lines = tuple(Line(f"own_{n}", (0, 1), (0, 100), 1_000_000) for n in range(6))

    with translation.override("en"):
        text = reasons.sentence(Reason((0, 6_000_000), (10_000, 10_000), False, lines).as_json())

    assert text == (
        "0.00 → 6.00 (+6.00): own_0 0 → 1 +1.00; own_1 0 → 1 +1.00; own_2 0 → 1 +1.00; own_3 0 → 1 +1.00; "
        "the others +2.00."
    )


def test_tiers_set_by_hand_say_until_when_and_when_it_is_over() -> None:
    with translation.override("en"):
        assert reasons.sentence(BY_HAND) == "Set by hand until 31 Dec 2026."
        assert reasons.sentence({"kind": "override_ended"}) == ("The tier set by hand has ended.")


@pytest.mark.django_db
@given(pairs())
def test_every_reason_can_be_said_in_both_languages(pair: tuple[Graded | None, Graded]) -> None:
    reason = explain(*pair)
    numbers = hundredths(reasons.shown_total(reason.totals[1]))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert numbers in reasons.sentence(reason.as_json())


@pytest.mark.parametrize(
    "key, value, shown",
    [
        ("annual_amount", 820_000_00, "¥820,000"),
        ("annual_amount", -5_50, "-¥5.50"),
        ("annual_amount", None, "unknown"),
        ("payment_timeliness", 9_200, "92%"),
        ("payment_timeliness", 9_255, "92.55%"),
        ("payment_timeliness", 10_000, "100%"),
        ("payment_timeliness", 0, "0%"),
        ("years_of_cooperation", 364, "0.9 years"),
        ("years_of_cooperation", 1_461, "4.0 years"),
        ("order_frequency", 1, "1 time"),
        ("order_frequency", 12, "12 times"),
        ("days_since_last_order", 1, "1 day"),
        ("expansion_plan", 4, "4 of 5"),
        ("industry_outlook", 75, "75"),
        ("a_measure_that_is_gone", 7, "7"),
    ],
)
def test_values_are_shown_with_their_unit(key: str, value: int | None, shown: str) -> None:
    with translation.override("en"):
        assert reasons.value_of(key, value) == shown
