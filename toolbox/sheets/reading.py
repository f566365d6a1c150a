"""Reading what people send. The suffix is not trusted, nor what the file says of its own size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, NamedTuple, overload

from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.spool import Place, Spool
from toolbox.sheets import process
from toolbox.sheets.cells import SheetError, Value
from toolbox.sheets.refusals import sentence


class Row(NamedTuple):
    number: int
    """As the person sees it: the first row is 1."""
    values: list[Value]
    """From column A to the last one that is not empty; empty cells are None."""


@dataclass(frozen=True)
class Sheet:
    name: str
    count: int
    """Rows that are not blank."""
    merged: Sequence[tuple[int, int, int, int]]
    """First row (from 1), first column (from 0), last row, last column."""
    hidden_rows: Sequence[int]
    """They are read like others. As the person sees them, from 1."""
    hidden_columns: Sequence[int]
    """They are read like others. From 0."""
    visibility: str
    """ "visible", or how it was hidden: "hidden", "very hidden"."""
    _spool: Spool = field(repr=False)
    _places: Sequence[Place] = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows that are not blank. May be asked again, and by several at once."""
        return (Row(number, values) for number, values in self._spool.rows(self._places))


@dataclass(frozen=True)
class Book(Sequence[Sheet]):
    """The sheets of a file that were read: those one sees when it is opened, or those that were chosen."""

    kind: str
    """xlsx, xlsb, xls, ods or text."""
    sheets: Sequence[Sheet]
    skipped: Sequence[str]
    """Names of the sheets that were not read; of a file without a choice the hidden ones."""
    encoding: str = ""
    """Of a text file: utf-8, gb18030, utf-16-le, utf-16-be, or the one that was given."""
    separator: str = ""
    """Of a text file: what stands between two fields."""
    is_1904: bool = False
    """Its days are counted from 1904-01-01; what was read is right already."""

    @overload
    def __getitem__(self, at: int) -> Sheet: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Sheet]: ...

    def __getitem__(self, at: int | slice) -> Sheet | Sequence[Sheet]:
        return self.sheets[at]

    def __len__(self) -> int:
        return len(self.sheets)


def read(
    stream: IO[bytes],
    *,
    name: str,
    limits: Limits | None = None,
    sheets: Sequence[str] = (),
    encoding: str = "",
    separator: str = "",
) -> Book:
    """The sheets of a workbook (xlsx, xlsm, xlsb, xls, ods) or the one of a text file (plain or gzipped).

    Hidden sheets are left out unless they stand in `sheets`; hidden rows and columns are read. Encoding and separator
    of a text file are found, or given (`toolbox.sheetfiles.delimited.ENCODINGS`). `name` is the file's, for the sheet
    of a text file. The file is read by a process of its own, with limits; the stream is not needed afterwards.

    SheetError, with a sentence for people, where the file as a whole cannot be read.
    """
    limits = limits or Limits()
    spool, said = process.run(
        stream, limits, job="read", name=PurePath(name).name.split(".")[0] or "CSV",
        sheets=list(sheets), encoding=encoding, separator=separator,
    )  # fmt: skip
    known = {sheet["name"] for sheet in said["sheets"]}
    if missing := [sheet for sheet in sheets if sheet not in known]:
        raise SheetError(sentence("sheet", {"sheet": missing[0]}))
    return Book(
        kind=said["kind"],
        sheets=[
            Sheet(
                name=sheet["name"],
                count=sheet["rows"],
                merged=[(top + 1, left, bottom + 1, right) for top, left, bottom, right in sheet["merged"]],
                hidden_rows=[row + 1 for row in sheet["hidden_rows"]],
                hidden_columns=sheet["hidden_columns"],
                visibility=sheet["visibility"],
                _spool=spool,
                _places=sheet["places"],
            )
            for sheet in said["sheets"]
            if sheet["is_read"]
        ],
        skipped=[sheet["name"] for sheet in said["sheets"] if not sheet["is_read"]],
        encoding=said["encoding"],
        separator=said["separator"],
        is_1904=said["is_1904"],
    )
