"""One book, measured in every way that was asked for."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import _book, _machine, _ours, _sql, _stages, _state
from customers.models import Customer, Order
from tiering import queries, regrade
from tiering.models import Chunk, Grading, Movement, Run, Scheme

ROOT: Final = Path(__file__).resolve().parent.parent
LOOPED: Final = 20_000
"""The Django loop takes minutes: of a larger book it grades so many, and its time is scaled."""
NAMES: Final = {
    "ours": "ours",
    "sql": "(a) hand-written SQL",
    "loop": "(b) Django loop",
    "frames": "(c) pandas",
}


def everything(customers: int, *, yardsticks: str, rounds: int) -> dict[str, Any]:
    made, first = make(customers)
    found: dict[str, Any] = {
        "machine": _machine.described(),
        "database": connection.vendor,
        "customers": customers,
        "orders": Order.objects.count(),
        "made": made,
        "ways": [ours(first, rounds)],
    }
    run = Run.objects.latest("pk")
    found |= {"movements": Movement.objects.filter(run=run).count(), "chunks": run.chunk_count}
    found |= {"preview": preview(), "again": again(run)}
    if "a" in yardsticks:
        found["ways"].append(yardstick("sql", first, rounds=rounds))
    if "b" in yardsticks:
        found["ways"].append(yardstick("loop", first, most=LOOPED))
    if "c" in yardsticks and _state.is_postgresql():
        found["ways"].append(yardstick("frames", first))
    _state.restore(first)
    chunks, stages = _stages.of_chunks(_state.start())
    found["stages"] = {"chunks": chunks, "seconds": stages}
    _state.clear()
    return found


def make(customers: int) -> tuple[float, Run]:
    """Seconds for a new book, and the run that graded it first."""
    call_command("migrate", verbosity=0)
    if Customer.objects.exists():
        raise SystemExit("There are customers in this database already.")
    if _state.is_postgresql():
        calm_down()
    started = time.perf_counter()
    _book.make(customers, people=False)
    made = time.perf_counter() - started
    started = time.perf_counter()
    first = _state.first_grading()
    graded = time.perf_counter() - started
    told(f"book of {customers:,} made in {made:.1f} s, first graded in {graded:.1f} s in one process")
    return made, first


def one_round(what: str, customers: int) -> float:
    """Seconds to make the book, or to re-grade the one that is there in one of the ways."""
    if what == "make":
        return make(customers)[0]
    _state.restore(Run.objects.earliest("pk"))
    if what == "ours":
        return _ours.by_workers()[1].seconds
    return alone(what, _state.start()).seconds


def calm_down() -> None:
    """Nothing of PostgreSQL's own begins in the middle of a measurement. The server is thrown away afterwards."""
    for setting in ("max_wal_size = '4GB'", "checkpoint_timeout = '1h'", "autovacuum = off"):
        _state.execute(f"ALTER SYSTEM SET {setting}")
    _state.execute("SELECT pg_reload_conf()")


def ours(first: Run, rounds: int) -> dict[str, Any]:
    """A round before the first is not counted: whoever is measured finds the book in memory, as in a server in use."""
    took = []
    for n in range(rounds + 1):
        _state.restore(first)
        if _state.is_postgresql():
            run, one = _ours.by_workers()
        else:
            run = _state.start()
            one = alone("ours", run)
        if n == 0:
            told(f"ours, not counted: {one.seconds:.2f} s")
            _state.keep(run)
        else:
            took.append(one)
    one = middle(took)
    told(f"ours: {one.seconds:.2f} s")
    return asdict(one) | {"name": NAMES["ours"], "differences": None}


