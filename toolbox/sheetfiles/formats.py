"""What the number format of a cell says about its number."""

import re
from typing import Final

DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Built in; 27 to 58 in Chinese, Japanese and Korean workbooks."""
PERCENTS: Final = frozenset({9, 10})

NUMBER, PERCENT, DATE = 0, 100, 200
"""Between NUMBER and PERCENT: so many digits are shown, with leading zeros."""

CURRENCIES: Final = {"USD": 91, "EUR": 92, "GBP": 93, "HKD": 94, "JPY": 95}
"""Kinds of formats that show another currency than the yuan; none shows so many digits."""
_SIGNS: Final = {"HKD": r"HK\$|HKD", "USD": r"\$|USD", "EUR": "€|EUR", "GBP": "£|GBP", "JPY": "JPY"}
_LOCALE: Final = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PADDED: Final = re.compile(r"0{2,50}")


def kind_of(number: int, code: str | None) -> int:
    """Of a built-in format by its number, of another one by its code."""
    if code is None:
        return PERCENT if number in PERCENTS else DATE if number in DATES else NUMBER
    positive = _QUOTED.sub("", code.split(";")[0]).strip()
    if "%" in positive:
        return PERCENT
    if re.search(r"[ymdhs]", positive, re.IGNORECASE) and not re.search(
        "general|[0#?]{2}", positive, re.IGNORECASE
    ):
        return DATE
    if currency := currency_of(code):
        return CURRENCIES[currency]
    return len(positive) if _PADDED.fullmatch(positive) else NUMBER


def currency_of(code: str) -> str:
    """The one whose sign the format shows, or nothing; ¥ is taken for the yuan."""
    shown = re.sub(r"\[[^\]]*\]", "", _LOCALE.sub(r"\1", code.split(";", maxsplit=1)[0])).upper()
    return next((currency for currency, signs in _SIGNS.items() if re.search(signs, shown)), "")
