"""How much of a file is read, and what may be spent on it."""

from dataclasses import dataclass
from typing import Final

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    megabytes: int = 20
    """Of the file as it was sent."""
    unpacked_megabytes: int = 400
    rows: int = 50_000
    """That are not blank."""
    columns: int = 200
    characters: int = 32_767
    """Of one cell; no workbook holds more."""
    memory_megabytes: int = 300
    """Of the process that reads the file."""
    seconds: int = 30
    """Until the file must be read, and of computing time."""
