"""The cheapest way up and the nearest way down, against brute force, and as a person would check it."""

import random
from itertools import pairwise, product

import pytest

from tiering import scoring
from tiering.path import Lever, Move, Outlook, Way, outlook
from tiering.scoring import FULL_POINTS, Curve, Dimension, Floor, Indicator, Missing, Scheme, Shape, tier_for
from tiering.tests.strategies import Values

CASES = 1_000
STRAIGHT = Curve(Shape.LINEAR, ((0, 0), (100, 10_000)))
FALLING = Curve(Shape.LINEAR, ((0, 10_000), (100, 0)))
BANDS = Curve(Shape.BANDS, ((10, 2_000), (50, 6_000), (90, 10_000)))
FLOORS = (Floor("core", 80_000_000), Floor("important", 60_000_000), Floor("potential", 0))
EACH = Lever(step=1, effort=1, best=100)


def scheme(*indicators: Indicator, floors: tuple[Floor, ...] = FLOORS) -> Scheme:
    return Scheme((Dimension("all", 100, indicators),), floors)


# Against brute force


def a_case(chance: random.Random) -> tuple[Scheme, Values, dict[str, Lever]]:
    """Up to three dimensions of up to three indicators with any curves; at most four levers of few steps."""
    dimensions = []
    for d, weight in enumerate(weights(chance, chance.randint(1, 3))):
        own = weights(chance, chance.randint(1, 3))
        dimensions.append(
            Dimension(
                f"d{d}",
                weight,
                tuple(
                    Indicator(f"d{d}i{n}", w, a_curve(chance), chance.choice(list(Missing)))
                    for n, w in enumerate(own)
                ),
            )
        )
    totals = sorted({chance.randint(1, scoring.FULL_TOTAL) for _ in range(4)}, reverse=True)
    scheme = Scheme(tuple(dimensions), tuple(Floor(f"t{n}", total) for n, total in enumerate([*totals, 0])))
    keys = [i.key for i in scheme.indicators]
    values: Values = {key: None if chance.random() < 0.2 else chance.randint(-20, 120) for key in keys}
    moved = chance.sample(keys, min(len(keys), 4))
    return scheme, values, {key: a_lever(chance) for key in moved}


def weights(chance: random.Random, count: int) -> list[int]:
    cuts = [0, *sorted(chance.randint(0, 100) for _ in range(count - 1)), 100]
    return [right - left for left, right in pairwise(cuts)]


def a_curve(chance: random.Random) -> Curve:
    """Rising, falling, or neither."""
    xs = sorted(chance.sample(range(101), chance.randint(1, 5)))
    ys = [chance.randint(0, FULL_POINTS) for _ in xs]
    if chance.random() < 0.7:
        ys.sort(reverse=chance.random() < 0.3)
    return Curve(chance.choice(list(Shape)), tuple(zip(xs, ys, strict=True)))


def a_lever(chance: random.Random) -> Lever:
    is_lower = chance.random() < 0.3
    ends = (chance.choice([None, chance.randint(80, 110)]), chance.choice([None, chance.randint(-10, 20)]))
    best, worst = ends[::-1] if is_lower else ends
    return Lever(chance.randint(17, 40), chance.randint(1, 9), best, worst, is_lower)


def by_hand(
    scheme: Scheme, values: Values, levers: dict[str, Lever], *, is_up: bool, target: int
) -> int | None:
    """The least effort over all combinations of steps."""
    tried = []
    for i in scheme.indicators:
        value, lever = values[i.key], levers.get(i.key)
        steps: list[tuple[str, int | None, int]] = [(i.key, value, 0)]
        if value is not None and lever:
            rises = is_up != lever.is_lower_better
            limit = lever.best if is_up else lever.worst
            far = 200 if rises else -200
            end = far if limit is None else limit
            for n in range(1, 20):
                there = value + n * lever.step if rises else value - n * lever.step
                last = i.curve.knots[-1][0] if rises else i.curve.knots[0][0] - (i.curve.shape is Shape.BANDS)
                stop = min(end, last) if rises else max(end, last)
                if (stop <= value) if rises else (stop >= value):
                    break
                steps.append((i.key, min(there, stop) if rises else max(there, stop), n * lever.effort))
                if (there >= stop) if rises else (there <= stop):
                    break
        tried.append(steps)
    efforts = []
    for chosen in product(*tried):
        total = scoring.grade(scheme, {key: value for key, value, _effort in chosen}).total
        assert total is not None
        if (total >= target) if is_up else (total < target):
            efforts.append(sum(effort for _key, _value, effort in chosen))
    return min(efforts, default=None)


def is_reached(way: Way | None, scheme: Scheme, values: Values, *, is_up: bool, target: int) -> bool:
    """Whether the way says what it does."""
    if way is None:
        return True
    total = scoring.grade(scheme, values | {move.key: move.after for move in way.moves}).total
    assert total == way.total
    assert way.tier == tier_for(total, scheme.floors)
    return total >= target if is_up else total < target


