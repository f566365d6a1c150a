"""Reading a book that goes on living."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from toolbox import bulk


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything that is read inside is of one moment, and nobody waits for it. Inside a transaction: of that."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            bulk.plan_for_many()
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")  # Django's own would lock out whoever writes
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
