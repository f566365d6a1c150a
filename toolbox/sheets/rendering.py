"""The cells of a workbook as XML: text is text whatever it begins with, and what a number cannot hold exactly is text."""

import re
from collections.abc import Callable
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from toolbox.sheetfiles.texts import clean_text
from toolbox.sheets.cells import MOST_DIGITS

if TYPE_CHECKING:
    from toolbox.sheets.writing import Kind

Cell = Callable[[Any, str], str]
"""The XML of a value at a place such as "B7"."""

LONGEST_TEXT: Final = 32_767
"""UTF-16 units in a cell; more is cut, visibly."""
_SHORT: Final = 500
_TOO_MANY: Final = 10**MOST_DIGITS
_FIRST_DAY: Final = date(1899, 12, 30).toordinal()
_AFTER_THE_GAP: Final = date(1900, 3, 1)
_DAY: Final = 86_400
_STRANGE: Final = re.compile('[&<>"\x00-\x1f\ufffe\uffff\ud800-\udfff]|_x|^[ =+@-]| $').search
_LIKE_FORMULAS: Final = ("=", "+", "-", "@", "\t")


def renderer(kind: "Kind", style: int, *, text_style: int, quoted: int) -> Cell:
    """What makes a cell of a value of this kind. The numbers are of the workbook's styles; `quoted` is that of texts
    which look like formulas."""
    text = _texts(text_style, quoted)
    if kind == "text":
        return text
    head = f'" s="{style}"><v>'
    return (_numbers(head, text) | _days(head, text))[kind]


def _numbers(head: str, text: Cell) -> "dict[Kind, Cell]":
    def integer(value: int, at: str) -> str:
        if not -_TOO_MANY < value < _TOO_MANY:
            return text(str(value), at)
        return f'<c r="{at}{head}{value:d}</v></c>'

    def money(fen: int, at: str) -> str:
        if 0 <= fen < _TOO_MANY:
            return f'<c r="{at}{head}{fen // 100}.{fen % 100:02}</v></c>'
        if not -_TOO_MANY < fen < 0:
            return text(decimal(fen, 2), at)
        return f'<c r="{at}{head}{decimal(fen, 2)}</v></c>'

    def percent(basis_points: int, at: str) -> str:
        return f'<c r="{at}{head}{decimal(basis_points, 4)}</v></c>'

    def total(millionths: int, at: str) -> str:
        return f'<c r="{at}{head}{score(millionths)}</v></c>'

    return {"integer": integer, "money": money, "percent": percent, "score": total}


def _days(head: str, text: Cell) -> "dict[Kind, Cell]":
    def day(value: date, at: str) -> str:
        found = timezone.localtime(value).date() if isinstance(value, datetime) else value
        if found < _AFTER_THE_GAP:  # Excel counts a day in between that never was
            return text(found.isoformat(), at)
        return f'<c r="{at}{head}{found.toordinal() - _FIRST_DAY}</v></c>'

    def moment(value: datetime, at: str) -> str:
        here = timezone.localtime(value)
        seconds = here.hour * 3_600 + here.minute * 60 + here.second
        days = here.toordinal() - _FIRST_DAY + seconds / _DAY
        return f'<c r="{at}{head}{days:.10f}</v></c>'

    return {"date": day, "datetime": moment}


def _texts(style: int, quoted: int) -> Cell:
    plain = f'" s="{style}" t="inlineStr"><is>'
    like_a_formula = f'" s="{quoted}" t="inlineStr"><is>'

    def text(value: Any, at: str) -> str:
        said = value if type(value) is str else str(value)
        if not said:
            return ""
        if len(said) < _SHORT and (said.isalnum() or not _STRANGE(said)):  # most texts are letters and digits
            return f'<c r="{at}{plain}<t>{said}</t></is></c>'
        head = like_a_formula if said.startswith(_LIKE_FORMULAS) else plain
        return f'<c r="{at}{head}{inside(said)}</is></c>'

    return text


def inside(text: str) -> str:
    return f'<t xml:space="preserve">{escape(cut(clean_text(text)), quote=False)}</t>'


def cut(text: str) -> str:
    """What fits into a cell; where something is missing the last character says so."""
    if 2 * len(text) <= LONGEST_TEXT or len(text.encode("utf-16-le")) <= 2 * LONGEST_TEXT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore")
    return f"{kept}…"


def decimal(value: int, places: int) -> str:
    """A whole number of units of so many decimals: (-5, 2) → "-0.05"."""
    digits = str(abs(value)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def score(millionths: int) -> str:
    """Cut, never rounded, as on the page."""
    hundredths = abs(millionths) // 10_000
    return decimal(-hundredths if millionths < 0 else hundredths, 2)
