"""Checking what a file of orders would do, and doing it: all or nothing."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers.imports import kinds, orders
from customers.imports.mappings import MAPPINGS
from customers.imports.orders import File, Found, FoundCustomer, FoundOrder
from customers.models import Customer, Order, Source, Upload
from customers.services import create_many, recording, survivors
from toolbox import bulk
from toolbox.money import format_money
from toolbox.sheets import limits_in_force

T = TypeVar("T")

ASKED_AT_ONCE: Final = 5_000
SAMPLES: Final = 5
MOST_ROWS: Final = 1_048_576
"""Of a sheet of orders; one row for each line of an order makes more than other sheets have."""
SECONDS_PER_PROGRESS: Final = 1.0
LOCK: Final = 7_250_001
"""PostgreSQL's advisory lock of this module: two files are loaded one after the other."""


@dataclass
class Plan:
    """What the files would change in the book as it stands."""

    found: Found
    new_customers: list[FoundCustomer] = field(default_factory=list)
    new_orders: list[FoundOrder] = field(default_factory=list)
    known_orders: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    """Of the customers on record, by code."""

    def report(self) -> dict[str, Any]:
        """Counts and amounts for people; amounts in fen, days as ISO."""
        found = self.found
        bought = [order for order in self.new_orders if order.parts >= 0]
        returned = [order for order in self.new_orders if order.parts < 0]
        days = [order.on for order in found.orders.values()]
        return {
            "rows": found.rows,
            "customers_new": len(self.new_customers),
            "customers_known": len(found.customers) - len(self.new_customers),
            "orders_new": len(bought),
            "returns_new": len(returned),
            "orders_known": self.known_orders,
            "orders_repeated": found.repeated_orders,
            "rows_loaded": sum(order.lines for order in self.new_orders),
            "rows_known": sum(order.lines for order in found.orders.values())
            - sum(order.lines for order in self.new_orders),
            "amount": sum(order.amount for order in self.new_orders),
            "amount_returned": sum(order.amount for order in returned),
            "first_on": min(days).isoformat() if days else None,
            "last_on": max(days).isoformat() if days else None,
            "left_out": dict(found.left_out),
            "rows_wrong": found.rows_wrong,
            "identical_lines": sum(order.identical_lines for order in self.new_orders),
            "skipped_sheets": found.skipped_sheets,
            "errors": found.errors.count,
            "samples": [
                {
                    "number": order.number,
                    "customer": found.customers[order.customer].name,
                    "on": order.on.isoformat(),
                    "amount": order.amount,
                    "category": order.category,
                }
                for order in self.new_orders[:SAMPLES]
            ],
        }


def compare(found: Found) -> Plan:
    """Lay the files beside the book. What is on record with other content is an error."""
    plan = Plan(found, ids=ids_by_code(found.customers))
    plan.new_customers = [customer for code, customer in found.customers.items() if code not in plan.ids]
    known: set[str] = set()
    for numbers in portions(found.orders):
        on_record = Order.objects.filter(number__in=numbers).values_list(
            "number", "customer", "customer__code", "ordered_on", "amount"
        )
        for number, pk, code, on, amount in on_record:
            known.add(number)
            order = found.orders[number]
            if (plan.ids.get(order.customer), order.on, order.amount) != (pk, on, amount):
                refuse_changed(found, order, code, on, amount)
    plan.known_orders = len(known)
    plan.new_orders = [order for number, order in found.orders.items() if number not in known]
    return plan


def ids_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Of those on record. The code of a customer who was merged is another name of whom it went into."""
    ids = dict(
        pair
        for some in portions(codes)
        for pair in Customer.objects.filter(code__in=some).values_list("code", "pk")
    )
    went = {pk: into for some in portions(ids.values()) for pk, into in survivors(some).items()}
    return {code: went.get(pk, pk) for code, pk in ids.items()}


def refuse_changed(found: Found, order: FoundOrder, code: str, on: date, amount: int) -> None:
    problem = _("The order is on record with other content: customer %(customer)s, %(day)s, %(amount)s.") % {
        "customer": code,
        "day": on.isoformat(),
        "amount": format_money(amount, language=""),
    }
    orders.add_order_error(
        found,
        order,
        problem,
        _(
            "Correct the file, or have an administrator correct the order on record, then send the file again."
        ),
    )


def portions(items: Iterable[T]) -> Iterator[list[T]]:
    every = list(items)
    for at in range(0, len(every), ASKED_AT_ONCE):
        yield every[at : at + ASKED_AT_ONCE]


def write(plan: Plan, *, by: User | None, at: datetime) -> None:
    """Customers with their standing and history, then orders. To be called in a transaction."""
    today = plan.found.last_on or timezone.localdate(at)
    new_ids = create_many((customer_of(new, today, at) for new in plan.new_customers), by=by)
    ids = plan.ids | new_ids
    bulk.insert(
        Order,
        ("customer_id", "recorded_at", "number", "ordered_on", "amount", "category"),
        ((ids[o.customer], at, o.number, o.on, o.amount, o.category) for o in plan.new_orders),
    )


def customer_of(new: FoundCustomer, today: date, at: datetime) -> Customer:
    return Customer(
        code=new.code,
        name=new.name,
        province=new.province,
        lifecycle=new.lifecycle(today),
        source=Source.IMPORT,
        cooperation_since=new.first_on,
        created_at=at,
    )


@transaction.atomic
def load_found(found: Found, *, by: User | None) -> Plan:
    """Write what is new. With errors nothing is written; the caller looks at `plan.found.errors`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    at = recording()
    plan = compare(found)
    if not found.errors.count:
        write(plan, by=by, at=at)
    return plan


# A file that somebody sent


def check(upload: Upload) -> None:
    found = read(upload)
    plan = compare(found)
    upload.report, upload.errors, upload.total = plan.report(), found.errors.shown, found.rows


@transaction.atomic
def finish(upload: Upload, found: Found) -> None:
    plan = load_found(found, by=upload.by)
    upload.report = plan.report()
    if found.errors.count:
        raise kinds.RefusedError(found.errors.shown)
    kinds.mark_loaded(upload)


def load(upload: Upload) -> None:
    """The file is read again before the transaction begins, so that its progress can be seen on any database."""
    finish(upload, read(upload))


def read(upload: Upload) -> Found:
    with upload.file.open("rb") as stream:
        return orders.read_orders(
            [File(upload.name, stream)],
            MAPPINGS[upload.options["mapping"]],
            today=timezone.localdate(),
            limits=replace(limits_in_force(), rows=MOST_ROWS),
            progress=every_second(lambda done: kinds.show_progress(upload, done)),
        )


def every_second(tell: Callable[[int], None]) -> Callable[[int], None]:
    last = time.monotonic()

    def maybe(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_PER_PROGRESS:
            last = time.monotonic()
            tell(done)

    return maybe


HANDLER: Final = kinds.Handler(
    check=check, load=load, preview_template="customers/upload_orders.html", may="may_load_orders",
    send_url="customers:upload_orders",
)  # fmt: skip
