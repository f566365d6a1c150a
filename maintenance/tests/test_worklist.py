"""My day: who owes what, in which order."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers.access import rule
from customers.models import Customer
from maintenance import worklist
from maintenance.cadence import Bucket
from maintenance.models import Obligation
from maintenance.models.obligation import ObligationQuerySet
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan
from toolbox.pages import Count


def due(obligation: Obligation, day: date) -> Obligation:
    Obligation.objects.filter(pk=obligation.pk).update(due_on=day, originally_due_on=day)
    return obligation


def late(customer: Customer, key: str = "contact", department: str = "sales", days: int = 3) -> Obligation:
    return due(owed(customer, key, department), TODAY - timedelta(days=days))


def names(rows: ObligationQuerySet) -> set[tuple[str, str]]:
    return {(row.customer.name, row.department) for row in rows}


@pytest.fixture
def book(make_customer: MakeCustomer, cast: dict[str, User]) -> None:
    """Alice's, her team lead's, a stranger's and nobody's customer: each is owed eleven things."""
    for owner in ("alice", "bob", "carol"):
        plan(make_customer(owner, owner=cast[owner]))
    plan(make_customer("nobody"))


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    "who, person, expected",
    [
        ("alice", None, {("alice", "sales")}),
        ("alice", "carol", set()),
        ("bob", None, {("alice", "sales"), ("bob", "sales")}),
        ("bob", "bob", {("bob", "sales")}),
        ("bob", "alice", {("alice", "sales")}),
        ("bob", "carol", set()),
        ("carol", None, {("carol", "sales")}),
        ("dan", None, {(name, "service") for name in ("alice", "bob", "carol", "nobody")}),
        ("tess", None, {(name, "technical") for name in ("alice", "bob", "carol", "nobody")}),
        ("logan", None, {(name, "logistics") for name in ("alice", "bob", "carol", "nobody")}),
        ("dora", "carol", {("carol", "sales")}),
        ("dora", "dan", {(name, "service") for name in ("alice", "bob", "carol", "nobody")}),
        *[
            (
                who,
                None,
                {
                    (name, department)
                    for name in ("alice", "bob", "carol", "nobody")
                    for department in ("sales", "service", "technical", "logistics")
                },
            )
            for who in ("dora", "audrey", "adam")
        ],
    ],
)
def test_everybody_s_day_holds_their_own_business(
    cast: dict[str, User], who: str, person: str | None, expected: set[tuple[str, str]]
) -> None:
    assert names(worklist.owed(cast[who], person=cast[person] if person else None)) == expected


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    "who, expected",
    [
        ("alice", {("alice", d) for d in ("sales", "service", "technical", "logistics")}),
        ("tess", {(name, "technical") for name in ("alice", "bob", "carol", "nobody")}),
    ],
)
def test_visible_is_what_belongs_to_own_customers_or_the_own_department(
    cast: dict[str, User], who: str, expected: set[tuple[str, str]]
) -> None:
    assert names(Obligation.objects.visible_to(cast[who])) == expected


@pytest.mark.usefixtures("book")
def test_nobody_who_left_sees_anything(cast: dict[str, User]) -> None:
    for user in cast.values():
        user.is_active = False
        assert not Obligation.objects.visible_to(user).exists()


def test_an_open_promise_opens_the_customer_to_its_department(
    make_customer: MakeCustomer, logan: User, tess: User
) -> None:
    core, important = make_customer("Core"), make_customer("Important", tier="important")
    plan(core, important)

    assert set(Customer.objects.filter(rule(logan))) == {core}
    assert set(Customer.objects.filter(rule(tess))) == {core, important}

    Obligation.objects.filter(department="logistics").update(
        state="withdrawn", why="archived", withdrawn_on=TODAY
    )
    assert not Customer.objects.filter(rule(logan)).exists()


def test_a_new_owner_has_it_on_the_list_at_once(
    make_customer: MakeCustomer, alice: User, carol: User
) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    Customer.objects.filter(pk=acme.pk).update(owner=carol)

    assert not worklist.owed(alice).exists()
    assert names(worklist.owed(carol)) == {("Acme", "sales")}


def test_the_best_tier_comes_first_then_the_largest_customer(
    make_customer: MakeCustomer, alice: User
) -> None:
    for name, tier, amount in (
        ("Small", "core", 1),
        ("Huge", "important", 10**15),
        ("Unknown", "core", 0),
        ("Large", "core", 10**9),
        ("Fair", "regular", 10**12),
    ):
        acme = make_customer(name, tier=tier, owner=alice, amount=amount)
        plan(acme)
        late(acme, "meeting")

    found = worklist.section(Bucket.OVERDUE, user=alice, today=TODAY, count=Count(0, is_capped=False))
    assert [line.obligation.customer.name for line in found.lines] == [
        "Large",
        "Small",
        "Unknown",
        "Huge",
        "Fair",
    ]


def test_each_bucket_holds_its_days(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    keys = list(worklist.owed(alice).order_by("pk"))
    Obligation.objects.exclude(pk__in=[row.pk for row in keys[:5]]).delete()
    for row, days in zip(keys, (-1, 0, 1, 4, 5), strict=False):
        due(row, TODAY + timedelta(days=days))

    counts = worklist.summary(alice, TODAY)
    assert [str(getattr(counts, bucket)) for bucket in Bucket] == ["1", "1", "2", "1"]


def test_grace_is_late_but_not_broken(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", owner=alice)
    plan(acme)
    call = owed(acme, "contact")
    call.due_on = call.originally_due_on = TODAY

    found = [worklist.line(call, user=alice, today=TODAY + timedelta(days=days)) for days in (-1, 0, 2, 3)]
    assert [(line.days_late, line.is_broken) for line in found] == [
        (0, False),
        (0, False),
        (2, False),
        (3, True),
    ]


@pytest.mark.parametrize(
    "who, keeps",
    [
        ("alice", {"sales"}),
        ("bob", {"sales"}),
        ("tess", {"technical"}),
        ("dan", {"service"}),
        ("logan", {"logistics"}),
        ("dora", {"sales", "service", "technical", "logistics"}),
        ("audrey", set()),
    ],
)
def test_a_promise_is_kept_by_its_department(cast: dict[str, User], who: str, keeps: set[str]) -> None:
    departments = ("sales", "service", "technical", "logistics")

    assert {d for d in departments if Obligation(department=d).may_be_kept_by(cast[who])} == keeps


@pytest.mark.parametrize("rows", [1, 3])
def test_a_summary_is_four_counts(
    make_customer: MakeCustomer, alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plan(*[make_customer(f"C{n}", owner=alice) for n in range(rows)])

    with django_assert_num_queries(4):
        worklist.summary(alice, TODAY)