def middle(took: list[_ours.Took]) -> _ours.Took:
    return sorted(took, key=lambda one: one.seconds)[len(took) // 2]


def yardstick(way: str, first: Run, *, rounds: int = 1, most: int | None = None) -> dict[str, Any]:
    took = []
    run, part = None, None
    for _n in range(rounds):
        _state.restore(first)
        run = _state.start()
        part = part_of(run, most)
        took.append(alone(way, run, chunks=len(part)) if part else alone(way, run))
    assert run is not None  # at least one round
    differences = _state.differences(run, up_to=max(part) if part else None)
    one = middle(took)
    told(f"{NAMES[way]}: {one.seconds:.2f} s; differences {differences}")
    found = asdict(one) | {"name": NAMES[way], "differences": differences}
    if part:
        graded = Grading.objects.filter(run=run).count()
        scale = run.customers / graded
        found |= {"seconds": one.seconds * scale, "scaled_from": graded}
    return found | {"customers": run.customers}


def part_of(run: Run, most: int | None) -> list[int]:
    """The last customers of the first chunks, so many that no more than `most` are graded; none for all of them."""
    if most is None or run.customers <= most:
        return []
    chunks = Chunk.objects.filter(run=run).order_by("pk").values_list("last", "customers")
    return [last for last, _size in chunks[: max(1, most // regrade.CHUNK_SIZE)]]


def alone(way: str, run: Run, *, chunks: int | None = None) -> _ours.Took:
    """In a process of its own, watched from here."""
    command = [
        sys.executable,
        "-m",
        "benchmarks._alone",
        way,
        str(run.pk),
        *([str(chunks)] if chunks else []),
    ]
    with _ours.watched_backends() as backends:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3_000:])
    told_us = json.loads(done.stdout.splitlines()[-1])
    if told_us["state"] != Run.State.PUBLISHED:
        raise RuntimeError(f"{way}: the run is {told_us['state']}: {told_us['error']}")
    return _ours.Took(told_us["seconds"], run.customers, {"process": told_us["memory"]}, backends.most)


def preview(many: int = 200) -> dict[str, float]:
    """Milliseconds of one customer's preview, and of nothing but reading the facts."""
    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    pks = pks[:: max(1, len(pks) // many)][:many]
    now = timezone.now()
    script = _sql.Script.of(Run.objects.select_related("version").latest("pk"))
    customers = Customer.objects.select_related("standing").in_bulk(pks)
    previews = [timed(partial(queries.preview, customers[pk], at=now)) for pk in pks]
    facts = [timed(partial(_state.rows, script.raw(pk, pk))) for pk in pks]
    told(f"preview of one customer: p95 {p95(previews):.1f} ms, its facts alone {p95(facts):.1f} ms")
    return {
        "p95": p95(previews), "median": statistics.median(previews),
        "facts_p95": p95(facts), "facts_median": statistics.median(facts),
    }  # fmt: skip


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def timed(ask: Callable[[], object]) -> float:
    started = time.perf_counter()
    ask()
    return 1_000 * (time.perf_counter() - started)


def again(run: Run) -> dict[str, Any]:
    """The same run worked off once more, every message twice; and a start for the same day, taken back."""
    before = Grading.objects.count()
    with _state.alone():
        seconds = timed(lambda: regrade.work_off(run)) / 1_000
        for pk in Chunk.objects.filter(run=run).values_list("pk", flat=True)[:100]:
            seconds += timed(partial(regrade.grade_chunk, pk, at=timezone.now())) / 1_000
        is_nothing = Grading.objects.count() == before
        started = time.perf_counter()
        with transaction.atomic():
            started_again = start_again(run)
            transaction.set_rollback(True)
    return {
        "seconds": seconds, "is_nothing": is_nothing, "start_seconds": time.perf_counter() - started,
        "start": started_again,
    }  # fmt: skip


def start_again(run: Run) -> str:
    try:
        anew = regrade.start(
            Scheme.objects.get(pk=run.scheme_id),
            as_of=run.as_of,
            trigger=Run.Trigger.COMMAND,
            at=timezone.now(),
        )
    except regrade.RefusedError as refused:
        return f"refused: {refused}"
    return "the published run is the answer" if anew.pk == run.pk else "a new run, with the facts of now"


def told(text: str) -> None:
    print(f"  {text}", flush=True)
