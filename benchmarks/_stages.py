"""Where the time of a chunk goes, without a line in the product: a second thread looks again and again at what the
first one is doing, and puts it down to the outermost function that has a name below."""

import linecache
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from django.utils import timezone

from benchmarks import _state
from tiering import regrade
from tiering.models import Chunk, Run

EVERY: Final = 0.001
RULES: Final = (
    ("tiering/publishing.py", "", "publish"),
    ("tiering/grading.py", "read", "aggregate the facts"),
    ("tiering/measures/", "", "aggregate the facts"),
    ("customers/services/", "", "aggregate the facts"),
    ("tiering/book.py", "grade", "score"),
    ("tiering/grading.py", "place", "read where they stood"),
    ("tiering/grading.py", "gradings", "write gradings"),
    ("tiering/grading.py", "movements", "find movements and their reasons"),
)


def of_chunks(run: Run, most: int = 10) -> tuple[int, dict[str, float]]:
    """Grade up to so many chunks here; how many it were, and seconds of each stage."""
    pks = list(Chunk.objects.filter(run=run).order_by("pk").values_list("pk", flat=True)[:most])
    with _state.alone(), watched() as stages:
        for pk in pks:
            regrade.grade_chunk(pk, at=timezone.now())
        seen = dict(stages())
    return len(pks), seen


@contextmanager
def watched() -> Iterator[Callable[[], dict[str, float]]]:
    """Gives a function that ends the watching and says how many seconds each stage had."""
    found: Counter[str] = Counter()
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(threading.get_ident(), found, over), daemon=True)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(EVERY / 2)
    started = time.perf_counter()

    def stages() -> dict[str, float]:
        took = time.perf_counter() - started
        over.set()
        watcher.join()
        looks = max(sum(found.values()), 1)
        return {stage: took * count / looks for stage, count in found.most_common()}

    watcher.start()
    try:
        yield stages
    finally:
        over.set()
        watcher.join()
        sys.setswitchinterval(interval)


def watch(thread: int, found: Counter[str], over: threading.Event) -> None:
    while not over.is_set():
        frame = sys._current_frames().get(thread)  # noqa: SLF001 - documented, for debuggers and the like
        if frame is not None:
            found[stage_of(frame)] += 1
        time.sleep(EVERY)


def stage_of(frame: FrameType | None) -> str:
    stages = []
    while frame is not None:
        if stage := named(frame):
            stages.append(stage)
        frame = frame.f_back
    if stages[-1:] == ["publish"] and len(stages) > 1:
        return stages[-2]
    return stages[-1] if stages else "the rest: claims, transactions, chunk rows"


def named(frame: FrameType) -> str:
    path, function = frame.f_code.co_filename, frame.f_code.co_name
    if path.endswith("tiering/publishing.py") and function == "publish":
        return publishing(linecache.getline(path, frame.f_lineno))
    if path.endswith("toolbox/bulk.py") and function.startswith("insert"):
        return f"write {words(frame.f_locals.get('model'))}"
    return next((stage for part, name, stage in RULES if part in path and name in {"", function}), "")


def publishing(line: str) -> str:
    """By the statement that is being executed."""
    return (
        "publish tier changes"
        if "CHANGES" in line
        else "publish standings"
        if "STANDINGS" in line
        else "publish"
    )


def words(model: Any) -> str:
    return {"Grading": "gradings", "Movement": "movements"}.get(getattr(model, "__name__", ""), "rows")
