"""Rows of a list on their way into a file: one query, and a few more for each thousand rows where columns ask for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import IO, Any, Final

from django.db.models import QuerySet

from accounts.exports.lists import Column, Found
from accounts.models import Export
from toolbox import sheets

BATCH: Final = 1_000
WIDTHS: Final = {
    "text": 20, "integer": 10, "money": 16, "percent": 10, "date": 12, "datetime": 20, "score": 10,
}  # fmt: skip

Progress = Callable[[int], None]
"""Told how many rows are written, now and then."""


def write(
    found: Found,
    columns: Sequence[Column],
    *,
    title: str,
    kind: str,
    stream: IO[bytes],
    progress: Progress = lambda _done: None,
) -> int:
    """Write the rows in their order, and say how many they were. In the language active now."""
    heads = [
        sheets.Column(column.header, column.width or WIDTHS[column.kind], column.kind) for column in columns
    ]
    rows = counted(lines(found, columns), progress)
    if kind == Export.Format.CSV:
        return sheets.write_csv(heads, rows, stream=stream)
    return sheets.write_plain(title, heads, rows, stream=stream)


def counted(rows: Iterator[list[Any]], progress: Progress) -> Iterator[list[Any]]:
    done = 0
    while batch := list(islice(rows, BATCH)):
        yield from batch
        done += len(batch)
        progress(done)


def lines(found: Found, columns: Sequence[Column]) -> Iterator[list[Any]]:
    rows = found.in_order
    if not isinstance(rows, QuerySet):
        made = [column.value or getter(column.key) for column in columns]
        return ([value(row) for value in made] for row in rows)
    paths = ["pk", *dict.fromkeys(path for column in columns for path in column.paths)]
    read = rows.prefetch_related(None).values_list(*paths).iterator(chunk_size=2 * BATCH)
    at = {path: place for place, path in enumerate(paths)}
    if not any(column.beside for column in columns):
        values = [value_of(column, at, {}) for column in columns]
        return ([value(row) for value in values] for row in read)
    return batched(read, columns, at)


def batched(
    read: Iterator[tuple[Any, ...]], columns: Sequence[Column], at: Mapping[str, int]
) -> Iterator[list[Any]]:
    while batch := list(islice(read, BATCH)):
        pks = [row[0] for row in batch]
        beside = {column.key: column.beside(pks) for column in columns if column.beside}
        values = [value_of(column, at, beside) for column in columns]
        for row in batch:
            yield [value(row) for value in values]


def getter(key: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, key)


def value_of(
    column: Column, at: Mapping[str, int], beside: Mapping[str, Mapping[Any, Any]]
) -> Callable[[tuple[Any, ...]], Any]:
    """From a row as it was read to what is written."""
    if column.key in beside:
        found = beside[column.key]
        return lambda row: found.get(row[0])
    places = [at[path] for path in column.paths]
    if column.value is None:
        return itemgetter(places[0])
    make = column.value
    if len(places) == 1:
        place = places[0]
        return lambda row: make(row[place])
    return lambda row: make(*[row[place] for place in places])
