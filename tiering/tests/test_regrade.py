"""A run's way from start to publication, whatever happens to its messages and workers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Event, Thread
from typing import Any

import pytest
import time_machine
from celery import Task
from django.db import connection, connections, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Standing
from customers.tests.making import a_customer
from tiering import grading, publishing, regrade, services, tasks
from tiering.book import Column
from tiering.measures import AnnualAmount, Facts, measures
from tiering.models import Chunk, Dimension, Indicator, Movement, Override, Run, Scheme, TierChange
from tiering.signals import tiers_changed
from tiering.tests.conftest import AT, Q2, Q3, bought, graded, plain_scheme, regraded, started, tier, tier_of
from toolbox import append_only, failpoints

NEXT_YEAR = date(2027, 1, 31)
LEASE_OVER = AT + regrade.LEASE + timedelta(seconds=1)


@pytest.fixture
def acme(alice: User) -> Customer:
    """Worth 85 points this quarter."""
    customer = a_customer("Acme", owner=alice)
    bought(customer, 85)
    return customer


@pytest.fixture
def three(acme: Customer) -> list[Customer]:
    """Worth 85, 65 and 10 points this quarter."""
    beta, gamma = a_customer("Beta"), a_customer("Gamma")
    bought(beta, 65)
    bought(gamma, 10)
    return [acme, beta, gamma]


@pytest.fixture
def at_two() -> Iterator[None]:
    """Tasks read the clock: it stands at two in the morning after the quarter."""
    with time_machine.travel(AT, tick=False):
        yield


def state_of(run: Run) -> str:
    return Run.objects.values_list("state", flat=True).get(pk=run.pk)


def chunk_of(run: Run) -> Chunk:
    return run.chunks.get()


# Start


def test_starting_twice_is_one_run(scheme: Scheme, acme: Customer) -> None:
    first = started(scheme)

    assert started(scheme) == first
    assert (first.state, first.period, first.customers, first.chunk_count) == ("queued", "2026Q3", 1, 1)


def test_a_period_that_is_published_can_be_graded_again(scheme: Scheme, acme: Customer) -> None:
    first = regraded(scheme)

    assert regraded(scheme) != first
    assert TierChange.objects.count() == 1


def test_a_day_in_the_future_is_refused(scheme: Scheme) -> None:
    with pytest.raises(regrade.RefusedError, match="in the future"):
        started(scheme, as_of=date(2026, 10, 2))
    assert started(scheme, as_of=date(2026, 10, 1)).period == "2026Q4"


def test_a_day_before_one_that_is_published_is_refused(scheme: Scheme, acme: Customer) -> None:
    regraded(scheme)

    with pytest.raises(regrade.RefusedError, match="2026Q3 is already published"):
        started(scheme, as_of=Q2)


def test_one_run_at_a_time(scheme: Scheme, acme: Customer) -> None:
    regrade.pause(started(scheme, as_of=Q2))

    with pytest.raises(regrade.RefusedError, match="2026Q2 is being re-graded as of 30 Jun 2026"):
        started(scheme)

    assert Run.objects.count() == 1


def test_an_earlier_run_that_comes_late_does_not_overwrite_a_later_one(
    scheme: Scheme, acme: Customer
) -> None:
    late = started(scheme, as_of=Q2)
    Run.objects.filter(pk=late.pk).update(state=Run.State.FAILED)
    regraded(scheme)
    Run.objects.filter(pk=late.pk).update(state=Run.State.GRADING)

    graded(late)

    assert (late.state, TierChange.objects.count()) == ("failed", 1)
    assert late.error == "2026Q3 is already published. A re-grade as of an earlier day would overwrite it."
    acme.standing.refresh_from_db()
    assert acme.standing.graded_on == Q3


def test_a_failed_run_is_not_resumed_once_another_was_published(scheme: Scheme, acme: Customer) -> None:
    failed = started(scheme, at=AT - timedelta(hours=1))
    Run.objects.filter(pk=failed.pk).update(state=Run.State.FAILED)
    regraded(scheme, as_of=Q2)

    with pytest.raises(regrade.RefusedError, match="Another re-grade was published meanwhile"):
        regrade.resume(failed)


def test_missed_periods_are_graded_one_after_another(scheme: Scheme, acme: Customer) -> None:
    regraded(scheme, as_of=Q2)

    due = regrade.is_due(scheme, today=date(2027, 7, 2))
    assert due == Q3

    started(scheme, as_of=Q3)
    assert regrade.is_due(scheme, today=date(2027, 7, 2)) == date(2026, 12, 31)


@pytest.mark.parametrize("trigger, is_due", [(Run.Trigger.SCHEDULE, False), (Run.Trigger.PERSON, True)])
def test_who_cancels_the_scheduled_run_has_decided(
    scheme: Scheme, acme: Customer, trigger: Run.Trigger, is_due: bool
) -> None:
    regraded(scheme, as_of=Q2)
    run = regrade.start(scheme, as_of=Q3, trigger=trigger, at=AT)
    regrade.cancel(run)

    assert bool(regrade.is_due(scheme, today=AT.date())) == is_due


@pytest.mark.usefixtures("db")
def test_an_empty_book_is_published_at_once(
    scheme: Scheme, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = started(scheme)

    assert (state_of(run), run.customers, run.chunk_count) == ("published", 0, 0)


def test_the_book_is_cut_into_chunks_by_customer(
    scheme: Scheme, three: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrade, "CHUNK_SIZE", 2)
    run = started(scheme)

    a, b, c = (customer.pk for customer in three)
    assert list(run.chunks.order_by("first").values_list("first", "last", "customers")) == [
        (a, b, 2),
        (c, c, 1),
    ]
    first, second = run.chunks.order_by("first")
    regrade.grade_chunk(second.pk, at=AT)
    assert state_of(run) == Run.State.GRADING
    assert [tier_of(customer) for customer in three] == [None, None, None]
    regrade.grade_chunk(first.pk, at=AT)
    assert state_of(run) == Run.State.PUBLISHED
    assert [tier_of(customer) for customer in three] == ["core", "important", "potential"]


# Messages that come twice, late or never


def test_a_chunk_is_graded_once_however_often_it_is_asked_for(scheme: Scheme, acme: Customer) -> None:
    run = regraded(scheme)

    for at in (AT, LEASE_OVER):
        regrade.grade_chunk(chunk_of(run).pk, at=at)

    assert (chunk_of(run).attempts, run.gradings.count(), TierChange.objects.count()) == (1, 1, 1)


def test_a_chunk_that_is_gone_is_nobody_s(scheme: Scheme) -> None:
    regrade.grade_chunk(404, at=AT)


def test_a_chunk_in_work_is_left_alone_until_its_lease_is_over(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    assert regrade.claim(chunk_of(run).pk, at=AT)

    regrade.grade_chunk(chunk_of(run).pk, at=AT + regrade.LEASE)
    assert (chunk_of(run).state, chunk_of(run).attempts) == (Chunk.State.WORKING, 1)

    regrade.grade_chunk(chunk_of(run).pk, at=LEASE_OVER)
    assert (chunk_of(run).state, chunk_of(run).attempts, state_of(run)) == (Chunk.State.DONE, 2, "published")


# Together with people


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["set", "end"])
def test_publishing_waits_for_whoever_sets_or_ends_a_tier_by_hand(verb: str) -> None:
    """Two connections: the person's transaction is open while the run is published."""
    scheme, acme, dora = plain_scheme(), a_customer(), User.objects.create_user("dora", role="director")
    bought(acme, 85)
    held = by_hand(acme, dora) if verb == "end" else None
    with transaction.atomic():
        run = started(scheme)
        regrade.pause(run)  # so that the messages sent on commit find nothing to do
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    grading.grade(chunk_of(run))
    Chunk.objects.filter(run=run).update(state=Chunk.State.DONE)
    troubles: list[BaseException] = []

    def publisher() -> None:
        try:
            regrade.finish(run.pk, at=AT)
        except BaseException as error:  # noqa: BLE001 - looked at below
            troubles.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=publisher)
    with transaction.atomic():
        if held:
            services.end_by_hand(held, by=dora, at=AT)
        else:
            by_hand(acme, dora)
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join(30)

    assert troubles == []
    assert Run.objects.get(pk=run.pk).state == Run.State.PUBLISHED
    expected = ("important", True) if verb == "set" else ("core", False)
    assert Standing.objects.values_list("tier__key", "is_overridden").get(customer=acme) == expected
    steps = list(TierChange.objects.order_by("pk").values_list("from_tier__key", "to_tier__key"))
    assert [step[0] for step in steps[1:]] == [step[1] for step in steps[:-1]]
    assert steps[-1][1] == expected[0]


