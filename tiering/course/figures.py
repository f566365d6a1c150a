"""Tier history of some customers, or of the whole book: read once, in whole numbers that fit into JSON."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import numpy as np
from django.db.models import BigIntegerField, Count, Max, Min, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, ExtractMonth, ExtractYear, TruncDate

from customers.models import Customer, Order, Standing, Tier
from tiering.book import Ints
from tiering.course import counting, periods
from tiering.models import TierChange
from toolbox import bulk
from toolbox.days import DayNumber

STRETCH: Final = 20_000
"""Customers at once."""
Customers = QuerySet[Customer]


def figures(customers: Customers | None, *, today: date) -> dict[str, Any]:
    """Of these customers, archived ones among them; of everybody where none are given."""
    return {
        "day": today.isoformat(),
        "moves": moves(customers),
        "stays": stays(customers, today),
        "held": held(customers, today),
        **concentration(customers),
    }


def rows_of(rows: QuerySet[Any], customers: Customers | None) -> QuerySet[Any]:
    rows = rows.order_by()
    return rows if customers is None else rows.filter(customer__in=customers.order_by().values("pk"))


def moves(customers: Customers | None) -> list[dict[str, Any]]:
    """Of each quarter from the first change on: upgrades, downgrades, first gradings and the rest. What was undone is none."""
    changes = rows_of(TierChange.objects.that_stand(), customers)
    tiers = Tier.objects.in_bulk()
    counts: defaultdict[tuple[date, date], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("up", "down", "first", "other"), 0)
    )
    for day, before, after, n in changes.values_list("effective_on", "from_tier", "to_tier").annotate(
        n=Count("pk")
    ):
        counts[periods.quarter_days(day)][direction(before, after, tiers)] += n
    span = changes.aggregate(first=Min("effective_on"), last=Max("effective_on"))
    if span["first"] is None:
        return []
    quarters = periods.quarters_between(span["first"], span["last"])
    return [{"days": [day.isoformat() for day in quarter], **counts[quarter]} for quarter in quarters]


def direction(before: int | None, after: int | None, tiers: dict[int, Tier]) -> str:
    """As `TierChangeFilter` tells them apart: another scale is neither up nor down."""
    if before is None:
        return "first"
    step = tiers[before].step_to(tiers[after]) if after else None
    return {1: "up", -1: "down"}.get(step or 0, "other")


def stays(customers: Customers | None, today: date) -> dict[str, Any]:
    """How long the active customers have been in their tier so far."""
    edges = periods.stay_days(today)
    standings = rows_of(Standing.objects.filter(tier__isnull=False, customer__archived_at=None), customers)
    by_tier: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    for tier, since, n in standings.exclude(since=None).values_list("tier", "since").annotate(n=Count("pk")):
        by_tier[tier].append((since, n))
    return {
        "edges": [[first and first.isoformat(), last.isoformat()] for first, last in edges],
        "tiers": [
            {
                "tier": tier,
                "median": counting.median([((today - since).days, n) for since, n in found]),
                "counts": [
                    sum(n for since, n in found if (first is None or first <= since) and since <= last)
                    for first, last in edges
                ],
            }
            for tier, found in by_tier.items()
        ],
    }


def held(customers: Customers | None, today: date) -> dict[str, list[dict[str, Any]]]:
    """What became of the customers of each tier, quarter by quarter and year by year."""
    tiers = list(Tier.objects.order_by("scale", "rank").values_list("pk", "scale", "rank"))
    known = counting.Tiers.of(tiers)
    kinds = {
        "quarter": periods.periods(today, months=periods.QUARTER, closed=periods.QUARTERS),
        "year": periods.periods(today, months=periods.YEAR, closed=periods.YEARS),
    }
    sums = {kind: [np.zeros((len(tiers) + 1, 5), np.int64) for _p in found] for kind, found in kinds.items()}
    first_month = min(periods.months_of_orders(found[0].start)[0] for found in kinds.values())
    for stretch in stretches(customers, known, first_month):
        for kind, found in kinds.items():
            for n, period in enumerate(found):
                sums[kind][n] += counting.held(stretch, known, period)
    return {
        kind: [
            {
                "days": [period.start.isoformat(), period.end.isoformat()],
                "is_closed": period.is_closed,
                "tiers": [
                    [pk, *sums[kind][n][known.index[pk]].tolist()]
                    for pk, *_more in tiers
                    if sums[kind][n][known.index[pk], :4].any()
                ],
            }
            for n, period in enumerate(found)
            if sums[kind][n][1:, :4].any()
        ]
        for kind, found in kinds.items()
    }


def stretches(
    customers: Customers | None, tiers: counting.Tiers, first_month: int
) -> Iterator[counting.Stretch]:
    """All the customers, so many at once that memory stays flat."""
    last = 0
    everybody = Customer.objects.all() if customers is None else customers
    archived = Coalesce(DayNumber(TruncDate("archived_at")), 0)
    while len(
        found := bulk.read(everybody.filter(pk__gt=last).order_by("pk").values_list("pk", archived)[:STRETCH])
    ):
        yield stretch(customers, tiers, found, first_month)
        last = int(found[-1, 0])


def stretch(
    customers: Customers | None, tiers: counting.Tiers, found: Ints, first_month: int
) -> counting.Stretch:
    """Of those found: rows of (id, day archived, or 0), by rising id."""
    ids = found[:, 0]
    own = {"customer_id__gte": int(ids[0]), "customer_id__lte": int(ids[-1])}
    changes = rows_of(TierChange.objects.that_stand().filter(**own), customers)
    chain = bulk.read(
        changes.order_by("customer_id", "pk").values_list(
            "customer_id", DayNumber("effective_on"), Coalesce("to_tier_id", 0)
        )
    )
    month = Cast(ExtractYear("ordered_on") * 12 + ExtractMonth("ordered_on"), BigIntegerField())
    start = date((first_month - 1) // 12, (first_month - 1) % 12 + 1, 1)
    orders = Order.objects.filter(**own, amount__gt=0, ordered_on__gte=start)
    bought = bulk.read(rows_of(orders, customers).values_list("customer_id", month).distinct())
    index = np.zeros(max(tiers.index, default=0) + 1, np.int64)
    for pk, place in tiers.index.items():
        index[pk] = place
    return counting.Stretch(
        size=len(ids),
        changed=np.searchsorted(ids, chain[:, 0]),
        day=chain[:, 1],
        to=index[chain[:, 2]],
        ordered=np.searchsorted(ids, bought[:, 0]),
        month=bought[:, 1],
        archived=found[:, 1],
    )


def concentration(customers: Customers | None) -> dict[str, Any]:
    """How the annual amount is spread over the active customers who bought anything, and over the tiers."""
    standings = rows_of(Standing.objects.filter(customer__archived_at=None), customers)
    amounts = bulk.read(standings.filter(annual_amount__gt=0).values_list("annual_amount"))
    tiers = standings.values_list("tier").annotate(n=Count("pk"), amount=Sum("annual_amount"))
    return {
        "concentration": asdict(counting.concentration(amounts[:, 0])),
        "tiers": [[tier, n, int(amount or 0)] for tier, n, amount in tiers],
    }
