"""Reading what people send. The suffix is not trusted, nor what the file says of its own size."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, Final

import python_calamine
from django.utils.translation import gettext_lazy as _

from toolbox.sheets import delimited, packed
from toolbox.sheets.cells import SheetError, Value
from toolbox.sheets.limits import MEGABYTE, Limits, refuse_if

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True)
class Row:
    number: int
    """As the person sees it: the first row is 1."""
    values: list[Value]
    """From column A to the last one that is not empty; empty cells are None."""


@dataclass(frozen=True)
class Sheet:
    name: str
    _read: Callable[[], Iterator[list[Value]]] = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows that are not empty. May be asked again; SheetError if the file turns out broken."""
        for number, values in enumerate(self._read(), start=1):
            while values and values[-1] is None:
                values.pop()
            if values:
                yield Row(number, values)


def read(stream: IO[bytes], *, name: str, limits: Limits | None = None) -> list[Sheet]:
    """The visible sheets of a workbook (xlsx, xls) or the one of a CSV file (plain or gzipped).

    `name` is the file's, for the sheet of a CSV. `stream` stays open and must outlive the sheets.
    """
    limits = limits or Limits()
    stream.seek(0, 2)
    is_too_large = stream.tell() > limits.megabytes * MEGABYTE
    refuse_if(is_too_large, _("The file is larger than %(limit)s MB."), limits.megabytes)
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise SheetError(_("The file is empty."))
    if start.startswith(_ZIP):
        packed.check(stream, limits)
        return _workbook(stream, limits)
    if start.startswith(_OLE):
        return _workbook(stream, limits)
    data = _unzipped(stream, limits) if start.startswith(_GZIP) else stream.read()
    table = delimited.Table(data, limits)
    return [Sheet(PurePath(name).name.split(".")[0] or "CSV", table.rows)]


def _unzipped(stream: IO[bytes], limits: Limits) -> bytes:
    largest = limits.unpacked_megabytes * MEGABYTE
    try:
        with gzip.GzipFile(fileobj=stream) as file:
            data = file.read(largest + 1)
    except (OSError, EOFError, zlib.error):
        raise SheetError(_("The compressed file is damaged.")) from None
    message = _("The file is larger than %(limit)s MB unpacked.")
    refuse_if(len(data) > largest, message, limits.unpacked_megabytes)
    return data


def _workbook(stream: IO[bytes], limits: Limits) -> list[Sheet]:
    stream.seek(0)
    with _broken_file_as_sheet_error():
        book = python_calamine.CalamineWorkbook.from_filelike(stream)
        visible = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
    return [Sheet(name, _SheetOfBook(book, name, limits).rows) for name in visible]


@dataclass(frozen=True)
class _SheetOfBook:
    book: python_calamine.CalamineWorkbook
    name: str
    limits: Limits

    def rows(self) -> Iterator[list[Value]]:
        with _broken_file_as_sheet_error():
            sheet = self.book.get_sheet_by_name(self.name)
            start, end = sheet.start, sheet.end
            rows = sheet.iter_rows()
        if start is None or end is None:
            return
        self.limits.check_size(rows=end[0] + 1, columns=end[1] + 1)
        before: list[Value] = [None] * start[1]  # iter_rows gives the empty rows above, not the columns
        while True:
            with _broken_file_as_sheet_error():
                row = next(rows, None)
            if row is None:
                return
            yield [*before, *(None if value == "" else value for value in row)]


@contextmanager
def _broken_file_as_sheet_error() -> Iterator[None]:
    message = _(
        "The workbook is damaged or of an unknown kind. Open it in Excel or WPS and save it as .xlsx."
    )
    try:
        yield
    except python_calamine.PasswordError:
        raise SheetError(_("The workbook is protected by a password. Save it without one.")) from None
    except (python_calamine.CalamineError, ValueError, OSError, UnicodeError) as error:
        raise SheetError(message) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the Rust library; not an Exception
            raise
        raise SheetError(message) from None
