"""Values as python-calamine reads them, with what is known of them beyond."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import IO, Any, Final

import python_calamine

from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.marks import Marks
from toolbox.sheetfiles.opened import Opened
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.spool import TooLongError, encoded


def visibility_of(sheet: Any) -> str:
    match sheet.visible:
        case python_calamine.SheetVisibleEnum.Visible:
            return "visible"
        case python_calamine.SheetVisibleEnum.Hidden:
            return "hidden"
        case _:
            return "very hidden"


class Book:
    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self.stream, self.characters = stream, limits.characters
        self._opened: python_calamine.CalamineWorkbook | None = None

    @property
    def opened(self) -> Any:
        """Late: what is too large or means harm is refused before."""
        if self._opened is None:
            with damage_as_refusal():
                self.stream.seek(0)
                self._opened = python_calamine.CalamineWorkbook.from_filelike(self.stream)
        return self._opened

    def sheets(self) -> Iterator[tuple[str, str]]:
        """Name and visibility of those that hold cells."""
        for sheet in self.opened.sheets_metadata:
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
                yield sheet.name, visibility_of(sheet)

    def rows(self, into: Opened, *, is_1904: bool = False) -> Iterator[list[Any]]:
        with damage_as_refusal():
            sheet = self.opened.get_sheet_by_name(into.name)
            start = sheet.start
            into.merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
            rows = sheet.iter_rows()  # it gives the empty rows above, not the columns
        before: list[Any] = [None] * (start[1] if start else 0)
        return (self._row(row, before, is_1904=is_1904) for row in damaged_rows_as_refusal(rows))

    def _row(self, row: list[Any], before: list[Any], *, is_1904: bool) -> list[Any]:
        if is_1904:
            row = [("4", value) if type(value) in {int, float} else value for value in row]
        most = self.characters
        try:
            found = [
                value
                if (kind := type(value)) is float
                else (value or None)
                if kind is str and len(value) <= most
                else encoded(value)
                for value in row
            ]
        except TooLongError as error:
            lengths = [len(value) if type(value) is str else 0 for value in row]
            error.column = len(before) + next(at for at, length in enumerate(lengths) if length > most)
            raise
        return before + found if before else found


BEYOND: Final[list[Any]] = []
"""Stands for every row after the last one."""


def with_marks(rows: Iterator[list[Any]], marks: Marks) -> Iterator[list[Any]]:
    """Cells that hold an error lie beyond the last value now and then."""
    if not len(marks):
        yield from rows
        return
    waiting = marks.in_order()
    mark = next(waiting, None)
    for number, row in enumerate(chain(rows, repeat(BEYOND))):
        if mark is None and row is BEYOND:
            return
        values = [] if row is BEYOND else row
        while mark and mark[0] == number:
            _put(values, mark, marks)
            mark = next(waiting, None)
        yield values


def _put(values: list[Any], mark: tuple[int, int, int], marks: Marks) -> None:
    row, column, kind = mark
    if column >= len(values):
        values += [None] * (column + 1 - len(values))
    values[column] = marks.marked(row, column, kind, values[column])


def damaged_rows_as_refusal(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    with damage_as_refusal():
        yield from rows


@contextmanager
def damage_as_refusal() -> Iterator[None]:
    try:
        yield
    except python_calamine.PasswordError:
        raise RefusedError("password") from None
    except RefusedError:
        raise
    except (python_calamine.CalamineError, ValueError, OSError, UnicodeError) as error:
        raise RefusedError("damaged", detail=str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the Rust library; not an Exception
            raise
        raise RefusedError("damaged", detail=str(error)) from None
