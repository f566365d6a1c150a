"""Lines of orders as rows of a sheet: those of one number are added up to an order, and bring new customers along."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _, gettext_lazy, ngettext

from customers import services
from customers.imports import columns as cells
from customers.imports.columns import Column
from customers.imports.kind import Candidate, portions, register
from customers.imports.loading import customer_of
from customers.imports.of_customers import hindrances
from customers.imports.of_facts import Known, Orders
from customers.imports.orders.cells import PARTS, parse_price, parse_quantity, printable
from customers.imports.orders.found import FoundCustomer
from customers.models import Customer, Order
from customers.reference import regions
from toolbox import money, sheets
from toolbox.rounding import round_half_up
from toolbox.sheets import Header, Row, Value, WrongValueError

LINE: Final = ("quantity", "price")
"""What only a line says."""


@dataclass(slots=True)
class Gathered:
    """On its way: its first line, and what the others add."""

    row: Row
    customer: str
    day: str
    parts: int = 0
    largest: int = -1
    category: Value = None
    lines: set[int] = field(default_factory=set)
    alike: int = 0

    @property
    def amount(self) -> int:
        rounded = round_half_up(abs(self.parts), PARTS)
        return -rounded if self.parts < 0 else rounded


@dataclass(frozen=True, slots=True)
class Span:
    first: date
    last: date


@register
class OrderLines(Orders):
    key = "order_lines"
    name = gettext_lazy("Order lines")
    description = gettext_lazy(
        "One row for each line of an order: rows with the same order number are added up. Customers who are not on record yet are created with their code."
    )
    icon = "list"
    may = "may_load_orders"

    def make_columns(self) -> list[Column]:
        self.spans: dict[str, Span] = {}
        self.end: date | None = None
        self._alike: dict[int, int] = {}
        self.is_multiplied = False
        own = [column for column in super().make_columns() if column.key != "customised_share"]
        amount = next(column for column in own if column.key == "amount")
        self._money = amount.parser
        added_up = Column(
            key="amount", name=amount.name, also=(*amount.also, "小计", "行金额", "line total", "line amount"),
            parser=cells.as_it_is, show=amount.show, written="money", sample=amount.sample,
            hint=gettext_lazy("Or quantity and unit price."),
        )  # fmt: skip
        return [
            *(added_up if column.key == "amount" else column for column in own),
            Column(key="quantity", name=gettext_lazy("Quantity"), also=("数量", "订购数量", "销售数量", "quantity", "qty"), parser=cells.as_it_is, written="integer"),
            Column(key="price", name=gettext_lazy("Unit price"), also=("单价", "含税单价", "unit price", "price"), parser=cells.as_it_is, written="money"),
            Column(
                key="province", name=gettext_lazy("Province"), also=("省份", "省", "所在省份", "province"),
                parser=cells.looked_up(
                    regions.province_code, gettext_lazy("This province is not known."),
                    gettext_lazy("Enter a province such as 江苏 or Jiangsu."),
                ),
                show=regions.province_name, hint=gettext_lazy("Of new customers."),
            ),
        ]  # fmt: skip

    # From lines to orders

    def placed(self, mapping: dict[str, int], width: int) -> dict[str, int]:
        """The amount that quantity and unit price make stands behind the last column."""
        self.is_multiplied = "amount" not in mapping and set(LINE) <= mapping.keys()
        return mapping | {"amount": width} if self.is_multiplied else mapping

    def gathered(
        self,
        rows: Iterator[Row],
        mapping: dict[str, int],
        header: Callable[[int], Header],
        refuse: Callable[[Candidate, Row], None],
    ) -> Iterator[Row]:
        reads = self._readers(mapping, header)
        worth = self._worth(mapping, reads)
        found: dict[str, Gathered] = {}
        single: list[Row] = []
        for row in rows:
            said = {key: row.values[at] if at < len(row.values) else None for key, at in mapping.items()}
            number = (
                printable(said.get("number")) if not isinstance(said.get("number"), sheets.Broken) else ""
            )
            try:
                self._take(found, row, number, said, worth)
            except WrongValueError as wrong:
                candidate = Candidate(row.number, {})
                candidate.refuse(wrong_key(said, mapping, reads), wrong.problem, wrong.remedy)
                refuse(candidate, row)
        at, width = mapping.get("amount", -1), max(mapping.values(), default=0) + 1
        for order in found.values():
            values = [*order.row.values, *[None] * (width - len(order.row.values))]
            for key in LINE:
                if key in mapping:
                    values[mapping[key]] = None
            if at >= 0:
                values[at] = order.amount
            if "category" in mapping:
                values[mapping["category"]] = order.category
            self._span(order)
            if order.alike:
                self._alike[order.row.number] = order.alike
            single.append(Row(order.row.number, values))
        yield from sorted(single)

    def _readers(
        self, mapping: dict[str, int], header: Callable[[int], Header]
    ) -> dict[str, Callable[[Any], Any]]:
        """What reads the cells that are read here, by the units of their headers."""
        reads: dict[str, Callable[[Any], Any]] = {"ordered_on": sheets.parse_date}
        if self.is_multiplied:
            price = header(mapping["price"])
            reads["price"] = (
                cells.foreign(price) if price.currency else partial(parse_price, factor=price.factor)
            )
            reads["quantity"] = parse_quantity
        elif "amount" in mapping:
            reads["amount"] = self._money(header(mapping["amount"]))
        return reads

    def _worth(
        self, mapping: dict[str, int], reads: Mapping[str, Callable[[Any], Any]]
    ) -> Callable[[dict[str, Value]], int]:
        if self.is_multiplied:
            return lambda said: reads["price"](said["price"]) * reads["quantity"](said["quantity"])
        if "amount" not in mapping:
            return lambda _said: 0
        return lambda said: int(reads["amount"](said["amount"])) * PARTS

    def _take(
        self,
        found: dict[str, Gathered],
        row: Row,
        number: str,
        said: dict[str, Value],
        worth: Callable[[dict[str, Value]], int],
    ) -> None:
        customer = printable(said.get("customer")) or printable(said.get("customer_name"))
        day = sheets.parse_date(said["ordered_on"]).isoformat() if "ordered_on" in said else ""
        parts = worth(said)
        order = found.setdefault(number or f"\0{row.number}", Gathered(row, customer, day))
        if order.customer != customer:
            raise WrongValueError(
                _("Order %(number)s belongs to customer %(customer)s in row %(row)s.")
                % {"number": number, "customer": order.customer, "row": order.row.number},
                _("Give all rows of an order the same customer."),
            )
        if order.day != day:
            raise WrongValueError(
                _("Order %(number)s has another day in row %(row)s.")
                % {"number": number, "row": order.row.number},
                _("Give all rows of an order the same day."),
            )
        order.parts += parts
        if abs(order.amount) > money.LARGEST:
            raise WrongValueError(
                _("That amount is too large to be true."), _("Correct the rows of this order.")
            )
        if abs(parts) > order.largest:
            order.largest, order.category = abs(parts), said.get("category")
        line = hash(tuple(map(str, said.values())))
        order.alike += line in order.lines
        order.lines.add(line)

    def _span(self, order: Gathered) -> None:
        if not order.day:
            return
        day = date.fromisoformat(order.day)
        known = self.spans.get(order.customer, Span(day, day))
        self.spans[order.customer] = Span(min(known.first, day), max(known.last, day))
        self.end = max(self.end or day, day)

    # Whose they are

    def _find_customer(
        self, row: Candidate, by_code: dict[str, Known], by_name: dict[str, list[Known]]
    ) -> None:
        code = row.values.get("customer")
        province = row.values.pop("province", None)
        if not code or code in by_code:
            super()._find_customer(row, by_code, by_name)
            return
        row.values["customer_name"] = row.values.get("customer_name") or code
        row.links["new"] = 1
        if province:
            row.values["province"] = province
        if span := self.spans.get(str(code)):
            row.links |= {"first": span.first.toordinal(), "last": span.last.toordinal()}
        if self.end:
            row.links["end"] = self.end.toordinal()

    def _identify(self, row: Candidate, pk: int, customer: int, is_visible: bool) -> None:
        super()._identify(row, pk, customer, is_visible)
        if is_visible and "new" in row.links:
            row.refuse(
                "customer",
                _("On record, this number is another customer's."),
                _("Correct the customer or the number."),
            )

    def out_of_reach(self, rows: Sequence[Candidate]) -> set[int]:
        return super().out_of_reach([row for row in rows if "new" not in row.links])

    def remark(self, rows: Sequence[Candidate]) -> None:
        for row in rows:
            if count := self._alike.pop(row.number, 0):
                row.remark(
                    "number",
                    ngettext(
                        "%(count)s line of this order equals another one. It is taken for a second purchase and counted.",
                        "%(count)s lines of this order equal others. They are taken for further purchases and counted.",
                        count,
                    )
                    % {"count": count},
                )

    # What is done

    def create(self, rows: Sequence[Candidate]) -> list[int]:
        new = {str(row.values["customer"]): row for row in rows if "new" in row.links}
        ids = {code: known[0] for code, known in self._by_code(set(new)).items()}
        made = [self._customer(row) for code, row in new.items() if code not in ids]
        ids |= services.create_many(made, by=self.by)
        for row in rows:
            if "new" in row.links:
                row.links["customer"] = ids[str(row.values["customer"])]
        return super().create(rows)

    def _customer(self, row: Candidate) -> Customer:
        def day(name: str) -> date:
            return date.fromordinal(row.links[name]) if name in row.links else self.today

        found = FoundCustomer(
            str(row.values["customer"]), str(row.values["customer_name"]), str(row.values.get("province") or ""),
            day("first"), day("last"),
        )  # fmt: skip
        return customer_of(found, day("end"), self.at)

    fields: ClassVar[dict[str, str]] = {
        key: name for key, name in Orders.fields.items() if key != "customised_share"
    }

    # And taken back

    def staying(self, made: Iterable[Sequence[Candidate]], *, locks: bool) -> list[tuple[Candidate, str]]:
        """Customers were created in the moment of the commit, and hold nothing but the orders of the sheet."""
        first: dict[int, Candidate] = {}
        orders: set[int] = set()
        for rows in made:
            for row in rows:
                if row.pk and "new" in row.links:
                    orders.add(row.pk)
                    first.setdefault(
                        row.links["customer"], Candidate(row.number, {}, str(row.values["customer_name"]))
                    )
        self._going = self._created(sorted(first), locks=locks)
        hindered = hindrances(sorted(self._going), besides={Order: orders})
        self._going -= {obstacle.pk for obstacle in hindered}
        return [(first[obstacle.pk], obstacle.problem) for obstacle in hindered]

    def _created(self, pks: list[int], *, locks: bool) -> set[int]:
        """Those of them who came with this sheet and are here to go."""
        assert self.committed_at  # noqa: S101 - it is undone
        found: set[int] = set()
        theirs = Customer.objects.visible_to(self.by).active().filter(created_at=self.committed_at)
        for some in portions(pks):
            rows = theirs.filter(pk__among=some).order_by("pk")
            found |= set(
                (rows.select_for_update(of=("self",)) if locks else rows).values_list("pk", flat=True)
            )
        return found

    def remove(self, rows: Sequence[Candidate]) -> None:
        super().remove([row for row in rows if row.links["customer"] not in self._going])

    def remove_along(self) -> None:
        """With their orders, of which no correction is left: it would be a correction of nobody."""
        services.delete_many(sorted(self._going), by=self.by, at=self.at, along=[Order])


def wrong_key(
    said: Mapping[str, Value], mapping: Mapping[str, int], reads: Mapping[str, Callable[[Any], Any]]
) -> str:
    """The column to whose cell a line's error belongs: the first that cannot be read."""
    for key in ("ordered_on", "amount", "price", "quantity"):
        if key in said and key in reads:
            try:
                reads[key](said[key])
            except WrongValueError:
                return key
    return "number" if "number" in mapping else next(iter(mapping), "")
