"""A published run is undone as a run of its own: everybody goes back, but for those about whom a person has decided."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from customers.models import Customer, Standing
from customers.tests.making import a_customer
from tiering import queries, reasons, regrade, services
from tiering.models import Run, Scheme, TierChange
from tiering.tests.conftest import AT, Q2, bought, regraded, started, tier, tier_of
from tiering.tests.test_verifying import wrong
from tiering.undoing import undo

LATER = AT + timedelta(hours=5)
NEXT_YEAR = date(2027, 1, 31)


@pytest.fixture
def before(scheme: Scheme) -> dict[str, Customer]:
    """Graded once; some were not there yet."""
    customers = {name: a_customer(name, code=name) for name in ("up", "down", "same", "new", "none")}
    for name, points in (("up", 30), ("down", 90), ("same", 70)):
        bought(customers[name], points, quarter=Q2)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    return customers


@pytest.fixture
def stood(before: dict[str, Customer]) -> list[dict[str, object]]:
    return standings()


@pytest.fixture
def run(before: dict[str, Customer], stood: object, scheme: Scheme) -> Run:
    for name, points in (("up", 90), ("down", 30), ("same", 75), ("new", 50)):
        bought(before[name], points)
    return regraded(scheme)


def standings() -> list[dict[str, object]]:
    return [dict(row) for row in Standing.objects.order_by("pk").values()]


def undone(run: Run, by: User) -> Run:
    undoing = undo(run, by=by, at=LATER)
    regrade.finish(undoing.pk, at=LATER)
    undoing.refresh_from_db()
    run.refresh_from_db()
    assert (undoing.state, undoing.error) == (Run.State.PUBLISHED, "")
    return undoing


def test_everybody_goes_back_and_shows_the_grading_before(
    run: Run, stood: list[dict[str, object]], dora: User
) -> None:
    undoing = undone(run, dora)

    assert run.state == Run.State.UNDONE
    assert (undoing.undoes, undoing.trigger, undoing.chunk_count, undoing.customers) == (run, "undo", 0, 0)
    back = {row["customer_id"]: row for row in standings()}
    moved = set(run.changes.values_list("customer", flat=True))
    assert len(moved) == 3
    for row in stood:
        since = LATER.date() if row["customer_id"] in moved else row["since"]
        assert back[row["customer_id"]] == row | {"since": since}
    assert wrong() == {}


def test_the_page_of_the_undoing_does_not_count_gradings(run: Run, dora: User, client: Client) -> None:
    undoing = undone(run, dora)
    client.force_login(dora)
    pages = [client.get(f"/regrades/{each.pk}/").text for each in (run, undoing)]
    assert ["customers graded" in page for page in pages] == [True, False]
    assert "Who went back" in pages[1]


def test_every_change_back_says_so(run: Run, before: dict[str, Customer], dora: User) -> None:
    undoing = undone(run, dora)

    rows = undoing.changes.order_by("customer__code")
    assert [(c.customer.code, c.from_tier, c.to_tier, c.by) for c in rows] == [
        ("down", tier("potential"), tier("core"), None),
        ("new", tier("regular"), None, None),
        ("up", tier("core"), tier("potential"), None),
    ]
    for change in rows:
        assert (change.reason, change.effective_on, change.changed_at) == (
            {"kind": "undone", "period": run.period}, LATER.date(), LATER,
        )  # fmt: skip
    with translation.override("en"):
        assert reasons.sentence(rows[0].reason) == f"The re-grade {run.period} was undone."
    with translation.override("zh-hans"):
        assert reasons.sentence(rows[0].reason) == f"重新评级 {run.period} 已撤销。"


def test_the_first_run_of_all_leaves_nobody_graded(scheme: Scheme, dora: User) -> None:
    customer = a_customer()
    bought(customer, 90)
    undone(regraded(scheme), dora)

    assert tier_of(customer) is None
    assert (customer.standing.grading_id, customer.standing.total, customer.standing.graded_on) == (
        None,
        None,
        None,
    )
    assert wrong() == {}


def test_who_is_in_none_of_the_last_runs_shows_the_one_it_was_in(
    before: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    """Archived through one re-grade, and back for the next."""
    Customer.objects.filter(name="same").update(archived_at=AT - timedelta(days=1))
    regraded(scheme, as_of=Q2, at=AT - timedelta(hours=1))
    Customer.objects.filter(name="same").update(archived_at=None)
    stood = Standing.objects.values().get(customer=before["same"])
    bought(before["same"], 30)

    undone(regraded(scheme), dora)

    assert Standing.objects.values().get(customer=before["same"]) == stood | {"since": LATER.date()}
    assert wrong() == {}


def test_whom_a_person_moved_since_is_left_alone(run: Run, before: dict[str, Customer], dora: User) -> None:
    """By another tier, by the same one, or by one that has ended again."""
    for name, key in (("up", "important"), ("down", "potential"), ("new", "core")):
        services.set_by_hand(
            before[name],
            tier=tier(key),
            reason="Why.",
            expires_on=NEXT_YEAR,
            by=dora,
            at=AT + timedelta(hours=1),
        )
    services.end_by_hand(before["new"].overrides.get(), by=dora, at=AT + timedelta(hours=2))

    undoing = undone(run, dora)

    assert [tier_of(before[name]) for name in ("up", "down", "new")] == ["important", "potential", "regular"]
    assert undoing.changes.count() == 0
    assert set(queries.left_alone(undoing).values_list("customer__code", flat=True)) == {"up", "down", "new"}
    assert wrong() == {}


def test_a_tier_by_hand_that_came_before_the_run_stays(
    before: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    services.set_by_hand(
        before["up"],
        tier=tier("core"),
        reason="Why.",
        expires_on=NEXT_YEAR,
        by=dora,
        at=AT - timedelta(days=1),
    )
    bought(before["up"], 50)
    undoing = undone(regraded(scheme), dora)

    assert (tier_of(before["up"]), before["up"].standing.is_overridden) == ("core", True)
    assert before["up"].pk not in undoing.changes.values_list("customer", flat=True)
    assert wrong() == {}


def test_only_what_was_published_last_is_undone_and_once(
    before: dict[str, Customer], run: Run, scheme: Scheme, dora: User
) -> None:
    first = Run.objects.earliest("pk")
    with pytest.raises(regrade.RefusedError, match="was published later"):
        undo(first, by=dora, at=LATER)
    undoing = undone(run, dora)
    for one in (run, undoing):
        with pytest.raises(regrade.RefusedError, match="Only a published re-grade can be undone, and once"):
            undo(one, by=dora, at=LATER)
    with pytest.raises(regrade.RefusedError, match="was published later"):
        undo(first, by=dora, at=LATER)


def test_nothing_is_undone_beside_another_run(run: Run, scheme: Scheme, dora: User) -> None:
    started(scheme, as_of=date(2026, 10, 1))
    with pytest.raises(regrade.RefusedError, match="is being re-graded"):
        undo(run, by=dora, at=LATER)


def test_a_second_click_is_the_first(run: Run, dora: User) -> None:
    first = undo(run, by=dora, at=LATER)
    assert undo(run, by=dora, at=LATER) == first
    regrade.finish(first.pk, at=LATER)
    changes = TierChange.objects.count()
    regrade.finish(first.pk, at=LATER)
    assert TierChange.objects.count() == changes


def test_the_same_quarter_is_graded_again_afterwards(
    run: Run, before: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    undone(run, dora)
    bought(before["down"], 50)

    regraded(scheme, at=LATER + timedelta(hours=1))

    assert (tier_of(before["down"]), tier_of(before["up"])) == ("core", "core")
    assert list(before["up"].tier_changes.order_by("pk").values_list("to_tier__key", flat=True)) == [
        "potential", "core", "potential", "core",
    ]  # fmt: skip
    assert wrong() == {}


def test_the_schedule_leaves_a_quarter_alone_that_was_undone(run: Run, scheme: Scheme, dora: User) -> None:
    undone(run, dora)
    assert regrade.is_due(scheme, today=date(2026, 10, 2)) is None
