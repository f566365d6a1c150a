"""Cells of an xlsx that hold an error (#N/A) or a formula without its result.

Readers give them as empty; whoever takes an empty cell for a wish must know the difference.
"""

import re
from typing import IO, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext_lazy as _

from toolbox.sheets.cells import SheetError

_RELATIONSHIPS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_POSITION: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def broken_cells(stream: IO[bytes], sheet: str) -> set[tuple[int, int]]:
    """(row as people count, column from 0) of the sheet of that name. None are known of files that are no xlsx.

    Only for files that `sheets.read` took: it limits what unpacks.
    """
    stream.seek(0)
    try:
        with ZipFile(stream) as book:
            part = _part_of(book, sheet)
            return _Cells().read(book.read(part)) if part else set()
    except (BadZipFile, KeyError, ET.ParseError):
        return set()
    except expat.ExpatError:
        raise SheetError(_("The workbook is damaged. Open it in Excel or WPS and save it again.")) from None


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


class _Cells:
    """Listens to a sheet being parsed, in one pass: what a regular expression finds, a crafted file slows down."""

    def __init__(self) -> None:
        self.broken: set[tuple[int, int]] = set()
        self.cell: dict[str, str] | None = None
        self.has_formula = self.has_result = self.is_in_result = False

    def read(self, xml: bytes) -> set[tuple[int, int]]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.refuse
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.Parse(xml, True)
        return self.broken

    def refuse(self, *_declared: object) -> None:
        raise SheetError(_("The workbook is damaged. Open it in Excel or WPS and save it again."))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self.cell = attributes
                self.has_formula = self.has_result = False
            case "f":
                self.has_formula = True
            case "v":
                self.is_in_result = True
                if self.cell and self.cell.get("t") == "str":  # a formula whose result is "" has one, too
                    self.has_result = True

    def text(self, _text: str) -> None:
        if self.is_in_result:
            self.has_result = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            self.is_in_result = False
        if name != "c" or self.cell is None:
            return
        is_broken = self.cell.get("t") == "e" or (self.has_formula and not self.has_result)
        if is_broken and (position := _POSITION.fullmatch(self.cell.get("r", ""))):
            self.broken.add((int(position[2]), _index(position[1])))
        self.cell = None


def _index(letters: str) -> int:
    """A → 0, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
