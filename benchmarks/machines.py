"""Two workers on two machines, as near as one machine comes to it: `./run bench machines` (as root, on Linux).

Each worker lives in a network namespace of its own and reaches PostgreSQL and Redis over a bridge. A re-grade is
worked off by one, by both, and by both while the link of one is cut in the middle; after each everything is verified.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from tests import servers

BRIDGE, NETWORK, HOST = "tierbook0", "10.77.0.0/24", "10.77.0.1"
MACHINES = {"one": "10.77.0.11", "two": "10.77.0.12"}
ROOT = Path(__file__).resolve().parent.parent
NOTHING_TO_DO = 0.03
LEASE = 10
"""Seconds; the sweep comes each second here."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("Namespaces take root.")
    with ExitStack() as stack:
        directory = stack.enter_context(servers.temporary_directory())
        database = stack.enter_context(servers.postgresql(directory / "postgresql", listen_addresses="*"))
        let_in(directory / "postgresql", database)
        broker = stack.enter_context(redis_for_all(directory))
        stack.enter_context(network())
        os.environ |= {
            "DATABASE_URL": database.url.replace("127.0.0.1", HOST),
            "REDIS_URL": broker,
            "DJANGO_SETTINGS_MODULE": "crm.settings",
            "LOG_LEVEL": "WARNING",
            "REGRADE_LEASE_SECONDS": str(LEASE),
            "REGRADE_CHUNK_SIZE": str(max(options.customers // 40, 1)),
        }
        import django  # noqa: PLC0415 - after the environment

        django.setup()
        prepare(options.customers)
        for age, (machines, cut) in enumerate(
            [(["one"], False), (["one", "two"], False), (["one", "two"], True)]
        ):
            trial(age, machines, directory, cut=cut)


def let_in(directory: Path, database: servers.Server) -> None:
    with (directory / "data" / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK} trust\n")
    database.stop()
    database.start()


@contextmanager
def redis_for_all(directory: Path) -> Iterator[str]:
    port = str(urlsplit(os.environ.get("BENCH_REDIS", "redis://x:6390")).port)
    command = ["redis-server", "--port", port, "--bind", "0.0.0.0", "--protected-mode", "no", "--save", ""]
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://{HOST}:{port}/0"
        finally:
            process.terminate()


@contextmanager
def network() -> Iterator[None]:
    tear_down()
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("addr", "add", f"{HOST}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")
    for name, address in MACHINES.items():
        ip("netns", "add", f"tb-{name}")
        ip("link", "add", f"tb-{name}", "type", "veth", "peer", "name", "eth0", "netns", f"tb-{name}")
        ip("link", "set", f"tb-{name}", "master", BRIDGE, "up")
        ip("-n", f"tb-{name}", "addr", "add", f"{address}/24", "dev", "eth0")
        ip("-n", f"tb-{name}", "link", "set", "eth0", "up")
        ip("-n", f"tb-{name}", "link", "set", "lo", "up")
    try:
        yield
    finally:
        tear_down()


def tear_down() -> None:
    for name in MACHINES:
        ip("netns", "delete", f"tb-{name}", check=False)
        ip("link", "delete", f"tb-{name}", check=False)
    ip("link", "delete", BRIDGE, check=False)


def ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, stderr=None if check else subprocess.DEVNULL)


def prepare(customers: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _book  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _book.make(customers)


def trial(age: int, machines: list[str], directory: Path, *, cut: bool) -> None:
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks._book import LAST  # noqa: PLC0415
    from tiering import regrade  # noqa: PLC0415
    from tiering.models import Chunk, Run, Scheme  # noqa: PLC0415

    with ExitStack() as stack:
        logs = {name: stack.enter_context(worker(name, directory)) for name in machines}
        scheme = Scheme.objects.get(is_default=True)
        run = regrade.start(
            scheme, as_of=LAST + timedelta(days=age), trigger=Run.Trigger.COMMAND, at=timezone.now()
        )
        began = swept = time.perf_counter()
        is_cut = False
        while run.is_active:
            time.sleep(0.2)
            if time.perf_counter() - swept > 1:
                regrade.sweep(at=timezone.now())
                swept = time.perf_counter()
            if (
                cut
                and not is_cut
                and run.chunks.filter(state=Chunk.State.DONE).count() > run.chunk_count // 4
            ):
                ip("link", "set", "tb-two", "down")
                is_cut = True
            run.refresh_from_db()
        taken = time.perf_counter() - began
        ip("link", "set", "tb-two", "up")
        shares = {name: graded(log) for name, log in logs.items()}
    ending = " · the link of two cut after a quarter" if cut else ""
    print(f"{run.state} in {taken:.1f} s, {run.chunk_count} chunks: {shares}{ending}")
    call_command("verify_gradings", run=run.pk)


def graded(log: Path) -> int:
    """Chunks that were work; messages that came twice end at once."""
    taken = re.findall(r"grade_chunk\[[^]]+\] succeeded in ([0-9.]+)s", log.read_text())
    return sum(float(seconds) > NOTHING_TO_DO for seconds in taken)


@contextmanager
def worker(name: str, directory: Path) -> Iterator[Path]:
    log = Path(tempfile.mkstemp(dir=directory, prefix=f"{name}-")[1])
    command = [
        "ip",
        "netns",
        "exec",
        f"tb-{name}",
        sys.executable,
        "-m",
        "celery",
        "-A",
        "crm",
        "worker",
        "-c",
        "1",
    ]
    command += ["-n", f"{name}@%h", "-l", "INFO", "--without-gossip", "--without-mingle"]
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=os.environ | {"LOG_LEVEL": "INFO"}
        ) as process,
    ):
        until = time.monotonic() + 60
        while " ready." not in log.read_text():
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"The worker on {name} does not start:\n{log.read_text()}")
            time.sleep(0.2)
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    main()
