"""Two people at the same row in the same moment, on PostgreSQL."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections, transaction

T = TypeVar("T")


def race(first: Callable[[], object], second: Callable[[], T]) -> T:
    """`second` runs into `first`, which has not committed yet, and goes on when it has. What it gives or raises."""

    def on_its_own_connection() -> T:
        try:
            return second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            other = pool.submit(on_its_own_connection)
            wait_until_somebody_waits()
        return other.result(30)


def wait_until_somebody_waits() -> None:
    until = time.monotonic() + 30
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone() == (True,):
                return
            assert time.monotonic() < until, "nobody waits: the two do not meet"
            time.sleep(0.02)
