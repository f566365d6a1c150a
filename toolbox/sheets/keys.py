"""The key of a row that goes out to be edited: which record it is, what it said, when it was taken, by whom.

A key is a cell of the row, so it goes wherever the row goes: sorted, filtered, copied into another workbook. It is
sealed, encrypted and signed with the secret of this installation: nobody makes one up, and whoever deletes a column
before passing the sheet on has not left its values in the hidden one.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from toolbox.sealing import box
from toolbox.sheetfiles.texts import kept_text
from toolbox.sheets.headers import plain_header

HEADER: Final = "tierbook.key"
"""Of the hidden column, in every language."""
LONGEST_KEPT: Final = 300
"""Characters of a text that a key keeps; of a longer one it keeps the beginning, and a digest by which it is known."""
START_KEPT: Final = 60
PURPOSE: Final = "row keys"
LONGEST_KEY: Final = 32_767


@dataclass(frozen=True, slots=True)
class Long:
    """A text that was too long to keep."""

    digest: str
    start: str


@dataclass(frozen=True, slots=True)
class Key:
    kind: str
    pk: int
    by: int
    """Who exported the row."""
    at: datetime
    was: Mapping[str, Any]
    """What its cells said: text, whole number, truth, nothing, or `Long`."""


def seal(kind: str, pk: int, was: Mapping[str, Any], *, by: int, at: datetime) -> str:
    kept = {name: _kept(value) for name, value in was.items()}
    said = [kind, pk, by, int(at.timestamp()), kept]
    packed = zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), 1)
    return box(PURPOSE).encrypt(packed).decode()


def unseal(text: str) -> Key | None:
    """None where it is no key of ours: forged, damaged, of another installation."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as in `toolbox.sealing`

    if len(text) > LONGEST_KEY or not text.isascii():
        return None
    try:
        kind, pk, by, at, kept = json.loads(zlib.decompress(box(PURPOSE).decrypt(text.strip().encode())))
    except (InvalidToken, ValueError, zlib.error):
        return None
    was = {name: Long(*value) if isinstance(value, list) else value for name, value in kept.items()}
    return Key(kind, pk, by, datetime.fromtimestamp(at, UTC), was)


def is_header(text: str) -> bool:
    return plain_header(text) == plain_header(HEADER)


def says(was: Any, value: Any) -> bool:
    """Whether a text is the one that a key has only the digest of."""
    return isinstance(was, Long) and isinstance(value, str) and _digest(value) == was.digest


def shown(was: Any) -> Any:
    """What of it can be said."""
    return f"{was.start}…" if isinstance(was, Long) else was


def on_lines(text: str) -> str:
    """As a sheet gives a text back: without what no cell can hold, lines ending in one way, no spaces at the ends."""
    return kept_text(text).strip()


def _kept(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_KEPT:
        return [_digest(value), value[:START_KEPT]]
    return value


def _digest(text: str) -> str:
    return blake2b(on_lines(text).encode(), digest_size=16).hexdigest()
