"""After a downgrade with days of grace the playbook of the tier before holds until they are over."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from customers.models import Customer, Tier
from maintenance.models import Obligation
from maintenance.tests.conftest import TODAY, MakeCustomer, move, plan
from tiering.models import TierChange

LAST = TODAY + timedelta(days=30)


def changed(customer: Customer, before: str, after: str, *, grace_until: date | None) -> None:
    tiers = {tier.key: tier for tier in Tier.objects.filter(scale="b2b")}
    TierChange.objects.create(
        customer=customer, from_tier=tiers[before], to_tier=tiers[after], effective_on=TODAY,
        changed_at=timezone.now(), reason={"kind": "override_ended"}, grace_until=grace_until,
    )  # fmt: skip
    move(customer, after)


def served(customer: Customer) -> set[str]:
    return set(Obligation.objects.open().filter(customer=customer).values_list("tier__key", flat=True))


@pytest.fixture
def acme(make_customer: MakeCustomer) -> Customer:
    customer = make_customer("Acme", tier="core")
    plan(customer)
    assert served(customer) == {"core"}
    return customer


def test_the_old_playbook_holds_through_the_last_day_of_grace(
    acme: Customer, make_customer: MakeCustomer
) -> None:
    other = make_customer("Other", tier="core")
    plan(other)
    changed(acme, "core", "regular", grace_until=LAST)
    changed(other, "core", "regular", grace_until=None)

    for day in (TODAY, LAST):
        plan(acme, other, today=day)
        assert (served(acme), served(other)) == ({"core"}, {"regular"})

    plan(acme, other, today=LAST + timedelta(days=1))
    assert (served(acme), served(other)) == ({"regular"}, {"regular"})
    withdrawn = Obligation.objects.filter(customer=acme, state=Obligation.State.WITHDRAWN)
    assert set(withdrawn.values_list("why", "withdrawn_on")) == {
        (Obligation.Why.TIER_CHANGED, LAST + timedelta(days=1))
    }


def test_who_rises_again_meanwhile_is_served_as_it_stands(acme: Customer) -> None:
    changed(acme, "core", "regular", grace_until=LAST)
    changed(acme, "regular", "important", grace_until=None)
    plan(acme)
    assert served(acme) == {"important"}


def test_planning_again_changes_nothing(acme: Customer) -> None:
    changed(acme, "core", "regular", grace_until=LAST)
    plan(acme)
    before = list(Obligation.objects.order_by("pk").values())
    plan(acme)
    assert list(Obligation.objects.order_by("pk").values()) == before


def test_the_panel_says_as_what_a_customer_is_served_and_with_which_benefits(
    acme: Customer, client: Client, dora: User
) -> None:
    client.force_login(dora)
    address = f"/customers/{acme.pk}/promises/"
    assertNotContains(client.get(address), "Served as before")
    today = timezone.localdate()
    changed(acme, "core", "regular", grace_until=today)
    page = client.get(address)
    assertContains(page, "Served as before until")
    assertContains(page, "Annual rebate")
    assertNotContains(page, "Targeted offers")

    changed(acme, "regular", "potential", grace_until=today - timedelta(days=1))
    page = client.get(address)
    assertNotContains(page, "Served as before")
    assertContains(page, "Marketing news")
