"""Workbooks and CSV files: what we write, what people send, and what is wrong in a cell."""

from toolbox.sheets.cells import (
    CellError,
    SheetError,
    Value,
    column_letter,
    parse_date,
    parse_int,
    parse_money,
    parse_percent_bp,
    text_of,
)
from toolbox.sheets.limits import Limits
from toolbox.sheets.reading import Row, Sheet, read
from toolbox.sheets.writing import Column, write

__all__ = [
    "CellError",
    "Column",
    "Limits",
    "Row",
    "Sheet",
    "SheetError",
    "Value",
    "column_letter",
    "parse_date",
    "parse_int",
    "parse_money",
    "parse_percent_bp",
    "read",
    "text_of",
    "write",
]
