"""Merging in the browser: chosen, compared field by field, confirmed, undone."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from customers import services
from customers.models import Customer, Merge
from customers.tests.making import a_customer, an_order

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 31)


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, code="A1", size="small", notes="Old friends.")


@pytest.fixture
def other(alice: User) -> Customer:
    other = a_customer(
        "Acme Ltd", owner=alice, code="A2", industry="C34", notes="Pays late.", cooperation_since=DAY
    )
    an_order(other, DAY)
    return other


@pytest.fixture
def beta(carol: User) -> Customer:
    return a_customer("Beta", owner=carol, code="B1")


def address(keeper: Customer, gone: Customer) -> str:
    return f"/customers/{keeper.pk}/merge/{gone.pk}/"


def filled(page: Any) -> Any:
    """The form as it is prefilled."""
    form = page.context["form"]
    return form.initial | {row.choice: row.picked for row in form.rows() if row.choice}


def test_what_is_filled_beats_what_is_empty(me: Client, acme: Customer, other: Customer) -> None:
    page = me.get(address(acme, other))

    assert {key: value for key, value in filled(page).items() if "version" not in key} == {
        "name": "kept",
        "industry": "taken",
        "size": "kept",
        "cooperation_since": "taken",
        "notes": "both",
    }
    assert page.context["moves"] == [("orders", 1)]


def test_two_are_merged_and_the_page_of_either_says_so(me: Client, acme: Customer, other: Customer) -> None:
    sent = filled(me.get(address(acme, other)))

    page = me.post(address(acme, other), sent, follow=True)

    assert page.redirect_chain == [(f"/customers/{acme.pk}/", 302)]
    acme.refresh_from_db()
    assert (acme.notes, acme.industry, acme.size) == ("Old friends.\n\nPays late.", "C34", "small")
    assert "Went into this customer" in page.content.decode()
    gone = me.get(f"/customers/{other.pk}/").content.decode()
    assert "Go to Acme (A1)" in gone
    assert 'value="restore"' not in gone
    me.post(f"/customers/{other.pk}/archive/", {"do": "restore"})
    other.refresh_from_db()
    assert other.is_archived
    assert (
        me.get(reverse("customer-detail", args=[other.pk]), {"archived": "true"}).json()["merged_into"]
        == acme.pk
    )
    assert [c.code for c in me.get("/customers/?q=A2").context["page"].rows] == ["A1"]


def test_nothing_happens_without_a_choice_in_every_row(me: Client, acme: Customer, other: Customer) -> None:
    sent = filled(me.get(address(acme, other)))
    del sent["size"]

    page = me.post(address(acme, other), sent)

    assert (page.status_code, Merge.objects.count()) == (422, 0)
    assert "Nothing was merged" in page.content.decode()


def test_who_was_saved_meanwhile_is_looked_at_again(
    me: Client, acme: Customer, other: Customer, alice: User
) -> None:
    sent = filled(me.get(address(acme, other)))
    other.size = "large"
    services.save_customer(other, version=other.version, by=alice)

    page = me.post(address(acme, other), sent)

    assert (page.status_code, Merge.objects.count()) == (409, 0)
    assert page.context["form"].initial["gone_version"] == 2
    assert "Somebody saved one of the two" in page.content.decode()


def test_a_customer_and_itself_are_refused_calmly(me: Client, acme: Customer) -> None:
    page = me.get(address(acme, acme), follow=True)

    assert "cannot be merged with itself" in page.content.decode()


def test_who_is_a_stranger_is_not_there(me: Client, acme: Customer, beta: Customer) -> None:
    assert me.get(address(acme, beta)).status_code == 404
    assert me.get(address(beta, acme)).status_code == 404
    found = me.get(f"/customers/{acme.pk}/merge/", {"q": "Beta"})
    assert found.context["found"] == []


def test_the_other_is_searched_for(me: Client, acme: Customer, other: Customer) -> None:
    page = me.get(f"/customers/{acme.pk}/merge/", {"q": "acme"})

    assert page.context["found"] == [other]
    assert address(acme, other) in page.content.decode()


def test_a_merge_is_undone_from_the_list(me: Client, acme: Customer, other: Customer, alice: User) -> None:
    done = services.merge(acme, other, fields={}, by=alice, at=other.updated_at)
    assert "until" in me.get("/customers/merges/").content.decode()

    page = me.post(f"/customers/merges/{done.pk}/undo/", follow=True)

    assert page.redirect_chain == [(f"/customers/{other.pk}/", 302)]
    assert "two customers again" in page.content.decode()
    assert "undone by alice" in me.get("/customers/merges/").content.decode()
    again = me.post(f"/customers/merges/{done.pk}/undo/", follow=True)
    assert "undone already" in again.content.decode()


def test_what_stands_in_the_way_of_an_undo_is_told(
    me: Client, acme: Customer, other: Customer, alice: User
) -> None:
    done = services.merge(acme, other, fields={"industry": "taken"}, by=alice, at=other.updated_at)
    services.remove_fact(acme.orders.get(), by=alice)
    acme.refresh_from_db()
    acme.industry = "C35"
    services.save_customer(acme, version=acme.version, by=alice)

    page = me.post(f"/customers/merges/{done.pk}/undo/", follow=True)

    assert "left as it is: orders (1), industry" in page.content.decode()


def test_the_one_that_stays_may_be_foreign_to_who_kept_the_other(
    client: Client, acme: Customer, beta: Customer, carol: User, dora: User
) -> None:
    services.merge(acme, beta, fields={}, by=dora, at=acme.updated_at)
    client.force_login(carol)

    page = client.get(f"/customers/{beta.pk}/").content.decode()

    assert "ask alice" in page
    assert f"/customers/{acme.pk}/" not in page
    assert "Acme" not in page
    found = client.get(reverse("customer-detail", args=[beta.pk]), {"archived": "true"})
    assert found.json()["merged_into"] is None


@pytest.mark.parametrize("rows", [1, 3])
def test_a_longer_list_of_merges_asks_no_more(
    rows: int, me: Client, alice: User, acme: Customer, django_assert_num_queries: Any
) -> None:
    for n in range(rows):
        acme.refresh_from_db()
        services.merge(acme, a_customer(f"Gone {n}", owner=alice), fields={}, by=alice, at=acme.updated_at)

    with django_assert_num_queries(4):
        me.get("/customers/merges/")
    with django_assert_num_queries(17):
        me.get(f"/customers/{acme.pk}/")
