"""Where a run puts customers: a tier set by hand, the present one, or what numbers and movement policy say."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import Standing
from tiering import book, policy
from tiering.book import Bools, Ints
from tiering.measures import Facts
from tiering.models import Floor, Grading, Hold, Override, Run, SchemeVersion
from toolbox import bulk

KEPT: Final = np.array(
    [kept.value for kept in (*policy.BY_CODE, Grading.Kept.OVERRIDE, Grading.Kept.COVERAGE)]
)
ASKED_AT_ONCE: Final = 5_000
OVERRIDE, COVERAGE = len(KEPT) - 2, len(KEPT) - 1
"""Places in KEPT, which begins with what the policy says."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where customers stand and where the run puts them: ids of tiers and gradings, 0 for none.

    `kept` are places in KEPT; `runs` those in which a customer stood too low, one after the other.
    """

    before: Ints
    earlier: Ints
    computed: Ints
    tier: Ints
    kept: Ints
    runs: Ints
    rises: Bools
    """To a better tier of this scheme, by the numbers and with nobody's approval."""

    @property
    def moves(self) -> Bools:
        moves: Bools = (self.tier > 0) & (self.tier != self.before)
        return moves

    @property
    def held(self) -> Bools:
        """By the policy, or counted by it."""
        held: Bools = (self.runs > 0) | (self.kept > 0) & (self.kept < OVERRIDE)
        return held

    def rows(self, at: Ints) -> "Placed":
        return Placed(*(getattr(self, field.name)[at] for field in fields(self)))


def place(run: Run, version: SchemeVersion, facts: Facts, verdicts: book.Verdicts) -> Placed:
    """A tier set by hand holds; where too little is known the present one is kept; else the policy decides."""
    stood = facts.aligned(("tier", "grading"), bulk.read(standings(facts)))
    set_by_hand = facts.aligned(("tier",), bulk.read(by_hand(run, facts)))["tier"]
    tiers = np.array([floor.tier_id for floor in version.floors.all()], np.int64)
    computed = np.where(verdicts.scored, tiers[verdicts.tier], 0)
    too_little = ~verdicts.scored | (verdicts.coverage < version.coverage_floor_in_basis_points)
    is_settled = [set_by_hand > 0, too_little]
    before = policy.indices(tiers.tolist(), stood["tier"])
    rules = version.policy()
    asks = leaving_asks(stood, before)
    before = np.where(asks, policy.ELSEWHERE_ASKS, before)
    if rules.is_off and not asks.any():
        moved = policy.PlacedAll(verdicts.tier, *np.zeros((2, facts.size), np.int64))
        by_policy = computed
    else:
        runs_before = (
            runs_below(facts, stood["tier"], last_before(run)) if rules.dwell > 1 else np.zeros_like(computed)
        )
        moved = policy.place_all(
            rules, before=before, computed=verdicts.tier, total=verdicts.total, runs_before=runs_before
        )
        by_policy = tiers[moved.tier]
    return Placed(
        before=stood["tier"],
        earlier=stood["grading"],
        computed=computed,
        tier=np.select(is_settled, [set_by_hand, stood["tier"]], by_policy),
        kept=np.select(is_settled, [OVERRIDE, COVERAGE], moved.held),
        runs=np.select(is_settled, [0, 0], moved.runs if rules.dwell > 1 else 0),
        rises=(moved.tier < before) & (moved.held != policy.APPROVAL) & ~is_settled[0] & ~too_little,
    )


def leaving_asks(stood: dict[str, Ints], before: Ints) -> Bools:
    """Whose tier, given by another scheme, takes approval to be left: by the version that graded the customer last."""
    asks = np.zeros(len(before), np.bool_)
    at = np.flatnonzero(before == policy.ELSEWHERE)
    floors = Floor.objects.filter(approve_leaving=True)
    if not len(at) or not (named := set(floors.values_list("version_id", "tier_id"))):
        return asks
    gradings = stood["grading"][at]
    version_of: dict[int, int] = {}
    for start in range(0, len(at), ASKED_AT_ONCE):
        some = Grading.objects.filter(pk__in=gradings[start : start + ASKED_AT_ONCE].tolist())
        version_of.update(some.values_list("pk", "run__version"))
    pairs = zip(gradings.tolist(), stood["tier"][at].tolist(), strict=True)
    asks[at] = [(version_of.get(grading, 0), tier) in named for grading, tier in pairs]
    return asks


def standings(facts: Facts) -> QuerySet[Standing, Any]:
    rows = Standing.objects.filter(**facts.stretch)
    return rows.values_list("customer_id", Coalesce("tier_id", 0), Coalesce("grading_id", 0))


def by_hand(run: Run, facts: Facts) -> QuerySet[Override, Any]:
    in_force = Override.objects.in_force(timezone.localdate(run.frozen_at))
    return in_force.filter(**facts.stretch).values_list("customer_id", "tier_id")


def last_before(run: Run) -> Run | None:
    """The last published re-grade of those whom a run grades."""
    return last_of(run.scheme_id, is_default=run.of_default)


def last_of(scheme: int, *, is_default: bool) -> Run | None:
    own = Run.objects.of_the_book().published().in_line_with(scheme, is_default=is_default)
    return own.order_by("-as_of", "-frozen_at", "-pk").first()


def runs_below(facts: Facts, before: Ints, last: Run | None) -> Ints:
    """In how many re-grades, up to that last one, each stood too low for the tier it has."""
    rows = Hold.objects.filter(run=last, **facts.stretch).values_list("customer_id", "from_tier_id", "runs")
    found = facts.aligned(("tier", "runs"), bulk.read(rows))
    runs: Ints = np.where(found["tier"] == before, found["runs"], 0)
    return runs
