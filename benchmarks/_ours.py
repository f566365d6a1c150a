"""Ours: real workers, woken through Redis, timed from the first chunk's claim to the published standings."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg2
from django.db import connection
from django.utils import timezone

from benchmarks import _alone, _book, _state
from tiering import regrade
from tiering.models import Chunk, Run, Scheme

ROOT: Final = Path(__file__).resolve().parent.parent
GIVE_UP: Final = 3_600
EVERY: Final = 0.01


@dataclass(slots=True)
class Took:
    """What one way of grading took. Memory is bytes at most, per process."""

    seconds: float
    customers: int
    processes: dict[str, int] = field(default_factory=dict)
    backends: int = 0
    """The largest private memory of one PostgreSQL backend."""
    publishing: float | None = None
    started_to_published: float | None = None


def by_workers(workers: int = 2) -> tuple[Run, Took]:
    with celery(workers) as process, watched_backends() as backends:
        started = time.time()
        run = regrade.start(
            Scheme.objects.get(is_default=True),
            as_of=_book.LAST,
            trigger=Run.Trigger.COMMAND,
            at=timezone.now(),
        )
        claimed, publishing, published = wait(run.pk)
        memory = {name: _alone.peak_memory(child.pid) for name, child in named(process)}
    run.refresh_from_db()
    took = Took(
        published - (claimed or started), run.customers, memory, backends.most,
        published - publishing if publishing else None, published - started,
    )  # fmt: skip
    return run, took


def wait(pk: int) -> tuple[float | None, float | None, float]:
    """Moments of the first claim, of the first sight of publishing, and of the published standings."""
    claimed = publishing = None
    until = time.time() + GIVE_UP
    with link() as cursor:
        while time.time() < until:
            cursor.execute(
                f"""SELECT state, (SELECT min(leased_until) FROM {_state.table(Chunk)}
                                   WHERE run_id = %(run)s AND state = 'working'), error
                    FROM {_state.table(Run)} WHERE id = %(run)s""",
                {"run": pk},
            )
            state, leased_until, error = cursor.fetchone()
            now = time.time()
            if claimed is None and leased_until:
                claimed = seconds(leased_until)
            if state == Run.State.PUBLISHING and publishing is None:
                publishing = now
            if state == Run.State.PUBLISHED:
                return claimed, publishing, now
            if state not in Run.ACTIVE:
                raise RuntimeError(f"The run is {state}: {error}")
            time.sleep(EVERY)
    raise RuntimeError("The run did not end.")


def seconds(leased_until: datetime) -> float:
    """When the chunk was claimed: its lease began then."""
    return (leased_until - regrade.LEASE).timestamp()


@contextmanager
def link() -> Iterator[Any]:
    own = psycopg2.connect(**_book.parameters())
    own.autocommit = True
    try:
        yield own.cursor()
    finally:
        own.close()


@contextmanager
def celery(workers: int) -> Iterator[psutil.Popen]:
    """Workers that answer; gone at once when the block ends, whatever they still had to tell."""
    from crm.celery import app  # noqa: PLC0415

    app.control.purge()
    command = [sys.executable, "-m", "celery", "-A", "crm", "worker", "-c", str(workers), "-l", "WARNING"]
    process = psutil.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not app.control.ping(timeout=0.5):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("The worker does not answer.")
        time.sleep(1)  # its first task is to sweep
        yield process
    finally:
        family = [process, *process.children(recursive=True)]
        for one in family:
            one.kill()
        psutil.wait_procs(family, timeout=20)
        app.control.purge()


def named(process: psutil.Popen) -> list[tuple[str, psutil.Process]]:
    children = process.children(recursive=True)
    return [
        ("worker's parent", process),
        *((f"worker {n}", child) for n, child in enumerate(children, start=1)),
    ]


class Backends:
    """The private memory of PostgreSQL's processes, looked at ten times a second, where they run on this machine."""

    def __init__(self) -> None:
        self.most = 0
        self.over = threading.Event()

    def look(self) -> None:
        with link() as cursor:
            while not self.over.wait(0.1):
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                used = (_alone.from_status(pid, "RssAnon") for (pid,) in cursor.fetchall())
                self.most = max(self.most, *used)


@contextmanager
def watched_backends() -> Iterator[Backends]:
    backends = Backends()
    if connection.vendor != "postgresql":
        yield backends
        return
    watcher = threading.Thread(target=backends.look, daemon=True)
    watcher.start()
    try:
        yield backends
    finally:
        backends.over.set()
        watcher.join()
