"""Contacts beyond the promise: those that keep none of what is promised. They take time, and cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

import numpy as np
from django.db.models import Case, Count, Value, When
from django.utils.translation import gettext as _

from accounts.models import Department, Team, User
from customers import scales
from customers.models import Channel, Customer, Interaction, Tier
from maintenance.cadence import DAY
from maintenance.ledger import counting, reckoning
from maintenance.ledger.counting import Ints, Quarter
from maintenance.ledger.standing import Book, book_of
from maintenance.models.playbook import MINUTES
from toolbox import bulk, pinyin
from toolbox.choices import said
from toolbox.days import midnight

DEPARTMENTS: Final = list(Department)
CHANNELS: Final = list(Channel)
MINUTES_OF: Final = np.array([MINUTES[channel] for channel in CHANNELS], np.int64)
CUSTOMER, DEPARTMENT, CHANNEL, IS_BEYOND, COUNT = range(5)
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Line:
    key: int | str
    name: str
    contacts: int
    """All of them."""
    beyond: int
    minutes: int
    """Of those beyond, by what their channel takes."""
    tier: Tier | None = None
    first: date | None = None
    """Of a quarter."""

    @property
    def hours(self) -> Fraction:
        return Fraction(self.minutes, counting.MINUTES)

    @property
    def share(self) -> int | None:
        """Of the contacts, those beyond: in basis points."""
        return counting.share(self.beyond, self.contacts)


def line(key: int | str, name: str, own: list[int], **more: Any) -> Line:
    contacts, beyond, minutes = own
    return Line(key, name, contacts, beyond, minutes, **more)


def contacts(user: User, first: date, last: date) -> Ints:
    """Rows of (customer, department, channel, whether beyond, how many). A supporting department sees its own."""
    rows = Interaction.objects.visible_to(user).filter(at__gte=midnight(first), at__lt=midnight(last + DAY))
    if user.is_support:
        rows = rows.filter(department=user.department)
    department = Case(*(When(department=one, then=Value(n)) for n, one in enumerate(DEPARTMENTS)), default=0)
    channel = Case(*(When(channel=one, then=Value(n)) for n, one in enumerate(CHANNELS)), default=0)

    def counted(some: Any, is_beyond: int) -> Ints:
        found = some.order_by().annotate(which=department, how=channel, beyond=Value(is_beyond))
        return bulk.read(
            found.values_list("customer_id", "which", "how", "beyond").annotate(
                n=Count("pk", distinct=not is_beyond)
            )
        )

    keep_something = rows.filter(obligations__isnull=False)
    return np.concatenate([counted(keep_something, 0), counted(rows.filter(obligations=None), 1)])


def narrowed(rows: Ints, book: Book, asked: dict[str, Any]) -> tuple[Ints, Ints]:
    """Of customers that had a tier on the last day, and that are asked for; and where they stand in the book."""
    at, known = book.places(rows[:, CUSTOMER])
    rows = rows[known]
    keep = book.tier[at] > 0
    for name, attribute in (("owner", book.owner), ("team", book.team), ("tier", book.tier)):
        if wanted := asked.get(name):
            keep &= attribute[at] == (0 if wanted == NONE else wanted.pk)
    if asked.get("customer"):
        keep &= rows[:, CUSTOMER] == int(asked["customer"])
    if department := asked.get("department"):
        keep &= rows[:, DEPARTMENT] == DEPARTMENTS.index(department)
    return rows[keep], at[keep]


def lines(user: User, by: str, quarter: Quarter, asked: dict[str, Any], *, today: date) -> Sequence[Line]:
    """Customers with most minutes beyond first."""
    if by == "quarter":
        return [
            line(q.first.isoformat(), reckoning.quarter_name(q), sums, first=q.first)
            for q in counting.quarters(today, reckoning.QUARTERS)
            for sums in [whole(user, q, asked)]
            if sums[0]
        ]
    book = book_of(user, on=quarter.last)
    rows, at = narrowed(contacts(user, quarter.first, quarter.last), book, asked)
    keys = {
        "customer": rows[:, CUSTOMER],
        "owner": book.owner[at],
        "team": book.team[at],
        "tier": book.tier[at],
        "department": rows[:, DEPARTMENT],
    }[by]
    ids, counts = summed(keys, rows)
    if by == "customer":
        order = np.lexsort((ids, -counts[:, 0], -counts[:, 2]))
        return Customers(ids[order], counts[order])
    return named(by, ids.tolist(), counts.tolist())


def in_all(found: Sequence[Line], by: str) -> Line | None:
    """Of the quarter; several of them do not make one number."""
    if by == "quarter" or not found:
        return None
    if isinstance(found, Customers):
        return line(0, "", found.counts.sum(axis=0).tolist())
    counts = [(each.contacts, each.beyond, each.minutes) for each in found]
    return line(0, "", [sum(column) for column in zip(*counts, strict=True)])


def whole(user: User, quarter: Quarter, asked: dict[str, Any]) -> list[int]:
    """Contacts, those beyond, and their minutes."""
    rows, _at = narrowed(contacts(user, quarter.first, quarter.last), book_of(user, on=quarter.last), asked)
    _ids, counts = summed(np.zeros(len(rows), np.int64), rows)
    return counts[0].tolist() if len(counts) else [0, 0, 0]


def summed(keys: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """By key: contacts, those beyond, and their minutes."""
    ids, at = np.unique(keys, return_inverse=True)
    beyond = rows[:, COUNT] * rows[:, IS_BEYOND]
    counts = np.zeros((len(ids), 3), np.int64)
    for n, values in enumerate((rows[:, COUNT], beyond, beyond * MINUTES_OF[rows[:, CHANNEL]])):
        np.add.at(counts[:, n], at, values)
    return ids, counts


def named(by: str, ids: list[int], counts: list[list[int]]) -> list[Line]:
    found = dict(zip(ids, counts, strict=True))
    if by == "department":
        return [line(DEPARTMENTS[n].value, str(DEPARTMENTS[n].label), own) for n, own in found.items()]
    if by == "tier":
        tiers = Tier.objects.in_bulk(ids)
        scales.tell_apart(tiers.values())
        ranked = sorted(tiers.values(), key=lambda tier: (tier.scale, tier.rank))
        return [line(tier.pk, tier.label, found[tier.pk], tier=tier) for tier in ranked]
    model: Any = User if by == "owner" else Team
    nobody = _("Without account manager") if by == "owner" else _("Without team")
    there = model.objects.in_bulk(ids)
    every = [line(key, said(there[key]) if key else nobody, own) for key, own in found.items()]
    return sorted(every, key=lambda one: (not one.key, pinyin.sort_key(one.name)))


class Customers(Sequence[Line]):
    """Kept as numbers, named when they are looked at."""

    def __init__(self, ids: Ints, counts: Ints) -> None:
        self.ids, self.counts = ids, counts

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self[place : place + 1][0]
        ids = self.ids[place].tolist()
        names = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name"))
        return [line(pk, names[pk], own) for pk, own in zip(ids, self.counts[place].tolist(), strict=True)]

    def __iter__(self) -> Iterator[Line]:
        for start in range(0, len(self), reckoning.NAMED):
            yield from self[start : start + reckoning.NAMED]
