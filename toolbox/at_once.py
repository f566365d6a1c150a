"""Doing without a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import WARNING, getLogger

from celery import current_app


@contextmanager
def tasks_at_once() -> Iterator[None]:
    """There need be no worker: what would be sent to one is done here and now, without a word."""
    log = getLogger("celery.app.trace")
    before = current_app.conf.task_always_eager, log.level
    current_app.conf.task_always_eager = True
    log.setLevel(WARNING)
    try:
        yield
    finally:
        current_app.conf.task_always_eager = before[0]
        log.setLevel(before[1])
