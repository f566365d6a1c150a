from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.forms import Form
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from customers import services
from customers.listings import OF_A_CUSTOMER
from customers.models import Contract, Customer, Payment
from customers.tests.making import (
    a_contact,
    a_contract,
    a_customer,
    a_payment,
    a_request,
    a_talk,
    an_order,
    at,
)
from toolbox import append_only

TODAY = date(2026, 11, 18)


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def beta(carol: User) -> Customer:
    """Not Alice's."""
    return a_customer("Beta", owner=carol)


@pytest.fixture
def me(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def typed(form: Form, **changes: Any) -> dict[str, Any]:
    """What the browser would send for the form as it is shown."""
    shown = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in (shown | changes).items()}


def opened(client: Client, customer: Customer) -> dict[str, Any]:
    return typed(client.get(f"/customers/{customer.pk}/edit/").context["form"])


# The page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_shows_the_customer_s_own_facts(
    me: Client,
    alice: User,
    acme: Customer,
    beta: Customer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for customer, amount in ((acme, 1_234_56), (beta, 9_999_99)):
        for n in range(rows):
            a_contact(customer, f"{customer.name} contact {n}")
            an_order(customer, TODAY - timedelta(days=n), amount)
            a_payment(customer, TODAY)
            a_contract(customer, TODAY)
            a_talk(customer, alice, f"{customer.name} said {n}")
    me.get(f"/customers/{acme.pk}/")

    with django_assert_num_queries(16):
        response = me.get(f"/customers/{acme.pk}/")
    with django_assert_num_queries(22):
        timeline = me.get(f"/customers/{acme.pk}/timeline/", headers={"HX-Request": "true"})

    page = response.text + timeline.text
    for words in ("contact", "said"):
        assert page.count(f"Acme {words}") >= rows
    assert "1,234.56" in page
    assert "Beta" not in page
    assert "9,999.99" not in page


def test_the_page_of_a_customer_without_facts_is_a_page(me: Client, acme: Customer) -> None:
    assert me.get(f"/customers/{acme.pk}/").status_code == 200


def test_the_timeline_goes_on_to_its_beginning(me: Client, alice: User, acme: Customer) -> None:
    for n in range(23):
        a_talk(acme, alice, f"Talk {n}.", when=at(TODAY - timedelta(days=n)))
    notes, cursor = [], "-"
    while cursor:
        context = me.get(f"/customers/{acme.pk}/timeline/", {"cursor": cursor}).context
        notes += [entry.said.text for entry in context["timeline"].rows if entry.source.key == "contact"]
        cursor = context["timeline"].next_cursor

    assert notes == [f"Talk {n}." for n in range(23)]


# All of a kind


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("kind", OF_A_CUSTOMER)
def test_all_facts_of_a_kind_are_listed(
    me: Client,
    alice: User,
    acme: Customer,
    beta: Customer,
    kind: str,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for customer in (acme, beta):
        for n in range(rows):
            order = an_order(customer, TODAY - timedelta(days=n))
            Payment.objects.filter(pk=a_payment(customer, TODAY).pk).update(order=order)
            a_contract(customer, TODAY)
            a_request(customer, alice)
    url = f"/customers/{acme.pk}/facts/{kind}/"
    me.get(url)

    with django_assert_num_queries(5):
        page = me.get(url).context["page"]

    assert [row.customer_id for row in page.rows] == [acme.pk] * rows
    assert url in me.get(f"/customers/{acme.pk}/").content.decode()


def test_all_orders_are_reached_page_by_page(me: Client, acme: Customer) -> None:
    orders = [an_order(acme, TODAY - timedelta(days=n // 2)) for n in range(53)]
    url, cursor = f"/customers/{acme.pk}/facts/orders/", ""
    seen: list[Any] = []
    while cursor or not seen:
        page = me.get(url, {"cursor": cursor}).context["page"]
        seen += page.rows
        cursor = page.next_cursor

    assert [row.ordered_on for row in seen] == [order.ordered_on for order in orders]
    assert {row.pk for row in seen} == {order.pk for order in orders}


def test_a_paid_payment_says_how_late_it_was(me: Client, acme: Customer) -> None:
    for paid in (TODAY, TODAY + timedelta(days=4), None):
        a_payment(acme, TODAY, paid=paid)

    page = me.get(f"/customers/{acme.pk}/facts/payments/").content.decode()
    assert [words in page for words in (">on time<", ">4<", "Enter the payment")] == [True] * 3


# Creating


@pytest.mark.parametrize("code", ["C1\u200b", "C\u00ad1", "C\u202e1"])
def test_a_code_in_which_something_cannot_be_seen_is_refused(me: Client, code: str) -> None:
    form = me.get("/customers/new/").context["form"]

    answer = me.post("/customers/new/", typed(form, name="重庆长安", code=code))

    assert list(answer.context["form"].errors) == ["code"]
    assert not Customer.objects.filter(name="重庆长安").exists()


def test_a_created_customer_is_mine(me: Client, alice: User, east: Team) -> None:
    form = me.get("/customers/new/").context["form"]

    response = me.post("/customers/new/", typed(form, name="重庆长安", province="50", city="5001"))

    customer = Customer.objects.get()
    assert response.headers["Location"] == f"/customers/{customer.pk}/"
    assert (customer.owner, customer.team, customer.initials) == (alice, east, "CQCA")
    assert customer.code.startswith("C00")


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"code": "TAKEN"}, "code"),
        ({"kind": "alien"}, "kind"),
        ({"province": "99"}, "province"),
        ({"province": "50", "city": "4403"}, "city"),
        ({"cooperation_since": "2999-01-01"}, "cooperation_since"),
        ({"cooperation_since": "1948-12-31"}, "cooperation_since"),
        ({"cooperation_since": "yesterday"}, "cooperation_since"),
        ({"notes": "a\0b"}, "notes"),
    ],
)
def test_what_was_typed_is_kept_beside_the_error(
    me: Client, beta: Customer, wrong: dict[str, str], field: str
) -> None:
    Customer.objects.filter(pk=beta.pk).update(code="TAKEN")
    form = me.get("/customers/new/").context["form"]

    response = me.post(
        "/customers/new/", typed(form, **{"name": "Acme", "notes": "Met at the fair."} | wrong)
    )

    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (200, [field])
    assert form["notes"].value() == wrong.get("notes", "Met at the fair.")
    assert Customer.objects.count() == 1


