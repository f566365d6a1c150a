"""Cells of an xlsx that hold an error (#N/A) or a formula without its result.

Readers give them as empty; whoever takes an empty cell for a wish must know the difference.
"""

import re
from collections.abc import Iterator
from typing import IO, Final
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

_RELATIONSHIPS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CELL: Final = re.compile(
    rb"<(?:\w+:)?c\s(?P<attributes>[^<>]*?)(?:/>|(?<!/)>(?P<inside>.*?)</(?:\w+:)?c>)", re.DOTALL
)
_POSITION: Final = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_IS_ERROR: Final = re.compile(rb"""\bt\s*=\s*["']e["']""")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_RESULT: Final = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>[^<]")
_EMPTY_TEXT: Final = re.compile(rb"""\bt\s*=\s*["']str["'].*<(?:\w+:)?v[\s/>]""", re.DOTALL)
"""A formula whose result is "" has one, too."""


def broken_cells(stream: IO[bytes], sheet: str) -> set[tuple[int, int]]:
    """(row as people count, column from 0) of the sheet of that name. None are known of files that are no xlsx.

    Only for files that `sheets.read` took: it limits what unpacks.
    """
    stream.seek(0)
    try:
        with ZipFile(stream) as book:
            part = _part_of(book, sheet)
            return set(_broken(book.read(part))) if part else set()
    except (BadZipFile, KeyError, ET.ParseError):
        return set()


def _part_of(book: ZipFile, sheet: str) -> str | None:
    """The file inside the workbook that holds the sheet."""
    for element in _parsed(book.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            wanted = next((value for name, value in element.items() if name.endswith("}id")), None)
            return _target(book, wanted)
    return None


def _target(book: ZipFile, wanted: str | None) -> str | None:
    for element in _parsed(book.read("xl/_rels/workbook.xml.rels")).iter(_RELATIONSHIPS):
        if element.get("Id") == wanted:
            target = element.get("Target", "")
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return None


def _parsed(xml: bytes) -> ET.Element:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:  # no workbook has them but one that means harm
        raise KeyError
    return ET.fromstring(xml)  # noqa: S314 - see above


def _broken(xml: bytes) -> Iterator[tuple[int, int]]:
    for cell in _CELL.finditer(xml):
        attributes, inside = cell["attributes"], cell["inside"] or b""
        has_result = _RESULT.search(inside) or _EMPTY_TEXT.search(cell[0])
        if (_IS_ERROR.search(attributes) or (_FORMULA.search(inside) and not has_result)) and (
            position := _POSITION.search(attributes)
        ):
            yield int(position[2]), _index(position[1])


def _index(letters: bytes) -> int:
    """A → 0, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