def test_the_ways_are_those_of_brute_force() -> None:
    chance = random.Random(4)
    counted = {"up": 0, "down": 0, "none": 0}
    for _ in range(CASES):
        scheme, values, levers = a_case(chance)
        found = outlook(scheme, values, levers)
        if found is None:
            assert scoring.grade(scheme, values).total is None
            continue
        for way, target, is_up in ((found.up, found.next_floor, True), (found.down, found.floor, False)):
            if target is None or (not is_up and found.lower_tier is None):
                assert way is None
                continue
            least = by_hand(scheme, values, levers, is_up=is_up, target=target)
            assert (way.effort if way else None) == least
            assert is_reached(way, scheme, values, is_up=is_up, target=target)
            counted["none" if least is None else "up" if is_up else "down"] += 1
        for one in found.up_alone:
            assert is_reached(one, scheme, values, is_up=True, target=found.next_floor or 0)
            assert found.up
            assert one.effort >= found.up.effort
    assert min(counted.values()) > CASES // 10  # each of them was really tried


# As a person would check it


def looked(*indicators: Indicator, values: Values, **levers: Lever) -> Outlook:
    found = outlook(scheme(*indicators), values, levers)
    assert found
    return found


def test_the_cheapest_way_takes_what_brings_most_for_its_effort() -> None:
    found = looked(
        Indicator("a", 60, STRAIGHT), Indicator("b", 40, STRAIGHT), values={"a": 50, "b": 50}, a=EACH, b=EACH
    )

    assert found.up == Way("important", 60_200_000, (Move("a", 50, 67, 17),))
    assert found.up_alone == (Way("important", 60_000_000, (Move("b", 50, 75, 25),)),)
    assert (found.tier, found.next_tier, found.lower_tier) == ("potential", "important", None)
    assert found.down is None


def test_two_together_may_be_cheaper_than_either_alone() -> None:
    """Where a curve flattens, the other one goes on."""
    bent = Curve(Shape.LINEAR, ((0, 0), (50, 8_000), (100, 10_000)))
    found = looked(
        Indicator("a", 50, bent), Indicator("b", 50, bent), values={"a": 20, "b": 20}, a=EACH, b=EACH
    )

    assert found.up
    assert {move.key for move in found.up.moves} == {"a", "b"}
    assert found.up.effort < found.up_alone[0].effort if found.up_alone else True


def test_the_nearest_way_down_loses_the_tier_with_the_least_worsening() -> None:
    found = looked(
        Indicator("a", 60, STRAIGHT), Indicator("b", 40, STRAIGHT), values={"a": 63, "b": 60}, a=EACH, b=EACH
    )

    assert found.down == Way("potential", 59_400_000, (Move("a", 63, 59, 4),))
    assert found.down_alone == (Way("potential", 59_800_000, (Move("b", 60, 55, 5),)),)


def test_lower_is_better_goes_the_other_way() -> None:
    days = Lever(step=1, effort=1, best=0, worst=None, is_lower_better=True)
    found = looked(Indicator("days", 100, FALLING), values={"days": 30}, days=days)

    assert found.up == Way("core", 80_000_000, (Move("days", 30, 20, 10),))
    assert found.down == Way("potential", 59_000_000, (Move("days", 30, 41, 11),))


def test_of_bands_only_the_edges_count() -> None:
    found = looked(Indicator("a", 100, BANDS), values={"a": 12}, a=EACH)

    assert found.up == Way("important", 60_000_000, (Move("a", 12, 50, 38),))


def test_the_unknown_stays_unknown_and_the_others_are_reweighed() -> None:
    found = looked(
        Indicator("a", 60, STRAIGHT),
        Indicator("b", 40, STRAIGHT),
        values={"a": 50, "b": None},
        a=EACH,
        b=EACH,
    )

    assert found.up == Way("important", 60_000_000, (Move("a", 50, 60, 10),))


def test_what_has_no_lever_is_never_moved() -> None:
    found = looked(
        Indicator("a", 60, STRAIGHT), Indicator("rated", 40, STRAIGHT), values={"a": 0, "rated": 0}, a=EACH
    )

    assert (found.up, found.up_alone) == (Way("important", 60_000_000, (Move("a", 0, 100, 100),)), ())


def test_what_cannot_be_reached_by_these_alone_is_said() -> None:
    found = looked(
        Indicator("a", 50, STRAIGHT), Indicator("rated", 50, STRAIGHT), values={"a": 0, "rated": 0}, a=EACH
    )

    assert (found.next_tier, found.up, found.up_alone, found.best_total) == (
        "important",
        None,
        (),
        50_000_000,
    )


def test_nothing_known_has_no_way() -> None:
    assert outlook(scheme(Indicator("a", 100, STRAIGHT)), {"a": None}, {"a": EACH}) is None


def test_the_best_tier_has_no_way_up() -> None:
    found = looked(Indicator("a", 100, STRAIGHT), values={"a": 95}, a=EACH)

    assert (found.next_tier, found.up, found.down) == (
        None,
        None,
        Way("important", 79_000_000, (Move("a", 95, 79, 16),)),
    )


@pytest.mark.parametrize("end, step", [(5_000, 1), (5_001, 10), (5_000_000_000, 1_000_000)])
def test_a_long_way_is_gone_in_longer_steps(end: int, step: int) -> None:
    far = Curve(Shape.LINEAR, ((0, 0), (end, 10_000)))
    found = looked(Indicator("a", 100, far), values={"a": 0}, a=Lever(step=1, effort=1))

    assert found.up
    moved = found.up.moves[0]
    assert moved.after == moved.effort * step
    assert 0 <= moved.after - end * 6 // 10 <= step
