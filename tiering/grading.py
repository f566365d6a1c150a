"""Grading one chunk of customers: facts read set-wise, scored, gradings and movements written, column by column."""

import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from customers.services import as_they_stood, removed_since
from tiering import book, book_reasons, scoring
from tiering.book import Bools, Ints
from tiering.measures import Facts, Source, Window, fresh, measures
from tiering.models import Chunk, Grading, Hold, Movement, Run, SchemeVersion
from tiering.placing import KEPT, Placed, place
from toolbox import bulk, failpoints

ASKED_AT_ONCE = 5_000


def grade(chunk: Chunk) -> None:
    """Read the facts as they stood at the freeze, score, write gradings, proposed movements and what is held back.

    The chunk is told who was left out and what it comes to; it is saved by whoever asked.
    """
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
    verdicts = book.grade(scheme, columns, size=facts.size)
    placed = place(run, version, facts, verdicts)
    graded = Graded(facts.ids, columns["annual_amount"], verdicts, placed)
    if chunk.only is None:
        chunk.skipped = removed_since(run.frozen_at, first=chunk.first, last=chunk.last)
    else:
        wanted = np.isin(facts.ids, chunk.only)
        if run.trigger == Run.Trigger.UPGRADE:
            wanted &= placed.rises
        graded = graded.rows(np.flatnonzero(wanted))
        chunk.skipped = sorted(set(chunk.only) - set(graded.ids.tolist()))
    bulk.insert_columns(Grading, gradings(run, graded))
    failpoints.hit("grading.written", chunk.pk)
    bulk.insert_columns(Movement, movements(run, scheme, graded))
    failpoints.hit("grading.moved", chunk.pk)
    if graded.placed.held.any():
        bulk.insert_columns(Hold, holds(run, graded))
    chunk.counts = counts(graded)


def read(scheme: scoring.Scheme, facts: Facts) -> dict[str, book.Column]:
    """The raw values of every indicator of a scheme that has a measure."""
    known = measures()
    keys = {i.key for i in scheme.indicators} | {"annual_amount"}
    return {key: known[key].read(facts) for key in sorted(keys) if key in known}


SOURCES: dict[scoring.Scheme, tuple[Source, ...]] = {}
"""What the indicators of a scheme ask, learned when somebody was first graded by it."""
MOST_KEPT = 64


def read_one(scheme: scoring.Scheme, facts: Facts) -> dict[str, int | None] | None:
    """The same of one customer, in one trip to the database, as plain numbers. None for who is not to be graded."""
    facts.ask(SOURCES.get(scheme, ()))
    if not facts.size:
        return None
    columns = read(scheme, facts)
    if len(SOURCES) >= MOST_KEPT:
        SOURCES.clear()
    SOURCES[scheme] = facts.asked
    return {key: int(c.values[0]) if c.known[0] else None for key, c in columns.items()}


@dataclass(frozen=True, slots=True)
class Graded:
    """Customers and what a run says of them, row by row."""

    ids: Ints
    amount: book.Column
    verdicts: book.Verdicts
    placed: Placed

    def rows(self, at: Ints) -> "Graded":
        verdicts = book.Verdicts(*(getattr(self.verdicts, field.name)[at] for field in fields(self.verdicts)))
        amount = book.Column(self.amount.values[at], self.amount.known[at])
        return Graded(self.ids[at], amount, verdicts, self.placed.rows(at))


def gradings(run: Run, graded: Graded) -> dict[str, bulk.Values]:
    verdicts, placed, amount = graded.verdicts, graded.placed, graded.amount
    return {
        "run": np.full(len(graded.ids), run.pk),
        "customer": graded.ids,
        "computed_tier": nullable(placed.computed, placed.computed > 0),
        "tier": nullable(placed.tier, placed.tier > 0),
        "kept": KEPT[placed.kept].tolist(),
        "total": nullable(verdicts.total, verdicts.scored),
        "low": verdicts.low,
        "high": verdicts.high,
        "coverage": verdicts.coverage,
        "annual_amount": nullable(amount.values, amount.known),
        "values": json_rows(verdicts.values, verdicts.known),
        "points": json_rows(verdicts.points, verdicts.has_points),
        "dimensions": json_rows(verdicts.dimensions, verdicts.has_dimension),
    }


def holds(run: Run, graded: Graded) -> dict[str, bulk.Values]:
    """Whose change the policy holds back, shortens or counts."""
    placed = graded.placed
    at = np.flatnonzero(placed.held)
    return {
        "run": np.full(len(at), run.pk),
        "customer": graded.ids[at],
        "from_tier": placed.before[at],
        "to_tier": placed.computed[at],
        "by": KEPT[placed.kept[at]].tolist(),
        "runs": placed.runs[at],
    }


def counts(graded: Graded) -> dict[str, Any]:
    """What a chunk comes to, see `Chunk.counts`."""
    placed = graded.placed
    amounts = np.where(graded.amount.known, graded.amount.values, 0)
    base = int(placed.tier.max(initial=0)) + 1
    steps = placed.before * base + placed.tier
    moves = []
    for step in np.unique(steps).tolist():
        own = steps == step
        before, tier = divmod(step, base)
        moves.append([before or None, tier or None, int(own.sum()), int(amounts[own].sum())])
    return {"moves": moves, "coverage": int(graded.verdicts.coverage.sum())}


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


def movements(run: Run, scheme: scoring.Scheme, graded: Graded) -> dict[str, bulk.Values]:
    """Whoever's tier differs from the present one, each with its reason."""
    placed = graded.placed
    at = np.flatnonzero(placed.moves)
    before, earlier = placed.before[at], placed.earlier[at]
    return {
        "run": np.full(len(at), run.pk),
        "customer": graded.ids[at],
        "from_tier": nullable(before, before > 0),
        "to_tier": placed.tier[at],
        "earlier_id": nullable(earlier, earlier > 0),
        "reason": reasons(scheme, graded.verdicts, at, earlier, placed.runs[at]),
    }


def reasons(
    scheme: scoring.Scheme, verdicts: book.Verdicts, at: Ints, earlier: Ints, waited: Ints
) -> list[str]:
    """Of the customers in those rows, each from its earlier grading (0 for none), as JSON."""
    after = book_reasons.Side.of(scheme, verdicts, at)
    texts = np.empty(len(at), object)
    first = np.flatnonzero(earlier == 0)
    texts[first] = book_reasons.reasons(None, after.rows(first))
    for before, rows in graded(earlier):
        texts[rows] = book_reasons.reasons(before, after.rows(rows), waited[rows].tolist())
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