def by_hand(customer: Customer, by: User) -> Override:
    return services.set_by_hand(
        customer,
        tier=tier("important"),
        reason="A project.",
        expires_on=NEXT_YEAR,
        by=by,
        at=AT,
    )


def test_a_failed_run_is_not_resumed_beside_another_of_its_period(scheme: Scheme) -> None:
    first = started(scheme)
    Run.objects.filter(pk=first.pk).update(state=Run.State.FAILED)
    second = started(scheme)

    with pytest.raises(regrade.RefusedError):
        regrade.resume(first)

    assert second.pk != first.pk
    assert Run.objects.get(pk=first.pk).state == Run.State.FAILED


def test_a_run_with_older_facts_is_not_published_over_one_of_the_same_day(
    scheme: Scheme, acme: Customer
) -> None:
    first = started(scheme)
    Run.objects.filter(pk=first.pk).update(state=Run.State.FAILED)
    graded(started(scheme, at=AT + timedelta(hours=1)))

    regrade.resume(first)
    graded(first)

    assert Run.objects.get(pk=first.pk).state == Run.State.FAILED
    assert "already published" in Run.objects.get(pk=first.pk).error


def test_only_the_scheme_that_grades_the_book_is_started(scheme: Scheme) -> None:
    other = Scheme.objects.exclude(pk=scheme.pk).first()
    assert other
    assert not other.is_default

    with pytest.raises(regrade.RefusedError):
        started(other)


