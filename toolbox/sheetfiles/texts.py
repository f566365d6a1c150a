"""Texts on their way into a workbook."""

import re
from typing import Final

LONGEST_TITLE: Final = 31
_ILLEGAL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LOOKALIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def clean_text(text: str) -> str:
    """What is put into a workbook, so that it is read back as `kept_text` says."""
    return _ESCAPE_LOOKALIKE.sub("_x005F_", kept_text(text))


def kept_text(text: str) -> str:
    """What a workbook can hold: control characters become U+FFFD, line ends "\\n"."""
    return _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def sheet_title(name: str) -> str:
    """One that a workbook takes."""
    return re.sub(r"[\[\]:*?/\\]", " ", clean_text(name)).strip(" '")[:LONGEST_TITLE] or "Sheet1"
