"""How long PostgreSQL waits within a transaction, for locks or for us. SQLite has its own limit for everything."""

from datetime import timedelta

from django.db import connection


def one_snapshot() -> None:
    """First thing in a transaction: everything it reads on PostgreSQL is of one moment, as it is on SQLite.

    What somebody else changes meanwhile and it wants to change too is an OperationalError. Within a transaction
    that has begun before there is nothing to be done.
    """
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def limit(*, idle: timedelta | None = None, lock: timedelta | None = None) -> None:
    """For the rest of this transaction.

    A process that is frozen or cut off would hold its locks for ever: after `idle` without a word the database
    ends its session. A statement that waits longer than `lock` for somebody else fails; 0 is for ever.
    """
    if connection.vendor != "postgresql":
        return
    limits = {"idle_in_transaction_session_timeout": idle, "lock_timeout": lock}
    with connection.cursor() as cursor:
        for name, time in limits.items():
            if time is not None:
                cursor.execute(
                    "SELECT set_config(%s, %s, true)", [name, str(time // timedelta(milliseconds=1))]
                )
