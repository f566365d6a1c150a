"""What a version would add and remove across the book."""

from datetime import timedelta
from fractions import Fraction

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers.models import Contact, Customer, Standing, Tier
from customers.tests.making import an_order
from maintenance import services
from maintenance.effects import Amount, effect
from maintenance.models import Playbook, Promise
from maintenance.tests.conftest import TODAY, MakeCustomer


def draft_of(key: str, by: User, scale: str = "b2b") -> Playbook:
    return services.copy_to_draft(Playbook.objects.get(tier__scale=scale, tier__key=key), by=by)


@pytest.fixture
def book(make_customer: MakeCustomer, alice: User, carol: User) -> None:
    """Alice has three important customers and a core one, Carol an important one; archived ones do not count."""
    for n in range(3):
        make_customer(f"A{n}", tier="important", owner=alice, amount=100_000_00)
    make_customer("Core", tier="core", owner=alice)
    make_customer("Carol's", tier="important", owner=carol, amount=50_000_00)
    gone = make_customer("Gone", tier="important", owner=carol)
    Customer.objects.filter(pk=gone.pk).update(archived_at="2026-11-01T00:00Z")


@pytest.mark.usefixtures("book")
def test_a_copy_changes_nothing(dora: User) -> None:
    found = effect(draft_of("important", dora), on=TODAY)

    assert (found.customers, found.is_nothing, found.was) == (4, True, found.will_be)
    assert all(line.load.now == line.load.then for line in found.people)


@pytest.mark.usefixtures("book")
def test_what_comes_goes_and_changes_is_counted_for_all_customers(
    dora: User, alice: User, carol: User
) -> None:
    draft = draft_of("important", dora)
    draft.promises.filter(key="news").delete()
    draft.promises.filter(key="contact").update(interval=1, minutes=26)
    Promise.objects.create(
        playbook=draft, key="lab", department="technical", unit="quarter", minutes=60, title_en="Lab", title_zh="实验"
    )  # fmt: skip
    found = effect(draft, on=TODAY)
    before = Fraction(4 * 26 * 30, 52 * 60)

    assert {change.promise.key: (change.kind, change.was, change.will_be) for change in found.changes} == {
        "contact": (
            "changed",
            Amount(a_quarter=Fraction(26), hours=before),
            Amount(a_quarter=Fraction(52), hours=Fraction(4 * 52 * 26, 52 * 60)),
        ),
        "news": ("removed", Amount(a_quarter=Fraction(12), hours=Fraction(4 * 12 * 30, 52 * 60)), Amount()),
        "lab": ("added", Amount(), Amount(a_quarter=Fraction(4), hours=Fraction(4 * 4 * 60, 52 * 60))),
    }
    assert found.will_be.count - found.was.count == 52 - 26 - 12 + 4
    loads = {line.whose: line.load for line in found.people}
    assert set(loads) == {alice, carol}
    one_more = Fraction(52 * 26 - 26 * 30 - 12 * 30, 52 * 60)
    assert loads[alice].then - loads[alice].now == 3 * one_more
    assert loads[carol].then - loads[carol].now == one_more
    assert loads[carol].capacity == carol.weekly_hours
    assert dict(found.departments)["Technical"].then - dict(found.departments)["Technical"].now == Fraction(
        4 * 4 * 60, 52 * 60
    )


@pytest.mark.usefixtures("book")
def test_what_is_said_otherwise_of_a_promise_is_shown(dora: User) -> None:
    draft = draft_of("important", dora)
    draft.promises.filter(key="meeting").update(
        channel="", grace_days=1, minutes=90, title_en="Visit or call"
    )
    draft.promises.filter(key="news").delete()
    changed, gone = effect(draft, on=TODAY).changes

    assert changed.otherwise == [
        ("Quarterly visit", "Visit or call"),
        ("Visit", "any channel"),
        ("10 days of grace", "1 day of grace"),
        ("180 minutes", "90 minutes"),
    ]
    assert (gone.kind, gone.otherwise) == ("removed", [])


@pytest.mark.usefixtures("book")
def test_benefits_cost_an_amount_or_a_share_of_what_is_bought(dora: User) -> None:
    draft = draft_of("important", dora)
    draft.benefits.filter(kind="discount").update(cost_share=150)
    draft.benefits.filter(kind="dispatch").update(yearly_cost=600_00)
    found = effect(draft, on=TODAY)

    assert (found.cost_was, found.cost_will_be) == (0, 350_000_00 * 150 // 10_000 + 4 * 600_00)
    assert len(found.benefits_added) == len(found.benefits_removed) == 2


def test_call_backs_and_birthdays_are_as_many_as_orders_and_known_days(
    make_customer: MakeCustomer, dora: User
) -> None:
    """Two orders in one window are one call back; an order of two years ago is none."""
    tier = Tier.objects.get(scale="retail", key="important")
    busy, quiet = make_customer("Busy"), make_customer("Quiet")
    Standing.objects.update(tier=tier)
    for days in (400, 100, 99, 10):
        an_order(busy, TODAY - timedelta(days=days))
    Contact.objects.create(customer=quiet, name="Li", birthday="06-21")
    draft = draft_of("important", dora, scale="retail")
    draft.promises.filter(key__in=["callback", "birthday"]).delete()
    gone = {change.promise.key: change.was.a_quarter for change in effect(draft, on=TODAY).changes}

    assert gone == {"callback": Fraction(3, 4), "birthday": Fraction(1, 4)}


@pytest.mark.usefixtures("book")
def test_the_book_is_asked_at_once_however_large(
    dora: User, make_customer: MakeCustomer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    draft = Playbook.objects.select_related("tier").get(pk=draft_of("important", dora).pk)
    for n in (1, 3):
        for m in range(n):
            make_customer(f"{n}-{m}", tier="important")
        with django_assert_num_queries(21):
            effect(draft, on=TODAY)
