"""Who is in which tier on a day, of the customers that somebody sees: as arrays, for a book is large."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Standing
from maintenance.cadence import DAY
from maintenance.ledger.counting import Ints
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


def book_of(user: User, *, on: date) -> Book:
    customers: QuerySet[Customer] = Customer.objects.visible_to(user)
    gone = Case(When(Q(archived_at__lt=midnight(on + DAY)), then=Value(1)), default=Value(0))
    rows = bulk.read(
        customers.order_by("pk").values_list("pk", Coalesce("owner_id", 0), Coalesce("team_id", 0), gone)
    )
    tiers = tiers_on(None if user.sees_all else customers, on)
    most = max(int(rows[-1, 0]) if len(rows) else 0, int(tiers[:, 0].max()) if len(tiers) else 0)
    by_id = np.zeros(most + 1, np.int64)
    by_id[tiers[:, 0]] = tiers[:, 1]  # of several the last one stays
    return Book(rows[:, 0], rows[:, 1], rows[:, 2], by_id[rows[:, 0]], rows[:, 3] == 1)


def tiers_on(customers: QuerySet[Customer] | None, day: date) -> Ints:
    """Rows of (customer, tier): as they stand, or, of a day that is over, every change up to it in the order of the chain."""
    if day >= timezone.localdate():
        rows = (
            Standing.objects.all() if customers is None else Standing.objects.filter(customer__in=customers)
        )
        return bulk.read(rows.order_by().values_list("customer_id", Coalesce("tier_id", 0)))
    changes = TierChange.objects.filter(effective_on__lte=day)
    if customers is not None:
        changes = changes.filter(customer__in=customers)
    return bulk.read(changes.order_by("pk").values_list("customer_id", Coalesce("to_tier_id", 0)))
