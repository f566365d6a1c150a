"""How much of a change of the total came from the data, and how much from the scheme: in parts that add up. No Django.

One grading is walked into the other in fixed steps. Each changes one kind of thing, and what it moves of each
indicator's contribution (`scoring.contributions`) is put down to it:

1. `data`: indicators known both times take their new value, by the old scheme;
2. `missing`: what became known or unknown does, by the old scheme;
3. `curve`: the new curves, with the old weights;
4. `missing`: what is unknown counts as the new scheme wants it to (left out, neutral or zero);
5. `weight`: the new weights; indicators `added` to the scheme and `removed` from it.

Before 5 what is removed and was left out counts with 0 points, and what is added and is left out counts so until the
end: thus the weight that it hands on is seen apart from the weights themselves. Of the others, all that 2, 4 and these
two move is `reweighing`. Steps follow each other, so that the parts of an indicator add up to the change of its
contribution, the line that a reason stores, and everything to the change of the total: in millionths, exactly, with
no remainder to hide.

The data comes first, by the old scheme: after step 2 stands the total that the customer would have had if the scheme
had not changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from tiering import scoring
from tiering.explanation import Graded, rulings, schemes_of

Points = dict[str, int | None]
"""By indicator key."""
OnScale = tuple[str, str]
"""A tier: its scale, and its key there."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one indicator has in the change of the total, in millionths."""

    key: str
    data: int = 0
    missing: int = 0
    reweighing: int = 0
    curve: int = 0
    weight: int = 0
    added: int = 0
    removed: int = 0

    @property
    def scheme(self) -> int:
        return self.curve + self.weight + self.added + self.removed

    @property
    def delta(self) -> int:
        return self.data + self.missing + self.reweighing + self.scheme


EFFECTS = tuple(field.name for field in fields(Part) if field.name != "key")


