"""Whose tier hangs on one figure: the same as asking the scorer for every value the figure could have."""

import numpy as np
from hypothesis import given

from tiering import book, scoring
from tiering.book import Column
from tiering.conditions import Span
from tiering.deciding import NONE, deciding
from tiering.scoring import Scheme, Shape
from tiering.tests.strategies import Values, books

SPAN = Span(-50, 150)


def by_asking(scheme: Scheme, values: Values) -> dict[str, set[str]]:
    """For each unknown indicator that alone could change the tier, the tiers it could give."""
    verdict = scoring.grade(scheme, values)
    is_enough = verdict.coverage >= scheme.coverage_floor
    present = verdict.tier(scheme) if is_enough else None
    weights = {i.key: d.weight * i.weight for d in scheme.dimensions for i in d.indicators}
    found = {}
    for i in scheme.indicators:
        is_asked = any(each.key == i.key for each in scheme.conditions)
        if values[i.key] is not None or not (weights[i.key] or is_asked):
            continue
        xs = [*range(-50, 151), *(x for x, _ in i.curve.knots if -50 <= x <= 150)]
        tried = [scoring.grade(scheme, values | {i.key: x}) for x in xs]
        if tried[0].coverage < scheme.coverage_floor:
            continue
        tiers = {verdict.tier(scheme) for verdict in tried}
        if i.curve.shape is Shape.LINEAR and not scheme.by_rules:
            names = [floor.tier for floor in scheme.floors]
            places = [names.index(tier) for tier in tiers if tier]
            tiers = set(names[min(places) : max(places) + 1])
        if tiers - {present}:
            found[i.key] = {tier for tier in tiers if tier}
    return found


@given(books())
def test_it_is_as_if_every_value_had_been_tried(case: tuple[Scheme, list[Values]]) -> None:
    scheme, customers = case
    columns = {
        i.key: Column(
            np.array([values[i.key] or 0 for values in customers], np.int64),
            np.array([values[i.key] is not None for values in customers], np.bool_),
        )
        for i in scheme.indicators
    }
    verdicts = book.grade(scheme, columns, size=len(customers))
    is_enough = (verdicts.coverage >= scheme.coverage_floor) & verdicts.scored

    spans = {i.key: SPAN for i in scheme.indicators}
    found = deciding(
        scheme,
        spans,
        values=verdicts.values,
        known=verdicts.known,
        points=verdicts.points,
        has_points=verdicts.has_points,
        coverage=verdicts.coverage,
        present=np.where(is_enough, verdicts.tier, NONE),
    )

    keys, names = [i.key for i in scheme.indicators], [floor.tier for floor in scheme.floors]
    weights = [d.weight * i.weight for d in scheme.dimensions for i in d.indicators]
    for n, values in enumerate(customers):
        expected = by_asking(scheme, values)
        at = int(found.indicator[n])
        if not expected:
            assert at == NONE
            continue
        tiers = {name for m, name in enumerate(names) if int(found.tiers[n]) >> m & 1}
        assert tiers == expected[keys[at]]
        assert (len(tiers), weights[at]) == max((len(t), weights[keys.index(k)]) for k, t in expected.items())
        assert found.others[n] == len(expected) - 1
        verdict = scoring.grade(scheme, values)
        assert tiers <= set(
            scoring.possible_tiers(scheme, verdict.low, verdict.high, verdict.values, spans=spans)
        )
