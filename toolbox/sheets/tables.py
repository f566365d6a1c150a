"""Where the table is in a sheet: below titles and notes, under one header row or two, above totals and remarks.

What was recognised is said, so that a person can correct it; what a person says is taken as it is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from toolbox.sheets.cells import CellError, SheetError, Value, column_letter, text_of
from toolbox.sheets.headers import JOINT, Header, in_unit, plain_header, read_header, simplified, unit_above
from toolbox.sheets.keys import is_header
from toolbox.sheets.matching import KnownColumn, Matches, match
from toolbox.sheets.reading import Book, Row, Sheet

ROWS_LOOKED_AT: Final = 60
SAMPLES: Final = 3
MOST_SKIPPED: Final = 1_000
LONGEST_TOTAL: Final = 30
LONGEST_HEADER: Final = 100
FEW_TEXTS: Final = 2

_TOTAL: Final = re.compile(
    r"(?:.{0,12}?(?:合计|总计|小计|共计|总和|累计|subtotal|sub-total|grand total|total|sum)|.{0,24}?汇总)\s*(?:[:(].*|[0-9].*)?",
    re.IGNORECASE,
)
_MAYBE_TOTAL: Final = re.compile("[计計和总總]|total|sum", re.IGNORECASE)
_TOTALS: Final = frozenset(
    {"合计", "总计", "小计", "汇总", "合 计", "总 计", "小 计", "合計", "總計", "小計"}
)
"""Beside the first cell of a row, which then says of what."""
TOTAL_WITHIN: Final = 4
_NOTE: Final = re.compile(
    r"(?:注|备注|说明|附注|附|填表说明|note|notes|remark|remarks|source|数据来源)\s*[:0-9].*"
    r"|[*※].*|(?:制表|审核|批准|复核|打印|导出)\s*:?.{0,20}",
    re.IGNORECASE | re.DOTALL,
)
_SIGNED: Final = re.compile(
    r"[^:]{0,8}(?:人|者|部门|日期|时间|制表|制单|填报|编制|审核|批准|复核|校对|主管|会计|出纳|财务|经办|签字|签章|盖章|by|date)\s*:.*",
    re.IGNORECASE | re.DOTALL,
)
"""制表人：张三. There may be as many of them beside each other as there is room for."""
_POINT: Final = re.compile(r"\(?[0-9一二三四五六七八九十]{1,2}[)、.:]\s*\D.*", re.DOTALL)
"""2、请勿修改表头, below another note."""
_DEMAND: Final = re.compile(
    r"\(?(?:必填|选填|必选|可选|非必填|必输|选输|必填项|选填项|required|optional)\)?[*:]?"
)
_EXAMPLE: Final = re.compile(
    r"[(\[【]?(?:填写)?(?:示例|样例|范例)(?:数据|行)?[)\]】]?(?:[:\s].*)?|(?:例如?|举例|e\.g\.|example|sample)\s*:.+",
    re.DOTALL,
)
"""What stands between the headers and the data in forms that are to be filled in."""
_REMARK: Final = re.compile(r"[^:]{1,12}:\s*\S")
"""单位：万元, or who made the table: no group of headers."""

Why = Literal["total", "header", "note"]


@dataclass(frozen=True)
class Skipped:
    """A row between the first and the last one that is no data."""

    row: int
    why: Why
    """A total of other rows, the header once more, a note below the table."""
    text: str


@dataclass(frozen=True)
class Table:
    """What is said of the rows below the header is known once they were read through, by `rows` or by the question."""

    sheet: Sheet
    header_rows: tuple[int, ...]
    """As the person sees them, from 1; none where the columns have no headers."""
    headers: Sequence[Header]
    """By column, from column A on; an empty text where a column has none."""
    matches: Matches
    samples: Sequence[Sequence[str]]
    """By column: its first values, three of them."""
    unit: str
    """Said above the table of all amounts in it, and of the headers that say none themselves: "万元"."""
    _first_row: int
    _last_row: int | None
    _walks: "list[_Walk]" = field(default_factory=list, repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows of data: no totals, no repeated headers, no notes below."""
        fill = _Filling(self.sheet, self._first_row).fill
        if self._walks:
            passed = self._walks[0].passed
            yield from (row for row in map(fill, self._below()) if row.number not in passed)
            return
        walk = _Walk(self.headers, is_told=self._last_row is not None)
        for row in self._below():
            is_data, whole = walk.is_data(row), fill(row)
            if is_data:
                if walk.waiting:
                    yield from walk.waited()
                walk.count_in(whole)
                yield whole
            elif walk.waiting and walk.waiting[-1] is row:
                walk.waiting[-1] = whole
        yield from walk.end()
        self._walks[:] = [walk]

    def _below(self) -> Iterator[Row]:
        """The rows between the header and the last one that was told."""
        for row in self.sheet.rows():
            if row.number < self._first_row or row.number in self.header_rows:
                continue
            if self._last_row is not None and row.number > self._last_row:
                break
            yield row

    def _walked(self) -> "_Walk":
        if not self._walks:
            for _row in self.rows():
                pass
        return self._walks[0]

    @property
    def first_row(self) -> int:
        return self._walked().first or self._first_row

    @property
    def last_row(self) -> int:
        return self._last_row or self._walked().last or self._first_row

    @property
    def count(self) -> int:
        """Rows of data."""
        return self._walked().count

    @property
    def skipped(self) -> Sequence[Skipped]:
        """The first thousand; none of them comes with `rows`."""
        return self._walked().skipped[:MOST_SKIPPED]

    @property
    def nameless(self) -> Sequence[int]:
        """Columns that hold data and have no header, from 0."""
        return sorted(self._walked().nameless)

    @property
    def duplicates(self) -> dict[str, list[int]]:
        """Headers that stand above several columns."""
        places: dict[str, list[int]] = {}
        for at, header in enumerate(self.headers):
            if header.text:
                places.setdefault(header.plain, []).append(at)
        return {self.headers[columns[0]].text: columns for columns in places.values() if len(columns) > 1}

    def cell(self, row: Row, key: str) -> Value:
        """What the row holds in a column of ours; None too where the sheet has none."""
        return self.value(row, self.matches.at.get(key, -1))

    def value(self, row: Row, column: int) -> Value:
        return row.values[column] if 0 <= column < len(row.values) else None

    def header(self, key: str) -> Header:
        return self.headers[self.matches.at[key]]

    def header_at(self, column: int) -> str:
        """The header as it stands there, or the letter of a column that has none."""
        named = column < len(self.headers) and self.headers[column].text
        return named or column_letter(column)

    def begins_another(self, row: Row, known: Sequence[KnownColumn]) -> bool:
        """Whether the row has nothing but headers: of a table below this one."""
        filled = [value for value in row.values if value is not None]
        if len(filled) < FEW_TEXTS or not all(isinstance(value, str) for value in filled):
            return False
        found = match([read_header(text_of(value)) for value in row.values], known)
        return len(found.at) + len(found.ambiguous) == len(filled)

    def error(self, row: Row, key: str, problem: str | Promise, remedy: str | Promise = "") -> CellError:
        at = self.matches.at[key]
        return CellError(
            sheet=self.sheet.name,
            row=row.number,
            column=at,
            header=self.header_at(at),
            value=self.cell(row, key),
            problem=problem,
            remedy=remedy,
        )


