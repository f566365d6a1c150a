"""Rows of a plan, packed by the thousand: a hundred thousand of them are a few rows of the database."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from customers.imports.kind import Candidate, Moved
from customers.models import Import, ImportBatch

SIZE: Final = 5_000
Outcome = ImportBatch.Outcome


class Packing:
    """Rows of one outcome as they come, packed as soon as there are enough of them."""

    def __init__(self, outcome: str, order: Sequence[str]) -> None:
        self.outcome, self.order = outcome, order
        self.count = 0
        self.packed: list[tuple[int, bytes]] = []
        self._rows: list[Candidate] = []

    def add(self, row: Candidate) -> None:
        self._rows.append(row)
        self.count += 1
        if len(self._rows) == SIZE:
            self._pack()

    def _pack(self) -> None:
        if self._rows:
            self.packed.append((len(self._rows), packed(self._rows, self.order)))
            self._rows = []

    def batches(self, parent: Import) -> list[ImportBatch]:
        self._pack()
        return [
            ImportBatch(parent=parent, outcome=self.outcome, number=number, count=count, body=body)
            for number, (count, body) in enumerate(self.packed)
        ]


def packed(rows: Sequence[Candidate], order: Sequence[str]) -> bytes:
    """Most rows have the same cells filled: which ones is said once, in `shapes`."""
    shapes: dict[tuple[str, ...], int] = {}
    said = [
        (
            row.number,
            row.pk,
            row.label,
            [shapes.setdefault(tuple(row.values), len(shapes)), *row.values.values()],
            [row.was.get(key) for key in order] if row.was else None,
            row.links or None,
            row.likely or row.why or None,
            row.moved or None,
        )
        for row in rows
    ]
    body = {"rows": said, "shapes": list(shapes)}
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpacked(batch: ImportBatch, order: Sequence[str]) -> list[Candidate]:
    found = []
    body = json.loads(zlib.decompress(bytes(batch.body)))
    is_early = isinstance(
        body, list
    )  # plans of earlier releases name the cells of each row, and may end sooner
    shapes = [] if is_early else body["shapes"]
    for number, pk, label, cells, was, links, more, *rest in body if is_early else body["rows"]:
        values = cells if is_early else dict(zip(shapes[cells[0]], cells[1:], strict=True))
        row = Candidate(number, values, label, pk)
        if was is not None:
            row.was = dict(zip(order, was, strict=True))
        row.links = links or {}
        if isinstance(more, str):
            row.why = more
        else:
            row.likely = more or []
        if rest and rest[0]:
            row.moved = {key: Moved(*moved) for key, moved in rest[0].items()}
        found.append(row)
    return found


def of(parent: Import, outcome: str) -> Iterator[tuple[ImportBatch, list[Candidate]]]:
    """One batch after the other; only one is in memory."""
    pks = list(parent.batches.filter(outcome=outcome).order_by("number").values_list("pk", flat=True))
    for pk in pks:
        batch = ImportBatch.objects.get(pk=pk)
        yield batch, unpacked(batch, parent.columns)


def changes(parent: Import) -> Iterator[list[Candidate]]:
    """The rows that change what is on record, of those in conflict what was decided for the sheet."""
    for _batch, rows in of(parent, Outcome.CHANGED):
        yield rows
    for _batch, rows in of(parent, Outcome.CONFLICT):
        for row in rows:
            kept_here = [key for key in in_conflict(row) if parent.ruling(row.number, key) != Import.SHEET]
            row.values = {key: value for key, value in row.values.items() if key not in kept_here}
        yield [row for row in rows if row.values]


def in_conflict(row: Candidate) -> list[str]:
    return [key for key in row.values if key in row.moved]


def page(parent: Import, outcome: str, *, start: int, size: int) -> list[Candidate]:
    """So many rows of an outcome from one on, counted from 0."""
    found: list[Candidate] = []
    at = start
    while len(found) < size:
        batch = parent.batches.filter(outcome=outcome, number=at // SIZE).first()
        if batch is None:
            break
        rows = unpacked(batch, parent.columns)[at % SIZE : at % SIZE + size - len(found)]
        if not rows:
            break
        found += rows
        at += len(rows)
    return found


def pks(parent: Import, *outcomes: str) -> list[int]:
    """Of the records that these rows are about."""
    return [row.pk for outcome in outcomes for _batch, rows in of(parent, outcome) for row in rows if row.pk]


def changed_pks(parent: Import) -> list[int]:
    return [row.pk for rows in changes(parent) for row in rows if row.pk]


def moved(parent: Import, *, start: int, size: int) -> list[Candidate]:
    """Rows with cells that were changed here since the export, and not in the sheet."""
    found: list[Candidate] = []
    passed = 0
    for outcome in (Outcome.UNCHANGED, Outcome.CHANGED, Outcome.CONFLICT):
        for _batch, rows in of(parent, outcome):
            for row in rows:
                if row.moved.keys() - row.values.keys():
                    passed += 1
                    if passed > start:
                        found.append(row)
                    if len(found) == size:
                        return found
    return found


def likely(parent: Import, *, start: int, size: int) -> list[Candidate]:
    """New rows that may be on record already."""
    found: list[Any] = []
    passed = 0
    for _batch, rows in of(parent, ImportBatch.Outcome.NEW):
        for row in rows:
            if row.likely:
                passed += 1
                if passed > start:
                    found.append(row)
                if len(found) == size:
                    return found
    return found


def likely_rows(parent: Import) -> list[int]:
    """The numbers of all of them."""
    return [row.number for _batch, rows in of(parent, Outcome.NEW) for row in rows if row.likely]
