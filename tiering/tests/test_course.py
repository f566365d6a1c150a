"""Tier history: every number against a plain count, and against the list that it leads to."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, strategies as st
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import User
from customers import services as customers
from customers.models import Customer, Standing, Tier
from customers.tests.making import a_customer, an_order, at
from tiering import regrade, tasks
from tiering.course import counting, figures, keeping, layout, periods
from tiering.models import CountedBook, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, bought, regraded
from tiering.undoing import undo

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _today(db: None) -> Iterator[None]:
    with travel(at(TODAY, 9), tick=False):
        yield


def moved(customer: Customer, to: Tier | None, on: date) -> None:
    """As a run or a person would have it."""
    standing = Standing.objects.get(customer=customer)
    if standing.tier_id == (to.pk if to else None):
        return
    TierChange.objects.create(
        customer=customer, from_tier=standing.tier, to_tier=to, effective_on=on, changed_at=at(on),
        reason={"kind": "override_ended"},
    )  # fmt: skip
    Standing.objects.filter(customer=customer).update(tier=to, since=on)


def a_past(owner: User, chance: Random, *, count: int, name: str = "C") -> list[Customer]:
    """Customers who bought and changed tier at random in the last three years; some are archived."""
    tiers = [*Tier.objects.filter(scale="b2b"), Tier.objects.create(scale="other", key="a", rank=1)]
    found = []
    for n in range(count):
        customer = a_customer(f"{name}{n}", owner=owner)
        found.append(customer)
        for day in sorted(
            TODAY - timedelta(days=chance.randrange(1_100)) for _ in range(chance.randrange(6))
        ):
            moved(customer, chance.choice([*tiers, *tiers, None]), day)
        for _order in range(chance.randrange(5)):
            an_order(customer, TODAY - timedelta(days=chance.randrange(1_200)), chance.randrange(-1, 5) * 100)
        amount = chance.choice((None, 0, -5, 100, 100, 250, 4_000))
        Standing.objects.filter(customer=customer).update(annual_amount=amount)
        if chance.random() < 0.2:
            gone = at(TODAY - timedelta(days=chance.randrange(500)), chance.choice((0, 23)))
            customers.archive([customer.pk], by=owner, at=gone)
    return found


# The periods


def test_the_quarters_of_which_is_told() -> None:
    found = periods.periods(TODAY, months=periods.QUARTER, closed=2)
    assert found == [
        periods.Period(date(2026, 3, 31), date(2026, 6, 30), is_closed=True),
        periods.Period(date(2026, 6, 30), date(2026, 9, 30), is_closed=True),
        periods.Period(date(2026, 9, 30), TODAY, is_closed=False),
    ]


def test_the_years_of_which_is_told() -> None:
    found = periods.periods(date(2026, 1, 1), months=periods.YEAR, closed=1)
    assert found == [
        periods.Period(date(2024, 12, 31), date(2025, 12, 31), is_closed=True),
        periods.Period(date(2025, 12, 31), date(2026, 1, 1), is_closed=False),
    ]


def test_every_day_of_a_stay_is_counted_once() -> None:
    edges = periods.stay_days(TODAY)
    for days in range(1_000):
        day = TODAY - timedelta(days=days)
        assert sum((first is None or first <= day) and day <= last for first, last in edges) == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=8))
def test_the_median_is_the_one_in_the_middle(days: list[tuple[int, int]]) -> None:
    everything = sorted(value for value, n in days for _ in range(n))
    expected = everything[(len(everything) - 1) // 2] if everything else None
    assert counting.median(days) == expected


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_the_curve_and_its_sentence(amounts: list[int]) -> None:
    found = counting.concentration(np.array(amounts, np.int64))
    largest = sorted(amounts, reverse=True)
    total = sum(amounts)
    assert (found.customers, found.amount) == (len(amounts), total)
    assert found.most
    needed = next(n for n in range(1, len(amounts) + 1) if sum(largest[:n]) * 100 >= total * 75)
    least = largest[needed - 1]
    as_large = [amount for amount in amounts if amount >= least]
    assert found.most == counting.Share(len(as_large), least, sum(as_large))
    for share in found.shares:
        assert share.customers == sum(amount >= share.least for amount in amounts)
        assert share.amount == sum(amount for amount in amounts if amount >= share.least)
    assert found.shares[-1].customers == len(amounts)
    assert (found.curve[0], found.curve[-1]) == ([0, 0], [10_000, 10_000])
    assert found.curve == sorted(found.curve)


def test_a_book_that_bought_nothing_has_no_curve() -> None:
    assert counting.concentration(np.zeros(0, np.int64)) == counting.Concentration(0, 0, None, [], [[0, 0]])


# Against a plain count


def tier_of(customer: Customer, day: date) -> Tier | None:
    found = None
    for change in customer.tier_changes.order_by("pk"):
        if change.effective_on <= day:
            found = change.to_tier
    return found


def buys(customer: Customer, day: date) -> bool:
    last = day.year * 12 + day.month
    months = {o.ordered_on.year * 12 + o.ordered_on.month for o in customer.orders.all() if o.amount > 0}
    return any(last - 12 < month <= last for month in months)


def plainly(people: list[Customer], start: date, end: date, tier: Tier) -> list[int]:
    """Kept, lower, other, gone, stopped: one customer after the other."""
    counts = [0, 0, 0, 0, 0]
    for customer in people:
        if tier_of(customer, start) != tier:
            continue
        after = tier_of(customer, end)
        if customer.archived_at and timezone.localdate(customer.archived_at) <= end:
            counts[3] += 1
        elif after is None or after.scale != tier.scale:
            counts[2] += 1
        else:
            counts[after.rank > tier.rank] += 1
        counts[4] += buys(customer, start) and not buys(customer, end)
    return counts


@pytest.mark.parametrize("seed", range(2))
def test_what_became_of_a_tier_is_what_a_plain_count_says(
    alice: User, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "STRETCH", 7)
    a_past(alice, Random(seed), count=25)
    people = list(Customer.objects.all())
    found = figures.figures(None, today=TODAY)["held"]
    assert found["quarter"][-1]["days"] == ["2026-09-30", "2026-11-22"]
    for row in found["quarter"] + found["year"]:
        start, end = map(date.fromisoformat, row["days"])
        told = {pk: sums for pk, *sums in row["tiers"]}
        for tier in Tier.objects.all():
            assert told.get(tier.pk, [0] * 5)[:4] == plainly(people, start, end, tier)[:4]
            if tier.pk in told:
                assert told[tier.pk] == plainly(people, start, end, tier)


def followed(client: Client, url: str) -> int:
    """How many the list says that the number leads to."""
    split = urlsplit(url)
    answer = client.get(split.path, parse_qs(split.query))
    assert answer.context["filter"].is_valid(), url
    assert not answer.context["count"].is_capped
    return int(answer.context["count"].value)


def links(page: Any) -> list[layout.Linked]:
    """Every number of the page that leads to a list."""
    context = page.context
    found = [link for quarter in context["quarters"] for link in quarter.moves]
    for row in (row for period in context["periods"] for row in period.tiers):
        found += [row.whole, *row.became]
    for stay in context["stays"]:
        found += [stay.whole, *stay.counts]
    found += [part.customers for part in (*context["spread"].parts, *context["spread"].tiers)]
    return [*found, context["spread"].most.customers]


@pytest.mark.parametrize("who, by", [("dora", "quarter"), ("bob", "year")])
def test_every_number_leads_to_a_list_with_as_many(
    cast: dict[str, User], enter: Callable[[User], Client], pytestconfig: pytest.Config, who: str, by: str
) -> None:
    a_past(cast["alice"], Random(5), count=14)
    Tier.objects.filter(scale="other").update(scale="third")
    a_past(cast["carol"], Random(6), count=8, name="D")
    client = enter(cast[who])
    every = links(client.get(reverse("tiering:course"), {"by": by}))
    assert sum(link.n for link in every) > 50
    found = every if pytestconfig.getoption("thorough") else Random(7).sample(every, 40)
    wrong = [(link.n, n, link.url) for link in found if link.n != (n := followed(client, link.url))]
    assert wrong == []


def test_an_undone_regrade_has_never_been(
    scheme: Scheme, dora: User, enter: Callable[[User], Client]
) -> None:
    """Neither its changes nor their way back count, nor is anybody in the tier that it gave; the history keeps both."""
    people = {name: a_customer(name, code=name) for name in ("up", "down", "new")}
    for name, points in (("up", 30), ("down", 90)):
        bought(people[name], points, quarter=Q2)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    before = figures.figures(None, today=TODAY)
    for name, points in (("up", 90), ("down", 30), ("new", 50)):
        bought(people[name], points)
    run = regraded(scheme)
    assert [row["up"] for row in figures.moves(None)] == [0, 1]
    undoing = undo(run, by=dora, at=at(TODAY))
    regrade.finish(undoing.pk, at=at(TODAY))

    after = figures.figures(None, today=TODAY)
    assert (after["moves"], after["held"]) == (before["moves"], before["held"])
    client = enter(dora)
    page = client.get(reverse("tiering:course"))
    assert [(link.n, link.url) for link in links(page) if link.n != followed(client, link.url)] == []
    changes = {
        undone: client.get(reverse("tiering:changes"), {"undone": undone}).context["count"].value
        for undone in ("", "true", "false")
    }
    assert changes == {"": 8, "true": 6, "false": 2}


def test_everybody_sees_the_history_of_their_own_customers(
    cast: dict[str, User], enter: Callable[[User], Client]
) -> None:
    core = Tier.objects.get(scale="b2b", key="core")
    for owner in ("alice", "alice", "carol"):
        moved(a_customer(owner=cast[owner], name="C"), core, date(2026, 9, 30))
    address = reverse("tiering:course")
    firsts = {
        who: [row.moves[2].n for row in enter(cast[who]).get(address).context["quarters"]]
        for who in ("alice", "bob", "carol", "dora", "audrey", "dan")
    }
    assert firsts == {"alice": [2], "bob": [2], "carol": [1], "dora": [3], "audrey": [3], "dan": []}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_of_the_database_however_large_the_book_is(
    dora: User,
    alice: User,
    enter: Callable[[User], Client],
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(rows):
        customer = a_customer(f"C{n}", owner=alice)
        moved(customer, Tier.objects.get(scale="b2b", key="core"), date(2026, 9, 30))
        an_order(customer, date(2026, 9, 30))
    client = enter(dora)
    with django_assert_num_queries(16):
        client.get(reverse("tiering:course"))


def test_a_large_book_is_counted_beforehand(
    dora: User,
    alice: User,
    enter: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 1)
    core = Tier.objects.get(scale="b2b", key="core")
    for n in range(2):
        moved(a_customer(f"C{n}", owner=alice), core, date(2026, 9, 30))
    client, address = enter(dora), reverse("tiering:course")
    assert [row.moves[2].n for row in client.get(address).context["quarters"]] == [2]
    moved(a_customer("New", owner=alice), core, date(2026, 10, 5))
    assert [row.moves[2].n for row in client.get(address).context["quarters"]] == [2]
    tasks.count_tier_history()
    assert [row.moves[2].n for row in client.get(address).context["quarters"]] == [1, 2]
    assert CountedBook.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    ["then=never", "tier_then=none", "until=x&became=kept", "became=kept", "became=nonsense", "since_from=x"],
)
def test_a_question_that_is_not_understood_finds_nobody(
    enter: Callable[[User], Client], dora: User, alice: User, query: str
) -> None:
    a_customer("Acme", owner=alice)
    answer = enter(dora).get(f"{reverse('customers:list')}?{query}")
    assert [customer.name for customer, _cells in answer.context["rows"]] == []


@pytest.mark.parametrize("direction", ["up", "down", "first", "other"])
def test_changes_are_told_apart_as_the_list_does(
    enter: Callable[[User], Client], dora: User, alice: User, direction: str
) -> None:
    a_past(alice, Random(9), count=20)
    tiers = Tier.objects.in_bulk()
    changes = TierChange.objects.values_list("from_tier", "to_tier")
    expected = sum(figures.direction(before, after, tiers) == direction for before, after in changes)
    assert expected
    answer = enter(dora).get(reverse("tiering:changes"), {"direction": direction})
    assert answer.context["count"].value == expected


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_largest_customers_are_a_sentence(
    enter: Callable[[User], Client], dora: User, alice: User, language: str
) -> None:
    for n, amount in enumerate((900_00, 60_00, 40_00)):
        Standing.objects.filter(customer=a_customer(f"C{n}", owner=alice)).update(annual_amount=amount)
    client = enter(dora)
    client.cookies["language"] = language
    page = client.get(reverse("tiering:course")).text
    sentence = {
        "en": "The largest customer (33.33% of all who bought) brings 90% of ¥1,000 a year.",
        "zh-hans": "最大的 1 个客户（占有采购客户的 33.33%）带来每年 ¥1,000 的 90%。",
    }[language]
    assert sentence in page
