"""Yardstick (b): the loop a Django developer would write. ORM aggregates per chunk, each customer scored in Python,
`bulk_create` and `bulk_update` in batches of a thousand, one process."""

import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone

from customers.models import Assessment, Contract, Customer, Figure, Order, Payment, ServiceRequest, Standing
from tiering import explanation, scoring
from tiering.measures import Window
from tiering.models import Chunk, Grading, Movement, Override, Run, SchemeVersion, TierChange
from toolbox.rounding import round_half_up

BATCH: Final = 1_000
STANDING: Final = (
    "since", "tier", "computed_tier", "is_overridden", "total", "low", "high", "coverage", "annual_amount",
    "graded_on", "grading_id",
)  # fmt: skip
Row = dict[str, Any]


def run(run_: Run, *, chunks: int | None = None) -> float:
    """Grade so many chunks and publish them; seconds."""
    started = time.perf_counter()
    version = SchemeVersion.objects.whole().get(pk=run_.version_id)
    for chunk in Chunk.objects.filter(run=run_).order_by("pk")[:chunks]:
        with transaction.atomic():
            grade(run_, version, chunk)
            chunk.state, chunk.attempts = Chunk.State.DONE, 1
            chunk.save(update_fields=["state", "attempts"])
    publish(run_)
    return time.perf_counter() - started


def grade(run_: Run, version: SchemeVersion, chunk: Chunk) -> None:
    rules = version.rules()
    tiers = {floor.tier.key: floor.tier_id for floor in version.floors.all()}
    window = Window.trailing(version.window_months, as_of=run_.as_of, frozen_at=run_.frozen_at)
    within = Q(customer__gte=chunk.first, customer__lte=chunk.last, recorded_at__lte=run_.frozen_at)
    facts = [by_customer(rows) for rows in aggregates(within, window)]
    newest_ratings = newest(Assessment.objects.filter(within, rated_on__lte=window.end), "rated_on", "rating")
    newest_figures = newest(Figure.objects.filter(within, as_of__lte=window.end), "as_of", "value")
    today = timezone.localdate(run_.frozen_at)
    by_hand = dict(Override.objects.in_force(today).values_list("customer_id", "tier_id"))
    customers = list(
        Customer.objects.active()
        .filter(pk__range=(chunk.first, chunk.last), created_at__lte=run_.frozen_at)
        .select_related("standing")
        .order_by("pk")
    )
    gradings = []
    for customer in customers:
        own: Row = {}
        for table in facts:
            own |= table.get(customer.pk, {})
        values = measured(customer, own, window)
        values |= newest_ratings.get(customer.pk, {}) | newest_figures.get(customer.pk, {})
        verdict = scoring.grade(rules, values)
        tier = verdict.tier(rules)
        computed = tiers[tier] if tier else None
        placed, kept = computed, Grading.Kept.NO
        if customer.pk in by_hand:
            placed, kept = by_hand[customer.pk], Grading.Kept.OVERRIDE
        elif verdict.coverage < rules.coverage_floor:
            placed, kept = customer.standing.tier_id, Grading.Kept.COVERAGE
        gradings.append(
            Grading(
                run=run_, customer=customer, computed_tier_id=computed, tier_id=placed, kept=kept,
                total=verdict.total, low=verdict.low, high=verdict.high, coverage=verdict.coverage,
                annual_amount=values["annual_amount"], values=list(verdict.values), points=list(verdict.points),
                dimensions=list(verdict.dimensions),
            )
        )  # fmt: skip
    Grading.objects.bulk_create(gradings, batch_size=BATCH)
    moved = [g for g in gradings if g.tier_id and g.tier_id != g.customer.standing.tier_id]
    earlier = Grading.objects.in_bulk(
        [g.customer.standing.grading_id for g in moved if g.customer.standing.grading_id]
    )
    Movement.objects.bulk_create([movement(run_, rules, g, earlier) for g in moved], batch_size=BATCH)


