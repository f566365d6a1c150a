import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.authtoken.models import Token

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer

URL = "/api/v1/customers/"


@pytest.fixture
def beta(carol: User) -> Customer:
    """Not Alice's."""
    return a_customer("Beta", owner=carol)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_api_lists_my_customers_as_the_page_does(
    client: Client, alice: User, beta: Customer, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customers = [a_customer(f"Acme {n}", owner=alice) for n in range(rows)]
    client.force_login(alice)

    with django_assert_num_queries(5):
        found = client.get(URL).json()["results"]

    assert [row["id"] for row in found] == [customer.pk for customer in reversed(customers)]
    assert (found[-1]["name"], found[-1]["tier"], found[-1]["total"]) == ("Acme 0", None, None)


def test_the_api_is_asked_as_the_page_is(client: Client, dora: User, alice: User, beta: Customer) -> None:
    a_customer("Acme", owner=alice, lifecycle="active")
    client.force_login(dora)

    for query, names in (
        ("", ["Acme", "Beta"]),
        ("?lifecycle=active", ["Acme"]),
        ("?q=bet", ["Beta"]),
        (f"?owner={alice.pk}", ["Acme"]),
        ("?archived=true", []),
    ):
        assert [row["name"] for row in client.get(URL + query).json()["results"]] == names, query


def test_a_foreign_customer_is_not_there(client: Client, alice: User, beta: Customer) -> None:
    client.force_login(alice)

    foreign, missing = (client.get(f"{URL}{pk}/") for pk in (beta.pk, 999_999))

    assert (foreign.status_code, foreign.json()) == (404, missing.json())


def test_one_is_let_in_by_token_and_not_without(client: Client, alice: User) -> None:
    acme = a_customer("Acme", owner=alice)
    token = Token.objects.create(user=alice)

    assert client.get(URL).status_code in {401, 403}
    found = client.get(f"{URL}{acme.pk}/", headers={"authorization": f"Token {token.key}"}).json()
    assert found["code"] == acme.code


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_only_reads(client: Client, adam: User, method: str) -> None:
    acme = a_customer("Acme")
    client.force_login(adam)

    assert getattr(client, method)(f"{URL}{acme.pk}/", {}).status_code == 405
