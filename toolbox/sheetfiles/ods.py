"""An OpenDocument spreadsheet, parsed here: its cells say what they are, percentages and errors included."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from xml.parsers import expat

from toolbox.sheetfiles.formats import CURRENCIES
from toolbox.sheetfiles.marks import padded
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.packed import Archive
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.spool import TooLongError, encoded

CONTENT: Final = "content.xml"
STYLES: Final = "styles.xml"
KIND: Final = b"application/vnd.oasis.opendocument.spreadsheet"
DEEPEST: Final = 200
MOST_COLUMNS: Final = 16_384
MOST_ROWS: Final = 1_048_576
DAY: Final = timedelta(days=1)

_TIME: Final = re.compile(
    r"(-?)P(?:(\d{1,7})D)?T?(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,9}))?S)?"
)
_OFFICES: Final = re.compile(rb"<meta:generator>[^<]*(?:Libre|Open)Office")
_UNSEEN: Final = frozenset(
    {"office:annotation", "text:ruby-text", "draw:frame", "draw:custom-shape", "text:note"}
)
"""What stands in a cell and is not its text: comments, phonetic guides, pictures."""


def read(archive: Archive) -> File:
    if "mimetype" in archive and not archive.whole("mimetype").startswith(KIND):
        raise RefusedError("other archive")
    if "meta-inf/manifest.xml" in archive and b"encryption-data" in archive.whole("META-INF/manifest.xml"):
        raise RefusedError("password")
    outline = _Outline(archive.limits.characters)
    for part in (STYLES, CONTENT):
        if part == CONTENT or part in archive:
            for _piece in _fed(archive, outline, part):
                pass
    outline.is_calculated = "meta.xml" in archive and bool(_OFFICES.search(archive.whole("meta.xml")))
    sheets = [
        Opened(
            name,
            partial(_rows, archive, outline, number),
            "hidden" if style in outline.undisplayed else "visible",
        )
        for number, (name, style) in enumerate(outline.tables)
    ]
    archive.look_over({CONTENT, STYLES})
    return File("ods", sheets)


def _rows(archive: Archive, outline: "_Outline", number: int, sheet: Opened) -> Iterator[list[Any]]:
    table = _Table(outline, number, sheet)
    blank = 0
    for _piece in _fed(archive, table, CONTENT):
        for row, times in table.take():
            if not row:
                blank += times
                if blank > MOST_ROWS:
                    raise RefusedError("damaged")
                continue
            yield from ([] for _n in range(blank))
            blank = 0
            yield from (list(row) for _n in range(times))


def _fed(archive: Archive, listener: Any, part: str) -> Iterator[None]:
    """A part, given to a parser a piece at a time."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    listener.listen(parser)
    try:
        for piece in archive.pieces(part):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise RefusedError("damaged") from None
    archive.left += archive.parts[part].file_size  # it is read again for each sheet
    yield


def _refuse(*_declared: object) -> None:
    raise RefusedError("declarations")


class _Outline:
    """The tables and the styles that say something of numbers."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.is_calculated = False
        """A formula without a value is empty: LibreOffice saves every other result."""
        self.tables: list[tuple[str, str]] = []
        self.undisplayed: set[str] = set()
        self.digits: dict[str, int] = {}
        """By the name of a cell's style: so many digits are shown, with leading zeros."""
        self._style = self._numbers = ""
        self._number_digits: dict[str, int] = {}
        self._depth = 0

    def listen(self, parser: Any) -> None:
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RefusedError("damaged")
        match tag:
            case "table:table":
                self.tables.append((attributes.get("table:name", ""), attributes.get("table:style-name", "")))
            case "style:style":
                self._style = attributes.get("style:name", "")
                numbers = attributes.get("style:data-style-name", "")
                if numbers in self._number_digits:
                    self.digits[self._style] = self._number_digits[numbers]
            case "style:table-properties" if attributes.get("table:display") == "false":
                self.undisplayed.add(self._style)
            case "number:number-style":
                self._numbers = attributes.get("style:name", "")
            case "number:number" if self._numbers:
                digits = attributes.get("number:min-integer-digits", "1")
                places = attributes.get("number:decimal-places", "0")
                if digits.isdecimal() and 1 < int(digits) < 50 and places == "0":  # noqa: PLR2004 - leading zeros
                    self._number_digits[self._numbers] = int(digits)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == "number:number-style":
            self._numbers = ""


@dataclass
class _Cell:
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)


