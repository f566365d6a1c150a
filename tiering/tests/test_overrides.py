"""The list of tiers set by hand: whose one sees, until when, the computed tier beside, a warning before the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Standing
from customers.tests.making import a_customer
from tiering import services
from tiering.models import Override
from tiering.tests.conftest import tier

Asks = Callable[..., object]
TODAY = timezone.localdate()


def by_hand(customer: Customer, by: User, *, days: int, key: str = "core") -> Override:
    return services.set_by_hand(
        customer,
        tier=tier(key),
        reason="A partner.",
        expires_on=TODAY + timedelta(days=days),
        by=by,
        at=timezone.now(),
    )


@pytest.fixture
def book(alice: User, carol: User, dora: User) -> dict[str, Customer]:
    """Alice's and Carol's, one that is over, one that was ended, one of a customer who is gone."""
    names = {"far": alice, "soon": alice, "today": carol, "over": alice, "ended": alice, "gone": alice}
    customers = {name: a_customer(name, owner=owner) for name, owner in names.items()}
    for name, days in (("far", 8), ("soon", 7), ("today", 0), ("over", -1), ("ended", 3), ("gone", 3)):
        by_hand(customers[name], dora, days=days)
    services.end_by_hand(Override.objects.get(customer=customers["ended"]), by=dora, at=timezone.now())
    Customer.objects.filter(name="gone").update(archived_at=timezone.now())
    Standing.objects.filter(customer=customers["far"]).update(computed_tier=tier("regular"))
    return customers


def listed(client: Client, query: str = "") -> list[tuple[str, int, bool]]:
    rows = client.get("/tiers-by-hand/" + query).context["rows"]
    return [(override.customer.name, left, is_ending) for override, left, is_ending in rows]


@pytest.mark.parametrize(
    "count, said", [(1, "1 tier set by hand is in force"), (2, "2 tiers set by hand are in force")]
)
def test_one_is_counted_as_one(client: Client, alice: User, dora: User, count: int, said: str) -> None:
    for n in range(count):
        by_hand(a_customer(f"Acme {n}", owner=alice), dora, days=30)
    client.force_login(dora)
    assert said in client.get("/tiers-by-hand/").text


def test_those_in_force_come_by_their_last_day(client: Client, book: dict[str, Customer], dora: User) -> None:
    client.force_login(dora)
    assert listed(client) == [("today", 0, True), ("soon", 7, True), ("far", 8, False)]
    assert listed(client, "?ending=soon") == [("today", 0, True), ("soon", 7, True)]
    assert listed(client, f"?tier={tier('regular').pk}") == []


def test_everybody_sees_their_own(
    client: Client, book: dict[str, Customer], alice: User, carol: User
) -> None:
    client.force_login(alice)
    assert [name for name, *_more in listed(client)] == ["soon", "far"]
    client.force_login(carol)
    assert [name for name, *_more in listed(client)] == ["today"]


def test_the_computed_tier_stands_beside_it(client: Client, book: dict[str, Customer], alice: User) -> None:
    client.force_login(alice)
    text = client.get("/tiers-by-hand/", headers={"accept-language": "en"}).text
    assert "Regular" in text
    assert "1 tier set by hand ends within 7 days." in text


def test_who_leads_is_warned_at_home(
    client: Client, book: dict[str, Customer], dora: User, alice: User
) -> None:
    client.force_login(dora)
    home = client.get("/", headers={"accept-language": "en"})
    assert [(n.text, n.url) for n in home.context["attention"] if "by hand" in n.text] == [
        ("2 tiers set by hand end within a week.", "/tiers-by-hand/?ending=soon")
    ]
    client.force_login(alice)
    assert client.get("/").context["attention"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_however_long_it_is(
    client: Client, dora: User, alice: User, rows: int, django_assert_num_queries: Asks
) -> None:
    for n in range(rows):
        by_hand(a_customer(f"K{n}", owner=alice), dora, days=n)
    client.force_login(dora)
    client.get("/tiers-by-hand/")
    with django_assert_num_queries(8):  # type: ignore[attr-defined]
        assert len(listed(client)) == rows


def test_the_computed_tier_is_in_the_list_and_over_the_api(
    client: Client, book: dict[str, Customer], alice: User
) -> None:
    client.force_login(alice)
    rows = {row["name"]: row for row in client.get(reverse("customer-list")).json()["results"]}
    assert [rows["far"][key] for key in ("tier", "computed_tier", "is_set_by_hand")] == [
        "core",
        "regular",
        True,
    ]
    assert [rows["soon"][key] for key in ("tier", "computed_tier", "is_set_by_hand")] == ["core", None, True]
    text = client.get("/customers/?q=far", headers={"accept-language": "en"}).text
    assert "by the numbers" in text
    assert "by the numbers" not in client.get("/customers/?q=soon", headers={"accept-language": "en"}).text
