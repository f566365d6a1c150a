"""Between re-grades those whose facts changed are graded each night, and who reaches a better tier moves up at once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Standing
from customers.services import save_customer, save_fact
from customers.tests.making import a_customer
from tiering import regrade, services, upgrading
from tiering.models import Run, Scheme
from tiering.tests.conftest import AT, POINT, bought, graded, regraded, started, tier, tier_of
from tiering.tests.test_movement_policy import ruled
from tiering.tests.test_verifying import wrong
from tiering.undoing import undo

NIGHT = datetime(2026, 11, 20, 3, 30, tzinfo=AT.tzinfo)
DAY = date(2026, 11, 10)
POINTS = {"rises": 70, "falls": 90, "same": 50, "quiet": 70, "new": 0, "by_hand": 30}


@pytest.fixture
def book(scheme: Scheme, monkeypatch: pytest.MonkeyPatch) -> dict[str, Customer]:
    """Graded as of the end of September, in chunks of two."""
    monkeypatch.setattr(regrade, "CHUNK_SIZE", 2)
    ruled(scheme, nightly_upgrades=True)
    customers = {name: a_customer(name, code=name) for name in POINTS}
    for name, points in POINTS.items():
        if points:
            bought(customers[name], points)
    regraded(scheme)
    return customers


def orders(customer: Customer, points: int, *, at: datetime = NIGHT - timedelta(hours=9)) -> None:
    """In November, recorded then."""
    order = bought(customer, points, quarter=date(2026, 12, 31))
    type(order).objects.filter(pk=order.pk).update(ordered_on=DAY, recorded_at=at)


def checked(scheme: Scheme, *, at: datetime = NIGHT) -> Run | None:
    run = upgrading.check(scheme, at=at)
    if run is None:
        return None
    for pk in run.chunks.order_by("pk").values_list("pk", flat=True):
        regrade.grade_chunk(pk, at=at)
    regrade.finish(run.pk, at=at)
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    return run


def test_who_reaches_a_better_tier_moves_up_and_nobody_else_moves(
    book: dict[str, Customer], scheme: Scheme, dora: User
) -> None:
    stood = {row["customer_id"]: row for row in Standing.objects.values()}
    services.set_by_hand(
        book["by_hand"], tier=tier("regular"), reason="Why.", expires_on=date(2027, 5, 1), by=dora, at=AT
    )
    for name, points in (("rises", 85), ("falls", 10), ("same", 55), ("new", 90), ("by_hand", 90)):
        orders(book[name], points)

    run = checked(scheme)

    assert run
    assert (run.trigger, run.as_of, run.customers, run.held) == ("upgrade", date(2026, 11, 19), 5, [])
    assert list(
        run.changes.values_list("customer__code", "from_tier__key", "to_tier__key", "effective_on")
    ) == [("rises", "important", "core", date(2026, 11, 19))]
    assert list(run.gradings.values_list("customer__code", flat=True)) == ["rises"]
    assert tier_of(book["rises"]) == "core"
    for name in ("falls", "same", "quiet", "new"):
        assert Standing.objects.values().get(customer=book[name]) == stood[book[name].pk]
    assert wrong() == {}


def test_the_second_time_finds_nothing_to_do(book: dict[str, Customer], scheme: Scheme) -> None:
    orders(book["rises"], 85)
    assert checked(scheme)
    count = Run.objects.count()
    assert checked(scheme) is None
    assert checked(scheme, at=NIGHT + timedelta(days=1)) is None
    assert Run.objects.count() == count


def test_one_that_finds_nobody_is_put_down_and_not_repeated(
    book: dict[str, Customer], scheme: Scheme
) -> None:
    orders(book["falls"], 10)
    run = checked(scheme)
    assert run
    assert (run.changes.count(), run.gradings.count(), run.customers) == (0, 0, 1)
    assert checked(scheme, at=NIGHT + timedelta(days=1)) is None
    assert wrong() == {}


def corrects(customer: Customer, by: User) -> None:
    order = customer.orders.get()
    order.amount = 85 * POINT
    save_fact(order, changed=["amount"], by=by)


def edits(customer: Customer, by: User) -> None:
    customer.notes = "Seen."
    save_customer(customer, version=customer.version, by=by)


def rates(customer: Customer, by: User) -> None:
    services.give(customer, indicator="industry_outlook", value=90, as_of=DAY, source="A report", by=by)


@pytest.mark.parametrize("change", [corrects, edits, rates])
def test_facts_changed_in_every_way_are_seen(
    book: dict[str, Customer], dora: User, change: Callable[[Customer, User], None]
) -> None:
    since = timezone.now()
    change(book["quiet"], dora)
    assert upgrading.changed_between(since, timezone.now()).tolist() == [book["quiet"].pk]


def test_only_where_the_version_asks_for_it(book: dict[str, Customer], scheme: Scheme) -> None:
    ruled(scheme, nightly_upgrades=False)
    orders(book["rises"], 85)
    assert checked(scheme) is None


def test_a_re_grade_that_is_due_goes_first(book: dict[str, Customer], scheme: Scheme) -> None:
    orders(book["rises"], 85)
    assert checked(scheme, at=datetime(2027, 1, 1, 3, 30, tzinfo=AT.tzinfo)) is None


def test_it_keeps_no_re_grade_from_being_due(book: dict[str, Customer], scheme: Scheme) -> None:
    orders(book["rises"], 85)
    assert checked(scheme, at=datetime(2026, 12, 31, 3, 30, tzinfo=AT.tzinfo))
    assert regrade.is_due(scheme, today=date(2027, 1, 1)) == date(2026, 12, 31)


def test_it_waits_for_a_run_that_is_under_way(book: dict[str, Customer], scheme: Scheme) -> None:
    started(scheme, as_of=date(2026, 10, 1))
    orders(book["rises"], 85)
    assert checked(scheme) is None


def test_a_book_that_was_never_graded_is_left_alone(scheme: Scheme) -> None:
    ruled(scheme, nightly_upgrades=True)
    Run.objects.all().delete()
    orders(a_customer(), 85)
    assert checked(scheme) is None


def test_who_takes_approval_waits_for_the_next_re_grade(book: dict[str, Customer], scheme: Scheme) -> None:
    ruled(scheme, floors={"core": {"approve_entering": True}})
    orders(book["rises"], 85)
    orders(book["same"], 65)
    run = checked(scheme)
    assert run
    assert list(run.changes.values_list("customer__code", "to_tier__key")) == [("same", "important")]
    assert wrong() == {}


def test_it_is_undone_like_any_other(book: dict[str, Customer], scheme: Scheme, dora: User) -> None:
    stood = Standing.objects.values().get(customer=book["rises"])
    orders(book["rises"], 85)
    run = checked(scheme)
    assert run
    undoing = undo(run, by=dora, at=NIGHT + timedelta(hours=5))
    regrade.finish(undoing.pk, at=NIGHT + timedelta(hours=5))
    back = Standing.objects.values().get(customer=book["rises"])
    assert back == stood | {"since": date(2026, 11, 20)}
    assert wrong() == {}


def test_a_re_grade_after_it_starts_from_the_upgrade(book: dict[str, Customer], scheme: Scheme) -> None:
    orders(book["rises"], 85)
    assert checked(scheme)
    run = graded(
        started(scheme, as_of=date(2026, 11, 25), at=NIGHT + timedelta(days=6)), at=NIGHT + timedelta(days=6)
    )
    assert run.state == Run.State.PUBLISHED
    assert wrong() == {}
