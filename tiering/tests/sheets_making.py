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
from customers.imports import uploads
from customers.models import Customer, Upload
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


def sent(content: bytes, by: User, name: str = "tiers.xlsx") -> Upload:
    """Checked as the task does it."""
    upload = uploads.receive(
        SimpleUploadedFile(name, content), kind=Upload.Kind.TIER_SHEET, by=by, options={"language": "en"}
    )
    uploads.check(upload.pk)
    upload.refresh_from_db()
    return upload


def loaded(upload: Upload, *, reason: str = "", expires_on: date | None = None) -> Upload:
    """Loaded as the page and the task do it."""
    upload.options |= {"reason": reason, "expires_on": expires_on.isoformat() if expires_on else ""}
    upload.save()
    assert uploads.ask_to_load(upload), (upload.state, upload.errors)
    uploads.load(upload.pk)
    upload.refresh_from_db()
    return upload


def changes(upload: Upload) -> list[tuple[str, str, str, str]]:
    """(code, column, old, new)"""
    return [
        (row["code"], cell["label"], cell["old"], cell["new"])
        for row in upload.report["rows"]
        for cell in row["cells"]
    ]


def remarks(upload: Upload) -> list[tuple[str, str]]:
    """(position, what)"""
    return [(f"{r['column']}{r['row']}", r["problem"]) for r in upload.report["remarks"]]
