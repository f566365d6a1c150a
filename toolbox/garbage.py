"""Python's collector of garbage, for processes that load much and then run for long."""

import gc
from typing import Final

NEW_OBJECTS: Final = 50_000
"""So many, not 700, before it looks: rows by the thousand make no circles."""


def settle() -> None:
    """What is loaded by now stays: looking through all of it, again and again, took half the time of an import."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
