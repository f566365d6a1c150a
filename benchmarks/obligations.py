"""How long the nightly sweep of what is owed takes over the whole book, against plain SQL doing the same:

    ./run bench obligations [--customers 100000] [--workers 2] [--write]

On a throw-away PostgreSQL a book is made, its customers are spread over the tiers of the default scheme, and four nights
are measured: the first one, in which everything is planned; a quiet one, in which nothing is to do; a busy one, after a
day in which customers changed tier and owner, contacts were logged and promises ran past their grace; and the same again.
The product works by stretches of customers in as many processes as it has workers. The yardstick is the same night as a
few hand-written statements over the whole book, in one session, from the same beginning. Afterwards both must have left
the same rows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUFFERS = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20
BEGINS, ENDS = "<!-- obligations: written by the command -->", "<!-- obligations: end -->"
BAR = 60
"""Seconds for a night of 100,000 customers on two cores."""
NIGHTS = ("first", "quiet", "busy", "again")
SAID = {
    "first": "the first night: everything is planned",
    "quiet": "a quiet night",
    "busy": "a busy night: 5% changed tier, 2% owner, contacts of a day, promises past their grace",
    "again": "the same once more",
}


def main() -> None:
    options = arguments()
    if options.result:
        inside(options)
        return
    if os.environ.get("DATABASE_URL"):
        sys.exit("This benchmark makes a database of its own: unset DATABASE_URL.")
    with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
        result = Path(directory) / "result.json"
        command = [
            sys.executable, "-m", "tests.servers", f"shared_buffers={BUFFERS}MB", "--",
            sys.executable, "-m", "benchmarks.obligations", "--customers", str(options.customers),
            "--workers", str(options.workers), "--result", str(result),
        ]  # fmt: skip
        environment = os.environ | {"VAR_DIR": directory, "LOG_LEVEL": "ERROR", "DATABASE_URL": ""}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        text = report(json.loads(result.read_text()))
    print(text)
    if options.write:
        put(ROOT / "docs" / "performance.md", text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    parser.add_argument("--result", help=argparse.SUPPRESS)
    return parser.parse_args()


def inside(options: argparse.Namespace) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from benchmarks import _book, _machine, _measuring, _owed  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _measuring.calm_down()
    _book.make(options.customers)
    _owed.spread()
    found = _owed.nights(workers=options.workers)
    found |= {
        "customers": options.customers,
        "workers": options.workers,
        "machine": _machine.described(),
    }
    Path(options.result).write_text(json.dumps(found))


def report(found: dict[str, Any]) -> str:
    machine = "; ".join(f"{name} {value}" for name, value in found["machine"].items())
    size, workers = f"{found['customers']:,} customers", f"{found['workers']} processes"
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with {size} and {workers}. {machine}.",
        "",
        "| night | seconds | plain SQL, one session | rows written | the same rows |",
        "|---|---:|---:|---:|---|",
    ]
    for name in NIGHTS:
        night = found["nights"][name]
        same = f"NO: {night['differing']} differ" if night["differing"] else "yes"
        times = f"{night['ours']:.1f} | {night['sql']:.1f}"
        lines.append(f"| {SAID[name]} | {times} | {night['written']:,} | {same} |")
    lines += [f"* {said}" for name in NIGHTS for said in found["nights"][name]["examples"]]
    slowest = max(found["nights"][name]["ours"] for name in NIGHTS)
    if found["customers"] == 100_000:
        lines += ["", f"Asked for: under {BAR} s. The slowest took {slowest:.1f} s."]
    return "\n".join(lines)


def put(path: Path, text: str) -> None:
    page = path.read_text()
    if BEGINS not in page:
        page += f"\n## What is owed, every night\n\n{BEGINS}\n{ENDS}\n"
    before, rest = page.split(BEGINS)
    path.write_text(f"{before}{BEGINS}\n{text}\n{ENDS}{rest.split(ENDS)[1]}")


if __name__ == "__main__":
    main()
