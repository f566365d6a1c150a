"""Whether the parts of a change add up: `./run bench attribution [--pairs 100000] [--seed 4]`.

Random pairs of gradings by random schemes: the same one, one with other weights, curves, policies and indicators, or
another one. Counts the pairs whose parts do not add up to the change of the total, or an indicator's to the line of
the stored reason, to the millionth. Anything but 0 is a failure.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass

from tiering import attribution, scoring
from tiering.explanation import Graded, explain
from tiering.scoring import FULL_POINTS, PERCENT, Curve, Dimension, Floor, Indicator, Missing, Scheme, Shape

KEYS = [f"i{n}" for n in range(20)]
FLOORS = (
    Floor("core", 80_000_000),
    Floor("important", 60_000_000),
    Floor("regular", 40_000_000),
    Floor("potential", 0),
)
PAIRS_BY_ONE_PAIR_OF_SCHEMES = 50


@dataclass(frozen=True)
class Result:
    pairs: int
    by_two_schemes: int
    residuals: int
    """Pairs whose parts do not add up to the change of the total."""
    other_lines: int
    """Pairs in which an indicator's parts do not add up to its line."""
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    found = measure(options.pairs, seed=options.seed)
    print(
        f"{found.pairs:,} random pairs of gradings, {found.by_two_schemes:,} of them by two schemes: residual not 0 in "
        f"{found.residuals}, other than the stored line in {found.other_lines}; {found.seconds:.0f} s, making them included."
    )
    sys.exit(bool(found.residuals or found.other_lines))


def measure(pairs: int, *, seed: int) -> Result:
    chance = random.Random(seed)
    began = time.perf_counter()
    residuals = other_lines = by_two = 0
    old = new = a_scheme(chance)
    for n in range(pairs):
        if n % PAIRS_BY_ONE_PAIR_OF_SCHEMES == 0:
            old = a_scheme(chance)
            new = chance.choice([old, a_scheme(chance), changed(old, chance)])
        before, after = graded(old, chance), graded(new, chance)
        found = attribution.split(before, after)
        lines = {line.key: line.delta for line in explain(before, after).lines if line.delta}
        by_two += old != new
        residuals += sum(part.delta for part in found.parts) != (after.total or 0) - (before.total or 0)
        other_lines += {part.key: part.delta for part in found.parts if part.delta} != lines
    return Result(pairs, by_two, residuals, other_lines, time.perf_counter() - began)


def a_scheme(chance: random.Random) -> Scheme:
    keys = chance.sample(KEYS, chance.randint(1, 12))
    cuts = sorted(chance.sample(range(1, len(keys)), min(len(keys) - 1, chance.randint(0, 3))))
    groups = [keys[a:z] for a, z in zip([0, *cuts], [*cuts, len(keys)], strict=True)]
    return Scheme(
        tuple(
            a_dimension(n, weight, group, chance)
            for n, (weight, group) in enumerate(zip(weights(chance, len(groups)), groups, strict=True))
        ),
        FLOORS,
    )


def a_dimension(n: int, weight: int, keys: list[str], chance: random.Random) -> Dimension:
    own = zip(keys, weights(chance, len(keys)), strict=True)
    return Dimension(
        f"d{n}",
        weight,
        tuple(Indicator(key, w, a_curve(chance), chance.choice(list(Missing))) for key, w in own),
    )


def changed(scheme: Scheme, chance: random.Random) -> Scheme:
    """The same indicators under other weights, here and there with another curve or policy."""
    dimensions = []
    for d, weight in zip(scheme.dimensions, weights(chance, len(scheme.dimensions)), strict=True):
        own = [
            Indicator(
                i.key,
                w,
                a_curve(chance) if chance.random() < 0.3 else i.curve,
                chance.choice(list(Missing)) if chance.random() < 0.3 else i.missing,
            )
            for i, w in zip(d.indicators, weights(chance, len(d.indicators)), strict=True)
        ]
        dimensions.append(Dimension(d.key, weight, tuple(own)))
    return Scheme(tuple(dimensions), scheme.floors)


def weights(chance: random.Random, count: int) -> list[int]:
    """So many whole percents that add up to 100; some may be zero."""
    cuts = sorted(chance.randint(0, PERCENT) for _ in range(count - 1))
    return [right - left for left, right in zip([0, *cuts], [*cuts, PERCENT], strict=True)]


def a_curve(chance: random.Random) -> Curve:
    xs = sorted(chance.sample(range(-1_000, 1_001), chance.randint(1, 5)))
    return Curve(chance.choice(list(Shape)), tuple((x, chance.randint(0, FULL_POINTS)) for x in xs))


def graded(scheme: Scheme, chance: random.Random) -> Graded:
    unknown = chance.random() ** 2
    values = {
        i.key: None if chance.random() < unknown else chance.randint(-1_200, 1_200) for i in scheme.indicators
    }
    verdict = scoring.grade(scheme, values)
    return Graded(scheme, verdict.values, verdict.points, verdict.total, verdict.coverage)


if __name__ == "__main__":
    main()
