"""Whether pages and re-grades stay as fast with years of history: `./run bench history [--runs 40]`.

Makes a book on a throw-away PostgreSQL, grades it once, measures the pages that show history and one chunk of a
re-grade; then adds earlier re-grades, copies of the first with one customer in seven moved, and measures again.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks import pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    pages.set_up("benchmarks.history")
    pages.prepare(options.customers)
    print("-- with one re-grade")
    young = pages.measure(options.rounds, history_pages) | {"a chunk of a re-grade": chunk()}
    started = time.perf_counter()
    for age in range(1, options.runs):
        add_a_run(age)
    vacuum()
    print(f"-- with {options.runs} ({size_of_history()}, added in {time.perf_counter() - started:.0f} s)")
    old = pages.measure(options.rounds, history_pages) | {"a chunk of a re-grade": chunk()}
    print(f"{'':34} {'1':>8} {options.runs:>8} {'ratio':>8}   (median ms)")
    for name, before in young.items():
        print(f"{name:34} {before:8.1f} {old[name]:8.1f} {old[name] / before:8.2f}")


def history_pages(browser: pages.Browser) -> dict[str, pages.Page]:
    from customers.models import Customer  # noqa: PLC0415
    from tiering.models import Run  # noqa: PLC0415

    pks = list(Customer.objects.active().order_by("pk").values_list("pk", flat=True)[::997])
    run = Run.objects.published().earliest("pk")

    def asked(path: Callable[[int], str], shown: str, **headers: str) -> pages.Page:
        return pages.Page(lambda n: browser.get(path(n), **headers), lambda answer, _n: shown in answer)

    return {
        "customer page": asked(lambda n: f"/customers/{pks[n % len(pks)]}/", "王经理"),
        "its grading panel": asked(
            lambda n: f"/customers/{pks[n % len(pks)]}/grading/", "Tier history", HX_Request="true"
        ),
        "re-grades": asked(lambda _n: "/regrades/", run.period),
        "a re-grade": asked(lambda _n: f"/regrades/{run.pk}/", "Who moved where"),
        "tier changes": asked(lambda _n: "/tier-changes/", "row-link reason"),
        "tier changes of a re-grade": asked(lambda _n: f"/tier-changes/?run={run.pk}", "row-link reason"),
        "list, by score": asked(lambda _n: "/customers/?sort=-score", "K0"),
    }


def chunk() -> float:
    """The median milliseconds of grading ten thousand customers, in one process; nothing of it stays."""
    from datetime import timedelta  # noqa: PLC0415

    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks._book import LAST  # noqa: PLC0415
    from tiering import grading, regrade  # noqa: PLC0415
    from tiering.models import Run, Scheme  # noqa: PLC0415

    scheme = Scheme.objects.get(is_default=True)
    taken = []
    with transaction.atomic():
        run = regrade.start(
            scheme, as_of=LAST + timedelta(days=30), trigger=Run.Trigger.COMMAND, at=timezone.now()
        )
        for part in run.chunks.select_related("run").order_by("first")[:9]:
            started = time.perf_counter()
            grading.grade(part)
            taken.append(1_000 * (time.perf_counter() - started))
        transaction.set_rollback(True)
    return sorted(taken)[len(taken) // 2]


def add_a_run(age: int) -> None:
    """As it could have been `age` quarters earlier."""
    from tiering.models import Grading, Run, TierChange  # noqa: PLC0415
    from toolbox.calendars import months_before  # noqa: PLC0415

    first = Run.objects.published().earliest("pk")
    run = Run.objects.get(pk=first.pk)
    run.pk, run._state.adding = None, True  # noqa: SLF001 - a copy
    run.as_of = months_before(first.as_of, 3 * age)
    run.save()
    copy(Grading, run_id=run.pk, where=f"run_id = {first.pk}")
    copy(
        TierChange,
        run_id=run.pk,
        effective_on=f"'{run.as_of}'",
        where=f"run_id = {first.pk} AND customer_id %% 7 = {age % 7}",
    )


def copy(model: Any, *, where: str, **changed: object) -> None:
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    listed = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join(str(changed.get(column, f'"{column}"')) for column in columns)
    table = model._meta.db_table
    execute(f"INSERT INTO {table} ({listed}) SELECT {taken} FROM {table} WHERE {where} ORDER BY id")


def execute(sql: str) -> Any:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(sql, [])
        return cursor.fetchall() if cursor.description else None


def vacuum() -> None:
    execute("VACUUM ANALYZE")


def size_of_history() -> str:
    [[rows, size]] = execute(
        "SELECT count(*), pg_size_pretty(pg_total_relation_size('tiering_grading')) FROM tiering_grading"
    )
    return f"{rows:,} gradings, {size} with their indexes"


if __name__ == "__main__":
    main()