class Slow(AnnualAmount):
    """A measure whose first reader is held up."""

    def __init__(self) -> None:
        self.reached, self.may_go_on = Event(), Event()

    def read(self, facts: Facts) -> Column:
        if not self.reached.is_set():
            self.reached.set()
            assert self.may_go_on.wait(30)
        return super().read(facts)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_worker_did_after_it_lost_its_lease_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    scheme, acme, slow = plain_scheme(), a_customer(), Slow()
    bought(acme, 85)
    with append_only.unlocked(connection):
        Indicator.objects.filter(key="industry_outlook", dimension__version__scheme=scheme).update(key="slow")
    monkeypatch.setitem(measures(), "slow", slow)
    with transaction.atomic():
        run = started(scheme)
        regrade.pause(run)  # so that the messages sent on commit find nothing to do
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    troubles: list[Exception] = []

    def first_worker() -> None:
        try:
            regrade.grade_chunk(chunk_of(run).pk, at=AT)
        except Exception as error:  # noqa: BLE001 - looked at below
            troubles.append(error)
        finally:
            connections.close_all()

    thread = Thread(target=first_worker)
    thread.start()
    assert slow.reached.wait(30)
    regrade.grade_chunk(chunk_of(run).pk, at=LEASE_OVER)
    slow.may_go_on.set()
    thread.join(30)

    assert troubles == []
    assert (chunk_of(run).state, chunk_of(run).attempts, state_of(run)) == (Chunk.State.DONE, 2, "published")
    assert (run.gradings.count(), TierChange.objects.count()) == (1, 1)


