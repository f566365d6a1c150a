"""Re-grading the book: frozen, cut into chunks, graded, reviewed where that is asked for, published at once.

The database is the record, the broker only wakes workers. Every step is a conditional update, so that a
message that comes twice, late or never does no harm: `sweep` wakes whatever nobody works on any more.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from customers.models import Customer
from customers.services import BusyError, freeze, profiles_changed_since
from tiering import assigning, grading, publishing, reviewing
from tiering.book import Ints
from tiering.models import Chunk, Run, Scheme
from toolbox import bulk, failpoints, patience
from toolbox.calendars import ONE_DAY, period_end_before, period_end_of, period_name

logger = logging.getLogger(__name__)

CHUNK_SIZE = settings.REGRADE_CHUNK_SIZE
LEASE = timedelta(seconds=settings.REGRADE_LEASE_SECONDS)
"""A chunk takes seconds; what is lost with its worker is taken up again after this."""
MOST_ATTEMPTS = 5
PATIENCE = timedelta(seconds=10)
"""How long a person waits for somebody who is loading a file. The schedule and commands wait as long as it takes."""
SWEPT_EVERY = 60
"""Seconds between two sweeps, by the schedule that ships."""


@transaction.atomic
def start(scheme: Scheme, *, as_of: date, trigger: Run.Trigger, at: datetime, by: User | None = None) -> Run:
    """Freeze the facts and queue the chunks. A run as of the same day that is under way is the answer already.

    One run at a time: the reasons of a run start from where everybody stood when it was graded.
    """
    period = period_name(as_of, scheme.cadence)
    if running := under_way(scheme, as_of):  # who waits for a publication must not keep others from writing
        return running
    try:
        moment = freeze(patience=PATIENCE if trigger == Run.Trigger.PERSON else None)
    except BusyError as busy_now:
        raise RefusedError(str(busy_now)) from busy_now
    publishing.lock_the_book()  # the second click waits for the first
    if running := under_way(scheme, as_of):
        return running
    refuse(scheme, as_of=as_of, at=at)
    run = Run.objects.create(
        scheme=scheme,
        version=scheme.published(),
        of_default=scheme.is_default,
        as_of=as_of,
        period=period,
        trigger=trigger,
        started_by=by,
        frozen_at=min(at, moment),  # whose clock is fast must not let in what is recorded afterwards
    )
    chunks = Chunk.objects.bulk_create(chunks_of(run, assigning.ids_of(scheme, at=run.frozen_at)))
    run.chunk_count = len(chunks)
    run.customers = sum(chunk.customers for chunk in chunks)
    run.save(update_fields=["chunk_count", "customers"])
    transaction.on_commit(lambda: wake(run), robust=True)
    failpoints.hit("regrade.starting")
    return run


class RefusedError(ValueError):
    """A re-grade that must not start or go on; the message is for people."""


def under_way(scheme: Scheme, as_of: date) -> Run | None:
    """The run that was asked for, where it is under way. Raises RefusedError where another one is."""
    running = Run.objects.active().first()
    if running and (running.scheme_id, running.as_of) != (scheme.pk, as_of):
        raise RefusedError(busy(running))
    return running


def refuse(scheme: Scheme, *, as_of: date, at: datetime) -> None:
    if as_of > timezone.localdate(at):
        raise RefusedError(_("The book cannot be graded as of a day in the future."))
    if refusal := publishing.why_not(scheme, as_of=as_of, frozen_at=at):
        raise RefusedError(refusal)


def busy(running: Run) -> str:
    words = _("%(period)s is being re-graded as of %(day)s. Wait until that is done, or cancel it first.")
    if running.state == Run.State.REVIEW:
        words = _("%(period)s, re-graded as of %(day)s, waits for review. Publish or discard it first.")
    return words % {"period": running.period, "day": date_format(running.as_of)}


def proposed(scheme: Scheme, *, at: datetime) -> date:
    """The day as of which a person may well want a re-grade: the end of the last closed period, or today where a later
    day has been graded already."""
    today = timezone.localdate(at)
    closed = period_end_before(today, scheme.cadence)
    return today if publishing.why_not(scheme, as_of=closed, frozen_at=at) else closed


def stretches(at: datetime) -> Iterator[tuple[int, int, int]]:
    """(first id, last id, how many) of the customers who were active at the moment, so many at a time."""
    ids = active_at(at)
    for start in range(0, len(ids), CHUNK_SIZE):
        own = ids[start : start + CHUNK_SIZE]
        yield int(own[0]), int(own[-1]), len(own)


def active_at(moment: datetime) -> Ints:
    """Ids, rising. Whoever was archived or restored since counts as it stood: the freeze may have had to wait."""
    there = Customer.objects.active().filter(created_at__lte=moment).order_by("pk")
    ids: Ints = bulk.read(there.values_list("pk"))[:, 0]
    changed = profiles_changed_since(moment)
    came = [row.id for row in changed if row.archived_at is not None]
    left = [row.id for row in changed if row.archived_at is None]
    return np.union1d(np.setdiff1d(ids, came), left).astype(np.int64)


def chunks_of(run: Run, only: Ints | None) -> Iterator[Chunk]:
    """Cut by all customers, so that none takes longer to read than another; with the ones of these ids, which rise."""
    for first, last, count in stretches(run.frozen_at):
        if only is None:
            yield Chunk(run=run, first=first, last=last, customers=count)
            continue
        own = only[np.searchsorted(only, first) : np.searchsorted(only, last, side="right")].tolist()
        if len(own) == count and run.trigger in Run.OF_THE_BOOK:
            yield Chunk(run=run, first=first, last=last, customers=count)
        elif own:
            yield Chunk(run=run, first=own[0], last=own[-1], customers=len(own), only=own)


def wake(run: Run, *, expires: int | None = None) -> None:
    """Send a message for every chunk that waits, and one to finish: publishing is no work for a web request.

    Messages that are sent again and again expire, in seconds, so that they do not pile up where nobody works.
    """
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to this module

    try:
        for pk in run.chunks.filter(state=Chunk.State.WAITING).values_list("pk", flat=True):
            tasks.grade_chunk.apply_async((pk,), expires=expires)  # type: ignore[arg-type]  # None is never
        tasks.finish.apply_async((run.pk,), expires=expires)  # type: ignore[arg-type]
    except OperationalError:
        logger.warning("The broker cannot be reached; the sweep will wake run %s.", run.pk)


def work_off(run: Run, *, clock: Callable[[], datetime] = timezone.now) -> Run:
    """Grade in this process what no worker has taken yet; workers may help. For commands."""
    for pk in run.chunks.exclude(state=Chunk.State.DONE).order_by("pk").values_list("pk", flat=True):
        grade_chunk(pk, at=clock())
    finish(run.pk, at=clock())
    run.refresh_from_db()
    return run


def is_due(scheme: Scheme, *, today: date) -> date | None:
    """The day as of which the schedule should grade next by this scheme: its oldest closed period not yet graded.

    A later day that somebody had graded is as good: it holds the same facts and more. Who cancels what the
    schedule began has decided against that period. Before the first run only the last period counts.
    """
    last_closed = period_end_before(today, scheme.cadence)
    failed = Q(state=Run.State.FAILED) | Q(state=Run.State.CANCELLED) & ~Q(trigger=Run.Trigger.SCHEDULE)
    own = Run.objects.of_the_book().in_line_with(scheme.pk, is_default=scheme.is_default)
    latest = own.exclude(failed).aggregate(day=Max("as_of"))["day"]
    following = period_end_of(latest + ONE_DAY, scheme.cadence) if latest else last_closed
    graded_on = assigning.graded_last(scheme)  # by another scheme, perhaps
    is_past = following <= last_closed and (graded_on is None or following >= graded_on)
    return following if is_past else None


# One chunk


def grade_chunk(pk: int, *, at: datetime) -> None:
    """Grade a chunk, if it is nobody else's. What goes wrong is kept on it, and it is tried again."""
    if not claim(pk, at=at):
        return
    failpoints.hit("regrade.claimed", pk)
    chunk = Chunk.objects.select_related("run__version").get(pk=pk)
    try:
        with transaction.atomic():
            patience.one_snapshot()
            patience.limit(idle=LEASE)
            grading.grade(chunk)
            if not mine(chunk).update(
                state=Chunk.State.DONE,
                leased_until=None,
                error="",
                skipped=chunk.skipped,
                counts=chunk.counts,
            ):
                transaction.set_rollback(True)  # somebody else took it over meanwhile
            failpoints.hit("regrade.graded", pk)
        failpoints.hit("regrade.committed", pk)
    except Exception as error:
        if give_back(chunk, error):
            raise
    finally:
        finish(chunk.run_id, at=at)


