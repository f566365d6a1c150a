"""The cheapest way to a better tier, and the nearest way down, where rules decide. No Django.

Levers are those of `tiering.path`: on the way up they move to their better end, on the way down to their worse one, in
whole steps; what has no lever and what is unknown stays as it is.

The optimum is exact. Which tiers a value leaves possible is one number of bits (`tiering.conditions`), and those that
all values together leave possible are the "and" of these. An indicator offers for each such number the least effort that
leads to it: as conditions have ends, there are few. Indicator by indicator the least effort for every "and" that can be
had is kept, of which there are fewer than two to the power of the tiers; the cheapest whose best tier is good enough (on
the way down: bad enough) is the way. The tests compare with brute force.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tiering import conditions, scoring
from tiering.conditions import Condition
from tiering.path import Lever, Move, Outlook, Unmet, Way
from tiering.scoring import Scheme

Values = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class _Offer:
    """One value of an indicator, what it takes to get there, and the tiers that it leaves."""

    move: Move | None
    mask: int

    @property
    def effort(self) -> int:
        return self.move.effort if self.move else 0


def outlook(scheme: Scheme, values: Values, levers: Mapping[str, Lever]) -> Outlook | None:
    """None where nothing is known of the customer."""
    total = scoring.grade(scheme, values).total
    if total is None:
        return None
    tiers = scheme.tiers
    at = conditions.place(scheme.conditions, tiers, values)
    ups, downs = (_Search(scheme, values, levers, is_up=is_up) for is_up in (True, False))
    up, up_alone = ups.ways(lambda place: place < at) if at else (None, ())
    has_lower = at + 1 < len(tiers)
    down, down_alone = downs.ways(lambda place: place > at) if has_lower else (None, ())
    return Outlook(
        tier=tiers[at],
        total=total,
        next_tier=tiers[at - 1] if at else None,
        next_floor=None,
        up=up,
        up_alone=up_alone,
        best_total=total,
        lower_tier=tiers[at + 1] if has_lower else None,
        floor=0,
        down=down,
        down_alone=down_alone,
        unmet=ups.unmet(tiers[at - 1]) if at else (),
    )


class _Search:
    """All ways from where a customer stands, upwards or downwards."""

    def __init__(self, scheme: Scheme, values: Values, levers: Mapping[str, Lever], *, is_up: bool) -> None:
        self.scheme, self.values = scheme, values
        self.asked = conditions.by_indicator(scheme.conditions)
        keys = [i.key for i in scheme.indicators if i.key in self.asked]
        self.offers = {
            key: offered(self.asked[key], scheme.tiers, key, values.get(key), levers.get(key), is_up=is_up)
            for key in keys
        }

    def ways(self, is_enough: Callable[[int], bool]) -> tuple[Way | None, tuple[Way, ...]]:
        """The one of least effort, and the others that move one indicator alone, the cheapest first."""
        best = self.least(is_enough)
        if best is None:
            return None, ()
        alone = [way for key in self.offers if (way := self.alone(key, is_enough))]
        others = sorted(alone, key=lambda way: way.effort)
        return best, tuple(way for way in others if way.moves != best.moves)

    def least(self, is_enough: Callable[[int], bool]) -> Way | None:
        """Of equal ones that with fewer moves, then the one that moves what comes first in the scheme."""
        found: dict[int, tuple[int, tuple[Move, ...]]] = {(1 << len(self.scheme.tiers)) - 1: (0, ())}
        for offers in self.offers.values():
            better: dict[int, tuple[int, tuple[Move, ...]]] = {}
            for left, (effort, moves) in found.items():
                for offer in offers:
                    mask = left & offer.mask
                    way = effort + offer.effort, (*moves, offer.move) if offer.move else moves
                    if mask not in better or rank(way) < rank(better[mask]):
                        better[mask] = way
            found = better
        ways = [way for left, way in found.items() if is_enough(conditions.best(left))]
        return self.way(min(ways, key=rank)[1]) if ways else None

    def alone(self, key: str, is_enough: Callable[[int], bool]) -> Way | None:
        for offer in self.offers[key]:
            if offer.move:
                way = self.way((offer.move,))
                if is_enough(self.scheme.tiers.index(way.tier)):
                    return way
        return None

    def way(self, moves: tuple[Move, ...]) -> Way:
        after = {**self.values, **{move.key: move.after for move in moves}}
        total = scoring.grade(self.scheme, after).total
        assert total is not None  # noqa: S101 - something is known, else nobody searches
        place = conditions.place(self.scheme.conditions, self.scheme.tiers, after)
        return Way(self.scheme.tiers[place], total, moves)

    def unmet(self, tier: str) -> tuple[Unmet, ...]:
        """What a tier asks for and does not get, each with the move that is enough for it; None where none is."""
        found = []
        for each in self.scheme.conditions:
            if each.tier == tier and not each.allows(self.values.get(each.key)):
                moves = (offer.move for offer in self.offers[each.key] if offer.move)
                enough = next((move for move in moves if each.allows(move.after)), None)
                found.append(Unmet(each, self.values.get(each.key), enough))
        return tuple(found)


def rank(way: tuple[int, tuple[Move, ...]]) -> tuple[int, int]:
    return way[0], len(way[1])


def offered(
    asked: list[Condition],
    tiers: tuple[str, ...],
    key: str,
    value: int | None,
    lever: Lever | None,
    *,
    is_up: bool,
) -> list[_Offer]:
    """The value as it is, then each first step after which other tiers are possible; efforts rise."""
    offers = [_Offer(None, conditions.mask(asked, tiers, value))]
    if value is None or lever is None:
        return offers
    rises = is_up != lever.is_lower_better
    end = lever.best if is_up else lever.worst
    ways = sorted(
        {steps for edge in edges(asked, rises=rises) if (steps := steps_to(edge, value, lever, rises=rises))}
    )
    for steps in ways:
        there = value + steps * lever.step if rises else value - steps * lever.step
        if end is not None:
            there = min(there, end) if rises else max(there, end)
        if (there <= value) if rises else (there >= value):
            break
        mask = conditions.mask(asked, tiers, there)
        offers.append(_Offer(Move(key, value, there, steps * lever.effort), mask))
    return offers


def edges(asked: list[Condition], *, rises: bool) -> set[int]:
    """The first values, going that way, at which a condition begins or ceases to be met."""
    found: set[int] = set()
    for each in asked:
        if each.at_least is not None:
            found.add(each.at_least if rises else each.at_least - 1)
        if each.at_most is not None:
            found.add(each.at_most + 1 if rises else each.at_most)
    return found


def steps_to(edge: int, value: int, lever: Lever, *, rises: bool) -> int:
    """Whole steps; 0 where it lies behind."""
    return max(-(-((edge - value) if rises else (value - edge)) // lever.step), 0)
