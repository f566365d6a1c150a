"""What the chunks of a run come to: who would move where, with how much, and how much is known of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tiering.matrix import Step, Sums
from tiering.models import Run


@dataclass(frozen=True, slots=True)
class Proposed:
    """`moves` has those who stay as well; `coverage` is the sum of everybody's, in basis points."""

    moves: Mapping[Step, Sums]
    coverage: int

    @property
    def customers(self) -> int:
        return sum(count for count, _amount in self.moves.values())

    def share_that_moves(self) -> tuple[Sums, Sums]:
        """Of those that had a tier: who gets another one, and all. A first grading moves nobody."""
        before = {step: sums for step, sums in self.moves.items() if step[0] is not None}
        return total(before[step] for step in before if step[0] != step[1]), total(before.values())


def total(sums: Iterable[Sums]) -> Sums:
    counts, amounts = 0, 0
    for count, amount in sums:
        counts, amounts = counts + count, amounts + amount
    return counts, amounts


def proposed(run: Run) -> Proposed:
    """Added up from the chunks: as quick for a million customers as for a few."""
    moves: dict[Step, Sums] = defaultdict(lambda: (0, 0))
    coverage = 0
    for counts in run.chunks.values_list("counts", flat=True):
        if counts is None:
            continue
        coverage += counts["coverage"]
        for before, tier, count, amount in counts["moves"]:
            customers, amounts = moves[before, tier]
            moves[before, tier] = (customers + count, amounts + amount)
    return Proposed(dict(moves), coverage)
