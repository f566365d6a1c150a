"""A file of strangers is opened in a process of its own: whatever it does, we get its rows or a sentence."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

from toolbox.sheetfiles import child
from toolbox.sheetfiles.limits import MEGABYTE, Limits
from toolbox.sheetfiles.spool import Spool
from toolbox.sheets.cells import SheetError
from toolbox.sheets.refusals import sentence

logger = logging.getLogger(__name__)

ROOT: Final = Path(__file__).resolve().parent.parent.parent
_START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from toolbox.sheetfiles.child import main; main()"
_PIECE: Final = MEGABYTE


def kept(stream: IO[bytes], limits: Limits) -> IO[bytes]:
    """The file in a place of our own, without a name, so that nothing else moves in it. SheetError where it is too large."""
    with ExitStack() as opened:
        file = opened.enter_context(tempfile.TemporaryFile())
        stream.seek(0)
        left = limits.megabytes * MEGABYTE
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise SheetError(sentence("size", {"limit": limits.megabytes}))
            file.write(piece)
        if not file.tell():
            raise SheetError(sentence("empty", {}))
        file.flush()
        opened.pop_all()  # it goes with whoever asked
    return file


def run(stream: IO[bytes], limits: Limits, **options: Any) -> tuple[Spool, dict[str, Any]]:
    """What the process left, and what it said of it. SheetError when it refused the file or came to grief."""
    with kept(stream, limits) as file:
        return run_on(file, limits, **options)


def run_on(file: IO[bytes], limits: Limits, **options: Any) -> tuple[Spool, dict[str, Any]]:
    file.seek(0)
    with tempfile.TemporaryFile() as target, tempfile.TemporaryFile() as errors:
        spool = Spool(os.dup(target.fileno()))
        code = _wait(_started(file, target, errors, limits, options), limits)
        errors.seek(0)
        said = spool.said() if code == 0 else None
        if said is None:
            raise SheetError(_misfortune(code, errors.read(100_000).decode(errors="replace"), limits))
    if "refused" in said:
        raise SheetError(sentence(said["refused"], said["values"]))
    return spool, said


def _started(
    file: IO[bytes], target: IO[bytes], errors: IO[bytes], limits: Limits, options: dict[str, Any]
) -> "subprocess.Popen[bytes]":
    told = {"limits": asdict(limits), "parent": os.getpid(), **options}
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-I", "-X", "utf8", "-c", _START, json.dumps(told)],
        stdin=file,
        stdout=target,
        stderr=errors,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _wait(process: "subprocess.Popen[bytes]", limits: Limits) -> int:
    """Its exit code; whatever happens here, it does not go on."""
    try:
        return process.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()


def _misfortune(code: int, errors: str, limits: Limits) -> str:
    """What to say of a process that did not come to its end."""
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return sentence("time", {"limit": limits.seconds})
    if code == child.OUT_OF_DISK:
        return sentence("unpacked", {"limit": limits.unpacked_megabytes})
    if code == child.OUT_OF_MEMORY or "memory allocation" in errors or "capacity overflow" in errors:
        return sentence("memory", {"limit": limits.memory_megabytes})
    logger.warning("A sheet could not be read; its process ended with %s: %s", code, errors[-3_000:])
    return sentence("crashed", {})
