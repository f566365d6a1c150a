"""Tables in which what is written stays: the database itself refuses to change or delete a row, on either kind.

Apps name their models with `keep` when they are ready; the triggers are made, where they are missing, after every
`migrate`. That is no migration of its own because SQLite loses a table's triggers whenever a later one remakes it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.apps import AppConfig
from django.core import checks
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext as _

SENTENCE: Final = "History is append-only: what was written there stays as it is."
ALWAYS: Final = "TRUE"


@dataclass(frozen=True)
class Kept:
    """A table of history: the condition, about OLD, in which a row is history, and what may change even so."""

    model: type[models.Model]
    once: str
    but: str


_kept: Final[dict[str, Kept]] = {}
"""By the name of the table."""


def keep(app: AppConfig, *kept: type[models.Model], once: str = ALWAYS, but: str = "") -> None:
    """From now on rows of these models stay as they are.

    `once` says in SQL from when on, of a row OLD; `but` names a column that goes on changing.
    """
    _kept.update({model._meta.db_table: Kept(model, once, but) for model in kept})
    pre_migrate.connect(_make_way, sender=app)
    post_migrate.connect(_lock_again, sender=app)


def tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Those that exist: an installation may be halfway through its migrations."""
    there = set(connection.introspection.table_names())
    return sorted(there & set(_kept))


def always_kept(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of whose rows every one is history."""
    return [table for table in tables(connection) if _kept[table].once == ALWAYS]


def goes_on(table: str) -> str:
    """The one column of a table of history that may change; empty where there is none."""
    return _kept[table].but


def anew(connection: BaseDatabaseWrapper, *changed: str) -> None:
    """For a migration: make the triggers of these tables again, which are kept in another way by now."""
    there = set(tables(connection)) - set(missing(connection))
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _settle(connection, cursor)
        for table in there & set(changed):
            for statement in _statements(connection, table):
                cursor.execute(statement)


def lock(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers that are missing."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table in missing(connection):
            for statement in _statements(connection, table):
                cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables of history that are not protected."""
    if connection.vendor == "postgresql":
        sql = """
            SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE t.tgname LIKE 'append\\_only%%' AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)
        """
    else:
        sql = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'append_only%%'"
    with connection.cursor() as cursor:
        cursor.execute(sql, [])
        there = set(cursor.fetchall())
    return [
        table
        for table in tables(connection)
        if not {(table, name) for name in _triggers(connection, table)} <= there
    ]


@contextmanager
def unlocked(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """For a migration that must touch history, and for tests that empty the database. The tables' owner alone may."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        protected = set(tables(connection)) - set(missing(connection))
        _settle(connection, cursor)
        for table in protected:
            for name in _triggers(connection, table):
                cursor.execute(_dropped(connection, table, name))
        yield
        _settle(connection, cursor)
        lock(connection)


@checks.register(checks.Tags.database)
def history_is_protected(databases: Sequence[str] | None = None, **_asked: Any) -> list[checks.CheckMessage]:
    """A warning, not an error: `migrate`, which mends it, would not begin."""
    return [
        checks.Warning(
            _("Rows of “%(table)s” can be changed and deleted, though they are history.") % {"table": table},
            hint=_("Run “manage.py migrate”, which makes the triggers that are missing."),
            id="tierbook.W001",
        )
        for alias in databases or []
        for table in missing(connections[alias])
    ]


def _make_way(using: str, plan: Sequence[Any], **_signal: object) -> None:
    """SQLite remakes no table of which a trigger of another one speaks, as conditions do."""
    connection = connections[using]
    if not plan or connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        for table in set(tables(connection)) - set(always_kept(connection)):
            for name in _triggers(connection, table):
                cursor.execute(f"DROP TRIGGER IF EXISTS {connection.ops.quote_name(name)}")


def _lock_again(using: str, **_signal: object) -> None:
    lock(connections[using])


def _settle(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    """PostgreSQL alters no table on which checks of foreign keys are still to come."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _triggers(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return ["append_only", "append_only_truncate"]
    return [
        f"append_only_{table}_{event}" for event in ("update", "delete")
    ]  # their names are of the database


def _dropped(connection: BaseDatabaseWrapper, table: str, name: str) -> str:
    quote = connection.ops.quote_name
    return f"DROP TRIGGER {quote(name)}" + (
        f" ON {quote(table)}" if connection.vendor == "postgresql" else ""
    )


def _statements(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    quote = connection.ops.quote_name
    kept, on = _kept[table], quote(table)
    once = kept.once
    if connection.vendor != "postgresql":
        update, delete = map(quote, _triggers(connection, table))
        refuse = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        columns = [
            quote(str(field.column)) for field in kept.model._meta.concrete_fields if field.column != kept.but
        ]
        changes = (
            " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns) if kept.but else ALWAYS
        )
        return [
            f"DROP TRIGGER IF EXISTS {update}",
            f"CREATE TRIGGER {update} BEFORE UPDATE ON {on} WHEN {once} AND ({changes}) {refuse}",
            f"DROP TRIGGER IF EXISTS {delete}",
            f"CREATE TRIGGER {delete} BEFORE DELETE ON {on} WHEN {once} {refuse}",
        ]
    function = quote(f"append_only_{table}")
    refuse = f"RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;"
    same = f"to_jsonb(NEW) - '{kept.but}' = to_jsonb(OLD) - '{kept.but}'" if kept.but else "FALSE"
    body = f"""
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN {refuse} END IF;
            IF TG_OP = 'UPDATE' THEN IF {same} THEN RETURN NEW; END IF; END IF;
            IF {once} THEN {refuse} END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END
    """
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        f"DROP TRIGGER IF EXISTS append_only ON {on}",
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {on} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER IF EXISTS append_only_truncate ON {on}",
        f"CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {on} EXECUTE FUNCTION {function}()",
    ]
