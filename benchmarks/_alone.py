"""One way to grade in a process of its own, so that its peak memory is its own: `python -m benchmarks._alone WAY RUN`.

Prints what it took as a line of JSON.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Final

WAYS: Final = {"sql": "benchmarks._sql", "loop": "benchmarks._loop", "frames": "benchmarks._frames"}


def main(way: str, pk: str, chunks: str = "") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django  # noqa: PLC0415 - after the environment

    django.setup()
    from tiering.models import Run  # noqa: PLC0415

    run = Run.objects.get(pk=pk)
    if way == "ours":
        seconds = ours(run)
    elif chunks:
        seconds = importlib.import_module(WAYS[way]).run(run, chunks=int(chunks))
    else:
        seconds = importlib.import_module(WAYS[way]).run(run)
    run.refresh_from_db()
    print(
        json.dumps(
            {"seconds": seconds, "memory": peak_memory(os.getpid()), "state": run.state, "error": run.error}
        )
    )


def ours(run: "Run") -> float:  # type: ignore[name-defined] # noqa: F821
    """The product in one process, as a command does it."""
    from benchmarks import _state  # noqa: PLC0415
    from tiering import regrade  # noqa: PLC0415

    with _state.alone():
        started = time.perf_counter()
        regrade.work_off(run)
        return time.perf_counter() - started


def peak_memory(pid: int) -> int:
    """Bytes that a process had at most; 0 where nobody can tell."""
    return from_status(pid, "VmHWM")


def from_status(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1_024 for line in lines if line.startswith(f"{name}:")), 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
