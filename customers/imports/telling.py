"""An import as data: the same for the API and the command."""

from collections.abc import Mapping
from typing import Any, Final

from customers.imports import batches, planning
from customers.imports.kind import Candidate, Kind
from customers.models import Import, ImportBatch
from toolbox.sheets import column_letter, keys

SIZE: Final = 100
Outcome = ImportBatch.Outcome
LIKELY: Final = "likely"


def told(parent: Import) -> dict[str, Any]:
    """Where it stands, what was found, what it would do or did. Sentences are in the sender's language."""
    found = parent.found
    return {
        "id": parent.pk,
        "kind": parent.kind,
        "name": parent.name,
        "mode": parent.mode,
        "state": parent.state,
        "total": parent.total,
        "done": parent.done,
        "counts": {key: count for key, count in parent.counts.items() if key != "cells"},
        "changed_cells": parent.counts.get("cells", {}),
        "may_be_committed": parent.may_be_committed,
        "reading": {
            key: found.get(key)
            for key in (
                "format", "encoding", "separator", "sheets", "sheet", "header_rows", "first_row", "last_row", "headers",
                "skipped", "hidden_rows", "hidden_columns",
            )
        }
        if found
        else None,
        "mapping": {key: column_letter(at) for key, at in parent.mapping.items()},
        "unmapped": unmapped(parent),
        "mapping_name": parent.mapping_name,
        "errors": parent.errors,
        "error_count": parent.error_count,
        "obstacles": parent.obstacles,
        "created_at": parent.created_at.isoformat(),
        "committed_at": parent.committed_at.isoformat() if parent.committed_at else None,
        "undone_until": parent.undone_until.isoformat() if parent.undone_until else None,
    }  # fmt: skip


def unmapped(parent: Import) -> dict[str, str]:
    """Letters of columns that are left out, with their headers."""
    taken = set(parent.mapping.values())
    return {
        column_letter(at): header
        for at, header in enumerate(parent.found.get("headers", []))
        if header and at not in taken and not keys.is_header(header)
    }


def rows(parent: Import, kind: Kind, outcome: str, *, page: int = 1) -> list[dict[str, Any]]:
    """A page of rows of one outcome, as values and as people read them."""
    start = (page - 1) * SIZE
    found = (
        batches.likely(parent, start=start, size=SIZE)
        if outcome == LIKELY
        else batches.page(parent, outcome, start=start, size=SIZE)
    )
    return [row_told(kind, row) for row in found]


def row_told(kind: Kind, row: Candidate) -> dict[str, Any]:
    said: dict[str, Any] = {"row": row.number, "id": row.pk, "label": row.label}
    if row.values:
        cells: list[Mapping[str, Any]] = planning.shown_cells(kind, row, list(row.values))  # type: ignore[assignment]
        said["cells"] = [
            dict(cell) | {"was": row.was.get(cell["key"]), "becomes": row.values[cell["key"]]}
            for cell in cells
        ]
    if row.likely:
        said["likely"] = row.likely
    if row.why:
        said["why"] = row.why
    return said
