"""Many rows at once: COPY on PostgreSQL, batches on SQLite, all or nothing."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any, Final

import numpy as np
from django.db import DEFAULT_DB_ALIAS, connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _
from numpy.typing import NDArray

ROWS_PER_BATCH: Final = 2_000
BYTES_AT_ONCE: Final = 1 << 18


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert the rows and say how many. Rows may come from an iterator: only a batch is in memory.

    `columns` are names of fields; a foreign key is "customer_id" and takes ids. No defaults, no
    validation, no signals: every column that must have a value has to be given.
    Text with a NUL character, which PostgreSQL cannot keep, is a ValueError on either database.
    """
    alias = router.db_for_write(model)
    connection = connections[alias]
    fields: list[Any] = [model._meta.get_field(column) for column in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    prepared = _Batches(rows, columns, [_preparation(field, connection) for field in fields])
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql":
            return _copy(connection, f"COPY {table} ({names}) FROM STDIN", prepared)
        places = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - quoted names of our own
        return _insert(connection, statement, prepared)


def insert_selected(model: type[models.Model], columns: Sequence[str], rows: "models.QuerySet[Any]") -> None:
    """Insert what a `values_list` answers, within the database: fields first, then what is worked out."""
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(column) for column in columns]
    names = ", ".join(quote(field.column) for field in fields)
    asked = Asked.from_rows(rows)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {asked.sql}", asked.params)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write other values into rows that are there, and say how many were given. Each row begins with its id.

    `columns` name what follows the id. As with `insert`: no validation, no signals, nothing else is touched. Whoever
    calls holds the rows locked.
    """
    alias = router.db_for_write(model)
    connection = connections[alias]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.pk, *(model._meta.get_field(column) for column in columns)]
    names = [quote(field.column) for field in fields]
    table = quote(model._meta.db_table)
    prepared = _Batches(rows, ("id", *columns), [_preparation(field, connection) for field in fields])
    with transaction.atomic(using=alias):
        if connection.vendor != "postgresql":
            places = ", ".join(f"{name} = %s" for name in names[1:])
            statement = f"UPDATE {table} SET {places} WHERE {names[0]} = %s"  # noqa: S608 - quoted names of our own
            return _insert(connection, statement, prepared, id_last=True)
        staged = quote(f"staged_{model._meta.db_table}")
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {', '.join(names)} FROM {table} LIMIT 0"  # noqa: S608 - as above
            )
            count = _copy(connection, f"COPY {staged} ({', '.join(names)}) FROM STDIN", prepared)
            places = ", ".join(f"{name} = staged.{name}" for name in names[1:])
            cursor.execute(f"ANALYZE {staged}")
            cursor.execute(
                f"UPDATE {table} SET {places} FROM {staged} staged WHERE {table}.{names[0]} = staged.{names[0]}"  # noqa: S608 - as above
            )
            cursor.execute(f"DROP TABLE {staged}")
        return count


def insert_missing(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Insert those of the rows that no unique constraint refuses, and say how many. As `insert`, else; all at once."""
    if not rows:
        return 0
    alias = router.db_for_write(model)
    connection = connections[alias]
    fields: list[Any] = [model._meta.get_field(column) for column in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    batches = _Batches(rows, columns, [_preparation(field, connection) for field in fields])
    prepared = [list(chain.from_iterable(parts)) for parts in zip(*batches, strict=True)]
    with transaction.atomic(using=alias, savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{array_of(field, connection)}" for field in fields)
            statement = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608 - quoted names of our own
            cursor.execute(statement, prepared)
        else:
            places = ", ".join(["%s"] * len(fields))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608 - likewise
            cursor.executemany(statement, list(zip(*prepared, strict=True)))
        return int(cursor.rowcount)


def array_of(field: Any, connection: BaseDatabaseWrapper) -> str:
    """Its type in an array. Texts are checked for their length when they are put in, not cut before."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return "text[]" if kind.startswith("varchar") else f"{kind}[]"


Values = NDArray[np.int64] | Sequence[int | str | None]


def insert_columns(model: type[models.Model], columns: Mapping[str, Values]) -> int:
    """Insert rows given column by column and say how many. For what is computed, not for what people typed:

    whole numbers, None, and texts as the database keeps them (JSON is its text, no NUL anywhere), taken as they are.
    What the database refuses ends the whole transaction.
    """
    alias = router.db_for_write(model)
    connection = connections[alias]
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = ", ".join(quote(field.column) for field in fields)
    lists: list[Sequence[int | str | None]] = [
        values.tolist() if isinstance(values, np.ndarray) else values for values in columns.values()
    ]
    count = len(lists[0])
    table = quote(model._meta.db_table)
    with transaction.atomic(using=alias, savepoint=False), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = "\n".join(map("\t".join, zip(*map(_texts, lists), strict=True)))
            with connection.wrap_database_errors:
                text = BytesIO(lines.encode() + b"\n" if count else b"")
                cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", text, BYTES_AT_ONCE)
        else:
            places = ", ".join(["%s"] * len(lists))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - quoted names of our own
            cursor.executemany(statement, list(zip(*lists, strict=True)))
    return count


def _texts(values: Sequence[Any]) -> Sequence[str]:
    """A column in the text format of COPY."""
    first = values[0] if values else None
    if values.count(first) == len(values):
        return [r"\N" if first is None else str(first).translate(_ESCAPES)] * len(values)
    if set(map(type, values)) == {int}:
        return list(map(str, values))
    texts = [r"\N" if value is None else str(value) for value in values]
    everything = "".join(texts)
    if any(mark in everything for mark in "\t\n\r") or everything.count("\\") != values.count(None):
        return [r"\N" if value is None else str(value).translate(_ESCAPES) for value in values]
    return texts


def plan_for_many() -> None:
    """For the rest of the transaction, queries are planned for the many rows that statistics do not know of yet."""
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        settings = {"work_mem": "256MB", "enable_nestloop": "off", "jit": "off"}
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


@dataclass(frozen=True, slots=True)
class Asked:
    """A query of whole numbers as SQL: it can be asked again with other parameters."""

    sql: str
    params: tuple[Any, ...]
    names: tuple[str, ...]

    @classmethod
    def from_rows(cls, rows: models.QuerySet[Any]) -> "Asked":
        """Of a `values_list`, whose values are never null if it is answered."""
        sql, params = rows.query.get_compiler(connection=connections[rows.db]).as_sql()
        return cls(sql, tuple(params), (*rows.query.values_select, *rows.query.annotation_select))

    @classmethod
    def together(cls, questions: Sequence["Asked"]) -> "Asked":
        """Several in one trip; `apart` takes the answer apart. Their parameters follow each other."""
        widest = max(len(one.names) for one in questions)
        parts = [
            f"SELECT {n} AS question, q{n}.*{', 0' * (widest - len(one.names))} FROM ({one.sql}) q{n}"  # noqa: S608
            for n, one in enumerate(questions)
        ]
        params = [param for one in questions for param in one.params]
        return cls(" UNION ALL ".join(parts), tuple(params), ("question", *["column"] * widest))

    def answer(self, params: Sequence[Any], *, using: str = DEFAULT_DB_ALIAS) -> NDArray[np.int64]:
        """A matrix with a column for each name."""
        connection = connections[using]
        with connection.cursor() as cursor, connection.wrap_database_errors:
            if connection.vendor == "postgresql":
                text = BytesIO()
                query = cursor.mogrify(self.sql, params).decode()
                cursor.copy_expert(f"COPY ({query}) TO STDOUT", text, BYTES_AT_ONCE)
                found = text.getvalue()
                numbers = np.fromstring(found, np.int64, sep=" ") if found else np.empty(0, np.int64)
            else:
                cursor.execute(self.sql, params)
                numbers = np.array(cursor.fetchall(), np.int64)
        return numbers.reshape(-1, len(self.names))


def apart(questions: Sequence[Asked], answer: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """What `Asked.together` of these was answered, one by one."""
    return [answer[answer[:, 0] == n, 1 : 1 + len(one.names)] for n, one in enumerate(questions)]


def read(rows: models.QuerySet[Any]) -> NDArray[np.int64]:
    """The answer of a `values_list` of whole numbers, never null, as a matrix."""
    asked = Asked.from_rows(rows)
    return asked.answer(asked.params, using=rows.db)


_PLAIN: Final = frozenset({int, str, bool, type(None)})
"""Values that every field of Django's own hands to the database as they are."""
_NO_TEXT: Final = frozenset({int, bool, float, Decimal, date, datetime, type(None)})


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a value of a field is stored."""

    one: Callable[[Any], Any]
    of_all: bool = False
    """Also of whole numbers, texts and truths, which fields of Django's own hand to the database as they are."""


def _preparation(field: Any, connection: BaseDatabaseWrapper) -> Preparation:
    if isinstance(field, models.BinaryField):
        message = "Binary columns are not for bulk inserts."
        raise TypeError(message)
    if isinstance(field, models.JSONField):
        return Preparation(lambda value: None if value is None else _json_text(value, field), of_all=True)
    methods = (field.get_prep_value, field.get_db_prep_value, field.get_db_prep_save)
    if not all(method.__func__.__module__.startswith("django.db.models.") for method in methods):
        return Preparation(lambda value: field.get_db_prep_save(value, connection), of_all=True)
    last: Any = None
    made: Any = None

    def prepared(value: Any) -> Any:
        """The moment of many rows is the same object again and again."""
        nonlocal last, made
        if type(value) in _PLAIN:
            return value
        if value is not last:
            last, made = value, field.get_db_prep_save(value, connection)
            if isinstance(made, str):
                made = str.__str__(made)  # a choice is its value, whatever it says of itself
        return made

    return Preparation(prepared)


def _json_text(value: object, field: "models.JSONField[Any, Any]") -> str:
    text = json.dumps(value, cls=field.encoder, allow_nan=False)
    if "\\u0000" in text and re.search(r"(?<!\\)(?:\\\\)*\\u0000", text):
        raise ValueError(_nul_message(field.name))
    return text


class _Batches:
    """Rows as they are stored: a batch at a time, column by column, since most columns hold one kind of value."""

    def __init__(
        self, rows: Iterable[Sequence[Any]], names: Sequence[str], preparations: Sequence[Preparation]
    ) -> None:
        self.rows = iter(rows)
        self.names, self.preparations = names, preparations
        self.count = 0

    def __iter__(self) -> Iterator[list[Sequence[Any]]]:
        while batch := list(islice(self.rows, ROWS_PER_BATCH)):
            columns = list(zip(*batch, strict=True))
            yield [
                _prepared(values, prepare, name)
                for prepare, name, values in zip(self.preparations, self.names, columns, strict=True)
            ]
            self.count += len(batch)


def _prepared(values: Sequence[Any], prepare: Preparation, name: str) -> Sequence[Any]:
    kinds = set(map(type, values))
    if prepare.of_all or not kinds <= _PLAIN:
        values = [prepare.one(value) for value in values]
        kinds = set(map(type, values))
    if not kinds <= _NO_TEXT:
        texts = values if kinds == {str} else [value for value in values if isinstance(value, str)]
        if "\0" in "".join(texts):
            raise ValueError(_nul_message(name))
    return values


def _nul_message(column: str) -> str:
    return _("A text for “%(column)s” contains a NUL character, which cannot be stored.") % {"column": column}


def _insert(
    connection: BaseDatabaseWrapper, statement: str, batches: _Batches, *, id_last: bool = False
) -> int:
    with connection.cursor() as cursor:
        for columns in batches:
            cursor.executemany(
                statement, list(zip(*(columns[1:] + columns[:1] if id_last else columns), strict=True))
            )
    return batches.count


def _copy(connection: BaseDatabaseWrapper, statement: str, batches: _Batches) -> int:
    lines = _Lines(batches)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        try:
            cursor.copy_expert(statement, lines, BYTES_AT_ONCE)
        except Exception:
            if lines.error:  # the driver only says "error in .read() call"
                raise lines.error from None
            raise
    return batches.count


class _Lines:
    """The rows as the text format of COPY, read a piece at a time."""

    def __init__(self, batches: _Batches) -> None:
        self.batches = iter(batches)
        self.error: Exception | None = None

    def read(self, _size: int = -1) -> str:
        try:
            columns = next(self.batches, None)
            return (
                "\n".join(map("\t".join, zip(*map(_texts, columns), strict=True))) + "\n" if columns else ""
            )
        except Exception as error:
            self.error = error
            raise


_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
