"""Who is in which tier on a day, of the customers that somebody sees: as arrays, for a book is large."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Standing
from maintenance.cadence import DAY
from maintenance.ledger.counting import Ints, Quarter
from tiering.models import TierChange
from toolbox import bulk
from toolbox.days import midnight


@dataclass(frozen=True, slots=True)
class Book:
    """By rising id. 0 is none."""

    ids: Ints
    owner: Ints
    team: Ints
    tier: Ints
    """On the day, gone or not."""
    gone: "np.typing.NDArray[np.bool_]"
    """Archived by the end of the day."""

    def places(self, ids: Ints) -> tuple[Ints, Ints]:
        """Where these customers stand, and which of the ids those are: others are not among them."""
        if not len(self.ids):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        at = np.searchsorted(self.ids, ids)
        known = np.flatnonzero((at < len(self.ids)) & (self.ids[np.minimum(at, len(self.ids) - 1)] == ids))
        return at[known], known


def book_of(user: User, *, on: date, tiers: Ints | None = None) -> Book:
    """`tiers` by the id of the customer, where they are known already."""
    customers: QuerySet[Customer] = Customer.objects.visible_to(user)
    gone = Case(When(Q(archived_at__lt=midnight(on + DAY)), then=Value(1)), default=Value(0))
    rows = bulk.read(
        customers.order_by("pk").values_list("pk", Coalesce("owner_id", 0), Coalesce("team_id", 0), gone)
    )
    if tiers is None:
        tiers = tiers_on(user, on)
    most = max(int(rows[-1, 0]) if len(rows) else 0, len(tiers) - 1)
    by_id = np.zeros(most + 1, np.int64)
    by_id[: len(tiers)] = tiers
    return Book(rows[:, 0], rows[:, 1], rows[:, 2], by_id[rows[:, 0]], rows[:, 3] == 1)


def tiers_on(user: User, day: date) -> Ints:
    """By the id of the customer: as they stand, or, on a day that is over, by the last change up to it."""
    if day < timezone.localdate():
        return by_customer(bulk.read(changes(user, until=day)))
    rows = Standing.objects.order_by()
    if not user.sees_all:
        rows = rows.filter(customer__in=Customer.objects.visible_to(user))
    return by_customer(bulk.read(rows.values_list("customer_id", Coalesce("tier_id", 0))))


def tiers_around(user: User, quarter: Quarter, *, most: int) -> tuple[Ints, Ints]:
    """When the quarter began and on its last day, of ids up to `most` at least: every change is read once."""
    is_before = Case(When(effective_on__lt=quarter.first, then=Value(1)), default=Value(0))
    rows = bulk.read(changes(user, until=quarter.last, before=is_before))
    return by_customer(rows[rows[:, 2] == 1], most), by_customer(rows, most)


def changes(user: User, *, until: date, **more: Case) -> QuerySet[TierChange, Any]:
    """(customer, tier), in the order of the chain."""
    rows = TierChange.objects.visible_to(user).that_stand().filter(effective_on__lte=until).order_by("pk")
    return rows.annotate(**more).values_list("customer_id", Coalesce("to_tier_id", 0), *more)


def by_customer(rows: Ints, most: int = 0) -> Ints:
    """Of several the last one stays."""
    found = np.zeros(max(most, int(rows[:, 0].max(initial=0))) + 1, np.int64)
    found[rows[:, 0]] = rows[:, 1]
    return found
