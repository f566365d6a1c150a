"""The movement policy: what holds a change back, in plain integers and for many at once."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.strategies import DrawFn

from tiering import policy, scoring
from tiering.policy import BY_CODE, ELSEWHERE, ELSEWHERE_ASKS, NOWHERE, Held, Placed, Policy

FLOORS = (80_000_000, 60_000_000, 40_000_000, 0)
CORE, IMPORTANT, REGULAR, POTENTIAL = range(4)
ONE_POINT = 1_000_000


def placed(rule: Policy, before: int, total: int, *, runs_before: int = 0) -> Placed:
    computed = next(n for n, floor in enumerate(rule.floors) if total >= floor)
    return policy.place(rule, before=before, computed=computed, total=total, runs_before=runs_before)


def test_by_default_the_numbers_decide() -> None:
    rule = Policy(FLOORS)
    assert rule.is_off
    assert placed(rule, CORE, 79_999_999) == Placed(IMPORTANT, Held.NOTHING, 1)
    assert placed(rule, CORE, 0) == Placed(POTENTIAL, Held.NOTHING, 1)
    assert placed(rule, POTENTIAL, 80_000_000) == Placed(CORE, Held.NOTHING, 0)


def test_within_the_margin_a_tier_is_kept_and_the_line_itself_is_in() -> None:
    rule = Policy(FLOORS, margin=2 * ONE_POINT)
    assert placed(rule, CORE, 78_000_000) == Placed(CORE, Held.MARGIN, 0)
    assert placed(rule, CORE, 77_999_999) == Placed(IMPORTANT, Held.NOTHING, 1)
    assert placed(rule, IMPORTANT, 78_000_000) == Placed(IMPORTANT, Held.NOTHING, 0)


def test_where_rules_decide_no_total_is_near_a_floor() -> None:
    rule = Policy(FLOORS, margin=2 * ONE_POINT, dwell=2, by_rules=True)
    found = policy.place(rule, before=CORE, computed=IMPORTANT, total=99_000_000, runs_before=1)
    assert found == Placed(IMPORTANT, Held.NOTHING, 2)


def test_a_downgrade_takes_so_many_runs_one_after_the_other() -> None:
    rule = Policy(FLOORS, dwell=3)
    assert placed(rule, CORE, 70_000_000) == Placed(CORE, Held.DWELL, 1)
    assert placed(rule, CORE, 70_000_000, runs_before=1) == Placed(CORE, Held.DWELL, 2)
    assert placed(rule, CORE, 70_000_000, runs_before=2) == Placed(IMPORTANT, Held.NOTHING, 3)
    assert placed(rule, CORE, 80_000_000, runs_before=2) == Placed(CORE, Held.NOTHING, 0)


def test_one_tier_down_at_most_and_up_at_once() -> None:
    rule = Policy(FLOORS, one_step=True)
    assert placed(rule, CORE, 10_000_000) == Placed(IMPORTANT, Held.STEP, 1)
    assert placed(rule, CORE, 70_000_000) == Placed(IMPORTANT, Held.NOTHING, 1)
    assert placed(rule, POTENTIAL, 90_000_000) == Placed(CORE, Held.NOTHING, 0)


def test_named_tiers_are_entered_and_left_with_approval() -> None:
    rule = Policy(FLOORS, entering=frozenset({CORE}), leaving=frozenset({IMPORTANT}))
    assert placed(rule, REGULAR, 90_000_000) == Placed(CORE, Held.APPROVAL, 0)
    assert placed(rule, IMPORTANT, 50_000_000) == Placed(REGULAR, Held.APPROVAL, 1)
    assert placed(rule, CORE, 70_000_000) == Placed(IMPORTANT, Held.NOTHING, 1)
    assert placed(rule, CORE, 90_000_000) == Placed(CORE, Held.NOTHING, 0)


def test_a_first_tier_needs_no_approval_and_nothing_holds_it() -> None:
    rule = Policy(FLOORS, margin=ONE_POINT, dwell=4, one_step=True, entering=frozenset({CORE}))
    assert placed(rule, NOWHERE, 90_000_000) == Placed(CORE, Held.NOTHING, 0)
    assert placed(rule, NOWHERE, 10_000_000) == Placed(POTENTIAL, Held.NOTHING, 0)


def test_from_elsewhere_approval_alone_holds() -> None:
    """Neither up nor down: nothing is counted, no margin and no step."""
    rule = Policy(
        FLOORS,
        margin=90 * ONE_POINT,
        dwell=4,
        one_step=True,
        entering=frozenset({CORE}),
        leaving=frozenset({REGULAR}),
    )
    assert placed(rule, ELSEWHERE, 10_000_000) == Placed(POTENTIAL, Held.NOTHING, 0)
    assert placed(rule, ELSEWHERE, 90_000_000) == Placed(CORE, Held.APPROVAL, 0)
    assert placed(rule, ELSEWHERE_ASKS, 10_000_000) == Placed(POTENTIAL, Held.APPROVAL, 0)
    assert placed(Policy(FLOORS), ELSEWHERE_ASKS, 10_000_000) == Placed(POTENTIAL, Held.APPROVAL, 0)


def test_what_is_held_for_approval_is_the_step_that_is_allowed() -> None:
    rule = Policy(FLOORS, one_step=True, leaving=frozenset({CORE}))
    assert placed(rule, CORE, 10_000_000) == Placed(IMPORTANT, Held.APPROVAL, 1)


@pytest.mark.parametrize("runs, left", [(0, 2), (1, 1), (2, 0), (5, 0)])
def test_how_many_runs_are_left(runs: int, left: int) -> None:
    assert policy.runs_left(Policy(FLOORS, dwell=2), runs) == left


def test_the_line_below_which_a_tier_is_lost() -> None:
    rule = Policy(FLOORS, margin=50 * ONE_POINT)
    assert [policy.line_of(rule, n) for n in range(4)] == [30_000_000, 10_000_000, 0, 0]


def test_ids_of_tiers_become_places_among_the_floors() -> None:
    assert policy.indices([7, 3], np.array([3, 0, 7, 9])).tolist() == [1, NOWHERE, 0, ELSEWHERE]


@st.composite
def policies(draw: DrawFn) -> Policy:
    totals = sorted(draw(st.sets(st.integers(1, scoring.FULL_TOTAL), max_size=4)), reverse=True)
    some = st.frozensets(st.integers(0, len(totals)))
    return Policy(
        (*totals, 0),
        margin=draw(st.just(0) | st.integers(0, scoring.FULL_TOTAL)),
        dwell=draw(st.integers(1, 4)),
        one_step=draw(st.booleans()),
        entering=draw(some),
        leaving=draw(some),
        by_rules=draw(st.booleans()),
    )


@st.composite
def rows(draw: DrawFn) -> tuple[Policy, list[tuple[int, int, int]]]:
    """A policy and (before, total, runs before), totals on and around every line that matters."""
    rule = draw(policies())
    lines = [n + step for floor in rule.floors for n in (floor, floor - rule.margin) for step in (-1, 0, 1)]
    total = st.sampled_from([n for n in lines if 0 <= n <= scoring.FULL_TOTAL]) | st.integers(
        0, scoring.FULL_TOTAL
    )
    row = st.tuples(st.integers(ELSEWHERE_ASKS, len(rule.floors) - 1), total, st.integers(0, 4))
    return rule, draw(st.lists(row, max_size=8))


@given(rows())
def test_both_forms_agree(case: tuple[Policy, list[tuple[int, int, int]]]) -> None:
    rule, customers = case
    columns = np.array(customers, np.int64).reshape(-1, 3)
    computed = [
        next(n for n, floor in enumerate(rule.floors) if total >= floor) for _b, total, _r in customers
    ]
    found = policy.place_all(
        rule,
        before=columns[:, 0],
        computed=np.array(computed, np.int64),
        total=columns[:, 1],
        runs_before=columns[:, 2],
    )
    together = [
        Placed(tier, BY_CODE[held], runs)
        for tier, held, runs in zip(
            found.tier.tolist(), found.held.tolist(), found.runs.tolist(), strict=True
        )
    ]
    assert together == [placed(rule, before, total, runs_before=runs) for before, total, runs in customers]
