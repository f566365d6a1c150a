"""An import as data: the same for the API and the command."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.imports import batches, life, planning
from customers.imports.kind import Candidate, Kind, row_kinds
from customers.imports.round_trip import DOUBLED, FOREIGN, MISSING, UNKNOWN
from customers.models import Import, ImportBatch
from toolbox.sheets import column_letter, keys

SIZE: Final = 100
Outcome = ImportBatch.Outcome
LIKELY: Final = "likely"
MOVED: Final = "moved"
FEW: Final = 3
"""Of fewer rows nothing is said about their column."""


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
        "counts": {key: count for key, count in parent.counts.items() if isinstance(count, int)},
        "keys": parent.counts.get("keys"),
        "open_conflicts": parent.open_conflicts,
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
        "doubtful": doubtful(parent),
        "remarks": parent.remarks,
        "asked": asked(parent),
        "obstacles": parent.obstacles,
        "created_at": parent.created_at.isoformat(),
        "committed_at": parent.committed_at.isoformat() if parent.committed_at else None,
        "undone_until": parent.undone_until.isoformat() if parent.undone_until else None,
    }  # fmt: skip


def asked(parent: Import) -> dict[str, str]:
    """What must be said with the commit: names of answers, with what they are for people."""
    form = life.questions(parent)
    return {name: str(field.label) for name, field in form.fields.items()} if form else {}


def unmapped(parent: Import) -> dict[str, str]:
    """Letters of columns that are left out, with their headers."""
    taken = set(parent.mapping.values())
    return {
        column_letter(at): header
        for at, header in enumerate(parent.found.get("headers", []))
        if header and at not in taken and not keys.is_header(header)
    }


def doubtful(parent: Import) -> list[str]:
    """Columns for which most rows are refused: they may mean something else than they were taken for."""
    headers, row_count = parent.found.get("headers", []), parent.counts.get("rows", 0)
    return [
        _(
            "%(count)s of %(rows)s rows are refused for column %(letter)s, “%(header)s”. If it means something else, correct the columns: take another one, or leave it out."
        )
        % {
            "count": f"{count:,}",
            "rows": f"{row_count:,}",
            "letter": column_letter(parent.mapping[key]),
            "header": headers[parent.mapping[key]],
        }
        for key, count in parent.counts.get("refused", {}).items()
        if count >= FEW and 2 * count > row_count and parent.mapping.get(key, len(headers)) < len(headers)
    ]


def rows(parent: Import, kind: Kind, outcome: str, *, page: int = 1) -> list[dict[str, Any]]:
    """A page of rows of one outcome, as values and as people read them."""
    start = (page - 1) * SIZE
    special = {LIKELY: batches.likely, MOVED: batches.moved}
    found = (
        special[outcome](parent, start=start, size=SIZE)
        if outcome in special
        else batches.page(parent, outcome, start=start, size=SIZE)
    )
    return [row_told(parent, kind, row) for row in found]


def row_told(parent: Import, kind: Kind, row: Candidate) -> dict[str, Any]:
    said: dict[str, Any] = {"row": row.number, "id": row.pk, "label": row.label}
    if row.values:
        cells: list[Mapping[str, Any]] = planning.shown_cells(kind, row, list(row.values))  # type: ignore[assignment]
        said["cells"] = [
            dict(cell) | {"was": row.was.get(cell["key"]), "becomes": row.values[cell["key"]]}
            for cell in cells
        ]
    if batches.in_conflict(row):
        said["conflicts"] = conflicts_shown(parent, kind, row)
    if row.moved.keys() - row.values.keys():
        said["moved"] = moved_shown(kind, row)
    if row.likely:
        said["likely"] = row.likely
        said["is_left_out"] = parent.leaves_out(row.number)
    if row.why:
        said["why"] = row.why
    return said


def conflicts_shown(parent: Import, kind: Kind, row: Candidate) -> list[dict[str, str]]:
    """Cells in conflict side by side, and what was decided."""
    return [
        moved_cell(kind, row, key)
        | {
            "sheet": kind.columns.by_key[key].shown(row.values[key]),
            "ruling": parent.ruling(row.number, key),
            "cell": f"{row.number}.{key}",
        }
        for key in batches.in_conflict(row)
    ]


def moved_shown(kind: Kind, row: Candidate) -> list[dict[str, str]]:
    """Cells that were changed here alone: they stay as they are."""
    return [moved_cell(kind, row, key) for key in row.moved if key not in row.values]


def moved_cell(kind: Kind, row: Candidate, key: str) -> dict[str, str]:
    column, moved = kind.columns.by_key[key], row.moved[key]
    at = timezone.localtime(datetime.fromisoformat(moved.at)) if moved.at else None
    return {
        "key": key,
        "label": column.label(),
        "was": column.shown(moved.was),
        "here": column.shown(row.was.get(key)),
        "by": moved.by,
        "at": date_format(at, "SHORT_DATETIME_FORMAT") if at else "",
    }


def keys_shown(parent: Import) -> list[str]:
    """What people should know of rows whose key does not say who they are."""
    told = parent.counts.get("keys") or {}
    kind, other = row_kinds.get(parent.kind), row_kinds.get(told.get("kind", ""))
    if kind and kind.is_dressed and not told and parent.counts.get("changed"):
        return [
            _(
                "This sheet has no hidden column with keys. Who changed what since it was exported cannot be told: of every cell that differs, what the sheet says is taken."
            )
        ]
    said = {
        MISSING: _("Rows without a key are found by what they say, as in any other sheet: %(rows)s."),
        DOUBLED: _("Rows that were copied with their key are found by what they say: %(rows)s."),
        UNKNOWN: _("Rows whose key is not one of ours are found by what they say: %(rows)s."),
    }
    shown = [sentence % {"rows": named(told[why])} for why, sentence in said.items() if why in told]
    if other and FOREIGN in told:
        shown.append(
            _(
                "Rows that were exported as “%(kind)s” are found by what they say: %(rows)s. Send the file as “%(kind)s” to have it merged cell by cell."
            )
            % {"kind": other.name, "rows": named(told[FOREIGN])}
        )
    return shown


def named(rows: Mapping[str, Any]) -> str:
    shown = _(", ").join(map(str, rows["rows"]))
    return f"{shown}…" if rows["count"] > len(rows["rows"]) else shown