def find_table(
    book: Book,
    known: Sequence[KnownColumn],
    *,
    sheet: str = "",
    header_rows: Sequence[int] = (),
    first_row: int | None = None,
    last_row: int | None = None,
) -> Table:
    """The table in which most of the known columns are found. What is given is taken, the rest is recognised.

    SheetError where there is no sheet, or none with anything in it.
    """
    sheets = [one for one in book if not sheet or one.name == sheet]
    if not sheets:
        raise SheetError(
            _("There is no sheet “%(sheet)s” in the file.") % {"sheet": sheet}
            if sheet
            else _("There is no visible sheet in the workbook.")
        )
    tops = [_Top.of(one, known, header_rows) for one in sheets]
    best = max(tops, key=lambda top: top.score)
    if not best.rows:
        raise SheetError(_("The file holds no rows."))
    if not header_rows and (column := _column_of_headers(best, known)) is not None:
        raise SheetError(
            _(
                "In sheet “%(sheet)s” the headers stand below each other, in column %(column)s. Copy the table and paste it transposed, so that each record is a row."
            )
            % {"sheet": best.sheet.name, "column": column_letter(column)}
        )
    return _whole(best, known, first_row, last_row)


def _column_of_headers(top: "_Top", known: Sequence[KnownColumn]) -> int | None:
    """The column in which stand more headers of ours than in any row."""
    names = {plain_header(name): column.key for column in known for name in column.names}
    for at in range(max(len(row.values) for row in top.rows)):
        said = (_at(row, at) for row in top.rows)
        texts = [value for value in said if isinstance(value, str) and len(value) <= LONGEST_HEADER]
        found = {names[plain] for text in texts if (plain := plain_header(text)) in names}
        if len(found) > max(FEW_TEXTS - 1, top.candidate.score[0]):
            return at
    return None


