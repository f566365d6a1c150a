"""What a sheet writes for many customers in one go."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.models import Assessment, Customer, Figure
from customers.tests.making import a_customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", [1, 3])
def test_notes_are_written_set_wise_with_version_and_history(
    alice: User, dora: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customers = [a_customer(f"N{n}", owner=alice) for n in range(rows)]
    other = a_customer("Other", owner=alice, notes="stays")
    before = {customer.pk: customer.updated_at for customer in customers}
    with django_assert_num_queries(7):
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
    with django_assert_num_queries(2):  # the transaction
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
