"""An xls of Excel 95 to 2003. python-calamine reads the values; errors and percentages are found in its records."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any, Final

from toolbox.sheetfiles import calamine, formats, marks as kinds
from toolbox.sheetfiles.calamine import with_marks
from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.marks import Marks
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.refusals import RefusedError

ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip

_FREE: Final = 0xFFFFFFFA
_BIFF8: Final = 0x0600
_NO_RESULT: Final = frozenset({b"\0" * 8, b"\3\0\0\0\0\0\xff\xff"})
"""0 and an empty text, which programs write that do not reckon."""
_WHEN_LOADED: Final = 2
"""The formula is to be reckoned when the workbook is opened."""


def read(stream: IO[bytes], limits: Limits) -> File:
    stream.seek(0)
    streams = Streams(stream.read())
    if "encryptedpackage" in streams.found:
        raise RefusedError("password")
    book = streams.content("workbook") or streams.content("book")
    if not book:
        raise RefusedError("other document" if streams.found else "damaged")
    outline = Outline(book)
    values = calamine.Book(stream, limits)
    sheets = [
        Opened(name, partial(_rows, values, outline, at), visibility)
        for name, (at, visibility) in outline.sheets.items()
    ]
    return File("xls", sheets, is_1904=outline.is_1904)


def _rows(values: calamine.Book, outline: "Outline", at: int, into: Opened) -> Iterator[list[Any]]:
    rows = values.rows(into, is_1904=outline.is_1904)
    return with_marks(rows, outline.marks_of(at, into))


class Streams:
    """The files inside a compound file, by name in small letters."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self._open()
        except (struct.error, IndexError, MemoryError):
            raise RefusedError("damaged") from None

    def _open(self) -> None:
        data = self.data
        self.size = 1 << struct.unpack_from("<H", data, 0x1E)[0]
        self.small_size = 1 << struct.unpack_from("<H", data, 0x20)[0]
        if self.size not in {512, 4096} or self.small_size != 64:  # noqa: PLR2004 - no others exist
            raise RefusedError("damaged")
        self.cutoff, small_at = struct.unpack_from("<II", data, 0x38)
        tables = list(struct.unpack_from("<109I", data, 0x4C))
        at = struct.unpack_from("<I", data, 0x44)[0]
        for _n in range(len(data) // self.size):
            if at >= _FREE:
                break
            more = struct.unpack(f"<{self.size // 4}I", self._sector(at))
            tables += more[:-1]
            at = more[-1]
        self.next = [
            n
            for table in tables
            if table < _FREE
            for n in struct.unpack(f"<{self.size // 4}I", self._sector(table))
        ]
        folder = self._chain(struct.unpack_from("<I", data, 0x30)[0])
        self.found: dict[str, tuple[int, int]] = {}
        root = (_FREE, 0)
        for entry in range(0, len(folder) - 127, 128):
            length = struct.unpack_from("<H", folder, entry + 64)[0]
            name = folder[entry : entry + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
            place = struct.unpack_from("<II", folder, entry + 116)
            if folder[entry + 66] == 5:  # noqa: PLR2004 - the root, which holds the small streams
                root = place
            elif folder[entry + 66] == 2:  # noqa: PLR2004 - a stream
                self.found[name.lower().strip("\x05\x06")] = place
        self.small = self._chain(root[0]) if root[0] < _FREE else b""
        small_next = self._chain(small_at) if small_at < _FREE else b""
        self.small_next = struct.unpack(f"<{len(small_next) // 4}I", small_next)

    def _sector(self, n: int) -> bytes:
        sector = self.data[(n + 1) * self.size : (n + 2) * self.size]
        return sector.ljust(self.size, b"\0") if sector else sector

    def _chain(self, at: int) -> bytes:
        parts: list[bytes] = []
        for _n in range(len(self.next) + 1):
            if at >= _FREE:
                return b"".join(parts)
            parts.append(self._sector(at))
            at = self.next[at]
        raise RefusedError("damaged")  # it runs in a circle

    def content(self, name: str) -> bytes:
        at, size = self.found.get(name, (_FREE, 0))
        if size >= self.cutoff:
            return self._chain(at)[:size]
        parts: list[bytes] = []
        for _n in range(len(self.small_next) + 1):
            if at >= _FREE or at >= len(self.small_next):
                break
            parts.append(self.small[at * 64 : (at + 1) * 64])
            at = self.small_next[at]
        return b"".join(parts)[:size]


@dataclass
class Outline:
    """What the workbook says of itself: sheets by name, formats by style."""

    data: bytes
    sheets: dict[str, tuple[int, str]] = field(default_factory=dict)
    formats: list[int] = field(default_factory=list)
    is_1904: bool = False
    is_calculated: bool = False
    """By a program that says with which engine: Excel since 2002, WPS, LibreOffice."""

    def __post_init__(self) -> None:
        codes: dict[int, str] = {}
        styles: list[int] = []
        version = _BIFF8
        try:
            for kind, body in records(self.data, 0):
                match kind:
                    case 0x0809:
                        version = struct.unpack_from("<H", body)[0]
                    case 0x002F:
                        raise RefusedError("password")
                    case 0x0022:
                        self.is_1904 = body[:1] == b"\x01"
                    case 0x01C1:
                        self.is_calculated = True
                    case 0x041E:
                        codes[struct.unpack_from("<H", body)[0]] = _format(body, version)
                    case 0x00E0:
                        styles.append(struct.unpack_from("<H", body, 2)[0])
                    case 0x0085 if body[5] == 0:
                        visibility = {1: "hidden", 2: "very hidden"}.get(body[4] & 3, "visible")
                        self.sheets[_name(body, version)] = (struct.unpack_from("<I", body)[0], visibility)
        except (struct.error, IndexError):
            raise RefusedError("damaged") from None
        self.formats = [formats.kind_of(number, codes.get(number)) for number in styles]

    def marks_of(self, at: int, into: Opened) -> Marks:
        marks = Marks()
        try:
            for kind, body in records(self.data, at):
                self._take(kind, body, marks, into)
        except (struct.error, IndexError):
            raise RefusedError("damaged") from None
        return marks

    def _take(self, kind: int, body: bytes, marks: Marks, into: Opened) -> None:
        match kind:
            case 0x0203 | 0x027E:
                self._mark(marks, *struct.unpack_from("<HHH", body))
            case 0x00BD:
                row, column = struct.unpack_from("<HH", body)
                for n, at in enumerate(range(4, len(body) - 2, 6)):
                    self._mark(marks, row, column + n, struct.unpack_from("<H", body, at)[0])
            case 0x0006:
                self._take_formula(body, marks)
            case 0x0205 if body[7]:
                row, column = struct.unpack_from("<HH", body)
                marks.add(row, column, kinds.ERROR, ERRORS.get(body[6], "#"))
            case 0x0208 if body[12] & 0x20:
                into.hidden_rows.append(struct.unpack_from("<H", body)[0])
            case 0x007D if body[8] & 1:
                first, last = struct.unpack_from("<HH", body)
                into.hidden_columns += range(first, min(last, 255) + 1)

    def _take_formula(self, body: bytes, marks: Marks) -> None:
        row, column, style = struct.unpack_from("<HHH", body)
        if body[6:14] in _NO_RESULT and (not self.is_calculated or body[14] & _WHEN_LOADED):
            marks.add(row, column, kinds.FORMULA)
        elif body[12:14] != b"\xff\xff":
            self._mark(marks, row, column, style)
        elif body[6] == 2:  # noqa: PLR2004 - an error
            marks.add(row, column, kinds.ERROR, ERRORS.get(body[8], "#"))

    def _mark(self, marks: Marks, row: int, column: int, style: int) -> None:
        kind = self.formats[style] if style < len(self.formats) else formats.NUMBER
        if formats.NUMBER < kind <= formats.PERCENT:
            marks.add(row, column, kind)


def records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Up to the end of the sheet (or of what is said of the workbook) that begins there."""
    depth = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length
        depth += (kind == 0x0809) - (kind == 0x000A)  # noqa: PLR2004 - a chart may stand inside
        if kind == 0x000A and depth <= 0:  # noqa: PLR2004 - the end
            return


def _name(body: bytes, version: int) -> str:
    length = body[6]
    if version < _BIFF8:
        return body[7 : 7 + length].decode("gb18030", errors="replace")
    if body[7] & 1:
        return body[8 : 8 + 2 * length].decode("utf-16-le", errors="replace")
    return body[8 : 8 + length].decode("latin-1")


def _format(body: bytes, version: int) -> str:
    if version < _BIFF8:
        return body[3 : 3 + body[2]].decode("gb18030", errors="replace")
    length = struct.unpack_from("<H", body, 2)[0]
    if body[4] & 1:
        return body[5 : 5 + 2 * length].decode("utf-16-le", errors="replace")
    return body[5 : 5 + length].decode("latin-1")