class _Table:
    """The rows of one table."""

    def __init__(self, outline: _Outline, number: int, sheet: Opened) -> None:
        self.outline, self.number, self.sheet = outline, number, sheet
        self.rows: list[tuple[list[Any], int]] = []
        self._depth = 0
        self._tables, self._within = -1, 0
        self._row: list[Any] = []
        self._gap = 0
        """Empty cells that count only where another one follows."""
        self._times = 1
        self._cell: _Cell | None = None
        self._unseen = 0
        self._columns = 0
        self._at = 0

    def listen(self, parser: Any) -> None:
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def take(self) -> list[tuple[list[Any], int]]:
        rows, self.rows = self.rows, []
        return rows

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._within += 1
            if self._within == 1:
                self._tables += 1
        elif self._within != 1 or self._tables != self.number:
            return
        elif tag in _UNSEEN or self._unseen:
            self._unseen += 1
        elif tag == "table:table-row":
            self._begin_row(attributes)
        elif tag == "table:table-column":
            self._pass_columns(attributes)
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self._cell = _Cell(attributes)
            self._note_merged(attributes)
        elif self._cell:
            self._mark_text(tag, attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row, self._gap = [], 0
        self._times = _repeated(attributes, "table:number-rows-repeated", MOST_ROWS)
        if attributes.get("table:visibility", "visible") != "visible":
            self.sheet.hidden_rows += range(self._at, self._at + min(self._times, 2_000))

    def _pass_columns(self, attributes: dict[str, str]) -> None:
        times = _repeated(attributes, "table:number-columns-repeated", MOST_COLUMNS)
        if attributes.get("table:visibility", "visible") != "visible":
            self.sheet.hidden_columns += range(self._columns, self._columns + min(times, 300))
        self._columns += times

    def _mark_text(self, tag: str, attributes: dict[str, str]) -> None:
        assert self._cell  # noqa: S101 - asked before
        texts = self._cell.texts
        match tag:
            case "text:p" if texts:
                texts.append("\n")
            case "text:p":
                texts.append("")
            case "text:s":
                texts.append(" " * _repeated(attributes, "text:c", 32_767))
            case "text:tab":
                texts.append("\t")
            case "text:line-break":
                texts.append("\n")

    def _text(self, text: str) -> None:
        if (
            self._cell and not self._unseen and self._cell.texts
        ):  # between paragraphs there are only line ends
            self._cell.texts.append(text)

    def _end(self, tag: str) -> None:
        if tag == "table:table":
            self._within -= 1
        elif self._within != 1 or self._tables != self.number:
            return
        elif self._unseen:
            self._unseen -= 1
        elif tag in {"table:table-cell", "table:covered-table-cell"} and self._cell:
            self._add(self._cell)
            self._cell = None
        elif tag == "table:table-row":
            self.rows.append((self._row, self._times))
            self._at += self._times

    def _add(self, cell: _Cell) -> None:
        times = _repeated(cell.attributes, "table:number-columns-repeated", MOST_COLUMNS)
        value = self._value(cell)
        if value is None:
            self._gap += times
            return
        if type(value) is str and len(value) > self.outline.characters:
            error = TooLongError()
            error.column = len(self._row) + self._gap
            raise error
        if len(self._row) + self._gap + times > MOST_COLUMNS:
            raise RefusedError("damaged")
        self._row += [None] * self._gap + [value] * times
        self._gap = 0

    def _note_merged(self, attributes: dict[str, str]) -> None:
        columns = _repeated(attributes, "table:number-columns-spanned", MOST_COLUMNS)
        rows = _repeated(attributes, "table:number-rows-spanned", MOST_ROWS)
        if columns > 1 or rows > 1:
            left = len(self._row) + self._gap
            self.sheet.merged.append((self._at, left, self._at + rows - 1, left + columns - 1))

    def _value(self, cell: _Cell) -> Any:
        said, text = cell.attributes, "".join(cell.texts)
        kind = said.get("office:value-type")
        if said.get("calcext:value-type") == "error":
            return ("!", text or "#")
        if kind is None and "table:formula" in said:
            if self.outline.is_calculated:
                return text or None
            return ("=", said["table:formula"][:200])
        try:
            return _READERS[kind](said, text, self.outline) if kind in _READERS else text or None
        except (ValueError, KeyError, OverflowError):
            return ("!", text or "#")


def _number(said: dict[str, str], _text: str, outline: _Outline) -> Any:
    value = float(said["office:value"])
    digits = outline.digits.get(said.get("table:style-name", ""), 0)
    return padded(value, digits) if digits else value


def _amount(said: dict[str, str], text: str, outline: _Outline) -> Any:
    currency = said.get("office:currency", "")
    return (
        ("$", float(said["office:value"]), currency)
        if currency in CURRENCIES
        else _number(said, text, outline)
    )


def _day(said: dict[str, str], _text: str, _outline: _Outline) -> Any:
    written = said["office:date-value"]
    if "T" not in written:
        return encoded(date.fromisoformat(written))
    moment = datetime.fromisoformat(written[:26])
    return encoded(moment if moment.time() != datetime.min.time() else moment.date())


def _time(said: dict[str, str], _text: str, _outline: _Outline) -> Any:
    found = _TIME.fullmatch(said["office:time-value"])
    if not found:
        raise ValueError
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:5])
    micros = int((found[6] or "0").ljust(6, "0")[:6])
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
    if found[1] or length >= DAY:
        return encoded(-length if found[1] else length)
    return encoded((datetime.min + length).time())  # noqa: DTZ901 - cells know no zones


_READERS: Final[dict[str, Callable[[dict[str, str], str, _Outline], Any]]] = {
    "float": _number,
    "currency": _amount,
    "percentage": lambda said, _text, _outline: ("%", float(said["office:value"])),
    "date": _day,
    "time": _time,
    "boolean": lambda said, _text, _outline: said["office:boolean-value"] == "true",
    "string": lambda said, text, _outline: text or said.get("office:string-value") or None,
}


def _repeated(attributes: dict[str, str], name: str, most: int) -> int:
    written = attributes.get(name, "1")
    return max(1, min(int(written), most)) if written.isdecimal() else 1