def claim(pk: int, *, at: datetime) -> bool:
    """Take the chunk for the length of a lease: one conditional update, so only one worker gets it."""
    free = Q(state=Chunk.State.WAITING) | Q(state=Chunk.State.WORKING, leased_until__lt=at)
    running = Run.objects.filter(state__in=[Run.State.QUEUED, Run.State.GRADING])
    claimed = Chunk.objects.filter(free, run__in=running, pk=pk, attempts__lt=MOST_ATTEMPTS).update(
        state=Chunk.State.WORKING, leased_until=at + LEASE, attempts=F("attempts") + 1
    )
    if claimed:
        own = Chunk.objects.filter(pk=pk).values("run")
        running.filter(pk__in=own).update(state=Run.State.GRADING, moved_at=at)
    return bool(claimed)


def mine(chunk: Chunk) -> Any:
    """The chunk as long as it is still this attempt's."""
    return Chunk.objects.filter(pk=chunk.pk, state=Chunk.State.WORKING, attempts=chunk.attempts)


def give_back(chunk: Chunk, error: Exception) -> bool:
    """Keep what went wrong. False where somebody else has the chunk by now: then it is of no account."""
    is_last = chunk.attempts >= MOST_ATTEMPTS
    return bool(
        mine(chunk).update(
            state=Chunk.State.DEAD if is_last else Chunk.State.WAITING,
            leased_until=None,
            error=named(error),
        )
    )


