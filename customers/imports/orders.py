"""Reading order files: rows become orders, added up by number. Knows no database.

Amounts are added up as whole numbers, exactly: a row is quantity (thousandths) × unit price (millionths of a
yuan), and the order is rounded once, half away from zero, to fen.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import IO, Any, Final, TypeVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.imports import mappings
from customers.imports.mappings import Columns, Mapping
from customers.models import Lifecycle
from customers.reference import regions
from toolbox import money, sheets
from toolbox.sheets import CellError, SheetError, Value

T = TypeVar("T")

PARTS: Final = 10**7
"""Of a fen: thousandths of a quantity times millionths of a yuan."""
MOST_ERRORS: Final = 1_000
"""So many are kept, the rest is counted."""
HEADER_WITHIN: Final = 20
"""The header stands in one of the first so many rows; titles may stand above it."""
ROWS_PER_PROGRESS: Final = 5_000

ANONYMOUS, NO_GOODS, WORTHLESS, REPEATED = "anonymous", "no_goods", "worthless", "repeated"
LENGTHS: Final = {
    mappings.NUMBER: 60,
    mappings.CUSTOMER: 40,
    mappings.NAME: 200,
    mappings.CATEGORY: 100,
    mappings.PLACE: 100,
}
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
        rounded = (2 * abs(self.parts) + PARTS) // (2 * PARTS)
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


class BadCellError(ValueError):
    """What is wrong with the cell of a field, and what to do."""

    def __init__(self, name: str, problem: str | Promise, remedy: str | Promise) -> None:
        super().__init__(problem)
        self.name, self.problem, self.remedy = name, problem, remedy


class Reading:
    """One sheet on its way into `found`."""

    def __init__(self, found: Found, mapping: Mapping, place: Place, today: date) -> None:
        self.found, self.mapping, self.place, self.today = found, mapping, place, today
        self.orders: dict[str, FoundOrder] = {}
        self.lines_seen: set[int] = set()
        self.no_goods: dict[str, bool] = {}
        self.at = place.columns.at
        self.width = max(self.at.values()) + 1
        self.code_at = self.at.get(mappings.CODE)
        self.category_at = self.at.get(mappings.CATEGORY)

    def take(self, row: sheets.Row) -> None:
        self.found.rows += 1
        values = row.values
        if len(values) < self.width:
            values = [*values, *[None] * (self.width - len(values))]
        try:
            self.take_line(row.number, values)
        except BadCellError as error:
            self.found.rows_wrong += 1
            for bad in (error, *self.also_bad(values, error.name)):
                column = self.at[bad.name]
                self.found.errors.add(
                    CellError(
                        sheet=self.place.sheet,
                        row=row.number,
                        column=column,
                        header=self.place.columns.headers[column],
                        value=text(values[column])[:200],
                        problem=bad.problem,
                        remedy=bad.remedy,
                    ),
                    file=self.place.file,
                )

    def also_bad(self, values: list[Value], name: str) -> Iterator[BadCellError]:
        """What else is wrong in the row: people want to mend it once."""
        names = (mappings.AMOUNT,) if mappings.AMOUNT in self.at else (mappings.QUANTITY, mappings.PRICE)
        for other in (mappings.NUMBER, mappings.DATE, *names):
            if other == name:
                continue
            try:
                if other == mappings.NUMBER:
                    self.number(values)
                else:
                    self.parsed(PARSERS[other], other, values)
            except BadCellError as error:
                yield error

    def take_line(self, number_of_row: int, values: list[Value]) -> None:
        mapping, found = self.mapping, self.found
        code = printable(values[self.at[mappings.CUSTOMER]])
        if not code:
            if mapping.leaves_out_anonymous:
                found.left_out[ANONYMOUS] += 1
                return
            raise BadCellError(
                mappings.CUSTOMER, _("The customer code is missing."), _("Enter the code, or delete the row.")
            )
        if code not in found.customers:
            self.add_customer(code, values)
        if self.code_at is not None and self.is_no_goods(text(values[self.code_at])):
            found.left_out[NO_GOODS] += 1
            return
        parts = self.worth(values)
        if parts is None:
            found.left_out[WORTHLESS] += 1
            return
        order = self.order_of(number_of_row, code, values)
        order.parts += parts
        order.lines += 1
        if self.category_at is not None and abs(parts) > order.largest:
            order.largest = abs(parts)
            order.category = printable(values[self.category_at])[: LENGTHS[mappings.CATEGORY]]
        line = hash(tuple([values[n] for n in self.at.values()]))
        if line in self.lines_seen:
            order.identical_lines += 1
        self.lines_seen.add(line)

    def add_customer(self, code: str, values: list[Value]) -> None:
        self.checked(mappings.CUSTOMER, values)
        name = self.checked(mappings.NAME, values) if mappings.NAME in self.at else ""
        if not name:
            place = self.checked(mappings.PLACE, values) if mappings.PLACE in self.at else ""
            name = self.mapping.name_pattern.format(code=code, place=place)
        self.found.customers[code] = FoundCustomer(code, name, self.province(values))

    def province(self, values: list[Value]) -> str:
        written = text(values[self.at[mappings.PROVINCE]]) if mappings.PROVINCE in self.at else ""
        province = regions.province_code(written) if written else ""
        if province is None:
            raise BadCellError(
                mappings.PROVINCE,
                _("There is no such province."),
                _("Enter a province such as 广东 or Guangdong, or leave the cell empty."),
            )
        return province

    def is_no_goods(self, code: str) -> bool:
        known = self.no_goods.get(code)
        if known is None:
            known = self.no_goods[code] = self.mapping.is_no_goods(code)
        return known

    def worth(self, values: list[Value]) -> int | None:
        """The line in parts; None where it is left out for want of a price."""
        if mappings.AMOUNT in self.at:
            return self.parsed(parse_amount, mappings.AMOUNT, values)
        price = self.parsed(parse_price, mappings.PRICE, values)
        if price <= 0 and self.mapping.leaves_out_worthless:
            return None
        return price * self.parsed(parse_quantity, mappings.QUANTITY, values)

    def order_of(self, number_of_row: int, customer: str, values: list[Value]) -> FoundOrder:
        number = printable(values[self.at[mappings.NUMBER]])
        on = self.parsed(parse_day, mappings.DATE, values)
        order = self.orders.get(number)
        if order is None:
            self.number(values)
            if on > self.today:
                raise BadCellError(
                    mappings.DATE,
                    _("The day lies in the future."),
                    _("Enter the day on which it was ordered."),
                )
            order = self.orders[number] = FoundOrder(number, customer, on, self.place, number_of_row)
        elif order.customer != customer:
            raise BadCellError(
                mappings.CUSTOMER,
                str(_("Order %(number)s belongs to customer %(customer)s in row %(row)s."))
                % {"number": number, "customer": order.customer, "row": order.row},
                _("Give all rows of an order the same customer."),
            )
        elif order.on != on:
            raise BadCellError(
                mappings.DATE,
                str(_("Order %(number)s has another day in row %(row)s."))
                % {"number": number, "row": order.row},
                _("Give all rows of an order the same day."),
            )
        return order

    def number(self, values: list[Value]) -> str:
        if number := self.checked(mappings.NUMBER, values):
            return number
        raise BadCellError(
            mappings.NUMBER, _("The order number is missing."), _("Enter the number, or delete the row.")
        )

    def parsed(self, parse: Callable[[Value], T], name: str, values: list[Value]) -> T:
        value = values[self.at[name]]
        try:
            return parse(value)
        except ValueError as error:
            if value is None:
                missing = str(_("“%(field)s” is empty.")) % {"field": mappings.FIELDS[name]}
                raise BadCellError(name, missing, str(error)) from None
            problem = str(_("This is not understood as “%(field)s”.")) % {"field": mappings.FIELDS[name]}
            raise BadCellError(name, problem, str(error)) from None

    def checked(self, name: str, values: list[Value]) -> str:
        """The text of a cell, its spaces made single."""
        found = printable(values[self.at[name]])
        if len(found) > LENGTHS[name]:
            raise BadCellError(
                name,
                str(_("“%(field)s” is too long.")) % {"field": mappings.FIELDS[name]},
                str(_("Enter at most %(limit)s letters.")) % {"limit": LENGTHS[name]},
            )
        return found

    def finish(self) -> None:
        """The sheet has ended: what it says is laid beside what the sheets before it said."""
        for number, order in self.orders.items():
            self.check_worth(order)
            before = self.found.orders.setdefault(number, order)
            if before is order:
                continue
            if before.is_same(order.customer, order.on, order.amount):
                self.found.repeated_orders += 1
                self.found.left_out[REPEATED] += order.lines
            else:
                where = {"sheet": before.place.sheet, "row": before.row}
                problem = str(_("The order stands in row %(row)s of %(sheet)s with other content.")) % where
                add_order_error(self.found, order, problem, _("Keep one of the two."))

    def check_worth(self, order: FoundOrder) -> None:
        prefix = self.mapping.cancelled_by
        if prefix and order.number.startswith(prefix) and order.parts > 0:
            problem = _("A cancellation is worth more than nothing.")
            add_order_error(self.found, order, problem, _("Enter its quantities with a minus sign."))
        elif abs(order.amount) > money.LARGEST:
            problem = _("That amount is too large to be true.")
            add_order_error(self.found, order, problem, _("Correct the rows of this order."))


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


def set_days(found: Found) -> None:
    """First and last day of each customer's orders; of the returns where there is nothing else."""
    bought = {order.customer for order in found.orders.values() if order.parts > 0}
    for order in found.orders.values():
        if order.parts > 0 or order.customer not in bought:
            customer = found.customers[order.customer]
            customer.first_on = min(customer.first_on or order.on, order.on)
            customer.last_on = max(customer.last_on or order.on, order.on)


