"""Gives a file back with its wrong cells filled and commented, and a sheet that lists what is wrong."""

import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from toolbox.sheetfiles import reading
from toolbox.sheetfiles.cells import Broken, Padded, Percent, column_index, column_letter
from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.packed import Archive
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.spool import Writer, decoded
from toolbox.sheetfiles.texts import clean_text, sheet_title

FILL: Final = PatternFill("solid", fgColor="FFC7CE")
AUTHOR: Final = "✎"
"""Of our comments: by it they are found, and taken away, when the workbook comes once more."""
WIDTHS: Final = (14, 8, 8, 20, 28, 50, 50)
FORMATS: Final = (
    (Percent, "0.00%"),
    (datetime, "yyyy-mm-dd hh:mm:ss"),
    (date, "yyyy-mm-dd"),
    (time, "hh:mm:ss"),
    (timedelta, "[h]:mm:ss"),
)
LONGEST_COMMENT: Final = 2_000
HEADED: Final = 20
"""Rows among which a header stands that is hidden in a copy."""
_ZIP: Final = b"PK\x03\x04"

Error = dict[str, Any]


def run(source: IO[bytes], target: IO[bytes], options: dict[str, Any], limits: Limits) -> None:
    """Into the spool: the workbook, and how it was made."""
    said: dict[str, Any] = json.loads(Path(options["told"]).read_bytes())
    try:
        made = (
            edited(source, said, limits)
            if options["how"] == "edit"
            else copied(source, said, options, limits)
        )
    except RefusedError as refused:
        Writer(target).close({"refused": refused.word, "values": refused.values})
        return
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        Writer(target).close({"refused": "damaged", "values": {"detail": repr(error)}})  # openpyxl is choosy
        return
    spool = Writer(target)
    place = spool.add_bytes(made)
    spool.close({"workbook": place})


def edited(source: IO[bytes], said: dict[str, Any], limits: Limits) -> bytes:
    """The same workbook. What openpyxl does not know is not kept: pictures, charts, macros."""
    start = source.read(4)
    if start != _ZIP:
        raise RefusedError("damaged")
    Archive(source, limits).look_over(set())
    source.seek(0)
    book = load_workbook(source, rich_text=True, keep_links=False)
    if not any(hasattr(sheet, "cell") for sheet in book.worksheets):
        raise RefusedError("damaged")
    _take_away_old_marks(book, said)
    for sheet_name, errors in by_sheet(said["errors"]).items():
        if sheet_name in book.sheetnames:
            for (row, column), texts in by_cell(errors).items():
                _mark(book[sheet_name], row, column, texts)
    _list(book, said, has_links=True)
    return _saved(book)


def _mark(sheet: Any, row: int, column: int, texts: list[str]) -> None:
    cell = sheet.cell(row, column + 1)
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(area.min_row, area.min_col)
    if cell.comment and cell.comment.author != AUTHOR:
        texts = [*texts, cell.comment.text]
    cell.fill = FILL
    cell.comment = _comment(texts)


def _comment(texts: Sequence[str]) -> Comment:
    return Comment(clean_text("\n".join(texts))[:LONGEST_COMMENT], AUTHOR, height=110, width=320)


def _take_away_old_marks(book: Any, said: dict[str, Any]) -> None:
    for sheet in list(book.worksheets):
        if sheet.title.startswith(said["title"]) and sheet["A1"].value == said["headers"][0]:
            book.remove(sheet)
            continue
        for cell in sheet._cells.values():  # noqa: SLF001 - to walk the rectangle would make cells of what is empty
            if getattr(cell, "comment", None) and cell.comment.author == AUTHOR:
                cell.comment = None
                if cell.fill.fgColor.rgb == FILL.fgColor.rgb:
                    cell.fill = PatternFill()


