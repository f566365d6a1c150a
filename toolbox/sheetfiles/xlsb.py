"""An xlsb. python-calamine reads the values; errors and percentages are found in its records."""

import struct
from collections.abc import Iterator
from functools import partial
from typing import IO, Any, Final

from toolbox.sheetfiles import calamine, formats, marks as kinds
from toolbox.sheetfiles.calamine import with_marks
from toolbox.sheetfiles.marks import Marks
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.packed import Archive
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.xls import ERRORS
from toolbox.sheetfiles.xlsx import targets

VISIBILITY: Final = {1: "hidden", 2: "very hidden"}
_ROW, _ERROR, _FORMULA_ERROR = 0, 3, 11
_NUMBERS: Final = frozenset({2, 5, 9})
_FORMAT, _STYLE, _STYLES_BEGIN, _STYLES_END, _SHEET, _PROPERTIES = 44, 47, 617, 618, 156, 153


def read(stream: IO[bytes], archive: Archive, chosen: frozenset[str]) -> File:
    parts = targets(archive, "xl/_rels/workbook.bin.rels", "xl", "/worksheet")
    styles = targets(archive, "xl/_rels/workbook.bin.rels", "xl", "/styles")
    known = formats_of(b"".join(archive.pieces(next(iter(styles.values()))))) if styles else []
    values = calamine.Book(stream, archive.limits)
    sheets, is_1904, read_parts = [], False, {part.lower() for part in styles.values()}
    for kind, body in records(b"".join(archive.pieces("xl/workbook.bin"))):
        if kind == _PROPERTIES:
            is_1904 = bool(body[0] & 1)
        elif kind == _SHEET:
            name, part, visibility = _sheet(body, parts)
            if part:
                sheets.append(
                    Opened(name, partial(_rows, values, archive, part, known, is_1904=is_1904), visibility)
                )
                if name in chosen if chosen else visibility == "visible":
                    read_parts.add(part.lower())
    archive.look_over({*read_parts, "xl/workbook.bin"})
    return File("xlsb", sheets, is_1904=is_1904)


def _sheet(body: bytes, parts: dict[str, str]) -> tuple[str, str, str]:
    try:
        state, _number, length = struct.unpack_from("<III", body)
        identity = body[12 : 12 + 2 * length].decode("utf-16-le")
        at = 12 + 2 * length
        length = struct.unpack_from("<I", body, at)[0]
        name = body[at + 4 : at + 4 + 2 * length].decode("utf-16-le")
    except (struct.error, UnicodeDecodeError):
        raise RefusedError("damaged") from None
    return name, parts.get(identity, ""), VISIBILITY.get(state, "visible")


def _rows(
    values: calamine.Book, archive: Archive, part: str, known: list[int], into: Opened, *, is_1904: bool
) -> Iterator[list[Any]]:
    marks = marks_of(b"".join(archive.pieces(part)), known)
    return with_marks(values.rows(into, is_1904=is_1904), marks)


def marks_of(data: bytes, known: list[int]) -> Marks:
    marks, row = Marks(), 0
    for kind, body in records(data):
        if kind == _ROW:
            row = int.from_bytes(body[:4], "little")
        elif kind in _NUMBERS:
            style = int.from_bytes(body[4:7], "little")
            if style < len(known) and formats.NUMBER < known[style] <= formats.PERCENT:
                marks.add(row, int.from_bytes(body[:4], "little"), known[style])
        elif kind in {_ERROR, _FORMULA_ERROR} and len(body) > 8:  # noqa: PLR2004 - column, style, error
            marks.add(row, int.from_bytes(body[:4], "little"), kinds.ERROR, ERRORS.get(body[8], "#"))
    return marks


def formats_of(data: bytes) -> list[int]:
    codes: dict[int, str] = {}
    styles: list[int] = []
    is_within = False
    for kind, body in records(data):
        if kind == _FORMAT:
            length = int.from_bytes(body[2:6], "little")
            codes[int.from_bytes(body[:2], "little")] = body[6 : 6 + 2 * length].decode(
                "utf-16-le", errors="replace"
            )
        elif kind in {_STYLES_BEGIN, _STYLES_END}:
            is_within = kind == _STYLES_BEGIN
        elif kind == _STYLE and is_within:
            styles.append(int.from_bytes(body[2:4], "little"))
    return [formats.kind_of(number, codes.get(number)) for number in styles]


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80 and at < end:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        length = shift = 0
        while at < end:
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 21:  # noqa: PLR2004 - four bytes at most
                break
        yield kind, data[at : at + length]
        at += length
