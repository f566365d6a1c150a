"""What is written for many customers in one go."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.models import Assessment, Customer, Figure, Standing
from customers.tests.making import a_customer

pytestmark = pytest.mark.django_db


def lock() -> int:
    """Whoever records takes one on PostgreSQL."""
    return int(connection.vendor == "postgresql")


@pytest.mark.parametrize("rows", [1, 3])
def test_notes_are_written_set_wise_with_version_and_history(
    alice: User, dora: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customers = [a_customer(f"N{n}", owner=alice) for n in range(rows)]
    other = a_customer("Other", owner=alice, notes="stays")
    before = {customer.pk: customer.updated_at for customer in customers}
    with django_assert_num_queries(7 + lock()):
        services.write_notes({customer.pk: f"of {customer.name}" for customer in customers}, by=dora)
    for customer in Customer.objects.exclude(pk=other.pk):
        assert (customer.notes, customer.version) == (f"of {customer.name}", 2)
        assert customer.updated_at > before[customer.pk]
        last = customer.history.latest()
        assert (last.notes, last.version, last.history_type, last.history_user) == (
            customer.notes,
            2,
            "~",
            dora,
        )
    other.refresh_from_db()
    assert (other.notes, other.version) == ("stays", 1)


def test_no_notes_are_no_work(
    db: None, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2 + lock()):  # the transaction
        services.write_notes({}, by=dora)


def test_facts_of_several_kinds_are_added_together(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer, today = a_customer("Acme", owner=alice), timezone.localdate()
    rating = Assessment(
        customer=customer, indicator="a", rating=3, evidence="Seen", rater=alice, rated_on=today
    )
    figure = Figure(customer=customer, indicator="b", value=7, as_of=today, source="Report", by=alice)
    services.add_facts([rating, figure])
    assert (customer.assessments.get().rating, customer.figures.get().value) == (3, 7)
    services.add_facts([])


@pytest.mark.parametrize("rows", [1, 3])
def test_many_customers_are_as_one_created_alone(
    alice: User, dora: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    entered = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with time_machine.travel(entered, tick=False):
        alone = services.create_customer(
            Customer(code="A", name="重庆长安", owner=alice, team=alice.team), by=dora
        )
    many = [
        Customer(code=f"C{n}", name="重庆长安", owner=alice, team=alice.team, created_at=entered)
        for n in range(rows)
    ]
    with django_assert_num_queries(10 + lock()):
        ids = services.create_many(many, by=dora)

    def content(customer: Customer) -> list[dict[str, Any]]:
        """The row, its standing and its history, but for ids and code."""
        rows = [Customer.objects.filter(pk=customer.pk), Standing.objects.filter(pk=customer.pk)]
        known = [row for query in (*rows, customer.history.all()) for row in query.values()]
        own = {"id", "customer_id", "history_id", "code", "search_text"}
        return [{name: value for name, value in row.items() if name not in own} for row in known]

    made = Customer.objects.exclude(pk=alone.pk).order_by("pk")
    assert {customer.code: customer.pk for customer in made} == ids
    for customer in made:
        assert content(customer) == content(alone)
        assert customer.search_text == customer.searchable()


def test_many_customers_may_have_been_entered_by_others(alice: User, dora: User) -> None:
    mine, theirs = (
        Customer(code=code, name="Acme", created_at=timezone.now()) for code in ("MINE", "THEIRS")
    )
    mine._history_user = alice
    services.create_many([mine, theirs], by=dora)
    assert [customer.history.get().history_user for customer in (mine, theirs)] == [alice, dora]
