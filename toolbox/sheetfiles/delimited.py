"""CSV as offices make it: any of the usual encodings, any of the usual separators."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import IO, Any, Final, cast

from toolbox.sheetfiles.guarding import unguarded
from toolbox.sheetfiles.limits import MEGABYTE, Limits
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.refusals import RefusedError

SEPARATORS: Final = (",", "\t", ";", "|")
ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "big5")
"""A caller may choose among these; the last is never guessed."""
ROWS_TO_SNIFF: Final = 30
CHARACTERS_TO_SNIFF: Final = 200_000
BYTES_TO_GUESS: Final = 4_000
LONGEST_CHARACTER: Final = 4

_SEPARATING: Final = b",;|\t\r\n"
_GZIP: Final = b"\x1f\x8b"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKUP: Final = re.compile(r"\s*(?:<[a-z!?]|mime-version:)", re.IGNORECASE)
_XML_WORKBOOK: Final = re.compile(
    r"urn:schemas-microsoft-com:office:spreadsheet[\"']|<(?:ss:)?Workbook\b|<office:document\b"
)
_DOCUMENT: Final = (b"%PDF", b"{\\rtf", b"\xff\xd8\xff", b"GIF8")
_ARCHIVE: Final = (b"Rar!", b"7z\xbc\xaf")
_UNPRINTABLE: Final = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_UNREADABLE: Final = re.compile(r"[\x01-\x08\x0e-\x19]")
"""Beside a NUL: a file of bytes."""
_END_OF_DOS: Final = "\x1a"


def read(stream: IO[bytes], name: str, limits: Limits, *, encoding: str, separator: str) -> File:
    """`name` becomes the sheet's; encoding and separator where they are not to be guessed."""
    stream.seek(0)
    if stream.read(2) == _GZIP:
        stream.seek(0)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    start, skipped = beginning(stream)
    is_given = bool(encoding)
    encoding = encoding or guessed(start, stream, limits)
    check(stream, encoding, limits, is_given=is_given)
    lines = partial(decoded, stream, encoding, skipped)
    text = lines().read(CHARACTERS_TO_SNIFF)
    if _MARKUP.match(text):
        raise RefusedError("xml workbook" if _XML_WORKBOOK.search(text) else "web page")
    named = re.match(r'"?sep=(.)"?\r?\n', text)  # a line by which Excel is told
    separator = separator or (named[1] if named else sniffed(text))
    rows = partial(records, lines, separator, limits, name=name, has_note=bool(named))
    return File("text", [Opened(name, lambda _sheet: rows())], encoding=encoding, separator=separator)


def beginning(stream: IO[bytes]) -> tuple[bytes, int]:
    """The first bytes, and how many of them are no text but say how the text is written."""
    stream.seek(0)
    try:
        start = stream.read(BYTES_TO_GUESS)
    except (OSError, EOFError, zlib.error):
        raise RefusedError("damaged archive") from None
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise RefusedError("packed workbook")
    if start.startswith(_ARCHIVE):
        raise RefusedError("other archive")
    if start.startswith(_DOCUMENT):
        raise RefusedError("other document")
    mark = next((mark for mark, _encoding in _MARKS if start.startswith(mark)), b"")
    return start, len(mark)


def guessed(start: bytes, stream: IO[bytes], limits: Limits) -> str:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    for encoding, low, high in (
        ("utf-16-le", start[::2], start[1::2]),
        ("utf-16-be", start[1::2], start[::2]),
    ):
        if _is_wide(low, high):
            return encoding
    return "utf-8" if is_written_in(stream, "utf-8", limits) else "gb18030"


def _is_wide(low: bytes, high: bytes) -> bool:
    """Whether separators and line ends stand beside a zero, as they do where a character takes two bytes."""
    wide = sum(byte in _SEPARATING and not other for byte, other in zip(low, high, strict=False))
    return wide > sum(byte in _SEPARATING for byte in low + high) - wide


