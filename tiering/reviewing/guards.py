"""Guards: what makes a finished run wait for people instead of publishing itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count
from django.utils import timezone

from customers.models import Order, Payment
from tiering import placing
from tiering.models import Grading, Hold, Run, Scheme
from tiering.models.governing import Review
from tiering.reviewing.proposed import Proposed, proposed
from tiering.scoring import PERCENT

Held = dict[str, Any]
"""{"guard": …, "figure": n, "limit": n}: shares in basis points, ages in days, approvals in customers."""


def hold(run: Run, *, at: datetime) -> bool:
    """Whether a run whose chunks are done waits for review from now on. What was let go is not asked again."""
    if run.state == Run.State.PUBLISHING or run.released_at or run.trigger not in Run.OF_THE_BOOK:
        return False
    found = list(held(run))
    if not found:
        return False
    finished = Run.objects.filter(
        pk=run.pk, state__in=[Run.State.QUEUED, Run.State.GRADING], released_at=None
    )
    finished.update(state=Run.State.REVIEW, held=found, moved_at=at, error="")
    return True


def held(run: Run) -> Iterator[Held]:
    scheme = run.scheme
    if scheme.review == Review.WAIT:
        yield {"guard": "always"}
    if asking := Hold.objects.filter(run=run, by=Grading.Kept.APPROVAL).count():
        yield {"guard": "approval", "figure": asking}
    found = proposed(run)
    yield from moving(scheme, found)
    yield from losing_sight(scheme, found, placing.last_before(run))
    yield from stale(scheme, run)


def moving(scheme: Scheme, found: Proposed) -> Iterator[Held]:
    """Shares are compared exactly, and shown rounded up: what holds a run is never shown as its limit."""
    for guard, limit, part, whole in zip(
        ("customers", "amount"),
        (scheme.guard_customers, scheme.guard_amount),
        *found.share_that_moves(),
        strict=True,
    ):
        if limit is not None and whole > 0 and PERCENT * part > limit * whole:
            yield {"guard": guard, "figure": -(-10_000 * part // whole), "limit": 100 * limit}


def losing_sight(scheme: Scheme, found: Proposed, last: Run | None) -> Iterator[Held]:
    if scheme.guard_coverage is None or last is None or not found.customers:
        return
    coverage, customers = known_then(last)
    fall = coverage * found.customers - found.coverage * customers
    of = customers * found.customers
    if of and fall > 100 * scheme.guard_coverage * of:
        yield {"guard": "coverage", "figure": -(-fall // of), "limit": 100 * scheme.guard_coverage}


def known_then(run: Run) -> tuple[int, int]:
    """The sum of everybody's coverage in a published run, and of how many."""
    found = proposed(run)
    if found.customers:
        return found.coverage, found.customers
    stored = run.gradings.aggregate(
        n=Count("pk"), average=Avg("coverage")
    )  # graded before chunks were counted
    return round((stored["average"] or 0) * stored["n"]), stored["n"]


def stale(scheme: Scheme, run: Run) -> Iterator[Held]:
    """The newest row of each table is the one with the highest id: no table is read for it."""
    if scheme.guard_stale_days is None:
        return
    newest = [
        recorded_at
        for model in (Order, Payment)
        for recorded_at in model._default_manager.order_by("-pk").values_list("recorded_at", flat=True)[:1]
    ]
    if newest and (days := (run.as_of - timezone.localdate(max(newest))).days) > scheme.guard_stale_days:
        yield {"guard": "stale", "figure": days, "limit": scheme.guard_stale_days}
