"""The cheapest way up and the nearest way down where rules decide, against brute force, and as a person would check."""

import random
from itertools import product

from tiering import scoring
from tiering.conditions import Condition
from tiering.path import Lever, Move, Outlook, Unmet, Way
from tiering.rule_path import outlook
from tiering.scoring import Curve, Dimension, Floor, Indicator, Scheme, Shape
from tiering.tests.strategies import Values
from tiering.tests.test_conditions import plainly

CASES = 1_500
STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (100, 10_000)))


def a_case(chance: random.Random) -> tuple[Scheme, Values, dict[str, Lever]]:
    """Two to four tiers, up to four indicators, conditions with either end or both."""
    keys = [f"i{n}" for n in range(chance.randint(1, 4))]
    shares = [100 - 10 * (len(keys) - 1), *[10] * (len(keys) - 1)]
    indicators = tuple(Indicator(key, share, STRAIGHT) for key, share in zip(keys, shares, strict=True))
    tiers = [f"t{n}" for n in range(chance.randint(2, 4))]
    rules = [
        a_condition(chance, tier, key)
        for tier in tiers[:-1]
        for key in chance.sample(keys, chance.randint(1, len(keys)))
    ]
    floors = tuple(Floor(tier, 0) for tier in tiers)
    scheme = Scheme((Dimension("all", 100, indicators),), floors, 0, tuple(rules))
    values: Values = {key: None if chance.random() < 0.15 else chance.randint(0, 40) for key in keys}
    levers = {key: a_lever(chance) for key in keys if chance.random() < 0.8}
    return scheme, values, levers


def a_condition(chance: random.Random, tier: str, key: str) -> Condition:
    low, high = sorted(chance.sample(range(41), 2))
    at_least, at_most = chance.choice([(low, None), (low, None), (None, high), (low, high)])
    return Condition(tier, key, at_least, at_most, chance.random() < 0.3)


def a_lever(chance: random.Random) -> Lever:
    is_lower = chance.random() < 0.3
    ends = chance.choice([None, chance.randint(30, 45)]), chance.choice([None, chance.randint(-3, 8)])
    best, worst = ends[::-1] if is_lower else ends
    return Lever(chance.randint(2, 9), chance.randint(1, 9), best, worst, is_lower)


def by_hand(scheme: Scheme, values: Values, levers: dict[str, Lever], *, is_up: bool) -> int | None:
    """The least effort over all combinations of steps."""
    at = scheme.tiers.index(plainly(scheme, values))
    tried = []
    for key, value in values.items():
        lever = levers.get(key)
        steps: list[tuple[str, int | None, int]] = [(key, value, 0)]
        if value is not None and lever:
            rises = is_up != lever.is_lower_better
            end = lever.best if is_up else lever.worst
            stop = (60 if rises else -20) if end is None else end
            n = 0
            while (value < stop) if rises else (value > stop):
                n += 1
                there = value + n * lever.step if rises else value - n * lever.step
                there = min(there, stop) if rises else max(there, stop)
                steps.append((key, there, n * lever.effort))
                if there == stop:
                    break
        tried.append(steps)
    efforts = []
    for chosen in product(*tried):
        place = scheme.tiers.index(plainly(scheme, {key: value for key, value, _effort in chosen}))
        if (place < at) if is_up else (place > at):
            efforts.append(sum(effort for _key, _value, effort in chosen))
    return min(efforts, default=None)


def check(way: Way | None, scheme: Scheme, values: Values, *, is_up: bool) -> None:
    """Whether the way says what it does."""
    if way is None:
        return
    after = values | {move.key: move.after for move in way.moves}
    assert way.tier == plainly(scheme, after)
    assert way.total == scoring.grade(scheme, after).total
    at, there = (scheme.tiers.index(tier) for tier in (plainly(scheme, values), way.tier))
    assert (there < at) if is_up else (there > at)


def test_the_ways_are_those_of_brute_force() -> None:
    chance = random.Random(7)
    counted = {"up": 0, "down": 0, "none": 0}
    for _ in range(CASES):
        scheme, values, levers = a_case(chance)
        found = outlook(scheme, values, levers)
        if found is None:
            assert scoring.grade(scheme, values).total is None
            continue
        for way, alone, is_up in ((found.up, found.up_alone, True), (found.down, found.down_alone, False)):
            least = by_hand(scheme, values, levers, is_up=is_up)
            assert (way.effort if way else None) == least
            for each in (way, *alone):
                check(each, scheme, values, is_up=is_up)
            assert all(len(each.moves) == 1 and way and each.effort >= way.effort for each in alone)
            counted["none" if least is None else "up" if is_up else "down"] += 1
    assert min(counted.values()) > CASES // 10  # each of them was really tried


# As a person would check it

RETAIL = (
    Condition("core", "amount", at_least=5_000_001),
    Condition("core", "often", at_least=400),
    Condition("core", "days", at_most=7),
    Condition("core", "rated", at_least=3, is_supporting=True),
    Condition("important", "amount", at_least=1_000_000),
    Condition("important", "often", at_least=200),
)
LEVERS = {
    "amount": Lever(step=100_000, effort=1),
    "often": Lever(step=5, effort=6),
    "days": Lever(step=1, effort=5, best=0, worst=None, is_lower_better=True),
}


def looked(**values: int | None) -> Outlook:
    keys = ("amount", "often", "days", "rated")
    indicators = tuple(Indicator(key, 25, STRAIGHT) for key in keys)
    floors = tuple(Floor(tier, 0) for tier in ("core", "important", "ordinary"))
    found = outlook(Scheme((Dimension("all", 100, indicators),), floors, 0, RETAIL), values, LEVERS)
    assert found
    return found


def test_everything_that_is_not_met_is_moved_as_far_as_it_takes() -> None:
    found = looked(amount=4_800_000, often=316, days=20, rated=None)

    assert found.up
    assert found.up.tier == "core"
    assert found.up.moves == (
        Move("amount", 4_800_000, 5_100_000, 3),
        Move("often", 316, 401, 102),
        Move("days", 20, 7, 65),
    )
    assert found.up_alone == ()


def test_a_rating_is_never_moved_and_it_is_said_that_it_stands_in_the_way() -> None:
    found = looked(amount=9_000_000, often=300, days=3, rated=2)

    assert (found.tier, found.next_tier, found.up) == ("important", "core", None)
    assert found.unmet == (
        Unmet(RETAIL[1], 300, Move("often", 300, 400, 120)),
        Unmet(RETAIL[3], 2, None),
    )


def test_what_is_unknown_stands_in_the_way_until_it_is_known() -> None:
    found = looked(amount=9_000_000, often=500, days=None, rated=5)

    assert found.up is None
    assert found.unmet == (Unmet(RETAIL[2], None, None),)


def test_the_nearest_way_down_breaks_one_condition_of_the_tier() -> None:
    found = looked(amount=5_200_000, often=500, days=6, rated=5)

    assert found.down
    assert (found.down.tier, found.down.moves) == ("important", (Move("amount", 5_200_000, 5_000_000, 2),))
    assert [way.moves for way in found.down_alone] == [
        (Move("days", 6, 8, 10),),
        (Move("often", 500, 395, 126),),
    ]
    assert (found.next_tier, found.up, found.unmet) == (None, None, ())


def test_who_is_in_the_last_tier_has_no_way_down() -> None:
    found = looked(amount=1, often=1, days=90, rated=1)

    assert (found.lower_tier, found.down) == (None, None)
