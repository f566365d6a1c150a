"""One formatted sheet, written row by row: text stays text, amounts stay exact.

What is above the table, colours, drop-downs and the workbook itself are openpyxl's, which is loaded where something is
written: it takes 26 MB that most processes never need. Below the header a cell of openpyxl's own would cost ten times
as much as its XML, so those rows are written beside it (`toolbox.sheets.body`). `toolbox.sheets.plain` does without
openpyxl.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from toolbox.sheetfiles.texts import clean_text, sheet_title
from toolbox.sheets.body import Body
from toolbox.sheets.cells import column_letter

if TYPE_CHECKING:
    from openpyxl import Workbook

Kind = Literal["text", "integer", "money", "percent", "date", "datetime", "score"]

LISTS: Final = "lists"
"""The hidden sheet that holds long lists of choices."""

LAST_ROW: Final = 1_048_576
LONGEST_LIST: Final = 255

FORMATS: Final[dict[Kind, str]] = {
    "text": "@",
    "integer": "#,##0",
    "money": "#,##0.00",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "score": "0.00",
}


@dataclass(frozen=True)
class Column:
    """`width` is in characters; `choices` become a drop-down list.

    Values come as text, int, fen ("money"), basis points ("percent"), date, moment, millionths ("score").
    """

    header: str
    width: int = 16
    kind: Kind = "text"
    choices: Sequence[str] | None = None
    colours: Mapping[str, str] | None = None
    """What a cell is filled with where it says so: six hexadecimal digits by text."""
    is_hidden: bool = False


@dataclass(frozen=True)
class Above:
    """A cell above the table."""

    text: str
    size: int = 11
    is_bold: bool = False
    fill: str = ""


def write(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    stream: IO[bytes],
    above: Sequence[Sequence[Above | None]] = (),
    fixed: int = 0,
    more: "Callable[[Workbook], object]" = lambda _book: None,
) -> int:
    """Write the workbook and say how many rows it has, its header not counted.

    `fixed` columns stay in sight; `more` adds sheets of its own once the rows are written.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - as said above

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(sheet_title(title))
    head = len(above) + 1
    sheet.freeze_panes = f"{column_letter(fixed)}{head + 1}"
    for index, column in enumerate(columns):
        sheet.column_dimensions[column_letter(index)].width = column.width
        sheet.column_dimensions[column_letter(index)].hidden = column.is_hidden
    for line in above:
        sheet.append(
            [
                cell and text_cell(sheet, cell.text, is_bold=cell.is_bold, size=cell.size, fill=cell.fill)
                for cell in line
            ]
        )
    sheet.append([text_cell(sheet, column.header, is_bold=True, is_header=True) for column in columns])
    with Body(sheet, first=head + 1) as body:
        cells = [body.cell(column.kind, FORMATS[column.kind]) for column in columns]
        for row in rows:
            body.append(cells, row)
        count = body.count
        sheet.auto_filter.ref = f"A{head}:{column_letter(len(columns) - 1)}{head + count}"
        _add_choices(book, sheet, columns, head)
        for index, column in enumerate(columns):
            _add_colours(sheet, index, column, head)
    more(book)
    book.save(stream)
    return count


def text_cell(
    sheet: Any, text: str, *, is_bold: bool = False, size: int = 11, fill: str = "", is_header: bool = False
) -> Any:
    """A cell of openpyxl's with a text, for what stands above a table; `fill` is six hexadecimal digits."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as said above
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415

    cell: Any = WriteOnlyCell(sheet, clean_text(text))
    cell.data_type = "s"  # openpyxl would make a formula of "=1+1" and an error of "#N/A"
    cell.font = Font(bold=is_bold, size=size)
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    if is_header:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def number_cell(sheet: Any, value: Any, number_format: str, *, is_bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as said above
    from openpyxl.styles import Font  # noqa: PLC0415

    cell: Any = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    cell.font = Font(bold=is_bold)
    return cell


def _add_colours(sheet: Any, index: int, column: Column, head: int) -> None:
    """They follow what is typed."""
    from openpyxl.formatting.rule import CellIsRule  # noqa: PLC0415 - as said above
    from openpyxl.styles import PatternFill  # noqa: PLC0415

    letter = column_letter(index)
    for text, colour in (column.colours or {}).items():
        quoted = text.replace('"', '""')
        make: Any = CellIsRule
        rule = make(operator="equal", formula=[f'"{quoted}"'], fill=PatternFill(bgColor=colour))
        sheet.conditional_formatting.add(f"{letter}{head + 1}:{letter}{LAST_ROW}", rule)


def _add_choices(book: "Workbook", sheet: Any, columns: Sequence[Column], head: int) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - as said above

    long_lists: list[Sequence[str]] = []
    for index, column in enumerate(columns):
        if not column.choices:
            continue
        inline = ",".join(column.choices)
        if len(inline) <= LONGEST_LIST and not any("," in text or '"' in text for text in column.choices):
            formula = f'"{inline}"'
        else:
            letter = column_letter(len(long_lists))
            formula = f"{LISTS}!${letter}$1:${letter}${len(column.choices)}"
            long_lists.append(column.choices)
        validation = DataValidation(type="list", formula1=formula, allow_blank=True)
        validation.add(f"{column_letter(index)}{head + 1}:{column_letter(index)}{LAST_ROW}")
        sheet.data_validations.append(validation)
    if long_lists:
        _write_lists(book, long_lists)


def _write_lists(book: "Workbook", lists: Sequence[Sequence[str]]) -> None:
    sheet: Any = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    with Body(sheet, first=1) as body:
        cells = [body.cell("text", FORMATS["text"])] * len(lists)
        for row in zip_longest(*lists):
            body.append(cells, row)
