"""What two customers are promised when they become one, and two again."""

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer
from customers.services import merge, undo_merge
from maintenance.models import Obligation
from maintenance.services import complete
from maintenance.tests.conftest import MakeCustomer, owed, plan

Rows = list[tuple[str, str]]


@pytest.fixture
def two(make_customer: MakeCustomer, alice: User) -> tuple[Customer, Customer]:
    return make_customer("Acme", owner=alice), make_customer("Other", owner=alice)


def open_promises(customer: Customer) -> Rows:
    rows = Obligation.objects.open().filter(customer=customer)
    return sorted((key, str(due)) for key, due in rows.values_list("promise__key", "due_on"))


def test_the_one_that_stays_is_owed_what_it_was_and_nothing_twice(
    two: tuple[Customer, Customer],
    alice: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    acme, other = two
    today, now = timezone.localdate(), timezone.now()
    plan(acme, other, today=today)
    kept = complete(owed(other, "contact"), by=alice, at=now, channel="phone", note="Hello.")
    before = open_promises(acme)

    with django_capture_on_commit_callbacks(execute=True):
        done = merge(acme, other, fields={}, by=alice, at=now)
    plan(acme, other, today=today)

    assert (open_promises(acme), open_promises(other)) == (before, [])
    assert set(Obligation.objects.filter(state="withdrawn").values_list("customer", "why")) == {
        (other.pk, "archived")
    }
    kept.refresh_from_db()
    assert kept.interaction
    assert (kept.customer, kept.interaction.customer) == (other, acme)

    with django_capture_on_commit_callbacks(execute=True):
        undo_merge(done, by=alice, at=now)

    assert open_promises(acme) == before
    assert {key for key, _due in open_promises(other)} == {key for key, _due in before}
    kept.interaction.refresh_from_db()
    assert kept.interaction.customer == other
