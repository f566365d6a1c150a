"""The same beginning for everybody who is measured, and the comparison of what they left behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from unittest import mock

from django.db import connection, models, transaction
from django.utils import timezone

from benchmarks import _book
from customers.models import Standing
from maintenance.models import Match, Obligation, Snooze
from tiering import following, publishing, regrade
from tiering.models import Chunk, Followup, Grading, Hold, Movement, Run, Scheme, TierChange

Model = type[models.Model]
OF_A_RUN: Final[tuple[Model, ...]] = (Followup, Hold, TierChange, Movement, Grading, Chunk)
COMPARED: Final[tuple[Model, ...]] = (Grading, Movement, TierChange, Standing)
TOUCHED: Final[tuple[Model, ...]] = (*OF_A_RUN, Run, Standing, Obligation)
NOT_COMPARED: Final = {"id", "run_id", "changed_at", "grading_id"}
"""Numbers and clock times; whether a standing points to its own grading is asked apart."""


@contextmanager
def alone() -> Iterator[None]:
    """No message goes to workers, nobody hears of the news."""
    with (
        mock.patch.object(regrade, "wake"),
        mock.patch.object(publishing, "spread_the_news"),
        mock.patch.object(following, "begin"),
    ):
        yield


def start(day: date = _book.LAST) -> Run:
    """A run with its chunks, as the product makes it, that nobody works on yet."""
    with alone():
        scheme = Scheme.objects.get(is_default=True)
        return regrade.start(scheme, as_of=day, trigger=Run.Trigger.COMMAND, at=timezone.now())


def first_grading() -> Run:
    """Everybody graded and published as of the quarter before; this is where each measurement begins."""
    guards = ("guard_customers", "guard_amount", "guard_coverage", "guard_stale_days")
    Scheme.objects.update(**dict.fromkeys(guards))  # whoever is measured publishes
    with alone():
        run = regrade.work_off(start(_book.EARLIER))
    if run.state != Run.State.PUBLISHED:
        raise RuntimeError(f"The first grading is {run.state}: {run.error}")
    following.follow_up(run.pk, at=timezone.now())  # else the workers that are measured would begin with it
    execute("DROP TABLE IF EXISTS bench_start")
    execute(f"CREATE TABLE bench_start AS SELECT * FROM {table(Standing)} ORDER BY customer_id")
    return run


def restore(first: Run) -> None:
    """As it was after the first grading, down to the size of the tables."""
    with without_triggers(), transaction.atomic():
        for model in OF_A_RUN:
            execute(f"DELETE FROM {table(model)} WHERE run_id > %s", first.pk)
        execute(f"DELETE FROM {table(Run)} WHERE id > %s", first.pk)
        if is_postgresql():  # the workers have begun to plan anew
            for model in (Match, Snooze, Obligation):
                execute(f"DELETE FROM {table(model)}")
        names = ", ".join(f'"{name}"' for name in columns_of(Standing))
        execute(f"{'TRUNCATE' if is_postgresql() else 'DELETE FROM'} {table(Standing)}")
        execute(
            f"INSERT INTO {table(Standing)} ({names}) SELECT {names} FROM bench_start ORDER BY customer_id"
        )
    settle()


def settle() -> None:
    """The planner knows what there is, and nothing is left to write from before, nor by the system."""
    if connection.in_atomic_block:
        return
    if is_postgresql():
        for model in TOUCHED:
            execute(f"VACUUM ANALYZE {table(model)}")
        if is_superuser():
            execute("CHECKPOINT")
    else:
        execute("ANALYZE")
        execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()


def keep(run: Run) -> None:
    """What this run wrote is what the others are compared with."""
    for model in COMPARED:
        forget(model)
        execute(
            f"CREATE TABLE {kept(model)} AS SELECT {read(model)} FROM {table(model)} {its_rows(model)}",
            *of(model, run),
        )


def differences(run: Run, *, up_to: int | None = None) -> dict[str, int]:
    """How many rows of each table differ from those kept; up to a customer, if only so many were graded."""
    counts = {table(model): differing(model, run, up_to) for model in COMPARED}
    question = f"""SELECT count(*) FROM {table(Standing)} s JOIN {table(Grading)} g ON g.id = s.grading_id
                   WHERE g.run_id = %s AND g.customer_id = s.customer_id"""
    pointing = one(question, run.pk)
    graded = one(f"SELECT count(*) FROM {table(Grading)} WHERE run_id = %s", run.pk)
    return counts | {"standing → grading": graded - pointing}


def differing(model: Model, run: Run, up_to: int | None) -> int:
    until = "" if up_to is None else f" WHERE customer_id <= {up_to}"
    columns = ", ".join(written(model))
    before = f"SELECT {columns} FROM {kept(model)}{until}"
    now = f"SELECT {columns} FROM (SELECT {read(model)} FROM {table(model)} {its_rows(model)}) written{until}"
    lost = one(f"SELECT count(*) FROM ({before} EXCEPT {now}) lost", *of(model, run))
    new = one(f"SELECT count(*) FROM ({now} EXCEPT {before}) new", *of(model, run))
    return max(lost, new)


def written(model: Model) -> list[str]:
    return [f'"{name}"' for name in columns_of(model) if name not in NOT_COMPARED]


def read(model: Model) -> str:
    """The same with JSON in one form: SQLite keeps it as text."""
    texts = [field.column for field in model._meta.concrete_fields if isinstance(field, models.JSONField)]
    if is_postgresql():
        return ", ".join(written(model))
    return ", ".join(
        f"json({name}) AS {name}" if name.strip('"') in texts else name for name in written(model)
    )


def columns_of(model: Model) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


def its_rows(model: Model) -> str:
    return "" if model is Standing else "WHERE run_id = %s"


def of(model: Model, run: Run) -> tuple[int, ...]:
    return () if model is Standing else (run.pk,)


def forget(model: Model) -> None:
    execute(f"DROP TABLE IF EXISTS {kept(model)}")


def clear() -> None:
    """No table of ours stays behind."""
    execute("DROP TABLE IF EXISTS bench_start")
    for model in COMPARED:
        forget(model)


@contextmanager
def without_triggers() -> Iterator[None]:
    """What is appended only cannot be deleted otherwise."""
    if is_postgresql():
        off = [f"ALTER TABLE {table(model)} DISABLE TRIGGER USER" for model in TOUCHED]
        on = [statement.replace("DISABLE", "ENABLE") for statement in off]
    else:
        triggers = rows(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'tiering%%'"
        )
        off = [f'DROP TRIGGER "{name}"' for name, _words in triggers]
        on = [words.replace("%", "%%") for _name, words in triggers]
    for statement in off:
        execute(statement)
    try:
        yield
    finally:
        for statement in on:
            execute(statement)


# Asking the database


def table(model: Model) -> str:
    return model._meta.db_table


def kept(model: Model) -> str:
    return f"bench_{table(model)}"


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def is_superuser() -> bool:
    return bool(one("SELECT CASE WHEN usesuper THEN 1 ELSE 0 END FROM pg_user WHERE usename = current_user"))


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def rows(question: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())


def one(question: str, *values: Any) -> int:
    return int(rows(question, *values)[0][0])
