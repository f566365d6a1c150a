"""Checking a sheet that came back: what it would change, and all that is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, override

from accounts.models import User
from customers.imports import kinds
from customers.models import Customer, Upload
from tiering.sheets.columns import Change, Column, Remark, WrongCellError
from tiering.sheets.layout import columns_of
from tiering.sheets.lines import BATCH, Line, Lines
from tiering.sheets.merging import Base, RowKey, unsealed
from tiering.sheets.table import Table, find, header_at
from toolbox.sheets import Broken, Row, SheetError, column_letter, parse_date, text_of
from toolbox.sheets.keys import Key
from toolbox.sheets.values import broken_problem

MOST_ERRORS: Final = 500
MOST_REMARKS: Final = 200
LONGEST_SHOWN: Final = 300


@dataclass
class Plan:
    """What a sheet asks for. Everything in it can be stored as JSON.

    A row of `rows` is {row, customer, code, name, version, tier, cells}; a cell {key, label, old, new, was, becomes},
    and of one in conflict {exported, by, at} besides: as it was exported, and who has changed it here since.
    """

    code_column: dict[str, str]
    """Where the customer codes stand: sheet, column, header."""
    ignored: list[str]
    total: int = 0
    unchanged: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    error_count: int = 0
    remarks: list[dict[str, Any]] = field(default_factory=list)
    remark_count: int = 0
    moved: list[dict[str, Any]] = field(default_factory=list)
    """Cells that were changed here since the export, and not in the sheet: {row, code, name, label, exported, here}."""
    moved_count: int = 0

    def stay(self, base: Base, row: int, column: Column) -> None:
        self.moved_count += 1
        if len(self.moved) < MOST_REMARKS:
            self.moved.append(base.stayed(row, column))

    def refuse(self, error: dict[str, Any]) -> None:
        self.error_count += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(error)

    def remark(self, remark: dict[str, Any]) -> None:
        self.remark_count += 1
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append(remark)

    def report(self) -> dict[str, Any]:
        cells = [cell["key"] for row in self.rows for cell in row["cells"]]
        labels = {cell["key"]: cell["label"] for row in self.rows for cell in row["cells"]}
        return {
            "code_column": self.code_column,
            "ignored": self.ignored,
            "rows": self.rows,
            "changed": len(self.rows),
            "unchanged": self.unchanged,
            "cells": [
                {"key": key, "label": label, "count": cells.count(key)} for key, label in labels.items()
            ],
            "cell_count": len(cells),
            "tier_count": cells.count("tier"),
            "conflict_count": sum("exported" in cell for row in self.rows for cell in row["cells"]),
            "moved": self.moved,
            "moved_count": self.moved_count,
            "remarks": self.remarks,
            "remark_count": self.remark_count,
            "errors": self.error_count,
        }


def check(upload: Upload) -> None:
    """Fill in total, errors and report. A sheet with any error is not loaded at all."""

    with spoken(upload):
        plan = planned(upload)
    upload.total, upload.errors, upload.report = plan.total, plan.errors, plan.report()


@contextmanager
def spoken(upload: Upload) -> Iterator[None]:
    """In the language of who sent the file."""
    with override(upload.options.get("language") or upload.by.language or settings.LANGUAGE_CODE):
        yield


def planned(upload: Upload) -> Plan:
    if not upload.by.may_edit_customers:
        raise SheetError(_("You may not change customers."))
    lines = Lines(today=timezone.localdate())
    columns = columns_of(lines, RowKey(lines))
    with upload.file.open("rb") as stream:
        table = find(stream, name=upload.name, columns=columns)
        check_ = _Check(
            table, [column for column in columns if column.key in table.columns], lines, upload.by
        )
        rows = table.rows()
        while batch := list(islice(rows, BATCH)):
            check_.judge(batch)
            kinds.show_progress(upload, check_.plan.total)
    return check_.plan


class _Check:
    def __init__(self, table: Table, columns: list[Column], lines: Lines, by: User) -> None:
        self.table, self.columns, self.lines, self.by = table, columns, lines, by
        at = table.columns["code"]
        place = {
            "sheet": table.sheet.name,
            "column": column_letter(at),
            "header": header_at(table.header, at),
        }
        self.plan = Plan(place, table.ignored)
        self._seen: dict[str, int] = {}

    def judge(self, rows: list[Row]) -> None:
        self.plan.total += len(rows)
        codes = {row.number: text_of(self.table.cell(row, "code")) for row in rows}
        keys = self._keys_of(rows, codes)
        found = self._lines_of(set(codes.values()))
        self._follow(keys, codes, found)
        for row in rows:
            code = codes[row.number]
            first = self._seen.setdefault(code, row.number)
            if problem := self._wrong_code(code, first, row, found):
                self.plan.refuse(self.table.error(row, "code", *problem))
            else:
                line = found[code]
                base = Base.of(keys.get(row.number), line, self.lines)
                self._judge_row(row, line, base)

    def _keys_of(self, rows: list[Row], codes: dict[int, str]) -> dict[int, Key]:
        """Keys with which rows were exported, as far as their codes are still those of the export."""
        if "key" not in self.table.columns:
            return {}
        found = {}
        for row in rows:
            key = unsealed(self.table.cell(row, "key"))
            if key and key.was.get("code") == codes[row.number]:
                found[row.number] = key
            elif text_of(self.table.cell(row, "key")):
                remark = _(
                    "The hidden key is not that of this row. The row is found by its customer code alone."
                )
                self.plan.remark(self.table.error(row, "code", remark))
        return found

    def _follow(self, keys: dict[int, Key], codes: dict[int, str], found: dict[str, Line]) -> None:
        """Customers who got another code since the export."""
        gone = {number: key for number, key in keys.items() if codes[number] not in found}
        if not gone:
            return
        theirs = Customer.objects.visible_to(self.by).for_list().filter(pk__in=[k.pk for k in gone.values()])
        by_pk = {line.customer.pk: line for line in self.lines.of(list(theirs))}
        found.update({codes[number]: by_pk[key.pk] for number, key in gone.items() if key.pk in by_pk})

    def _lines_of(self, codes: set[str]) -> dict[str, Line]:
        """Customers whom the sender may see: a foreign one is as unknown as one that is not there."""
        customers = Customer.objects.visible_to(self.by).for_list().filter(code__in=codes)
        return {line.customer.code: line for line in self.lines.of(list(customers))}

    def _wrong_code(self, code: str, first: int, row: Row, found: dict[str, Line]) -> tuple[str, str] | None:
        cell = self.table.cell(row, "code")
        if isinstance(cell, Broken):
            wrong = broken_problem(cell)
            return str(wrong.problem), str(wrong.remedy)
        if not code:
            return _("The customer code is missing."), _("Fill it in, or delete the row.")
        if code not in found:
            return (
                _("There is no customer with this code among those you may see."),
                _("Correct the code, or delete the row."),
            )
        if first != row.number:
            return (
                _("This customer stands in row %(row)s already.") % {"row": first},
                _("Keep one of the two rows."),
            )
        return None

    def _judge_cells(self, row: Row, line: Line, base: Base | None) -> tuple[list[dict[str, Any]], bool]:
        """The cells that are to change, and whether others are wrong."""
        cells = []
        is_wrong = False
        for column in self.columns:
            try:
                verdict = self._judge_cell(row, line, column, base)
            except WrongCellError as wrong:
                is_wrong = True
                self.plan.refuse(self.table.error(row, column.key, wrong.problem, wrong.remedy))
                continue
            if isinstance(verdict, Remark):
                self.plan.remark(self.table.error(row, column.key, verdict.problem))
            elif verdict:
                more = base.conflict(column) if base and base.is_moved(column.key) else {}
                cells.append(shown(column, verdict) | more)
        return cells, is_wrong

    def _judge_row(self, row: Row, line: Line, base: Base | None) -> None:
        cells, is_wrong = self._judge_cells(row, line, base)
        if cells and line.customer.is_archived:
            remark = _("This customer is archived and was left as it is. Restore it first to change it.")
            if line.customer.merged_into_id:
                remark = _(
                    "This customer went into another one and was left as it is. Change the row of that one."
                )
            self.plan.remark(self.table.error(row, "code", remark))
            self.plan.unchanged += 1
        elif cells:
            if not base:
                self._remark_on_age(row, line)
            self.plan.rows.append(
                {
                    "row": row.number,
                    "customer": line.customer.pk,
                    "code": line.customer.code,
                    "name": line.customer.name,
                    "version": line.customer.version,
                    "tier": line.customer.standing.tier_id,
                    "cells": cells,
                }
            )
        elif not is_wrong:
            self.plan.unchanged += 1

    def _judge_cell(self, row: Row, line: Line, column: Column, base: Base | None) -> Change | Remark | None:
        cell = self.table.cell(row, column.key)
        if isinstance(cell, Broken):
            wrong = broken_problem(cell)
            raise WrongCellError(str(wrong.problem), str(wrong.remedy))
        if base and base.is_untouched(column, cell, self.by):
            if base.is_moved(column.key):
                self.plan.stay(base, row.number, column)
            return None
        return column.judge(line, cell, self.by)

    def _remark_on_age(self, row: Row, line: Line) -> None:
        """A row that changes a customer who was edited here after the sheet was written."""
        edited = timezone.localtime(line.customer.updated_at).date()
        written = self._written_on(row)
        if written and written < edited:
            remark = _(
                "This customer was edited on %(day)s, after the sheet was written. Compare old and new."
            )
            self.plan.remark(self.table.error(row, "updated", remark % {"day": date_format(edited)}))

    def _written_on(self, row: Row) -> date | None:
        try:
            return parse_date(self.table.cell(row, "updated"))
        except (KeyError, ValueError):
            return None


def shown(column: Column, change: Change) -> dict[str, Any]:
    return {
        "key": column.key,
        "label": column.label(),
        "old": shortened(change.old),
        "new": shortened(change.new),
        "was": change.was,
        "becomes": change.becomes,
    }


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
