"""The figures as tables, for the terminal and for docs/performance.md alike."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

Result = dict[str, Any]
DATABASES: Final = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
MEGABYTE: Final = 2**20


def of_one(result: Result) -> str:
    return "\n".join(["", title(result), "", *table(result), "", *notes(result)])


def summary(results: list[Result]) -> str:
    return "\n".join(["", *growth(results), "", *machines(results)])


def title(result: Result) -> str:
    return f"{DATABASES[result['database']]}, {result['customers']:,} customers, {result['orders']:,} orders"


def table(result: Result) -> Iterator[str]:
    yield "| way | seconds | against ours | customers/s | memory of a process | of a backend | same rows |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    own = result["ways"][0]["seconds"]
    for way in result["ways"]:
        name = way["name"]
        if graded := way.get("scaled_from"):
            name += f" (from {graded:,})"
        yield (
            f"| {name} | {way['seconds']:.2f} | {way['seconds'] / own:.2f} × | {way['customers'] / way['seconds']:,.0f} "
            f"| {megabytes(max(way['processes'].values(), default=0))} | {megabytes(way['backends'])} | {same(way)} |"
        )


def megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.0f} MB" if size else "–"


def same(way: Result) -> str:
    if way["differences"] is None:
        return "–"
    wrong = {name: count for name, count in way["differences"].items() if count}
    return ", ".join(f"{count:,} differ in {name}" for name, count in wrong.items()) or "yes"


def notes(result: Result) -> Iterator[str]:
    way = result["ways"][0]
    yield f"* {result['movements']:,} movements; chunks: {result['chunks']}; the book was made in {result['made']:.0f} s."
    if way["publishing"] is not None:
        processes = ", ".join(f"{name} {megabytes(size)}" for name, size in way["processes"].items())
        yield (
            f"* From the start to published {way['started_to_published']:.2f} s; publishing {way['publishing']:.2f} s of "
            f"it. Peak memory: {processes}."
        )
    stages, chunks = result["stages"]["seconds"], result["stages"]["chunks"]
    everything = sum(stages.values())
    parts = "; ".join(f"{name} {s:.2f} s ({s / everything:.0%})" for name, s in stages.items())
    yield f"* In one process, {everything:.2f} s for chunks: {chunks}; {parts}."
    preview, again = result["preview"], result["again"]
    yield (
        f"* One customer's preview: p95 {preview['p95']:.1f} ms, median {preview['median']:.1f} ms; the facts alone, in "
        f"one query, p95 {preview['facts_p95']:.1f} ms, median {preview['facts_median']:.1f} ms."
    )
    kind = "changes nothing" if again["is_nothing"] else "CHANGES SOMETHING"
    yield (
        f"* A finished run worked off again {kind}, {again['seconds']:.2f} s. A start for the same day: {again['start']} "
        f"({again['start_seconds']:.2f} s)."
    )


def growth(results: list[Result]) -> Iterator[str]:
    for database, name in DATABASES.items():
        own = [result for result in results if result["database"] == database]
        for small, large in pairwise(own):
            a, b = small["ways"][0], large["ways"][0]
            memory = max(b["processes"].values()) / max(a["processes"].values())
            yield (
                f"{name}: {b['customers'] / a['customers']:.0f} × the customers took ours {b['seconds'] / a['seconds']:.1f} × "
                f"the time and {memory:.2f} × the memory of the largest process."
            )


def machines(results: list[Result]) -> Iterator[str]:
    known: dict[str, str] = {}
    for result in results:
        known |= result["machine"]
    yield from (f"* {name}: {value}" for name, value in known.items())


def write(path: Path, command: str, results: list[Result]) -> None:
    """For each database, between two marks of its own; what else stands in the file stays."""
    for database, name in DATABASES.items():
        if own := [result for result in results if result["database"] == database]:
            put_between_marks(path, database, "\n".join(section(name, command, own)))


def section(name: str, command: str, results: list[Result]) -> Iterator[str]:
    yield from (f"### On {name}", "", f"Measured on {datetime.now(UTC):%Y-%m-%d} by `{command}`.", "")
    yield from (*machines(results), "", *growth(results), "")
    for result in results:
        yield from (f"#### {title(result)}", "", *table(result), "", *notes(result), "")


def put_between_marks(path: Path, database: str, text: str) -> None:
    begins, ends = (
        f"<!-- regrade, {database}: written by the command -->",
        f"<!-- regrade, {database}: end -->",
    )
    before, found, rest = path.read_text().partition(begins)
    after = rest.partition(ends)[2] if found else "\n"
    path.write_text(f"{before.rstrip()}\n\n{begins}\n{text}{ends}{after}")
