"""What follows from a published run, worked out in the background, a stretch of customers at a time.

Where its tier changes came from, whose tier hangs on one unknown figure, and how much of the book is unknown or stale.
Each stretch is one transaction that moves `Followup.upto` on: whoever dies loses one, and what was done twice is done
once. Nothing here is history: it could be worked out again.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from customers.models import Assessment, Figure, Standing
from tiering import attribution, book, comparing, reasons
from tiering.book import Bools, Ints
from tiering.book_reasons import Side
from tiering.deciding import NONE, deciding
from tiering.measures import fresh, spans
from tiering.models import Cause, Decisive, Followup, Grading, Run, SchemeVersion, TierChange
from toolbox import bulk

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=settings.REGRADE_LEASE_SECONDS)
STALE = timedelta(days=365)
SWEPT_EVERY = 60
PIECE = 2_500
"""Customers at a time, about: their gradings are laid out in Python."""
BATCH = 1_000
Where = dict[str, Any]
"""Which customers, as a filter on what belongs to a customer."""


def begin(pk: int) -> None:
    """Work off what follows from a run, at once if a worker is free."""
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to this module

    try:
        tasks.follow_up.apply_async((pk,), expires=SWEPT_EVERY)
    except OperationalError:
        logger.warning("The broker cannot be reached; the sweep will follow up run %s.", pk)


def catch_up(*, at: datetime) -> None:
    """Each minute: the newest published run whose follow-up is neither done nor at work."""
    todo = Q(followup=None) | Q(followup__finished_at=None) & (
        Q(followup__leased_until=None) | Q(followup__leased_until__lt=at)
    )
    newest = Run.objects.published().filter(todo).order_by("-pk").values_list("pk", flat=True).first()
    if newest:
        begin(newest)


def follow_up(pk: int, *, at: datetime) -> None:
    """One worker at a time, from where the last one stopped. Safe to call any time."""
    run = Run.objects.published().select_related("undoes").filter(pk=pk).first()
    if run is None:
        return
    Followup.objects.get_or_create(run=run)
    free = Q(leased_until=None) | Q(leased_until__lt=at)
    if not Followup.objects.filter(free, pk=pk, finished_at=None).update(leased_until=at + LEASE):
        return
    for last, where in stretches(run):
        if not work(run, last, where):
            return  # somebody else has taken it over
    Followup.objects.filter(pk=pk).update(finished_at=timezone.now(), leased_until=None)


def stretches(run: Run) -> Iterator[tuple[int, Where]]:
    """The last id of each, and the customers whom the run graded; those of the run that it undoes, if it does."""
    done = Followup.objects.values_list("upto", flat=True).get(pk=run.pk)
    chunks = (run.undoes or run).chunks.filter(last__gt=done).order_by("first")
    for first, last, only, count in chunks.values_list("first", "last", "only", "customers"):
        if only is not None:
            pieces = (only[start : start + PIECE] for start in range(0, len(only), PIECE))
            yield from ((piece[-1], {"customer_id__in": piece}) for piece in pieces if piece[-1] > done)
            continue
        width = 1 + (last - first) * PIECE // max(count, PIECE)
        for start in range(max(first, done + 1), last + 1, width):
            end = min(start + width - 1, last)
            yield end, {"customer_id__gte": start, "customer_id__lte": end}


@transaction.atomic
def work(run: Run, last: int, where: Where) -> bool:
    """One stretch. False where it has been done meanwhile."""
    followup = Followup.objects.select_for_update().get(pk=run.pk)
    if followup.upto >= last:
        return False
    put_down_causes(run, where)
    decide(run, where, followup)
    followup.upto, followup.leased_until = last, timezone.now() + LEASE
    followup.save()
    return True


# Where tier changes came from


def put_down_causes(run: Run, where: Where) -> None:
    """Of those who had been graded before; a category that a person said already stays."""
    unknown = Q(cause=None) | Q(cause__computed="")
    changes = TierChange.objects.filter(unknown, run=run, **where)
    moved = [
        change
        for change in changes.order_by("pk")
        if change.reason.get("kind") == "graded" and change.reason["totals"][0] is not None
    ]
    for batch in batched(moved):
        sides = comparing.sides(run.pk, [change.customer_id for change in batch])
        causes = [cause_of(change, sides[change.customer_id]) for change in batch]
        Cause.objects.bulk_create(
            [cause for cause in causes if cause],
            update_conflicts=True,
            unique_fields=["change"],
            update_fields=["computed", *comparing.EFFECTS],
        )


def batched(changes: list[TierChange]) -> Iterator[list[TierChange]]:
    for start in range(0, len(changes), BATCH):
        yield changes[start : start + BATCH]


def cause_of(change: TierChange, sides: comparing.Sides) -> Cause | None:
    if sides.before is None or sides.after is None:
        return None
    found = attribution.split(comparing.graded(sides.before), comparing.graded(sides.after))
    category = reasons.category_of(attribution.largest(found))
    effects = {name: found.of(name) for name in comparing.EFFECTS}
    return Cause(change=change, computed=category, category=category, **effects)


# Whose tier hangs on one figure, and what is unknown


@dataclass(frozen=True)
class Graded:
    """Gradings by one version, beside each other."""

    version: SchemeVersion
    customers: Ints
    pks: Ints
    runs: Ints
    tiers: Ints
    """Ids of the tiers in which they stand, 0 for none."""
    by_hand: Bools
    amounts: list[int | None]
    side: Side


def decide(run: Run, where: Where, followup: Followup) -> None:
    """Of everybody in the stretch, by the grading by which they stand."""
    Decisive.objects.filter(**where).delete()
    for graded in standing(where):
        side = graded.side
        followup.customers += len(graded.customers)
        unknown = zip(
            (i.key for i in side.scheme.indicators), (~side.known).sum(axis=0).tolist(), strict=True
        )
        followup.unknown = dict(Counter(followup.unknown) + Counter(dict(unknown)))
        write_decisive(graded)
    followup.stale = dict(Counter(followup.stale) + stale(where, run.as_of))


def standing(where: Where) -> Iterator[Graded]:
    """The gradings by which active customers of a stretch stand, for each version of a scheme."""
    standings = Standing.objects.filter(**where, customer__archived_at=None, grading_id__isnull=False)
    by_grading = {
        pk: (tier or 0, by_hand)
        for pk, tier, by_hand in standings.values_list("grading_id", "tier_id", "is_overridden")
    }
    rows = Grading.objects.filter(pk__in=list(by_grading)).values_list(
        "run__version", "customer_id", "pk", "run", "annual_amount", "values", "points", "total", "coverage"
    )
    by_version: dict[int, list[Any]] = {}
    for version_id, *row in rows:
        by_version.setdefault(version_id, []).append(row)
    for version_id, own in sorted(by_version.items()):
        version = SchemeVersion.objects.whole().get(pk=version_id)
        customers, pks, runs, amounts, values, points, totals, coverages = zip(*own, strict=True)
        stands = [by_grading[grading] for grading in pks]
        yield Graded(
            version,
            np.array(customers, np.int64),
            np.array(pks, np.int64),
            np.array(runs, np.int64),
            np.array([tier for tier, _by_hand in stands], np.int64),
            np.array([by_hand for _tier, by_hand in stands], np.bool_),
            list(amounts),
            Side.stored(version.rules(), values, points, totals, coverages),
        )


def write_decisive(graded: Graded) -> None:
    fresh()  # what somebody made a moment ago, in another process
    side, tiers = graded.side, [floor.tier_id for floor in graded.version.floors.all()]
    found = deciding(
        side.scheme,
        spans(),
        values=side.values,
        known=side.known,
        points=side.points,
        has_points=side.has_points,
        coverage=side.coverage,
        present=present(graded, tiers),
    )
    at = np.flatnonzero((found.indicator != NONE) & ~graded.by_hand)
    keys = [i.key for i in side.scheme.indicators]
    possible = {
        bits: [tier for n, tier in enumerate(tiers) if bits >> n & 1]
        for bits in set(found.tiers[at].tolist())
    }
    bulk.insert_columns(
        Decisive,
        {
            "customer": graded.customers[at],
            "grading_id": graded.pks[at],
            "run": graded.runs[at],
            "indicator": [keys[n] for n in found.indicator[at].tolist()],
            "tiers": [json.dumps(possible[bits]) for bits in found.tiers[at].tolist()],
            "others": found.others[at],
            "annual_amount": [graded.amounts[n] for n in at.tolist()],
        },
    )


def present(graded: Graded, tiers: list[int]) -> Ints:
    """As places among the floors: by the numbers where enough is known, else the tier that was kept."""
    side = graded.side
    columns = book.columns_of(side.scheme, side.values, side.known)
    by_numbers = np.where(side.scored, book.tiers_of(side.scheme, side.total, columns), NONE)
    kept = np.full(len(graded.tiers), NONE, np.int64)
    for n, tier in enumerate(tiers):
        kept[graded.tiers == tier] = n
    return np.where(side.coverage >= side.scheme.coverage_floor, by_numbers, kept)


def stale(where: Where, as_of: date) -> Counter[str]:
    """How many active customers' newest rating or figure is older than a year, by indicator."""
    found: Counter[str] = Counter()
    for model, day in ((Assessment, "rated_on"), (Figure, "as_of")):
        own = model._default_manager.filter(**where, customer__archived_at=None)
        newest = own.order_by().values("customer", "indicator").annotate(newest=Max(day))
        found.update(newest.filter(newest__lt=as_of - STALE).values_list("indicator", flat=True))
    return found
