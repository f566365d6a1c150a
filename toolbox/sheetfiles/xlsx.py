"""An xlsx. python-calamine reads the values; what it does not say of them is found in the XML beside it.

It gives nothing for an error and for a formula without a result, 0.92 for 92%, and the same day for 1900-02-28 and
1900-02-29. The XML is not parsed (that would take three times as long as everything else) but searched for the few
patterns that matter, a piece at a time, while it is unpacked to see how large it is.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import IO, Any, Final
from xml.etree import ElementTree as ET

from toolbox.sheetfiles import calamine, formats, marks as kinds
from toolbox.sheetfiles.beside import begun
from toolbox.sheetfiles.calamine import with_marks
from toolbox.sheetfiles.cells import column_index, column_letter
from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.marks import Marks
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.packed import Archive, refuse_declarations
from toolbox.sheetfiles.refusals import RefusedError

VISIBILITY: Final = {"hidden": "hidden", "veryHidden": "very hidden"}
LONGEST_CARRY: Final = 4 * 1024 * 1024
FEW_BYTES: Final = 64


def read(stream: IO[bytes], archive: Archive, chosen: frozenset[str]) -> File:
    """The sheets whose names are chosen; where none are, the visible ones."""
    book = Outline.of(archive)
    parts = {
        name: part
        for name, (part, visibility) in book.sheets.items()
        if (name in chosen if chosen else visibility == "visible")
    }
    scans = begun(partial(scanned, book, parts, archive.limits), stream)
    values = calamine.Book(stream, archive.limits)
    sheets = [
        Opened(name, partial(rows_of, name, values, scans, is_1904=book.is_1904), visibility)
        for name, (_part, visibility) in book.sheets.items()
    ]
    if not parts:
        scans()
    return File("xlsx", sheets, is_1904=book.is_1904)


def scanned(book: "Outline", parts: dict[str, str], limits: Limits, stream: IO[bytes]) -> dict[str, Any]:
    """Of each sheet its marks, hidden rows and hidden columns; every other part is looked over."""
    archive = Archive(stream, limits)
    found = {}
    for name, part in parts.items():
        scan = Scan(book)
        scan.read(archive, part)
        found[name] = (scan.marks.packed(), scan.hidden_rows, scan.hidden_columns)
    archive.look_over({part.lower() for part in parts.values()})
    return found


def rows_of(
    name: str, values: calamine.Book, scans: Callable[[], Any], into: Opened, *, is_1904: bool
) -> Iterator[list[Any]]:
    try:
        rows = values.rows(into, is_1904=is_1904)
    except RefusedError:
        scans()  # it may know better why
        raise
    marks, into.hidden_rows, into.hidden_columns = scans()[name]
    return with_marks(rows, Marks.unpacked(marks))


@dataclass
class Outline:
    """What the workbook says of itself: sheets by name with their part and visibility, formats by style."""

    sheets: dict[str, tuple[str, str]]
    formats: list[int]
    is_1904: bool
    is_uncalculated: bool
    """Who wrote it reckoned nothing, and asks Excel to do so when it is opened: a formula's 0 is none."""

    @classmethod
    def of(cls, archive: Archive) -> "Outline":
        main = next(iter(targets(archive, "_rels/.rels", "", "/officeDocument").values()), "xl/workbook.xml")
        folder, name = posixpath.split(main)
        related = f"{folder}/_rels/{name}.rels"
        parts = targets(archive, related, folder, "/worksheet")
        styles = targets(archive, related, folder, "/styles")
        tree = archive.tree(main)
        sheets = {}
        for element in tree.iter():
            if local(element.tag) == "sheet":
                wanted = next((value for key, value in element.items() if local(key) == "id"), "")
                visibility = VISIBILITY.get(element.get("state", ""), "visible")
                if wanted in parts:  # a chart has a sheet of its own, and no cells
                    sheets[element.get("name", "")] = (parts[wanted], visibility)
        found = [part for part in styles.values() if part in archive]
        return cls(
            sheets,
            formats_of(archive.tree(found[0])) if found else [],
            is_1904=counts_from_1904(tree),
            is_uncalculated=is_uncalculated(tree),
        )


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def counts_from_1904(tree: ET.Element) -> bool:
    properties = [element for element in tree.iter() if local(element.tag) == "workbookPr"]
    return any(element.get("date1904", "0") in {"1", "true", "on"} for element in properties)


def is_uncalculated(tree: ET.Element) -> bool:
    asked = [element.get("fullCalcOnLoad", "0") for element in tree.iter() if local(element.tag) == "calcPr"]
    return any(one in {"1", "true"} for one in asked)


