"""A workbook is a zip of XML. It is unpacked here, a piece at a time, before a library may: how large is it really?"""

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Final
from xml.etree import ElementTree as ET
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from toolbox.sheetfiles.limits import MEGABYTE, Limits
from toolbox.sheetfiles.refusals import RefusedError

PIECE: Final = MEGABYTE
MOST_PARTS: Final = 5_000
MOST_TIMES: Final = 250
"""So many times its packed size may a large part have: what people type packs 5 to 60 times."""
LARGE: Final = 20 * MEGABYTE
LARGEST_OUTLINE: Final = 32 * MEGABYTE
"""Of a part that is read as a tree: the list of sheets, the styles."""
READ: Final = (".xml", ".rels", ".bin")
"""Pictures, macros and whatever else lies in a workbook are never unpacked."""

_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")


class Archive:
    """The parts of a zip; names are compared without regard to case, as Excel does."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self.stream, self.limits = stream, limits
        self.left = limits.unpacked_megabytes * MEGABYTE
        try:
            stream.seek(0)
            with ZipFile(stream) as archive:
                parts = archive.infolist()
        except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
            raise RefusedError("damaged") from None
        if len(parts) > MOST_PARTS:
            raise RefusedError("parts", limit=MOST_PARTS)
        self.parts = {part.filename.replace("\\", "/").lstrip("/").lower(): part for part in parts}
        if len(self.parts) < len(
            parts
        ):  # two parts of one name: one for those who look, one for those who read
            raise RefusedError("damaged")
        if sum(part.file_size for part in parts if is_read(part)) > self.left:
            raise RefusedError("unpacked", limit=limits.unpacked_megabytes)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.parts

    def pieces(self, name: str) -> Iterator[bytes]:
        """The part unpacked, whatever it claims to measure."""
        part = self.parts.get(name.lower())
        if part is None:
            raise RefusedError("damaged")
        size = 0
        try:
            for piece in _unpacked(self.stream, part):
                size += len(piece)
                self.left -= len(piece)
                if self.left < 0:
                    raise RefusedError("unpacked", limit=self.limits.unpacked_megabytes)
                if size > LARGE and size > MOST_TIMES * part.compress_size:
                    raise RefusedError("bomb")
                yield piece
        except (OSError, EOFError, ValueError, zlib.error, struct.error):
            raise RefusedError("damaged") from None
        if size != part.file_size:
            raise RefusedError("damaged")

    def whole(self, name: str) -> bytes:
        """A part that is small in any workbook."""
        data = b""
        for piece in self.pieces(name):
            data += piece
            if len(data) > LARGEST_OUTLINE:
                raise RefusedError("unpacked", limit=self.limits.unpacked_megabytes)
        return data

    def tree(self, name: str) -> ET.Element:
        xml = self.whole(name)
        refuse_declarations(xml)
        try:
            return ET.fromstring(xml)  # noqa: S314 - without declarations
        except (ET.ParseError, ValueError, LookupError):
            raise RefusedError("damaged") from None

    def look_over(self, but: set[str]) -> None:
        """Unpack what was not unpacked otherwise, for its size and for declarations."""
        for name, part in self.parts.items():
            if name in but or not is_read(part):
                continue
            tail = b""
            for piece in self.pieces(name):
                if not name.endswith(".bin"):
                    refuse_declarations(tail + piece)
                tail = piece[-16:]


def is_read(part: ZipInfo) -> bool:
    return part.filename.lower().endswith(READ)


def refuse_declarations(xml: bytes) -> None:
    """No workbook declares a document type or entities but one that means harm; none is in UTF-16 or -32."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise RefusedError("declarations")
    if b"\0" in xml:
        raise RefusedError("encoding")


def _unpacked(stream: IO[bytes], part: ZipInfo) -> Iterator[bytes]:
    if part.flag_bits & 1:
        raise RefusedError("password")
    if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise RefusedError("damaged")
    stream.seek(part.header_offset)
    mark, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    if mark != b"PK\x03\x04":
        raise RefusedError("damaged")
    stream.seek(name_length + extra_length, 1)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    left, check = part.compress_size, 0
    while left > 0 and (packed := stream.read(min(PIECE // 4, left))):
        left -= len(packed)
        if part.compress_type == ZIP_STORED:
            check = zlib.crc32(packed, check)
            yield packed
            continue
        while packed:
            piece = unpacker.decompress(packed, PIECE)
            packed = unpacker.unconsumed_tail
            check = zlib.crc32(piece, check)
            yield piece
    if check != part.CRC:
        raise RefusedError("damaged")