@dataclass(frozen=True, slots=True)
class Split:
    """The change of a total. `parts` of no effect are left out; the others come as their schemes have them."""

    totals: tuple[int | None, int | None]
    parts: tuple[Part, ...]
    tiers: tuple[OnScale | None, OnScale | None]
    """By the numbers alone: before, and now."""
    tier_by_old_way: OnScale | None
    """What the grading of now would give by the floors or rules of before; the same as now where they are the same.
    None where another scheme grades now: its score says nothing of the floors of before."""
    is_other_scheme: bool = False
    turned_by: tuple["Largest", ...] = ()
    """Where rules decide and the tier is another: what turned it, condition by condition."""

    @property
    def delta(self) -> int:
        return (self.totals[1] or 0) - (self.totals[0] or 0)

    def of(self, effect: str) -> int:
        """What all indicators have of one effect: data, missing, reweighing or scheme, or one within the scheme's."""
        return sum(getattr(part, effect) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest part in the direction of the change."""

    effect: str
    """Data, scheme, missing, reweighing; "none" where nothing of the numbers explains a change of tier."""
    key: str | None = None


def largest(found: Split) -> Largest:
    """Of several equal ones the first in scheme order. Where another scheme grades now, or floors or rules alone turn
    the tier, it is the scheme; where rules turn it for other reasons, the first condition that did.
    """
    if found.is_other_scheme:
        return Largest("scheme")
    before, after = found.tiers
    if before != after and before is not None and found.tier_by_old_way == before:
        return Largest("scheme")
    if found.turned_by:
        return found.turned_by[0]
    if not found.delta:
        return Largest("scheme" if found.tier_by_old_way != after else "none")
    sign = 1 if found.delta > 0 else -1
    parts = [
        (sign * getattr(part, effect), Largest(effect, part.key))
        for part in found.parts
        for effect in ("data", "scheme", "missing")
    ]
    parts.append((sign * found.of("reweighing"), Largest("reweighing")))
    return max(parts, key=lambda part: part[0])[1]


def split(before: Graded | None, after: Graded) -> Split:
    """From nothing, where there was no grading before: then what is known is data."""
    parts = _first(after) if before is None else _steps(before, after)
    is_other_scheme = before is not None and schemes_of(before.scheme, after.scheme) is not None
    turns = before is not None and not is_other_scheme and _tier(before) != _tier(after)
    return Split(
        totals=(before.total if before else None, after.total),
        parts=tuple(part for part in parts if any(getattr(part, effect) for effect in EFFECTS)),
        tiers=(_tier(before) if before else None, _tier(after)),
        tier_by_old_way=_by_old_way(before, after) if before else _tier(after),
        turned_by=_turned_by(before, after) if before and turns else (),
        is_other_scheme=is_other_scheme,
    )


def _tier(graded: Graded) -> OnScale | None:
    return _on_scale(graded.scheme, scoring.tier_of(graded.scheme, graded.total, graded.values))


def _by_old_way(before: Graded, after: Graded) -> OnScale | None:
    """The total and the values of now, judged as the scheme of before judges."""
    if schemes_of(before.scheme, after.scheme):
        return None
    values = _by_key(after.scheme, after.values)
    row = [values.get(i.key) for i in before.scheme.indicators]
    return _on_scale(before.scheme, scoring.tier_of(before.scheme, after.total, row))


def _on_scale(scheme: scoring.Scheme, tier: str | None) -> OnScale | None:
    return None if tier is None else (scheme.scale, tier)


def _turned_by(before: Graded, after: Graded) -> tuple[Largest, ...]:
    """What became known or unknown is missing data, the rest is data."""
    return tuple(
        Largest("missing" if None in each.values else "data", each.key)
        for each in rulings(before, after)
        if each.is_turned and each.values[0] != each.values[1]
    )


def _first(after: Graded) -> list[Part]:
    brought = _brought(after.scheme, _by_key(after.scheme, after.points))
    values = _by_key(after.scheme, after.values)
    return [
        Part(key, **{"missing" if values[key] is None else "data": amount}) for key, amount in brought.items()
    ]


def _steps(before: Graded, after: Graded) -> list[Part]:
    walk = _Walk(before, after)
    walk.take_data()
    walk.take_missing()
    if before.scheme != after.scheme:
        walk.take_scheme()
    walk.arrive()
    return [Part(key, **effects) for key, effects in walk.found.items()]


class _Walk:
    """The steps from one grading to the other, and what each has moved so far."""

    def __init__(self, before: Graded, after: Graded) -> None:
        self.old, self.new = before.scheme, after.scheme
        self.scheme = before.scheme
        self.points = _by_key(self.old, before.points)
        self.goal = _by_key(self.new, after.points)
        self.was, self.now = _by_key(self.old, before.values), _by_key(self.new, after.values)
        self.before = {i.key: i for i in self.old.indicators}
        self.after = {i.key: i for i in self.new.indicators}
        self.common = [key for key in self.after if key in self.before]
        self.brought = _brought(self.scheme, self.points)
        self.found: dict[str, dict[str, int]] = {
            key: {} for key in dict.fromkeys([*self.after, *self.before])
        }

    def move(self, changes: Points, effect: str) -> None:
        """Give indicators other points. Their own movement is of this effect, that of the others re-weighing."""
        changed = {key: points for key, points in changes.items() if points != self.points[key]}
        if changed:
            self.points = self.points | changed
            self.put_down(dict.fromkeys(changed, effect))

    def put_down(self, effects: Mapping[str, str]) -> None:
        """What differs now, to the effect named for its indicator."""
        brought = _brought(self.scheme, self.points)
        for key in dict.fromkeys([*self.brought, *brought]):
            if moved := brought.get(key, 0) - self.brought.get(key, 0):
                effect = effects.get(key, "reweighing")
                self.found[key][effect] = self.found[key].get(effect, 0) + moved
        self.brought = brought

    def take_data(self) -> None:
        moved: Points = {}
        for key in self.common:
            was, now = self.was[key], self.now[key]
            if was is not None and now is not None and was != now:
                moved[key] = scoring.points_of(now, self.before[key].curve)
        self.move(moved, "data")

    def take_missing(self) -> None:
        turned = [key for key in self.common if (self.was[key] is None) != (self.now[key] is None)]
        self.move(
            {key: scoring.points_or_policy(self.before[key], self.now[key]) for key in turned}, "missing"
        )

    def take_scheme(self) -> None:
        known = [key for key in self.common if self.now[key] is not None]
        self.move({key: self.goal[key] for key in known}, "curve")
        unknown: Points = {key: self.goal[key] for key in self.common if self.now[key] is None}
        removed = [key for key in self.before if key not in self.after]
        self.move(unknown | {key: self.points[key] or 0 for key in removed}, "missing")
        self.scheme = self.new
        self.points = {
            key: self.points[key] if key in self.before else points or 0 for key, points in self.goal.items()
        }
        added = [key for key in self.after if key not in self.before]
        self.put_down(
            dict.fromkeys(self.common, "weight")
            | dict.fromkeys(added, "added")
            | dict.fromkeys(removed, "removed")
        )

    def arrive(self) -> None:
        """At the points of the grading itself: what was added and is left out hands its weight on."""
        self.move(self.goal, "missing")


def _by_key(scheme: scoring.Scheme, row: Sequence[int | None]) -> dict[str, int | None]:
    return dict(zip((i.key for i in scheme.indicators), row, strict=True))


def _brought(scheme: scoring.Scheme, points: Points) -> dict[str, int]:
    """Contributions to the total by indicator key."""
    row = [points[i.key] for i in scheme.indicators]
    return dict(zip((i.key for i in scheme.indicators), scoring.contributions(scheme, row), strict=True))
