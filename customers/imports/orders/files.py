"""The files, their sheets, and the header of each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports import mappings
from customers.imports.mappings import Columns, Mapping
from customers.imports.orders.cells import text
from customers.imports.orders.found import File, Found, Place
from customers.imports.orders.rows import Reading
from toolbox import sheets
from toolbox.sheets import CellError, SheetError

HEADER_WITHIN: Final = 20
"""The header stands in one of the first so many rows; titles may stand above it."""
ROWS_PER_PROGRESS: Final = 5_000


def read_orders(
    files: Iterable[File],
    mapping: Mapping,
    *,
    today: date,
    limits: sheets.Limits | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Found:
    """Read the files one after the other. An order that a later one repeats unchanged is counted once.

    SheetError when a file is no table at all; what is wrong in a cell is in `errors`.
    """
    found = Found()
    for file in files:
        read_file(found, file, mapping, today=today, limits=limits, progress=progress)
    set_days(found)
    return found


def read_file(
    found: Found,
    file: File,
    mapping: Mapping,
    *,
    today: date,
    limits: sheets.Limits | None,
    progress: Callable[[int], None],
) -> None:
    """Every sheet that has the columns of orders. A file without any is refused."""
    unread = []
    book = sheets.read(file.stream, name=file.name, limits=limits)
    for sheet in book:
        rows = sheet.rows()
        columns, first = header_of(rows, mapping)
        if columns.missing:
            unread.append((sheet, columns, first))
            continue
        reading = Reading(found, mapping, Place(file.name, sheet.name, columns), today)
        for row in rows:
            reading.take(row)
            if not found.rows % ROWS_PER_PROGRESS:
                progress(found.rows)
        reading.finish()
    if len(unread) == len(book):
        refuse_headers(found, mapping, file.name, unread)
    else:
        found.skipped_sheets += [sheet.name for sheet, *_more in unread]


def header_of(rows: Iterator[sheets.Row], mapping: Mapping) -> tuple[Columns, int]:
    """The columns, and the number of the row they stand in. Takes that row and those above it."""
    best, at = mappings.find_columns(mapping, []), 1
    for row in rows:
        if row.number > HEADER_WITHIN:
            break
        columns = mappings.find_columns(mapping, [text(value) for value in row.values])
        if len(columns.at) > len(best.at) or not best.headers:
            best, at = columns, row.number
        if not columns.missing:
            return columns, row.number
    return best, at


def refuse_headers(
    found: Found, mapping: Mapping, file: str, unread: Sequence[tuple[sheets.Sheet, Columns, int]]
) -> None:
    """Nothing in this file looks like orders: say what the likeliest sheet lacks."""
    if not unread:
        raise SheetError(_("There is no visible sheet in the workbook."))
    sheet, columns, row = max(unread, key=lambda one: len(one[1].at))
    for name in columns.missing:
        spellings = mapping.headers.get(name) or mapping.headers[mappings.QUANTITY]
        found.errors.add(
            CellError(
                sheet=sheet.name,
                row=row,
                column=0,
                header="",
                value=", ".join(header for header in columns.headers if header)[:200],
                problem=str(_("There is no column “%(field)s”.")) % {"field": mappings.FIELDS[name]},
                remedy=str(_("Give the column one of these headers: %(headers)s."))
                % {"headers": ", ".join(spellings[:4])},
            ),
            file=file,
        )


def set_days(found: Found) -> None:
    """First and last day of each customer's orders; of the returns where there is nothing else."""
    bought = {order.customer for order in found.orders.values() if order.parts > 0}
    for order in found.orders.values():
        if order.parts > 0 or order.customer not in bought:
            customer = found.customers[order.customer]
            customer.first_on = min(customer.first_on or order.on, order.on)
            customer.last_on = max(customer.last_on or order.on, order.on)
