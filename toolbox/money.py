"""Money is a whole number of minor units (fen); only here does it become yuan, for people."""

import re
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from toolbox.rounding import round_half_up
from toolbox.width import of_usual_width
from toolbox.written import BigIntegerField, Get_co, Set_contra, WrittenFormField, formfield

LARGEST: Final = 10**15
"""Ten trillion yuan; nothing that is sold costs more, and every sum of such amounts fits a bigint."""

LONGEST_NUMBER: Final = 60
_SCALES: Final = {"": 0, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8}
_WORDS: Final = {"CNY": ("CNY", "RMB", "人民币", "元", "圆")}
_AMOUNT: Final = re.compile(
    r"(?P<sign>[-+]?)"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+|(?=\.[0-9]))(?:\.(?P<fraction>[0-9]*))?"
    r"(?P<scale>百万|千万|千|万|亿)?"
)


def parse_money(text: str) -> int:
    """Yuan as people write them ("1,234.56", "¥ 1,234.5", "12万", "1.5亿", "(300)") in fen.

    Raises ValidationError, whose message is for the person who typed it.
    """
    try:
        fen = parse_scaled(without_currency(text), places=2)
    except OverflowError:
        raise ValidationError(_("That amount is too large to be true."), code="too_large") from None
    except ArithmeticError:
        raise ValidationError(_("An amount has at most two decimals."), code="decimals") from None
    except ValueError:
        raise ValidationError(_("Enter an amount such as 1,234.56 or 12万."), code="invalid") from None
    if abs(fen) > LARGEST:
        raise ValidationError(_("That amount is too large to be true."), code="too_large")
    return fen


def parse_scaled(text: str, *, places: int) -> int:
    """ "1,234.5", "-12万", "(300)" in units of so many decimals, exactly.

    ArithmeticError where that takes more decimals (OverflowError where there is no end of digits), ValueError where it
    is no number.
    """
    match = _AMOUNT.fullmatch(_on_one_line(text))
    if match is None:
        raise ValueError(text[:LONGEST_NUMBER])
    if len(text) > LONGEST_NUMBER:
        raise OverflowError
    fraction = match["fraction"] or ""
    places += _SCALES[match["scale"] or ""]
    if len(fraction) > places:
        raise ArithmeticError(text)
    number = int(match["whole"].replace(",", "") + fraction.ljust(places, "0") or "0")
    return -number if match["sign"] == "-" else number


def _on_one_line(text: str) -> str:
    """Of usual width and without spaces; brackets, as accountants write a negative, are a minus."""
    plain = re.sub(r"\s", "", of_usual_width(text)).replace("−", "-")
    return f"-{plain[1:-1]}" if plain.startswith("(") and plain.endswith(")") else plain


def without_currency(text: str) -> str:
    """The number without the sign or name of the book's currency before or behind it."""
    plain = _on_one_line(text)
    marks = (settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY], *_WORDS.get(settings.BOOK_CURRENCY, ()))
    alternatives = "|".join(re.escape(mark) for mark in marks)
    plain = re.sub(rf"^([-+]?)(?:{alternatives})", r"\1", plain, count=1, flags=re.IGNORECASE)
    return re.sub(rf"(?:{alternatives})$", "", plain, count=1, flags=re.IGNORECASE)


def plain_money(fen: int) -> str:
    """The amount as one types it: "1234.56", "1234"."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}{f'.{rest:02}' if rest else ''}"


def format_money(fen: int, *, language: str) -> str:
    """ "¥1,234.56", "¥1,234", "-¥5": the same in every language we speak."""
    del language
    yuan, rest = divmod(abs(fen), 100)
    return f"{_symbol(fen)}{yuan:,}{f'.{rest:02}' if rest else ''}"


_CHINESE_UNITS: Final = ((1, 0, "", 10**4), (10**4, 1, "万", 10**5), (10**8, 1, "亿", None))
_ENGLISH_UNITS: Final = (
    (1, 0, "", 10**4),
    (10**3, 0, "K", 10**3),
    (10**6, 1, "M", 10**4),
    (10**9, 1, "B", None),
)
"""Yuan to the unit, decimals shown, its name, and the digits from which the next unit is used."""


def format_money_short(fen: int, *, language: str) -> str:
    """Rounded for tiles and charts: "¥82.0万", "¥1.2亿" in Chinese, "¥820K", "¥1.2M" in English."""
    units = _CHINESE_UNITS if language.startswith("zh") else _ENGLISH_UNITS
    for size, decimals, name, end in units:
        shown = round_half_up(abs(fen) * 10**decimals, size * 100)
        if end is None or shown < end:
            whole, rest = divmod(shown, 10**decimals)
            return f"{_symbol(fen)}{whole:,}{f'.{rest}' if decimals else ''}{name}"
    raise AssertionError


def _symbol(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY]}"


class MoneyFormField(WrittenFormField):
    """Takes yuan as people write them, gives fen."""

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **kwargs: Any) -> None:
        """`min_value` and `max_value` are in fen."""
        self.min_value, self.max_value = min_value, max_value
        super().__init__(**kwargs)

    def read(self, text: str) -> int:
        return parse_money(text)

    def write(self, value: int) -> str:
        return plain_money(value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        language = ""
        if self.min_value is not None and value < self.min_value:
            raise ValidationError(
                _("Enter %(limit)s or more."),
                code="min_value",
                params={"limit": format_money(self.min_value, language=language)},
            )
        if self.max_value is not None and value > self.max_value:
            raise ValidationError(
                _("Enter %(limit)s or less."),
                code="max_value",
                params={"limit": format_money(self.max_value, language=language)},
            )


class MoneyField(BigIntegerField[Set_contra, Get_co]):
    """An amount in minor units."""

    def formfield(self, **kwargs: Any) -> Any:
        return formfield(self, MoneyFormField, **kwargs)