def targets(archive: Archive, name: str, folder: str, kind: str) -> dict[str, str]:
    """Parts by the id of their relationship."""
    if name not in archive:
        return {}
    found = {}
    for element in archive.tree(name).iter():
        if local(element.tag) == "Relationship" and element.get("Type", "").endswith(kind):
            target = element.get("Target", "").replace("\\", "/")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            if element.get("TargetMode") != "External":
                found[element.get("Id", "")] = posixpath.normpath(path)
    return found


def formats_of(styles: ET.Element) -> list[int]:
    """The kind of the number format, as `formats` has it, of each style a cell may have."""
    codes = {
        element.get("numFmtId", ""): element.get("formatCode", "")
        for element in styles.iter()
        if local(element.tag) == "numFmt"
    }
    table = next((element for element in styles.iter() if local(element.tag) == "cellXfs"), ())
    numbers = [element.get("numFmtId", "0") for element in table if local(element.tag) == "xf"]
    return [
        formats.kind_of(int(number) if number.isdecimal() else 0, codes.get(number)) for number in numbers
    ]


_ERROR_TEXT: Final = re.compile(
    rb"[^<>]*>\s*(?:<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<>]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v[^<>]*>([^<>]{1,30})<"
)
_ATTRIBUTE: Final = re.compile(rb"""\s([\w:]+)\s*=\s*"([^"]*)\"""")


@lru_cache(maxsize=1_000)
def index_of(letters: bytes) -> int:
    return column_index(letters.decode())


