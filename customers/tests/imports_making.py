"""Sheets on their way in, for tests: a file of text, sent and worked on as a worker would."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import User
from customers.imports import life
from customers.models import Import

State = Import.State


def a_sheet(*rows: Sequence[Any], name: str = "sheet.xlsx", merged: Sequence[str] = ()) -> SimpleUploadedFile:
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    stream = BytesIO()
    book.save(stream)
    return SimpleUploadedFile(name, stream.getvalue())


def a_text(text: str, name: str = "sheet.csv", encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(encoding))


def planned(file: SimpleUploadedFile | str, kind: str, by: User, **more: Any) -> Import:
    """Read and planned at once."""
    sent = a_text(file) if isinstance(file, str) else file
    parent = life.receive(sent, kind=kind, by=by, goes_straight_on=True, **more)
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def committed(file: SimpleUploadedFile | str, kind: str, by: User, **more: Any) -> Import:
    parent = planned(file, kind, by, **more)
    assert parent.errors == []
    return commit(parent)


def commit(parent: Import, *, leaves_out_likely: bool = False) -> Import:
    assert life.ask_to_commit(parent, leaves_out_likely=leaves_out_likely), (parent.state, parent.counts)
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def undo(parent: Import, *, leaves_obstacles: bool = False) -> Import:
    from django.utils import timezone

    assert life.ask_to_undo(parent, leaves_obstacles=leaves_obstacles, at=timezone.now())
    life.work(parent.pk)
    parent.refresh_from_db()
    return parent


def counted(parent: Import) -> tuple[int, int, int, int, int]:
    """New, changed, unchanged, left out, errors."""
    counts = parent.counts
    return (
        counts["new"], counts["changed"], counts["unchanged"], counts["left_out"], counts["errors"],
    )  # fmt: skip


def said(parent: Import) -> list[tuple[Any, ...]]:
    """Its errors: row, column, problem."""
    return [(error["row"], error["column"], error["problem"]) for error in parent.errors]
