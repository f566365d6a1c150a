"""Call backs after orders, greetings on birthdays."""

from datetime import date, timedelta

import pytest

from accounts.models import User
from customers.models import Contact, Customer, Order, Standing, Tier
from customers.tests.making import an_order
from maintenance import services, worklist
from maintenance.models import Obligation, Promise
from maintenance.tests.conftest import TODAY, MakeCustomer, plan
from maintenance.tests.test_matching import at, talk


def ranked(customer: Customer, key: str) -> None:
    Standing.objects.filter(customer=customer).update(tier=Tier.objects.get(scale="retail", key=key))


@pytest.fixture
def shop(make_customer: MakeCustomer, alice: User) -> Customer:
    """An important customer of the retail scheme: called back within 7 days of a purchase."""
    customer = make_customer("Shop", owner=alice)
    ranked(customer, "important")
    return customer


def bought(customer: Customer, days_ago: int = 0, amount: int = 100_00) -> Order:
    return an_order(customer, TODAY - timedelta(days=days_ago), amount)


def call_backs(customer: Customer) -> list[tuple[int | None, date, str]]:
    rows = Obligation.objects.filter(customer=customer, key="callback").order_by("pk")
    return list(rows.values_list("order", "due_on", "state"))


def test_an_order_is_followed_by_one_call_back(shop: Customer, alice: User) -> None:
    plan(shop)
    order = bought(shop, 2)
    plan(shop)
    row = Obligation.objects.get(key="callback")

    assert (row.order_id, row.opens_on, row.due_on, row.assignee) == (
        order.pk, date(2026, 11, 16), date(2026, 11, 23), alice,
    )  # fmt: skip
    assert plan(shop) == services.Replanned()

    services.complete(row, by=alice, at=at(TODAY), channel="phone", note="Content.")
    assert [state for _order, _due, state in call_backs(shop)] == ["done"]
    assert plan(shop, today=TODAY + timedelta(days=1)) == services.Replanned()


def test_orders_within_the_days_share_a_call_back_or_not(shop: Customer) -> None:
    orders = [bought(shop, days) for days in (5, 3, 0)]
    plan(shop)
    assert [order for order, _due, _state in call_backs(shop)] == [orders[0].pk]

    Promise.objects.filter(key="callback").update(one_for_all=False)
    plan(shop)
    assert [order for order, _due, _state in call_backs(shop)] == [order.pk for order in orders]
    assert plan(shop) == services.Replanned()


def test_returns_and_orders_of_long_ago_are_nothing_to_call_about(shop: Customer) -> None:
    bought(shop, 8)
    bought(shop, 1, amount=-5_00)
    plan(shop)

    assert call_backs(shop) == []


def test_an_order_taken_back_takes_its_call_back_along(shop: Customer) -> None:
    order = bought(shop, 1)
    plan(shop)
    order.delete()
    plan(shop)

    assert [state for _order, _due, state in call_backs(shop)] == ["withdrawn"]
    assert Obligation.objects.get(key="callback").why == "order_gone"


def test_a_call_back_follows_the_tier_and_is_not_owed_twice(shop: Customer) -> None:
    """Core is called back within 3 days: at once where these are over. Ordinary customers are not called."""
    order = bought(shop, 4)
    plan(shop)
    ranked(shop, "core")
    plan(shop)
    assert call_backs(shop) == [(order.pk, TODAY, "open")]
    assert Obligation.objects.get(key="callback").tier.key == "core"
    assert plan(shop) == services.Replanned()

    ranked(shop, "ordinary")
    plan(shop)
    assert call_backs(shop) == [(order.pk, TODAY, "withdrawn")]


def test_a_call_keeps_the_call_back_and_the_contact(shop: Customer, alice: User) -> None:
    bought(shop, 1)
    plan(shop)
    talk(shop, alice)
    plan(shop)

    assert sorted(Obligation.objects.done().values_list("key", flat=True)) == ["callback", "contact"]


def test_birthdays_of_contacts_are_greeted_one_after_the_other(shop: Customer) -> None:
    plan(shop)
    assert not Obligation.objects.filter(key="birthday").exists()

    Contact.objects.create(customer=shop, name="Li", birthday="12-09")
    Contact.objects.create(customer=shop, name="Wang", birthday="02-29")
    plan(shop)
    row = Obligation.objects.get(key="birthday")
    assert row.due_on == date(2026, 12, 9)
    assert [contact.name for contact in worklist.celebrated(row)] == ["Li"]

    Obligation.objects.filter(pk=row.pk).update(
        state="done", completed_at=at(date(2026, 12, 8)), completed_by=shop.owner
    )
    plan(shop, today=date(2026, 12, 9))
    row = Obligation.objects.open().get(key="birthday")
    assert row.due_on == date(2027, 2, 26)  # the Friday before a weekend
    assert [contact.name for contact in worklist.celebrated(row)] == ["Wang"]
