"""Promised, kept, late, broken, excused: counted in the database, by what one asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Case, Count, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Department, Team, User
from customers import scales
from customers.models import Customer, Tier
from maintenance.ledger import counting, outcomes
from maintenance.ledger.counting import NOTHING, Ints, Quarter, Tally
from maintenance.models.obligation import ObligationQuerySet
from toolbox import bulk, pinyin
from toolbox.calendars import quarter_of
from toolbox.choices import said

BY: Final[dict[str, Words | str]] = {
    "owner": gettext_lazy("Account manager"),
    "team": gettext_lazy("Team"),
    "tier": gettext_lazy("Tier"),
    "department": gettext_lazy("Department"),
    "quarter": gettext_lazy("Quarter"),
    "customer": gettext_lazy("Customer"),
}
QUARTERS: Final = 5
"""So many are set side by side: the one that runs, and the same one a year ago."""
NAMED: Final = 1_000
"""Customers whose names are fetched together."""


@dataclass(frozen=True, slots=True)
class Line:
    key: int | str
    """The id, the department, the first day of the quarter; 0 where there is none."""
    name: str
    tally: Tally
    tier: Tier | None = None
    quarter: Quarter | None = None


def in_days(rows: ObligationQuerySet, first: date, last: date) -> ObligationQuerySet:
    """Those that were promised for these days: by the day on which they were first due."""
    return outcomes.promised(rows).filter(originally_due_on__gte=first, originally_due_on__lte=last)


def lines(rows: ObligationQuerySet, by: str, quarter: Quarter, *, today: date) -> Sequence[Line]:
    """In the order in which people look for them: customers with most that is broken first."""
    if by == "customer":
        return of_customers(rows, quarter)
    if by == "quarter":
        return of_quarters(rows, counting.quarters(today, QUARTERS))
    found = in_days(rows, quarter.first, quarter.last).order_by().annotate(outcome=outcomes.outcome())
    counted = found.values_list(by, "outcome").annotate(n=Count("*"))
    tallies = counting.tallies((key or 0, int(which), n) for key, which, n in counted)
    return {"owner": of_owners, "team": of_teams, "tier": of_tiers, "department": of_departments}[by](tallies)


Tallies = dict[Any, Tally]


def of_owners(tallies: Tallies) -> list[Line]:
    people = User.objects.in_bulk([key for key in tallies if key])
    return in_reading_order(
        Line(key, said(people[key]) if key else str(_("Without account manager")), tally)
        for key, tally in tallies.items()
    )


def of_teams(tallies: Tallies) -> list[Line]:
    teams = Team.objects.in_bulk([key for key in tallies if key])
    return in_reading_order(
        Line(key, str(teams[key]) if key else str(_("Without team")), tally) for key, tally in tallies.items()
    )


def in_reading_order(found: Iterator[Line]) -> list[Line]:
    """By name; who or what is nobody's comes last."""
    return sorted(found, key=lambda line: (not line.key, pinyin.sort_key(line.name)))


def of_tiers(tallies: Tallies) -> list[Line]:
    """Best first."""
    tiers = Tier.objects.in_bulk(list(tallies))
    scales.tell_apart(tiers.values())
    ranked = sorted(tiers.values(), key=lambda tier: (tier.scale, tier.rank))
    return [Line(tier.pk, tier.label, tallies[tier.pk], tier=tier) for tier in ranked]


def of_departments(tallies: Tallies) -> list[Line]:
    return [
        Line(department.value, str(department.label), tallies[department.value])
        for department in Department
        if department.value in tallies
    ]


def of_quarters(rows: ObligationQuerySet, quarters: list[Quarter]) -> list[Line]:
    """Newest first, from the first one on in which anything was promised."""
    nth = Case(*(When(originally_due_on__gte=q.first, then=Value(n)) for n, q in enumerate(quarters)))
    found = in_days(rows, quarters[-1].first, quarters[0].last).order_by()
    counted = found.annotate(nth=nth, outcome=outcomes.outcome()).values_list("nth", "outcome")
    tallies = counting.tallies(
        (int(n), int(which), count) for n, which, count in counted.annotate(n=Count("*"))
    )
    last = max(tallies, default=-1)
    return [
        Line(q.first.isoformat(), quarter_name(q), tallies.get(n, NOTHING), quarter=q)
        for n, q in enumerate(quarters[: last + 1])
    ]


def quarter_name(quarter: Quarter) -> str:
    name = quarter_of(quarter.first)
    return name if quarter.is_closed else _("%(period)s so far") % {"period": name}


def of_customers(rows: ObligationQuerySet, quarter: Quarter) -> "Customers":
    found = in_days(rows, quarter.first, quarter.last).order_by().annotate(outcome=outcomes.outcome())
    counted = found.values_list("customer_id", Coalesce("outcome", 0)).annotate(n=Count("*"))
    return Customers(*counting.worst_first(bulk.read(counted)))


class Customers(Sequence[Line]):
    """As many as there are customers: kept as numbers, named when they are looked at."""

    def __init__(self, ids: Ints, counts: Ints) -> None:
        self.ids, self.counts = ids, counts

    @property
    def whole(self) -> Tally:
        return Tally(*self.counts.sum(axis=0).tolist())

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return self.named(self.ids[place], self.counts[place])
        return self.named(self.ids[[place]], self.counts[[place]])[0]

    def __iter__(self) -> Iterator[Line]:
        for start in range(0, len(self), NAMED):
            yield from self[start : start + NAMED]

    def named(self, ids: Ints, counts: Ints) -> list[Line]:
        names = dict(Customer.objects.filter(pk__in=ids.tolist()).values_list("pk", "name"))
        return [
            Line(pk, names[pk], Tally(*own)) for pk, own in zip(ids.tolist(), counts.tolist(), strict=True)
        ]
