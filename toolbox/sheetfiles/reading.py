"""Which file is it, by what stands in it; and its rows on their way to the spool."""

from typing import IO, Any, Final

from toolbox.sheetfiles import delimited
from toolbox.sheetfiles.limits import Limits
from toolbox.sheetfiles.opened import File, Opened
from toolbox.sheetfiles.packed import Archive
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.spool import TooLongError, Writer

_ZIP: Final = b"PK\x03\x04"
_ZIP_OF_NOTHING: Final = b"PK\x05\x06"
_OLE: Final = b"\xd0\xcf\x11\xe0"
MOST_MERGED: Final = 2_000
MOST_HIDDEN: Final = 2_000


def run(source: IO[bytes], target: IO[bytes], options: dict[str, Any], limits: Limits) -> None:
    spool = Writer(target)
    try:
        file = opened(source, options, limits)
        said = told(file, spool, frozenset(options["sheets"]), limits)
    except RefusedError as refused:
        said = {"refused": refused.word, "values": refused.values}
    spool.close(said)


def opened(source: IO[bytes], options: dict[str, Any], limits: Limits) -> File:
    """Content decides; suffixes lie."""
    start = source.read(8)
    chosen = frozenset(options["sheets"])
    if start.startswith((_ZIP, _ZIP_OF_NOTHING)):
        return packed(source, Archive(source, limits), chosen)
    if start.startswith(_OLE):
        from toolbox.sheetfiles import xls  # noqa: PLC0415 - each file needs one reader

        return xls.read(source, limits)
    return delimited.read(
        source, options["name"], limits, encoding=options["encoding"], separator=options["separator"]
    )


def packed(source: IO[bytes], archive: Archive, chosen: frozenset[str]) -> File:
    if "mimetype" in archive or "content.xml" in archive:
        from toolbox.sheetfiles import ods  # noqa: PLC0415 - as above

        return ods.read(archive)
    if "xl/workbook.bin" in archive:
        from toolbox.sheetfiles import xlsb  # noqa: PLC0415 - as above

        return xlsb.read(source, archive, chosen)
    if (
        "_rels/.rels" in archive
        and "word/document.xml" not in archive
        and "ppt/presentation.xml" not in archive
    ):
        from toolbox.sheetfiles import xlsx  # noqa: PLC0415 - as above

        return xlsx.read(source, archive, chosen)
    raise RefusedError("other archive")


def told(file: File, spool: Writer, chosen: frozenset[str], limits: Limits) -> dict[str, Any]:
    """All that is said of the file, once the rows of its sheets lie in the spool."""
    sheets = []
    for sheet in file.sheets:
        is_read = sheet.name in chosen if chosen else sheet.visibility == "visible"
        rows = spooled(sheet, spool, limits) if is_read else 0
        sheets.append(
            {
                "name": sheet.name,
                "visibility": sheet.visibility,
                "is_read": is_read,
                "rows": rows,
                "places": spool.end_of_sheet(),
                "merged": sheet.merged[:MOST_MERGED],
                "hidden_rows": sheet.hidden_rows[:MOST_HIDDEN],
                "hidden_columns": sheet.hidden_columns[:MOST_HIDDEN],
            }
        )
    return {
        "kind": file.kind,
        "encoding": file.encoding,
        "separator": file.separator,
        "is_1904": file.is_1904,
        "sheets": sheets,
    }


def spooled(sheet: Opened, spool: Writer, limits: Limits) -> int:
    """How many rows are not blank; those go to the spool, without the empty cells at their ends."""
    count = number = 0
    try:
        for number, row in enumerate(sheet.rows(sheet), start=1):
            while row and row[-1] is None:
                row.pop()
            if not row:
                continue
            count += 1
            if count > limits.rows:
                raise RefusedError("rows", limit=limits.rows, sheet=sheet.name)
            if len(row) > limits.columns:
                place = {"sheet": sheet.name, "row": number, "column": len(row) - 1}
                raise RefusedError("columns", limit=limits.columns, **place)
            spool.add(number, row)
    except TooLongError as error:
        place = {"sheet": sheet.name, "row": number + 1}
        if error.column is None:
            raise RefusedError("characters", limit=limits.characters, **place) from None
        raise RefusedError(
            "characters there", limit=limits.characters, column=error.column, **place
        ) from None
    return count
