"""After a downgrade with days of grace the playbook of the tier before holds until they are over."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from customers.models import Customer, Tier
from maintenance.models import Obligation
from maintenance.tests.conftest import TODAY, MakeCustomer, move, plan
from tiering.models import TierChange
from toolbox import append_only

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


def test_who_rises_again_meanwhile_keeps_what_was_granted_to_its_day(acme: Customer) -> None:
    changed(acme, "core", "regular", grace_until=LAST)
    changed(acme, "regular", "important", grace_until=None)
    plan(acme, today=LAST)
    assert served(acme) == {"core"}

    plan(acme, today=LAST + timedelta(days=1))
    assert served(acme) == {"important"}


@pytest.mark.parametrize("until", [LAST - timedelta(days=20), LAST + timedelta(days=20), None])
def test_a_second_downgrade_cuts_nothing_short(acme: Customer, until: date | None) -> None:
    """Whether it grants days itself, for the tier between, or none: the best of what is granted holds."""
    changed(acme, "core", "important", grace_until=LAST)
    changed(acme, "important", "potential", grace_until=until)
    plan(acme, today=LAST)
    assert served(acme) == {"core"}

    plan(acme, today=LAST + timedelta(days=1))
    assert served(acme) == ({"important"} if until and until > LAST else {"potential"})


def test_who_rises_as_high_or_higher_is_served_as_it_stands(make_customer: MakeCustomer) -> None:
    beta = make_customer("Beta", tier="important")
    plan(beta)
    changed(beta, "important", "regular", grace_until=LAST)
    changed(beta, "regular", "core", grace_until=None)
    plan(beta)
    assert served(beta) == {"core"}
    assert not TierChange.objects.in_grace(TODAY).exists()


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

    with append_only.unlocked(connection):
        TierChange.objects.filter(customer=acme).update(grace_until=today - timedelta(days=1))
    changed(acme, "regular", "potential", grace_until=None)
    page = client.get(address)
    assertNotContains(page, "Served as before")
    assertContains(page, "Marketing news")
