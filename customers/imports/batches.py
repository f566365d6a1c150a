"""Rows of a plan, packed by the thousand: a hundred thousand of them are a few rows of the database."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from customers.imports.kind import Candidate, Moved
from customers.models import Import, ImportBatch

SIZE: Final = 5_000
Outcome = ImportBatch.Outcome


class Packing:
    """Rows of one outcome as they come, packed as soon as there are enough of them."""

    def __init__(self, outcome: str, order: Sequence[str]) -> None:
        self.outcome, self.order = outcome, order
        self.count = 0
        self.packed: list[ImportBatch] = []
        self._rows: list[Candidate] = []

    def add(self, row: Candidate) -> None:
        self._rows.append(row)
        self.count += 1
        if len(self._rows) == SIZE:
            self._pack()

    def _pack(self) -> None:
        if self._rows:
            self.packed.append(
                ImportBatch(
                    outcome=self.outcome,
                    number=len(self.packed),
                    count=len(self._rows),
                    body=packed(self._rows, self.order),
                    likely=[row.number for row in self._rows if row.likely],
                    moved=sum(map(was_moved, self._rows)),
                )
            )
            self._rows = []

    def batches(self, parent: Import) -> list[ImportBatch]:
        self._pack()
        for batch in self.packed:
            batch.parent = parent
        return self.packed


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


@contextmanager
def keeping(batch: ImportBatch, rows: Sequence[Candidate], parent: Import) -> Iterator[None]:
    """What becomes of its rows in the context. Where they get nothing but ids, these go behind the rows as they were packed."""
    before = _extent(rows)
    yield
    if _extent(rows) == before:
        batch.body = bytes(batch.body) + zlib.compress(json.dumps([row.pk for row in rows]).encode(), 1)
    else:
        batch.body = packed(rows, parent.columns)
    batch.save(update_fields=["body"])


def _extent(rows: Sequence[Candidate]) -> int:
    """It grows when rows get codes or customers."""
    return sum(len(row.values) + len(row.links) for row in rows)


def unpacked(batch: ImportBatch, order: Sequence[str]) -> list[Candidate]:
    found = []
    unpacking = zlib.decompressobj()
    body = json.loads(unpacking.decompress(bytes(batch.body)))
    ids = json.loads(zlib.decompress(unpacking.unused_data)) if unpacking.unused_data else None
    # plans of earlier releases: each row names its cells, and may end sooner
    is_early = isinstance(body, list)
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
    for row, pk in zip(found, ids or [], strict=bool(ids)):
        row.pk = pk
    return found


def of(
    parent: Import, outcome: str, *, beside: Callable[[list[Candidate]], object] = lambda _rows: None
) -> Iterator[tuple[ImportBatch, list[Candidate]]]:
    """One batch after the other. While one is worked on, the next one is unpacked in a thread, and `beside` looks at it.

    In that thread the database is asked nothing.
    """
    pks = list(parent.batches.filter(outcome=outcome).order_by("number").values_list("pk", flat=True))
    if not pks:
        return

    def ready(batch: ImportBatch) -> tuple[ImportBatch, list[Candidate]]:
        rows = unpacked(batch, parent.columns)
        beside(rows)
        return batch, rows

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(ready, ImportBatch.objects.get(pk=pks[0]))
        for pk in pks[1:]:
            batch = coming.result()
            coming = thread.submit(ready, ImportBatch.objects.get(pk=pk))
            yield batch
        yield coming.result()


def changes(parent: Import) -> Iterator[list[Candidate]]:
    """The rows that change what is on record, of those in conflict what was decided for the sheet."""
    for _batch, rows in of(parent, Outcome.CHANGED):
        yield rows
    yield from settled(parent)


def settled(parent: Import) -> Iterator[list[Candidate]]:
    """The rows in conflict that change what is on record, by what was decided."""
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


def was_moved(row: Candidate) -> bool:
    """Whether cells were changed here since the export, and not in the sheet."""
    return bool(row.moved.keys() - row.values.keys())


def moved(parent: Import, *, start: int, size: int) -> list[Candidate]:
    outcomes = (Outcome.UNCHANGED, Outcome.CHANGED, Outcome.CONFLICT)
    counted = [(batch, marks(parent, batch)[1]) for outcome in outcomes for batch in heads(parent, outcome)]
    return picked(parent, counted, was_moved, start=start, size=size)


def likely(parent: Import, *, start: int, size: int) -> list[Candidate]:
    """New rows that may be on record already."""
    counted = [(batch, len(marks(parent, batch)[0])) for batch in heads(parent, Outcome.NEW)]
    return picked(parent, counted, lambda row: bool(row.likely), start=start, size=size)


def likely_rows(parent: Import) -> list[int]:
    """The numbers of all of them."""
    return [number for batch in heads(parent, Outcome.NEW) for number in marks(parent, batch)[0]]


def picked(
    parent: Import,
    counted: Iterable[tuple[ImportBatch, int]],
    is_meant: Callable[[Candidate], bool],
    *,
    start: int,
    size: int,
) -> list[Candidate]:
    """So many of the rows that are meant from one on, of batches that hold so many of them: few are unpacked."""
    found: list[Candidate] = []
    for batch, count in counted:
        if len(found) == size:
            break
        if count <= start:
            start -= count
            continue
        meant = [row for row in unpacked(batch, parent.columns) if is_meant(row)]
        found += meant[start : start + size - len(found)]
        start = 0
    return found


def heads(parent: Import, outcome: str) -> list[ImportBatch]:
    """Without their rows, which are read when they are asked for."""
    return list(parent.batches.filter(outcome=outcome).defer("body").order_by("number"))


def marks(parent: Import, batch: ImportBatch) -> tuple[list[int], int]:
    """Numbers of the rows that may be duplicates, and how many were moved. Plans of earlier releases are looked through."""
    if batch.likely is not None:
        return batch.likely, batch.moved
    rows = unpacked(batch, parent.columns)
    return [row.number for row in rows if row.likely], sum(map(was_moved, rows))
