"""CSV as offices make it: any of the usual encodings, any of the usual separators."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from django.utils.translation import gettext_lazy as _

from toolbox.sheets.cells import SheetError, Value
from toolbox.sheets.limits import Limits

DELIMITERS: Final = (",", "\t", ";", "|")
ROWS_TO_SNIFF: Final = 30


class Table:
    """A decoded file and how its fields are separated."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.limits = limits
        self.text = _decoded(data)
        named = re.match(r"sep=(.)\r?\n", self.text)  # a line by which Excel is told
        self.first_row_is_note = bool(named)
        self.delimiter = named[1] if named else _sniffed(self.text)

    def rows(self) -> Iterator[list[Value]]:
        cells = 0
        for number, row in enumerate(self._records(), start=1):
            cells += len(row)
            self.limits.check_size(rows=number, columns=len(row), cells=cells)
            yield [] if number == 1 and self.first_row_is_note else [value or None for value in row]

    def _records(self) -> Iterator[list[str]]:
        try:
            yield from csv.reader(_lines(self.text), delimiter=self.delimiter)
        except csv.Error:
            raise SheetError(
                _("The text file is no table: a quotation mark is probably not closed.")
            ) from None


_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def _lines(text: str) -> Iterator[str]:
    """With their ends. io.StringIO does the same, but keeps a copy of four bytes per character."""
    return (match[0] for match in _LINE.finditer(text))


def _decoded(data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise SheetError(_("A workbook inside a compressed file is not read. Unpack it first."))
    text = next(_readings(data), None)
    if text is None or "\0" in text:
        raise SheetError(
            _("This is neither a workbook nor a text file. Save it as .xlsx or as CSV in UTF-8.")
        )
    if re.match(r"\s*<(?:\?xml|!doctype|html|table|meta|head)\b", text, re.IGNORECASE):
        raise SheetError(
            _("This is a web page called a workbook. Open it in Excel or WPS and save it as .xlsx.")
        )
    return text


def _readings(data: bytes) -> Iterator[str]:
    for encoding in _encodings(data):
        try:
            yield data.decode(encoding)
        except UnicodeDecodeError:
            continue


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    start = data[:2000]
    if start[1::2].count(0) > len(start) // 4:  # every other byte of latin text is zero
        return ("utf-16-le",)
    if start[::2].count(0) > len(start) // 4:
        return ("utf-16-be",)
    return ("utf-8-sig", "gb18030")


def _sniffed(text: str) -> str:
    """The separator with which most of the first rows have as many fields as the first."""
    return max(DELIMITERS, key=lambda delimiter: _fit(text[:200_000], delimiter))


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    try:
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = list(islice(filter(None, records), ROWS_TO_SNIFF))
    except csv.Error:
        return (0, 0)
    widths = [len(row) for row in rows]
    width = max(set(widths), key=widths.count, default=1)
    return (widths.count(width) if width > 1 else 0, width)