def named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2_000]


# The whole run


def finish(pk: int, *, at: datetime) -> None:
    """When no chunk is open: publish, or wait for review, or stand as failed when one had to be given up.

    Safe to call any time.
    """
    run = Run.objects.select_related("scheme").filter(pk=pk, state__in=Run.WORKING).first()
    if run is None or run.chunks.exclude(state__in=[Chunk.State.DONE, Chunk.State.DEAD]).exists():
        return
    if dead := run.chunks.filter(state=Chunk.State.DEAD).first():
        unmended = Run.objects.filter(
            Exists(run.chunks.filter(state=Chunk.State.DEAD)), pk=pk, state=run.state
        )
        unmended.update(state=Run.State.FAILED, error=dead.error)
        return
    failpoints.hit("regrade.finishing", pk)
    if reviewing.hold(run, at=at):
        return
    if claim_publication(run, at=at):
        failpoints.hit("regrade.publishing", pk)
        publish(pk, at=at)


def claim_publication(run: Run, *, at: datetime) -> bool:
    """Count an attempt to publish, one at a time. Whoever publishes holds the book: it may take longer than a lease."""
    if run.state != Run.State.PUBLISHING:
        ready = Run.objects.filter(pk=run.pk, state__in=[Run.State.QUEUED, Run.State.GRADING])
        released_at = Coalesce("released_at", at)
        return bool(
            ready.update(
                state=Run.State.PUBLISHING, attempts=F("attempts") + 1, moved_at=at, released_at=released_at
            )
        )
    with transaction.atomic():
        is_over = Q(moved_at__lt=at - LEASE) | Q(moved_at=None)
        lost = Run.objects.filter(is_over, pk=run.pk, state=Run.State.PUBLISHING)
        if not lost.exists() or not publishing.book_is_free():
            return False
        gone = str(_("The worker was lost."))
        if lost.filter(attempts__gte=MOST_ATTEMPTS).update(state=Run.State.FAILED, error=gone):
            return False
        return bool(lost.update(attempts=F("attempts") + 1, moved_at=at))


def publish(pk: int, *, at: datetime) -> None:
    """What goes wrong is kept on the run, and the sweep tries again; not for ever."""
    attempts = Run.objects.values_list("attempts", flat=True).get(pk=pk)
    try:
        publishing.publish(pk, at=at)
    except Exception as error:
        this_attempt = Run.objects.filter(pk=pk, state=Run.State.PUBLISHING, attempts=attempts)
        this_attempt.update(
            state=Run.State.FAILED if attempts >= MOST_ATTEMPTS else Run.State.GRADING,
            error=named(error),
        )
        raise


def pause(run: Run) -> bool:
    """Workers finish the chunk they are at and take no other."""
    return bool(
        Run.objects.filter(pk=run.pk, state__in=[Run.State.QUEUED, Run.State.GRADING]).update(
            state=Run.State.PAUSED
        )
    )


@transaction.atomic
def resume(run: Run) -> bool:
    """Go on where the run stopped; chunks that were given up get new attempts."""
    publishing.lock_the_book()
    if running := Run.objects.active().exclude(pk=run.pk).first():
        raise RefusedError(busy(running))
    if Run.objects.published().filter(published_at__gt=run.frozen_at).exists():
        raise RefusedError(_("Another re-grade was published meanwhile. Cancel this one and start anew."))
    stopped = Run.objects.filter(pk=run.pk, state__in=[Run.State.PAUSED, Run.State.FAILED])
    if not stopped.update(state=Run.State.GRADING, error="", attempts=0, moved_at=Now()):
        return False
    run.chunks.filter(state=Chunk.State.DEAD).update(state=Chunk.State.WAITING, attempts=0)
    transaction.on_commit(lambda: wake(run), robust=True)
    return True


def cancel(run: Run) -> bool:
    """Nothing of it is published; what was graded stays for the record of the run."""
    stoppable = [
        Run.State.QUEUED, Run.State.GRADING, Run.State.PAUSED, Run.State.REVIEW, Run.State.FAILED,
    ]  # fmt: skip
    return bool(Run.objects.filter(pk=run.pk, state__in=stoppable).update(state=Run.State.CANCELLED))


def sweep(*, at: datetime) -> None:
    """Wake every active run: chunks nobody holds any more go back to waiting, or are given up."""
    running = Run.objects.filter(state__in=[Run.State.QUEUED, Run.State.GRADING])
    lost = Chunk.objects.filter(state=Chunk.State.WORKING, leased_until__lt=at, run__in=running)
    lost.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=Chunk.State.DEAD, error=str(_("The worker was lost."))
    )
    lost.update(state=Chunk.State.WAITING, leased_until=None)
    for run in Run.objects.filter(state__in=Run.WORKING):
        wake(run, expires=SWEPT_EVERY)
