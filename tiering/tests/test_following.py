"""What follows from a run in the background: causes, deciding figures, what is unknown."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import following, freshness, regrade, services, undoing
from tiering.models import Cause, Decisive, Floor, Followup, Indicator, Run, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, Q3, bought, graded, regraded, started, tier

POINT = 1_000_000


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


def followed(run: Run) -> Followup:
    following.follow_up(run.pk, at=timezone.now())
    return Followup.objects.get(pk=run.pk)


def causes(run: Run) -> dict[str, tuple[str, int, int, int, int]]:
    """Category and effects in whole points, by the name of the customer."""
    rows = Cause.objects.filter(change__run=run).values_list(
        "change__customer__name", "category", "data", "scheme", "missing", "reweighing"
    )
    return {
        name: (category, data // POINT, scheme // POINT, missing // POINT, reweighing // POINT)
        for name, category, data, scheme, missing, reweighing in rows
    }


# Causes


def test_a_change_is_put_down_to_its_largest_part(scheme: Scheme, alice: User) -> None:
    """By the scheme of these tests 60 % is what was bought and 40 % a figure."""
    known = {
        "bought more": ((10, 50), (90, 50)),
        "rated better": ((50, 10), (50, 90)),
        "known by now": ((70, None), (70, 20)),
    }
    customers = {name: a_customer(name, owner=alice) for name in [*known, "new"]}
    for name, ((amount, figure), _now) in known.items():
        bought(customers[name], amount, quarter=Q2)
        if figure:
            a_figure(customers[name], alice, Q2, figure, "industry_outlook")
    regraded(scheme, as_of=Q2)
    for name, (_then, (amount, figure)) in known.items():
        bought(customers[name], amount)
        a_figure(customers[name], alice, Q3, figure, "industry_outlook")
    bought(customers["new"], 90)
    run = regraded(scheme)

    followed(run)

    assert causes(run) == {
        "bought more": ("business", 48, 0, 0, 0),
        "rated better": ("rating", 32, 0, 0, 0),
        "known by now": ("missing", 0, 0, 8, -28),
    }


def test_a_new_version_of_the_scheme_is_a_cause(
    scheme: Scheme, acme: Customer, dora: User, alice: User
) -> None:
    for quarter in (Q2, Q3):
        bought(acme, 90, quarter=quarter)
        a_figure(acme, alice, quarter, 10, "industry_outlook")
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    for key, weight in (("annual_amount", 90), ("industry_outlook", 10)):
        Indicator.objects.filter(dimension__version=draft, key=key).update(weight=weight)
    services.put_in_force(draft, by=dora, at=AT, note="")
    run = regraded(scheme)

    followed(run)

    assert causes(run) == {"Acme": ("scheme", 0, 24, 0, 0)}


def test_floors_alone_are_the_scheme_too(scheme: Scheme, acme: Customer, dora: User, alice: User) -> None:
    for quarter, points in ((Q2, 70), (Q3, 72)):
        bought(acme, points, quarter=quarter)
        a_figure(acme, alice, quarter, points, "industry_outlook")
    regraded(scheme, as_of=Q2)
    draft = services.copy_version(scheme.published(), by=dora)
    Floor.objects.filter(version=draft, tier=tier("core")).update(total=71_000_000)
    services.put_in_force(draft, by=dora, at=AT, note="")
    run = regraded(scheme)

    followed(run)

    assert causes(run) == {"Acme": ("scheme", 2, 0, 0, 0)}


def test_what_a_person_said_already_stays(scheme: Scheme, acme: Customer, dora: User) -> None:
    bought(acme, 30, quarter=Q2)
    regraded(scheme, as_of=Q2)
    bought(acme, 90)
    run = regraded(scheme)
    change = TierChange.objects.get(run=run)
    services.categorise(change, category="payment", by=dora, at=AT)

    followed(run)

    cause = Cause.objects.get(change=change)
    assert (cause.category, cause.computed, cause.data) == ("payment", "business", 60 * POINT)


# Whose tier hangs on one figure


def decisive() -> dict[str, tuple[str, list[str], int]]:
    from customers.models import Tier

    keys = dict(Tier.objects.values_list("pk", "key"))
    return {
        row.customer.name: (row.indicator, [keys[pk] for pk in row.tiers], row.others)
        for row in Decisive.objects.select_related("customer")
    }


def test_whoever_could_be_in_another_tier_by_one_unknown_figure_is_named(
    scheme: Scheme, alice: User, dora: User
) -> None:
    """60 % are known and count alone: with the figure 36 to 76 points are possible for who has 60 now."""
    for name, points, figure in (
        ("hangs", 60, None),
        ("knows", 60, 50),
        ("surely low", 0, None),
        ("archived", 60, None),
    ):
        customer = a_customer(name, owner=alice)
        bought(customer, points) if points else bought(customer, 0)
        if figure:
            a_figure(customer, alice, Q3, figure, "industry_outlook")
    by_hand = a_customer("by hand", owner=alice)
    bought(by_hand, 60)
    services.set_by_hand(
        by_hand,
        tier=tier("core"),
        reason="Why.",
        expires_on=date(2999, 1, 1),
        by=dora,
        at=AT - timedelta(days=1),
    )
    run = regraded(scheme)
    Customer.objects.filter(name="archived").update(archived_at=AT)

    followed(run)

    assert decisive() == {
        "hangs": ("industry_outlook", ["important", "regular", "potential"], 0),
        "surely low": ("industry_outlook", ["regular", "potential"], 0),
    }


def test_a_figure_that_brings_a_first_tier_decides(scheme: Scheme, alice: User) -> None:
    """Too little is known of who only has the lighter figure: the amount makes it enough."""
    a_figure(a_customer("only outlook", owner=alice), alice, Q3, 50, "industry_outlook")

    followed(regraded(scheme))

    assert decisive() == {"only outlook": ("annual_amount", ["core", "important", "regular", "potential"], 0)}


def test_of_a_run_of_some_customers_only_those_are_looked_at(scheme: Scheme, alice: User) -> None:
    """The nightly check grades a few out of many."""
    customers = [a_customer(name, owner=alice) for name in ("graded", "between", "graded too")]
    for customer in customers:
        bought(customer, 60)
    run = regraded(scheme)
    run.chunks.update(only=[customers[0].pk, customers[2].pk])

    followed(run)

    assert sorted(decisive()) == ["graded", "graded too"]


def test_what_a_run_that_undoes_another_brings_back_is_looked_at(
    scheme: Scheme, acme: Customer, alice: User, dora: User
) -> None:
    bought(acme, 60, quarter=Q2)
    before = regraded(scheme, as_of=Q2)
    followed(before)
    bought(acme, 60)
    a_figure(acme, alice, Q3, 50, "industry_outlook")
    run = regraded(scheme)
    followed(run)
    assert decisive() == {}

    back = undoing.undo(run, by=dora, at=timezone.now())
    regrade.finish(back.pk, at=timezone.now())
    followed(back)

    assert decisive() == {"Acme": ("industry_outlook", ["important", "regular", "potential"], 0)}
    assert Decisive.objects.get().run == before
    gaps = freshness.gaps()
    assert gaps
    assert gaps.followup.run == before


# Once, and again


def test_it_counts_what_is_unknown_and_what_is_old(scheme: Scheme, alice: User) -> None:
    for name, day in (("fresh", Q3), ("old", Q3 - timedelta(days=366)), ("none", None)):
        customer = a_customer(name, owner=alice)
        bought(customer, 50)
        if day:
            a_figure(customer, alice, day, 50, "industry_outlook")

    found = followed(regraded(scheme))

    assert (found.customers, found.unknown, found.stale) == (
        3,
        {"industry_outlook": 1},
        {"industry_outlook": 1},
    )
    assert found.finished_at


def test_the_second_time_changes_nothing(
    scheme: Scheme, acme: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bought(acme, 60)
    run = regraded(scheme)
    first = followed(run)

    assert followed(run) == first
    assert [row.upto for row in Followup.objects.all()] == [first.upto]
    assert decisive()["Acme"][0] == "industry_outlook"


def test_a_chunk_is_worked_off_a_piece_at_a_time_from_where_the_last_one_stopped(
    scheme: Scheme, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = [a_customer(name, owner=alice) for name in ("first", "second", "third")]
    for customer in customers:
        bought(customer, 60)
    run = regraded(scheme)
    monkeypatch.setattr(following, "PIECE", 1)
    Followup.objects.create(run=run, upto=customers[0].pk, customers=1)

    found = followed(run)

    assert set(decisive()) == {"second", "third"}
    assert (found.upto, found.customers) == (customers[2].pk, 3)


def test_who_holds_it_is_left_alone_and_who_died_is_followed(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 60)
    run = regraded(scheme)
    at = timezone.now()
    Followup.objects.create(run=run, leased_until=at + timedelta(seconds=1))

    following.follow_up(run.pk, at=at)
    assert not Decisive.objects.exists()

    following.follow_up(run.pk, at=at + timedelta(seconds=2))
    assert Decisive.objects.count() == 1


def test_what_is_not_published_has_no_follow_up(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)

    following.follow_up(run.pk, at=timezone.now())

    assert not Followup.objects.exists()


def test_publishing_asks_for_it(
    scheme: Scheme, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bought(acme, 60)
    run = started(scheme)
    with django_capture_on_commit_callbacks(execute=True):
        graded(run)

    assert Followup.objects.filter(run=run, finished_at__isnull=False).count() == 1


def test_the_sweep_asks_again(
    scheme: Scheme, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bought(acme, 60)
    run = regraded(scheme)

    following.catch_up(at=timezone.now())

    assert Followup.objects.filter(run=run, finished_at__isnull=False).count() == 1
