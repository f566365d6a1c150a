"""What stands in the cells of an order file: texts, days, amounts, prices, quantities."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

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
def parse_price(value: Value, factor: int = 1) -> int:
    """In millionths of a yuan; `factor` is what its header says."""
    return sheets.parse_decimal(value, places=6, factor=factor, is_price=True)


@lru_cache(maxsize=100_000, typed=True)
def parse_quantity(value: Value) -> int:
    """In thousandths."""
    return sheets.parse_decimal(value, places=3)


PARSERS: Final[dict[str, Callable[[Value], Any]]] = {
    mappings.DATE: parse_day,
    mappings.AMOUNT: parse_amount,
    mappings.PRICE: parse_price,
    mappings.QUANTITY: parse_quantity,
}
