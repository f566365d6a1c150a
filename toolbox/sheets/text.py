"""A list as CSV: UTF-8 with its mark, so that Excel takes it for what it is, and nothing in it runs as a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any, Final

from django.utils import timezone

from toolbox.sheetfiles.guarding import guarded
from toolbox.sheetfiles.texts import kept_text
from toolbox.sheets.rendering import decimal, score
from toolbox.sheets.writing import Column, Kind

AT_ONCE: Final = 500


def write_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, stream: IO[bytes]) -> int:
    """Write the rows and say how many they are, the header not counted."""
    kept = io.StringIO(newline="")
    writer = csv.writer(kept)
    write = [_TEXTS[column.kind] for column in columns]
    stream.write(b"\xef\xbb\xbf")
    writer.writerow([guarded(kept_text(column.header)) for column in columns])
    count = 0
    left = iter(rows)
    while batch := list(islice(left, AT_ONCE)):
        for row in batch:
            writer.writerow(
                ["" if value is None else one(value) for one, value in zip(write, row, strict=True)]
            )
        count += len(batch)
        _hand_over(kept, stream)
    _hand_over(kept, stream)
    return count


def _hand_over(kept: io.StringIO, stream: IO[bytes]) -> None:
    stream.write(kept.getvalue().encode())
    kept.seek(0)
    kept.truncate()


def _percent(basis_points: int) -> str:
    return f"{decimal(basis_points, 2)}%"


def _date(value: date) -> str:
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return day.isoformat()


_TEXTS: Final[dict[Kind, Callable[[Any], str]]] = {
    "text": lambda value: guarded(kept_text(str(value))),
    "integer": str,
    "money": lambda fen: decimal(fen, 2),
    "percent": _percent,
    "date": _date,
    "datetime": lambda value: timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S"),
    "score": score,
}
