"""Workbooks made byte by byte: as programs other than ours write them, and as nobody should."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import openpyxl

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def workbook(cells: Mapping[str, Any], formats: Mapping[str, str] | None = None) -> bytes:
    """By openpyxl, at these positions."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for position, value in cells.items():
        sheet[position] = value
    for position, number_format in (formats or {}).items():
        sheet[position].number_format = number_format
    return saved(book)


def rows_of(rows: Iterable[Sequence[Any]], *, title: str = "Sheet", merged: Sequence[str] = ()) -> bytes:
    """By openpyxl, row by row."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    return saved(book)


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed(parts: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def repacked(data: bytes, changes: Mapping[str, bytes | str | None]) -> bytes:
    """The same zip with other parts, or without them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    parts |= {name: part for name, part in changes.items() if part is not None}
    return packed({name: part for name, part in parts.items() if changes.get(name, "") is not None})


def related(*targets: tuple[str, str, str]) -> str:
    """(id, kind, target)"""
    return f'{HEAD}<Relationships xmlns="{RELATIONS}">' + "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>' for name, kind, target in targets
    ) + "</Relationships>"  # fmt: skip


def xlsx_parts(
    data: str,
    *,
    formats: Sequence[int | str] = (0,),
    strings: Sequence[str] = (),
    properties: str = "",
    before: str = "",
    behind: str = "",
    worksheet: str = "",
) -> dict[str, bytes | str]:
    """One sheet "S" whose `sheetData` is written by hand; `formats` are the number formats of style 0, 1, …."""
    codes = {code: 164 + n for n, code in enumerate(f for f in formats if isinstance(f, str))}
    numbers = [codes[f] if isinstance(f, str) else f for f in formats]
    return {
        "_rels/.rels": related(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": related(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "styles", "styles.xml"),
            ("rId3", "sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts>'
        + "".join(f"<numFmt numFmtId='{n}' formatCode={quoteattr(code)}/>" for code, n in codes.items())
        + "</numFmts><cellXfs>"
        + "".join(f'<xf numFmtId="{n}"/>' for n in numbers)
        + "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{"".join(f"<si>{one}</si>" for one in strings)}</sst>',
        "xl/worksheets/sheet1.xml": worksheet
        or f'{HEAD}<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{behind}</worksheet>',
    }


def xlsx(data: str, **more: Any) -> bytes:
    return packed(xlsx_parts(data, **more))


ODF: Final = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(
    rows: str, *, styles: str = "", name: str = "S", more: Mapping[str, bytes | str] | None = None
) -> bytes:
    content = (
        f"{HEAD}<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f'<office:spreadsheet><table:table table:name="{name}">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    parts: dict[str, bytes | str] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": content,
    }
    return packed(parts | dict(more or {}))


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls(
    cells: bytes,
    *,
    formats: Mapping[int, str] | None = None,
    styles: Sequence[int] = (0,),
    globals_: bytes = b"",
) -> bytes:
    """An Excel 97 workbook of one sheet "S" with these records; `styles` are number formats by style."""
    book = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)) + globals_
    for number, code in (formats or {}).items():
        book += record(0x041E, struct.pack("<HHB", number, len(code), 0) + code.encode("latin-1"))
    for number in styles:
        book += record(0x00E0, struct.pack("<HH", 0, number) + b"\0" * 16)
    at = len(book) + 4 + 9 + 4
    book += record(0x0085, struct.pack("<IBBBB", at, 0, 0, 1, 0) + b"S") + record(0x000A)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0)) + cells + record(0x000A)
    return compound({"Workbook": (book + sheet).ljust(4096, b"\0")})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of streams of 4,096 bytes or more."""
    sectors: list[bytes] = []
    table: list[int] = []
    entries = [entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    for number, (name, data) in enumerate(streams.items(), start=1):
        first = len(sectors)
        parts = [data[at : at + 512].ljust(512, b"\0") for at in range(0, len(data), 512)]
        sectors += parts
        table += [*range(first + 1, first + len(parts)), 0xFFFFFFFE]
        right = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(entry(name, 2, first, len(data), right=right))
    folder = b"".join(entries)
    folder = folder.ljust(-(-len(folder) // 512) * 512, b"\0")
    folder_at = len(sectors)
    parts = [folder[at : at + 512] for at in range(0, len(folder), 512)]
    sectors += parts
    table += [*range(folder_at + 1, folder_at + len(parts)), 0xFFFFFFFE]
    count = -(-(len(table) + 1) // 128)
    count = -(-(len(table) + count) // 128)
    table_at = len(sectors)
    table += [0xFFFFFFFD] * count
    table += [0xFFFFFFFF] * (count * 128 - len(table))
    packed_table = struct.pack(f"<{len(table)}I", *table)
    sectors += [packed_table[at : at + 512] for at in range(0, len(packed_table), 512)]
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
    )
    head += struct.pack("<IIIIIIIII", 0, count, folder_at, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *[*range(table_at, table_at + count), *[0xFFFFFFFF] * (109 - count)])
    return head + b"".join(sectors)


def entry(
    name: str, kind: int, at: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBB", len(written), kind, 1)
        + struct.pack("<III", 0xFFFFFFFF, right, child)
        + b"\0" * 36
        + struct.pack("<III", at, size, 0)
    )


def binary(kind: int, body: bytes = b"") -> bytes:
    """A record of an xlsb."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(body)
    while True:
        head += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(cells: bytes, *, formats: Sequence[int] = (0,), codes: Mapping[int, str] | None = None) -> bytes:
    styles = binary(278) + b"".join(
        binary(44, struct.pack("<H", n) + wide(code)) for n, code in (codes or {}).items()
    )
    styles += binary(617, struct.pack("<I", len(formats)))
    styles += b"".join(
        binary(47, struct.pack("<HHHHHBBH", 0, n, 0, 0, 0, 0, 0, 0)) for n in formats
    ) + binary(618)
    sheet = (
        binary(129)
        + binary(148, struct.pack("<IIII", 0, 5, 0, 5))
        + binary(145)
        + cells
        + binary(146)
        + binary(130)
    )
    bundle = binary(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("S"))
    return packed(
        {
            "_rels/.rels": related(("rId1", "officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": binary(131)
            + binary(153, b"\0" * 8 + wide(""))
            + binary(143)
            + bundle
            + binary(144)
            + binary(132),
            "xl/_rels/workbook.bin.rels": related(
                ("rId1", "worksheet", "worksheets/sheet1.bin"), ("rId2", "styles", "styles.bin")
            ),
            "xl/styles.bin": styles + binary(279),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )
