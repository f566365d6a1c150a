"""Web server, worker and schedule as children of one process: for one machine, without systemd or containers."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

DEFAULT_PORT = 8000
START_SECONDS = 60
STOP_SECONDS = 15
LONG_ENOUGH_SECONDS = 10
"""A child that lived so long is started again at once; one that did not waits, longer each time."""


class NotServingError(Exception):
    """The port is taken, or the web server does not answer."""


def serve(port: int | None = None, *, host: str = "127.0.0.1", tell: Callable[[str], object] = print) -> None:
    """Serves until SIGINT or SIGTERM, then stops every child. Tells when the pages can be opened."""
    port = port or _first_free_port(host)
    if not _is_free(host, port):
        raise NotServingError(_("Port %(port)d is taken; choose another with --port.") % {"port": port})
    os.environ.setdefault("PUBLIC_URL", f"http://{host}:{port}")  # links for who opens it here
    with _stop_signals() as stopped, _running(_commands(host, port)) as children:
        _wait_until_healthy(host, port, children, stopped)
        if not stopped():
            tell(
                _("Tierbook is ready at http://%(host)s:%(port)d/ — stop it with Ctrl-C.")
                % {"host": host, "port": port}
            )
        while not stopped():
            for child in children:
                child.restart_if_dead(tell)
            time.sleep(0.3)
        tell(_("Stopping …"))


def _commands(host: str, port: int) -> dict[str, list[str]]:
    unroot = "ignore:You're running the worker with superuser"  # in a container that is usual
    celery = [sys.executable, "-W", unroot, "-m", "celery", "--app", "crm", "--quiet"]
    return {
        "web": [
            *(sys.executable, "-m", "gunicorn", "crm.wsgi:application", "--bind", f"{host}:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--log-level", "warning", "--no-control-socket"),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", "2" if settings.REDIS_URL else "1"),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
    }


@dataclass
class _Child:
    name: str
    command: list[str]
    process: "subprocess.Popen[bytes]" = field(init=False)
    started_at: float = field(init=False)
    failures: int = 0
    start_again_at: float | None = None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.start_again_at = None
        self.process = subprocess.Popen(  # noqa: S603 - commands of our own
            self.command,
            cwd=settings.BASE_DIR,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the children in order
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - nothing runs in threads here
        )

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def restart_if_dead(self, tell: Callable[[str], object]) -> None:
        if not self.is_dead():
            return
        now = time.monotonic()
        if self.start_again_at is None:
            self.failures = 0 if now - self.started_at > LONG_ENOUGH_SECONDS else self.failures + 1
            self.start_again_at = now + min(2**self.failures - 1, 60)
            words = {"name": self.name, "code": self.process.returncode}
            tell(_("The %(name)s process ended with code %(code)d; it is started again.") % words)
            self._kill_group()
        if now >= self.start_again_at:
            self.start()

    def ask_to_stop(self) -> None:
        if not self.is_dead():
            self.process.terminate()

    def stop(self, *, by: float) -> None:
        """Waits until then; what is unfinished is killed: the database knows what is still to be done."""
        try:
            self.process.wait(max(by - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            pass
        self._kill_group()
        self.process.wait()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@contextmanager
def _running(commands: dict[str, list[str]]) -> Iterator[list[_Child]]:
    children: list[_Child] = []
    try:
        for name, command in commands.items():
            child = _Child(name, command)
            child.start()
            children.append(child)
        yield children
    finally:
        by = time.monotonic() + STOP_SECONDS
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop(by=by)


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Whether somebody asked to stop, instead of an exception in the middle of something."""
    received: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_until_healthy(host: str, port: int, children: list[_Child], stopped: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while not stopped() and not _is_healthy(host, port):
        for child in children:
            if child.is_dead():
                words = {"name": child.name, "code": child.process.returncode}
                raise NotServingError(_("The %(name)s process ended with code %(code)d.") % words)
        if time.monotonic() > until:
            raise NotServingError(_("The web server does not answer; its messages above say why."))
        time.sleep(0.2)


def _is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=10)
    named = next((name for name in settings.ALLOWED_HOSTS if name.strip("*.")), "localhost").lstrip(".")
    try:
        connection.request("GET", reverse("health"), headers={"Host": named, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _first_free_port(host: str) -> int:
    return next(
        (port for port in range(DEFAULT_PORT, DEFAULT_PORT + 10) if _is_free(host, port)), DEFAULT_PORT
    )


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError:
            return False
    return True


def _die_with_parent() -> None:
    """Linux ends the child when this process is killed without a chance to do it."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
