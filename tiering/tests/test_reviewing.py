"""A finished run waits for review when the scheme says so or a guard holds it; people decide; then it is published."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from customers.models import Customer
from customers.tests.making import a_customer, a_figure
from tiering import publishing, queries, regrade, reviewing, services
from tiering.models import Decision, Movement, Run, Scheme, TierChange
from tiering.models.governing import Review
from tiering.reviewing import guards
from tiering.reviewing.releasing import release
from tiering.tests.conftest import AT, POINT, Q2, Q3, bought, graded, regraded, started, tier, tier_of
from tiering.tests.test_movement_policy import ruled
from tiering.tests.test_verifying import wrong

BOOK = {"up": (30, 90), "down": (90, 30), "same": (70, 75), "new": (None, 50)}
"""Points of the two quarters, by customer."""


@pytest.fixture
def book(scheme: Scheme) -> dict[str, Customer]:
    customers = {name: a_customer(name, code=name) for name in BOOK}
    for name, (then, now) in BOOK.items():
        for points, quarter in ((then, Q2), (now, Q3)):
            if points is not None:
                bought(customers[name], points, quarter=quarter)
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    return customers


@pytest.fixture
def waiting(book: dict[str, Customer], scheme: Scheme) -> Run:
    """A run of which two customers move and one is new; it waits for review."""
    Scheme.objects.update(review=Review.WAIT)
    run = graded(started(scheme))
    assert run.state == Run.State.REVIEW
    return run


def guarded(scheme: Scheme, **guards: int) -> Run:
    """A run of a scheme with these guards alone."""
    Scheme.objects.filter(pk=scheme.pk).update(**guards)
    return graded(started(scheme))


def published(run: Run, by: User) -> Run:
    assert release(run, by=by, at=AT)
    regrade.finish(run.pk, at=AT)
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    return run


def reject(run: Run, customer: Customer, by: User) -> int:
    return reviewing.decide(
        run, [customer.pk], is_accepted=False, comment="A strategic partner.", by=by, at=AT
    )


def changed(run: Run) -> dict[str, str | None]:
    return dict(run.changes.values_list("customer__code", "to_tier__key"))


# Guards


def test_without_a_guard_a_run_publishes_by_itself(book: dict[str, Customer], scheme: Scheme) -> None:
    run = graded(started(scheme))
    assert (run.state, run.held, run.released_at, run.released_by) == (Run.State.PUBLISHED, [], AT, None)


def test_by_setting_every_run_waits(waiting: Run, book: dict[str, Customer]) -> None:
    assert waiting.held == [{"guard": "always"}]
    assert waiting.released_at is None
    assert changed(waiting) == {}
    assert tier_of(book["down"]) == "core"


@pytest.mark.parametrize(
    "limit, held",
    [(66, [{"guard": "customers", "figure": 6_667, "limit": 6_600}]), (67, [])],
)
def test_more_customers_move_than_the_guard_lets(
    book: dict[str, Customer], scheme: Scheme, limit: int, held: list[dict[str, object]]
) -> None:
    """Two of the three that had a tier; who is new moves nowhere."""
    run = guarded(scheme, guard_customers=limit)
    assert run.held == held
    assert run.state == (Run.State.REVIEW if held else Run.State.PUBLISHED)


@pytest.mark.parametrize(
    "limit, held",
    [(61, [{"guard": "amount", "figure": 6_154, "limit": 6_100}]), (62, [])],
)
def test_more_of_the_annual_amount_moves_than_the_guard_lets(
    book: dict[str, Customer], scheme: Scheme, limit: int, held: list[dict[str, object]]
) -> None:
    """90 + 30 of 90 + 30 + 75."""
    assert guarded(scheme, guard_amount=limit).held == held


def test_exactly_the_limit_is_let_through(book: dict[str, Customer], scheme: Scheme) -> None:
    bought(book["same"], -40)
    assert guarded(scheme, guard_customers=100).held == []


def test_a_first_grading_of_a_book_is_no_movement(scheme: Scheme) -> None:
    bought(a_customer(), 90)
    run = guarded(scheme, guard_customers=1, guard_amount=1, guard_coverage=1)
    assert (run.state, run.held) == (Run.State.PUBLISHED, [])


@pytest.mark.parametrize(
    "limit, held", [(19, [{"guard": "coverage", "figure": 2_000, "limit": 1_900}]), (20, [])]
)
def test_less_is_known_than_before(
    scheme: Scheme, dora: User, limit: int, held: list[dict[str, object]]
) -> None:
    """Everything of two, and then 60 % of two more."""
    for n in range(2):
        customer = a_customer(f"Known {n}")
        bought(customer, 70, quarter=Q2)
        bought(customer, 70)
        a_figure(customer, dora, Q2, 70, "industry_outlook")
    regraded(scheme, as_of=Q2, at=AT - timedelta(days=2))
    for n in range(2):
        bought(a_customer(f"New {n}"), 70)

    assert guarded(scheme, guard_coverage=limit).held == held


@pytest.mark.parametrize("limit, held", [(44, [{"guard": "stale", "figure": 45, "limit": 44}]), (45, [])])
def test_the_newest_fact_is_old(
    book: dict[str, Customer], scheme: Scheme, limit: int, held: list[dict[str, object]]
) -> None:
    for customer in book.values():
        customer.orders.update(recorded_at=AT - timedelta(days=46))
    assert guarded(scheme, guard_stale_days=limit).held == held


def test_several_guards_are_told_together(book: dict[str, Customer], scheme: Scheme) -> None:
    run = guarded(scheme, guard_customers=1, guard_amount=1)
    assert [held["guard"] for held in run.held] == ["customers", "amount"]


def test_a_book_without_facts_is_not_stale(scheme: Scheme) -> None:
    a_customer()
    assert guarded(scheme, guard_stale_days=1).state == Run.State.PUBLISHED


# While it waits


def test_a_run_that_waits_is_the_one_at_work(waiting: Run, scheme: Scheme) -> None:
    with pytest.raises(regrade.RefusedError, match="waits for review"):
        started(scheme, as_of=date(2026, 10, 1))
    assert started(scheme) == waiting


def test_nothing_wakes_it(waiting: Run) -> None:
    regrade.sweep(at=AT + timedelta(days=9))
    regrade.finish(waiting.pk, at=AT + timedelta(days=9))
    waiting.refresh_from_db()
    assert waiting.state == Run.State.REVIEW
    assert not queries.progress(waiting, at=AT + timedelta(days=9)).is_still


def test_it_can_be_discarded(waiting: Run, book: dict[str, Customer], dora: User) -> None:
    assert regrade.cancel(waiting)
    assert not release(waiting, by=dora, at=AT)
    assert (tier_of(book["down"]), wrong()) == ("core", {})


def test_it_is_right_while_it_waits(waiting: Run) -> None:
    assert wrong() == {}


# Decisions


def test_who_is_rejected_keeps_its_tier_and_the_others_move(
    waiting: Run, book: dict[str, Customer], dora: User
) -> None:
    assert reject(waiting, book["down"], dora) == 1

    published(waiting, dora)

    assert changed(waiting) == {"up": "core", "new": "regular"}
    assert tier_of(book["down"]) == "core"
    book["down"].standing.refresh_from_db()
    assert book["down"].standing.computed_tier == tier("potential")
    assert wrong() == {}


def test_the_outcome_counts_who_was_rejected_where_it_stayed(
    waiting: Run, book: dict[str, Customer], dora: User
) -> None:
    reject(waiting, book["down"], dora)
    found = queries.outcome(published(waiting, dora))
    assert [(t.key, n, amount) for t, n, amount in found.tiers] == [
        ("core", 2, 120 * POINT), ("important", 1, 75 * POINT), ("regular", 1, 50 * POINT), ("potential", 0, 0),
    ]  # fmt: skip
    assert (found.upgrades, found.downgrades, found.firsts, found.stopped) == (1, 0, 1, 1)


def test_the_next_run_decides_anew(
    waiting: Run, book: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    reject(waiting, book["down"], dora)
    published(waiting, dora)
    Scheme.objects.update(review=Review.GUARDED)

    later = graded(started(scheme, at=AT + timedelta(days=1)))

    assert changed(later) == {"down": "potential"}
    assert wrong() == {}


def test_the_last_word_counts(waiting: Run, book: dict[str, Customer], dora: User, adam: User) -> None:
    reject(waiting, book["down"], dora)
    assert reviewing.decide(waiting, [book["down"].pk], is_accepted=True, comment="", by=adam, at=AT) == 1
    assert list(Decision.objects.values_list("customer", "is_accepted", "comment", "by")) == [
        (book["down"].pk, True, "", adam.pk)
    ]
    published(waiting, dora)
    assert tier_of(book["down"]) == "potential"


def test_only_movements_are_decided(waiting: Run, book: dict[str, Customer], dora: User) -> None:
    everybody = [customer.pk for customer in book.values()]
    assert reviewing.decide(waiting, [*everybody, 999], is_accepted=True, comment="", by=dora, at=AT) == 3
    assert Decision.objects.count() == 3


def test_a_rejection_without_a_comment_is_refused_by_the_database(
    waiting: Run, book: dict[str, Customer], dora: User
) -> None:
    with pytest.raises(IntegrityError, match="a_rejection_has_a_comment"), transaction.atomic():
        reviewing.decide(waiting, [book["down"].pk], is_accepted=False, comment="", by=dora, at=AT)


def test_a_decision_that_comes_too_late_is_refused(
    waiting: Run, book: dict[str, Customer], dora: User
) -> None:
    assert release(waiting, by=dora, at=AT)
    with pytest.raises(reviewing.TooLateError):
        reject(waiting, book["down"], dora)
    regrade.finish(waiting.pk, at=AT)
    with pytest.raises(reviewing.TooLateError):
        reject(waiting, book["down"], dora)
    assert (Decision.objects.count(), tier_of(book["down"])) == (0, "potential")


def test_set_by_hand_and_ended_while_it_waits_the_rejection_holds(
    waiting: Run, book: dict[str, Customer], dora: User
) -> None:
    reject(waiting, book["down"], dora)
    override = services.set_by_hand(
        book["down"], tier=tier("regular"), reason="Why.", expires_on=date(2027, 1, 31), by=dora, at=AT
    )
    published(waiting, dora)
    assert (tier_of(book["down"]), wrong()) == ("regular", {})
    services.end_by_hand(override, by=dora, at=AT + timedelta(hours=1))
    assert (tier_of(book["down"]), wrong()) == ("core", {})


# Publishing


def test_publishing_twice_does_no_harm(waiting: Run, dora: User) -> None:
    published(waiting, dora)
    before = list(TierChange.objects.order_by("pk").values())
    assert not release(waiting, by=dora, at=AT)
    regrade.finish(waiting.pk, at=AT)
    assert list(TierChange.objects.order_by("pk").values()) == before
    assert (waiting.released_by, waiting.released_at) == (dora, AT)


def test_a_publication_that_fails_is_not_held_again(
    waiting: Run, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release(waiting, by=dora, at=AT)

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "publish", fail)
        with pytest.raises(RuntimeError):
            regrade.finish(waiting.pk, at=AT)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == (Run.State.GRADING, "RuntimeError: The disk is full.")

    regrade.sweep(at=AT)

    waiting.refresh_from_db()
    assert waiting.state == Run.State.PUBLISHED


def test_a_run_is_not_let_go_over_a_later_one(waiting: Run, scheme: Scheme, dora: User) -> None:
    Run.objects.filter(pk=waiting.pk).update(as_of=date(2026, 6, 1))
    waiting.refresh_from_db()
    with pytest.raises(regrade.RefusedError, match="already published"):
        release(waiting, by=dora, at=AT)
    waiting.refresh_from_db()
    assert waiting.state == Run.State.REVIEW


# What the chunks come to


def test_the_chunks_know_who_moves_where(waiting: Run) -> None:
    found = reviewing.proposed(waiting)
    core, important, regular, potential = (
        tier(key).pk for key in ("core", "important", "regular", "potential")
    )
    assert found.moves == {
        (potential, core): (1, 90 * POINT),
        (core, potential): (1, 30 * POINT),
        (important, important): (1, 75 * POINT),
        (None, regular): (1, 50 * POINT),
    }
    assert (found.coverage, found.customers) == (4 * 6_000, 4)


def test_a_run_from_before_chunks_were_counted_still_says_its_coverage(book: dict[str, Customer]) -> None:
    run = Run.objects.get()
    known = guards.known_then(run)
    run.chunks.update(counts=None)
    assert known == guards.known_then(run) == (3 * 6_000, 4)


def test_who_takes_approval_stays_until_somebody_accepts(
    book: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    ruled(scheme, floors={"core": {"approve_entering": True, "approve_leaving": True}})
    run = graded(started(scheme))
    assert run.held == [{"guard": "approval", "figure": 2}]
    assert set(Movement.objects.filter(run=run).for_approval().values_list("customer__code", flat=True)) == {
        "up",
        "down",
    }
    reviewing.decide(run, [book["up"].pk], is_accepted=True, comment="", by=dora, at=AT)

    published(run, dora)

    assert changed(run) == {"up": "core", "new": "regular"}
    assert (tier_of(book["down"]), wrong()) == ("core", {})
