"""What a reader finds in a file: its sheets, each with rows that can be asked for once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Opened:
    """A sheet as a reader found it. `rows` gives every row from the first on; blank ones may be empty lists.

    It is handed this object, and fills in what else it learns of the sheet.
    """

    name: str
    rows: Callable[["Opened"], Iterator[list[Any]]]
    visibility: str = "visible"
    """Or "hidden", or "very hidden": then Excel itself does not offer to show it."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column, from 0."""
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    """From 0."""


@dataclass
class File:
    kind: str
    """xlsx, xlsb, xls, ods or text."""
    sheets: list[Opened]
    encoding: str = ""
    separator: str = ""
    is_1904: bool = False
