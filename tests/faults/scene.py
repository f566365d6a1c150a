"""One scenario: a copy of the book, workers with their orders, a beat, and what is looked at in the end."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg2
import redis
from django.db import Error, connection
from django.test import override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError
from psycopg2 import sql

from accounts.models import Export
from accounts.tasks import wake_stale_exports
from customers.models import Import
from customers.tasks import wake_stale_imports
from tests.faults.machine import Machine, Worker
from tiering import regrade, tasks
from tiering.models import Chunk, Run, Scheme
from tiering.tests.conftest import Q3
from tiering.verifying import runs_of, verify

OVER = (
    Run.State.PUBLISHED,
    Run.State.REVIEW,
    Run.State.FAILED,
    Run.State.PAUSED,
    Run.State.CANCELLED,
)
LONGEST = 60
"""Seconds, with leases of 3 and a sweep each second."""
BEATS_EVERY = 1.0


class Beat(threading.Thread):
    """Sends the sweeps as beat does: through the broker, and again when that did not answer."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(BEATS_EVERY):
            with suppress(OperationalError, redis.RedisError, OSError):
                for sweep in (tasks.sweep, wake_stale_imports, wake_stale_exports):
                    sweep.apply_async(expires=3, retry=False)

    def stop(self) -> None:
        self.stopped.set()
        self.join(20)


class Scene:
    def __init__(self, machine: Machine, directory: Path) -> None:
        self.machine = machine
        self.directory = directory
        self.workers: list[Worker] = []
        self.fault = ""
        self.seconds: float | None = None
        self.attempts = 0
        self.repaired_at = time.monotonic()
        self.files = override_settings(MEDIA_ROOT=directory / "files")
        """Where the workers look for them."""
        self.files.enable()
        use_a_copy_of_the_book(machine.database.url)
        self.redis = redis.Redis.from_url(machine.broker.url)
        self.redis.flushall()
        self.beat = Beat()
        self.beat.start()

    def close(self) -> None:
        self.beat.stop()
        self.files.disable()
        for worker in self.workers:
            worker.kill()
        for server in (self.machine.database, self.machine.broker):
            if server.process.poll() is not None:
                server.start()

    # Workers

    def worker(self, orders: str = "", *, name: str = "one") -> Worker:
        """One with these faults ordered; an order that is to happen once happens once over all workers."""
        self.fault = self.fault or orders
        worker = Worker(name, self.environment(orders), self.directory / f"{name}.log")
        self.workers.append(worker)
        return worker

    def environment(self, orders: str = "") -> dict[str, str]:
        url = self.machine.database.url.rsplit("/", 1)[0]
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "DATABASE_URL": f"{url}/{connection.settings_dict['NAME']}",
            "REDIS_URL": self.machine.broker.url,
            "VAR_DIR": str(self.directory),
            "FAILPOINTS": orders,
            "LOG_LEVEL": "INFO",
        }

    def dismiss(self) -> None:
        """The workers with their orders go; those that come next have none."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()

    def struck(self) -> list[int]:
        """The processes that came to a place where a fault was ordered by number, in that order."""
        directory = self.directory / "failpoints"
        markers = sorted(directory.glob("*.*"), key=lambda path: int(path.suffix[1:]))
        return [int(path.read_text() or 0) for path in markers]

    # The run

    def start(self) -> Run:
        scheme = Scheme.objects.get(is_default=True)
        run = regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now())
        self.repaired()
        return run

    def repaired(self) -> None:
        """From now on it must come to its end by itself."""
        self.repaired_at = time.monotonic()

    def wait_for(self, run: Run, *, chunks: int) -> None:
        """Until so many chunks are done."""
        self.until(lambda: run.chunks.filter(state=Chunk.State.DONE).count() >= chunks)

    def wait_until_worked_at(self, run: Run) -> None:
        """Or until there is nothing left to be done."""

        def is_worked_at() -> bool:
            self.settle_a_little(run)
            working = run.chunks.filter(state=Chunk.State.WORKING, leased_until__gt=timezone.now())
            return working.exists() or run.state in OVER

        self.until(is_worked_at)

    def wait_until_struck(self, times: int = 1) -> None:
        self.until(lambda: len(self.struck()) >= times)

    def settle(self, run: Run, *, within: float = LONGEST) -> str:
        """Wait until the run ends or stands still; who ended is started again, as by systemd."""

        def is_over() -> bool:
            for worker in self.workers:
                worker.start_again_if_ended()
            run.refresh_from_db()
            return run.state in OVER

        self.until(is_over, within=within)
        self.seconds = time.monotonic() - self.repaired_at
        self.attempts = max(self.attempts, attempts())
        return run.state

    def settle_sheet(self, row: Import | Export, *, within: float = LONGEST) -> str:
        """Wait until nobody works at it and nobody is to."""

        def is_over() -> bool:
            for worker in self.workers:
                worker.start_again_if_ended()
            row.refresh_from_db()
            return not row.is_busy

        self.until(is_over, within=within)
        self.seconds = time.monotonic() - self.repaired_at
        return row.state

    def settle_a_little(self, run: Run) -> None:
        """Who ended is started again; the run may go on meanwhile."""
        for worker in self.workers:
            worker.start_again_if_ended()
        run.refresh_from_db()

    def break_postgresql(self, number: signal.Signals) -> None:
        self.machine.database.stop(number)
        time.sleep(1)
        self.machine.database.start()
        self.repaired()

    def until(self, is_so: Callable[[], bool], *, within: float = LONGEST) -> None:
        by = time.monotonic() + within
        while True:
            try:
                if is_so():
                    return
            except Error:  # PostgreSQL is away
                connection.close()
            assert time.monotonic() < by, self.plight()
            time.sleep(0.05)

    def plight(self) -> str:
        lines = [f"{run}: {run.state} {run.attempts} {run.error}" for run in Run.objects.all()]
        lines += [
            f"{c}: {c.state} {c.attempts} {c.leased_until} {c.error}"
            for c in Chunk.objects.exclude(state="done")
        ]
        lines += [f"{i}: {i.state} {i.attempts} {i.errors}" for i in Import.objects.all()]
        lines += [f"{e}: {e.state} {e.attempts} {e.error}" for e in Export.objects.all()]
        lines += [f"{w.log}:\n" + "\n".join(w.log.read_text().splitlines()[-40:]) for w in self.workers]
        return "\n".join(lines)

    # In the end

    def differences(self) -> list[str]:
        """Of every check on every run."""
        connection.close()
        found = verify(runs_of(everything=True), today=timezone.localdate())
        return [f"{checked.run}: {checked.findings}" for checked in found if checked.findings.count]


def attempts() -> int:
    """Of all chunks and publications, beyond the first of each."""
    counts = [
        *Chunk.objects.values_list("attempts", flat=True),
        *Run.objects.values_list("attempts", flat=True),
    ]
    return sum(n - 1 for n in counts if n)


def use_a_copy_of_the_book(url: str) -> None:
    """Django's connection goes to it from now on."""
    connection.close()
    name = f"scene_{time.monotonic_ns()}"
    admin = psycopg2.connect(url.rsplit("/", 1)[0] + "/postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE tierbook").format(sql.Identifier(name)))
    admin.close()
    connection.settings_dict["NAME"] = name
