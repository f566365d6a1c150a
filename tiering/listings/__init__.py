"""The lists of this app, each once: for its page and for its export."""

from typing import Final

from tiering.listings.customers import (
    AIMS,
    CHANGES,
    DECISIVE,
    FIGURES,
    NURTURE,
    OVERRIDES,
    RATINGS,
    RATINGS_OF,
)
from tiering.listings.raters import DRIFTING, LATE, RISING
from tiering.listings.runs import HELD, MOVERS, RUNS, SHARES_OF_OWNERS, SHARES_OF_TEAMS
from tiering.listings.simulations import SIMULATED, SIMULATIONS

ALL: Final = [
    CHANGES, NURTURE, DECISIVE, AIMS, RATINGS, OVERRIDES, RATINGS_OF, FIGURES, DRIFTING, RISING, LATE, RUNS, MOVERS, HELD,
    SHARES_OF_OWNERS, SHARES_OF_TEAMS, SIMULATIONS, SIMULATED,
]  # fmt: skip

__all__ = [
    "AIMS",
    "ALL",
    "CHANGES",
    "DECISIVE",
    "DRIFTING",
    "FIGURES",
    "HELD",
    "LATE",
    "MOVERS",
    "NURTURE",
    "OVERRIDES",
    "RATINGS",
    "RATINGS_OF",
    "RISING",
    "RUNS",
    "SHARES_OF_OWNERS",
    "SHARES_OF_TEAMS",
    "SIMULATED",
    "SIMULATIONS",
]
