"""Grading one chunk of customers: facts read set-wise, scored, gradings and movements written, column by column."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Standing
from customers.services import as_they_stood, removed_since
from tiering import book, book_reasons, scoring
from tiering.book import Bools, Ints
from tiering.measures import Facts, Window, fresh, measures
from tiering.models import Chunk, Grading, Movement, Override, Run, SchemeVersion
from toolbox import bulk, failpoints

ASKED_AT_ONCE = 5_000


def grade(chunk: Chunk) -> None:
    """Read the facts as they stood at the freeze, score, write gradings and proposed movements."""
    bulk.plan_for_many()
    fresh()  # what somebody made a moment ago, in another process, and put in force
    run = chunk.run
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    scheme = version.rules()
    window = Window.trailing(version.window_months, as_of=run.as_of, frozen_at=run.frozen_at)
    facts = Facts(first=chunk.first, last=chunk.last, window=window)
    with as_they_stood(run.frozen_at, first=chunk.first, last=chunk.last):
        columns = read(scheme, facts)
    failpoints.hit("grading.read", chunk.pk)
    chunk.skipped = removed_since(run.frozen_at, first=chunk.first, last=chunk.last)
    verdicts = book.grade(scheme, columns, size=facts.size)
    tiers = np.array([floor.tier_id for floor in version.floors.all()], np.int64)
    placed = place(run, scheme, facts, verdicts, tiers)
    bulk.insert_columns(Grading, gradings(run, facts, columns["annual_amount"], verdicts, placed))
    failpoints.hit("grading.written", chunk.pk)
    bulk.insert_columns(Movement, movements(run, scheme, facts, verdicts, placed))
    failpoints.hit("grading.moved", chunk.pk)


def read(scheme: scoring.Scheme, facts: Facts) -> dict[str, book.Column]:
    """The raw values of every indicator of a scheme that has a measure."""
    known = measures()
    keys = {i.key for i in scheme.indicators} | {"annual_amount"}
    return {key: known[key].read(facts) for key in sorted(keys) if key in known}


@dataclass(frozen=True, slots=True)
class Placed:
    """Where customers stand and where the run puts them: ids of tiers and gradings, 0 for none."""

    before: Ints
    earlier: Ints
    computed: Ints
    tier: Ints
    kept: list[str]

    @property
    def moves(self) -> Bools:
        moves: Bools = (self.tier > 0) & (self.tier != self.before)
        return moves


def place(run: Run, scheme: scoring.Scheme, facts: Facts, verdicts: book.Verdicts, tiers: Ints) -> Placed:
    """A tier set by hand holds; where too little is known the present one is kept."""
    standings = Standing.objects.filter(**facts.stretch).values_list(
        "customer_id", Coalesce("tier_id", 0), Coalesce("grading_id", 0)
    )
    by_hand = (
        Override.objects.in_force(timezone.localdate(run.frozen_at))
        .filter(**facts.stretch)
        .values_list("customer_id", "tier_id")
    )
    stood = facts.aligned(("tier", "grading"), bulk.read(standings))
    set_by_hand = facts.aligned(("tier",), bulk.read(by_hand))["tier"]
    computed = np.where(verdicts.scored, tiers[verdicts.tier], 0)
    too_little = verdicts.coverage < scheme.coverage_floor
    kept = np.select(
        [set_by_hand > 0, too_little], [Grading.Kept.OVERRIDE.value, Grading.Kept.COVERAGE.value], ""
    )
    return Placed(
        before=stood["tier"],
        earlier=stood["grading"],
        computed=computed,
        tier=np.select([set_by_hand > 0, too_little], [set_by_hand, stood["tier"]], computed),
        kept=kept.tolist(),
    )


def gradings(
    run: Run, facts: Facts, amount: book.Column, verdicts: book.Verdicts, placed: Placed
) -> dict[str, bulk.Values]:
    return {
        "run": np.full(facts.size, run.pk),
        "customer": facts.ids,
        "computed_tier": nullable(placed.computed, placed.computed > 0),
        "tier": nullable(placed.tier, placed.tier > 0),
        "kept": placed.kept,
        "total": nullable(verdicts.total, verdicts.scored),
        "low": verdicts.low,
        "high": verdicts.high,
        "coverage": verdicts.coverage,
        "annual_amount": nullable(amount.values, amount.known),
        "values": json_rows(verdicts.values, verdicts.known),
        "points": json_rows(verdicts.points, verdicts.has_points),
        "dimensions": json_rows(verdicts.dimensions, verdicts.has_dimension),
    }


def nullable(numbers: Ints, there: Bools) -> Any:
    """A list, or lists, of the numbers, None where there is none."""
    if there.all():
        return numbers.tolist()
    either = numbers.astype(object)
    either[~there] = None
    return either.tolist()


def json_rows(numbers: Ints, there: Bools) -> list[str]:
    """Each row as the text of a JSON list."""
    if not len(numbers):
        return []
    text = json.dumps(nullable(numbers, there), separators=(",", ":"))
    return [f"[{row}]" for row in text[2:-2].split("],[")]


def movements(
    run: Run, scheme: scoring.Scheme, facts: Facts, verdicts: book.Verdicts, placed: Placed
) -> dict[str, bulk.Values]:
    """Whoever's tier differs from the present one, each with its reason."""
    at = np.flatnonzero(placed.moves)
    before = placed.before[at]
    return {
        "run": np.full(len(at), run.pk),
        "customer": facts.ids[at],
        "from_tier": nullable(before, before > 0),
        "to_tier": placed.tier[at],
        "earlier_id": nullable(placed.earlier[at], placed.earlier[at] > 0),
        "reason": reasons(scheme, verdicts, at, placed.earlier[at]),
    }


def reasons(scheme: scoring.Scheme, verdicts: book.Verdicts, at: Ints, earlier: Ints) -> list[str]:
    """Of the customers in those rows, each from its earlier grading (0 for none), as JSON."""
    after = book_reasons.Side.of(scheme, verdicts, at)
    texts = np.empty(len(at), object)
    first = np.flatnonzero(earlier == 0)
    texts[first] = book_reasons.reasons(None, after.rows(first))
    for before, rows in graded(earlier):
        texts[rows] = book_reasons.reasons(before, after.rows(rows))
    return texts.tolist()


def graded(pks: Ints) -> list[tuple[book_reasons.Side, Ints]]:
    """Stored gradings (0 for none), for each version of a scheme, and which of the ids they are."""
    by_version: dict[int, list[tuple[int, Any, Any, int | None, int]]] = {}
    wanted = pks[pks > 0].tolist()
    for start in range(0, len(wanted), ASKED_AT_ONCE):
        rows = Grading.objects.filter(pk__in=wanted[start : start + ASKED_AT_ONCE])
        stored = rows.values_list("run__version", "pk", "values", "points", "total", "coverage")
        for version, *row in stored:
            by_version.setdefault(version, []).append(tuple(row))
    order = np.argsort(pks, kind="stable")
    found = []
    for version, own in sorted(by_version.items()):
        scheme = SchemeVersion.objects.get(pk=version).kept_rules()
        ids, values, points, totals, coverages = zip(*own, strict=True)
        at = order[np.searchsorted(pks, np.array(ids, np.int64), sorter=order)]
        found.append((book_reasons.Side.stored(scheme, values, points, totals, coverages), at))
    return found
