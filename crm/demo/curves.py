"""The default scheme's curves read backwards: from points to the raw value that earns them."""

from collections.abc import Sequence
from itertools import pairwise

from tiering.defaults import B2B

Knots = Sequence[tuple[int, int]]
KNOTS: dict[str, Knots] = {indicator.key: indicator.knots for d in B2B for indicator in d.indicators}
AMOUNT, FREQUENCY = KNOTS["annual_amount"], KNOTS["order_frequency"]
TIMELINESS, TENURE = KNOTS["payment_timeliness"], KNOTS["years_of_cooperation"]
CUSTOMISED, TECHNICAL = KNOTS["customised_share"], KNOTS["technical_support"]


def raw(knots: Knots, points: float) -> int:
    """Exact on the curve's lines; beyond them its first or last value."""
    return round(exact(knots, points))


def exact(knots: Knots, points: float) -> float:
    if points <= knots[0][1]:
        return knots[0][0]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if points < y1:
            return x0 + (x1 - x0) * (points - y0) / (y1 - y0)
    return knots[-1][0]