def test_an_account_manager_cannot_give_a_customer_away(
    me: Client, acme: Customer, alice: User, carol: User
) -> None:
    me.post(f"/customers/{acme.pk}/edit/", opened(me, acme) | {"owner": carol.pk, "notes": "Changed."})

    acme.refresh_from_db()
    assert (acme.owner, acme.notes) == (alice, "Changed.")


def test_a_lead_gives_customers_to_the_team_only(
    client: Client, acme: Customer, bob: User, carol: User, alice: User
) -> None:
    client.force_login(bob)

    refused = client.post(f"/customers/{acme.pk}/edit/", opened(client, acme) | {"owner": carol.pk})
    client.post(f"/customers/{acme.pk}/edit/", opened(client, acme) | {"owner": bob.pk})

    assert list(refused.context["form"].errors) == ["owner"]
    acme.refresh_from_db()
    assert acme.owner == bob


def test_a_lead_keeps_in_sight_whom_a_customer_is_given_to(
    client: Client, acme: Customer, bob: User, alice: User, dora: User, carol: User, east: Team, south: Team
) -> None:
    client.force_login(bob)
    url, form = f"/customers/{acme.pk}/edit/", opened(client, acme)

    assert list(client.post(url, form | {"team": south.pk}).context["form"].errors) == ["team"]
    nobody = client.post(url, form | {"owner": "", "team": ""}).context["form"]
    assert nobody.errors["team"] == ["Choose an account manager or a team: nobody would see this customer."]
    client.post(url, form | {"owner": bob.pk, "team": ""})
    acme.refresh_from_db()
    assert (acme.owner, acme.team) == (bob, east)

    client.force_login(dora)
    clash = client.post(url, opened(client, acme) | {"owner": carol.pk}).context["form"]
    assert clash.errors["team"] == [
        "carol does not work in East. Choose another team, or leave it empty to take the person's own."
    ]
    client.post(url, opened(client, acme) | {"owner": dora.pk})
    acme.refresh_from_db()
    assert (acme.owner, acme.team) == (dora, east)


# Editing


def test_an_edit_is_saved_and_stands_among_the_edits(me: Client, acme: Customer) -> None:
    response = me.post(
        f"/customers/{acme.pk}/edit/", opened(me, acme) | {"notes": "Now we talk."}, follow=True
    )

    assert "Customer saved." in response.content.decode()
    acme.refresh_from_db()
    assert (acme.notes, acme.version) == ("Now we talk.", 2)
    edit, _creation = me.get(f"/customers/{acme.pk}/edits/").context["edits"]
    assert (edit.by, [(c.label, c.after) for c in edit.changes]) == ("alice", [("notes", "Now we talk.")])


def test_an_edit_with_errors_changes_nothing_and_keeps_what_was_typed(me: Client, acme: Customer) -> None:
    response = me.post(f"/customers/{acme.pk}/edit/", opened(me, acme) | {"name": "", "notes": "Typed."})

    assert list(response.context["form"].errors) == ["name"]
    assert response.context["form"]["notes"].value() == "Typed."
    assert "Acme" in response.content.decode()
    acme.refresh_from_db()
    assert (acme.name, acme.notes, acme.version) == ("Acme", "", 1)


