"""What hangs on a customer when it is handed over: for the checklist, and what becomes of each when it is accepted.

Apps register their parts. What has an account manager of its own moves with the customer; everything else hangs on the
customer and stays with it, so that the successor finds it. What happened keeps the name of who did it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from customers.models import Contact, Customer, Handover, KeyDate, Memo, Payment, Seat, ServiceRequest

SHOWN: Final = 5
STAYS: Final = gettext_lazy("stays with the customer")
MOVES: Final = gettext_lazy("goes over to the successor")


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """What was accepted: of whose customers, from whom to whom."""

    customers: Sequence[int]
    giver: User | None
    taker: User
    by: User
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A line of the checklist."""

    key: str
    name: Promise
    rows: Callable[[Handover], QuerySet[Any]]
    """What there is of it, in an order for people."""
    line: Callable[[Any], str]
    """One of the rows, in words; a colleague reads it."""
    with_names: tuple[str, ...] = ("customer",)
    """What `line` reads besides the row."""
    prepare: Callable[[Sequence[Any]], None] | None = None
    """Told of the rows before they are put in words, all at once."""
    fate: Promise = STAYS
    move: Callable[[Move], int] | None = None
    """Gives it to the successor, set-wise; how many went over."""
    follows: bool = False
    """It moves with every change of the account manager, whether or not anything was handed over."""


parts: Final[dict[str, Part]] = {}


def register(*new: Part) -> None:
    parts.update({part.key: part for part in new})


@dataclass(frozen=True, slots=True)
class Given:
    """A customer that is somebody else's now."""

    customer: int
    giver: int | None
    taker: int | None


def follow(given: Iterable[Given], *, by: User, at: datetime) -> None:
    """What has the account manager's name on it goes to the new one. Where there is none it stays as it is."""
    pairs = defaultdict[tuple[int, int], list[int]](list)
    for one in given:
        if one.giver and one.taker and one.giver != one.taker:
            pairs[one.giver, one.taker].append(one.customer)
    people = User.objects.in_bulk({pk for pair in pairs for pk in pair})
    for (giver, taker), customers in pairs.items():
        move = Move(customers=customers, giver=people[giver], taker=people[taker], by=by, at=at)
        for part in parts.values():
            if part.follows and part.move:
                part.move(move)


def theirs(handover: Handover) -> QuerySet[Customer]:
    """The customers of a hand-over."""
    return Customer.objects.filter(handovers__handover=handover)


def lines(part: Part, handover: Handover) -> list[str]:
    """The first of them in words."""
    rows = list(part.rows(handover).select_related(*part.with_names)[:SHOWN])
    if part.prepare:
        part.prepare(rows)
    return [part.line(row) for row in rows]


def of(model: Any, *order: str) -> Callable[[Handover], QuerySet[Any]]:
    def rows(handover: Handover) -> QuerySet[Any]:
        found: QuerySet[Any] = model.objects.filter(customer__in=theirs(handover).values("pk"))
        return found.order_by(*order, "pk")

    return rows


def contacts(handover: Handover) -> QuerySet[Contact]:
    return of(Contact, "customer", "-is_primary")(handover)


def open_payments(handover: Handover) -> QuerySet[Payment]:
    return of(Payment, "due_on")(handover).filter(paid_on=None)


def open_requests(handover: Handover) -> QuerySet[ServiceRequest]:
    return of(ServiceRequest, "opened_at")(handover).filter(resolved_at=None)


def serving(handover: Handover) -> QuerySet[Seat]:
    return of(Seat, "customer", "department")(handover).serving()  # type: ignore[attr-defined,no-any-return]


def written(handover: Handover) -> QuerySet[Customer]:
    """Customers of whom something stands in the notes of the profile."""
    return theirs(handover).exclude(notes="").order_by("pk")


def shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def register_own() -> None:
    register(
        Part(
            key="contacts",
            name=gettext_lazy("Contacts known"),
            rows=contacts,
            line=lambda row: " · ".join(part for part in (row.name, row.title, row.customer.name) if part),
        ),
        Part(
            key="key-dates",
            name=gettext_lazy("Key dates"),
            rows=of(KeyDate, "on"),
            line=lambda row: f"{date_format(row.on)} · {row.label} · {row.customer.name}",
        ),
        Part(
            key="notes",
            name=gettext_lazy("Notes on the customer"),
            rows=written,
            line=lambda row: f"{row.name}: {shortened(row.notes)}",
            with_names=(),
        ),
        Part(
            key="memos",
            name=gettext_lazy("Notes to colleagues, with their files"),
            rows=of(Memo, "-at"),
            line=lambda row: f"{date_format(row.at)} · {row.by.name}: {shortened(row.words)}",
            with_names=("customer", "by"),
        ),
        Part(
            key="seats",
            name=gettext_lazy("Service team"),
            rows=serving,
            line=lambda row: f"{row.get_department_display()}: {row.person.name} · {row.customer.name}",
            with_names=("customer", "person"),
        ),
        Part(
            key="requests",
            name=gettext_lazy("Open service requests"),
            rows=open_requests,
            line=lambda row: f"{row.subject} · {row.customer.name}",
        ),
        Part(
            key="payments",
            name=gettext_lazy("Open payments"),
            rows=open_payments,
            line=lambda row: (
                _("%(customer)s, due on %(day)s")
                % {"customer": row.customer.name, "day": date_format(row.due_on)}
            ),
        ),
    )
