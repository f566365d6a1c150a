"""Background doors: who comes in brings ids, and the clock is read here."""

from celery import shared_task
from django.utils import timezone

from maintenance import casework, digest, services
from maintenance.surveys import asking, knocking


@shared_task
def replan(customer_ids: list[int]) -> None:
    services.replan(customer_ids, today=timezone.localdate())


@shared_task
def sweep() -> None:
    """The whole book, a stretch of customers at a time. Idempotent, so it may run at any time and again."""
    for ids in services.whole_book():
        replan.delay(ids)
    faster_cases.delay()
    knocking.forget(at=timezone.now())


@shared_task
def faster_cases(customer_ids: list[int] | None = None) -> None:
    """After changes of tier; each night of the whole book, in case the news never came."""
    casework.faster_for(customer_ids, at=timezone.now())


@shared_task
def escalate() -> None:
    """Each minute: who is to be told of cases, and what ran out. Late and double messages do no harm."""
    casework.escalate(at=timezone.now())


@shared_task
def send_digests() -> None:
    """Each minute. Nobody gets two a day."""
    digest.post(at=timezone.now())


@shared_task
def ask_customers() -> None:
    """Each morning. Nobody is asked twice in a quarter."""
    asking.ask_quarterly(at=timezone.now())
