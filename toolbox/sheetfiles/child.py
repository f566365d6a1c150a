"""The process that reads one file: limits first, then the file from its standard input, rows to its standard output.

It inherits nothing else, imports no Django and dies with whoever started it.
"""

import errno
import gc
import json
import os
import resource
import sys
from typing import Any, Final

from toolbox.sheetfiles import beside
from toolbox.sheetfiles.limits import MEGABYTE, Limits

OUT_OF_MEMORY: Final = 97
OUT_OF_DISK: Final = 98
"""How the process ends when it cannot say so any more."""
_GRACE: Final = 2
"""Seconds of computing between the limit and the end of patience."""


def main() -> None:
    options: dict[str, Any] = json.loads(sys.argv[1])
    limits = Limits(**options["limits"])
    confine(limits, parent=options["parent"])
    gc.disable()  # nothing here runs in circles, and looking for some takes a tenth of the time
    try:
        run(options, limits)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except OSError as error:
        if error.errno not in {errno.EFBIG, errno.ENOSPC}:
            raise
        os._exit(OUT_OF_DISK)
    os._exit(0)  # nothing is worth the time of tidying up


def run(options: dict[str, Any], limits: Limits) -> None:
    with open(0, "rb", closefd=False) as source, open(1, "wb", closefd=False) as target:
        if options["job"] == "mark":
            sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would load it, for nothing
            from toolbox.sheetfiles import marking  # noqa: PLC0415 - openpyxl takes its time

            marking.run(source, target, options, limits)
        else:
            from toolbox.sheetfiles import reading  # noqa: PLC0415 - after the limits

            reading.run(source, target, options, limits)


def confine(limits: Limits, *, parent: int) -> None:
    """What this process may take; and an end with its parent, however that comes."""
    memory = limits.memory_megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + _GRACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    largest = 2 * limits.unpacked_megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    beside.die_with(parent)
