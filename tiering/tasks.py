"""Background work: thin doors to `regrade`. Late, double and lost messages do no harm."""

from celery import shared_task
from django.utils import timezone

from tiering import regrade, services
from tiering.models import Run, Scheme


@shared_task
def grade_chunk(pk: int) -> None:
    regrade.grade_chunk(pk, at=timezone.now())


@shared_task
def regrade_when_due() -> None:
    """Daily at 02:00: grades the closed period of the book's scheme, unless that is done."""
    now = timezone.now()
    for scheme in Scheme.objects.filter(is_default=True):
        if as_of := regrade.is_due(scheme, today=timezone.localdate(now)):
            regrade.start(scheme, as_of=as_of, trigger=Run.Trigger.SCHEDULE, at=now)


@shared_task
def end_expired_overrides() -> None:
    services.end_expired(at=timezone.now())


@shared_task
def sweep() -> None:
    regrade.sweep(at=timezone.now())