def test_a_stale_edit_keeps_what_each_changed_and_shows_what_both_changed(
    me: Client, acme: Customer, bob: User
) -> None:
    hers = opened(me, acme) | {"notes": "Hers, a long story.", "size": "large"}
    his = Client()
    his.force_login(bob)
    his.post(f"/customers/{acme.pk}/edit/", opened(his, acme) | {"notes": "His.", "province": "50"})

    conflict = me.post(f"/customers/{acme.pk}/edit/", hers)

    assert conflict.status_code == 409
    merge = conflict.context["merge"]
    assert [(c.label, c.theirs, c.yours) for c in merge.conflicts] == [
        ("Notes", "His.", "Hers, a long story.")
    ]
    assert [(c.label, c.theirs, c.yours) for c in merge.taken] == [("Province", "Chongqing", "–")]
    page = conflict.content.decode()
    assert "bob" in page
    assert page.count("Hers, a long story.") == 2
    acme.refresh_from_db()
    assert (acme.notes, acme.version) == ("His.", 2)

    assert me.post(f"/customers/{acme.pk}/edit/", typed(conflict.context["form"])).status_code == 302
    acme.refresh_from_db()
    assert (acme.notes, acme.size, acme.province, acme.version) == ("Hers, a long story.", "large", "50", 3)


def test_a_stale_edit_does_not_take_a_customer_back(
    client: Client, acme: Customer, bob: User, dora: User
) -> None:
    """Who it was given to, since when and in what state: whatever the second person never touched."""
    services.write_notes({acme.pk: "Two\nlines "}, by=dora)
    client.force_login(bob)
    his = opened(client, acme) | {"size": "small", "notes": "Two\r\nlines"}
    hers = Client()
    hers.force_login(dora)
    changes = {"owner": bob.pk, "cooperation_since": "2019-05-01", "name": "重庆长安", "notes": ""}
    assert hers.post(f"/customers/{acme.pk}/edit/", opened(hers, acme) | changes).status_code == 302

    again = client.post(f"/customers/{acme.pk}/edit/", his)
    assert again.context["merge"].conflicts == []
    assert client.post(f"/customers/{acme.pk}/edit/", typed(again.context["form"])).status_code == 302

    acme.refresh_from_db()
    assert (acme.owner, acme.cooperation_since, acme.size) == (bob, date(2019, 5, 1), "small")
    assert (acme.name, acme.initials, acme.notes) == ("重庆长安", "CQCA", "")


def test_an_edit_whose_beginning_is_not_on_record_shows_every_difference(me: Client, acme: Customer) -> None:
    hers = opened(me, acme) | {"notes": "Hers."}
    Customer.objects.filter(pk=acme.pk).update(version=2, size="large")
    with append_only.unlocked(connection):
        Customer.history.all().delete()

    merge = me.post(f"/customers/{acme.pk}/edit/", hers).context["merge"]

    assert ([c.label for c in merge.conflicts], merge.taken) == (["Size", "Notes"], [])


def test_who_is_overtaken_twice_is_told_twice(me: Client, acme: Customer, bob: User) -> None:
    hers = opened(me, acme) | {"notes": "Hers."}
    Customer.objects.filter(pk=acme.pk).update(version=2)
    first = me.post(f"/customers/{acme.pk}/edit/", hers)
    Customer.objects.filter(pk=acme.pk).update(version=3)

    assert me.post(f"/customers/{acme.pk}/edit/", typed(first.context["form"])).status_code == 409


@pytest.mark.parametrize("version, status", [("", 409), ("0", 409), ("x", 200), ("-1", 409), ("99", 409)])
def test_an_edit_that_began_nowhere_is_not_saved(
    me: Client, acme: Customer, version: str, status: int
) -> None:
    response = me.post(
        f"/customers/{acme.pk}/edit/", opened(me, acme) | {"notes": "New.", "version": version}
    )

    assert response.status_code == status
    acme.refresh_from_db()
    assert acme.notes == ""


# Archiving


def test_an_archived_customer_is_out_of_the_list_and_still_has_its_page(me: Client, acme: Customer) -> None:
    me.post(f"/customers/{acme.pk}/archive/")

    assert list(me.get("/customers/").context["page"].rows) == []
    assert me.get(f"/customers/{acme.pk}/").status_code == 200

    me.post(f"/customers/{acme.pk}/archive/", {"do": "restore"})
    assert list(me.get("/customers/").context["page"].rows) == [acme]


@pytest.mark.parametrize(
    "path", ["", "edit/", "edits/", "timeline/", "add/contact/", "add/interaction/", "archive/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_customer_answers_as_one_that_is_not_there(
    me: Client, beta: Customer, path: str, method: str
) -> None:
    answers = [getattr(me, method)(f"/customers/{pk}/{path}", {"note": "x"}) for pk in (beta.pk, 999_999)]

    statuses = {answer.status_code for answer in answers}
    assert statuses == ({405} if (path, method) == ("archive/", "get") else {404})
    assert len({answer.content.replace(str(beta.pk).encode(), b"999999") for answer in answers}) == 1
    beta.refresh_from_db()
    assert beta.version == 1


def test_contract_ends_are_those_of_this_customer(me: Client, acme: Customer, beta: Customer) -> None:
    a_contract(beta, TODAY)
    mine = a_contract(acme, TODAY)

    assert list(me.get(f"/customers/{acme.pk}/").context["contracts"]) == [mine]
    assert Contract.objects.count() == 2
    assert timezone.is_aware(mine.recorded_at)
