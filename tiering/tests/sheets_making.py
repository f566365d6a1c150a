"""Tier sheets for tests: what is exported, what somebody made of it, and what became of that."""

import io
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from customers.columns import ORDERS
from customers.imports import batches, life, planning
from customers.models import Customer, Import
from tiering import sheets
from toolbox.pages import ordered

Edit = Callable[[Any], object]


def exported(user: User, order: str = "code") -> bytes:
    """The whole list of somebody, by code."""
    stream = io.BytesIO()
    rows = ordered(Customer.objects.visible_to(user).for_list(), order=ORDERS[order])
    sheets.export(rows, today=timezone.localdate(), stream=stream)
    return stream.getvalue()


def keyed(user: User) -> bytes:
    """As the page gives it out: each row with its key."""
    stream = io.BytesIO()
    rows = ordered(Customer.objects.visible_to(user).for_list(), order=ORDERS["code"])
    sheets.export(rows, today=timezone.localdate(), stream=stream, by=user, at=timezone.now())
    return stream.getvalue()


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def edited(content: bytes, edit: Edit) -> bytes:
    """The workbook as somebody saves it after an edit."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book.worksheets[0])
    return saved(book)


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet_of(rows: Iterable[Any], title: str = "Mine") -> bytes:
    """A workbook somebody made without us."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def put(sheet: Any, code: str, header: str, value: Any) -> None:
    """Write into the row of a customer under a header (its unit left out)."""
    sheet.cell(row_of(sheet, code), column_of(sheet, header)).value = value


def at(sheet: Any, code: str, header: str) -> Any:
    return sheet.cell(row_of(sheet, code), column_of(sheet, header)).value


def row_of(sheet: Any, code: str) -> int:
    column = column_of(sheet, "Customer code")
    return next(
        row for row in range(head_of(sheet) + 1, sheet.max_row + 1) if sheet.cell(row, column).value == code
    )


def head_of(sheet: Any) -> int:
    """The row of the headers: below title, date and legend."""
    return next(row for row in range(1, 20) if sheet.cell(row, 1).value == "Customer code")


def column_of(sheet: Any, header: str) -> int:
    headers = [str(cell.value).split(" (")[0] for cell in sheet[head_of(sheet)]]
    return headers.index(header) + 1


def sent(content: bytes, by: User, name: str = "tiers.xlsx") -> Import:
    """Read and planned, as the page and the worker do it."""
    parent = life.receive(SimpleUploadedFile(name, content), kind="tiers", by=by, goes_straight_on=True)
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def loaded(parent: Import, *, reason: str = "", expires_on: date | None = None) -> Import:
    """Committed, as the page and the worker do it."""
    answers = {"reason": reason, "expires_on": expires_on.isoformat() if expires_on else ""}
    assert life.ask_to_commit(parent, leaves_out_likely=False, answers=answers), (parent.state, parent.errors)
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def undone(parent: Import) -> Import:
    assert life.ask_to_undo(parent, leaves_obstacles=False, at=timezone.now())
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def changes(parent: Import) -> list[tuple[str, str, str, str]]:
    """(code, column, old, new)"""
    kind = life.kind_of(parent, at=timezone.now())
    return [
        (row.label.split(" · ")[0], cell["label"], cell["old"], cell["new"])
        for outcome in ("changed", "conflict")
        for _batch, rows in batches.of(parent, outcome)
        for row in rows
        for cell in planning.shown_cells(kind, row, list(row.values))
    ]


def remarks(parent: Import) -> list[tuple[str, str]]:
    """(position, what)"""
    return [(f"{r['column']}{r['row']}", r["problem"]) for r in parent.remarks]
