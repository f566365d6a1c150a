"""Who is worth one-to-one advice (docs: "Nurture list"). Pure: no Django, no clock, no database."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import pairwise

MONTHS = 3


def grows(months: Sequence[int]) -> bool:
    """Something was bought in the first month, and strictly more in each that follows. Net amounts, oldest first."""
    return months[0] > 0 and all(before < after for before, after in pairwise(months))


def is_lower_half(rank: int, ranks: Collection[int]) -> bool:
    """Whether a tier is in the lower half of its scale; the middle one of three is not. Rank 1 is the best.

    Of core, important, regular and potential these are the last two.
    """
    return sum(other < rank for other in ranks) * 2 >= len(ranks)


def closed_months(today: date) -> list[date]:
    """The first days of the last three months that are over, and of the one that runs."""
    index = today.year * 12 + today.month - 1
    return [date((index - n) // 12, (index - n) % 12 + 1, 1) for n in range(MONTHS, -1, -1)]


def first_day(today: date, days: int) -> date:
    """Of the last so many days, today included."""
    return today - timedelta(days=days - 1)
