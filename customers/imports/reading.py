"""A file of an import as a table: what was recognised in it, what a person said, and which column is which."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final

from django.utils.translation import gettext as _

from customers.imports.columns import Columns
from customers.imports.kind import Kind
from customers.models import Import, SavedMapping
from toolbox import sheets
from toolbox.sheets import (
    Book,
    Header,
    SheetError,
    Table,
    column_index,
    column_letter,
    keys,
    limits_in_force,
    plain_header,
    text_of,
)

ROWS_SHOWN: Final = 25
COLUMNS_SHOWN: Final = 30
LONGEST_SHOWN: Final = 60
SKIPPED_SHOWN: Final = 50


@dataclass(frozen=True)
class Opened:
    book: Book
    table: Table


_last: Final[list[tuple[object, Opened]]] = []
"""The file that this process read last, for the step that comes after: its rows lie in a file without a name."""


def open_file(parent: Import, columns: Columns) -> Opened:
    """As the person said, the rest as it is recognised. SheetError where that cannot be."""
    asked, opened = _last.pop() if _last else (None, None)
    return opened if opened and asked == asked_of(parent, columns) else opened_anew(parent, columns)


def asked_of(parent: Import, columns: Columns) -> object:
    return parent.pk, parent.file.name, dict(parent.reading), columns.known()


def opened_anew(parent: Import, columns: Columns) -> Opened:
    said = parent.reading
    chosen = [said["sheet"]] if said.get("sheet") else []
    with parent.file.open("rb") as stream:
        book = sheets.read(
            stream,
            name=parent.name,
            limits=limits_in_force(),
            sheets=[] if parent.found.get("format") == "text" else chosen,
            encoding=said.get("encoding", ""),
            separator=said.get("separator", ""),
        )
    if book.kind == "text":
        chosen = []
    table = sheets.find_table(
        book,
        columns.known(),
        sheet=chosen[0] if chosen else "",
        header_rows=said.get("header_rows") or (),
        first_row=said.get("first_row"),
        last_row=said.get("last_row"),
    )
    return Opened(book, table)


def read(parent: Import, columns: Columns) -> None:
    """Fill in `found` and `mapping`."""
    opened = opened_anew(parent, columns)
    _last[:] = [(asked_of(parent, columns), opened)]
    book, table = opened.book, opened.table
    parent.total = table.count
    parent.found = {
        "format": book.kind,
        "encoding": book.encoding,
        "separator": book.separator,
        "is_1904": book.is_1904,
        "sheets": [{"name": sheet.name, "rows": sheet.count, "is_read": True} for sheet in book]
        + [{"name": name, "rows": None, "is_read": False} for name in book.skipped],
        "sheet": table.sheet.name,
        "header_rows": list(table.header_rows),
        "first_row": table.first_row,
        "last_row": table.last_row,
        "rows": table.count,
        "headers": [header.text.replace("\0", "\ufffd") for header in table.headers],
        "unit": table.unit,
        "samples": [[short(text) for text in samples] for samples in table.samples],
        "skipped": [
            {"row": skipped.row, "why": skipped.why, "text": short(skipped.text)}
            for skipped in table.skipped[:SKIPPED_SHOWN]
        ],
        "skipped_count": len(table.skipped),
        "nameless": list(table.nameless),
        "duplicates": {header: list(places) for header, places in table.duplicates.items()},
        "hidden_rows": len(table.sheet.hidden_rows),
        "hidden_columns": [column_letter(at) for at in table.sheet.hidden_columns],
        "top": [
            [row.number, [short(text_of(value)) for value in row.values[:COLUMNS_SHOWN]]]
            for row in islice(table.sheet.rows(), ROWS_SHOWN)
        ],
        "likely": sorted(table.matches.likely),
        "ambiguous": {key: list(places) for key, places in table.matches.ambiguous.items()},
    }
    map_columns(parent, table, columns)


def short(text: str) -> str:
    """As it is shown; PostgreSQL keeps no NUL."""
    text = text.replace("\0", "\ufffd")
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def map_columns(parent: Import, table: Table, columns: Columns) -> None:
    """What was asked for, else a saved mapping for such headers, else what the headers say."""
    asked = parent.reading.get("map")
    if asked:
        parent.mapping = {**table.matches.at, **mapped_as_asked(asked, table, columns)}
        chosen = chosen_places(asked, table)
        for key, at in list(parent.mapping.items()):
            if key not in asked.values() and at in chosen:
                del parent.mapping[key]
        for key, places in table.matches.ambiguous.items():
            left = [at for at in places if at not in chosen]
            if key not in parent.mapping and len(left) == 1:
                parent.mapping[key] = left[0]
        parent.mapping_name = ""
        return
    saved = saved_for(parent, table.headers)
    if saved:
        parent.mapping = from_saved(saved, table.headers, columns)
        parent.mapping_name = saved.name
        return
    at, likely = table.matches.at, table.matches.likely
    parent.mapping = dict(at) if at.keys() - likely else {}  # headers that only look like ours may be data
    parent.mapping_name = ""


def place_of(header: str, table: Table) -> int:
    """A header as it stands in the sheet, or the letter of its column. SheetError where there is none."""
    plain = plain_header(header)
    found = [at for at, one in enumerate(table.headers) if one.text and one.plain == plain]
    if len(found) == 1:
        return found[0]
    if header.isascii() and header.isalpha() and len(header) <= 3:  # noqa: PLR2004 - "XFD"
        at = column_index(header.upper())
        if at < max(len(table.headers), 1):
            return at
    raise SheetError(
        _("There are several columns “%(header)s”. Name the one you mean by its letter.") % {"header": header}
        if found
        else _("There is no column “%(header)s” in the sheet.") % {"header": header}
    )


def chosen_places(asked: Mapping[str, str], table: Table) -> set[int]:
    return {place_of(header, table) for header in asked}


def mapped_as_asked(asked: Mapping[str, str], table: Table, columns: Columns) -> dict[str, int]:
    """{header or letter: key of our column, or '' to leave it out}."""
    found: dict[str, int] = {}
    for header, key in asked.items():
        at = place_of(header, table)
        if not key:
            continue
        if key not in columns.by_key:
            raise SheetError(
                _("There is no column “%(key)s” to map to. There are: %(keys)s.")
                % {"key": key, "keys": _(", ").join(columns.keys)}
            )
        found[key] = at
    return found


def digest(headers: Sequence[Header]) -> str:
    plain = sorted(header.plain for header in headers if header.text)
    return sha256("\n".join(plain).encode()).hexdigest()


def saved_for(parent: Import, headers: Sequence[Header]) -> SavedMapping | None:
    """One's own before those of others, the last one first."""
    rows = SavedMapping.objects.visible_to(parent.by).filter(kind=parent.kind, headers=digest(headers))
    return min(rows.order_by("-saved_at", "-pk"), key=lambda row: row.by_id != parent.by_id, default=None)


