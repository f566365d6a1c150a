"""Background work: thin doors to `imports.uploads` and `imports.life`. Late, double and lost messages do no harm."""

from celery import shared_task
from django.utils import timezone

from customers import telling
from customers.duplicates import finding
from customers.imports import life, uploads


@shared_task
def check_upload(pk: int) -> None:
    uploads.check(pk)


@shared_task
def load_upload(pk: int) -> None:
    uploads.load(pk)


@shared_task
def wake_stale_uploads() -> None:
    """Sends a message for every upload that nobody works on any more."""
    to_check, to_load = uploads.stale(at=timezone.now())
    for pk in to_check:
        check_upload.delay(pk)
    for pk in to_load:
        load_upload.delay(pk)


@shared_task
def work_import(pk: int) -> None:
    life.work(pk)


@shared_task
def wake_stale_imports() -> None:
    """Sends a message for every import that waits for a worker, or whose worker was lost."""
    for pk in life.stale(at=timezone.now()):
        work_import.delay(pk)


@shared_task
def delete_old_files() -> None:
    uploads.delete_old_files(at=timezone.now())
    life.delete_old(at=timezone.now())


@shared_task
def find_duplicates() -> None:
    finding.find(at=timezone.now())


@shared_task
def tell_watchers() -> None:
    telling.tell_watchers(at=timezone.now())
