"""The parts that are broken on purpose: PostgreSQL, Redis, and worker processes as in production."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.servers import Server, die_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Machine:
    database: Server
    broker: Server
    directory: Path
    kills: int
    seed: int
    report: list[tuple[str, str, str, str, str]] = field(default_factory=list)


RUNNING: list[Machine] = []
"""The one that `python -m tests.faults` has started, if any."""


@dataclass
class Worker:
    """`celery worker` with two children, in a process group of its own; somebody starts it again when it ended."""

    name: str
    environment: dict[str, str]
    log: Path
    starts: int = 0
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.starts += 1
        command = [sys.executable, "-m", "celery", "-A", "crm", "worker", "-c", "2", "-l", "INFO"]
        command += ["-n", f"{self.name}@%h", "--without-gossip", "--without-mingle"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nothing runs in threads here
            )

    def start_again_if_ended(self) -> None:
        if self.process.poll() is not None:
            self.signal_group(signal.SIGKILL)
            self.start()

    def children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def signal_group(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def kill(self) -> None:
        self.signal_group(signal.SIGKILL)
        self.process.wait()


def goes_on(pid: int) -> bool:
    """Whether the frozen process was still there and works again after it is woken."""
    process = psutil.Process(pid)
    assert process.status() == psutil.STATUS_STOPPED
    process.resume()
    time.sleep(2)
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
