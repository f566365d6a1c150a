"""The rows below the header of a sheet that openpyxl writes: their XML goes into the sheet past its cells."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from toolbox.sheets.cells import column_letter
from toolbox.sheets.rendering import Cell, renderer

if TYPE_CHECKING:
    from toolbox.sheets.writing import Kind

AT_ONCE: Final = 500
"""Rows, between two writings."""
OPENING: Final = b"<sheetData>"
CLOSING: Final = b"</sheetData>"
END: Final = re.compile(rb"(</sheetData>|<sheetData ?/>)")
"""Of what openpyxl appended; with lxml it writes a sheet without rows in the short way."""


class Body:
    """To be used as a context, before the workbook is saved: at its end the sheet is closed with the rows in it.

    What was appended to the sheet itself stands above them; `first` is the number of the first row.
    """

    def __init__(self, sheet: Any, *, first: int) -> None:
        self.sheet, self.first, self.count = sheet, first, 0
        self._letters: list[str] = []
        self._waiting: list[str] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the context

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._put_in()

    def style(self, number_format: str, *, is_quoted: bool = False) -> int:
        """The number of a style in the workbook."""
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as in `writing`

        cell: Any = WriteOnlyCell(self.sheet)
        cell.number_format = number_format
        if is_quoted:
            cell.quotePrefix = True
        return int(cell.style_id)

    def cell(self, kind: "Kind", number_format: str) -> Cell:
        """What makes the cells of a column."""
        return renderer(
            kind,
            self.style(number_format),
            text_style=self.style("@"),
            quoted=self.style("@", is_quoted=True),
        )

    def append(self, cells: Sequence[Cell], values: Sequence[Any]) -> None:
        """A row: where a value is None stands nothing."""
        at = str(self.first + self.count)
        if len(self._letters) < len(cells):
            self._letters = [column_letter(index) for index in range(len(cells))]
        filled = [
            "" if value is None else cell(value, letter + at)
            for cell, value, letter in zip(cells, values, self._letters, strict=False)
        ]
        self._waiting.append(f'<row r="{at}">{"".join(filled)}</row>')
        self.count += 1
        if len(self._waiting) == AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._file.write("".join(self._waiting).encode())
        self._waiting = []

    def _put_in(self) -> None:
        """openpyxl has the sheet in a file of its own until the workbook is saved."""
        self._write()
        self.sheet.close()
        path = Path(self.sheet._writer.out)  # noqa: SLF001 - there is no other way in
        above, end, below = END.split(path.read_bytes(), maxsplit=1)
        self._file.seek(0)
        with path.open("wb") as whole:
            whole.write(above if end == CLOSING else above + OPENING)
            shutil.copyfileobj(self._file, whole, 1 << 20)
            whole.write(CLOSING + below)
