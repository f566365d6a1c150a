"""One formatted sheet, written row by row: text stays text, amounts stay exact.

`toolbox.sheets.plain` writes sheets without drop-downs more than ten times as fast.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, Final, Literal

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from toolbox.sheetfiles.texts import clean_text, sheet_title
from toolbox.sheets.cells import column_letter

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
    more: Callable[[Workbook], object] = lambda _book: None,
) -> int:
    """Write the workbook and say how many rows it has, its header not counted.

    `fixed` columns stay in sight; `more` adds sheets of its own once the rows are written.
    """
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(sheet_title(title))
    head = len(above) + 1
    sheet.freeze_panes = f"{column_letter(fixed)}{head + 1}"
    for index, column in enumerate(columns):
        sheet.column_dimensions[column_letter(index)].width = column.width
        sheet.column_dimensions[column_letter(index)].hidden = column.is_hidden
    for line in above:
        sheet.append([_above(sheet, cell) if cell else None for cell in line])
    sheet.append([_header(sheet, column) for column in columns])
    templates = [_template(sheet, column) for column in columns]
    count = 0
    for row in rows:
        sheet.append(
            [
                _cell(sheet, column, template, value)
                for column, template, value in zip(columns, templates, row, strict=True)
            ]
        )
        count += 1
    sheet.auto_filter.ref = f"A{head}:{column_letter(len(columns) - 1)}{head + count}"
    _add_choices(book, sheet, columns, head)
    for index, column in enumerate(columns):
        _add_colours(sheet, index, column, head)
    more(book)
    book.save(stream)
    return count


def _above(sheet: Any, above: Above) -> Any:
    cell: Any = WriteOnlyCell(sheet, clean_text(above.text))
    cell.data_type = "s"
    cell.font = Font(bold=above.is_bold, size=above.size)
    if above.fill:
        cell.fill = PatternFill("solid", fgColor=above.fill)
    return cell


def _add_colours(sheet: Any, index: int, column: Column, head: int) -> None:
    """They follow what is typed."""
    letter = column_letter(index)
    for text, colour in (column.colours or {}).items():
        quoted = text.replace('"', '""')
        make: Any = CellIsRule
        rule = make(operator="equal", formula=[f'"{quoted}"'], fill=PatternFill(bgColor=colour))
        sheet.conditional_formatting.add(f"{letter}{head + 1}:{letter}{LAST_ROW}", rule)


def _header(sheet: Any, column: Column) -> Any:
    cell: Any = WriteOnlyCell(sheet, clean_text(column.header))
    cell.data_type = "s"
    cell.font = Font(bold=True)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _template(sheet: Any, column: Column) -> tuple[Any, Any]:
    """The style of the column's cells, and of those whose text looks like a formula."""
    plain: Any = WriteOnlyCell(sheet)
    plain.number_format = FORMATS[column.kind]
    quoted: Any = WriteOnlyCell(sheet)
    quoted.number_format = FORMATS[column.kind]
    quoted.quotePrefix = True
    return plain._style, quoted._style  # noqa: SLF001 - setting it by name for each cell takes three times as long


def _cell(sheet: Any, column: Column, template: tuple[Any, Any], value: Any) -> Any:
    if value is None:
        return None
    plain, quoted = template
    if column.kind != "text":
        cell: Any = WriteOnlyCell(sheet, _number(column.kind, value))
        cell._style = plain  # noqa: SLF001 - as above
        return cell
    text = clean_text(str(value))
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # openpyxl would make a formula of "=1+1" and an error of "#N/A"
    cell._style = quoted if text[:1] in {"=", "+", "-", "@", "\t"} else plain  # noqa: SLF001 - as above
    return cell


def _number(kind: Kind, value: Any) -> Any:
    match kind:
        case "money":
            return Decimal(value).scaleb(-2)
        case "percent":
            return Decimal(value).scaleb(-4)
        case "score":  # cut, never rounded, as on the page
            return (Decimal(abs(value) // 10_000).scaleb(-2)).copy_sign(Decimal(value))
        case "date":
            return timezone.localtime(value).date() if isinstance(value, datetime) else value
        case "datetime":
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        case _:
            return int(value)


def _add_choices(book: Workbook, sheet: Any, columns: Sequence[Column], head: int) -> None:
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


def _write_lists(book: Workbook, lists: Sequence[Sequence[str]]) -> None:
    sheet: Any = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    column = Column("")
    template = _template(sheet, column)
    for row in range(max(map(len, lists))):
        sheet.append(
            [
                _cell(sheet, column, template, choices[row] if row < len(choices) else None)
                for choices in lists
            ]
        )
