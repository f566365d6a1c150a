"""Why a total changed, as data that adds up exactly; and, where rules decide, which of them did. No Django.

A line is one indicator's part of the change, in millionths of the total; all lines add up to it. A ruling is one
condition that bore on the tier, with the value that met it or did not, before and now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiering import conditions, scoring
from tiering.conditions import Condition


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
    """0 where a value became known or unknown that brings no points itself, but weighs the others anew."""


Asks = tuple[int | None, int | None, bool]
"""At least, at most, and whether the unknown passes."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A condition of a tier, before and now: raw values, what it asked for, and whether the value allowed the tier.
    None where there was no such condition, or no grading.
    """

    tier: str
    key: str
    values: tuple[int | None, int | None]
    asks: tuple[Asks | None, Asks | None]
    allows: tuple[bool | None, bool | None]

    @property
    def is_turned(self) -> bool:
        """Whether it stood against the tier at one of the two times only."""
        return (self.allows[0] is False) != (self.allows[1] is False)

    def as_json(self) -> list[Any]:
        asks = [None if each is None else list(each) for each in self.asks]
        return [self.tier, self.key, list(self.values), asks, list(self.allows)]

    @classmethod
    def from_json(cls, stored: list[Any]) -> "Ruling":
        tier, key, values, asks, allows = stored
        then, now = (None if each is None else (each[0], each[1], each[2]) for each in asks)
        return cls(tier, key, (values[0], values[1]), (then, now), (allows[0], allows[1]))


@dataclass(frozen=True, slots=True)
class Reason:
    """Totals in millionths. Lines have a part in the change and come largest first, those last that became known or
    unknown without one. Rulings, where rules decide, come by tier, the best first.
    """

    totals: tuple[int | None, int | None]
    coverages: tuple[int | None, int]
    is_new_scheme: bool
    lines: tuple[Line, ...]
    rulings: tuple[Ruling, ...] = ()
    schemes: tuple[str, str] | None = None
    """Keys of the scheme of before and of now, where they are two."""
    scale: str = ""
    """On which the tiers of the rulings stand."""
    waited: int = 0
    """In how many re-grades in a row the customer stood too low, where that had held the change back; else 0."""

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
            **({"schemes": list(self.schemes)} if self.schemes else {}),
            **({"waited": self.waited} if self.waited else {}),
            **(
                {"scale": self.scale, "rules": [ruling.as_json() for ruling in self.rulings]}
                if self.rulings
                else {}
            ),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Reason":
        return cls(
            totals=(stored["totals"][0], stored["totals"][1]),
            coverages=(stored["coverages"][0], stored["coverages"][1]),
            is_new_scheme=stored["new_scheme"],
            lines=tuple(Line(key, (v[0], v[1]), (p[0], p[1]), d) for key, v, p, d in stored["lines"]),
            rulings=tuple(Ruling.from_json(each) for each in stored.get("rules", ())),
            schemes=(stored["schemes"][0], stored["schemes"][1]) if "schemes" in stored else None,
            scale=stored.get("scale", ""),
            waited=stored.get("waited", 0),
        )


def explain(before: Graded | None, after: Graded, *, waited: int = 0) -> Reason:
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
    turned = {
        key for key in weighing(after.scheme) if key in old and (new[key][0] is None) != (old[key][0] is None)
    }
    schemes = schemes_of(before.scheme, after.scheme) if before else None
    ruled_by = rulings(before, after)
    return Reason(
        totals=(before.total if before else None, after.total),
        coverages=(before.coverage if before else None, after.coverage),
        is_new_scheme=before is not None and (schemes is not None or before.scheme != after.scheme),
        lines=tuple(
            sorted((n for n in lines if n.delta or n.key in turned), key=lambda n: (-abs(n.delta), n.key))
        ),
        rulings=ruled_by,
        schemes=schemes,
        scale=after.scheme.scale if ruled_by else "",
        waited=waited,
    )


def weighing(scheme: scoring.Scheme) -> set[str]:
    """Keys of the indicators that have a weight in the total."""
    return {i.key for d in scheme.dimensions if d.weight for i in d.indicators if i.weight}


def schemes_of(before: scoring.Scheme, after: scoring.Scheme) -> tuple[str, str] | None:
    """Their keys, where they are versions of two schemes."""
    return (before.key, after.key) if before.key != after.key else None


def rulings(before: Graded | None, after: Graded) -> tuple[Ruling, ...]:
    """The conditions that decided on the tier by the numbers; none where floors decide.

    On a way up those of the tier reached that turned; on a way down those of the tier lost, and of the tiers between,
    that are not met now. Where the tier is as before, was not decided by rules before, or stood on another scale: those
    of the tier, and what keeps it from the next better one.
    """
    if not after.scheme.by_rules or after.total is None:
        return ()
    tiers, place = after.scheme.tiers, ruled(after)
    was = None
    if (
        before is not None
        and before.scheme.by_rules
        and before.total is not None
        and same_scale(before, after)
    ):
        tier = before.scheme.tiers[ruled(before)]
        was = tiers.index(tier) if tier in tiers else None
    found = all_rulings(before, after)
    if was is not None and place < was:
        return tuple(each for each in found if each.tier == tiers[place] and each.is_turned)
    if was is not None and place > was:
        lost = set(tiers[was:place])
        return tuple(each for each in found if each.tier in lost and each.allows[1] is False)
    own, above = tiers[place], tiers[place - 1] if place else None
    return tuple(
        each
        for each in found
        if (each.tier == own and each.asks[1]) or (each.tier == above and each.allows[1] is False)
    )


def same_scale(before: Graded, after: Graded) -> bool:
    return before.scheme.scale == after.scheme.scale


def ruled(graded: Graded) -> int:
    """Place of the tier that rules give."""
    scheme = graded.scheme
    return conditions.place(scheme.conditions, scheme.tiers, scoring.by_key(scheme, graded.values))


def all_rulings(before: Graded | None, after: Graded) -> list[Ruling]:
    """Of all conditions now, and of those before of tiers that there still are."""
    tiers = after.scheme.tiers
    then, now = _asked(before) if before and same_scale(before, after) else {}, _asked(after)
    old = scoring.by_key(before.scheme, before.values) if before else {}
    new = scoring.by_key(after.scheme, after.values)
    found = []
    for tier, key in dict.fromkeys([*now, *then]):
        if tier in tiers:
            values = old.get(key), new.get(key)
            pair = then.get((tier, key)), now.get((tier, key))
            found.append(
                Ruling(
                    tier,
                    key,
                    values,
                    (pair[0].asks if pair[0] else None, pair[1].asks if pair[1] else None),
                    (
                        pair[0].allows(values[0]) if pair[0] else None,
                        pair[1].allows(values[1]) if pair[1] else None,
                    ),
                )
            )
    return sorted(found, key=lambda each: tiers.index(each.tier))


def _asked(graded: Graded) -> dict[tuple[str, str], Condition]:
    return {(each.tier, each.key): each for each in graded.scheme.conditions}


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


Cells = dict[tuple[str, str], int]


def shown_table(
    cells: Cells, rows: Mapping[str, int], columns: Mapping[str, int], *, unit: int = 10_000
) -> Cells:
    """The parts of a table, (row, column) each, in a coarser unit for display, so that they add up to the rows as shown.

    And to the columns as shown, wherever steps of one between two cells of a row can bring that about. `rows` and
    `columns` add up to the same.
    """
    shown: Cells = {}
    for row, whole in rows.items():
        own = [place for place in cells if place[0] == row]
        shown |= zip(own, shown_parts([cells[place] for place in own], whole, unit=unit), strict=True)
    over = {column: -whole for column, whole in columns.items()}
    for (_row, column), part in shown.items():
        over[column] += part
    for column in columns:
        while over[column] > 0 and (steps := _steps(shown, cells, over, column, unit)):
            for row, source, target in steps:
                shown[row, source] -= 1
                shown[row, target] += 1
            over[column] -= 1
            over[steps[-1][2]] += 1
    return shown


def _steps(
    shown: Cells, cells: Cells, over: Mapping[str, int], start: str, unit: int
) -> list[tuple[str, str, str]]:
    """The fewest steps (row, from, to) that lead from a column with too much to one with too little."""

    def harm(row: str, source: str, target: str) -> int:
        return abs((shown[row, source] - 1) * unit - cells[row, source]) + abs(
            (shown[row, target] + 1) * unit - cells[row, target]
        )

    reached: dict[str, list[tuple[str, str, str]]] = {start: []}
    queue = [start]
    for source in queue:
        rows = [row for row, column in cells if column == source]
        for target in over:
            own = [row for row in rows if (row, target) in cells]
            if target in reached or not own:
                continue
            reached[target] = [
                *reached[source],
                (min(own, key=lambda row: harm(row, source, target)), source, target),
            ]
            if over[target] < 0:
                return reached[target]
            queue.append(target)
    return []


NOTHING: tuple[None, None, int] = (None, None, 0)


def _parts(graded: Graded | None) -> dict[str, tuple[int | None, int | None, int]]:
    """Raw value, points and contribution by indicator key."""
    if graded is None:
        return {}
    contributions = scoring.contributions(graded.scheme, graded.points)
    rows = zip(graded.values, graded.points, contributions, strict=True)
    return {i.key: row for i, row in zip(graded.scheme.indicators, rows, strict=True)}
