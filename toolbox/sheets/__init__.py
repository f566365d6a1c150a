"""Workbooks and text files: what people send, where its table is, what its cells mean, and what is wrong in them."""

from toolbox.sheets.cells import (
    Broken,
    CellError,
    Padded,
    Percent,
    SheetError,
    Value,
    column_index,
    column_letter,
    text_of,
)
from toolbox.sheets.headers import Header, is_own_currency, plain_header, read_header
from toolbox.sheets.limits import Limits, limits_in_force
from toolbox.sheets.marking import mark
from toolbox.sheets.matching import KnownColumn, Matches, match
from toolbox.sheets.plain import write_plain
from toolbox.sheets.problems import WrongValueError
from toolbox.sheets.reading import Book, Row, Sheet, read
from toolbox.sheets.tables import Skipped, Table, find_table
from toolbox.sheets.text import write_csv
from toolbox.sheets.values import (
    parse_bool,
    parse_code,
    parse_date,
    parse_decimal,
    parse_int,
    parse_money,
    parse_percent_bp,
    parse_phone,
    parse_text,
)
from toolbox.sheets.writing import Above, Column, write

__all__ = [
    "Above",
    "Book",
    "Broken",
    "CellError",
    "Column",
    "Header",
    "KnownColumn",
    "Limits",
    "Matches",
    "Padded",
    "Percent",
    "Row",
    "Sheet",
    "SheetError",
    "Skipped",
    "Table",
    "Value",
    "WrongValueError",
    "column_index",
    "column_letter",
    "find_table",
    "is_own_currency",
    "limits_in_force",
    "mark",
    "match",
    "parse_bool",
    "parse_code",
    "parse_date",
    "parse_decimal",
    "parse_int",
    "parse_money",
    "parse_percent_bp",
    "parse_phone",
    "parse_text",
    "plain_header",
    "read",
    "read_header",
    "text_of",
    "write",
    "write_csv",
    "write_plain",
]
