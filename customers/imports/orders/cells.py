"""What stands in the cells of an order file: texts, days, amounts, prices, quantities."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.imports import mappings
from toolbox import sheets
from toolbox.sheets import Value

PARTS: Final = 10**7
"""Of a fen: thousandths of a quantity times millionths of a yuan."""


def text(value: Value) -> str:
    return value.strip() if type(value) is str else sheets.text_of(value)


def printable(value: Value) -> str:
    """The text on one line: its spaces made single, without what cannot be seen."""
    return one_line(text(value))


@lru_cache(maxsize=100_000)
def one_line(written: str) -> str:
    seen = "".join(character for character in " ".join(written.split()) if character.isprintable())
    return seen.strip()


@lru_cache(maxsize=100_000, typed=True)
def parse_day(value: Value) -> date:
    return sheets.parse_date(value)


@lru_cache(maxsize=100_000, typed=True)
def parse_amount(value: Value) -> int:
    return sheets.parse_money(value) * PARTS


@lru_cache(maxsize=100_000, typed=True)
def parse_price(value: Value) -> int:
    """In millionths of a yuan."""
    return scaled(value, 6, _("Enter a price such as 12.50, with at most six decimals."))


@lru_cache(maxsize=100_000, typed=True)
def parse_quantity(value: Value) -> int:
    """In thousandths."""
    return scaled(value, 3, _("Enter a quantity such as 12 or 2.5, with at most three decimals."))


PARSERS: Final[dict[str, Callable[[Value], Any]]] = {
    mappings.DATE: parse_day,
    mappings.AMOUNT: parse_amount,
    mappings.PRICE: parse_price,
    mappings.QUANTITY: parse_quantity,
}
_NUMBER: Final = re.compile(
    r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13})(?:\.[0-9]{0,12})?|[-+]?\.[0-9]{1,12}"
)


def scaled(value: Value, places: int, message: Promise) -> int:
    """The number as a whole number of its smallest part; exactly, or ValueError."""
    written = unicodedata.normalize("NFKC", text(value)).replace("−", "-").replace(" ", "")
    for mark in (settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY], "元"):
        written = written.replace(mark, "")
    if isinstance(value, bool) or not _NUMBER.fullmatch(written):
        raise ValueError(message)
    number = Decimal(written.replace(",", "")).scaleb(places)
    if number != number.to_integral_value():
        raise ValueError(message)
    return int(number)
