import json

import numpy as np
from hypothesis import given, strategies as st
from hypothesis.strategies import DrawFn

from tiering import book, book_reasons, scoring
from tiering.book_reasons import Side
from tiering.explanation import Graded, explain
from tiering.scoring import Scheme
from tiering.tests.strategies import Values, books, schemes, values_for
from tiering.tests.test_book import graded as graded_book
from tiering.tests.test_explanation import graded


@st.composite
def books_twice(draw: DrawFn) -> tuple[Scheme | None, list[Values], Scheme, list[Values]]:
    """The same customers graded by one scheme, by two that share indicators or none, or for the first time."""
    new = draw(schemes())
    old = draw(st.sampled_from([new, None]) | schemes() | schemes(prefix="x"))
    count = draw(st.integers(0, 5))
    earlier = [draw(values_for(old)) for _n in range(count)] if old else []
    return old, earlier, new, [draw(values_for(new)) for _n in range(count)]


def side(scheme: Scheme, rows: list[Values]) -> Side:
    return Side.of(scheme, graded_book(scheme, rows), np.arange(len(rows)))


def stored(alone: list[Graded], scheme: Scheme) -> Side:
    return Side.stored(
        scheme,
        [g.values for g in alone],
        [g.points for g in alone],
        [g.total for g in alone],
        [g.coverage for g in alone],
    )


@given(books_twice())
def test_the_reasons_of_a_book_are_those_of_each_customer(
    case: tuple[Scheme | None, list[Values], Scheme, list[Values]],
) -> None:
    old, earlier, new, rows = case
    before = [graded(old, row) for row in earlier] if old else [None] * len(rows)

    waited = [n % 3 for n in range(len(rows))]
    found = book_reasons.reasons(stored(before, old) if old else None, side(new, rows), waited)  # type: ignore[arg-type]

    expected = [
        explain(b, graded(new, row), waited=runs).as_json()
        for b, row, runs in zip(before, rows, waited, strict=True)
    ]
    assert [json.loads(text) for text in found] == expected


@given(books())
def test_the_contributions_of_a_book_are_those_of_each_customer(case: tuple[Scheme, list[Values]]) -> None:
    scheme, rows = case
    found = graded_book(scheme, rows)

    shares = book.contributions(scheme, found.points, found.has_points)

    assert [tuple(row) for row in shares.tolist()] == [
        scoring.contributions(scheme, scoring.grade(scheme, row).points) for row in rows
    ]
