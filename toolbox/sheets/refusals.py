"""Why a file as a whole is refused, in sentences that also say what to do."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toolbox.sheetfiles.cells import column_letter

TEXTS: Final[dict[str, Promise]] = {
    "empty": _("The file is empty."),
    "size": _("The file is larger than %(limit)s MB."),
    "damaged": _(
        "The workbook is damaged or not complete. Open it in Excel or WPS and save it again as .xlsx."
    ),
    "crashed": _(
        "The workbook is damaged or of an unknown kind. Open it in Excel or WPS and save it as .xlsx."
    ),
    "password": _("The workbook is protected by a password. Save it without one."),
    "declarations": _(
        "The workbook declares entities or a document type, which no workbook of Excel or WPS does. Open it there and save it again as .xlsx."
    ),
    "encoding": _(
        "The workbook is written in an unusual way. Open it in Excel or WPS and save it again as .xlsx."
    ),
    "parts": _("The workbook consists of more than %(limit)s parts. Copy the table into a new workbook."),
    "unpacked": _("The file is larger than %(limit)s MB unpacked. Split it into smaller files."),
    "bomb": _(
        "The workbook unpacks to many times its size. Copy the table into a new workbook, without empty rows and columns."
    ),
    "other archive": _("The file is an archive and no workbook. Unpack it and send the workbook in it."),
    "other document": _("This is a document of another kind. Save the table as .xlsx."),
    "packed workbook": _("A workbook inside a compressed file is not read. Unpack it first."),
    "damaged archive": _("The compressed file is damaged."),
    "xml workbook": _(
        "This is a workbook written as XML, as Excel 2003 and some programs do. Open it in Excel or WPS and save it as .xlsx."
    ),
    "mixed encodings": _(
        "The text is written in different encodings; row %(row)s cannot be read. Save all of it in UTF-8, or as .xlsx."
    ),
    "web page": _("This is a web page called a workbook. Open it in Excel or WPS and save it as .xlsx."),
    "no text": _("This is neither a workbook nor a text file. Save it as .xlsx or as CSV in UTF-8."),
    "nul": _(
        "Row %(row)s of the text file holds a character that no text has (NUL). Save the table again as .xlsx, or as CSV in UTF-8."
    ),
    "not encoded": _("The file is not written in %(encoding)s. Choose another encoding."),
    "breaks off": _("The text file breaks off in the middle of a character. Send the whole file."),
    "quotation mark": _(
        "The text file is no table from row %(row)s on: a quotation mark is probably not closed. Save it again as CSV or as .xlsx."
    ),
    "rows": _(
        "A sheet may have at most %(limit)s rows, and “%(sheet)s” has more. Split it into several files."
    ),
    "columns": _(
        "A sheet may have at most %(limit)s columns, and something stands in %(cell)s of “%(sheet)s”. Delete what is not needed there."
    ),
    "characters": _(
        "A cell may hold at most %(limit)s characters; one in row %(row)s of “%(sheet)s” holds more. Shorten it."
    ),
    "characters there": _(
        "A cell may hold at most %(limit)s characters; %(cell)s of “%(sheet)s” holds more. Shorten it."
    ),
    "memory": _(
        "Reading the file takes more than %(limit)s MB of memory. Delete empty rows and columns, or split it into smaller files."
    ),
    "time": _("Reading the file takes longer than %(limit)s seconds. Split it into smaller files."),
    "sheet": _("There is no sheet “%(sheet)s” in the file."),
}


def sentence(word: str, values: dict[str, Any]) -> str:
    """In the language active now."""
    shown = dict(values)
    if "column" in shown:
        shown["cell"] = f"{column_letter(shown['column'])}{shown['row']}"
    return str(TEXTS[word]) % shown
