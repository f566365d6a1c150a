"""How long a re-grade takes, beside other ways to do the same:

    ./run bench regrade [--customers 10000,100000,1000000] [--database postgres|sqlite|both] [--yardsticks abc]
                        [--rounds 1] [--write]

For each size and database a book is made on a throw-away server and graded as of one quarter's end. The re-grade a
quarter later is measured: ours by two Celery workers (on SQLite by one process, as a command), then in the same run,
on the same book and each from the same state, (a) the best hand-written SQL, (b) the loop a Django developer would
write, (c) pandas. What each wrote is compared with what we wrote, row for row. Ratios are what can be compared
between machines.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BUFFERS = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20
"""MB: a quarter of the memory, as operations.md says."""


def main() -> None:
    options = arguments()
    if options.result:
        inside(options)
        return
    if os.environ.get("DATABASE_URL"):
        sys.exit("This benchmark makes a database of its own: unset DATABASE_URL.")
    from benchmarks import _report  # noqa: PLC0415 - the outer process needs no Django

    results = []
    for database in ("postgres", "sqlite") if options.database == "both" else (options.database,):
        for size in map(int, options.customers.split(",")):
            results.append(measured_apart(database, size, options))
            print(_report.of_one(results[-1]), flush=True)
    text = _report.summary(results)
    print(text)
    if options.write:
        command = " ".join(("./run bench regrade", *(word for word in sys.argv[1:] if word != "--write")))
        _report.write(ROOT / "docs" / "performance.md", command, results)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", default="10000,100000", help="one size or several, with commas")
    parser.add_argument("--database", choices=("postgres", "sqlite", "both"), default="both")
    parser.add_argument("--yardsticks", default="abc", help="which of a, b and c")
    parser.add_argument("--rounds", type=int, default=1, help="of ours and (a); the median counts")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    parser.add_argument("--result", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured_apart(database: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """A new process, and new servers, for each book."""
    with tempfile.TemporaryDirectory(prefix="tierbook-bench-") as directory:
        result = Path(directory) / "result.json"
        command = [
            sys.executable,
            "-m",
            "benchmarks.regrade",
            "--customers",
            str(size),
            "--database",
            database,
        ]
        command += [
            "--yardsticks",
            options.yardsticks,
            "--rounds",
            str(options.rounds),
            "--result",
            str(result),
        ]
        environment = os.environ | {"VAR_DIR": directory, "LOG_LEVEL": "ERROR"}
        if database == "postgres":
            command = [sys.executable, "-m", "tests.servers", f"shared_buffers={BUFFERS}MB", "--", *command]
            environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
        else:
            environment |= {"DATABASE_URL": f"sqlite:///{directory}/book.sqlite3", "REDIS_URL": ""}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        found: dict[str, Any] = json.loads(result.read_text())
        return found


def inside(options: argparse.Namespace) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    from benchmarks import _measuring  # noqa: PLC0415

    found = _measuring.everything(
        int(options.customers), yardsticks=options.yardsticks, rounds=options.rounds
    )
    Path(options.result).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