def copied(source: IO[bytes], said: dict[str, Any], options: dict[str, Any], limits: Limits) -> bytes:
    """A new workbook with the same cells, for what openpyxl cannot open, or not within the limits."""
    source.seek(0)
    file = reading.opened(source, options, limits)
    book = Workbook(write_only=True)
    errors = by_sheet(said["errors"])
    for opened in file.sheets:
        if opened.visibility != "visible":
            continue
        sheet = book.create_sheet(sheet_title(opened.name))
        marks = by_cell(errors.get(opened.name, []))
        last = max([0, *(row for row, _column in marks)])
        number = 0
        rows = opened.rows(opened)
        first = list(islice(rows, HEADED))
        for at in {at for row in first for at, value in enumerate(row) if value == said["hidden"]}:
            sheet.column_dimensions[column_letter(at)].hidden = True
        for number, row in enumerate(chain(first, rows), start=1):
            sheet.append(list(_cells(sheet, number, row, marks)))
        for missing in range(number + 1, last + 1):
            sheet.append(list(_cells(sheet, missing, [], marks)))
    _list(book, said, has_links=False)
    return _saved(book)


def _cells(sheet: Any, number: int, row: list[Any], marks: dict[tuple[int, int], list[str]]) -> Iterator[Any]:
    width = max([len(row), *(column + 1 for at, column in marks if at == number)]) if marks else len(row)
    for column in range(width):
        code = row[column] if column < len(row) else None
        texts = marks.get((number, column))
        if code is None and not texts:
            yield None
            continue
        cell = _written(sheet, decoded(code) if type(code) is tuple else code)
        if texts:
            cell.fill = FILL
            cell.comment = _comment(texts)
        yield cell


def _written(sheet: Any, value: Any) -> Any:
    if isinstance(value, Broken):
        value = value.text
    if isinstance(value, str):
        cell: Any = WriteOnlyCell(sheet, clean_text(value))
        cell.data_type = "s"
        return cell
    if isinstance(value, float) and not abs(value) < float("inf"):
        return WriteOnlyCell(sheet, str(float(value)))
    cell = WriteOnlyCell(sheet, float(value) if isinstance(value, float) else value)
    if number_format := _format(value):
        cell.number_format = number_format
    return cell


def _format(value: Any) -> str:
    if isinstance(value, Padded):
        return "0" * value.digits
    return next((shown for kind, shown in FORMATS if isinstance(value, kind)), "")


def by_sheet(errors: Sequence[Error]) -> dict[str, list[Error]]:
    found: dict[str, list[Error]] = {}
    for error in errors:
        found.setdefault(error["sheet"], []).append(error)
    return found


def by_cell(errors: Sequence[Error]) -> dict[tuple[int, int], list[str]]:
    """What is said of a cell: row from 1, column from 0. Errors of the file as a whole stand in the list alone."""
    found: dict[tuple[int, int], list[str]] = {}
    for error in errors:
        if error["row"] and error["column"]:
            text = " ".join(part for part in (error["problem"], error["remedy"]) if part)
            found.setdefault((error["row"], column_index(error["column"])), []).append(text)
    return found


def _list(book: Any, said: dict[str, Any], *, has_links: bool) -> None:
    """The last sheet: every error, and how many there are beyond."""
    title = said["title"]
    while title in book.sheetnames:
        title += "'"
    sheet = book.create_sheet(sheet_title(title))
    for n, width in enumerate(WIDTHS):
        sheet.column_dimensions[column_letter(n)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([_text(sheet, header, is_bold=True) for header in said["headers"]])
    for number, error in enumerate(said["errors"], start=2):
        values = [error[key] for key in ("sheet", "row", "column", "header", "value", "problem", "remedy")]
        sheet.append([value if isinstance(value, int) else _text(sheet, value) for value in values])
        if has_links and error["row"] and error["column"] and error["sheet"] in book.sheetnames:
            quoted = error["sheet"].replace("'", "''")
            sheet.cell(number, 3).hyperlink = f"#'{quoted}'!{error['column']}{error['row']}"
    if said["more"]:
        sheet.append([_text(sheet, said["more"], is_bold=True)])


def _text(sheet: Any, text: str | None, *, is_bold: bool = False) -> Any:
    cell: Any = WriteOnlyCell(sheet, clean_text(text or "")[:32_000])
    cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if is_bold:
        cell.font = Font(bold=True)
    return cell


def _saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
