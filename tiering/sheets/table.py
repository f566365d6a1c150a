"""Finding the table in a file: the sheet, its header row, and which column is which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from tiering.sheets.columns import Column
from toolbox import sheets
from toolbox.sheets import (
    CellError,
    Row,
    Sheet,
    SheetError,
    column_letter,
    limits_in_force,
    plain_header,
    text_of,
)
from toolbox.sheets.cells import Value

ROWS_ABOVE: Final = 20
"""A title and notes may stand above the header."""


@dataclass(frozen=True)
class Table:
    sheet: Sheet
    header: Row
    columns: dict[str, int]
    """Where each of our columns stands, from 0."""
    ignored: list[str]
    """Headers of the columns that are not ours."""

    def rows(self) -> Iterator[Row]:
        return (row for row in self.sheet.rows() if row.number > self.header.number)

    def cell(self, row: Row, key: str) -> Value:
        at = self.columns[key]
        return row.values[at] if at < len(row.values) else None

    def error(self, row: Row, key: str, problem: str, remedy: str = "") -> dict[str, Any]:
        at = self.columns[key]
        return CellError(
            sheet=self.sheet.name,
            row=row.number,
            column=at,
            header=header_at(self.header, at),
            value=self.cell(row, key),
            problem=problem,
            remedy=remedy,
        ).as_json()


def header_at(header: Row, at: int) -> str:
    return text_of(header.values[at]) or column_letter(at)


def find(stream: IO[bytes], *, name: str, columns: Sequence[Column]) -> Table:
    """The first sheet with a customer code in one of its first rows. Raises SheetError where there is none."""
    known = {header: column.key for column in columns for header in column.names()}
    for sheet in sheets.read(stream, name=name, limits=limits_in_force()):
        for row in islice(sheet.rows(), ROWS_ABOVE):
            found = [(at, known.get(plain_header(text_of(value)))) for at, value in enumerate(row.values)]
            if "code" in (key for _at, key in found):
                return _table(sheet, row, found, columns)
    raise SheetError(
        _("No sheet of the file has a column “%(code)s”. Export a tier sheet to see what one looks like.")
        % {"code": columns[0].label()}
    )


def _table(
    sheet: Sheet,
    header: Row,
    found: list[tuple[int, str | None]],
    columns: Sequence[Column],
) -> Table:
    places: dict[str, int] = {}
    for at, key in found:
        if key in places:
            raise SheetError(
                _(
                    "The columns %(first)s and %(second)s of sheet “%(sheet)s” are both “%(column)s”. Delete or rename one of them."
                )
                % {
                    "first": column_letter(places[key]),
                    "second": column_letter(at),
                    "sheet": sheet.name,
                    "column": next(column.label() for column in columns if column.key == key),
                }
            )
        if key:
            places[key] = at
    ignored = [header_at(header, at) for at, key in found if not key and header.values[at] is not None]
    return Table(sheet, header, places, ignored)
