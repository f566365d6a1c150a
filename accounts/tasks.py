"""Background work: the outbox."""

from celery import shared_task
from django.utils import timezone

from accounts import mail


@shared_task
def empty_the_outbox() -> None:
    """Each minute, and whenever something is put in. Late and double messages do no harm."""
    while mail.send_waiting(at=timezone.now()):
        pass