def from_saved(saved: SavedMapping, headers: Sequence[Header], columns: Columns) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, name in named_once(headers).items():
        key = saved.columns.get(name)
        if key and key in columns.by_key:
            found.setdefault(key, at)
    return found


def named_once(headers: Sequence[Header]) -> dict[int, str]:
    """By column its plain header; of those that are alike all but the first have a number."""
    seen: Counter[str] = Counter()
    found = {}
    for at, header in enumerate(headers):
        if header.text:
            seen[header.plain] += 1
            number = seen[header.plain]
            found[at] = header.plain if number == 1 else f"{header.plain}\n{number}"
    return found


def save_mapping(parent: Import, *, name: str, is_shared: bool) -> SavedMapping:
    """Under this name, in place of an own one that was called so."""
    headers = [sheets.read_header(text) for text in parent.found["headers"]]
    places = {at: key for key, at in parent.mapping.items()}
    saved, _is_new = SavedMapping.objects.update_or_create(
        by=parent.by,
        kind=parent.kind,
        name=name,
        defaults={
            "headers": digest(headers),
            "columns": {name: places.get(at, "") for at, name in named_once(headers).items()},
            "is_shared": is_shared,
        },
    )
    return saved


def faults(parent: Import, kind: Kind) -> list[str]:
    """Why the columns cannot be taken as they are mapped, for people."""
    found: list[str] = []
    columns, places = kind.columns, dict[int, str]()
    mapping = {key: at for key, at in parent.mapping.items() if key in columns.by_key}
    for key, at in mapping.items():
        if at in places:
            found.append(
                _("Column %(letter)s stands for “%(one)s” and “%(other)s”. Choose one of them.")
                % {
                    "letter": column_letter(at),
                    "one": columns.by_key[places[at]].label(),
                    "other": columns.by_key[key].label(),
                }
            )
        places[at] = key
    if parent.goes_straight_on and (unclear := undecided_as_asked(parent, columns)):
        return found + unclear
    if not mapping:
        return [*found, nothing_known(parent, columns)]
    return found + missing_columns(parent, kind, mapping)