def pieces(stream: IO[bytes], limits: Limits) -> Iterator[bytes]:
    stream.seek(0)
    left = limits.unpacked_megabytes * MEGABYTE
    try:
        while piece := stream.read(MEGABYTE):
            left -= len(piece)
            if left < 0:
                raise RefusedError("unpacked", limit=limits.unpacked_megabytes)
            yield piece
    except (OSError, EOFError, zlib.error):
        raise RefusedError("damaged archive") from None


def is_written_in(stream: IO[bytes], encoding: str, limits: Limits) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces(stream, limits):
            decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:  # all but its last bytes: it is, and breaks off
        raise RefusedError("breaks off") from None
    return True


def check(stream: IO[bytes], encoding: str, limits: Limits, *, is_given: bool) -> None:
    """Every character is one of the encoding, and none is NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row = 1
    try:
        for piece in pieces(stream, limits):
            text = decoder.decode(piece)
            if "\0" in text:
                if _UNREADABLE.search(text) or (encoding != "utf-8" and "\0\0" in text):  # hardly a text
                    raise RefusedError("no text")
                raise RefusedError("nul", row=row + text[: text.index("\0")].count("\n"))
            row += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if is_given:
            raise RefusedError("not encoded", encoding=encoding) from None
        stream.seek(0)
        if _UNPRINTABLE.search(stream.read(BYTES_TO_GUESS)):
            raise RefusedError("no text") from None
        row = max(row_that_is_not(one, stream, limits) for one in ("utf-8", "gb18030"))
        raise RefusedError("mixed encodings", row=row) from None


def row_that_is_not(encoding: str, stream: IO[bytes], limits: Limits) -> int:
    """The first line that is not written in it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row = 1
    try:
        for piece in pieces(stream, limits):
            row += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        row += error.object[: error.start].count(b"\n")
    return row


def decoded(stream: IO[bytes], encoding: str, skipped: int) -> io.TextIOWrapper:
    stream.seek(skipped)
    return io.TextIOWrapper(_Borrowed(stream), encoding=encoding, newline="")


class _Borrowed(io.BufferedIOBase):
    """A stream that does not close with its reader."""

    name = ""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self.stream.read(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        return self.stream.read(size if size >= 0 else MEGABYTE)


def records(lines: Any, separator: str, limits: Limits, *, name: str, has_note: bool) -> Iterator[list[Any]]:
    csv.field_size_limit(limits.characters)
    number = line = 0
    reader = csv.reader(lines(), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            line = reader.line_num
            is_none = (number == 1 and has_note) or row == [_END_OF_DOS]
            yield [] if is_none else [unguarded(value) or None for value in row]
    except csv.Error as error:
        if "field larger" in str(error):
            column = column_too_long(islice(lines(), line, None), separator, limits.characters)
            raise RefusedError(
                "characters there", limit=limits.characters, sheet=name, row=number + 1, column=column
            ) from None
        raise RefusedError("quotation mark", row=number + 1) from None


def column_too_long(lines: Iterator[str], separator: str, limit: int) -> int:
    """Of a record that holds too long a text: in which column it stands. The reader does not say."""
    column = length = 0
    is_quoted, last = False, separator
    for character in chain.from_iterable(lines):
        if character == '"':
            length += not is_quoted and last == '"'  # two of them are one
            is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            column, length = column + 1, 0
        else:
            length += 1
        if length > limit:
            break
        last = character
    return column


def sniffed(text: str) -> str:
    """The separator with which most of the first rows have as many fields as the first."""
    return max(SEPARATORS, key=lambda separator: _fit(text, separator))


def _fit(text: str, separator: str) -> tuple[int, int]:
    rows: list[list[str]] = []
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for row in islice(filter(None, found), ROWS_TO_SNIFF):
            rows.append(row)  # noqa: PERF402 - those before an error count
    except csv.Error:
        if not rows:
            return (0, 0)
    widths = [len(row) for row in rows]
    width = max(set(widths), key=widths.count, default=1)
    return (widths.count(width) if width > 1 else 0, width)