# The header


@dataclass(frozen=True)
class _Candidate:
    rows: tuple[int, ...]
    headers: list[Header]
    score: tuple[int, int, int, int]


@dataclass(frozen=True)
class _Top:
    """The beginning of a sheet, and the best header in it."""

    sheet: Sheet
    rows: list[Row]
    candidate: _Candidate

    @property
    def score(self) -> tuple[int, ...]:
        return (*self.candidate.score, self.sheet.count)

    @classmethod
    def of(cls, sheet: Sheet, known: Sequence[KnownColumn], header_rows: Sequence[int]) -> "_Top":
        most = max([ROWS_LOOKED_AT, *header_rows])
        rows = [row for row in islice(sheet.rows(), most) if row.number <= most or not header_rows]
        merged = _Merged(sheet)
        if header_rows:
            chosen = [row for row in rows if row.number in header_rows]
            return cls(sheet, rows, _candidate(chosen, known, merged, 0))
        return cls(sheet, rows, _best(rows, known, merged))


def _best(rows: list[Row], known: Sequence[KnownColumn], merged: "_Merged") -> _Candidate:
    """Of each row alone, and of each with the one below it where the two belong together."""
    best = _Candidate((), [], (0, 0, 0, 0))
    for at, row in enumerate(rows):
        candidates = [_candidate([row], known, merged, at)]
        if at + 1 < len(rows) and _is_group(row, rows[at + 1], merged):
            candidates.append(_candidate([row, rows[at + 1]], known, merged, at))
        best = max(best, *candidates, key=lambda candidate: candidate.score)
    return best


def _candidate(rows: list[Row], known: Sequence[KnownColumn], merged: "_Merged", at: int) -> _Candidate:
    """Scored by the columns of ours, those that are required, how much it looks like a header, how far up it is."""
    headers = [read_header(text) for text in _joined(rows, merged)]
    found = match(headers, known)
    required = sum(column.is_required and column.key in found.at for column in known)
    texts = {header.plain for header in headers if header.text}
    others = sum(not isinstance(value, str) for row in rows for value in row.values if value is not None)
    sure = len(found.at) - len(found.likely) + len(found.ambiguous)
    looks = min(len(texts), 50) - 2 * others if len(texts) > 1 or sure else 0
    is_wordy = any(len(header.text) > LONGEST_HEADER for header in headers) and (
        len(rows) > 1 or sure < FEW_TEXTS
    )
    score = (sure - 10 * is_wordy, required, looks, 2 * (len(rows) > 1 and sure > 0) - at)
    return _Candidate(tuple(row.number for row in rows), headers, score)


def _joined(rows: list[Row], merged: "_Merged") -> list[str]:
    """ "订单 / 金额" of a group above a column; what is merged downwards stands there once."""
    width = max((len(row.values) for row in rows), default=0)
    found = []
    for column in range(width):
        texts: list[str] = []
        for n, row in enumerate(rows):
            text = " ".join(merged.text(row, column, spread=n < len(rows) - 1).split())
            if text and text not in texts:
                texts.append(text)
        found.append(JOINT.join(texts))
    return found


def _is_group(row: Row, below: Row, merged: "_Merged") -> bool:
    """Whether a row holds headers of groups, and the row below those of the columns in them."""
    texts = {text_of(value) for value in row.values if value is not None}
    if (
        below.number != row.number + 1
        or len(texts) < FEW_TEXTS
        or not all(isinstance(value, str | None) for value in (*row.values, *below.values))
        or any(_REMARK.match(simplified(text)) for text in texts)
    ):
        return False
    if merged.knows(row.number):
        return merged.spans_columns(row.number) or merged.spans_rows(row.number)
    empty = [at for at, value in enumerate(below.values) if value is not None and _at(row, at) is None]
    gaps = [at for at in empty if at and (_at(row, at - 1) is not None or at - 1 in empty)]
    uncovered = [at for at, value in enumerate(row.values) if value is not None and _at(below, at) is None]
    return bool(gaps) and len(gaps) == len(empty) and bool(uncovered or len(texts) * 2 <= len(below.values))


def _at(row: Row, column: int) -> Value:
    return row.values[column] if column < len(row.values) else None