def nothing_known(parent: Import, columns: Columns) -> str:
    names = [column.label() for column in columns.all if not column.is_computed][:3]
    said = _(
        "No row of headers was recognised in sheet “%(sheet)s”. Put headers such as %(names)s above the columns, or say which column is which."
    ) % {"sheet": parent.found["sheet"], "names": _(", ").join(names)}
    encoding = parent.found["encoding"]
    if encoding in {"", "utf-8"}:
        return said
    asked = _("The file was read as %(encoding)s; choose another encoding where its texts look wrong.")
    return f"{said} {asked % {'encoding': encoding.upper()}}"


def missing_columns(parent: Import, kind: Kind, mapping: Mapping[str, int]) -> list[str]:
    """Which columns a sheet must have and has not; one whose rows have keys may do without."""
    if any(keys.is_header(header) for header in parent.found["headers"]):
        return []
    return [
        _("There is no column %(columns)s in sheet “%(sheet)s”. Add it, or say which column it is.")
        % {
            "columns": _(" or ").join(f"“{kind.columns.by_key[key].label()}”" for key in one_of),
            "sheet": parent.found["sheet"],
        }
        for one_of in kind.needs
        if not any(key in mapping for key in one_of)
    ]


def undecided_as_asked(parent: Import, columns: Columns) -> list[str]:
    """Where nobody is asked which column is which: by what was said with the file."""
    said = parent.reading.get("map") or {}
    headers = [sheets.read_header(text) for text in parent.found["headers"]]
    left_out = {
        at
        for header, key in said.items()
        if not key
        for at, one in enumerate(headers)
        if one.plain == plain_header(header) or column_letter(at) == header.upper()
    }
    return undecided(parent, columns, parent.mapping, left_out)


def undecided(
    parent: Import, columns: Columns, mapping: Mapping[str, int], left_out: Collection[int]
) -> list[str]:
    """Columns that could equally well stand for one of ours, and of which nobody said which one does."""
    if parent.mapping_name:
        return []
    taken = set(mapping.values())
    return [
        _("In sheet “%(sheet)s”, columns %(letters)s could each be “%(name)s”. Say which one is.")
        % {
            "sheet": parent.found["sheet"],
            "letters": _(", ").join(map(column_letter, places)),
            "name": columns.by_key[key].label(),
        }
        for key, places in parent.found["ambiguous"].items()
        if key in columns.by_key and not columns.by_key[key].is_computed
        if key not in mapping and not taken & set(places) and not set(places) <= set(left_out)
        if (mapping and columns.by_key[key].is_required)
        or len({sheets.read_header(parent.found["headers"][at]).last for at in places}) == 1
    ]
