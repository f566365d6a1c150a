import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers.models import Interaction
from maintenance.tests.conftest import MakeCustomer, owed, plan

LIST = "/api/v1/obligations/"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_holds_what_one_may_see(
    client: Client,
    alice: User,
    carol: User,
    make_customer: MakeCustomer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    plan(make_customer("Foreign", owner=carol))
    plan(*[make_customer(f"C{n}", tier="potential", owner=alice) for n in range(rows)])
    client.force_login(alice)

    with django_assert_num_queries(3):
        response = client.get(LIST, {"state": "open"})

    assert sorted(row["customer_name"] for row in response.json()["results"]) == [
        f"C{n}" for n in range(rows)
    ]


def test_one_says_all_about_itself(client: Client, alice: User, make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = owed(acme, "contact")
    client.force_login(alice)

    assert client.get(f"{LIST}{call.pk}/").json() == {
        "id": call.pk,
        "customer": acme.pk,
        "customer_name": "Acme",
        "promise": "contact",
        "title": "Weekly call by the account manager",
        "channel": "phone",
        "tier": "core",
        "department": "sales",
        "assignee": alice.pk,
        "due_on": call.due_on.isoformat(),
        "originally_due_on": call.due_on.isoformat(),
        "state": "open",
        "completed_at": None,
        "completed_by": None,
        "withdrawn_on": None,
        "why": "",
        "how": "",
        "interaction": None,
        "missed_on": None,
        "order": None,
        "reason": "",
        "set_aside_at": None,
        "set_aside_by": None,
    }


def test_a_promise_is_kept_once(client: Client, alice: User, make_customer: MakeCustomer) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    url = f"{LIST}{owed(acme, 'contact').pk}/complete/"
    client.force_login(alice)

    first = client.post(url, {"channel": "phone", "note": "Called."})
    assert (first.status_code, first.json()["state"], first.json()["completed_by"]) == (200, "done", alice.pk)
    second = client.post(url, {"channel": "phone", "note": "Called."})
    assert second.status_code == 409
    assert second.json()["detail"].startswith("Already done by alice on ")
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("who, status", [("audrey", 403), ("carol", 404), ("tess", 404), ("dora", 200)])
def test_who_may_keep_it(
    client: Client, cast: dict[str, User], make_customer: MakeCustomer, who: str, status: int
) -> None:
    acme = make_customer("Acme", owner=cast["alice"])
    plan(acme)
    client.force_login(cast[who])

    response = client.post(
        f"{LIST}{owed(acme, 'contact').pk}/complete/", {"channel": "phone", "note": "Called."}
    )
    assert response.status_code == status
    assert Interaction.objects.count() == (status == 200)


@pytest.mark.parametrize(
    "data", [{}, {"channel": "phone", "note": " "}, {"channel": "pigeon", "note": "Hello."}]
)
def test_a_completion_says_how(
    client: Client, alice: User, make_customer: MakeCustomer, data: dict[str, str]
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    client.force_login(alice)

    assert client.post(f"{LIST}{owed(acme, 'contact').pk}/complete/", data).status_code == 400
    assert not Interaction.objects.exists()


def test_strangers_are_not_let_in(client: Client) -> None:
    assert client.get(LIST).status_code in {302, 401, 403}