@dataclass
class Scan:
    """Searches a sheet for marked cells and hidden rows and columns."""

    book: Outline
    marks: Marks = field(default_factory=Marks)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    prefix: bytes = b""
    must_count: bool = False
    """Cells do not say where they stand: they are counted."""
    has_apostrophes: bool = False
    at: list[int] = field(default_factory=lambda: [0, 0])
    """The row and column last counted, from 1."""

    def read(self, archive: Archive, part: str) -> None:
        carry, is_first = b"", True
        for piece in archive.pieces(part):
            text = carry + piece
            refuse_declarations(text)
            if is_first:
                self._look_at_the_beginning(text)
                is_first = False
            cut = max(text.rfind(b"<" + self.prefix + b"c "), text.rfind(b"<" + self.prefix + b"row"), 0)
            if len(text) - cut > LONGEST_CARRY:
                cut = len(text) - FEW_BYTES
            self._search(text[:cut])
            carry = text[cut:]
        self._search(carry)

    def _look_at_the_beginning(self, text: bytes) -> None:
        if found := re.search(rb"<(\w+:)?worksheet[\s>]", text):
            self.prefix = found[1] or b""
        p = re.escape(self.prefix)
        self.has_apostrophes = bool(re.search(rb"<" + p + rb"c\s[^<>\"]*='", text))
        self.must_count = bool(re.search(rb"<" + p + rb"c(?![^<>]*\sr\s*=)(?:\s[^<>]*)?>", text))
        self._positioned = re.compile(rb"<" + p + rb"(row|c)(?=[\s>/])([^<>]*)>")
        self._cell = b"<" + self.prefix + b"c"
        self._usual = re.compile(self._cell + rb' r="([A-Z]{1,3})([0-9]{1,7})" s="([0-9]{1,5})">')
        self._row = b"<" + self.prefix + b"row"
        self._column = b"<" + self.prefix + b"col"
        styles = [
            str(n).encode()
            for n, kind in enumerate(self.book.formats)
            if formats.NUMBER < kind <= formats.PERCENT
        ]
        # One literal beginning each: a pattern that begins otherwise takes six times as long.
        self._styled = re.compile(rb' s="(?:' + b"|".join(styles) + rb')"') if styles else None
        self._error = re.compile(rb' t="e"')
        none = rb"0?<" if self.book.is_uncalculated else rb"<"
        result = rb"(?!\s*<" + p + rb"v(?:\s[^<>]*)?>(?!" + none + rb"))"
        self._has_formulas = b"<" + self.prefix + b"f"
        self._formula = re.compile(rb"</" + p + rb"f>" + result)
        self._shared = re.compile(rb"<" + p + rb"f(?:\s[^<>]*)?/>" + result)
        self._sixtieth = re.compile(rb"<" + p + rb"v>60[<.]")
        self._hidden = re.compile(rb' hidden="(?:1|true)"')

    def _search(self, text: bytes) -> None:
        if self.has_apostrophes:
            text = text.replace(b"'", b'"')
        if self.must_count:
            text = self._positioned.sub(self._with_position, text)
        self._search_numbers(text)
        self._search_formulas(text)
        for hit in self._error.finditer(text):
            self._mark_error(text, hit.start())
        for hit in self._hidden.finditer(text):
            self._note_hidden(text, hit.start())

    def _search_numbers(self, text: bytes) -> None:
        if self._styled:
            for hit in self._styled.finditer(text):
                self._mark_style(text, hit.start())
        if not self.book.is_1904:
            for hit in self._sixtieth.finditer(text):
                self._mark_sixtieth(text, hit.start())

    def _search_formulas(self, text: bytes) -> None:
        if self._has_formulas in text:
            for pattern in (self._formula, self._shared):
                for hit in pattern.finditer(text):
                    self._mark_formula(text, hit.start(), hit.end())

    def _with_position(self, found: re.Match[bytes]) -> bytes:
        name, rest = found[1], found[2]
        said = re.search(rb'\sr\s*=\s*"([A-Za-z]{0,3})([0-9]{0,7})"', rest)
        if name == b"row":
            self.at = [int(said[2]) if said and said[2] else self.at[0] + 1, 0]
            return found[0]
        self.at[1] = index_of(said[1]) + 1 if said and said[1] else self.at[1] + 1
        return (
            found[0]
            if said
            else b'%sc r="%s%d"%s>'
            % (b"<" + self.prefix, column_letter(self.at[1] - 1).encode(), self.at[0], rest)
        )

    def _tag(self, text: bytes, at: int) -> tuple[bytes, dict[bytes, bytes]]:
        """The tag in which the position lies: its beginning up to the name, and its attributes."""
        start = text.rfind(b"<", 0, at)
        end = text.find(b">", at)
        tag = text[max(start, 0) : end]
        name = tag.split(None, 1)[0] if tag else b""
        return name, dict(_ATTRIBUTE.findall(tag))

    def _cell_at(self, text: bytes, at: int) -> tuple[int, int, dict[bytes, bytes]] | None:
        """Row and column, from 0, of the cell in whose opening tag the position lies."""
        name, attributes = self._tag(text, at)
        if name != self._cell:
            return None
        position = re.fullmatch(rb"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", attributes.get(b"r", b""))
        if not position:
            raise RefusedError("damaged")
        return int(position[2]) - 1, index_of(position[1]), attributes

    def _cell_around(self, text: bytes, at: int) -> tuple[int, int, dict[bytes, bytes]] | None:
        start = text.rfind(self._cell + b" ", 0, at)
        return self._cell_at(text, start + len(self._cell)) if start >= 0 else None

    def _mark_style(self, text: bytes, at: int) -> None:
        usual = self._usual.match(text, text.rfind(b"<", 0, at))
        if usual:  # as Excel, WPS and LibreOffice write a number
            self.marks.add(int(usual[2]) - 1, index_of(usual[1]), self.book.formats[int(usual[3])])
        elif cell := self._cell_at(text, at):
            row, column, attributes = cell
            if attributes.get(b"t", b"n") == b"n":
                self.marks.add(row, column, self.book.formats[int(attributes[b"s"])])

    def _mark_error(self, text: bytes, at: int) -> None:
        if cell := self._cell_at(text, at):
            shown = _ERROR_TEXT.match(text, at)
            self.marks.add(cell[0], cell[1], kinds.ERROR, shown[1].decode(errors="replace") if shown else "#")

    def _mark_formula(self, text: bytes, at: int, end: int) -> None:
        """A result that is an empty text has no characters, and is one."""
        cell = self._cell_around(text, at)
        if cell is None or cell[2].get(b"t") == b"e":
            return
        if cell[2].get(b"t") == b"str" and re.compile(rb"\s*<(?:\w+:)?v").match(text, end):
            return
        start = text.rfind(b">", 0, at) + 1
        formula = text[start:at].decode(errors="replace") if text[at : at + 2] == b"</" else ""
        self.marks.add(cell[0], cell[1], kinds.FORMULA, f"={unescaped(formula)}" if formula else "")

    def _mark_sixtieth(self, text: bytes, at: int) -> None:
        cell = self._cell_around(text, at)
        if cell is None or cell[2].get(b"t", b"n") != b"n":
            return
        style = int(cell[2].get(b"s", b"0"))
        if style < len(self.book.formats) and self.book.formats[style] == formats.DATE:
            self.marks.add(cell[0], cell[1], kinds.DAY, "1900-02-29")

    def _note_hidden(self, text: bytes, at: int) -> None:
        name, attributes = self._tag(text, at)
        if name == self._row and attributes.get(b"r", b"").isdigit():
            self.hidden_rows.append(int(attributes[b"r"]) - 1)
        elif name == self._column:
            first, last = (int(attributes.get(key, b"0") or b"0") for key in (b"min", b"max"))
            self.hidden_columns += range(first - 1, min(last, first + 300))


def unescaped(text: str) -> str:
    for mark, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(mark, character)
    return text
