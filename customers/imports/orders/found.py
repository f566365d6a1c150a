"""What was found in order files: orders, customers, errors."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any, Final

from django.utils.functional import Promise

from customers.imports import mappings
from customers.imports.mappings import Columns
from customers.imports.orders.cells import PARTS
from customers.models import Lifecycle
from toolbox.rounding import round_half_up
from toolbox.sheets import CellError

MOST_ERRORS: Final = 1_000
"""So many are kept, the rest is counted."""
NEW_WITHIN, ACTIVE_WITHIN, DORMANT_WITHIN = 90, 180, 365


@dataclass(frozen=True)
class File:
    """A file to read: its name, and the stream it comes from."""

    name: str
    stream: IO[bytes]


@dataclass(frozen=True)
class Place:
    """A sheet of a file, and its columns."""

    file: str
    sheet: str
    columns: Columns


@dataclass(slots=True)
class FoundOrder:
    number: str
    customer: str
    on: date
    place: Place
    row: int
    """Where the order begins."""
    parts: int = 0
    lines: int = 0
    identical_lines: int = 0
    """Rows that equal an earlier row of the order in all that is read: bought twice, and counted."""
    category: str = ""
    largest: int = -1
    """The largest line, in parts: it gives the order its category."""

    @property
    def amount(self) -> int:
        """In fen, rounded half away from zero."""
        rounded = round_half_up(abs(self.parts), PARTS)
        return -rounded if self.parts < 0 else rounded

    def is_same(self, customer: str, on: date, amount: int) -> bool:
        return (self.customer, self.on, self.amount) == (customer, on, amount)


@dataclass(slots=True)
class FoundCustomer:
    """`first_on` and `last_on`: of orders; where there are only returns, of returns."""

    code: str
    name: str
    province: str = ""
    first_on: date | None = None
    last_on: date | None = None

    def lifecycle(self, today: date) -> Lifecycle:
        """By the last order before the file's end, and by the first for who is new."""
        if self.first_on is None or self.last_on is None:
            return Lifecycle.PROSPECT
        if (today - self.first_on).days <= NEW_WITHIN:
            return Lifecycle.NEW
        days = (today - self.last_on).days
        if days <= ACTIVE_WITHIN:
            return Lifecycle.ACTIVE
        return Lifecycle.DORMANT if days <= DORMANT_WITHIN else Lifecycle.LOST


@dataclass
class Errors:
    """The first thousand, and how many there are."""

    shown: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, error: CellError, *, file: str) -> None:
        self.count += 1
        if len(self.shown) < MOST_ERRORS:
            self.shown.append({"file": file, **error.as_json()})


@dataclass
class Found:
    """What stands in the files. Rows read = rows of orders + rows left out + rows with errors."""

    orders: dict[str, FoundOrder] = field(default_factory=dict)
    customers: dict[str, FoundCustomer] = field(default_factory=dict)
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows, by reason."""
    repeated_orders: int = 0
    """Orders that stand in two files or sheets with the same content: counted once."""
    errors: Errors = field(default_factory=Errors)
    rows_wrong: int = 0
    skipped_sheets: list[str] = field(default_factory=list)

    @property
    def last_on(self) -> date | None:
        return max((order.on for order in self.orders.values()), default=None)


def add_order_error(found: Found, order: FoundOrder, problem: str | Promise, remedy: str | Promise) -> None:
    """An order is wrong as a whole: the error stands at its number, where it begins."""
    columns = order.place.columns
    error = CellError(
        sheet=order.place.sheet,
        row=order.row,
        column=columns.at[mappings.NUMBER],
        header=columns.header(mappings.NUMBER),
        value=order.number,
        problem=problem,
        remedy=remedy,
    )
    found.errors.add(error, file=order.place.file)
