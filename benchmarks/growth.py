"""How the time of a re-grade grows with the book:

    ./run bench growth [--customers 100000,1000000] [--rounds 3]

Both books lie on one throw-away PostgreSQL and are re-graded in turns, small, large, small, …: each round of the large
one is divided by the mean of the small ones before and after it. A machine that is shared becomes slower and faster by
half within minutes; books that are measured one after the other tell of that rather than of growth. The same is done
with the hand-written SQL.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import psycopg2

from benchmarks.regrade import BUFFERS, ROOT

WAYS: Final = {"ours": "ours", "sql": "hand-written SQL"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", default="100000,1000000", help="a small and a large book")
    parser.add_argument("--rounds", type=int, default=3, help="of the large book")
    parser.add_argument("--step", choices=("measure", "make", *WAYS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step is None:
        on_servers_of_its_own()
    elif options.step == "measure":
        measure(*options.customers.split(","), rounds=options.rounds)
    else:
        inside(options.step, int(options.customers))


def on_servers_of_its_own() -> None:
    if os.environ.get("DATABASE_URL"):
        sys.exit("This benchmark makes databases of its own: unset DATABASE_URL.")
    with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
        environment = os.environ | {"VAR_DIR": directory, "LOG_LEVEL": "ERROR", "REDIS_URL": ""}
        command = [sys.executable, "-m", "tests.servers", f"shared_buffers={BUFFERS}MB", "--"]
        command += [sys.executable, "-m", "benchmarks.growth", *sys.argv[1:], "--step", "measure"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)


def measure(small: str, large: str, *, rounds: int) -> None:
    for size in (small, large):
        create_database(size)
        step("make", size)
    step("ours", small)  # not counted: from here on what is measured is in memory
    for way, name in WAYS.items():
        before, ratios = step(way, small), []
        for _n in range(rounds):
            took, after = step(way, large), step(way, small)
            ratios.append(2 * took / (before + after))
            print(f"  {name}: {before:.2f}, {took:.2f}, {after:.2f} s: {ratios[-1]:.1f} ×", flush=True)
            before = after
        times = int(large) / int(small)
        print(f"{name}: {statistics.median(ratios):.1f} × the time for {times:g} × the customers", flush=True)


def create_database(size: str) -> None:
    link = psycopg2.connect(os.environ["DATABASE_URL"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE book_of_{int(size)}")
    link.close()


def step(what: str, size: str) -> float:
    """In a process of its own, on the book of this size. Seconds."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    result = Path(os.environ["VAR_DIR"]) / "result"
    command = [sys.executable, "-m", "benchmarks.growth", "--step", what, "--customers", size]
    environment = os.environ | {"DATABASE_URL": f"{server}/book_of_{size}"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return float(result.read_text())


def inside(what: str, customers: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    from benchmarks import _measuring  # noqa: PLC0415

    seconds = _measuring.one_round(what, customers)
    (Path(os.environ["VAR_DIR"]) / "result").write_text(str(seconds))


if __name__ == "__main__":
    main()
