"""Writing a list of 100,000 rows × 20 columns, beside openpyxl in write-only mode: `./run bench exports [--rows 100000]`.

Each way writes the same cells (ten texts, six amounts, two whole numbers, two days) in a process of its own, which says
how long it took without its start and how much memory it had at most. They take turns; the medians are compared. With
--large a million rows show that memory stays flat. With --sheet N the formatted tier sheet of so many customers is
written too, out of a SQLite book that is made for it.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

KINDS: Final = ("text",) * 10 + ("money",) * 6 + ("integer",) * 2 + ("date",) * 2
FIRST: Final = date(2026, 1, 1)


def cells(rows: int) -> Iterator[list[Any]]:
    for n in range(rows):
        yield [
            f"{n:08d}", f"上海客户{n}有限公司", "核心客户", "王小明", "华东区", "活跃", "企业", "制造业 & 贸易", "上海", "上海市",
            n * 12_345, n * 77, n * 7, n * 3, 8_123, 9, n, n * 3,
            FIRST + timedelta(days=n % 300), FIRST + timedelta(days=n % 900),
        ]  # fmt: skip


def openpyxl(rows: int, path: str) -> None:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet()
    for row in cells(rows):
        row[10:16] = [Decimal(fen).scaleb(-2) for fen in row[10:16]]
        sheet.append(row)
    book.save(path)


def columns() -> list[Any]:
    from toolbox.sheets import Column  # noqa: PLC0415

    return [Column(f"{kind} {n}", 16, kind) for n, kind in enumerate(KINDS)]  # type: ignore[arg-type]


def ours(rows: int, path: str) -> None:
    from toolbox.sheets import write_plain  # noqa: PLC0415

    with Path(path).open("wb") as stream:
        write_plain("客户", columns(), cells(rows), stream=stream)


def ours_csv(rows: int, path: str) -> None:
    from toolbox.sheets import write_csv  # noqa: PLC0415

    with Path(path).open("wb") as stream:
        write_csv(columns(), cells(rows), stream=stream)


WAYS: Final[dict[str, Callable[[int, str], None]]] = {
    "openpyxl, write-only": openpyxl,
    "ours, xlsx": ours,
    "ours, csv": ours_csv,
}


def alone(way: str, rows: int) -> tuple[float, float]:
    """Seconds and megabytes, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.check_output(
            [sys.executable, "-m", "benchmarks.exports", "--alone", way, "--rows", str(rows), "--into", f"{folder}/x"]
        )  # fmt: skip
    seconds, before, most = told.split()
    return float(seconds), float(most) - float(before)


def in_here(way: str, rows: int, path: str) -> None:
    set_up()
    ours(1, path)  # what is imported, is imported
    before = memory()
    started = time.perf_counter()
    WAYS[way](rows, path)
    print(time.perf_counter() - started, before, memory())


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django  # noqa: PLC0415

    django.setup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="a million rows too, by our own writer")
    parser.add_argument("--sheet", type=int, default=0, help="a formatted tier sheet of so many customers")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--into", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        in_here(options.alone, options.rows, options.into)
        return
    took: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _round in range(options.rounds):
        for way, found in took.items():
            found.append(alone(way, options.rows))
    yardstick = statistics.median(seconds for seconds, _mb in took["openpyxl, write-only"])
    print(f"{options.rows:,} rows × {len(KINDS)} columns, {options.rounds} rounds")
    for way, found in took.items():
        seconds = [one for one, _mb in found]
        middle = statistics.median(seconds)
        most = max(mb for _seconds, mb in found)
        print(
            f"{way:22} {middle:6.2f} s  {yardstick / middle:5.1f} × as fast  +{most:4.0f} MB   ({min(seconds):.2f} to {max(seconds):.2f})"
        )
    if options.large:
        took_large, mb = alone("ours, xlsx", 1_000_000)
        print(f"1,000,000 rows: ours, xlsx {took_large:.2f} s, +{mb:.0f} MB")
    if options.sheet:
        tier_sheet(options.sheet)


def tier_sheet(customers: int) -> None:
    """Out of a graded book of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/book.sqlite3"}
        set_up()
        from django.core.management import call_command  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from accounts.models import User  # noqa: PLC0415
        from benchmarks import _book, _state  # noqa: PLC0415
        from customers.columns import ORDERS  # noqa: PLC0415
        from customers.models import Customer  # noqa: PLC0415
        from tiering import sheets  # noqa: PLC0415
        from toolbox.pages import ordered  # noqa: PLC0415

        call_command("migrate", verbosity=0)
        _book.make(customers, people=False)
        _state.first_grading()
        by = User.objects.create(username="bench", role="director")
        for with_scoring in (False, True):
            rows = ordered(Customer.objects.for_list(), order=ORDERS["score"])
            with tempfile.TemporaryFile() as stream:
                started, computed = time.perf_counter(), time.process_time()
                count = sheets.export(
                    rows, today=timezone.localdate(), stream=stream, by=by, at=timezone.now(), with_scoring=with_scoring
                )  # fmt: skip
                seconds, computed = time.perf_counter() - started, time.process_time() - computed
                size = stream.tell() / 2**20
            named = "tier sheet with scoring sheet" if with_scoring else "tier sheet"
            print(
                f"{named} of {count:,} customers: {seconds:.2f} s ({computed:.2f} s of computing), {size:.1f} MB, {memory():.0f} MB at most"
            )


if __name__ == "__main__":
    main()
