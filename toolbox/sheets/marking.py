"""The file somebody sent, given back with what is wrong in it: marked, commented and listed."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import IO, Any, Final

from django.utils.translation import gettext as _

from toolbox.sheetfiles.limits import Limits
from toolbox.sheets import keys, process
from toolbox.sheets.cells import SheetError

MOST_MARKED: Final = 2_000
"""Errors; the rest is counted."""


def mark(
    stream: IO[bytes],
    errors: Sequence[Mapping[str, Any]],
    *,
    name: str,
    count: int | None = None,
    limits: Limits | None = None,
    encoding: str = "",
    separator: str = "",
) -> bytes:
    """An xlsx: each wrong cell filled and commented, and a last sheet that lists all errors, in the language active now.

    The errors come as `CellError.as_json` gives them; `count` is how many there are where those are not all. An xlsx
    or xlsm stays the workbook it is (without pictures, charts and macros). Another file, or one that openpyxl
    cannot open within the limits, becomes a new workbook with the same cells. Marks of an earlier time are taken away.

    SheetError where the file cannot be read at all.
    """
    limits = limits or Limits()
    shown = [dict(error) for error in errors[:MOST_MARKED]]
    rest = max(count or 0, len(errors)) - len(shown)
    said = {
        "title": _("Errors"),
        "headers": [_("Sheet"), _("Row"), _("Column"), _("Header"), _("Value"), _("What is wrong"), _("How to mend it")],
        "errors": shown,
        "hidden": keys.HEADER,
        "more": _("… and %(count)s more") % {"count": rest} if rest > 0 else "",
    }  # fmt: skip
    with process.kept(stream, limits) as file, tempfile.NamedTemporaryFile("w", suffix=".json") as told:
        json.dump(said, told)
        told.flush()
        options = {
            "job": "mark", "told": told.name, "name": PurePath(name).name.split(".")[0] or "CSV", "sheets": [],
            "encoding": encoding, "separator": separator,
        }  # fmt: skip
        try:
            return _workbook(file, limits, options | {"how": "edit"})
        except SheetError:
            return _workbook(file, limits, options | {"how": "copy"})


def _workbook(file: IO[bytes], limits: Limits, options: dict[str, Any]) -> bytes:
    spool, found = process.run_on(file, limits, **options)
    return spool.content(found["workbook"])
