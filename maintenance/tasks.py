"""Background doors: who comes in brings ids, and the clock is read here."""

from celery import shared_task
from django.utils import timezone

from maintenance import services


@shared_task
def replan(customer_ids: list[int]) -> None:
    services.replan(customer_ids, today=timezone.localdate())


@shared_task
def sweep() -> None:
    """The whole book, a stretch of customers at a time. Idempotent, so it may run at any time and again."""
    for ids in services.whole_book():
        replan.delay(ids)
