"""The reasons of `tiering.explanation` for many customers at once, as JSON text. No Django.

Agrees with `explanation.explain(…).as_json()` on every input (tested with hypothesis).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiering import book
from tiering.book import Bools, Ints
from tiering.explanation import Graded, rulings, schemes_of, weighing
from tiering.scoring import Scheme


@dataclass(frozen=True, slots=True)
class Side:
    """Gradings by one scheme: rows are customers, columns of the matrices are in scheme order."""

    scheme: Scheme
    values: Ints
    known: Bools
    points: Ints
    has_points: Bools
    total: Ints
    scored: Bools
    coverage: Ints

    @classmethod
    def of(cls, scheme: Scheme, found: book.Verdicts, at: Ints) -> "Side":
        return cls(
            scheme, found.values[at], found.known[at], found.points[at], found.has_points[at], found.total[at],
            found.scored[at], found.coverage[at],
        )  # fmt: skip

    @classmethod
    def stored(
        cls,
        scheme: Scheme,
        values: Sequence[Sequence[int | None]],
        points: Sequence[Sequence[int | None]],
        totals: Sequence[int | None],
        coverages: Sequence[int],
    ) -> "Side":
        """From the lists that a grading keeps, None for what is unknown."""
        width = len(scheme.indicators)
        total, scored = optional(np.array(totals, object))
        return cls(
            scheme,
            *optional(np.array(values, object).reshape(-1, width)),
            *optional(np.array(points, object).reshape(-1, width)),
            total,
            scored,
            np.array(coverages, np.int64),
        )

    def rows(self, at: Ints) -> "Side":
        return Side(
            self.scheme, self.values[at], self.known[at], self.points[at], self.has_points[at], self.total[at],
            self.scored[at], self.coverage[at],
        )  # fmt: skip

    def graded(self, row: int) -> Graded:
        """What rules are about."""
        pairs = zip(self.values[row].tolist(), self.known[row].tolist(), strict=True)
        values = [value if is_known else None for value, is_known in pairs]
        return Graded(self.scheme, values, (), int(self.total[row]) if self.scored[row] else None, 0)


def optional(numbers: NDArray[np.object_]) -> tuple[Ints, Bools]:
    there: Bools = numbers != None  # noqa: E711 - of each element
    return np.where(there, numbers, 0).astype(np.int64), there


def reasons(before: Side | None, after: Side, waited: Sequence[int] | None = None) -> list[str]:
    """For each row the reason of the change from `before`, or from nothing, to `after`."""
    count = len(after.total)
    if not count:
        return []
    schemes = [side.scheme for side in (before, after) if side]
    keys = sorted(
        {i.key for scheme in schemes for i in scheme.indicators}
    )  # lines of equal weight come by key
    now, then = _Laid.out(after, keys, count=count), _Laid.out(before, keys, count=count)
    delta = now.contributions - then.contributions
    turned = np.zeros_like(now.known)
    if before:
        told = weighing(after.scheme)
        shared = [keys.index(i.key) for i in before.scheme.indicators if i.key in told]
        turned[:, shared] = (then.known != now.known)[:, shared]
    is_told = (delta != 0) | turned
    order = np.lexsort((~is_told, -np.abs(delta)), axis=1)  # stable: lines of equal weight stay by key
    lines_of = is_told.sum(axis=1).tolist()
    lines = _lines(keys, delta, then, now)
    heads = zip(
        _numbers(before.total, before.scored) if before else ["null"] * count,
        _numbers(after.total, after.scored),
        map(str, before.coverage.tolist()) if before else ["null"] * count,
        map(str, after.coverage.tolist()),
        strict=True,
    )
    two = schemes_of(before.scheme, after.scheme) if before else None
    is_new = "true" if before and (two or before.scheme != after.scheme) else "false"
    named = f',"schemes":{json.dumps(two, separators=(",", ":"))}' if two else ""
    rules = _rules(before, after) if after.scheme.by_rules else [""] * count
    waits = [f',"waited":{runs}' if runs else "" for runs in waited or [0] * count]
    texts = []
    rows = zip(lines, order.tolist(), lines_of, heads, waits, rules, strict=True)
    for row, largest, some, (t0, t1, c0, c1), wait, ruled in rows:
        own = ",".join([row[n] for n in largest[:some]])
        texts.append(
            f'{{"kind":"graded","totals":[{t0},{t1}],"coverages":[{c0},{c1}],'
            f'"new_scheme":{is_new},"lines":[{own}]{named}{wait}{ruled}}}'
        )
    return texts


def _rules(before: Side | None, after: Side) -> list[str]:
    """What rules add to the text, customer by customer: only those who move have a reason."""
    texts, scale = [], json.dumps(after.scheme.scale)
    for row in range(len(after.total)):
        found = rulings(before.graded(row) if before else None, after.graded(row))
        said = json.dumps([each.as_json() for each in found], separators=(",", ":"))
        texts.append(f',"scale":{scale},"rules":{said}' if found else "")
    return texts


class _Laid(NamedTuple):
    """One side in columns for all keys of both."""

    contributions: Ints
    values: Ints
    known: Bools
    points: Ints
    has_points: Bools

    @classmethod
    def out(cls, side: Side | None, keys: list[str], *, count: int) -> "_Laid":
        """Nothing where the side has no such key, or there is no side."""
        numbers, masks = np.zeros((count, len(keys)), np.int64), np.zeros((count, len(keys)), np.bool_)
        laid = cls(numbers, numbers.copy(), masks, numbers.copy(), masks.copy())
        if side:
            at = [keys.index(i.key) for i in side.scheme.indicators]
            contributions = book.contributions(side.scheme, side.points, side.has_points)
            own = (contributions, side.values, side.known, side.points, side.has_points)
            for target, part in zip(laid, own, strict=True):
                target[:, at] = part
        return laid


def _lines(keys: list[str], delta: Ints, then: _Laid, now: _Laid) -> list[tuple[str, ...]]:
    """For each row the text of a line per key."""
    columns = []
    for n, key in enumerate(keys):
        name = json.dumps(key)
        columns.append(
            [
                f"[{name},[{v0},{v1}],[{p0},{p1}],{change}]"
                for v0, v1, p0, p1, change in zip(
                    _numbers(then.values[:, n], then.known[:, n]), _numbers(now.values[:, n], now.known[:, n]),
                    _numbers(then.points[:, n], then.has_points[:, n]), _numbers(now.points[:, n], now.has_points[:, n]),
                    delta[:, n].tolist(), strict=True,
                )
            ]
        )  # fmt: skip
    return list(zip(*columns, strict=True))


def _numbers(values: Ints, there: Bools) -> list[str]:
    texts = list(map(str, values.tolist()))
    if there.all():
        return texts
    return [text if is_there else "null" for text, is_there in zip(texts, there.tolist(), strict=True)]
