"""The list of deciding figures, the freshness before a run, and what lists say of a tier."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure, a_rating, an_order
from tiering import following, freshness, services
from tiering.models import Decisive, Run, Scheme, TierChange
from tiering.tests.conftest import AT, Q3, bought, regraded, tier
from tiering.views.deciding import where_said


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def hanging(name: str, owner: User, points: int = 60) -> Customer:
    """Whose figure is unknown: it could be in three tiers."""
    customer = a_customer(name, owner=owner)
    bought(customer, points)
    return customer


def followed(scheme: Scheme) -> Run:
    run = regraded(scheme)
    following.follow_up(run.pk, at=timezone.now())
    return run


# The list


def test_who_has_a_tier_set_by_hand_since_hangs_on_nothing(
    scheme: Scheme, me: Client, alice: User, dora: User
) -> None:
    acme, _beta = hanging("Acme", alice), hanging("Beta", alice)
    followed(scheme)
    today = timezone.localdate()
    services.set_by_hand(
        acme,
        tier=tier("core"),
        reason="Pilot.",
        expires_on=today + timedelta(days=9),
        by=dora,
        at=timezone.now(),
    )
    lines = me.get("/deciding/").context["lines"]
    assert [line.row.customer.name for line in lines] == ["Beta"]


@pytest.mark.parametrize("rows", [1, 3])
def test_customers_whose_tier_hangs_on_one_figure_are_listed_who_brings_most_first(
    scheme: Scheme,
    me: Client,
    alice: User,
    carol: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(rows):
        hanging(f"Acme {n}", alice, 60 + n)
    hanging("Beta", carol)
    followed(scheme)
    me.get("/deciding/")

    with django_assert_num_queries(8):
        lines = me.get("/deciding/").context["lines"]

    assert [(line.row.customer.name, line.name, [t.key for t in line.tiers]) for line in lines] == [
        (f"Acme {n}", "Industry outlook", ["important", "regular", "potential"]) for n in range(rows)
    ][::-1]


def test_the_list_leaves_out_who_is_known_archived_or_graded_anew(
    scheme: Scheme, me: Client, alice: User
) -> None:
    customers = {name: hanging(name, alice) for name in ("stays", "typed since", "archived", "graded anew")}
    with time_machine.travel(AT):
        followed(scheme)
    a_figure(customers["typed since"], alice, date(2026, 10, 2), 5, "industry_outlook")
    a_figure(customers["stays"], alice, date(2026, 10, 2), 5, "expansion_plan")
    Customer.objects.filter(pk=customers["archived"].pk).update(archived_at=AT)
    Decisive.objects.filter(customer=customers["graded anew"]).update(grading_id=0)

    assert [line.row.customer.name for line in me.get("/deciding/").context["lines"]] == ["stays"]


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"indicator": "industry_outlook"}, ["b", "a"]),
        ({"indicator": "annual_amount"}, []),
        ({"indicator": "nonsense"}, []),
        ({"tier": "x"}, []),
        ({"owner": "x"}, []),
    ],
)
def test_the_list_is_filtered(
    scheme: Scheme, me: Client, alice: User, query: dict[str, str], expected: list[str]
) -> None:
    hanging("a", alice, 60)
    hanging("b", alice, 61)
    followed(scheme)

    assert [line.row.customer.name for line in me.get("/deciding/", query).context["lines"]] == expected


def test_the_list_is_paged_by_key(scheme: Scheme, client: Client, dora: User, alice: User) -> None:
    for n in range(52):
        hanging(f"{n:02}", alice, 60)
    followed(scheme)
    client.force_login(dora)

    first = client.get("/deciding/").context["page"]
    second = client.get("/deciding/", {"cursor": first.next_cursor}).context["page"]

    assert (len(first.rows), len(second.rows)) == (50, 2)
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}


@pytest.mark.parametrize(
    "indicator, url",
    [
        ("expansion_plan", "/customers/7/rate/?indicator=expansion_plan"),
        ("industry_outlook", "/customers/7/figure/?indicator=industry_outlook"),
        ("renewal_rate", "/customers/7/add/contract/"),
        ("payment_timeliness", "/customers/7/add/payment/"),
        ("annual_amount", "/customers/7/add/order/"),
        ("technical_support", "/customers/7/add/request/"),
        ("years_of_cooperation", "/customers/7/edit/"),
        ("gone", ""),
    ],
)
def test_each_line_leads_to_where_the_figure_is_said(indicator: str, url: str) -> None:
    assert where_said(7, indicator) == url


@pytest.mark.parametrize("path, indicator", [("rate", "expansion_plan"), ("figure", "industry_outlook")])
def test_the_form_is_about_that_indicator(me: Client, alice: User, path: str, indicator: str) -> None:
    customer = a_customer("Acme", owner=alice)

    form = me.get(f"/customers/{customer.pk}/{path}/?indicator={indicator}").context["form"]

    assert form["indicator"].value() == indicator


# Freshness


def test_the_newest_of_each_kind_counts_and_days_to_come_do_not(alice: User) -> None:
    acme = a_customer("Acme", owner=alice)
    today = date(2026, 10, 10)
    for day in (date(2026, 10, 1), date(2026, 9, 1), date(2026, 10, 11)):
        an_order(acme, day)
    a_rating(acme, alice, date(2026, 8, 1), 3, "expansion_plan")

    found = {str(row.name): (row.day, row.age, row.is_old) for row in freshness.newest(today=today)}

    assert found == {
        "Orders": (date(2026, 10, 1), 9, False),
        "Ratings": (date(2026, 8, 1), 70, True),
        **dict.fromkeys(["Payments", "Contracts", "Service requests", "Figures"], (None, None, True)),
    }


def test_gaps_are_those_of_the_last_run_the_least_known_first(
    scheme: Scheme, alice: User, client: Client, dora: User
) -> None:
    assert freshness.gaps() is None
    for n in range(3):
        hanging(f"Acme {n}", alice)
    known = a_customer("Known", owner=alice)
    bought(known, 50)
    a_figure(known, alice, Q3 - timedelta(days=400), 50, "industry_outlook")
    followed(scheme)

    found = freshness.gaps()
    client.force_login(dora)
    page = client.get("/regrades/freshness/").content.decode()

    assert found
    assert [(row.key, row.unknown, row.unknown_share, row.stale, row.stale_share) for row in found.rows] == [
        ("industry_outlook", 3, 7_500, 1, 2_500)
    ]
    assert "3 · 75%" in page
    assert "/deciding/?indicator=industry_outlook" in page


def test_the_page_on_which_a_run_is_started_asks_for_it(scheme: Scheme, client: Client, dora: User) -> None:
    client.force_login(dora)

    assert 'hx-get="/regrades/freshness/"' in client.get("/regrades/").content.decode()
    assert "<html" not in client.get("/regrades/freshness/", headers={"hx-request": "true"}).content.decode()


# What lists say of a tier


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_customers_says_why_and_what_could_become_of_them(
    scheme: Scheme,
    me: Client,
    alice: User,
    carol: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    alice.preferences = {"customer_columns": ["name", "tier", "span", "possible_tiers"]}
    alice.save()
    for n in range(rows):
        hanging(f"Acme {n}", alice)
    hanging("Beta", carol)
    followed(scheme)
    me.get("/customers/")

    with django_assert_num_queries(12):
        response = me.get("/customers/")

    page = response.content.decode()
    names = re.findall(r'class="name"><a href="[^"]+">([^<]+)', page)
    assert names == [f"Acme {n}" for n in reversed(range(rows))]
    for cells in response.context["rows"]:
        assert 'title="First grading: 60.00 points."' in cells
        assert re.findall(r'badge tier tier-\w+">(\w+)', cells)[-3:] == ["Important", "Regular", "Potential"]
    change = TierChange.objects.filter(customer__name="Acme 0").get()
    assert f'popovertarget="why-{change.customer_id}"' in page
    assert f'href="/tier-changes/{change.pk}/"' in page
    assert "36.00 – 76.00" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_api_says_it_too(
    scheme: Scheme, me: Client, alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        hanging(f"Acme {n}", alice)
    followed(scheme)
    me.get("/api/v1/customers/")

    with django_assert_num_queries(8):
        found = me.get("/api/v1/customers/").json()["results"]
    one = me.get(f"/api/v1/customers/{found[0]['id']}/").json()

    assert [(row["low"], row["high"], row["possible_tiers"], row["why"]) for row in found] == [
        (36_000_000, 76_000_000, ["important", "regular", "potential"], "First grading: 60.00 points.")
    ] * rows
    assert one == found[0]


def test_who_was_never_graded_has_nothing_to_say(scheme: Scheme, me: Client, alice: User) -> None:
    customer = a_customer("New", owner=alice)

    answer = me.get(f"/api/v1/customers/{customer.pk}/").json()

    assert (answer["possible_tiers"], answer["why"], answer["low"]) == ([], None, None)
    assert tier("core").name not in me.get("/customers/").content.decode().split("<tbody>")[1]
