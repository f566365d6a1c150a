"""A run once more, from nothing but what it stored: values and scheme version give the totals, tiers and reasons."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from customers.models import Customer, Tier
from tiering import book, explanation, policy, refusals, scoring
from tiering.models import Floor, Grading, Hold, Movement, Run, SchemeVersion
from tiering.verifying.findings import Findings

BATCH = 5_000
SAMPLED = 100
"""One in so many is also graded by the plain form, where not all are."""
WHOLE_HASH = 2**256

Numbers = Sequence[int | None]


class Stored(NamedTuple):
    customer_id: int
    computed_tier_id: int | None
    tier_id: int | None
    kept: str
    total: int | None
    low: int
    high: int
    coverage: int
    annual_amount: int | None
    values: Any
    points: Any
    dimensions: Any


class Proposed(NamedTuple):
    customer_id: int
    from_tier_id: int | None
    to_tier_id: int
    earlier_id: int | None
    reason: Any


class Before(NamedTuple):
    """Where somebody stood, and in how many runs, the one that is replayed included, too low for it."""

    tier_id: int | None
    runs: int
    asks: bool = False
    """Whether leaving it takes approval, by the version of another scheme that gave it."""


@dataclass
class Replay:
    """`hash` does not depend on order, machine, database or primary keys, only on what was computed for whom."""

    run: Run
    findings: Findings
    gradings: int = 0
    graded_plainly: int = 0
    total_hash: int = field(default=0, repr=False)

    @property
    def hash(self) -> str:
        return f"{self.total_hash:064x}"


def replay(run: Run, *, plain: bool = False) -> Replay:
    """Recompute a run by the form for the whole book, and some of it (`plain`: all) by the one for a customer.

    Memory does not grow with the book.
    """
    done = Replay(run, Findings(_("The replay gives the same totals, tiers and reasons")))
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    try:
        replayer = Replayer(done, version, plain=plain)
    except ValueError as error:
        done.findings.add(str(version), _("scheme version"), refusals.said(error), None)
        return done
    for rows in batches(run):
        replayer.take(rows)
    return done


def batches(run: Run) -> Iterator[list[Stored]]:
    """By customer, and each batch a question of its own: no cursor is held open."""
    last = -1
    gradings = Grading.objects.filter(run=run).order_by("customer_id")
    while rows := list(gradings.filter(customer_id__gt=last).values_list(*Stored._fields)[:BATCH]):
        yield [Stored(*row) for row in rows]
        last = rows[-1][0]


class Replayer:
    """`version` is `whole()`, read for this replay: rules kept in the process would hide who changed them since."""

    def __init__(self, done: Replay, version: SchemeVersion, *, plain: bool) -> None:
        self.done = done
        self.scheme = scheme = version.rules()
        self.every = 1 if plain else SAMPLED
        self.keys = [indicator.key for indicator in scheme.indicators]
        self.names = {tier.pk: f"{tier.scale}:{tier.key}" for tier in Tier.objects.all()}
        self.by_key = {floor.tier.key: floor.tier_id for floor in version.floors.all()}
        self.schemes = {version.pk: scheme}
        self.policy = version.policy()
        self.named = set(Floor.objects.filter(approve_leaving=True).values_list("version_id", "tier_id"))
        self.version_of: dict[int | None, int] = {}
        self.tiers = [floor.tier_id for floor in version.floors.all()]

    def take(self, rows: list[Stored]) -> None:
        between = (rows[0].customer_id, rows[-1].customer_id)
        codes = dict(Customer.objects.filter(pk__range=between).values_list("pk", "code"))
        moved = self.movements(between)
        held = self.holds(between)
        earlier = self.earlier([m.earlier_id for m in moved.values() if m.earlier_id is not None])
        readable = [row for row in rows if self.can_read(row, codes)]
        for row, verdict in zip(readable, self.verdicts(readable), strict=True):
            code = codes.get(row.customer_id, f"#{row.customer_id}")
            if self.done.gradings % self.every == 0:
                self.grade_plainly(code, row, verdict)
            self.done.gradings += 1
            movement = moved.get(row.customer_id)
            stood = movement.from_tier_id if movement else row.tier_id
            tier_id = self.compare(
                code, row, verdict, Before(stood, held.get(row.customer_id, 0), self.asks(movement, earlier))
            )
            reason = None
            if movement:
                reason = self.reason(code, row, verdict, movement, earlier, runs=held.get(row.customer_id, 0))
            self.add_to_hash(code, verdict, tier_id, row.tier_id, reason)

    def movements(self, between: tuple[int, int]) -> dict[int, Proposed]:
        first, last = between
        rows = Movement.objects.filter(run=self.done.run, customer_id__gte=first, customer_id__lte=last)
        return {row[0]: Proposed(*row) for row in rows.values_list(*Proposed._fields)}

    def holds(self, between: tuple[int, int]) -> dict[int, int]:
        """In how many re-grades customers stood too low for their tier, where the policy counts that."""
        if self.policy.dwell == 1:
            return {}
        first, last = between
        rows = Hold.objects.filter(run=self.done.run, customer_id__gte=first, customer_id__lte=last)
        return dict(rows.values_list("customer_id", "runs"))

    def earlier(self, pks: list[int]) -> dict[tuple[int, int], explanation.Graded]:
        """Gradings from which reasons start, by id and customer, with the scheme each was made by."""
        found = {}
        rows = Grading.objects.filter(pk__in=pks)
        for pk, customer, version, *stored in rows.values_list(
            "pk", "customer_id", "run__version_id", "values", "points", "total", "coverage"
        ):
            if version not in self.schemes:
                self.schemes[version] = SchemeVersion.objects.whole().get(pk=version).rules()
            self.version_of[pk] = version
            found[pk, customer] = explanation.Graded(self.schemes[version], *stored)
        return found

    def can_read(self, row: Stored, codes: dict[int, str]) -> bool:
        fine = (
            isinstance(row.values, list)
            and len(row.values) == len(self.keys)
            and all(value is None or is_whole(value) for value in row.values)
        )
        if not fine:
            self.done.gradings += 1
            self.differ(codes.get(row.customer_id, f"#{row.customer_id}"), _("values"), row.values, None)
        return fine

    def verdicts(self, rows: list[Stored]) -> list[scoring.Verdict]:
        """By the form for the whole book."""
        if not rows:
            return []
        known = np.array([[value is not None for value in row.values] for row in rows], np.bool_)
        values = np.array([[value or 0 for value in row.values] for row in rows], np.int64)
        columns = {key: book.Column(values[:, n], known[:, n]) for n, key in enumerate(self.keys)}
        graded = book.grade(self.scheme, columns, size=len(rows))
        lists = (
            *(
                nullable(*pair)
                for pair in ((graded.values, graded.known), (graded.points, graded.has_points))
            ),
            nullable(graded.dimensions, graded.has_dimension),
            nullable(graded.total, graded.scored),
            *(column.tolist() for column in (graded.low, graded.high, graded.coverage)),
        )
        return [
            scoring.Verdict(tuple(v), tuple(p), tuple(d), total, low, high, coverage)
            for v, p, d, total, low, high, coverage in zip(*lists, strict=True)
        ]

    def grade_plainly(self, code: str, row: Stored, verdict: scoring.Verdict) -> None:
        self.done.graded_plainly += 1
        plain = scoring.grade(self.scheme, dict(zip(self.keys, row.values, strict=True)))
        if plain != verdict:
            self.differ(code, _("both forms of the scorer"), verdict, plain)

    def compare(self, code: str, row: Stored, verdict: scoring.Verdict, before: Before) -> int | None:
        """Says the computed tier."""
        key = verdict.tier(self.scheme)
        computed = self.by_key[key] if key else None
        for what, stored, now in (
            (_("points"), row.points, list(verdict.points)),
            (_("dimension scores"), row.dimensions, list(verdict.dimensions)),
            (_("score"), row.total, verdict.total),
            (_("lowest possible score"), row.low, verdict.low),
            (_("highest possible score"), row.high, verdict.high),
            (_("coverage"), row.coverage, verdict.coverage),
        ):
            if stored != now:
                self.differ(code, what, stored, now)
        if row.computed_tier_id != computed:
            self.differ(code, _("computed tier"), self.name(row.computed_tier_id), self.name(computed))
        self.compare_tier(code, row, verdict, before)
        if "annual_amount" in self.keys:
            amount = verdict.values[self.keys.index("annual_amount")]
            if row.annual_amount != amount:
                self.differ(code, _("annual amount"), row.annual_amount, amount)
        return computed

    def compare_tier(self, code: str, row: Stored, verdict: scoring.Verdict, before: Before) -> None:
        """A tier that was kept is no result of the numbers: the checks of the history look after it."""
        if row.kept == Grading.Kept.OVERRIDE:
            return
        if verdict.total is None or verdict.coverage < self.scheme.coverage_floor:
            if row.kept != Grading.Kept.COVERAGE:
                self.differ(code, _("kept"), row.kept, Grading.Kept.COVERAGE.value)
            return
        tier_id, kept = self.placed(verdict, before)
        if row.kept != kept:
            self.differ(code, _("kept"), row.kept, kept)
        elif row.tier_id != tier_id:
            self.differ(code, _("tier"), self.name(row.tier_id), self.name(tier_id))

    def placed(self, verdict: scoring.Verdict, before: Before) -> tuple[int, str]:
        """Where the movement policy puts somebody with this verdict who stood there."""
        key, total = verdict.tier(self.scheme), verdict.total
        assert key is not None  # noqa: S101 - enough is known for a tier
        assert total is not None  # noqa: S101
        found = policy.place(
            self.policy,
            before=self.place_before(before),
            computed=self.scheme.tiers.index(key),
            total=total,
            runs_before=max(before.runs - 1, 0),
        )
        return self.tiers[found.tier], found.held.value

    def asks(self, movement: Proposed | None, earlier: dict[tuple[int, int], explanation.Graded]) -> bool:
        """Of somebody who moves, as the version said that graded the customer before."""
        if movement is None or (movement.earlier_id, movement.customer_id) not in earlier:
            return False
        return (self.version_of[movement.earlier_id], movement.from_tier_id) in self.named

    def place_before(self, before: Before) -> int:
        if before.tier_id is None:
            return policy.NOWHERE
        if before.tier_id in self.tiers:
            return self.tiers.index(before.tier_id)
        return policy.ELSEWHERE_ASKS if before.asks else policy.ELSEWHERE

    def reason(
        self,
        code: str,
        row: Stored,
        verdict: scoring.Verdict,
        movement: Proposed,
        earlier: dict[tuple[int, int], explanation.Graded],
        *,
        runs: int,
    ) -> dict[str, Any] | None:
        before = None
        if movement.earlier_id is not None:
            before = earlier.get((movement.earlier_id, row.customer_id))
            if before is None:
                self.differ(code, _("grading from which the reason starts"), movement.earlier_id, None)
                return None
        after = explanation.Graded(
            self.scheme, verdict.values, verdict.points, verdict.total, verdict.coverage
        )
        reason = explanation.explain(before, after, waited=runs if before else 0).as_json()
        if movement.reason not in (reason, as_once(reason)):
            self.differ(code, _("reason"), movement.reason, reason)
        return reason

    def add_to_hash(
        self,
        code: str,
        verdict: scoring.Verdict,
        computed: int | None,
        tier: int | None,
        reason: dict[str, Any] | None,
    ) -> None:
        said = [
            code, verdict.values, verdict.points, verdict.dimensions, verdict.total, verdict.low, verdict.high,
            verdict.coverage, self.name(computed), self.name(tier), reason,
        ]  # fmt: skip
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        number = int.from_bytes(hashlib.sha256(text.encode()).digest())
        self.done.total_hash = (self.done.total_hash + number) % WHOLE_HASH

    def name(self, tier: int | None) -> str | None:
        return None if tier is None else self.names.get(tier, f"#{tier}")

    def differ(self, code: str, what: str, stored: object, computed: object) -> None:
        self.done.findings.add(code, what, stored, computed)


def as_once(reason: dict[str, Any]) -> dict[str, Any]:
    """Without what reasons did not keep at first: what became known or unknown without points, and the waiting."""
    kept = {name: part for name, part in reason.items() if name != "waited"}
    return kept | {"lines": [line for line in reason["lines"] if line[-1]]}


def is_whole(value: object) -> bool:
    return type(value) is int and abs(value) <= scoring.VALUE_LIMIT


def nullable(numbers: book.Ints, there: book.Bools) -> list[Any]:
    rows = numbers.astype(object)
    rows[~there] = None
    return rows.tolist()  # type: ignore[no-any-return]
