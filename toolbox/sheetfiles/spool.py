"""How rows get from the process that reads a file to the one that asked: through a file, in batches.

The reading process is over before the first row is used, whoever uses them may take his time and ask again.
A batch is (row numbers, rows, columns that hold tuples); a cell is None, a text, a number, a truth, or a tuple where marshal
knows no type.
"""

import marshal
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import zip_longest
from typing import IO, Any, Final

from toolbox.sheetfiles.cells import Amount, Broken, Padded, Percent, Serial1904, Value

BATCH: Final = 1_000
DAY: Final = timedelta(days=1)
MICROSECOND: Final = timedelta(microseconds=1)
_TRAILER: Final = struct.Struct("<QQ")

Place = tuple[int, int]
"""Where a batch lies: offset and length."""
Code = tuple[Any, ...]


class TooLongError(ValueError):
    """The text of a cell; whoever knows the row says so, and the column where it is known."""

    column: int | None = None


def encoded(value: Any) -> Any:
    """What marshal cannot write, as a tuple; whatever else as it is. Of texts only those come here that are too long."""
    kind = type(value)
    if kind is str:
        raise TooLongError(len(value))
    if kind is date:
        return ("d", value.toordinal())
    if kind is datetime:
        return ("m", value.toordinal(), (value - datetime.combine(value, time.min)) // MICROSECOND)
    if kind is time:
        return ("t", ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)
    if kind is timedelta:
        return ("e", value // MICROSECOND)
    return value


@lru_cache(maxsize=50_000)
def decoded(code: Code) -> Value:
    return _DECODERS[code[0]](*code[1:])


_DECODERS: Final[dict[str, Callable[..., Value]]] = {
    "d": date.fromordinal,
    "m": lambda day, micros: datetime.combine(date.fromordinal(day), time.min) + micros * MICROSECOND,
    "t": lambda micros: (datetime.min + micros * MICROSECOND).time(),  # noqa: DTZ901 - cells know no zones
    "e": lambda micros: micros * MICROSECOND,
    "%": Percent,
    "$": Amount,
    "0": Padded,
    "4": Serial1904,
    "!": lambda text: Broken("error", text),
    "=": lambda text: Broken("formula", text),
    "?": lambda text: Broken("day", text),
}


class Writer:
    """Rows of one sheet after the other, then what is to be said of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.at = 0
        self.places: list[Place] = []
        self._numbers: list[int] = []
        self._rows: list[list[Any]] = []

    def add(self, number: int, row: list[Any]) -> None:
        self._numbers.append(number)
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self._flush()

    def end_of_sheet(self) -> list[Place]:
        self._flush()
        places, self.places = self.places, []
        return places

    def add_bytes(self, data: bytes) -> Place:
        place = (self.at, len(data))
        self.file.write(data)
        self.at += len(data)
        return place

    def close(self, said: dict[str, Any]) -> None:
        at, length = self._write(said)
        self.file.write(_TRAILER.pack(at, length))
        self.file.flush()

    def _flush(self) -> None:
        if self._rows:
            columns = enumerate(zip_longest(*self._rows))
            coded = [at for at, cells in columns if tuple in set(map(type, cells))]
            self.places.append(self._write((self._numbers, self._rows, coded)))
            self._numbers, self._rows = [], []

    def _write(self, thing: Any) -> Place:
        return self.add_bytes(marshal.dumps(thing))


class Spool:
    """What a reading process left, in a file that has no name and goes with this object."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)

    def said(self) -> dict[str, Any] | None:
        """None where the process did not come to its end."""
        size = os.fstat(self.descriptor).st_size
        if size < _TRAILER.size:
            return None
        at, length = _TRAILER.unpack(os.pread(self.descriptor, _TRAILER.size, size - _TRAILER.size))
        if at + length + _TRAILER.size != size:
            return None
        found: dict[str, Any] = marshal.loads(self.content((at, length)))  # noqa: S302 - our own process
        return found

    def content(self, place: Place) -> bytes:
        at, length = place
        return os.pread(self.descriptor, length, at)

    def rows(self, places: Sequence[Place]) -> Iterator[tuple[int, list[Value]]]:
        for place in places:
            numbers, rows, coded = marshal.loads(self.content(place))  # noqa: S302 - as above
            for number, row in zip(numbers, rows, strict=True):
                for at in coded:
                    if at < len(row) and type(row[at]) is tuple:
                        row[at] = decoded(row[at])
                yield number, row
