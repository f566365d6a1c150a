"""Rater care: averages against plain ones, whose ratings are listed, and that every number leads to its list."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import User
from customers.models import Assessment, Customer
from customers.tests.making import a_customer, a_rating, at
from tiering.models import Run, Scheme, TierChange
from tiering.raters import asking, rules
from tiering.raters.rules import Average
from tiering.tests.conftest import tier

TODAY = date(2026, 11, 22)
FROZEN = at(date(2026, 10, 1), 2)
RATED = ("service_response", "expansion_plan", "referral_ability")


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    with travel(at(TODAY, 9), tick=False):
        yield


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def run(db: None) -> Run:
    scheme = Scheme.objects.get(is_default=True)
    return Run.objects.create(
        scheme=scheme, version=scheme.published(), as_of=date(2026, 9, 30), period="2026Q3", frozen_at=FROZEN,
        state=Run.State.PUBLISHED, published_at=FROZEN, trigger=Run.Trigger.COMMAND,
    )  # fmt: skip


def rated(customer: Customer, by: User, days_ago: int, rating: int, indicator: str = RATED[0]) -> Assessment:
    return a_rating(customer, by, TODAY - timedelta(days=days_ago), rating, indicator)


# The rules


@pytest.mark.parametrize(
    "own, book, expected",
    [
        (Average(10, 40), Average(100, 350), True),
        (Average(10, 30), Average(100, 350), True),
        (Average(9, 45), Average(100, 350), False),
        (Average(100, 399), Average(100, 350), False),
        (Average(0, 0), Average(0, 0), False),
    ],
)
def test_an_average_drifts_by_half_a_point_of_ten_ratings(
    own: Average, book: Average, expected: bool
) -> None:
    assert rules.drifts(own, book) is expected


@pytest.mark.parametrize(
    "sums, expected",
    [
        ((15, 15, 16, 17), True),
        ((10, 10, 15, 16), True),
        ((15, 15, 15, 17), False),
        ((15, 16, 15, 17), False),
        ((15, 15, 16, 16), False),
    ],
)
def test_an_average_rises_when_each_of_three_quarters_is_above_the_one_before(
    sums: tuple[int, ...], expected: bool
) -> None:
    assert rules.rises([Average(5, each) for each in sums]) is expected
    assert rules.rises([*(Average(5, each) for each in sums[:-1]), Average(4, 20)]) is False


def test_a_small_rise_is_none() -> None:
    assert rules.rises([Average(100, 300), Average(100, 301), Average(100, 302)]) is False


def test_the_quarters_that_are_shown() -> None:
    assert asking.quarter_days(TODAY) == [
        (date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
    ]


# Against a plain reading


def average(rows: list[Assessment]) -> Average:
    return Average(len(rows), sum(row.rating for row in rows))


def before(row: Assessment, rows: list[Assessment]) -> int | None:
    own = [each for each in rows if (each.customer_id, each.indicator) == (row.customer_id, row.indicator)]
    earlier = [each for each in own if (each.rated_on, each.pk) < (row.rated_on, row.pk)]
    return max(earlier, key=lambda each: (each.rated_on, each.pk)).rating if earlier else None


@pytest.fixture
def random_ratings(cast: dict[str, User], run: Run) -> list[Assessment]:
    chance = Random(7)
    people = [cast[name] for name in ("alice", "bob", "carol")]
    customers = [a_customer(f"C{n}", owner=cast["alice"]) for n in range(6)]
    for _rating in range(220):
        rater = chance.choice(people)
        rating = min(max(chance.randrange(1, 6) + (rater == people[2]), 1), 5)
        rated(chance.choice(customers), rater, chance.randrange(500), rating, chance.choice(RATED))
    for n in range(60):
        rated(
            chance.choice(customers), people[n % 3], 53 + n % 14, chance.randrange(1, 6), chance.choice(RATED)
        )
    for customer in customers[:3]:
        TierChange.objects.create(
            customer=customer, run=run, from_tier=tier("regular"), to_tier=tier("important"),
            effective_on=run.as_of, changed_at=FROZEN, reason={"kind": "override_ended"},
        )  # fmt: skip
    return list(Assessment.objects.all())


def test_averages_beside_a_rating(random_ratings: list[Assessment], cast: dict[str, User]) -> None:
    year = [row for row in random_ratings if date(2025, 11, 23) <= row.rated_on <= TODAY]
    customer = random_ratings[0].customer
    for name in ("alice", "dora"):
        found = asking.beside(customer, rater=cast[name], today=TODAY)
        told = [row for row in found if row.indicator in RATED]
        assert [row.indicator for row in told] == list(RATED)
        for row in told:
            book = [each for each in year if each.indicator == row.indicator]
            assert row.book == average(book)
            assert row.own == average([each for each in book if each.rater == cast[name]])
            own = [e for e in random_ratings if (e.customer, e.indicator) == (customer, row.indicator)]
            assert row.present == (max(own, key=lambda e: (e.rated_on, e.pk)).rating if own else None)


def test_drift_is_what_a_plain_reading_finds(random_ratings: list[Assessment]) -> None:
    year = [row for row in random_ratings if date(2025, 11, 23) <= row.rated_on <= TODAY]
    expected = set()
    for rater in {row.rater_id for row in year}:
        for indicator in RATED:
            book = [row for row in year if row.indicator == indicator]
            own = [row for row in book if row.rater_id == rater]
            if rules.drifts(average(own), average(book)):
                expected.add((rater, indicator, average(own), average(book)))
    found = {(row.rater, row.indicator, row.own, row.book) for row in asking.drifting(TODAY)}
    assert expected
    assert found == expected


def test_what_was_changed_just_before_a_run_is_what_a_plain_reading_finds(
    random_ratings: list[Assessment], run: Run
) -> None:
    late = [row for row in random_ratings if FROZEN - timedelta(days=14) < row.recorded_at <= FROZEN]
    expected = {}
    for rater in {row.rater_id for row in late}:
        own = [(row, before(row, random_ratings)) for row in late if row.rater_id == rater]
        raised = [row for row, earlier in own if earlier and row.rating > earlier]
        lowered = [row for row, earlier in own if earlier and row.rating < earlier]
        rose = [row for row in raised if row.customer.tier_changes.filter(run=run).exists()]
        if len(raised) + len(lowered) >= rules.MANY:
            expected[rater] = (len(raised) + len(lowered), len(raised), len(lowered), len(rose))
    found = {row.rater: (row.changed, row.raised, row.lowered, row.rose) for row in asking.late([run])}
    assert expected
    assert found == expected


def test_whoever_rates_higher_every_quarter_is_listed(acme: Customer, alice: User, carol: User) -> None:
    for (first, _last), ratings in zip(
        asking.quarter_days(TODAY), ((3,) * 5, (3,) * 5, (3, 3, 3, 3, 4), (4,) * 5), strict=True
    ):
        for rating in ratings:
            a_rating(acme, alice, first, rating, RATED[0])
            a_rating(acme, carol, first, 3, RATED[0])
    [found] = asking.rising(TODAY)
    assert (found.rater, found.quarters) == (
        alice.pk,
        [Average(5, 15), Average(5, 15), Average(5, 16), Average(5, 20)],
    )


# The pages


def followed(client: Client, url: str) -> int:
    split = urlsplit(url)
    answer = client.get(split.path, parse_qs(split.query))
    assert answer.context["filter"].is_valid(), url
    return int(answer.context["count"].value)


def test_every_number_leads_to_as_many_ratings(
    random_ratings: list[Assessment], enter: Callable[[User], Client], dora: User, acme: Customer, alice: User
) -> None:
    for (first, _last), ratings in zip(asking.quarter_days(TODAY), (3, 3, 4, 5), strict=True):
        for _rating in range(40):
            a_rating(acme, alice, first, ratings, RATED[0])
    client = enter(dora)
    page = client.get(reverse("tiering:raters")).context
    numbers = [(found.row.own.count, found.url) for found in page["drifting"]]
    numbers += [(each.count, url) for found in page["rising"] for each, url in found.more]
    numbers += [number for found in page["late"] for number in found.more]
    assert {bool(page[name]) for name in ("drifting", "rising", "late")} == {True}
    assert [(n, url) for n, url in numbers if n != followed(client, url)] == []


@pytest.mark.parametrize("language, expected", [("en", "Your average"), ("zh-hans", "您的平均分")])
def test_the_form_shows_both_averages(
    enter: Callable[[User], Client], alice: User, carol: User, acme: Customer, language: str, expected: str
) -> None:
    rated(acme, alice, 3, 4)
    rated(acme, alice, 2, 5)
    rated(acme, carol, 1, 2)
    client = enter(alice)
    client.cookies["language"] = language
    page = client.get(reverse("tiering:rate", args=[acme.pk]))
    row = page.context["averages"][0]
    assert (row.present, row.own.hundredths, row.book.hundredths) == (2, 450, 367)
    assert [shown in page.text for shown in (expected, "4.50", "3.67")] == [True, True, True]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_form_asks_the_same_of_the_database_however_many_ratings_there_are(
    enter: Callable[[User], Client],
    alice: User,
    acme: Customer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(rows):
        rated(acme, alice, n, 4, RATED[n])
    client = enter(alice)
    with django_assert_num_queries(10):
        client.get(reverse("tiering:rate", args=[acme.pk]))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_ask_the_same_of_the_database_however_many_raters_there_are(
    enter: Callable[[User], Client],
    cast: dict[str, User],
    run: Run,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for name in ("alice", "bob", "carol")[:rows]:
        for n in range(3):
            customer = a_customer(f"C{n}", owner=cast["alice"])
            a_rating(customer, cast[name], date(2026, 9, 1), 3, RATED[0])
            a_rating(customer, cast[name], date(2026, 9, 28), 4, RATED[0])
    client = enter(cast["dora"])
    with django_assert_num_queries(7):
        page = client.get(reverse("tiering:raters"))
    assert [(found.row.changed, found.row.raised) for found in page.context["late"]] == [(3, 3)] * rows
    with django_assert_num_queries(6):
        page = client.get(reverse("tiering:ratings"), {"change": "raised"})
    assert len(page.context["page"].rows) == 3 * rows


@pytest.mark.parametrize("who", ["alice", "bob", "dan"])
@pytest.mark.parametrize("address", ["tiering:raters", "tiering:ratings"])
def test_the_pages_are_for_whoever_sees_the_whole_book(
    enter: Callable[[User], Client], cast: dict[str, User], who: str, address: str
) -> None:
    assert enter(cast[who]).get(reverse(address)).status_code == 403


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, 4),
        ({"change": "first"}, 1),
        ({"change": "raised"}, 1),
        ({"change": "lowered"}, 1),
        ({"change": "same"}, 1),
        ({"change": "changed"}, 2),
        ({"moved": "up"}, 0),
        ({"change": "nonsense"}, 0),
        ({"rated_from": "2026-11-21"}, 2),
        ({"rated_to": "2026-11-20"}, 2),
        ({"indicator": "nonsense"}, 0),
    ],
)
def test_ratings_are_filtered(
    enter: Callable[[User], Client],
    dora: User,
    alice: User,
    acme: Customer,
    query: dict[str, Any],
    expected: int,
) -> None:
    for days_ago, rating in ((3, 3), (2, 4), (1, 4), (0, 2)):
        rated(acme, alice, days_ago, rating)
    assert enter(dora).get(reverse("tiering:ratings"), query).context["count"].value == expected
    assert timezone.localdate() == TODAY
