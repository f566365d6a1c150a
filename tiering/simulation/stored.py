"""Where a measured book is kept: in the database, in chunks, for all machines; on each machine that asks, in a file.

A chunk's columns are one matrix of 64-bit integers, little-endian, a row for each column of `counting.FIXED` and then
for each measure of the basis, compressed. The file is all of them side by side, as `numpy.load` maps it.
"""

import zlib
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from tiering.models import Basis
from tiering.simulation.counting import FIXED, Measured

DIRECTORY: Final = Path(settings.VAR_DIR) / "bases"
KIND: Final = "<i8"
FAST: Final = 1
"""How hard to compress: a third of the size is got at once."""


def packed(columns: NDArray[np.int64]) -> bytes:
    return zlib.compress(columns.astype(KIND).tobytes(), FAST)


def unpacked(data: bytes | memoryview, rows: int) -> NDArray[np.int64]:
    return np.frombuffer(zlib.decompress(data), KIND).reshape(rows, -1)


def opened(basis: Basis) -> Measured:
    """Mapped, not read: what many processes look at is in memory once."""
    path = DIRECTORY / f"{basis.token}.npy"
    if not path.exists():
        fetch(basis, path)
    if not basis.customers:  # nothing can be mapped
        return Measured(np.empty((len(FIXED) + len(basis.keys), 0), np.int64), basis.keys)
    return Measured(np.load(path, mmap_mode="r").view(np.ndarray), basis.keys)


def fetch(basis: Basis, path: Path) -> None:
    """From the database, a chunk at a time; whoever looks meanwhile sees no half of a file."""
    DIRECTORY.mkdir(exist_ok=True)
    drop_others()
    unfinished = path.with_suffix(f".{uuid4().hex}")
    shape = len(FIXED) + len(basis.keys), basis.customers
    try:
        if basis.customers:
            whole = np.lib.format.open_memmap(unfinished, "w+", np.dtype(KIND), shape)
            start = 0
            with transaction.atomic():
                chunks = (
                    basis.chunks.exclude(columns=None).order_by("first").values_list("columns", flat=True)
                )
                for data in chunks.iterator(chunk_size=1):
                    part = unpacked(data or b"", shape[0])
                    whole[:, start : start + part.shape[1]] = part
                    start += part.shape[1]
            whole.flush()
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def drop_others() -> None:
    """Files of bases that are no more."""
    known = set(Basis.objects.values_list("token", flat=True))
    for file in DIRECTORY.glob("*.npy"):
        if file.stem not in known:
            file.unlink(missing_ok=True)
