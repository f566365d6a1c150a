"""Loads files of orders from the command line; says what the page says."""

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.imports import loading, orders
from customers.imports.mappings import GENERIC, MAPPINGS
from customers.imports.orders import File, Found
from toolbox.money import format_money
from toolbox.sheets import Limits, SheetError

LIMITS = Limits(
    megabytes=1_000, unpacked_megabytes=4_000, rows=10_000_000, memory_megabytes=4_000, seconds=900
)
NEW = ("customers_new", "orders_new", "returns_new")
LEFT_OUT = {
    orders.ANONYMOUS: "without a customer",
    orders.NO_GOODS: "of no goods",
    orders.WORTHLESS: "without a price",
    orders.REPEATED: "in orders that stand in two files or sheets",
}


class Command(BaseCommand):
    help = "Loads orders from csv, csv.gz or xlsx files: all of them or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--mapping", choices=sorted(MAPPINGS), default=GENERIC.key)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")

    def handle(self, *, files: list[Path], mapping: str, dry_run: bool, **_options: Any) -> None:
        try:
            found = read(files, mapping)
        except (SheetError, OSError) as error:
            raise CommandError(str(error)) from None
        plan = loading.compare(found) if dry_run else loading.load_found(found, by=None)
        self.say(plan.report())
        if count := found.errors.count:
            for wrong in found.errors.shown:
                self.stderr.write(line(wrong))
            if rest := count - len(found.errors.shown):
                self.stderr.write(f"… and {rest:,} more")
            raise CommandError(f"{count:,} errors. Nothing was loaded.")
        is_new = any(plan.report()[key] for key in NEW)
        self.stdout.write(
            "Checked; nothing was changed." if dry_run else "Loaded." if is_new else "Nothing is new."
        )

    def say(self, report: dict[str, Any]) -> None:
        amount = format_money(report["amount"], language="en")
        returned = format_money(report["amount_returned"], language="en")
        tell = self.stdout.write
        tell(f"{report['rows']:,} rows, {report['first_on']} to {report['last_on']}")
        tell(f"customers: {report['customers_new']:,} new, {report['customers_known']:,} known")
        tell(
            f"orders: {report['orders_new']:,} new and {report['returns_new']:,} returns new, "
            f"{report['orders_known']:,} known"
        )
        tell(f"net amount of what is new: {amount}, of that returned {returned}")
        tell(f"rows in new orders: {report['rows_loaded']:,}; in known orders: {report['rows_known']:,}")
        for reason, words in LEFT_OUT.items():
            tell(f"rows {words}: {report['left_out'].get(reason, 0):,}")
        tell(f"rows equal to another row of their order, counted: {report['identical_lines']:,}")
        if report["skipped_sheets"]:
            tell(f"sheets that hold no orders: {', '.join(report['skipped_sheets'])}")


def read(files: list[Path], mapping: str) -> Found:
    with ExitStack() as stack:
        return orders.read_orders(
            [File(path.name, stack.enter_context(path.open("rb"))) for path in files],
            MAPPINGS[mapping],
            today=timezone.localdate(),
            limits=LIMITS,
        )


def line(error: dict[str, Any]) -> str:
    place = f"{error['file']}, {error['sheet']}, {error['column']}{error['row']} ({error['header']})"
    return f"{place}: “{error['value']}”: {error['problem']} {error['remedy']}"
