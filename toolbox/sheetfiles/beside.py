"""Work that goes on in a second process while this one reads; on one core it only takes its turn."""

import ctypes
import marshal
import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from toolbox.sheetfiles.refusals import RefusedError

_DIE_WITH_PARENT: Final = 1
CAN_FORK: Final = sys.platform == "linux"
"""Elsewhere a file cannot be opened a second time by its descriptor."""


def die_with(parent: int) -> None:
    """This process ends with the one that started it, however that comes to its end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it died before it could be watched
            os._exit(1)


def begun(work: Callable[[IO[bytes]], Any], stream: IO[bytes]) -> Callable[[], Any]:
    """Starts the work on a file; who calls what is returned waits for its end. It returns what marshal can write.

    A refusal in the work is raised by the call. Call it once at least, so that nothing goes unsaid.
    """
    if not CAN_FORK:
        return cache(lambda: work(stream))
    mine, its = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _work(work, stream, its, parent)
    os.close(its)
    return cache(lambda: _result(pid, mine))


def _work(work: Callable[[IO[bytes]], Any], stream: IO[bytes], its: int, parent: int) -> None:
    """In the second process. It opens the file anew: a forked descriptor would share its place in it."""
    code = 1
    try:
        die_with(parent)
        with Path(f"/proc/self/fd/{stream.fileno()}").open("rb") as own, open(its, "wb") as answer:
            try:
                said = {"result": work(own)}
            except RefusedError as refused:
                said = {"refused": refused.word, "values": refused.values}
            answer.write(marshal.dumps(said))
        code = 0
    finally:
        os._exit(code)


def _result(pid: int, mine: int) -> Any:
    with open(mine, "rb") as answer:
        data = answer.read()
    _pid, status = os.waitpid(pid, 0)
    if status:
        raise MemoryError if os.waitstatus_to_exitcode(status) == 1 else RefusedError("damaged")
    said = marshal.loads(data)  # noqa: S302 - our own process
    if "refused" in said:
        raise RefusedError(said["refused"], **said["values"])
    return said["result"]
