"""Why a total changed, as data that adds up exactly. No Django.

A line is one indicator's part of the change, in millionths of the total; all lines add up to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tiering import scoring


@dataclass(frozen=True, slots=True)
class Graded:
    """What a grading stores, with the scheme it was made by. Lists in scheme order, None unknown."""

    scheme: scoring.Scheme
    values: Sequence[int | None]
    points: Sequence[int | None]
    total: int | None
    coverage: int


@dataclass(frozen=True, slots=True)
class Line:
    """Values are raw, points hundredths; None where unknown or not in that scheme version."""

    key: str
    values: tuple[int | None, int | None]
    points: tuple[int | None, int | None]
    delta: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Totals in millionths. Lines have a part in the change and come largest first."""

    totals: tuple[int | None, int | None]
    coverages: tuple[int | None, int]
    is_new_scheme: bool
    lines: tuple[Line, ...]

    @property
    def delta(self) -> int:
        return (self.totals[1] or 0) - (self.totals[0] or 0)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": "graded",
            "totals": list(self.totals),
            "coverages": list(self.coverages),
            "new_scheme": self.is_new_scheme,
            "lines": [[n.key, list(n.values), list(n.points), n.delta] for n in self.lines],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Reason":
        return cls(
            totals=(stored["totals"][0], stored["totals"][1]),
            coverages=(stored["coverages"][0], stored["coverages"][1]),
            is_new_scheme=stored["new_scheme"],
            lines=tuple(Line(key, (v[0], v[1]), (p[0], p[1]), d) for key, v, p, d in stored["lines"]),
        )


def explain(before: Graded | None, after: Graded) -> Reason:
    """The change from one grading to the next; from nothing, where there was none."""
    old, new = _parts(before), _parts(after)
    lines = [
        Line(
            key,
            (old.get(key, NOTHING)[0], new.get(key, NOTHING)[0]),
            (old.get(key, NOTHING)[1], new.get(key, NOTHING)[1]),
            new.get(key, NOTHING)[2] - old.get(key, NOTHING)[2],
        )
        for key in dict.fromkeys([*new, *old])
    ]
    return Reason(
        totals=(before.total if before else None, after.total),
        coverages=(before.coverage if before else None, after.coverage),
        is_new_scheme=before is not None and before.scheme != after.scheme,
        lines=tuple(sorted((n for n in lines if n.delta), key=lambda n: (-abs(n.delta), n.key))),
    )


def shown_parts(parts: Sequence[int], whole: int, *, unit: int = 10_000) -> list[int]:
    """Parts in a coarser unit for display, adjusted by largest remainder so that they add up to `whole`.

    `whole` is the difference of the two totals as they are shown (each truncated), in the coarser unit.
    """
    shown = [part // unit for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda n: (-(parts[n] % unit), n))
    lacking = whole - sum(shown)
    for n in by_remainder[: max(lacking, 0)]:
        shown[n] += 1
    for n in reversed(by_remainder[len(by_remainder) + min(lacking, 0) :]):
        shown[n] -= 1
    return shown


NOTHING: tuple[None, None, int] = (None, None, 0)


def _parts(graded: Graded | None) -> dict[str, tuple[int | None, int | None, int]]:
    """Raw value, points and contribution by indicator key."""
    if graded is None:
        return {}
    contributions = scoring.contributions(graded.scheme, graded.points)
    rows = zip(graded.values, graded.points, contributions, strict=True)
    return {i.key: row for i, row in zip(graded.scheme.indicators, rows, strict=True)}
