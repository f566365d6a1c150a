"""`serve` keeps a web server, a worker and the schedule running, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="once is enough, with SQLite")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/served.sqlite3",
        "REDIS_URL": "",
        "VAR_DIR": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    subprocess.run(_manage("migrate", "--verbosity", "0"), env=environment, cwd=settings.BASE_DIR, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = _manage("serve", "--port", str(port))
    with subprocess.Popen(
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_says_when_it_is_ready_restarts_what_dies_and_stops_all(served: subprocess.Popen[str]) -> None:
    assert re.match(r"Tierbook is ready at http://127\.0\.0\.1:\d+/", _line(served))
    before = _children(served)
    assert len(before) == 3

    next(child for child in before if "beat" in child.cmdline()).kill()
    assert _line(served) == "The beat process ended with code -9; it is started again.\n"
    _wait(lambda: len(_children(served)) == 3)

    everybody = psutil.Process(served.pid).children(recursive=True)
    served.send_signal(signal.SIGTERM)
    assert served.wait(30) == 0
    assert [child for child in everybody if child.is_running()] == []


def test_when_it_is_killed_its_children_end_too(served: subprocess.Popen[str]) -> None:
    assert _line(served)
    everybody = psutil.Process(served.pid).children(recursive=True)
    served.kill()
    _wait(lambda: not any(child.is_running() for child in everybody))


def test_a_taken_port_is_told(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            _manage("serve", "--port", str(port)),
            env=environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"Port {port} is taken; choose another with --port." in done.stderr


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [
        child for child in psutil.Process(process.pid).children() if child.status() != psutil.STATUS_ZOMBIE
    ]


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
