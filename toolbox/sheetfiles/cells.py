"""What a cell is beyond text, number, truth, day and moment."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, Self


class Percent(float):
    """A number that is shown as a percentage: 0.92 is 92%."""

    __slots__ = ()


class Padded(float):
    """A whole number that is shown with leading zeros: 123 as 00123."""

    __slots__ = ("digits",)
    digits: int

    def __new__(cls, value: float, digits: int) -> Self:
        made = super().__new__(cls, value)
        made.digits = digits
        return made


class Amount(float):
    """A number that is shown with the sign of another currency than the yuan: "USD"."""

    __slots__ = ("currency",)
    currency: str

    def __new__(cls, value: float, currency: str) -> Self:
        made = super().__new__(cls, value)
        made.currency = currency
        return made

    def __eq__(self, other: object) -> bool:
        """What is remembered of 5 dollars does not hold for 5 euros."""
        return float(self) == other and (not isinstance(other, Amount) or self.currency == other.currency)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = float.__hash__


class Serial1904(float):
    """A number of a workbook that counts its days from 1904-01-01."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a value that could be taken.

    An error (`text` is "#N/A"), a formula whose result was not saved (`text` is the formula, as far as it is known),
    or a day that never was (1900-02-29, which Excel takes for one).
    """

    kind: Literal["error", "formula", "day"]
    text: str = ""


Value = str | int | float | bool | date | datetime | time | timedelta | Broken | None
"""A cell as it is read; an empty one is None.

Numbers of workbooks are floats, as workbooks keep them: 15 digits are exact, and `text_of` gives those.
"""

MOST_DIGITS: Final = 15
"""Excel keeps so many digits of a number; the rest it replaced by zeros when the number was typed."""


def column_letter(index: int) -> str:
    """0 → "A", 25 → "Z", 26 → "AA"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """ "A" → 0, "AA" → 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
