"""What a sheet would do to the book as it stands: every row read, found, compared, and kept for the commit."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from customers.imports import life, reading, round_trip
from customers.imports.batches import Packing
from customers.imports.columns import Parser
from customers.imports.kind import Candidate, Kind
from customers.models import Import, ImportBatch
from toolbox.sheetfiles.marks import ERRORS as NAMES_OF_ERRORS
from toolbox.sheets import (
    Broken,
    CellError,
    Row,
    SheetError,
    Table,
    Value,
    WrongValueError,
    is_own_currency,
    read_header,
    text_of,
)

MOST_ERRORS: Final = 1_000
MOST_REMARKS: Final = 200
BATCH: Final = 5_000
OF_CURRENCY: Final = frozenset({"币种", "币别", "货币", "结算币种", "currency"})
ERRORS: Final = frozenset(NAMES_OF_ERRORS)
SECONDS_PER_PROGRESS: Final = 1.0
Outcome = ImportBatch.Outcome


def as_error(value: Value) -> Value:
    return Broken("error", value) if isinstance(value, str) and value in ERRORS else value


@dataclass
class Planning:
    """One pass over the rows of a sheet."""

    parent: Import
    kind: Kind
    table: Table
    mapping: dict[str, int]
    counts: dict[str, int] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    error_count: int = 0
    remarks: list[dict[str, Any]] = field(default_factory=list)
    remark_count: int = 0
    row_count: int = 0
    wrong_rows: int = 0
    likely: int = 0
    moved: int = 0
    """Cells that were changed here since the export, and not in the sheet."""
    conflicts: int = 0
    """Cells that were changed in both."""
    cells: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    """Rows that are refused for a column."""

    def __post_init__(self) -> None:
        columns = self.kind.columns
        order = [*columns.keys, *self.kind.hidden]
        self.packings = {outcome: Packing(outcome, order) for outcome in Outcome.values}
        self.order = order
        mapped = [column for column in columns.all if column.key in self.mapping]
        self.mapped = [column.key for column in mapped]
        self.reads: list[tuple[str, int, Parser]] = [
            (column.key, at, column.parser(self.header(at)))
            for column, at in ((column, self.mapping[column.key]) for column in mapped)
        ]
        """Columns of ours, where they stand, and how they are read."""
        self.identity = next((key for key in self.kind.identity if key in self.mapping), "") or next(
            iter(self.mapping), ""
        )
        self.keys = round_trip.Keys.of(self.kind, self.table)

    def header(self, at: int) -> Any:
        return self.table.headers[at] if at < len(self.table.headers) else read_header("")

    def of_text(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Rows of a text file, which knows no errors but their names, and in which cells shift where a mark is missing."""
        width = len(self.table.headers)
        for row in rows:
            if not ERRORS.isdisjoint(row.values):
                row = Row(row.number, [as_error(value) for value in row.values])  # noqa: PLW2901
            if all(
                value is None or (isinstance(value, str) and value.isspace()) for value in row.values[width:]
            ):
                yield row
                continue
            self.refuse_cell(
                row,
                width,
                _("This cell stands beyond the last header."),
                _("Put texts that contain the separator in quotation marks, or give the column a header."),
            )

    def of_one_table(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Below a gap another table may begin; its headers are no data of this one."""
        known, last = self.kind.columns.known(), 0
        for row in rows:
            is_beyond_a_gap = 0 < last < row.number - 1
            last = row.number
            if is_beyond_a_gap and self.table.begins_another(row, known):
                self.refuse_cell(
                    row,
                    next(at for at, value in enumerate(row.values) if value is not None),
                    _("Another table seems to begin here."),
                    _("Move it to a sheet of its own, or say which row is the last one."),
                )
                continue
            yield row

    def in_own_currency(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Without those whose amounts are in another currency, where a column says so."""
        if not any(self.kind.columns.by_key[key].written == "money" for key in self.mapped):
            yield from rows
            return
        taken = self.mapping.values()
        said = [
            at
            for at, header in enumerate(self.table.headers)
            if header.plain in OF_CURRENCY and at not in taken
        ]
        for row in rows:
            wrong = [at for at in said if not is_own_currency(text_of(self.table.value(row, at)))]
            if not wrong:
                yield row
                continue
            self.refuse_cell(
                row,
                wrong[0],
                _("The amounts of this row are in another currency, and amounts are kept in %(own)s.")
                % {"own": settings.BOOK_CURRENCY},
                _("Convert the amounts, and correct the currency."),
            )

    # A batch of rows

    def take(self, rows: Sequence[Row]) -> None:
        known = self.keys.recognise(rows) if self.keys else {}
        gone = [row for row in known.values() if row.why]
        found = [
            self._read(row, known.get(row.number) or Candidate(row.number, {}))
            for row in rows
            if row.number not in known or not known[row.number].why
        ]
        self.kind.settle(found)
        self._find(found)
        by_number = {row.number: row for row in rows}
        for row in gone:  # named by what the sheet says of it
            said = self._read(by_number[row.number], Candidate(row.number, {})).values
            row.label = row.label or self.kind.label_of(said)
            self._keep(row, Outcome.LEFT_OUT)
        fresh = []
        for row in found:
            outcome = self._judged(row)
            if row.problems:
                self.refuse(row, by_number[row.number])
                continue
            if outcome == Outcome.NEW:
                fresh.append(row)
            self._keep(row, outcome)
        self._remark(found, by_number)
        self.kind.mark_likely(fresh)
        self.likely += sum(bool(row.likely) for row in fresh)
        for row in fresh:
            self.packings[Outcome.NEW].add(row)
        self.row_count += len(rows)

    def _find(self, rows: Sequence[Candidate]) -> None:
        """By their keys, and those without one by what they say."""
        unknown = [row for row in rows if not row.key]
        if self.keys:
            self.kind.spoken_for.update(row.pk for row in rows if row.key and row.pk)
        self.kind.find(unknown)
        if self.keys:
            self.keys.refuse_twice(unknown, self.identity)
            known = [row for row in rows if row.key]
            for row in known:
                round_trip.merge(self.kind, row, self.mapped)
            round_trip.say_who(self.kind, known)

    def _read(self, row: Row, candidate: Candidate) -> Candidate:
        cells, width, values = row.values, len(row.values), candidate.values
        has_key = bool(candidate.key)
        for key, at, parse in self.reads:
            value = cells[at] if at < width else None
            if has_key:
                round_trip.look_at_cell(self.kind, candidate, key, value)
            if value is None:
                continue
            try:
                said = parse(value)
            except WrongValueError as wrong:
                if not (type(value) is str and value.isspace()):
                    candidate.refuse(key, wrong.problem, wrong.remedy)
            else:
                if said != "":
                    values[key] = said
        if has_key:
            round_trip.fill_in(self.kind, candidate, self.mapped)
        return candidate

    def _judged(self, row: Candidate) -> str:
        kind, mode = self.kind, self.parent.mode
        refused = {problem.key for problem in row.problems}
        before = len(row.problems)
        if row.pk is not None:
            if mode == Import.Mode.CREATE:
                row.why = _("It is on record already, and only new rows are to be created.")
                return Outcome.LEFT_OUT
            if not row.key:
                row.values = {
                    key: value
                    for key, value in row.values.items()
                    if key not in kind.identity and not kind.same(row, key)
                }
            row.links = {
                key: pk for key, pk in row.links.items() if key.lstrip("?") in row.values or key == "customer"
            }
            if not row.values:
                return Outcome.UNCHANGED
            if not getattr(self.parent.by, kind.may_update):
                row.refuse(
                    next(iter(row.values)),
                    _("This is on record with other content, and you may not change it."),
                    _(
                        "Put back what is on record, or ask a sales director or an administrator to load the sheet."
                    ),
                )
        elif mode == Import.Mode.UPDATE and not row.problems:
            row.why = _("There is nothing on record that it could update, and nothing is to be created.")
            return Outcome.LEFT_OUT
        kind.judge(row)
        if refused:  # what follows from a cell that could not be read says nothing
            row.problems[before:] = [one for one in row.problems[before:] if one.key not in refused]
        if row.pk is None:
            return Outcome.NEW
        return Outcome.CONFLICT if row.moved.keys() & row.values.keys() else Outcome.CHANGED

    def _keep(self, row: Candidate, outcome: str) -> None:
        if outcome in {Outcome.CHANGED, Outcome.CONFLICT}:
            for key in row.values:
                self.cells[key] = self.cells.get(key, 0) + 1
        elif outcome in {Outcome.UNCHANGED, Outcome.LEFT_OUT}:
            if outcome == Outcome.LEFT_OUT:
                row.moved = {}
            row.values, row.links = {}, {}
            row.was = row.was if row.moved else {}
        both = len(row.moved.keys() & row.values.keys())
        self.conflicts += both
        self.moved += len(row.moved) - both
        if outcome != Outcome.NEW:
            self.packings[outcome].add(row)

    def refuse(self, candidate: Candidate, row: Row) -> None:
        self.wrong_rows += 1
        for key in {problem.key for problem in candidate.problems} & self.mapping.keys():
            self.refused[key] = self.refused.get(key, 0) + 1
        for key, problem, remedy in sorted(candidate.problems, key=lambda one: self.mapping.get(one.key, -1)):
            self.error_count += 1
            if len(self.errors) < MOST_ERRORS:
                self.errors.append(self._error(row, key, problem, remedy))

    def _remark(self, rows: Sequence[Candidate], by_number: dict[int, Row]) -> None:
        self.kind.remark(rows)
        for row in rows:
            for key, problem, remedy in sorted(row.remarks, key=lambda one: self.mapping.get(one.key, -1)):
                self.remark_count += 1
                if len(self.remarks) < MOST_REMARKS:
                    self.remarks.append(self._error(by_number[row.number], key, problem, remedy))

    def refuse_cell(self, row: Row, at: int, problem: str, remedy: str) -> None:
        """A row that is not read any further, by the column in which it is wrong."""
        self.wrong_rows += 1
        self.error_count += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(self._error_at(row, at, problem, remedy))

    def _error(self, row: Row, key: str, problem: str | Promise, remedy: str | Promise) -> dict[str, Any]:
        at = self.mapping.get(key, -1)
        return self._error_at(row, at if at >= 0 else self.mapping.get(self.identity, 0), problem, remedy)

    def _error_at(self, row: Row, at: int, problem: str | Promise, remedy: str | Promise) -> dict[str, Any]:
        said = CellError(
            sheet=self.table.sheet.name,
            row=row.number,
            column=at,
            header=self.table.header_at(at),
            value=self.table.value(row, at),
            problem=problem,
            remedy=remedy,
        ).as_json()
        return {
            key: value.replace("\0", "\ufffd") if isinstance(value, str) else value
            for key, value in said.items()
        }

    # The whole

    def result(self) -> dict[str, int]:
        return {
            **{outcome: packing.count for outcome, packing in self.packings.items()},
            "rows": self.row_count,
            "likely": self.likely,
            "moved": self.moved,
            "conflict_cells": self.conflicts,
            "errors": self.error_count,
            "wrong_rows": self.wrong_rows,
            "remarks": self.remark_count,
        }


def plan(parent: Import) -> None:
    """The step from PLANNING to PLANNED."""
    kind = life.kind_of(parent, at=timezone.now())
    opened = reading.open_file(parent, kind.columns)
    mapping = {
        key: at for key, at in parent.mapping.items() if key in kind.columns.by_key and isinstance(at, int)
    }
    if faults := reading.faults(parent, kind):
        raise SheetError(" ".join(faults))
    mapping = kind.placed(mapping, len(opened.table.headers))
    planning = Planning(parent, kind, opened.table, mapping)
    rows = planning.of_one_table(opened.table.rows())
    if opened.book.kind == "text":
        rows = planning.of_text(rows)
    rows = kind.gathered(planning.in_own_currency(rows), mapping, planning.header, planning.refuse)
    tell = every_now_and_then(lambda done: life.show_progress(parent, done))
    while batch := list(islice(rows, BATCH)):
        planning.take(batch)
        tell(planning.row_count)
    if not planning.row_count and not planning.error_count:
        raise SheetError(_("There are no rows of data below the header."))
    keep(parent, planning)


@transaction.atomic
def keep(parent: Import, planning: Planning) -> None:
    parent.columns = planning.order
    parent.batches.all().delete()
    made = [batch for packing in planning.packings.values() for batch in packing.batches(parent)]
    ImportBatch.objects.bulk_create(made, batch_size=20)
    life.finish(
        parent,
        Import.State.PLANNED,
        counts=planning.result()
        | {"cells": planning.cells, "refused": planning.refused}
        | ({"keys": planning.keys.told()} if planning.keys else {}),
        rulings={},
        answers={},
        spared=[],
        errors=planning.errors,
        remarks=planning.remarks,
        columns=planning.order,
        total=planning.row_count,
        done=planning.row_count,
        obstacles=[],
    )


def every_now_and_then(tell: Callable[[int], None]) -> Callable[[int], None]:
    last = time.monotonic()

    def maybe(done: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_PER_PROGRESS:
            last = time.monotonic()
            tell(done)

    return maybe


def shown_cells(kind: Kind, row: Candidate, keys: Sequence[str]) -> list[dict[str, str]]:
    """The cells of a row for people: of an update as they stand and as they become."""
    columns = kind.columns.by_key
    return [
        {
            "key": key,
            "label": columns[key].label(),
            "old": columns[key].shown(row.was.get(key)) if row.was else "",
            "new": columns[key].shown(row.values[key]),
        }
        for key in keys
        if key in row.values and key in columns
    ]
