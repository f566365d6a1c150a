"""How long a simulation takes to answer when one weight or floor moves:

    ./run bench simulation [--customers 100000,1000000] [--rounds 20] [--write]

For each size a book is made on a throw-away PostgreSQL, graded, and measured for simulations as the product does it.
Then the result panel is asked for as a browser does, each time with another weight or floor, by one process through
all of Django. In the same run, on the same data, the same question is put to the stored points of the last re-grade in
SQL, and to the plain scorer customer by customer; all matrices must be equal.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUFFERS = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20
"""MB: a quarter of the memory, as operations.md says."""
BEGINS, ENDS = "<!-- simulation: written by the command -->", "<!-- simulation: end -->"
BARS = {100_000: 1.0, 1_000_000: 3.0}
"""Seconds within which an answer is asked for."""


def main() -> None:
    options = arguments()
    if options.result:
        inside(options)
        return
    if os.environ.get("DATABASE_URL"):
        sys.exit("This benchmark makes a database of its own: unset DATABASE_URL.")
    results = [measured_apart(int(size), options.rounds) for size in options.customers.split(",")]
    text = report(results, " ".join(("./run bench simulation", *(w for w in sys.argv[1:] if w != "--write"))))
    print(text)
    if options.write:
        put(ROOT / "docs" / "performance.md", text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", default="100000", help="one size or several, with commas")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    parser.add_argument("--result", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured_apart(size: int, rounds: int) -> dict[str, Any]:
    """A new process, and a new server, for each book."""
    with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
        result = Path(directory) / "result.json"
        ours = ["--customers", str(size), "--rounds", str(rounds), "--result", str(result)]
        servers = [sys.executable, "-m", "tests.servers", f"shared_buffers={BUFFERS}MB", "--"]
        command = [*servers, sys.executable, "-m", "benchmarks.simulation", *ours]
        environment = os.environ | {
            "VAR_DIR": directory, "LOG_LEVEL": "ERROR", "DATABASE_URL": "", "ALLOWED_HOSTS": "testserver",
        }  # fmt: skip
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        found: dict[str, Any] = json.loads(result.read_text())
        return found


def inside(options: argparse.Namespace) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _book, _measuring, _state, _trying  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    _measuring.calm_down()
    director = _book.make(int(options.customers), people=False)
    _state.first_grading()
    found = _trying.everything(director, rounds=options.rounds)
    Path(options.result).write_text(json.dumps(found))


def timed(ask: Callable[[], object]) -> float:
    started = time.perf_counter()
    ask()
    return time.perf_counter() - started


def report(results: list[dict[str, Any]], command: str) -> str:
    machine = "; ".join(f"{name} {value}" for name, value in results[0]["machine"].items())
    sizes = [f"{found['customers']:,} customers" for found in results]
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`. {machine}.",
        "",
        f"| seconds | {' | '.join(sizes)} |",
        f"|---|{'---:|' * len(results)}",
    ]
    rows: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        ("**an answer when one weight moves**, median (slowest)", lambda r: spread(r["weight"])),
        ("**an answer when one floor moves**, median (slowest)", lambda r: spread(r["floor"])),
        ("asked for", lambda r: f"< {BARS[r['customers']]:g}" if r["customers"] in BARS else "–"),
        ("beside the version in force on the same data", lambda r: spread(r["in_force"])),
        ("a page of the customers behind a number", lambda r: spread(r["movers"])),
        ("hours against capacity", lambda r: spread(r["capacity"])),
        ("score and count alone", lambda r: spread(r["alone"])),
        ("(a) the same matrix by SQL, of stored points", lambda r: f"{r['sql']:.2f}"),
        (
            "(b) the same matrix by the plain scorer, customer by customer",
            lambda r: f"{r['plain']:.1f} (from {r['plain_from']:,})",
        ),
        ("same matrix in all three", lambda r: "yes" if r["same"] else "NO"),
        ("measuring the book once, in one process", lambda r: f"{r['measuring']:.1f}"),
        ("fetching it to a machine, once", lambda r: f"{r['fetching']:.2f}"),
        ("its size in the database, on disk", lambda r: f"{r['stored'] >> 20} MB, {r['file'] >> 20} MB"),
        ("most memory of the process, mapped file included", lambda r: f"{r['memory'] >> 20} MB"),
        ("load average of the machine meanwhile", lambda r: f"{r['load']:.1f}"),
    ]
    lines += [f"| {name} | {' | '.join(cell(r) for r in results)} |" for name, cell in rows]
    return "\n".join([*lines, ""])


def spread(times: list[float]) -> str:
    return f"{median(times):.2f} ({max(times):.2f})"


def put(path: Path, text: str) -> None:
    """Between two marks; what else stands in the file stays."""
    before, _begins, rest = path.read_text().partition(BEGINS)
    after = rest.partition(ENDS)[2]
    path.write_text(f"{before.rstrip()}\n\n{BEGINS}\n{text}{ENDS}{after or chr(10)}")


if __name__ == "__main__":
    main()
