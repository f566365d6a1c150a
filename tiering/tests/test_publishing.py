"""What a run says of a customer: by the numbers, by hand, or nothing because too little is known."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import translation

from accounts.models import User
from customers.models import Customer, Standing
from customers.tests.making import a_customer, a_figure
from tiering import grading, publishing, reasons, regrade, services
from tiering.models import Grading, Override, Run, Scheme, TierChange
from tiering.tests.conftest import AT, POINT, Q2, Q3, bought, graded, regraded, started, tier, tier_of
from toolbox import append_only

NEXT_YEAR = date(2027, 1, 31)
Row = tuple[str | None, str]


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


def changes_of(customer: Customer) -> list[tuple[str | None, str]]:
    rows = TierChange.objects.filter(customer=customer).order_by("pk")
    return list(rows.values_list("from_tier__key", "to_tier__key"))


def by_hand(customer: Customer, key: str, by: User, *, expires_on: date = NEXT_YEAR) -> Override:
    return services.set_by_hand(
        customer, tier=tier(key), reason="A strategic project.", expires_on=expires_on, by=by, at=AT
    )


def grading_of(run: Run, customer: Customer) -> Grading:
    return Grading.objects.get(run=run, customer=customer)


# By the numbers


def test_the_first_run_gives_everybody_a_tier_and_a_reason(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 85)

    run = regraded(scheme)

    change = TierChange.objects.get()
    assert (change.customer, change.run, change.from_tier, change.to_tier) == (acme, run, None, tier("core"))
    assert (change.effective_on, change.changed_at, change.by, change.words) == (Q3, AT, None, "")
    with translation.override("en"):
        assert reasons.sentence(change.reason) == "First grading: 85.00 points."


def test_the_standing_says_what_the_run_found(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 85)

    run = regraded(scheme)

    assert Standing.objects.values().get(customer=acme) == {
        "customer_id": acme.pk,
        "tier_id": tier("core").pk,
        "computed_tier_id": tier("core").pk,
        "total": 85_000_000,
        "low": 51_000_000,
        "high": 91_000_000,
        "coverage": 6_000,
        "annual_amount": 85 * POINT,
        "graded_on": Q3,
        "since": Q3,
        "grading_id": grading_of(run, acme).pk,
        "is_overridden": False,
    }


def test_a_later_run_says_what_changed_and_why(scheme: Scheme, acme: Customer, alice: User) -> None:
    bought(acme, 85, quarter=Q2)
    regraded(scheme, as_of=Q2)
    bought(acme, 70)
    a_figure(acme, alice, date(2026, 8, 1), 30, "industry_outlook")

    regraded(scheme)

    assert changes_of(acme) == [(None, "core"), ("core", "regular")]
    with translation.override("en"):
        assert reasons.sentence(TierChange.objects.latest("pk").reason) == (
            "85.00 → 54.00 (-31.00): Annual cooperation amount ¥85,000 → ¥70,000 -43.00; "
            "Industry outlook unknown → 30 +12.00."
        )
    acme.standing.refresh_from_db()
    assert (acme.standing.total, acme.standing.since) == (54_000_000, Q3)


def test_who_stays_has_no_change_and_is_in_the_tier_since_before(scheme: Scheme, acme: Customer) -> None:
    for quarter in (Q2, Q3):
        bought(acme, 85, quarter=quarter)
        regraded(scheme, as_of=quarter)

    assert changes_of(acme) == [(None, "core")]
    acme.standing.refresh_from_db()
    assert (acme.standing.graded_on, acme.standing.since) == (Q3, Q2)


@pytest.mark.parametrize("chunk, chunks_at_once", [(10_000, 5), (1, 1), (2, 2)])
def test_there_is_a_change_exactly_for_those_whose_standing_changed(
    scheme: Scheme, dora: User, monkeypatch: pytest.MonkeyPatch, chunk: int, chunks_at_once: int
) -> None:
    """Up, down, the same, new, out of the book, by hand, and with nothing known; in one stretch or in several."""
    monkeypatch.setattr(regrade, "CHUNK_SIZE", chunk)
    monkeypatch.setattr(publishing, "CHUNKS_AT_ONCE", chunks_at_once)
    points = {"up": (30, 90), "down": (90, 30), "same": (70, 75), "new": (None, 50), "none": (None, None)}
    points |= {"archived": (90, 30), "by_hand": (90, 30)}
    customers = {name: a_customer(name) for name in points}
    for name, (then, _now) in points.items():
        if then is not None:
            bought(customers[name], then, quarter=Q2)
    regraded(scheme, as_of=Q2)
    by_hand(customers["by_hand"], "important", dora)
    Customer.objects.filter(name="archived").update(archived_at=AT)
    for name, (_then, now) in points.items():
        if now is not None:
            bought(customers[name], now)
    before = dict(Standing.objects.values_list("customer", "tier"))

    run = regraded(scheme)

    after = dict(Standing.objects.values_list("customer", "tier"))
    moved = {pk: (before[pk], after[pk]) for pk in before if before[pk] != after[pk]}
    assert {pk: (a, z) for pk, a, z in run.changes.values_list("customer", "from_tier", "to_tier")} == moved
    assert {customer.name for customer in customers.values() if customer.pk in moved} == {"up", "down", "new"}
    assert not TierChange.objects.filter(from_tier=F("to_tier")).exists()
    assert not run.gradings.exclude(customer__standing__grading_id=F("pk")).exists()


def test_archived_customers_are_not_graded(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 85)
    beta = a_customer("Beta")
    Customer.objects.filter(pk=acme.pk).update(archived_at=AT)

    run = regraded(scheme)

    assert list(run.gradings.values_list("customer", flat=True)) == [beta.pk]
    assert (run.customers, tier_of(acme)) == (1, None)


def test_orders_recorded_after_the_freeze_do_not_enter(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 50)
    run = started(scheme)
    late = bought(acme, 40)
    type(late).objects.filter(pk=late.pk).update(recorded_at=AT + timedelta(seconds=1))

    graded(run, at=AT + timedelta(minutes=1))

    assert (tier_of(acme), acme.standing.total) == ("regular", 50_000_000)


def test_a_replayed_run_says_the_same(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 77)
    first, second = regraded(scheme), regraded(scheme)

    assert [
        Grading.objects.filter(run=run)
        .values("customer", "total", "values", "points", "dimensions", "tier")
        .get()
        for run in (first, second)
    ] == [
        {
            "customer": acme.pk,
            "total": 77_000_000,
            "values": [77 * POINT, None],
            "points": [7_700, None],
            "dimensions": [770_000],
            "tier": tier("important").pk,
        }
    ] * 2


# Too little is known


def test_below_the_coverage_floor_a_customer_keeps_its_tier(
    scheme: Scheme, acme: Customer, alice: User
) -> None:
    order = bought(acme, 85, quarter=Q2)
    regraded(scheme, as_of=Q2)
    order.delete()  # it was somebody else's
    a_figure(acme, alice, date(2026, 8, 1), 10, "industry_outlook")

    run = regraded(scheme)

    found = grading_of(run, acme)
    assert (found.kept, found.coverage, found.tier, found.computed_tier) == (
        Grading.Kept.COVERAGE,
        4_000,
        tier("core"),
        tier("potential"),
    )
    assert (tier_of(acme), changes_of(acme)) == ("core", [(None, "core")])


def test_who_never_had_a_tier_stays_ungraded_below_the_coverage_floor(
    scheme: Scheme, acme: Customer, alice: User
) -> None:
    a_figure(acme, alice, date(2026, 8, 1), 90, "industry_outlook")

    regraded(scheme)

    acme.standing.refresh_from_db()
    assert (acme.standing.tier, acme.standing.total, acme.standing.coverage) == (None, 90_000_000, 4_000)
    assert changes_of(acme) == []


def test_on_the_coverage_floor_it_is_enough(scheme: Scheme, acme: Customer, alice: User) -> None:
    with append_only.unlocked(connection):
        scheme.versions.update(coverage_floor=40)
    a_figure(acme, alice, date(2026, 8, 1), 90, "industry_outlook")

    regraded(scheme)

    assert tier_of(acme) == "core"


def test_with_nothing_known_there_is_no_total_and_no_tier_even_without_a_floor(
    scheme: Scheme, acme: Customer
) -> None:
    with append_only.unlocked(connection):
        scheme.versions.update(coverage_floor=0)

    run = regraded(scheme)

    found = grading_of(run, acme)
    assert (found.total, found.computed_tier, found.tier, found.low, found.high) == (
        None,
        None,
        None,
        0,
        10**8,
    )
    assert (tier_of(acme), changes_of(acme)) == (None, [])


# Set by hand


def test_a_tier_set_by_hand_is_a_change_with_a_reason_in_words(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    by_hand(acme, "core", dora)

    change = TierChange.objects.get()
    assert (change.by, change.run, change.words) == (dora, None, "A strategic project.")
    assert change.reason == {"kind": "by_hand", "expires_on": "2027-01-31"}
    acme.standing.refresh_from_db()
    assert (acme.standing.tier, acme.standing.is_overridden) == (tier("core"), True)


def test_a_tier_set_by_hand_holds_and_the_computed_one_stands_beside_it(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    bought(acme, 10)
    by_hand(acme, "core", dora)

    run = regraded(scheme)

    acme.standing.refresh_from_db()
    assert (acme.standing.tier, acme.standing.computed_tier) == (tier("core"), tier("potential"))
    assert acme.standing.is_overridden
    assert grading_of(run, acme).kept == Grading.Kept.OVERRIDE
    assert changes_of(acme) == [(None, "core")]


def test_set_by_hand_between_grading_and_publishing_wins(scheme: Scheme, acme: Customer, dora: User) -> None:
    bought(acme, 10)
    run = started(scheme)
    regrade.pause(run)
    for chunk in run.chunks.all():
        grading.grade(chunk)
    run.chunks.update(state="done")
    by_hand(acme, "core", dora)
    regrade.resume(run)

    regrade.finish(run.pk, at=AT)

    acme.standing.refresh_from_db()
    assert (acme.standing.tier, acme.standing.computed_tier) == (tier("core"), tier("potential"))
    assert changes_of(acme) == [(None, "core")]


def test_ended_between_grading_and_publishing_the_computed_tier_applies(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    bought(acme, 10)
    override = by_hand(acme, "core", dora)
    run = started(scheme)
    regrade.pause(run)
    for chunk in run.chunks.all():
        grading.grade(chunk)
    run.chunks.update(state="done")
    services.end_by_hand(override, by=dora, at=AT)
    regrade.resume(run)

    regrade.finish(run.pk, at=AT)

    assert (tier_of(acme), acme.standing.is_overridden) == ("potential", False)
    assert changes_of(acme) == [(None, "core"), ("core", None), (None, "potential")]
    assert TierChange.objects.latest("pk").reason["kind"] == "override_ended"


def test_ended_meanwhile_with_too_little_known_the_tier_before_applies(
    scheme: Scheme, acme: Customer, alice: User, dora: User
) -> None:
    a_figure(acme, alice, date(2026, 8, 1), 10, "industry_outlook")
    override = by_hand(acme, "core", dora)
    run = started(scheme)
    regrade.pause(run)
    for chunk in run.chunks.all():
        grading.grade(chunk)
    run.chunks.update(state="done")
    services.end_by_hand(override, by=dora, at=AT)
    regrade.resume(run)

    regrade.finish(run.pk, at=AT)

    assert (tier_of(acme), changes_of(acme)) == (None, [(None, "core"), ("core", None)])


def test_ending_it_brings_the_computed_tier_back_once(scheme: Scheme, acme: Customer, dora: User) -> None:
    bought(acme, 65)
    regraded(scheme)
    override = by_hand(acme, "core", dora)

    for _again in range(2):
        services.end_by_hand(override, by=dora, at=AT)

    assert (tier_of(acme), acme.standing.is_overridden) == ("important", False)
    assert changes_of(acme) == [(None, "important"), ("important", "core"), ("core", "important")]


def test_ending_it_with_too_little_known_brings_nobody_a_tier_that_no_run_gave(
    scheme: Scheme, acme: Customer, alice: User, dora: User
) -> None:
    bought(acme, 65, quarter=Q2)
    regraded(scheme, as_of=Q2)
    override = by_hand(acme, "core", dora)
    acme.orders.all().delete()
    a_figure(acme, alice, date(2026, 8, 1), 10, "industry_outlook")
    regraded(scheme)

    services.end_by_hand(override, by=dora, at=AT)

    assert tier_of(acme) == "important"
    acme.standing.refresh_from_db()
    assert not acme.standing.is_overridden


def test_setting_it_again_replaces_what_was_set(scheme: Scheme, acme: Customer, dora: User) -> None:
    first = by_hand(acme, "core", dora)
    second = by_hand(acme, "regular", dora)

    assert list(Override.objects.filter(ended_at=None)) == [second]
    first.refresh_from_db()
    assert first.ended_at == AT
    assert changes_of(acme) == [(None, "core"), ("core", "regular")]


@pytest.mark.parametrize("expires_on, is_over", [(Q3, True), (Q3 + timedelta(days=1), False)])
def test_it_holds_through_its_last_day(
    scheme: Scheme, acme: Customer, dora: User, expires_on: date, is_over: bool
) -> None:
    """AT is the first of October."""
    bought(acme, 65)
    regraded(scheme)
    by_hand(acme, "core", dora, expires_on=expires_on)

    assert services.end_expired(at=AT) == is_over

    assert tier_of(acme) == ("important" if is_over else "core")
