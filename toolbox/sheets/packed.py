"""An xlsx is a zip of XML. Look into it before a library unpacks it: how large is it really?"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from toolbox.sheets.cells import SheetError
from toolbox.sheets.limits import MEGABYTE, Limits, refuse_if

PIECE: Final = 1024 * 1024
LOCAL_HEADER: Final = 30
MOST_PARTS: Final = 5_000

_POSITION: Final = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{0,8})([0-9]{1,12})["']""")
"""The place of a cell ("C5") or of a row ("5"), in whatever element it stands."""
LONGEST_POSITION: Final = 64


def check(stream: IO[bytes], limits: Limits) -> None:
    """SheetError if unpacking would be too much, or if the cells span too large a rectangle.

    Every part is unpacked here, a piece at a time, since a zip may lie about sizes.
    """
    try:
        with ZipFile(stream) as archive:
            parts = archive.infolist()
        _check_kind(parts)
        left = limits.unpacked_megabytes * MEGABYTE
        for part in parts:
            left = _check_part(stream, part, left, limits)
    except SheetError:
        raise
    except (
        BadZipFile,
        NotImplementedError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
        struct.error,
    ) as error:
        raise SheetError(_("The workbook is damaged. Open it in Excel or WPS and save it again.")) from error


def _check_kind(parts: list[ZipInfo]) -> None:
    names = {part.filename.lower() for part in parts}
    if len(parts) > MOST_PARTS or names & {"mimetype", "xl/workbook.bin"}:  # OpenDocument, .xlsb
        raise SheetError(
            _("Only .xlsx and .xls workbooks are read. Open it in Excel or WPS and save it as .xlsx.")
        )


def _check_part(stream: IO[bytes], part: ZipInfo, left: int, limits: Limits) -> int:
    """How many bytes are left to unpack after this part."""
    rows, columns, tail = 1, b"A", b""
    for piece in _pieces(stream, part):
        left -= len(piece)
        refuse_if(left < 0, _("The file is larger than %(limit)s MB unpacked."), limits.unpacked_megabytes)
        for letters, number in set(_POSITION.findall(tail + piece)):
            rows = max(rows, int(number))
            columns = max(columns, letters.upper(), key=_order)
        tail = piece[-LONGEST_POSITION:]
    limits.check_size(rows=rows, columns=_number_of(columns))
    return left


def _order(letters: bytes) -> tuple[int, bytes]:
    return len(letters), letters


def _number_of(letters: bytes) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _pieces(stream: IO[bytes], part: ZipInfo) -> Iterator[bytes]:
    """The part unpacked, whatever it claims to measure."""
    if part.flag_bits & 1 or part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise SheetError(_("The workbook is protected by a password. Save it without one."))
    stream.seek(part.header_offset)
    name_length, extra_length = struct.unpack("<26xHH", stream.read(LOCAL_HEADER))
    stream.seek(name_length + extra_length, 1)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    left = part.compress_size
    while left > 0 and (packed := stream.read(min(PIECE // 4, left))):
        left -= len(packed)
        if part.compress_type == ZIP_STORED:
            yield packed
            continue
        while packed:
            yield unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
