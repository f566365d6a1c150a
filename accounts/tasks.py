"""Background work: the outbox, exports, and what goes to webhooks."""

from celery import shared_task
from django.utils import timezone

from accounts import mail
from accounts.exports import keeping
from accounts.webhooks import delivering


@shared_task
def empty_the_outbox() -> None:
    """Each minute, and whenever something is put in. Late and double messages do no harm."""
    while mail.send_waiting(at=timezone.now()):
        pass


@shared_task
def write_export(pk: int) -> None:
    keeping.write(pk)


@shared_task
def wake_stale_exports() -> None:
    """Sends a message for every export that nobody works on any more."""
    for pk in keeping.stale(at=timezone.now()):
        write_export.delay(pk)


@shared_task
def delete_old_exports() -> None:
    keeping.delete_old_files(at=timezone.now())


@shared_task
def send_parcels() -> None:
    """To webhooks, likewise."""
    while delivering.send_waiting(at=timezone.now()):
        pass