def aggregates(within: Q, window: Window) -> Iterator[Any]:
    inside = Q(ordered_on__gte=window.start)
    bought = inside & Q(amount__gt=0)
    yield (
        Order.objects.filter(within, ordered_on__lte=window.end)
        .values("customer_id")
        .annotate(
            net=Sum("amount", filter=inside),
            bought=Sum("amount", filter=bought),
            orders=Count("pk", filter=bought),
            judged=Sum("amount", filter=bought & Q(customised_share__isnull=False)),
            customised=Sum(F("amount") * F("customised_share"), filter=bought),
            first=Min("ordered_on", filter=Q(amount__gt=0)),
        )
    )
    yield (
        Payment.objects.filter(within, due_on__range=(window.start, window.end))
        .values("customer_id")
        .annotate(due=Sum("amount"), on_time=Sum("amount", filter=Q(paid_on__lte=F("due_on"))))
    )
    yield (
        Contract.objects.filter(within, ends_on__range=(window.start, window.end))
        .values("customer_id")
        .annotate(ended=Count("pk"), renewed=Count("pk", filter=Q(renewed_on__lte=window.end)))
    )
    yield (
        ServiceRequest.objects.filter(within, opened_at__lt=window.until)
        .values("customer_id")
        .annotate(technical=Count("pk", filter=Q(department="technical", opened_at__gte=window.start_at)))
    )


def by_customer(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["customer_id"]: row for row in rows}


def newest(rows: Any, day: str, value: str) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in rows.order_by(day, "pk").only("customer_id", "indicator", value):
        found.setdefault(row.customer_id, {})[row.indicator] = getattr(row, value)
    return found


def measured(customer: Customer, own: Row, window: Window) -> dict[str, int | None]:
    has_orders = "orders" in own
    since = customer.cooperation_since
    began = since if since and since <= window.end else own.get("first")
    return {
        "annual_amount": int(own["net"] or 0) if has_orders else None,
        "single_order_amount": share(own.get("bought"), own.get("orders"), 1),
        "payment_timeliness": share(own.get("on_time"), own.get("due")),
        "years_of_cooperation": (window.end - began).days if began else None,
        "order_frequency": own.get("orders"),
        "renewal_rate": share(own.get("renewed"), own.get("ended")),
        "customised_share": share(own.get("customised"), own.get("judged"), 1),
        "technical_support": own.get("technical"),
    }


def share(part: Any, whole: Any, scale: int = 10_000) -> int | None:
    return round_half_up(scale * int(part or 0), int(whole)) if whole else None


def movement(run_: Run, rules: scoring.Scheme, g: Grading, earlier: dict[int, Grading]) -> Movement:
    standing = g.customer.standing
    before = earlier.get(standing.grading_id or 0)
    reason = explanation.explain(graded(rules, before) if before else None, graded(rules, g))
    return Movement(
        run=run_, customer=g.customer, from_tier_id=standing.tier_id, to_tier_id=g.tier_id or 0,
        earlier_id=standing.grading_id, reason=reason.as_json(),
    )  # fmt: skip


def graded(rules: scoring.Scheme, g: Grading) -> explanation.Graded:
    return explanation.Graded(rules, g.values, g.points, g.total, g.coverage)


@transaction.atomic
def publish(run_: Run) -> None:
    now = timezone.now()
    movements = {m.customer_id: m for m in Movement.objects.filter(run=run_)}
    by_hand = set(Override.objects.in_force(timezone.localdate(now)).values_list("customer_id", flat=True))
    standings: list[Standing] = []
    changes: list[TierChange] = []
    gradings = Grading.objects.filter(run=run_).select_related("customer__standing").order_by("pk")
    for g in gradings.iterator(chunk_size=BATCH):
        standing = g.customer.standing
        keeps = g.kept or g.customer_id in by_hand
        tier = standing.tier_id if keeps else g.computed_tier_id or standing.tier_id
        if tier != standing.tier_id:
            changes.append(
                TierChange(
                    customer_id=g.customer_id, run=run_, from_tier_id=standing.tier_id, to_tier_id=tier,
                    effective_on=run_.as_of, changed_at=now, reason=movements[g.customer_id].reason,
                )
            )  # fmt: skip
            standing.since = run_.as_of
        standing.tier_id, standing.computed_tier_id = tier, g.computed_tier_id
        standing.is_overridden = g.customer_id in by_hand
        standing.total, standing.low, standing.high = g.total, g.low, g.high
        standing.coverage, standing.annual_amount = g.coverage, g.annual_amount
        standing.graded_on, standing.grading_id = run_.as_of, g.pk
        standings.append(standing)
    TierChange.objects.bulk_create(changes, batch_size=BATCH)
    Standing.objects.bulk_update(standings, STANDING, batch_size=BATCH)
    Run.objects.filter(pk=run_.pk).update(state=Run.State.PUBLISHED, published_at=now)
