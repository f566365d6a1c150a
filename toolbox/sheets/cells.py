"""What stands in a cell, and what we make of it. Every parser raises ValueError with a message for people."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toolbox import money

Value = str | int | float | bool | date | datetime | time | timedelta | None
"""A cell as it is read; an empty one is None."""

LARGEST_INTEGER: Final = 2**53
"""Beyond it a workbook no longer keeps whole numbers exactly."""

YEARS: Final = range(1900, 2200)

_DATE: Final = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<separator>[-/.])(?P<month>[0-9]{1,2})(?P=separator)(?P<day>[0-9]{1,2})"
    r"|年(?P<month_zh>[0-9]{1,2})月(?P<day_zh>[0-9]{1,2})[日号]"
    r"|(?P<month_short>[0-9]{2})(?P<day_short>[0-9]{2}))"
    r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)


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


def column_letter(index: int) -> str:
    """0 → "A", 25 → "Z", 26 → "AA"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def text_of(value: Value) -> str:
    """The cell as the person saw it: a code that a workbook kept as 20250001.0 is "20250001"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        is_midnight = value.time() == time.min
        return f"{value:%Y-%m-%d}" if is_midnight else value.isoformat(sep=" ", timespec="minutes")
    return str(value).strip()


def _number_text(value: float) -> str:
    """Fifteen digits are what Excel keeps and shows; the rest is noise (0.30000000000000004)."""
    decimal = Decimal(f"{value:.15g}")
    if not decimal.is_finite():
        return str(value)
    return f"{decimal.normalize():f}" if decimal else "0"


def parse_date(value: Value) -> date:
    """2026-09-30, 2026/9/30, 2026.9.30, 2026年9月30日, 20260930 or a date of the workbook."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        found: date | None = value
    else:
        found = _date_in(_plain(value))
    if found is None or found.year not in YEARS:
        raise ValueError(_("Enter a date such as 2026-09-30."))
    return found


def _date_in(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if not match:
        return None
    month = match["month"] or match["month_zh"] or match["month_short"]
    day = match["day"] or match["day_zh"] or match["day_short"]
    try:
        return date(int(match["year"]), int(month), int(day))
    except ValueError:
        return None


def parse_money(value: Value) -> int:
    """Yuan, as a number or as people write it, in fen."""
    try:
        return money.parse_money(_plain(value))
    except ValidationError as error:
        raise ValueError(error.message) from None


def parse_int(value: Value) -> int:
    text = _plain(value)
    if not re.fullmatch(r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0*)?", text) or len(text) > 30:  # noqa: PLR2004
        raise ValueError(_("Enter a whole number."))
    number = int(text.split(".")[0].replace(",", ""))
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(_("That number is too large to be true."))
    return number


def parse_percent_bp(value: Value) -> int:
    """A share from 0% to 100% in basis points, rounded half up.

    "92%" says what it is. Without the sign, and in a workbook's number cells, up to 1 is taken for a
    fraction (0.92, as cells formatted as percent hold it) and more for percents (92).
    """
    text = _plain(value)
    match = re.fullmatch(r"(\+?[0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})\s*(%?)", text)
    if not match:
        raise ValueError(_("Enter a percentage such as 92% or 92.5%."))
    number = Decimal(match[1])
    scale = 100 if match[2] or number > 1 else 10_000
    basis_points = int((number * scale).quantize(Decimal(1), ROUND_HALF_UP))
    if basis_points > 10_000:  # noqa: PLR2004 - the whole
        raise ValueError(_("Enter a percentage from 0% to 100%."))
    return basis_points


def _plain(value: Value) -> str:
    """The text to parse; what is no text and no number has none."""
    if isinstance(value, bool | date | time | timedelta):
        return ""
    return unicodedata.normalize("NFKC", text_of(value)).replace("−", "-").strip()
