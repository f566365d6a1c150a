"""Whether kept promises go with staying or rising in tier. They go with it or not; nothing here says why."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db.models import Count
from django.utils.functional import Promise as Words
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Tier
from maintenance.ledger import counting, outcomes, reckoning
from maintenance.ledger.counting import ENOUGH, Ints, Outcome, Quarter
from maintenance.ledger.standing import book_of, tiers_around
from maintenance.models.obligation import ObligationQuerySet
from tiering.course.counting import Tiers
from toolbox import bulk

GROUPS: Final[list[Words | str]] = [
    _("All kept"),
    _("Mostly kept (75% or more)"),
    _("Less than 75% kept"),
]


@dataclass(frozen=True, slots=True)
class Line:
    """Customers with a tier when the quarter began, by how much of what was promised to them in it was kept."""

    name: str
    rose: int
    stayed: int
    fell: int
    other: int
    """Archived, without a tier, or on another scale when it ended: of them nothing can be said."""

    @property
    def compared(self) -> int:
        return self.rose + self.stayed + self.fell

    @property
    def customers(self) -> int:
        return self.compared + self.other

    @property
    def is_enough(self) -> bool:
        return self.compared >= ENOUGH

    def part(self, n: int) -> int | None:
        return counting.share(n, self.compared) if self.is_enough else None

    @property
    def shares(self) -> list[tuple[int, int | None]]:
        """Rose, stayed, fell: how many, and which share of those compared, where they are enough."""
        return [(n, self.part(n)) for n in (self.rose, self.stayed, self.fell)]

    @property
    def held(self) -> int | None:
        """Rose or stayed."""
        return self.part(self.rose + self.stayed)


def lines(user: User, rows: ObligationQuerySet, quarter: Quarter) -> list[Line]:
    found = reckoning.in_days(rows, quarter.first, quarter.last).order_by()
    counted = found.annotate(outcome=outcomes.outcome()).values_list("customer_id", "outcome")
    ids, kept, decided = faithful(bulk.read(counted.annotate(n=Count("*"))))
    before, after = tiers_around(user, quarter, most=int(ids.max(initial=0)))
    book = book_of(user, on=quarter.last, tiers=after)
    at, known = book.places(ids)
    index, tiers = scales_of()
    was, became = index[before[book.ids[at]]], index[book.tier[at]]
    had = was > 0
    crossed = counting.crossed(
        counting.faith_of(kept[known], decided[known])[had],
        counting.move_of(was, became, tiers.rank, tiers.scale, book.gone[at])[had],
    )
    return [Line(str(name), *own) for name, own in zip(GROUPS, crossed.tolist(), strict=True)]


def faithful(rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Of rows of (customer, outcome, how many): customers of whom something is decided, how much was kept, of how much."""
    ids, at = np.unique(rows[:, 0], return_inverse=True)
    kept, decided = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    is_kept = (rows[:, 1] == Outcome.KEPT) | (rows[:, 1] == Outcome.LATE)
    np.add.at(kept, at[is_kept], rows[is_kept, 2])
    is_decided = is_kept | (rows[:, 1] == Outcome.BROKEN)
    np.add.at(decided, at[is_decided], rows[is_decided, 2])
    some = decided > 0
    return ids[some], kept[some], decided[some]


def scales_of() -> tuple[Ints, Tiers]:
    """The index of a tier by its id, and what is known by index; 0 is none."""
    tiers = Tiers.of(list(Tier.objects.values_list("pk", "scale", "rank")))
    index = np.zeros(max(tiers.index) + 1, np.int64)
    for pk, n in tiers.index.items():
        index[pk] = n
    return index, tiers