@pytest.mark.usefixtures("at_two")
def test_the_sweep_takes_back_what_a_lost_worker_held(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    regrade.claim(chunk_of(run).pk, at=AT - timedelta(minutes=6))

    tasks.sweep()

    assert (chunk_of(run).attempts, state_of(run), tier_of(acme)) == (2, "published", "core")


@pytest.mark.usefixtures("at_two")
def test_the_sweep_leaves_who_works_alone(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    regrade.claim(chunk_of(run).pk, at=AT - timedelta(minutes=1))

    tasks.sweep()

    assert (chunk_of(run).state, chunk_of(run).attempts) == (Chunk.State.WORKING, 1)


@pytest.mark.usefixtures("at_two")
def test_the_sweep_sends_the_message_that_was_lost(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)

    tasks.sweep()

    assert (state_of(run), tier_of(acme)) == ("published", "core")


@pytest.mark.usefixtures("at_two")
def test_the_sweep_publishes_what_stood_before_publication(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    regrade.pause(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.PUBLISHING)
    chunk = chunk_of(run)
    grading.grade(chunk)
    Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.DONE)

    tasks.sweep()

    assert (state_of(run), tier_of(acme)) == ("published", "core")


@pytest.mark.usefixtures("at_two")
def test_a_chunk_that_killed_five_workers_is_given_up(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    Chunk.objects.filter(run=run).update(attempts=4)
    regrade.claim(chunk_of(run).pk, at=AT - timedelta(minutes=6))

    tasks.sweep()

    run.refresh_from_db()
    assert (chunk_of(run).state, run.state, run.error) == (Chunk.State.DEAD, "failed", "The worker was lost.")


# Poison


@pytest.fixture
def poisoned(scheme: Scheme, acme: Customer) -> Run:
    """A run by a scheme version that somebody spoilt in the database."""
    run = started(scheme)
    weigh(run, 99)
    return run


def weigh(run: Run, weight: int) -> None:
    with append_only.unlocked(connection):
        Dimension.objects.filter(version=run.version).update(weight=weight)


def fail(run: Run, times: int) -> None:
    for _attempt in range(times):
        with pytest.raises(ValueError, match="add up to 100"):
            regrade.grade_chunk(chunk_of(run).pk, at=AT)


def test_what_goes_wrong_is_kept_on_the_chunk_and_tried_again(poisoned: Run) -> None:
    fail(poisoned, 4)

    chunk = chunk_of(poisoned)
    assert (chunk.state, chunk.attempts, state_of(poisoned)) == (Chunk.State.WAITING, 4, "grading")
    assert chunk.error == "ValueError: The weights of the dimensions must add up to 100."


def test_after_five_attempts_the_run_fails_and_says_why(poisoned: Run, acme: Customer) -> None:
    fail(poisoned, 5)

    poisoned.refresh_from_db()
    assert (chunk_of(poisoned).state, poisoned.state) == (Chunk.State.DEAD, "failed")
    assert poisoned.error == "ValueError: The weights of the dimensions must add up to 100."
    regrade.grade_chunk(chunk_of(poisoned).pk, at=LEASE_OVER)
    assert (chunk_of(poisoned).attempts, tier_of(acme)) == (5, None)


@pytest.mark.usefixtures("at_two")
def test_a_failed_run_is_resumed_after_mending(
    poisoned: Run, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fail(poisoned, 5)
    weigh(poisoned, 100)

    with django_capture_on_commit_callbacks(execute=True):
        assert regrade.resume(poisoned)

    poisoned.refresh_from_db()
    assert (poisoned.state, poisoned.error, chunk_of(poisoned).error) == ("published", "", "")
    assert (chunk_of(poisoned).attempts, tier_of(acme)) == (1, "core")


# Pause, resume, cancel


def test_a_paused_run_takes_no_other_chunk_until_it_is_resumed(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    assert regrade.pause(run)
    assert not regrade.pause(run)

    assert graded(run).state == Run.State.PAUSED
    assert (chunk_of(run).state, run.gradings.count()) == (Chunk.State.WAITING, 0)

    assert regrade.resume(run)
    assert not regrade.resume(run)
    assert (graded(run).state, tier_of(acme)) == ("published", "core")


@pytest.mark.usefixtures("at_two")
def test_a_chunk_that_was_in_work_when_the_run_paused_is_finished_and_waits_for_the_rest(
    scheme: Scheme, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = started(scheme)
    regrade.claim(chunk_of(run).pk, at=AT)
    chunk = chunk_of(run)
    regrade.pause(run)
    grading.grade(chunk)
    assert regrade.mine(chunk).update(state=Chunk.State.DONE, leased_until=None)

    regrade.finish(run.pk, at=AT)
    tasks.sweep()
    assert (state_of(run), tier_of(acme)) == ("paused", None)

    with django_capture_on_commit_callbacks(execute=True):
        regrade.resume(run)
    assert (state_of(run), tier_of(acme)) == ("published", "core")


def test_of_a_cancelled_run_nothing_is_published(scheme: Scheme, acme: Customer) -> None:
    run = started(scheme)
    assert regrade.cancel(run)
    assert not regrade.cancel(run)

    assert graded(run).state == Run.State.CANCELLED
    assert not regrade.resume(run)
    assert (tier_of(acme), run.gradings.count()) == (None, 0)
    assert started(scheme) != run


def test_a_published_run_cannot_be_steered_any_more(scheme: Scheme, acme: Customer) -> None:
    run = regraded(scheme)

    assert [act(run) for act in (regrade.pause, regrade.resume, regrade.cancel)] == [False, False, False]
    assert state_of(run) == Run.State.PUBLISHED


# Publication


def test_publishing_twice_is_publishing_once(scheme: Scheme, three: list[Customer]) -> None:
    run = regraded(scheme)
    before = list(TierChange.objects.values())

    publishing.publish(run.pk, at=LEASE_OVER)

    assert list(TierChange.objects.values()) == before
    run.refresh_from_db()
    assert run.published_at == AT


def test_the_news_goes_out_after_the_commit_to_whom_it_may_concern(
    scheme: Scheme,
    three: list[Customer],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    heard: list[tuple[list[int], int]] = []

    def listen(customer_ids: list[int], run_id: int, **_more: object) -> None:
        heard.append((customer_ids, run_id))

    monkeypatch.setattr(publishing, "NEWS_SIZE", 2)
    tiers_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            run = graded(started(scheme))
            assert heard == []
    finally:
        tiers_changed.disconnect(listen)

    a, b, c = (customer.pk for customer in three)
    assert heard == [([a, b], run.pk), ([c], run.pk)]


def test_movements_are_proposed_for_those_alone_who_move(scheme: Scheme, three: list[Customer]) -> None:
    for customer, points in zip(three, (85, 65, 85), strict=True):
        bought(customer, points, quarter=Q2)
    regraded(scheme, as_of=Q2)
    run = regraded(scheme)

    moves = Movement.objects.filter(run=run).values_list("customer", "from_tier__key", "to_tier__key")
    assert list(moves) == [(three[2].pk, "core", "potential")]


@pytest.fixture
def faults() -> Iterator[None]:
    """Whatever is ordered in the test holds until its end."""
    yield
    failpoints.arm("")


def fail_to_publish(run: Run, times: int) -> None:
    failpoints.arm("publishing.changed=raise:disk full")
    for _attempt in range(times):
        with pytest.raises(failpoints.FailpointError):
            regrade.finish(run.pk, at=AT)
    failpoints.arm("")


def all_graded(run: Run) -> Run:
    """Every chunk, so that the run waits for its publication alone."""
    regrade.pause(run)
    for chunk in run.chunks.all():
        grading.grade(chunk)
    run.chunks.update(state=Chunk.State.DONE)
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    return run


@pytest.mark.usefixtures("at_two", "faults")
def test_a_publication_that_fails_is_tried_again_by_the_sweep(scheme: Scheme, acme: Customer) -> None:
    run = all_graded(started(scheme))

    fail_to_publish(run, 4)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == ("grading", 4, "FailpointError: disk full")
    assert (tier_of(acme), TierChange.objects.count()) == (None, 0)

    tasks.sweep()
    run.refresh_from_db()
    assert (run.state, run.error, tier_of(acme), TierChange.objects.count()) == ("published", "", "core", 1)


@pytest.mark.usefixtures("at_two", "faults")
def test_after_five_attempts_to_publish_the_run_fails_and_can_be_resumed(
    scheme: Scheme, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = all_graded(started(scheme))

    fail_to_publish(run, 5)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "FailpointError: disk full")

    with django_capture_on_commit_callbacks(execute=True):
        assert regrade.resume(run)
    assert (state_of(run), tier_of(acme)) == ("published", "core")


def test_a_publication_whose_worker_was_lost_is_taken_up_when_its_lease_is_over(
    scheme: Scheme, acme: Customer
) -> None:
    run = all_graded(started(scheme))
    assert regrade.claim_publication(run, at=AT)

    regrade.finish(run.pk, at=AT + regrade.LEASE)
    assert state_of(run) == Run.State.PUBLISHING

    regrade.finish(run.pk, at=LEASE_OVER)
    run.refresh_from_db()
    assert (run.state, run.attempts, tier_of(acme)) == ("published", 2, "core")


def test_a_publication_that_killed_five_workers_is_given_up(scheme: Scheme, acme: Customer) -> None:
    run = all_graded(started(scheme))
    Run.objects.filter(pk=run.pk).update(attempts=4)
    assert regrade.claim_publication(run, at=AT)

    regrade.finish(run.pk, at=LEASE_OVER)

    run.refresh_from_db()
    assert (run.state, run.error, tier_of(acme)) == ("failed", "The worker was lost.", None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_publication_that_still_works_is_not_given_up_when_its_lease_is_over() -> None:
    """Two connections: the first holds the book."""
    scheme = plain_scheme()
    bought(a_customer(), 85)
    with transaction.atomic():
        run = started(scheme)
        regrade.pause(run)  # so that the messages sent on commit find nothing to do
    all_graded(run)
    Run.objects.filter(pk=run.pk).update(attempts=4)
    assert regrade.claim_publication(run, at=AT)
    run.refresh_from_db()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        publishing.lock_the_book()

        def another() -> bool:
            try:
                return regrade.claim_publication(run, at=LEASE_OVER)
            finally:
                connections.close_all()

        assert pool.submit(another).result(30) is False

    assert state_of(run) == Run.State.PUBLISHING


@pytest.mark.parametrize("task", [tasks.finish, tasks.grade_chunk])
def test_whoever_may_publish_is_given_an_hour(task: Task[Any, Any]) -> None:
    assert task.time_limit == 3_600


# The schedule


@pytest.fixture
def on_schedule(scheme: Scheme, acme: Customer, at_two: None) -> Scheme:
    return scheme


def test_the_schedule_grades_the_closed_quarter(
    on_schedule: Scheme, acme: Customer, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.regrade_when_due()

    run = Run.objects.get()
    assert (run.as_of, run.trigger, run.state, tier_of(acme)) == (Q3, "schedule", "published", "core")


def test_the_schedule_does_nothing_when_the_period_is_done_or_in_work(on_schedule: Scheme) -> None:
    run = started(on_schedule)
    tasks.regrade_when_due()
    graded(run)
    tasks.regrade_when_due()

    assert Run.objects.get() == run


def test_the_schedule_catches_up_on_the_day_the_machine_is_back(on_schedule: Scheme) -> None:
    with time_machine.travel(AT + timedelta(days=40), tick=False):
        tasks.regrade_when_due()
        tasks.regrade_when_due()

    assert Run.objects.get().as_of == Q3


def test_the_schedule_tries_again_after_a_run_that_was_cancelled(on_schedule: Scheme) -> None:
    regrade.cancel(started(on_schedule))

    tasks.regrade_when_due()

    assert list(Run.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "queued"]


def test_the_schedule_does_nothing_when_somebody_graded_as_of_a_later_day(on_schedule: Scheme) -> None:
    regraded(on_schedule, as_of=date(2026, 10, 1))

    tasks.regrade_when_due()

    assert Run.objects.count() == 1


def test_the_schedule_leaves_schemes_alone_that_do_not_grade_the_book(on_schedule: Scheme) -> None:
    Scheme.objects.update(is_default=False)

    tasks.regrade_when_due()

    assert not Run.objects.exists()
