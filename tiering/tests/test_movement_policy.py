"""The movement policy in re-grades: who is held back keeps its tier, says by what, and is let go when it is time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer
from tiering import services
from tiering.models import Floor, Grading, Hold, Movement, Run, Scheme, SchemeVersion, TierChange
from tiering.tests.conftest import AT, Q2, Q3, bought, regraded, tier, tier_of
from tiering.tests.test_verifying import wrong
from toolbox import append_only

Q4, Q1 = date(2026, 12, 31), date(2027, 3, 31)
POINT = 1_000_000


@pytest.fixture
def acme(db: None) -> Customer:
    return a_customer("Acme")


def ruled(scheme: Scheme, *, floors: dict[str, dict[str, bool]] | None = None, **policy: int) -> None:
    """As if the version in force had said so from the beginning."""
    with append_only.unlocked(connection):
        SchemeVersion.objects.filter(scheme=scheme).update(**policy)
        for key, words in (floors or {}).items():
            Floor.objects.filter(version__scheme=scheme, tier__key=key).update(**words)


def through(scheme: Scheme, customer: Customer, points: dict[date, int]) -> list[tuple[str | None, str]]:
    """Tier and what kept it, re-grade by re-grade."""
    said = []
    for n, (day, some) in enumerate(points.items()):
        bought(customer, some, quarter=day)
        run = regraded(scheme, as_of=day, at=AT + timedelta(days=200 + n))
        grading = Grading.objects.get(run=run, customer=customer)
        assert tier_of(customer) == (grading.tier.key if grading.tier else None)
        said.append((tier_of(customer), grading.kept))
    assert wrong() == {}
    return said


def test_without_a_policy_nobody_is_held_back(scheme: Scheme, acme: Customer) -> None:
    assert through(scheme, acme, {Q2: 90, Q3: 30}) == [("core", ""), ("potential", "")]
    assert Hold.objects.count() == 0


def test_within_the_margin_the_tier_is_kept(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, margin=2 * POINT)
    assert through(scheme, acme, {Q2: 80, Q3: 78, Q4: 77}) == [
        ("core", ""),
        ("core", "margin"),
        ("important", ""),
    ]
    assert list(Hold.objects.values_list("run__as_of", "from_tier__key", "to_tier__key", "by", "runs")) == [
        (Q3, "core", "important", "margin", 0)
    ]
    assert acme.standing.computed_tier == tier("important")


def test_a_change_that_nothing_holds_any_more_says_what_held_it(
    scheme: Scheme, acme: Customer, dora: User, client: Client
) -> None:
    ruled(scheme, dwell=2)
    through(scheme, acme, {Q2: 90, Q3: 70, Q4: 70})
    client.force_login(dora)
    change = TierChange.objects.latest("pk")
    page = client.get(f"/tier-changes/{change.pk}/")
    assert page.context["sentence"] == (
        "Score unchanged at 70.00. Too low in 2 re-grades in a row: the waiting time is over."
    )
    comparison = page.context["comparison"]
    assert (comparison.total, comparison.policy) == (
        "+0.00",
        [
            "By the numbers it was Important before, and stayed Core: Not below for long enough. Nothing holds it now."
        ],
    )


def test_reasons_that_were_kept_before_they_named_the_waiting_are_as_right(
    scheme: Scheme, acme: Customer
) -> None:
    ruled(scheme, dwell=2)
    through(scheme, acme, {Q2: 90, Q3: 70, Q4: 70})
    movement = Movement.objects.latest("pk")
    assert movement.reason.pop("waited") == 2
    with append_only.unlocked(connection):
        movement.save()
        TierChange.objects.filter(run=movement.run).update(reason=movement.reason)
    assert wrong() == {}


def test_a_downgrade_takes_so_many_runs(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, dwell=2)
    assert through(scheme, acme, {Q2: 90, Q3: 70, Q4: 70}) == [
        ("core", ""),
        ("core", "dwell"),
        ("important", ""),
    ]
    assert list(Hold.objects.order_by("pk").values_list("run__as_of", "by", "runs")) == [
        (Q3, "dwell", 1),
        (Q4, "", 2),
    ]


def test_a_run_in_which_it_stood_high_enough_starts_the_count_anew(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, dwell=2)
    assert through(scheme, acme, {Q2: 90, Q3: 70, Q4: 85, Q1: 70}) == [
        ("core", ""),
        ("core", "dwell"),
        ("core", ""),
        ("core", "dwell"),
    ]


def test_one_tier_down_at_most(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, one_step=True)
    assert through(scheme, acme, {Q2: 90, Q3: 10, Q4: 10, Q1: 10}) == [
        ("core", ""),
        ("important", "step"),
        ("regular", "step"),
        ("potential", ""),
    ]


def test_upgrades_are_immediate(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, margin=5 * POINT, dwell=3, one_step=True)
    assert through(scheme, acme, {Q2: 10, Q3: 90}) == [("potential", ""), ("core", "")]


def test_a_tier_by_hand_is_none_of_the_policys_business(scheme: Scheme, acme: Customer, dora: User) -> None:
    ruled(scheme, dwell=2)
    through(scheme, acme, {Q2: 90})
    override = services.set_by_hand(
        acme,
        tier=tier("regular"),
        reason="Why.",
        expires_on=date(2028, 1, 1),
        by=dora,
        at=AT + timedelta(days=200),
    )
    assert through(scheme, acme, {Q3: 30}) == [("regular", "override")]
    assert Hold.objects.count() == 0

    services.end_by_hand(override, by=dora, at=AT + timedelta(days=300))
    assert tier_of(acme) == "potential"


def test_a_tier_by_hand_that_ends_goes_back_to_the_tier_that_was_held(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    ruled(scheme, dwell=2)
    through(scheme, acme, {Q2: 90, Q3: 30})
    at = AT + timedelta(days=300)
    override = services.set_by_hand(
        acme, tier=tier("regular"), reason="Why.", expires_on=date(2028, 1, 1), by=dora, at=at
    )
    services.end_by_hand(override, by=dora, at=at)
    assert (tier_of(acme), wrong()) == ("core", {})


def test_too_little_known_holds_before_the_policy_does(scheme: Scheme, acme: Customer) -> None:
    ruled(scheme, margin=5 * POINT)
    through(scheme, acme, {Q2: 80})
    acme.orders.update(recorded_at=AT + timedelta(days=900))
    run = regraded(scheme, as_of=Q3, at=AT + timedelta(days=300))
    assert Grading.objects.get(run=run).kept == "coverage"
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("days, until", [(0, None), (30, date(2027, 5, 20))])
def test_who_is_downgraded_has_some_grace(
    scheme: Scheme, acme: Customer, days: int, until: date | None
) -> None:
    """From the day it is published: 20 April 2027."""
    up = a_customer("Up")
    bought(up, 10, quarter=Q2)
    bought(up, 90)
    ruled(scheme, grace_days=days)
    through(scheme, acme, {Q2: 90, Q3: 30})
    changes = TierChange.objects.order_by("pk").values_list("customer__name", "to_tier__key", "grace_until")
    assert sorted(changes, key=str) == sorted(
        [
            ("Acme", "core", None),
            ("Acme", "potential", until),
            ("Up", "potential", None),
            ("Up", "core", None),
        ],
        key=str,
    )


def test_with_nothing_known_the_present_tier_is_kept_even_without_a_floor(
    scheme: Scheme, acme: Customer
) -> None:
    """Grading, publishing, replay and the checks say the same."""
    ruled(scheme, coverage_floor=0)
    through(scheme, acme, {Q2: 80})
    acme.orders.update(recorded_at=AT + timedelta(days=900))

    run = regraded(scheme, as_of=Q3, at=AT + timedelta(days=300))

    grading = Grading.objects.get(run=run)
    assert (grading.total, grading.computed_tier, grading.tier, grading.kept) == (
        None, None, tier("core"), "coverage",
    )  # fmt: skip
    assert (tier_of(acme), run.changes.count(), wrong()) == ("core", 0, {})
    assert Run.objects.count() == 2


def test_who_is_held_is_told_what_it_takes_to_stay(
    scheme: Scheme, acme: Customer, dora: User, client: Client
) -> None:
    """By the numbers the next tier is the one that it has."""
    ruled(scheme, margin=2 * POINT)
    client.force_login(dora)
    headings = []
    for n, (day, points) in enumerate(((Q2, 80), (Q3, 78), (Q4, 77))):
        bought(acme, points, quarter=day)
        regraded(scheme, as_of=day, at=AT + timedelta(days=200 + n))
        page = client.get(f"/customers/{acme.pk}/path/").text
        headings.append(("What it takes to stay" in page, "The way to" in page))
    assert headings == [(False, False), (True, False), (False, True)]
