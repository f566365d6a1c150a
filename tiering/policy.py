"""What is done about a tier by the numbers: the movement policy of a scheme version. No Django, no clock, no database.

Tiers are indices into the floors, the best first; totals are millionths. `place` is the rule for one customer and
`place_all` the same for many at once, in numpy; they agree on every input (tested with hypothesis).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tiering.book import Bools, Ints

NOWHERE = -1
"""A customer without a tier: the numbers alone decide."""
ELSEWHERE, ELSEWHERE_ASKS = -2, -3
"""One whose tier has no floor here, mostly because another scheme graded it, on a scale of its own; and one whose tier
takes approval to be left, by the version that graded it."""


class Held(StrEnum):
    """What stands between the tier by the numbers and the tier that the run gives."""

    NOTHING = ""
    MARGIN = "margin"
    DWELL = "dwell"
    STEP = "step"
    APPROVAL = "approval"


BY_CODE = tuple(Held)
MARGIN, DWELL, STEP, APPROVAL = range(1, 5)
"""Places in BY_CODE, for arrays."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`floors` fall from the best tier to the last. By default the numbers alone decide.

    A downgrade takes a total that is more than `margin` below the floor of the present tier, in `dwell` runs one
    after the other, and leads one tier down at most where `one_step` says so. Upgrades are immediate. Whoever would
    enter or leave certain tiers waits for somebody's approval; a first tier needs none. Where rules decide (`by_rules`)
    no total is near a floor, and there is no margin. From elsewhere nothing is up or down: there is no margin, no
    counting and no step, and approval alone can hold the change.
    """

    floors: tuple[int, ...]
    margin: int = 0
    dwell: int = 1
    one_step: bool = False
    entering: frozenset[int] = frozenset()
    leaving: frozenset[int] = frozenset()
    by_rules: bool = False

    @property
    def is_off(self) -> bool:
        holds_back = self.margin or self.dwell > 1 or self.one_step
        return not (holds_back or self.entering or self.leaving)


@dataclass(frozen=True, slots=True)
class Placed:
    """`runs` counts the runs, this one included, in which the customer stood too low for its tier, margin and all."""

    tier: int
    held: Held
    runs: int


def place(policy: Policy, *, before: int, computed: int, total: int, runs_before: int) -> Placed:
    """Where a run puts somebody with that total; held for approval it is the tier proposed."""
    tier, held, runs = computed, Held.NOTHING, 0
    if before == NOWHERE:
        return Placed(tier, held, runs)
    if before in (ELSEWHERE, ELSEWHERE_ASKS):
        asks = before == ELSEWHERE_ASKS or tier in policy.entering
        return Placed(tier, Held.APPROVAL if asks else held, runs)
    if computed > before:
        if not policy.by_rules and total >= policy.floors[before] - policy.margin:
            return Placed(before, Held.MARGIN, 0)
        runs = runs_before + 1
        if runs < policy.dwell:
            return Placed(before, Held.DWELL, runs)
        if policy.one_step and computed > before + 1:
            tier, held = before + 1, Held.STEP
    if tier != before and (before in policy.leaving or tier in policy.entering):
        held = Held.APPROVAL
    return Placed(tier, held, runs)


@dataclass(frozen=True, slots=True)
class PlacedAll:
    """`held` are places in BY_CODE."""

    tier: Ints
    held: Ints
    runs: Ints


def place_all(policy: Policy, *, before: Ints, computed: Ints, total: Ints, runs_before: Ints) -> PlacedAll:
    """For every row what `place` says."""
    has_tier, is_elsewhere = before >= 0, before < NOWHERE
    floors = np.array(policy.floors, np.int64)
    falls = has_tier & (computed > before)
    is_near = falls & (total >= floors[np.maximum(before, 0)] - policy.margin) & (not policy.by_rules)
    runs = np.where(falls & ~is_near, runs_before + 1, 0)
    waits = falls & ~is_near & (runs < policy.dwell)
    stays = is_near | waits
    is_far = falls & ~stays & (computed > before + 1) if policy.one_step else np.zeros_like(falls)
    tier = np.select([stays, is_far], [before, before + 1], computed)
    enters, leaves = _among(tier, policy.entering), _among(before, policy.leaving)
    asks = has_tier & (tier != before) & (leaves | enters)
    asks |= is_elsewhere & (enters | (before == ELSEWHERE_ASKS))
    held = np.select([is_near, waits, asks, is_far], [MARGIN, DWELL, APPROVAL, STEP], 0)
    return PlacedAll(tier, held, runs)


def _among(tiers: Ints, named: frozenset[int]) -> Bools:
    return np.isin(tiers, sorted(named))


def runs_left(policy: Policy, runs: int) -> int:
    """How many more runs the customer may stand too low before it is downgraded."""
    return max(policy.dwell - runs, 0)


def line_of(policy: Policy, tier: int) -> int:
    """The total below which a tier is lost."""
    return max(policy.floors[tier] - policy.margin, 0)


def indices(floors: Sequence[int], tiers: Ints) -> Ints:
    """Ids of tiers as places among the floors' ids, NOWHERE for none (0) and ELSEWHERE for others."""
    found = np.where(tiers > 0, ELSEWHERE, NOWHERE)
    for n, tier in enumerate(floors):
        found[tiers == tier] = n
    return found
