"""Tiers by rules: one customer, a book, and what the unknown could still give."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.strategies import DrawFn

from tiering import book, conditions, scoring
from tiering.conditions import VALUE_LIMIT, Condition, Span
from tiering.explanation import Ruling, explain
from tiering.scoring import Curve, Dimension, Floor, Indicator, Scheme, Shape
from tiering.tests.strategies import Values, rule_schemes, values_for
from tiering.tests.test_book import graded as graded_book
from tiering.tests.test_explanation import graded

TIERS = ("core", "important", "ordinary")
STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (100, 10_000)))
RULES = (
    Condition("core", "amount", at_least=51),
    Condition("core", "days", at_most=7),
    Condition("core", "trait", at_least=3, is_supporting=True),
    Condition("important", "amount", at_least=10),
)


def scheme(*rules: Condition, keys: str = "amount days trait") -> Scheme:
    own = keys.split()
    shares = [100 - 10 * (len(own) - 1), *[10] * (len(own) - 1)]
    indicators = tuple(Indicator(key, share, STRAIGHT) for key, share in zip(own, shares, strict=True))
    floors = tuple(Floor(tier, total) for tier, total in zip(TIERS, (80, 40, 0), strict=True))
    return Scheme((Dimension("all", 100, indicators),), floors, 0, rules)


def tier(values: Values, *rules: Condition) -> str | None:
    rule_scheme = scheme(*(rules or RULES))
    return scoring.grade(rule_scheme, values).tier(rule_scheme)


@pytest.mark.parametrize(
    "amount, days, trait, expected",
    [
        (51, 7, 3, "core"),
        (51, 7, None, "core"),  # a supporting trait that is unknown does not stand against it
        (51, 7, 2, "important"),  # known, it does
        (50, 7, 5, "important"),
        (51, 8, 5, "important"),
        (51, None, 5, "important"),  # what is unknown meets no hard condition
        (10, 90, 1, "important"),
        (9, 0, 5, "ordinary"),
        (None, 0, 5, "ordinary"),
        (None, None, None, None),  # nothing at all is known
    ],
)
def test_the_best_tier_all_of_whose_conditions_hold(
    amount: int | None, days: int | None, trait: int | None, expected: str | None
) -> None:
    assert tier({"amount": amount, "days": days, "trait": trait}) == expected


def test_floors_decide_nothing_where_rules_do() -> None:
    assert tier({"amount": 9, "days": 100, "trait": 100}) == "ordinary"
    assert scoring.grade(scheme(*RULES), {"amount": 100, "days": 90, "trait": 1}).total == 89_100_000
    assert tier({"amount": 100, "days": 90, "trait": 1}) == "important"


@pytest.mark.parametrize(
    "at_least, at_most",
    [(None, None), (2, 1), (VALUE_LIMIT + 1, None), (None, -VALUE_LIMIT - 1)],
)
def test_a_condition_that_makes_no_sense_is_refused(at_least: int | None, at_most: int | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        Condition("core", "amount", at_least, at_most)


@pytest.mark.parametrize(
    "rules",
    [
        RULES[:3],  # nothing is asked for the important tier
        (*RULES, Condition("ordinary", "amount", 1)),
        (*RULES, Condition("core", "amount", at_most=9)),
        (*RULES, Condition("core", "elsewhere", 1)),
        (*RULES, Condition("noble", "amount", 1)),
    ],
)
def test_rules_that_do_not_decide_are_refused(rules: tuple[Condition, ...]) -> None:
    with pytest.raises(ValueError, match=r"."):
        scheme(*rules)


@st.composite
def rule_books(draw: DrawFn) -> tuple[Scheme, list[Values]]:
    rules = draw(rule_schemes())
    return rules, draw(st.lists(values_for(rules), max_size=6))


def plainly(scheme: Scheme, values: Values) -> str:
    """As one would read the rules aloud."""
    for floor in scheme.floors:
        for condition in scheme.conditions:
            if condition.tier != floor.tier:
                continue
            value = values[condition.key]
            if value is None:
                if not condition.is_supporting:
                    break
            elif (condition.at_least is not None and value < condition.at_least) or (
                condition.at_most is not None and value > condition.at_most
            ):
                break
        else:
            return floor.tier
    raise AssertionError("The last tier takes everybody.")


@given(rule_books())
def test_one_customer_the_book_and_a_plain_reading_agree(case: tuple[Scheme, list[Values]]) -> None:
    scheme, rows = case
    found = graded_book(scheme, rows)

    for n, row in enumerate(rows):
        alone = scoring.grade(scheme, row).tier(scheme)
        assert alone == (plainly(scheme, row) if found.scored[n] else None)
        assert scheme.tiers[found.tier[n]] == plainly(scheme, row)


@given(rule_books(), st.sampled_from([Span(None, None), Span(), Span(1, 5), Span(-50, None)]))
def test_the_possible_tiers_are_those_of_trying_every_value(
    case: tuple[Scheme, list[Values]], span: Span
) -> None:
    scheme, rows = case
    asked = conditions.by_indicator(scheme.conditions)
    for row in rows:
        unknown = [key for key in asked if row[key] is None]
        tried = [[None, *span.values(asked[key])] for key in unknown]
        if len(unknown) > 3:
            continue
        could_be = {
            plainly(scheme, row | dict(zip(unknown, values, strict=True))) for values in product(*tried)
        }
        verdict = scoring.grade(scheme, row)
        spans = {i.key: span for i in scheme.indicators}
        assert scoring.possible_tiers(scheme, verdict.low, verdict.high, verdict.values, spans=spans) == [
            tier for tier in scheme.tiers if tier in could_be
        ]


def test_what_is_unknown_widens_the_possible_tiers_only_where_it_could_turn_one() -> None:
    def possible(**values: int | None) -> list[str]:
        verdict = scoring.grade(scheme(*RULES), values)
        return scoring.possible_tiers(
            scheme(*RULES), verdict.low, verdict.high, verdict.values, spans={"days": Span()}
        )

    assert possible(amount=60, days=3, trait=3) == ["core"]
    assert possible(amount=60, days=3, trait=None) == ["core", "important"]
    assert possible(amount=60, days=None, trait=3) == ["core", "important"]
    assert possible(amount=60, days=9, trait=None) == ["important"]
    assert possible(amount=5, days=None, trait=None) == ["ordinary"]
    assert possible(amount=None, days=3, trait=3) == ["core", "important", "ordinary"]


def test_a_value_that_nobody_can_give_makes_no_tier_possible() -> None:
    """A rating is at least 1: whatever it turns out to be, it does not stand against this tier."""
    rules = scheme(Condition("core", "trait", 1, is_supporting=True), *RULES[:2], RULES[3])
    verdict = scoring.grade(rules, {"amount": 60, "days": 3})

    assert scoring.possible_tiers(rules, 0, 0, verdict.values, spans={"trait": Span(1, 5)}) == ["core"]
    assert scoring.possible_tiers(rules, 0, 0, verdict.values, spans={}) == ["core", "important"]


# Which conditions decided


def rulings(before: Values | None, after: Values, old: Scheme | None = None) -> list[Ruling]:
    rules = scheme(*RULES)
    then = graded(old or rules, before) if before else None
    return list(explain(then, graded(rules, after)).rulings)


def said(
    found: list[Ruling],
) -> list[tuple[str, str, tuple[int | None, int | None], tuple[bool | None, bool | None]]]:
    return [(each.tier, each.key, each.values, each.allows) for each in found]


def test_on_the_way_up_it_is_what_turned() -> None:
    found = rulings({"amount": 48, "days": 9, "trait": 4}, {"amount": 61, "days": 5, "trait": 4})
    assert said(found) == [
        ("core", "amount", (48, 61), (False, True)),
        ("core", "days", (9, 5), (False, True)),
    ]
    assert found[0].asks == ((51, None, False), (51, None, False))


def test_on_the_way_down_it_is_what_the_tiers_lost_ask_for_and_do_not_get() -> None:
    found = rulings({"amount": 61, "days": 5, "trait": 4}, {"amount": 9, "days": 6, "trait": 4})
    assert said(found) == [
        ("core", "amount", (61, 9), (True, False)),
        ("important", "amount", (61, 9), (True, False)),
    ]


def test_of_a_first_grading_it_is_what_is_met_and_what_keeps_it_from_more() -> None:
    found = rulings(None, {"amount": 61, "days": 8, "trait": None})
    assert said(found) == [
        ("core", "days", (None, 8), (None, False)),
        ("important", "amount", (None, 61), (None, True)),
    ]


def test_rules_that_changed_say_what_they_asked_before() -> None:
    old = scheme(
        *(
            replace(each, at_least=70) if each.key == "amount" and each.tier == "core" else each
            for each in RULES
        )
    )
    found = rulings({"amount": 61, "days": 5, "trait": 4}, {"amount": 61, "days": 5, "trait": 4}, old)
    assert said(found) == [("core", "amount", (61, 61), (False, True))]
    assert found[0].asks == ((70, None, False), (51, None, False))


def test_where_floors_decided_before_nothing_was_asked() -> None:
    old = replace(scheme(*RULES), conditions=())
    old = replace(old, floors=tuple(Floor(t, total) for t, total in zip(TIERS, (80, 40, 0), strict=True)))
    found = rulings({"amount": 61, "days": 5, "trait": 4}, {"amount": 61, "days": 5, "trait": 4}, old)
    assert {each.allows for each in found} == {(None, True)}
    assert [each.key for each in found] == ["amount", "days", "trait"]


@given(rule_books())
def test_every_change_of_tier_names_a_condition(case: tuple[Scheme, list[Values]]) -> None:
    scheme, rows = case
    for old, new in pairwise(rows):
        before, after = graded(scheme, old), graded(scheme, new)
        tiers = [
            None if each.total is None else plainly(scheme, row)
            for each, row in ((before, old), (after, new))
        ]
        if None not in tiers and tiers[0] != tiers[1]:
            found = explain(before, after).rulings
            assert found
            assert [Ruling.from_json(each.as_json()) for each in found] == list(found)


def test_an_indicator_without_a_column_is_unknown() -> None:
    column = book.Column(np.array([60], np.int64), np.array([True]))

    assert book.grade(scheme(*RULES), {"amount": column}, size=1).tier.tolist() == [1]
