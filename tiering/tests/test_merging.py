"""Two customers are merged, or made two again, while a run is under way: it grades the book as it stood at its freeze."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.models import Customer, Merge, Standing
from customers.tests.making import a_customer, a_figure, a_rating, an_order
from tiering import regrade, upgrading, verifying
from tiering.models import Aim, Grading, Override, Run, Scheme, TierChange
from tiering.models.governing import Review
from tiering.reviewing import releasing
from tiering.services import make_aim, set_by_hand
from tiering.tests.conftest import POINT, Q3, bought, graded, plain_scheme, tier
from tiering.tests.test_freeze import everything
from toolbox.tests.racing import race

pytestmark = pytest.mark.django_db

PLACES = ["before the freeze", "before grading", "before publishing"]
ONE, TWO = {"Acme": 85}, {"Acme": 30, "Other": 55}
"""Points of the book, the customers merged and apart."""


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


@pytest.fixture
def other(acme: Customer, alice: User) -> Customer:
    other = a_customer("Other", owner=alice)
    for customer in (acme, other):
        bought(customer, TWO[customer.name])
    return other


def merged(keeper: Customer, gone: Customer, by: User) -> Merge:
    now = Customer.objects.in_bulk([keeper.pk, gone.pk])
    return services.merge(now[keeper.pk], now[gone.pk], fields={}, by=by, at=timezone.now())


def undone(merge: Merge, by: User) -> None:
    services.undo_merge(merge, by=by, at=timezone.now())


def run_through(scheme: Scheme, by: User, *, meanwhile: Callable[[], object], place: str) -> Run:
    """A run that waits for review before it is published; somebody does something at that place."""
    Scheme.objects.filter(pk=scheme.pk).update(review=Review.WAIT)
    if place == "before the freeze":
        meanwhile()
    run = regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now())
    if place == "before grading":
        meanwhile()
    graded(run)
    assert run.state == Run.State.REVIEW
    if place == "before publishing":
        meanwhile()
    releasing.release(run, by=by, at=timezone.now())
    regrade.finish(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    return run


def points(run: Run) -> dict[str, int]:
    totals = Grading.objects.filter(run=run).values_list("customer__name", "total")
    return {name: total // 1_000_000 for name, total in totals if total is not None}


def standings() -> dict[str, tuple[str | None, int | None]]:
    rows = Standing.objects.values_list("customer__name", "tier__key", "annual_amount")
    return {name: (key, amount // POINT if amount else amount) for name, key, amount in rows}


def changes(run: Run) -> dict[str, str]:
    return dict(TierChange.objects.filter(run=run).values_list("customer__name", "to_tier__key"))


def wrong() -> list[object]:
    found = verifying.verify(verifying.runs_of(everything=True), today=timezone.localdate(), plain=True)
    return [checked.findings.title for checked in found if not checked.findings.is_fine]


@pytest.mark.parametrize("place", PLACES)
def test_a_merge_during_a_run(
    place: str, scheme: Scheme, acme: Customer, other: Customer, alice: User, dora: User
) -> None:
    first = run_through(scheme, dora, meanwhile=lambda: merged(acme, other, alice), place=place)
    is_in = place == "before the freeze"
    assert points(first) == (ONE if is_in else TWO)
    assert changes(first) == ({"Acme": "core"} if is_in else {"Acme": "potential", "Other": "regular"})
    assert standings()["Other"] == ((None, None) if is_in else ("regular", 55))
    replayed = verifying.replay(first).hash

    second = run_through(scheme, dora, meanwhile=lambda: None, place=place)

    assert points(second) == ONE
    assert changes(second) == ({} if is_in else {"Acme": "core"})
    assert standings() == {"Acme": ("core", 85), "Other": (None, None) if is_in else ("regular", 55)}
    assert verifying.replay(first).hash == replayed
    assert wrong() == []


@pytest.mark.parametrize("place", PLACES)
def test_an_undone_merge_during_a_run(
    place: str, scheme: Scheme, acme: Customer, other: Customer, alice: User, dora: User
) -> None:
    done = merged(acme, other, alice)

    first = run_through(scheme, dora, meanwhile=lambda: undone(done, alice), place=place)
    is_in = place == "before the freeze"
    assert points(first) == (TWO if is_in else ONE)
    replayed = verifying.replay(first).hash

    second = run_through(scheme, dora, meanwhile=lambda: None, place=place)

    assert points(second) == TWO
    assert standings() == {"Acme": ("potential", 30), "Other": ("regular", 55)}
    assert verifying.replay(first).hash == replayed
    assert wrong() == []


def test_merged_and_made_two_again_during_a_run_is_as_if_nothing_had_been(
    scheme: Scheme, acme: Customer, other: Customer, alice: User, dora: User
) -> None:
    run = run_through(
        scheme,
        dora,
        meanwhile=lambda: undone(merged(acme, other, alice), alice),
        place="before grading",
    )

    assert points(run) == TWO
    assert wrong() == []


def test_a_chain_of_merges_after_the_freeze_reads_as_before(
    acme: Customer, other: Customer, alice: User
) -> None:
    third = a_customer("Third", owner=alice)
    a_rating(other, alice, Q3, 4, "expansion_plan")
    a_figure(acme, alice, Q3, 70, "industry_outlook")
    customers = (acme, other, third)
    before = [everything(customer) for customer in customers]

    merged(acme, other, alice)
    merged(third, acme, alice)

    assert [everything(customer) for customer in customers] == before


def test_what_was_corrected_and_merged_and_corrected_after_the_freeze_reads_as_before(
    acme: Customer, other: Customer, alice: User
) -> None:
    order = an_order(other, Q3 - timedelta(days=1), 7_00)
    gone = an_order(other, Q3 - timedelta(days=1), 9_00)
    before = [everything(customer) for customer in (acme, other)]
    order.amount = 1
    services.save_fact(order, changed=["amount"], by=alice)

    merged(acme, other, alice)
    order.refresh_from_db()
    order.amount = 2
    services.save_fact(order, changed=["amount"], by=alice)
    services.remove_fact(gone, by=alice)

    assert [everything(customer) for customer in (acme, other)] == before
    order.refresh_from_db()
    assert (order.customer, order.amount) == (acme, 2)


def test_what_is_read_as_it_stood_takes_no_more_queries_for_more_rows_that_moved(
    acme: Customer, other: Customer, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 30):
        an_order(other, Q3 - timedelta(days=day))
    merged(acme, other, alice)

    with django_assert_max_num_queries(40):
        everything(acme)


def test_both_are_looked_at_by_night(
    scheme: Scheme, acme: Customer, other: Customer, alice: User, dora: User
) -> None:
    run_through(scheme, dora, meanwhile=lambda: None, place="")
    merged(acme, other, alice)

    at = timezone.now()
    changed = upgrading.changed_between(Run.objects.published().latest("pk").frozen_at, at)

    assert changed.tolist() == [acme.pk, other.pk]


# What is not a fact


def test_the_tier_set_by_hand_of_who_stays_holds_and_that_of_who_went_rests(
    scheme: Scheme, acme: Customer, other: Customer, alice: User, dora: User
) -> None:
    day, at = timezone.localdate() + timedelta(days=30), timezone.now()
    for customer, key in ((acme, "important"), (other, "core")):
        set_by_hand(customer, tier=tier(key), reason="Why.", expires_on=day, by=dora, at=at)
    done = merged(acme, other, alice)

    run_through(scheme, dora, meanwhile=lambda: None, place="")

    assert standings()["Acme"] == ("important", 85)
    undone(done, alice)
    assert set(Override.objects.in_force(day).values_list("customer__name", "tier__key")) == {
        ("Acme", "important"),
        ("Other", "core"),
    }
    assert standings()["Other"][0] == "core"
    assert wrong() == []


def test_open_tasks_go_along_and_what_is_done_stays(
    scheme: Scheme, acme: Customer, other: Customer, alice: User
) -> None:
    open_, done = (
        make_aim(
            other,
            what=what,
            due_on=Q3,
            assignee=alice,
            tier=None,
            by=alice,
            at=timezone.now(),
        )
        for what in ("open", "done")
    )
    Aim.objects.filter(pk=done.pk).update(done_at=timezone.now(), done_by=alice)

    merge = merged(acme, other, alice)

    assert dict(Aim.objects.values_list("what", "customer__name")) == {"open": "Acme", "done": "Other"}
    undone(merge, alice)
    open_.refresh_from_db()
    assert open_.customer == other


# The moment itself


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_freeze_waits_for_a_merge_and_reads_one_customer() -> None:
    scheme, acme, other, alice = two()

    run = race(
        lambda: merged(acme, other, alice),
        lambda: regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.COMMAND, at=timezone.now()),
    )

    regrade.work_off(run)
    assert points(run) == ONE
    assert wrong() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_merge_waits_for_the_freeze_and_comes_after_it() -> None:
    scheme, acme, other, alice = two()
    frozen: list[Run] = []

    race(lambda: frozen.append(started_asleep_now(scheme)), lambda: merged(acme, other, alice))

    run = frozen[0]
    regrade.work_off(run)
    assert points(run) == TWO
    assert wrong() == []


def two() -> tuple[Scheme, Customer, Customer, User]:
    scheme, alice = plain_scheme(), User.objects.create_user("alice", role="account_manager")
    acme, other = (a_customer(name, owner=alice) for name in TWO)
    for customer in (acme, other):
        bought(customer, TWO[customer.name])
    return scheme, acme, other, alice


def started_asleep_now(scheme: Scheme) -> Run:
    run = regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now())
    regrade.pause(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    return run
