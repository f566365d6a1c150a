"""Pages of the rows that a trial selects, found by key."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from tiering.book import Ints
from tiering.simulation.counting import UNKNOWN, Measured

PLACE: Final = re.compile(r"([<>])(-?\d{1,18})\.(\d{1,18})")
"""Before or after the row with that annual amount and id."""


@dataclass(frozen=True, slots=True)
class Part:
    rows: Ints
    next_cursor: str
    previous_cursor: str


def part(measured: Measured, rows: Ints, *, cursor: str, size: int) -> Part:
    """Of rows by falling amount and rising id; the first page for '' and for a cursor that is broken."""
    amounts, ids = measured["annual_amount"][rows], measured["id"][rows]
    amounts = np.where(amounts == UNKNOWN, 0, amounts)
    start = 0
    if place := PLACE.fullmatch(cursor):
        amount, pk = int(place[2]), int(place[3])
        same = amounts == amount
        if place[1] == ">":
            start = int(np.count_nonzero((amounts > amount) | same & (ids <= pk)))
        else:
            start = max(0, int(np.count_nonzero((amounts > amount) | same & (ids < pk))) - size)
    start = start if start < len(rows) else 0
    end = min(start + size, len(rows))
    return Part(
        rows=rows[start:end],
        next_cursor=f">{amounts[end - 1]}.{ids[end - 1]}" if end < len(rows) else "",
        previous_cursor=f"<{amounts[start]}.{ids[start]}" if start else "",
    )
