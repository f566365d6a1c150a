"""Tiers by rules: the best tier all of whose conditions hold. Plain integers; no Django, no clock, no database.

A condition asks the raw value of one indicator to lie between two ends, both in, in whole numbers of its unit: more
than 50,000 yuan is at least 5,000,001 fen. The last tier has no conditions and always holds, so that everybody who is
graded has a tier. What a better tier asks for and does not get is thus the upper end of the next one, without being
written there.

What is unknown meets no condition, unless the condition is a supporting one: that one only speaks against a tier where
the value is known and lies outside.

Tiers are told by bits, the best one the lowest: which tiers a value leaves possible is one number, and what several
values leave possible together is their "and". `tiering.book` does the same for many customers at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

VALUE_LIMIT = 10**14
"""No raw value is larger: with it, twice points times the distance between two knots fits in 64 bits."""
MOST_TIERS = 60
"""So many bits are counted in."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Of one tier, about one indicator. Ends are in; None is no end."""

    tier: str
    key: str
    at_least: int | None = None
    at_most: int | None = None
    is_supporting: bool = False

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("A condition needs an end.")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("A condition that nothing can meet.")
        if any(abs(end) > VALUE_LIMIT for end in (self.at_least, self.at_most) if end is not None):
            raise ValueError("An end of a condition is too large.")

    def allows(self, value: int | None) -> bool:
        """Whether a value stands against it or not."""
        if value is None:
            return self.is_supporting
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    @property
    def asks(self) -> tuple[int | None, int | None, bool]:
        """What it asks for, whoever asks."""
        return self.at_least, self.at_most, self.is_supporting


@dataclass(frozen=True, slots=True)
class Span:
    """The raw values that an indicator can have; None where there is no end."""

    low: int | None = 0
    high: int | None = None

    def values(self, asked: Iterable[Condition]) -> list[int]:
        """Some of each stretch in which these conditions, of one indicator, say the same; one at least."""
        return turning(asked, self.low, self.high) or [0]


Spans = Mapping[str, Span]
"""By indicator; one that is not there can have any value."""
ANYTHING = Span(None, None)


def check(conditions: Sequence[Condition], tiers: Sequence[str], keys: Collection[str]) -> None:
    """Raises ValueError where they do not decide."""
    if not 0 < len(tiers) <= MOST_TIERS or len(set(tiers)) != len(tiers):
        raise ValueError("Rules need tiers, each once.")
    asked = [(each.tier, each.key) for each in conditions]
    if len(set(asked)) != len(asked):
        raise ValueError("A tier has two conditions on one indicator.")
    if {tier for tier, _key in asked} != set(tiers[:-1]):
        raise ValueError("Every tier but the last needs a condition, and the last has none.")
    if not {key for _tier, key in asked} <= set(keys):
        raise ValueError("A condition names an indicator that the scheme does not have.")


def place(conditions: Iterable[Condition], tiers: Sequence[str], values: Mapping[str, int | None]) -> int:
    """Place of the best tier all of whose conditions hold."""
    against = {each.tier for each in conditions if not each.allows(values.get(each.key))}
    return next(n for n, tier in enumerate(tiers) if tier not in against)


def mask(conditions: Iterable[Condition], tiers: Sequence[str], value: int | None) -> int:
    """The tiers that this value leaves possible; the conditions are all about its indicator."""
    left = (1 << len(tiers)) - 1
    for each in conditions:
        if not each.allows(value):
            left &= ~(1 << tiers.index(each.tier))
    return left


def best(left: int) -> int:
    """The best of the tiers that are left."""
    return (left & -left).bit_length() - 1


def by_indicator(conditions: Iterable[Condition]) -> dict[str, list[Condition]]:
    found: dict[str, list[Condition]] = {}
    for each in conditions:
        found.setdefault(each.key, []).append(each)
    return found


def turning(conditions: Iterable[Condition], low: int | None = None, high: int | None = None) -> list[int]:
    """Values of one indicator, at least one of each stretch in which its conditions say the same."""
    ends = {
        value
        for each in conditions
        for value in (
            *(() if each.at_least is None else (each.at_least - 1, each.at_least)),
            *(() if each.at_most is None else (each.at_most, each.at_most + 1)),
        )
    }
    inside = {v for v in ends if (low is None or v >= low) and (high is None or v <= high)}
    return sorted(inside | {end for end in (low, high) if end is not None})


def possible(
    conditions: Sequence[Condition], tiers: Sequence[str], values: Mapping[str, int | None], spans: Spans
) -> list[int]:
    """Places of all tiers that what is unknown could give, the best first: each unknown value may stay unknown or be
    anything within its span, whatever the others are.
    """
    found = {(1 << len(tiers)) - 1}
    for key, own in by_indicator(conditions).items():
        value = values.get(key)
        could_be = [value] if value is not None else [None, *spans.get(key, ANYTHING).values(own)]
        masks = {mask(own, tiers, each) for each in could_be}
        found = {one & other for one in found for other in masks}
    return sorted({best(left) for left in found})
