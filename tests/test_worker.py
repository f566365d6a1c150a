import subprocess
import time
from datetime import datetime
from typing import Final

from django.db import connection

from crm.celery import app
from tiering import tasks

CHILDREN: Final = 2
"""Of the worker that `celery_worker_process` starts."""


def test_a_real_worker_answers_on_the_database_of_the_tests(
    celery_worker_process: subprocess.Popen[bytes],
) -> None:
    assert len(app.control.ping(timeout=5) or ()) == 1
    assert celery_worker_process.poll() is None


def test_a_worker_keeps_its_connections_from_task_to_task(
    celery_worker_process: subprocess.Popen[bytes],
) -> None:
    seen: set[int] = set()
    for _task in range(6):
        since = now()
        tasks.sweep.delay()
        until = time.monotonic() + 20
        while not (idle := idle_since(since)):
            assert time.monotonic() < until, "the task does not end"
            time.sleep(0.05)
        seen |= idle

    assert len(seen) <= CHILDREN


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def idle_since(moment: datetime) -> set[int]:
    """Connections of others that have done something since, and wait for more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend' AND state = 'idle' AND state_change > %s""",
            [moment],
        )
        return {pid for (pid,) in cursor.fetchall()}
