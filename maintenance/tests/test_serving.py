"""The service team: who serves whom, who sees whom by it, and what follows."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Team, User
from customers import access, services
from customers.models import Customer, Seat
from customers.signals import customers_changed
from customers.tests.making import a_customer, a_request, serves
from maintenance import casework
from maintenance.models import Benefit, Obligation, Route
from maintenance.services import replan
from tiering import services as judging
from tiering.tests.conftest import tier

NOW = timezone.now()


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def beta(carol: User) -> Customer:
    return a_customer("Beta", owner=carol)


def seen(user: User) -> set[str]:
    return set(Customer.objects.visible_to(user).values_list("name", flat=True))


def test_whoever_serves_a_customer_sees_it_and_nobody_else_does(
    cast: dict[str, User], acme: Customer, beta: Customer
) -> None:
    before = {name: seen(user) for name, user in cast.items()}
    other = User.objects.create_user("tom", role="technical")
    serves(acme, cast["alice"], technical=cast["tess"])

    after = {name: seen(user) for name, user in cast.items()}
    assert after == before | {"tess": {"Acme"}}
    assert seen(other) == set()


@pytest.mark.parametrize("change", [{"role": "service"}, {"role": "account_manager"}, {"is_active": False}])
def test_a_seat_means_nothing_once_its_person_left_or_works_elsewhere(
    acme: Customer, alice: User, tess: User, change: dict[str, Any]
) -> None:
    serves(acme, alice, technical=tess)
    User.objects.filter(pk=tess.pk).update(**change)

    assert seen(User.objects.get(pk=tess.pk)) == set()
    assert not Seat.objects.serving().exists()


def test_a_seat_that_ended_gives_nothing_and_stays_on_record(acme: Customer, alice: User, tess: User) -> None:
    serves(acme, alice, technical=tess)
    serves(acme, alice, technical=None)

    assert seen(tess) == set()
    seat = acme.seats.get()
    assert (seat.person, seat.ended_by, seat.until is not None) == (tess, alice, True)


def test_who_sees_a_customer_is_the_rule_from_the_other_end(
    cast: dict[str, User], acme: Customer, beta: Customer, sales: Team, east: Team
) -> None:
    """In every situation that gives somebody sight of a customer, and in none."""
    User.objects.create_user("head", role="team_lead", team=sales)
    User.objects.create_user("gone", role="director", is_active=False)
    turned = User.objects.create_user("turned", role="service")
    tom = User.objects.create_user("tom", role="technical")
    served, asked, owed, case, nobodys, odd = (
        a_customer(name, owner=cast["alice"]) for name in ("Served", "Asked", "Owed", "Case", "Nobody", "Odd")
    )
    Customer.objects.filter(pk=nobodys.pk).update(owner=None, team=east)
    Customer.objects.filter(pk=odd.pk).update(owner=turned, team=None)
    serves(served, cast["alice"], logistics=cast["logan"])
    a_request(asked, cast["alice"], department="service")
    a_request(asked, cast["alice"], department="sales")
    judging.set_by_hand(
        owed, tier=tier("core"), reason="r", expires_on=timezone.localdate(), by=cast["dora"], at=NOW
    )
    replan([owed.pk], today=timezone.localdate())
    casework.open_case(
        case, kind="request", subject="s", department="technical", assignee=tom, by=cast["alice"], at=NOW
    )
    casework.take(
        casework.open_case(case, kind="request", subject="s", department="logistics", by=cast["alice"], at=NOW),
        "solve", by=cast["logan"], at=NOW, words="w", cause="product",
    )  # fmt: skip

    for customer in Customer.objects.select_related("team"):
        expected = {
            user.username
            for user in User.objects.all()
            if Customer.objects.visible_to(user).filter(pk=customer.pk).exists()
        }
        assert {user.username for user in access.who_sees(customer)} == expected, customer
    assert "dan" in {user.username for user in access.who_sees(asked)}
    assert "tess" in {user.username for user in access.who_sees(owed)}


def test_one_person_for_a_department(acme: Customer, alice: User, tess: User) -> None:
    serves(acme, alice, technical=tess)
    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(customer=acme, department="technical", person=tess, since=NOW, by=alice)


@pytest.mark.parametrize("department", ["technical", "sales", "nonsense"])
def test_only_whoever_works_there_is_seated(acme: Customer, alice: User, dan: User, department: str) -> None:
    with pytest.raises(ValidationError):
        services.seat([acme.pk], team={department: dan}, by=alice, at=NOW)
    assert not Seat.objects.exists()


def test_many_change_in_as_many_queries_as_one(
    alice: User, tess: User, dan: User, django_assert_num_queries: Any
) -> None:
    customers = [a_customer(f"C{n}", owner=alice) for n in range(30)]
    with django_assert_num_queries(5):
        assert services.seat([customers[0].pk], team={"technical": tess}, by=alice, at=NOW) == 1
    with django_assert_num_queries(5):
        assert services.seat([c.pk for c in customers], team={"technical": tess}, by=alice, at=NOW) == 29
    assert services.seat([c.pk for c in customers], team={"technical": tess}, by=alice, at=NOW) == 0


# What follows


def owed(customer: Customer, department: str) -> list[Obligation]:
    return list(Obligation.objects.open().filter(customer=customer, department=department).order_by("pk"))


def test_what_is_owed_for_a_department_is_for_whoever_serves_the_customer(
    acme: Customer, alice: User, dora: User, tess: User
) -> None:
    tom = User.objects.create_user("tom", role="technical")
    today = timezone.localdate()
    judging.set_by_hand(acme, tier=tier("core"), reason="r", expires_on=today, by=dora, at=NOW)
    replan([acme.pk], today=today)
    before = owed(acme, "technical")
    assert before
    assert {row.assignee for row in before} == {None}
    assert set(Obligation.objects.open().owed_by(tom)) == set(before)

    serves(acme, alice, technical=tess)
    assert not Obligation.objects.open().owed_by(tom).exists()  # at once, before anything is planned anew
    assert set(Obligation.objects.open().owed_by(tess)) == set(before)
    replan([acme.pk], today=today)
    assert {row.assignee for row in owed(acme, "technical")} == {tess}
    assert {row.assignee for row in owed(acme, "sales")} == {alice}

    User.objects.filter(pk=tess.pk).update(is_active=False)
    assert set(Obligation.objects.open().owed_by(tom)) == set(before)
    replan([acme.pk], today=today)
    assert {row.assignee for row in owed(acme, "technical")} == {None}
    assert [row.pk for row in owed(acme, "technical")] == [row.pk for row in before]


def test_a_new_team_is_told_to_whoever_plans(
    acme: Customer, alice: User, tess: User, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[list[int]] = []

    def listen(*, customer_ids: list[int], **_news: object) -> None:
        told.append(customer_ids)

    customers_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            serves(acme, alice, technical=tess)
            serves(acme, alice, technical=tess)
    finally:
        customers_changed.disconnect(listen)
    assert told == [[acme.pk]]


def test_cases_go_to_whoever_serves_the_customer_before_whom_a_rule_names(
    acme: Customer, beta: Customer, alice: User, dan: User
) -> None:
    sam = User.objects.create_user("sam", role="service")
    Route.objects.all().delete()
    Route.objects.create(department="service", assignee=dan)
    serves(acme, alice, service=sam)

    assert casework.opening.route(acme, kind="complaint", category="other") == ("service", sam)
    assert casework.opening.route(beta, kind="complaint", category="other") == ("service", dan)
    User.objects.filter(pk=sam.pk).update(is_active=False)
    assert casework.opening.route(acme, kind="complaint", category="other") == ("service", dan)


def test_a_team_goes_along_in_a_merge_where_the_seat_is_free(
    acme: Customer, alice: User, tess: User, dan: User
) -> None:
    sam = User.objects.create_user("sam", role="service")
    twin = a_customer("Twin", owner=alice)
    serves(acme, alice, service=dan)
    serves(acme, alice, technical=tess)
    serves(acme, alice, technical=None)  # it was taken once, and is free now
    serves(twin, alice, service=sam, technical=tess)
    acme.refresh_from_db()
    services.merge(acme, twin, fields={}, by=alice, at=NOW)

    taken = Seat.objects.taken().filter(customer=acme).order_by("department")
    assert [(seat.department, seat.person) for seat in taken] == [("service", dan), ("technical", tess)]


# Pages and API


def test_the_team_is_edited_on_the_customer_s_page(
    client: Client, acme: Customer, alice: User, tess: User, dan: User
) -> None:
    client.force_login(alice)
    url = f"/customers/{acme.pk}/team/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"technical": tess.pk, "service": dan.pk}).status_code == 302
    assert client.post(url, {"technical": "", "service": dan.pk}).status_code == 302
    refused = client.post(url, {"technical": dan.pk, "service": dan.pk})

    assert refused.status_code == 200
    taken = Seat.objects.taken().filter(customer=acme)
    assert [(seat.department, seat.person) for seat in taken] == [("service", dan)]
    assert "dan" in client.get(f"/customers/{acme.pk}/").text


def test_many_are_given_a_team_from_the_list_and_only_those_one_sees(
    client: Client, acme: Customer, beta: Customer, bob: User, tess: User, dan: User
) -> None:
    serves(acme, bob, service=dan)
    client.force_login(bob)
    ids = [acme.pk, beta.pk]
    client.post("/customers/seats/", {"customer": ids, "technical": tess.pk})
    assert set(Seat.objects.taken().values_list("customer", "person")) == {
        (acme.pk, tess.pk),
        (acme.pk, dan.pk),
    }
    client.post("/customers/seats/", {"customer": ids, "service": "nobody"})
    assert set(Seat.objects.taken().values_list("customer", "person")) == {(acme.pk, tess.pk)}
    client.post("/customers/seats/", {"customer": ids})
    client.post("/customers/seats/", {"customer": ids, "service": tess.pk})
    assert Seat.objects.taken().count() == 1


def test_the_api_reads_and_changes_a_team(
    client: Client, acme: Customer, alice: User, tess: User, dan: User
) -> None:
    client.force_login(alice)
    url = f"/api/v1/customers/{acme.pk}/team/"

    def post(data: Any) -> Any:
        return client.post(url, data, content_type="application/json")

    assert post({"technical": tess.pk}).json() == {"technical": tess.pk, "service": None, "logistics": None}
    assert [
        post(data).status_code
        for data in (
            {},
            {"sales": 1},
            {"service": "x"},
            {"service": 10**30},
            {"service": 999_999},
            {"service": tess.pk},
            [1],
        )
    ] == [400] * 7
    assert post({"technical": None}).json()["technical"] is None
    client.force_login(dan)
    assert client.get(url).status_code == 404


# Dispatch


def test_logistics_sees_what_is_to_be_dispatched_first(
    client: Client, cast: dict[str, User], acme: Customer, beta: Customer
) -> None:
    from customers.tests.making import an_order

    today = timezone.localdate()
    old, late = a_customer("Old", owner=cast["alice"]), a_customer("Low", owner=cast["alice"])
    for customer, key in ((acme, "core"), (beta, "regular"), (old, "core"), (late, "core")):
        judging.set_by_hand(customer, tier=tier(key), reason="r", expires_on=today, by=cast["dora"], at=NOW)
    for customer in (acme, beta):
        an_order(customer, today)
    an_order(late, today, amount=-100)
    an_order(old, today.replace(year=today.year - 1))

    def orders(name: str) -> list[str]:
        client.force_login(cast[name])
        return [order.customer.name for order, _person in client.get("/dispatch/").context["rows"]]

    assert {name: orders(name) for name in ("logan", "alice", "carol", "dora", "tess")} == {
        "logan": ["Acme"], "alice": ["Acme"], "carol": [], "dora": ["Acme"], "tess": [],
    }  # fmt: skip
    assert seen(cast["logan"]) == {"Acme"}
    assert {user.username for user in access.who_sees(acme)} == {
        "alice",
        "bob",
        "dora",
        "audrey",
        "adam",
        "logan",
    }
    client.force_login(cast["dora"])
    panels = [
        client.get(f"/customers/{c.pk}/promises/", headers={"hx-request": "true"}).text for c in (acme, beta)
    ]
    assert ['href="/dispatch/"' in panel for panel in panels] == [True, False]
    Benefit.objects.filter(kind="dispatch").delete()
    assert orders("logan") == []
    assert seen(cast["logan"]) == set()
