"""Who moves from which tier to which: a table with its totals, and the same as streams. For a run and a simulation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from customers import scales
from customers.models import Tier
from toolbox.templatetags.formats import money_short, number

Step = tuple[int | None, int | None]
"""Ids of two tiers, from and to; None is not yet graded."""
Sums = tuple[int, int]
"""How many customers, and their annual amount in fen."""


@dataclass(frozen=True, slots=True)
class Cell:
    from_tier: Tier | None
    to_tier: Tier | None
    count: int
    amount: int
    url: str
    """Of the customers behind it; empty for no link."""

    @property
    def stays(self) -> bool:
        return self.from_tier == self.to_tier

    @property
    def direction(self) -> int:
        """1 up, -1 down, 0 where neither is to be said: it stays, is new, or goes to another scale."""
        if not self.from_tier or not self.to_tier:
            return 0
        return self.from_tier.step_to(self.to_tier) or 0


@dataclass(frozen=True, slots=True)
class Row:
    """Everybody who comes from one tier: a cell for each tier they go to, and all of them."""

    from_tier: Tier | None
    cells: list[Cell]
    sum: "Sum"


@dataclass(frozen=True, slots=True)
class Sum:
    """Everybody who comes from one tier, or comes to be in it."""

    tier: Tier | None
    count: int
    amount: int
    url: str


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: list[Row]
    sums: list[Sum]
    """Of each column."""

    @property
    def tiers(self) -> list[Tier | None]:
        return [each.tier for each in self.sums]

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row.cells]

    def streams(self) -> dict[str, Any]:
        """For the chart `sankey`: before on the left, after on the right."""
        nodes = [
            {
                "name": f"{side}{tier.pk if tier else 0}",
                "label": said(tier),
                "colour": tier.colour if tier else "",
            }
            for side, tiers in (("<", [row.from_tier for row in self.rows]), (">", self.tiers))
            for tier in tiers
        ]
        links = [
            {
                "source": f"<{cell.from_tier.pk if cell.from_tier else 0}",
                "target": f">{cell.to_tier.pk if cell.to_tier else 0}",
                "words": f"{said(cell.from_tier)} → {said(cell.to_tier)}",
                "count": [cell.count, number(cell.count)],
                "amount": [max(cell.amount, 0), money_short(cell.amount)],
            }
            for cell in self.cells
            if cell.count
        ]
        return {"nodes": nodes, "links": links}


def said(tier: Tier | None) -> str:
    return tier.label if tier else _("Not yet graded")


def matrix(
    found: Mapping[Step, Sums],
    *,
    always: Sequence[Tier],
    url: Callable[[Tier | None, Tier | None], str],
    url_from: Callable[[Tier | None], str] = lambda _tier: "",
    url_to: Callable[[Tier | None], str] = lambda _tier: "",
) -> Matrix:
    """`always` are the tiers that have a row and a column of their own whoever is in them; the others where they occur.

    The best first, the ungraded last. The addresses are those of cells and, where given, of the sums of rows and
    columns.
    """
    ids = {pk for step in found for pk in step if pk}
    tiers = {tier.pk: tier for tier in always} | Tier.objects.in_bulk(ids - {tier.pk for tier in always})
    scales.tell_apart(tiers.values())

    def axis(side: int) -> list[Tier | None]:
        here = {step[side] for step, (count, _amount) in found.items() if count}
        own = [tier for tier in tiers.values() if tier in always or tier.pk in here]
        graded: list[Tier | None] = [
            *sorted(own, key=lambda tier: (tier not in always, tier.scale, tier.rank))
        ]
        return [*graded, None] if None in here else graded

    def cell(origin: Tier | None, target: Tier | None) -> Cell:
        step = origin.pk if origin else None, target.pk if target else None
        count, amount = found.get(step, (0, 0))
        return Cell(origin, target, count, amount, url(origin, target) if count else "")

    columns = axis(1)
    rows = []
    for origin in axis(0):
        cells = [cell(origin, target) for target in columns]
        rows.append(Row(origin, cells, summed(origin, cells, url_from)))
    by_column = zip(*(row.cells for row in rows), strict=True) if rows else [()] * len(columns)
    sums = [summed(target, own, url_to) for target, own in zip(columns, by_column, strict=True)]
    return Matrix(rows, sums)


def summed(tier: Tier | None, cells: Iterable[Cell], url: Callable[[Tier | None], str]) -> Sum:
    own = list(cells)
    count = sum(cell.count for cell in own)
    return Sum(tier, count, sum(cell.amount for cell in own), url(tier) if count else "")
