"""Background work: thin doors to `regrade`. Late, double and lost messages do no harm."""

import logging

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from tiering import following, notices, regrade, services, upgrading
from tiering.course import keeping as course
from tiering.models import Run, Scheme
from tiering.models.run import LONGEST
from tiering.models.verification import LOST
from tiering.nurture import listing
from tiering.simulation import measuring
from tiering.verifying import keeping

logger = logging.getLogger(__name__)


TIME_LIMIT = 600
"""Seconds after which a process that hangs is killed. What it held was taken over long before."""
PUBLISHING_LIMIT = round(LONGEST.total_seconds())
"""Where the last chunk is graded the run is published, which takes as long as the book is large."""


@shared_task(time_limit=PUBLISHING_LIMIT)
def grade_chunk(pk: int) -> None:
    regrade.grade_chunk(pk, at=timezone.now())


@shared_task(time_limit=PUBLISHING_LIMIT)
def finish(pk: int) -> None:
    regrade.finish(pk, at=timezone.now())


@shared_task
def regrade_when_due() -> None:
    """Daily at 02:00: grades the oldest closed period that is missing. When it is published, the next one, and then
    those of the next scheme: one run is under way at a time."""
    now = timezone.now()
    for scheme in Scheme.objects.grading():
        if as_of := regrade.is_due(scheme, today=timezone.localdate(now)):
            try:
                regrade.start(scheme, as_of=as_of, trigger=Run.Trigger.SCHEDULE, at=now)
            except regrade.RefusedError as refused:
                logger.warning("The scheduled re-grade as of %s has to wait: %s", as_of, refused)
            else:
                return


@shared_task
def upgrade_between_regrades(*, is_first: bool = True) -> None:
    """Nightly: whoever reached a better tier since the last re-grade moves up, where the scheme says so. Of several
    schemes the next one comes when the run of the first is published, each once a day."""
    now = timezone.now()
    for scheme in Scheme.objects.grading():
        if not is_first and upgrading.was_checked(scheme, on=timezone.localdate(now)):
            continue
        if upgrading.check(scheme, at=now):
            return


@shared_task
def end_expired_overrides() -> None:
    now = timezone.now()
    services.end_expired(at=now)
    notices.warn_of_endings(at=now)


@shared_task(time_limit=PUBLISHING_LIMIT)
def count_tier_history() -> None:
    course.count(at=timezone.now())


@shared_task(time_limit=TIME_LIMIT)
def refresh_nurture_list() -> None:
    listing.refresh(at=timezone.now())


@shared_task(time_limit=TIME_LIMIT)
def sweep() -> None:
    now = timezone.now()
    regrade.sweep(at=now)
    measuring.sweep(at=now)
    keeping.ask_again(at=now)
    following.catch_up(at=now)
    notices.announce_missed(at=now)


@shared_task(time_limit=PUBLISHING_LIMIT)
def follow_up(pk: int) -> None:
    following.follow_up(pk, at=timezone.now())


@shared_task(time_limit=TIME_LIMIT)
def measure_chunk(pk: int) -> None:
    measuring.measure_chunk(pk, at=timezone.now())


@shared_task(time_limit=round(LOST.total_seconds()))
def verify(pk: int) -> None:
    keeping.carry_out(pk, at=timezone.now())


@worker_ready.connect
def sweep_first(**_signal: object) -> None:
    """A worker that starts looks for what the last one left behind."""
    sweep.delay()
