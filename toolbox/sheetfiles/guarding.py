"""Texts of a CSV that a spreadsheet would run as a formula: an apostrophe goes before them, and comes off when read.

Excel takes what begins with one of `=+-@`, a tab or a line end for a formula, quoted or not. The rule loses nothing: of a
text that has apostrophes before such a character already, one more is written, and one less is read.
"""

import re
from typing import Final

_LIKE_A_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def guarded(text: str) -> str:
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _GUARDED.match(text) else text
