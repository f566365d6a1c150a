import numpy as np
from hypothesis import given

from tiering import book, scoring
from tiering.scoring import VALUE_LIMIT, Scheme, Verdict
from tiering.tests.strategies import Values, books


def column(rows: list[Values], key: str) -> book.Column:
    """With rubbish under what is unknown: nobody may look at it."""
    values = [rows[n][key] for n in range(len(rows))]
    known = np.array([value is not None for value in values], np.bool_)
    return book.Column(np.array([VALUE_LIMIT if v is None else v for v in values], np.int64), known)


def graded(scheme: Scheme, rows: list[Values]) -> book.Verdicts:
    return book.grade(scheme, {i.key: column(rows, i.key) for i in scheme.indicators}, size=len(rows))


def optional(numbers: book.Ints, there: book.Bools) -> tuple[int | None, ...]:
    return tuple(int(number) if is_there else None for number, is_there in zip(numbers, there, strict=True))


def verdict(found: book.Verdicts, n: int) -> Verdict:
    return Verdict(
        values=optional(found.values[n], found.known[n]),
        points=optional(found.points[n], found.has_points[n]),
        dimensions=optional(found.dimensions[n], found.has_dimension[n]),
        total=int(found.total[n]) if found.scored[n] else None,
        low=int(found.low[n]),
        high=int(found.high[n]),
        coverage=int(found.coverage[n]),
    )


@given(books())
def test_the_book_is_graded_as_each_customer_alone(case: tuple[Scheme, list[Values]]) -> None:
    scheme, rows = case
    found = graded(scheme, rows)
    alone = [scoring.grade(scheme, row) for row in rows]

    assert [verdict(found, n) for n in range(len(rows))] == alone
    assert [
        scheme.floors[at].tier if is_scored else None
        for at, is_scored in zip(found.tier, found.scored, strict=True)
    ] == [one.tier(scheme) for one in alone]


@given(books())
def test_an_indicator_without_a_column_is_unknown_for_all(case: tuple[Scheme, list[Values]]) -> None:
    scheme, rows = case
    missing = scheme.indicators[0].key
    columns = {i.key: column(rows, i.key) for i in scheme.indicators if i.key != missing}

    found = book.grade(scheme, columns, size=len(rows))

    assert [verdict(found, n) for n in range(len(rows))] == [
        scoring.grade(scheme, row | {missing: None}) for row in rows
    ]


def test_values_beyond_the_limit_are_held_at_it() -> None:
    huge = np.array([-(10**18), -1, 0, 10**18], np.int64)

    assert book.clip(huge).tolist() == [-VALUE_LIMIT, -1, 0, VALUE_LIMIT]


def test_the_widest_curve_there_can_be_fits_in_64_bits() -> None:
    curve = scoring.Curve(scoring.Shape.LINEAR, ((-VALUE_LIMIT, 10_000), (VALUE_LIMIT, 0)))
    values = [-VALUE_LIMIT, -1, 0, 1, VALUE_LIMIT - 1, VALUE_LIMIT]

    found = book.points_of(np.array(values, np.int64), curve)

    assert found.tolist() == [scoring.points_of(value, curve) for value in values]
