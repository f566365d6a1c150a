"""What stands in a cell, as people see it, and where it stands."""

import string
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise

from toolbox.sheetfiles.cells import (
    MOST_DIGITS,
    Amount,
    Broken,
    Padded,
    Percent,
    Serial1904,
    Value,
    column_index,
    column_letter,
)

__all__ = [
    "AT_ENDS",
    "MOST_DIGITS",
    "Amount",
    "Broken",
    "CellError",
    "Padded",
    "Percent",
    "Serial1904",
    "SheetError",
    "Value",
    "column_index",
    "column_letter",
    "seen",
    "text_of",
]


UNSEEN: Final = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""What comes along when people copy from chats and web pages: it has no width, and no meaning in a number or a code."""
AT_ENDS: Final = (
    UNSEEN
    + string.whitespace
    + "\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
_WITHOUT_UNSEEN: Final = str.maketrans("", "", UNSEEN)


def seen(text: str) -> str:
    return text if text.isascii() else text.translate(_WITHOUT_UNSEEN)


class SheetError(ValueError):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class CellError:
    """One cell that cannot be taken: where it is, what is wrong with it, and what would help."""

    sheet: str
    row: int
    """As the person sees it: the first row is 1."""
    column: int
    """The first column is 0."""
    header: str
    value: Value
    problem: str | Promise
    remedy: str | Promise = ""

    @property
    def position(self) -> str:
        """ "C5"."""
        return f"{column_letter(self.column)}{self.row}"

    def as_json(self) -> dict[str, Any]:
        """Texts are in the language active now."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": column_letter(self.column),
            "header": self.header,
            "value": text_of(self.value),
            "problem": str(self.problem),
            "remedy": str(self.remedy),
        }


def text_of(value: Value) -> str:
    """The cell as the person saw it: a code that a workbook kept as 20250001.0 is "20250001"."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        is_midnight = value.time() == time.min
        return f"{value:%Y-%m-%d}" if is_midnight else value.isoformat(sep=" ", timespec="minutes")
    return value.text if isinstance(value, Broken) else str(value)


def _number_text(value: float) -> str:
    """Fifteen digits are what Excel keeps and shows; the rest is noise (0.30000000000000004)."""
    if isinstance(value, Padded):
        return f"{int(value):0{value.digits}d}"
    text = plain_number(value)
    if isinstance(value, Percent):
        decimal = Decimal(f"{value:.15g}").scaleb(2)
        text = f"{_plain(decimal)}%" if decimal.is_finite() else text
    return text


def plain_number(value: float) -> str:
    """As a decimal, whatever it looks like in the sheet: 92% is "0.92", 00123 is "123"."""
    decimal = Decimal(f"{value:.15g}")
    return _plain(decimal) if decimal.is_finite() else str(float(value))


def _plain(decimal: Decimal) -> str:
    return f"{decimal.normalize():f}" if decimal else "0"
