"""Grading one chunk of customers: facts read set-wise, scored, gradings and movements written."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from customers.models import Standing, Tier
from tiering import book, explanation, scoring
from tiering.measures import Facts, Window, measures
from tiering.models import Chunk, Grading, Movement, Override, Run, SchemeVersion
from toolbox import bulk


def grade(chunk: Chunk) -> None:
    """Read the facts, score, and write gradings and proposed movements."""
    run = chunk.run
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    scheme = version.rules()
    window = Window.trailing(version.window_months, as_of=run.as_of, frozen_at=run.frozen_at)
    facts = Facts(first=chunk.first, last=chunk.last, window=window)
    rows = list(gradings(run, scheme, facts, tiers=[floor.tier for floor in version.floors.all()]))
    bulk.insert(Grading, GRADING_COLUMNS, rows)
    # A list: while rows are copied in, the connection can answer no other question.
    bulk.insert(Movement, MOVEMENT_COLUMNS, list(movements(run, scheme, rows, facts)))


GRADING_COLUMNS = (
    "run_id", "customer_id", "computed_tier_id", "tier_id", "kept", "total", "low", "high", "coverage",
    "annual_amount", "values", "points", "dimensions",
)  # fmt: skip
MOVEMENT_COLUMNS = ("run_id", "customer_id", "from_tier_id", "to_tier_id", "earlier_id", "reason")


def read(scheme: scoring.Scheme, facts: Facts) -> dict[str, book.Column]:
    """The raw values of every indicator of a scheme that has a measure."""
    known = measures()
    keys = {i.key for i in scheme.indicators} | {"annual_amount"}
    return {key: known[key].read(facts) for key in keys if key in known}


def gradings(
    run: Run, scheme: scoring.Scheme, facts: Facts, *, tiers: list[Tier]
) -> Iterator[tuple[Any, ...]]:
    """Rows of GRADING_COLUMNS, one per customer."""
    columns = read(scheme, facts)
    verdicts = book.grade(scheme, columns, size=facts.size)
    present = dict(
        Standing.objects.filter(**facts.stretch, tier__isnull=False).values_list("customer_id", "tier_id")
    )
    by_hand = dict(
        Override.objects.in_force(timezone.localdate(run.frozen_at))
        .filter(**facts.stretch)
        .values_list("customer_id", "tier_id")
    )
    values, points = nullable(verdicts.values, verdicts.known), nullable(verdicts.points, verdicts.has_points)
    dimensions = nullable(verdicts.dimensions, verdicts.has_dimension)
    amount = columns["annual_amount"]
    ids, totals, scored, best = (
        a.tolist() for a in (facts.ids, verdicts.total, verdicts.scored, verdicts.tier)
    )
    lows, highs, coverages = verdicts.low.tolist(), verdicts.high.tolist(), verdicts.coverage.tolist()
    for n, pk in enumerate(ids):
        computed = tiers[best[n]].pk if scored[n] else None
        tier, kept = computed, Grading.Kept.NO
        if pk in by_hand:
            tier, kept = by_hand[pk], Grading.Kept.OVERRIDE
        elif coverages[n] < scheme.coverage_floor:
            tier, kept = present.get(pk), Grading.Kept.COVERAGE
        yield (
            run.pk, pk, computed, tier, kept.value, totals[n] if scored[n] else None, lows[n], highs[n], coverages[n],
            int(amount.values[n]) if amount.known[n] else None, values[n], points[n], dimensions[n],
        )  # fmt: skip


def nullable(numbers: book.Ints, there: book.Bools) -> list[list[int | None]]:
    rows: NDArray[np.object_] = numbers.astype(object)
    rows[~there] = None
    return rows.tolist()  # type: ignore[no-any-return]


def movements(
    run: Run, scheme: scoring.Scheme, rows: list[tuple[Any, ...]], facts: Facts
) -> Iterator[tuple[Any, ...]]:
    """Rows of MOVEMENT_COLUMNS for whoever's tier differs from the present one, each with its reason."""
    standings = {
        pk: (tier, grading)
        for pk, tier, grading in Standing.objects.filter(**facts.stretch).values_list(
            "customer_id", "tier_id", "grading_id"
        )
    }
    movers = [dict(zip(GRADING_COLUMNS, row, strict=True)) for row in rows]
    movers = [m for m in movers if m["tier_id"] and m["tier_id"] != standings[m["customer_id"]][0]]
    earlier = graded([pk for m in movers if (pk := standings[m["customer_id"]][1])])
    for m in movers:
        from_tier, grading = standings[m["customer_id"]]
        after = explanation.Graded(scheme, m["values"], m["points"], m["total"], m["coverage"])
        before = earlier[grading] if grading else None
        reason = explanation.explain(before, after).as_json()
        yield run.pk, m["customer_id"], from_tier, m["tier_id"], grading, reason


def graded(pks: list[int]) -> dict[int, explanation.Graded]:
    """Stored gradings by id, with the scheme each was made by."""
    schemes: dict[int, scoring.Scheme] = {}
    found: dict[int, explanation.Graded] = {}
    for at in range(0, len(pks), 5_000):
        rows = Grading.objects.filter(pk__in=pks[at : at + 5_000])
        for pk, version, *stored in rows.values_list(
            "pk", "run__version", "values", "points", "total", "coverage"
        ):
            if version not in schemes:
                schemes[version] = SchemeVersion.objects.whole().get(pk=version).rules()
            found[pk] = explanation.Graded(schemes[version], *stored)
    return found