# Cells


def text(value: Value) -> str:
    return value.strip() if type(value) is str else sheets.text_of(value)


def printable(value: Value) -> str:
    """The text on one line: its spaces made single, without what cannot be seen."""
    return one_line(text(value))


@lru_cache(maxsize=100_000)
def one_line(written: str) -> str:
    seen = "".join(character for character in " ".join(written.split()) if character.isprintable())
    return seen.strip()


@lru_cache(maxsize=100_000, typed=True)
def parse_day(value: Value) -> date:
    return sheets.parse_date(value)


@lru_cache(maxsize=100_000, typed=True)
def parse_amount(value: Value) -> int:
    return sheets.parse_money(value) * PARTS


@lru_cache(maxsize=100_000, typed=True)
def parse_price(value: Value) -> int:
    """In millionths of a yuan."""
    return scaled(value, 6, _("Enter a price such as 12.50, with at most six decimals."))


@lru_cache(maxsize=100_000, typed=True)
def parse_quantity(value: Value) -> int:
    """In thousandths."""
    return scaled(value, 3, _("Enter a quantity such as 12 or 2.5, with at most three decimals."))


PARSERS: Final[dict[str, Callable[[Value], Any]]] = {
    mappings.DATE: parse_day,
    mappings.AMOUNT: parse_amount,
    mappings.PRICE: parse_price,
    mappings.QUANTITY: parse_quantity,
}
_NUMBER: Final = re.compile(
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13})(?:\.[0-9]{0,12})?|[-+]?\.[0-9]{1,12}"
)


def scaled(value: Value, places: int, message: Promise) -> int:
    """The number as a whole number of its smallest part; exactly, or ValueError."""
    written = unicodedata.normalize("NFKC", text(value)).replace("−", "-").replace(" ", "")
    for mark in (settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY], "元"):
        written = written.replace(mark, "")
    if isinstance(value, bool) or not _NUMBER.fullmatch(written):
        raise ValueError(message)
    number = Decimal(written.replace(",", "")).scaleb(places)
    if number != number.to_integral_value():
        raise ValueError(message)
    return int(number)
