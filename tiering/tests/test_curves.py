"""A curve's page: knots typed and drawn, and the book behind them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, strategies as st

from accounts.models import User
from customers.tests.making import a_customer, a_figure
from tiering import curves, services
from tiering.editing import knots
from tiering.editing.distribution import MOST_BUCKETS, distribution, drawn_range
from tiering.measures import Unit
from tiering.models import Indicator, Run, Scheme, SchemeVersion
from tiering.scoring import FULL_POINTS, VALUE_LIMIT
from tiering.tests.conftest import AT, Q3, bought, regraded

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def director(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


@pytest.fixture
def draft(scheme: Scheme, dora: User) -> SchemeVersion:
    return services.copy_version(scheme.published(), by=dora)


def curve_of(version: SchemeVersion, key: str = "annual_amount") -> Indicator:
    found = Indicator.objects.select_related("dimension__version__scheme")
    return found.get(dimension__version=version, key=key)


def page(indicator: Indicator) -> str:
    return f"/schemes/curves/{indicator.pk}/"


def typed(indicator: Indicator, *rows: tuple[str, str], shape: str = "linear") -> dict[str, Any]:
    base = knots.base_of(indicator)
    return {
        "shape": shape,
        "base": base,
        "at": [at for at, _ in rows],
        "points": [points for _, points in rows],
    }


def test_knots_are_typed_in_the_unit_in_any_order(director: Client, draft: SchemeVersion) -> None:
    amount = curve_of(draft)
    sent = typed(amount, ("30万", "100"), ("", ""), ("¥1,000.50", "12.5"), ("0", "0"), shape="bands")
    answer = director.post(page(amount), sent)
    assert answer.headers["Location"] == f"/schemes/{draft.pk}/edit/#i{amount.pk}"
    amount.refresh_from_db()
    draft.refresh_from_db()
    assert (amount.shape, amount.knots) == ("bands", [[0, 0], [100_050, 1_250], [30_000_000, 10_000]])
    assert draft.revision == 1


@pytest.mark.parametrize(
    "rows, errors",
    [
        ([("a lot", "1")], [["Enter an amount such as 1,234.56 or 12万."]]),
        ([("1", "101")], [["Points lie between 0 and 100."]]),
        ([("1", "")], [["“” is not a number with at most 2 decimals."]]),
        ([("1", "5"), ("1.00", "6")], [[], ["This value stands twice."]]),
    ],
)
def test_what_is_wrong_stands_with_its_row_and_what_was_typed_is_kept(
    director: Client, draft: SchemeVersion, rows: list[tuple[str, str]], errors: list[list[str]]
) -> None:
    amount = curve_of(draft)
    before = amount.knots
    answer = director.post(page(amount), typed(amount, *rows))
    amount.refresh_from_db()
    assert (answer.status_code, amount.knots) == (422, before)
    shown = answer.context["typed"].rows
    assert [(row.at, row.points) for row in shown] == rows
    assert [row.errors for row in shown] == errors


@pytest.mark.parametrize(
    "rows, shape, error",
    [
        ([("", "")], "linear", "Type at least one knot."),
        ([], "linear", "Type at least one knot."),
        ([("1", "1")], "spline", "Choose how the curve runs between its knots."),
    ],
)
def test_a_curve_without_knots_or_shape_is_refused(
    director: Client, draft: SchemeVersion, rows: list[tuple[str, str]], shape: str, error: str
) -> None:
    amount = curve_of(draft)
    answer = director.post(page(amount), typed(amount, *rows, shape=shape))
    assert (answer.status_code, answer.context["typed"].errors) == (422, [error])


def test_the_second_of_two_who_bend_a_curve_is_told(director: Client, draft: SchemeVersion) -> None:
    amount = curve_of(draft)
    mine = typed(amount, ("5", "5"))
    director.post(page(amount), typed(amount, ("7", "7")))
    answer = director.post(page(amount), mine)
    amount.refresh_from_db()
    assert (answer.status_code, amount.knots) == (409, [[700, 700]])
    assert '<span class="text-nowrap">7 → 7</span>' in answer.text
    director.post(page(amount), mine | {"base": answer.context["base"]})
    amount.refresh_from_db()
    assert amount.knots == [[500, 500]]


def test_a_curve_in_force_is_read_and_never_changed(director: Client, scheme: Scheme, alice: User) -> None:
    amount = curve_of(scheme.published())
    assert "data-curve-form" not in director.get(page(amount)).text
    director.post(page(amount), typed(amount, ("5", "5")))
    amount.refresh_from_db()
    assert amount.knots == [[0, 0], [10_000_000, 10_000]]
    director.force_login(alice)
    assert director.get(page(amount)).context["shown"] == [("¥0", 0), ("¥100,000", 10_000)]


@given(
    unit=st.sampled_from(Unit),
    at=st.dictionaries(st.integers(-VALUE_LIMIT, VALUE_LIMIT), st.integers(0, FULL_POINTS), min_size=1),
    order=st.randoms(),
)
def test_every_curve_is_shown_and_read_back(unit: Unit, at: dict[int, int], order: Any) -> None:
    rows = [(curves.write_value(x, unit), curves.decimal(y, 2)) for x, y in at.items()]
    order.shuffle(rows)
    found = knots.read("linear", [x for x, _ in rows], [y for _, y in rows], unit)
    assert found.knots == [[x, at[x]] for x in sorted(at)]


# The book behind it


@given(low=st.integers(-VALUE_LIMIT, VALUE_LIMIT), size=st.integers(0, VALUE_LIMIT))
def test_the_drawing_holds_the_curve_in_a_few_buckets(low: int, size: int) -> None:
    first, last, width = drawn_range([[low, 0], [low + size, 0]])
    assert first <= low <= low + size <= last
    assert 1 <= len(range(first, last + 1, width)) <= MOST_BUCKETS


def test_amounts_are_counted_in_round_steps() -> None:
    first, last, width = drawn_range([[0, 0], [300_000_000, 10_000]])
    assert (first, last, width) == (0, 359_999_999, 15_000_000)


def test_the_book_is_counted_by_value(
    scheme: Scheme, draft: SchemeVersion, alice: User, director: Client
) -> None:
    for n, points in enumerate((5, 50, 50, 100, 300)):
        customer = a_customer(f"Customer {n}", owner=alice)
        bought(customer, points)
        if n < 2:
            a_figure(customer, alice, Q3, 40, "industry_outlook")
    regraded(scheme)

    amounts = distribution(curve_of(draft))
    assert amounts
    assert [b.customers for b in amounts.buckets if b.customers] == [1, 2, 1]
    assert (amounts.known, amounts.below, amounts.above, amounts.unknown) == (5, 0, 1, 0)
    assert all(b.first <= 5_000_000 <= b.last for b in amounts.buckets if b.customers == 2)

    outlook = distribution(curve_of(draft, "industry_outlook"))
    assert outlook
    assert (outlook.known, outlook.unknown) == (2, 3)
    answer = director.get(f"{page(curve_of(draft))}book/", headers={"hx-request": "true"})
    assert "Grey: the 5 customers of the re-grade 2026Q3 of whom this is known." in " ".join(
        answer.text.split()
    )
    assert "One lies beyond the drawing." in answer.text


def test_a_nightly_check_of_some_is_not_the_book(scheme: Scheme, draft: SchemeVersion, alice: User) -> None:
    bought(a_customer("Acme", owner=alice), 50)
    run = regraded(scheme)
    Run.objects.create(
        scheme=scheme,
        version=run.version,
        as_of=Q3,
        period=run.period,
        trigger=Run.Trigger.UPGRADE,
        state=Run.State.PUBLISHED,
        published_at=AT + timedelta(days=1),
    )
    found = distribution(curve_of(draft))
    assert found
    assert found.run == run


@pytest.mark.parametrize("rows", [1, 3])
def test_the_book_is_counted_once(
    scheme: Scheme, draft: SchemeVersion, alice: User, rows: int, settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": LOCMEM, "LOCATION": f"distribution{rows}"}}
    for n in range(rows):
        bought(a_customer(f"Customer {n}", owner=alice), 50)
    regraded(scheme)
    amount = curve_of(draft)
    with CaptureQueriesContext(connection) as first:
        distribution(amount)
    with CaptureQueriesContext(connection) as second:
        distribution(amount)
    assert (len(first), len(second)) == (7, 6)


def test_without_a_regrade_or_a_value_there_is_a_sentence(
    scheme: Scheme, draft: SchemeVersion, alice: User, director: Client
) -> None:
    address = f"{page(curve_of(draft))}book/"
    assert "cannot be drawn behind the curve yet" in director.get(address).text
    a_customer("Acme", owner=alice)
    regraded(scheme)
    assert "cannot be drawn behind the curve yet" in director.get(address).text
    Indicator.objects.filter(dimension__version=draft, key="industry_outlook").update(key="order_trend")
    assert distribution(curve_of(draft, "order_trend")) is None
