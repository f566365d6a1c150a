"""Before a run: how old the newest facts are, and how much of the book is unknown or stale."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Model
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Assessment, Contract, Figure, Order, Payment, ServiceRequest
from tiering import reasons
from tiering.measures import measures
from tiering.models import Followup, Run, Scheme

LATEST: Final = 1_000
"""So many rows that were recorded last are looked at: whatever is new is among them, in a table of millions too."""
OLD: Final = 31
"""Days after which the newest fact of a kind is remarked upon."""

KINDS: tuple[tuple[Promise, type[Model], str], ...] = (
    (_("Orders"), Order, "ordered_on"),
    (_("Payments"), Payment, "paid_on"),
    (_("Contracts"), Contract, "starts_on"),
    (_("Service requests"), ServiceRequest, "opened_at"),
    (_("Ratings"), Assessment, "rated_on"),
    (_("Figures"), Figure, "as_of"),
)


@dataclass(frozen=True)
class Newest:
    """Of one kind of fact. None where there is none at all."""

    name: Promise
    day: date | None
    recorded_on: date | None
    age: int | None
    """Days from the newest fact to today; facts of days to come do not count."""

    @property
    def is_old(self) -> bool:
        return self.age is None or self.age > OLD


def newest(*, today: date) -> list[Newest]:
    return [_newest(name, model, field, today) for name, model, field in KINDS]


def _newest(name: Promise, model: type[Model], field: str, today: date) -> Newest:
    rows = model._default_manager.order_by("-pk").values_list(field, "recorded_at")[:LATEST]
    days, recorded = [], []
    for day, recorded_at in rows:
        if day is not None:
            days.append(timezone.localdate(day) if isinstance(day, datetime) else day)
        recorded.append(timezone.localdate(recorded_at))
    day = max((day for day in days if day <= today), default=None)
    return Newest(name, day, max(recorded, default=None), (today - day).days if day else None)


@dataclass(frozen=True)
class Gap:
    """What of one indicator the last run did not know, or knew from long ago; shares in basis points."""

    key: str
    unknown: int
    stale: int
    customers: int

    @property
    def name(self) -> str:
        return reasons.name_of(self.key)

    @property
    def origin(self) -> str:
        known = measures().get(self.key)
        return str(known.origin.label) if known else ""

    @property
    def unknown_share(self) -> int:
        return self.unknown * 10_000 // (self.customers or 1)

    @property
    def stale_share(self) -> int:
        return self.stale * 10_000 // (self.customers or 1)


@dataclass(frozen=True)
class Gaps:
    followup: Followup
    rows: list[Gap]


def gaps() -> Gaps | None:
    """Of the last re-grades that have been worked through, one of each scheme that grades; the least known first."""
    done = Followup.objects.filter(finished_at__isnull=False, customers__gt=0, run__in=last_ones())
    lasts = list(done.select_related("run").order_by("-run__as_of", "-pk"))
    if not lasts:
        return None
    unknown, stale, customers = Counter[str](), Counter[str](), Counter[str]()
    for last in lasts:
        unknown.update(last.unknown)
        stale.update(last.stale)
        customers.update(dict.fromkeys({*last.unknown, *last.stale}, last.customers))
    keys = dict.fromkeys(key for last in lasts for key in [*last.unknown, *last.stale])
    rows = [Gap(key, unknown[key], stale[key], customers[key]) for key in keys]
    missing = [row for row in rows if row.unknown or row.stale]
    return Gaps(lasts[0], sorted(missing, key=lambda row: (-row.unknown - row.stale, row.key)))


def last_ones() -> list[int]:
    """Runs that have been worked through."""
    runs = Run.objects.published().of_the_book().filter(followup__finished_at__isnull=False)
    newest = (
        runs.in_line_with(scheme.pk, is_default=scheme.is_default)
        .filter(followup__customers__gt=0)
        .order_by("-as_of", "-pk")
        .values_list("pk", flat=True)
        .first()
        for scheme in Scheme.objects.grading()
    )
    return [pk for pk in newest if pk]
