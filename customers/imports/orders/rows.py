"""The rows of one sheet on their way into what was found."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.imports import mappings
from customers.imports.mappings import Mapping
from customers.imports.orders.cells import (
    PARSERS,
    parse_amount,
    parse_day,
    parse_price,
    parse_quantity,
    printable,
    text,
)
from customers.imports.orders.found import Found, FoundCustomer, FoundOrder, Place, add_order_error
from customers.reference import regions
from toolbox import money, sheets
from toolbox.sheets import Broken, CellError, Value, WrongValueError
from toolbox.sheets.values import broken_problem

T = TypeVar("T")

ANONYMOUS, NO_GOODS, WORTHLESS, REPEATED = "anonymous", "no_goods", "worthless", "repeated"
LENGTHS: Final = {
    mappings.NUMBER: 60,
    mappings.CUSTOMER: 40,
    mappings.NAME: 200,
    mappings.CATEGORY: 100,
    mappings.PLACE: 100,
}


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
        self.refuse_broken(values)
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

    def refuse_broken(self, values: list[Value]) -> None:
        for name, at in self.at.items():
            value = values[at]
            if type(value) is Broken:
                wrong = broken_problem(value)
                raise BadCellError(name, wrong.problem, wrong.remedy)

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
        except WrongValueError as wrong:
            if value is None:
                missing = str(_("“%(field)s” is empty.")) % {"field": mappings.FIELDS[name]}
                raise BadCellError(name, missing, wrong.remedy) from None
            raise BadCellError(name, wrong.problem, wrong.remedy) from None

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
