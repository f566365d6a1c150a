"""A plain workbook, written as fast as it can be read from the database: no row is kept, however many there are.

Text is text, whatever it begins with; numbers, days and moments are numbers with a format. What a number of a
workbook cannot hold exactly, one of more than 15 digits, is written as text. Where a sheet is full the next begins.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import chain, islice
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from toolbox.sheetfiles.texts import sheet_title
from toolbox.sheets.cells import column_letter
from toolbox.sheets.rendering import Cell, inside, renderer
from toolbox.sheets.writing import FORMATS, LAST_ROW, Column, Kind

AT_ONCE: Final = 500
"""Rows, between two writings."""
LARGEST_PART: Final = 1_800_000_000
"""Bytes of a sheet: above it an archive needs extensions of which Excel warns."""

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_HEADER, _QUOTED, _FIRST_STYLE = 1, 2, 3
_STYLES: Final[dict[Kind, int]] = {kind: _FIRST_STYLE + n for n, kind in enumerate(FORMATS)}


def write_plain(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, stream: IO[bytes]
) -> int:
    """Write the workbook and say how many rows it has, its headers not counted."""
    count = 0
    names: list[str] = []
    left = iter(rows)
    cells = [
        renderer(column.kind, _STYLES[column.kind], text_style=_STYLES["text"], quoted=_QUOTED)
        for column in columns
    ]
    following: list[Sequence[Any]] = []
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        while following or not names:
            names.append(title if not names else f"{title} {len(names) + 1}")
            with archive.open(f"xl/worksheets/sheet{len(names)}.xml", "w") as part:
                count += _write_sheet(part, columns, cells, chain(following, left))
            following = list(islice(left, 1))
        _write_parts(archive, [sheet_title(name) for name in names])
    return count


def _write_sheet(
    part: IO[bytes], columns: Sequence[Column], cells: Sequence[Cell], rows: Iterator[Sequence[Any]]
) -> int:
    letters = [column_letter(index) for index in range(len(columns))]
    start = _sheet_start(columns, letters).encode()
    part.write(start)
    last, size = 1, len(start)
    while last < LAST_ROW and size < LARGEST_PART:
        batch = list(islice(rows, min(AT_ONCE, LAST_ROW - last)))
        if not batch:
            break
        text = []
        for number, row in enumerate(batch, start=last + 1):
            at = str(number)
            filled = [
                "" if value is None else cell(value, letter + at)
                for cell, value, letter in zip(cells, row, letters, strict=True)
            ]
            text.append(f'<row r="{at}">{"".join(filled)}</row>')
        last += len(batch)
        size += part.write("".join(text).encode())
    part.write(f'</sheetData><autoFilter ref="A1:{letters[-1]}{last}"/></worksheet>'.encode())
    return last - 1


def _sheet_start(columns: Sequence[Column], letters: Sequence[str]) -> str:
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{column.width}" customWidth="1" hidden="{column.is_hidden:d}"/>'
        for n, column in enumerate(columns, start=1)
    )
    headers = "".join(
        f'<c r="{letter}1" s="{_HEADER}" t="inlineStr"><is>{inside(column.header)}</is></c>'
        for letter, column in zip(letters, columns, strict=True)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols>{widths}</cols><sheetData><row r="1">{headers}</row>'
    )


def _write_parts(archive: ZipFile, names: Sequence[str]) -> None:
    sheets = range(1, len(names) + 1)
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        + "".join(
            f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
            for part, kind in (
                ("workbook", "sheet.main"),
                ("styles", "styles"),
                *((f"worksheets/sheet{n}", "worksheet") for n in sheets),
            )
        )
        + "</Types>",
        "_rels/.rels": _relations(
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        ),
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{made}</dcterms:created></cp:coreProperties>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in enumerate(names, start=1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            "".join(
                f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
                for n in sheets
            )
            + f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        ),
        "xl/styles.xml": _styles(),
    }
    for name, text in parts.items():
        archive.writestr(name, _HEAD + text)


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _styles() -> str:
    def style(number: int, more: str = "", inside: str = "") -> str:
        return f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"{more}{f">{inside}</xf>" if inside else "/>"}'

    first = 164  # below are Excel's own
    numbers = {kind: first + n for n, kind in enumerate(FORMATS)} | {"text": 49}
    own = "".join(
        f'<numFmt numFmtId="{numbers[kind]}" formatCode="{escape(code)}"/>'
        for kind, code in FORMATS.items()
        if kind != "text"
    )
    header = (
        '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" '
        'applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>'
    )
    styles = [
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',
        header,
        style(49, ' quotePrefix="1"'),
        *(style(numbers[kind]) for kind in FORMATS),
    ]
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(FORMATS) - 1}">{own}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(styles)}">{"".join(styles)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