class _Merged:
    """Merged cells near the top of a sheet; where there are none, a group goes on until the next one begins."""

    def __init__(self, sheet: Sheet) -> None:
        self.ranges = [one for one in sheet.merged if one[0] <= ROWS_LOOKED_AT * 2]

    def knows(self, row: int) -> bool:
        return any(top <= row <= bottom for top, _left, bottom, _right in self.ranges)

    def spans_columns(self, row: int) -> bool:
        return any(top == row and right > left for top, left, _bottom, right in self.ranges)

    def spans_rows(self, row: int) -> bool:
        return any(top == row and bottom == row + 1 for top, _left, bottom, _right in self.ranges)

    def text(self, row: Row, column: int, *, spread: bool) -> str:
        value = _at(row, column)
        if value is not None or not spread:
            return text_of(value)
        for top, left, bottom, right in self.ranges:
            if top <= row.number <= bottom and left <= column <= right:
                return text_of(_at(row, left)) if top == row.number else ""
        if self.knows(row.number):
            return ""
        return next(
            (
                text_of(row.values[at])
                for at in range(min(column, len(row.values)) - 1, -1, -1)
                if row.values[at] is not None
            ),
            "",
        )


# The rows below it


def _whole(top: _Top, known: Sequence[KnownColumn], first_row: int | None, last_row: int | None) -> Table:
    header_rows, headers = top.candidate.rows, top.candidate.headers
    first = first_row or (header_rows[-1] + 1 if header_rows else top.rows[0].number)
    unit = _unit_above(row for row in top.rows if row.number < (header_rows or (first,))[0])
    headers = [in_unit(header, unit) for header in headers]
    table = Table(
        sheet=top.sheet,
        header_rows=header_rows,
        headers=headers,
        matches=match(headers, known),
        samples=[],
        unit=unit,
        _first_row=first,
        _last_row=last_row,
    )
    return replace(table, samples=_samples(islice(table.rows(), ROWS_LOOKED_AT), len(headers)))


def _unit_above(rows: Iterable[Row]) -> str:
    """The last one counts, which stands nearest to the table."""
    said = [unit_above(value) for row in rows for value in row.values if isinstance(value, str)]
    return next((unit for unit in reversed(said) if unit), "")


def _samples(rows: Iterator[Row], width: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _column in range(width)]
    for row in rows:
        for at, value in enumerate(row.values):
            if at == len(found):
                found.append([])
            if value is not None and len(found[at]) < SAMPLES:
                found[at].append(text_of(value)[:100])
    return found


class _Filling:
    """What a cell says that is merged downwards counts for each of its rows; an amount there is not each row's."""

    def __init__(self, sheet: Sheet, first_row: int) -> None:
        self._ends = {
            (top, left): bottom
            for top, left, bottom, _right in sheet.merged
            if bottom > top and bottom > first_row
        }
        self._open: dict[int, tuple[int, Value]] = {}

    def fill(self, row: Row) -> Row:
        if not self._ends:
            return row
        values = row.values
        for column, (bottom, value) in list(self._open.items()):
            if row.number > bottom:
                del self._open[column]
            elif _at(row, column) is None:
                values = [*values, *[None] * (column + 1 - len(values))]
                values[column] = value
        for column, value in enumerate(row.values):
            if (row.number, column) in self._ends and _is_said(value):
                self._open[column] = (self._ends[row.number, column], value)
        return row if values is row.values else Row(row.number, values)


def _is_said(value: Value) -> bool:
    return isinstance(value, date) or (isinstance(value, str) and not _looks_like_number(value))


class _Walk:
    """Goes through the rows once, and says of each whether it is data."""

    def __init__(self, headers: Sequence[Header], *, is_told: bool) -> None:
        self.headers, self.is_told = headers, is_told
        self.named = [at for at, header in enumerate(headers) if header.text]
        self.unnamed = [at for at, header in enumerate(headers) if not header.text]
        self.width = len(self.named)
        self.first = self.last = self.count = 0
        self.skipped: list[Skipped] = []
        self.passed: set[int] = set()
        """The numbers of all that are no data: whoever goes through the rows again need not ask."""
        self.nameless: set[int] = set()
        self.waiting: list[Row] = []
        """Rows that look like notes; they are data where data follows."""
        self._beginning = self._parts(self.named[0]) if self.named else frozenset()
        self._initials = {text[0] for text in self._beginning if text}
        self._key = next((at for at in self.named if is_header(headers[at].text)), None)

    def is_data(self, row: Row) -> bool:
        if self._key is not None and self._bears_a_key(row, self._key):
            return True
        first = row.values[0]
        if first is None:
            first = next(value for value in row.values if value is not None)
        if not isinstance(first, str):
            return True
        if first.isspace() and is_blank(row):
            self.passed.add(row.number)
            return False
        if why := self._why_not(row, first):
            self.passed.add(row.number)
            self.skipped.append(Skipped(row.number, why, first.strip()[:100]))
            return False
        if self._is_note(row, first):
            self.waiting.append(row)
            return False
        return True

    def _bears_a_key(self, row: Row, at: int) -> bool:
        """It went out as data, whatever it is called."""
        value = row.values[at] if at < len(row.values) else None
        return isinstance(value, str) and not is_header(value)

    def waited(self) -> Iterator[Row]:
        """Data follows: what waited is data, too."""
        for row in self.waiting:
            self.count_in(row)
            yield row
        self.waiting = []

    def end(self) -> Iterator[Row]:
        if self.is_told:
            yield from self.waited()
        for note in self.waiting:
            self.passed.add(note.number)
            text = next(text_of(value) for value in note.values if value is not None)
            self.skipped.append(Skipped(note.number, "note", text[:100]))

    def count_in(self, row: Row) -> None:
        if not self.count:
            self.first = row.number
        self.last = row.number
        self.count += 1
        values = row.values
        if len(values) > len(self.headers):
            self.nameless.update(at for at in range(len(self.headers), len(values)) if values[at] is not None)
        for at in self.unnamed:
            if at < len(values) and values[at] is not None:
                self.nameless.add(at)

    def _why_not(self, row: Row, first: str) -> Why | None:
        if len(first) <= LONGEST_TOTAL and _MAYBE_TOTAL.search(first) and self._is_total(row, first):
            return "total"
        if not _TOTALS.isdisjoint(row.values[1:TOTAL_WITHIN]) and self._says_little(row):
            return "total"
        if not self.count and (why := self._why_above(row, first)):
            return why
        return "header" if self._is_header(row) else None

    def _is_total(self, row: Row, first: str) -> bool:
        """A customer may be called so; then its row says more of it than sums."""
        if not _TOTAL.fullmatch("".join(simplified(first).split())):
            return False
        return self._says_little(row)

    def _why_above(self, row: Row, first: str) -> Why | None:
        """Of a row between the headers and the data: which columns must be filled in, or an example."""
        if all(
            isinstance(value, str) and _DEMAND.fullmatch(simplified(value).strip())
            for value in row.values
            if value is not None
        ):
            return "header"
        return "note" if _EXAMPLE.fullmatch(simplified(first).strip()) else None

    def _says_little(self, row: Row) -> bool:
        """No more than sums need."""
        texts = [value for value in row.values if isinstance(value, str) and not _looks_like_number(value)]
        return len(texts) <= FEW_TEXTS and self.width >= FEW_TEXTS and len(texts) < self.width

    def _is_header(self, row: Row) -> bool:
        values = row.values
        if self.width < FEW_TEXTS or len(values) <= self.named[0]:
            return False
        first = values[self.named[0]]
        if not isinstance(first, str) or len(first) > LONGEST_HEADER:
            return False
        if first[:1] not in self._initials and not first[:1].isspace():  # most rows end here
            return False
        if _on_a_line(first) not in self._beginning:
            return False
        same = 0
        for at in self.named:
            value = values[at] if at < len(values) else None
            same += isinstance(value, str) and _on_a_line(value) in self._parts(at)
        filled = len(values) - values.count(None)
        return same >= max(FEW_TEXTS, (self.width + 1) // 2) and same * 5 >= 4 * filled

    def _parts(self, column: int) -> frozenset[str]:
        """The header, and those of its group and of the column in it."""
        text = self.headers[column].text
        return frozenset({text, *text.split(JOINT)})

    def _is_note(self, row: Row, first: str) -> bool:
        if self.width < 3:  # noqa: PLR2004 - in a narrow table a row of one cell says much
            return False
        is_short = len(row.values) - row.values.count(None) <= max(FEW_TEXTS, self.width // 3)
        if not is_short and not (":" in first or "：" in first):
            return False
        filled = [value for value in row.values if value is not None]
        texts = [simplified(value).strip() for value in filled if isinstance(value, str)]
        if len(texts) < len(filled):
            return False
        is_outside = len(filled) == 1 and (
            len(texts[0]) > LONGEST_TOTAL or bool(self.waiting and _POINT.fullmatch(texts[0]))
        )
        return is_outside or all(
            _SIGNED.fullmatch(text) or (is_short and _NOTE.fullmatch(text)) for text in texts
        )


def is_blank(row: Row) -> bool:
    return all(value is None or (isinstance(value, str) and value.isspace()) for value in row.values)


def _on_a_line(text: str) -> str:
    return " ".join(text.split())


def _looks_like_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+(]?[¥￥]?[0-9][0-9,.]*[)%元万]*", text.strip()))
