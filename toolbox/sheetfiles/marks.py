"""What is to be said of cells beyond their values: in the order of the sheet, in few bytes each."""

from array import array
from collections.abc import Iterator
from typing import Any, Final

from toolbox.sheetfiles import formats
from toolbox.sheetfiles.refusals import RefusedError
from toolbox.sheetfiles.spool import Code

ERROR, FORMULA, DAY = 201, 202, 203
"""Beside the kinds of `formats`."""
ERRORS: Final = (
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#N/A",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
)
FIRST_ERROR: Final = 210
"""The kinds from here on are these errors."""
_CODES: Final = {ERROR: "!", FORMULA: "=", DAY: "?"}
_CURRENCIES: Final = {kind: currency for currency, kind in formats.CURRENCIES.items()}
MOST_TEXTS: Final = 2_000
LONGEST_TEXT: Final = 200


class Marks:
    def __init__(self) -> None:
        self.rows, self.columns, self.kinds = array("L"), array("H"), array("B")
        self.texts: dict[tuple[int, int], str] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, row: int, column: int, kind: int, text: str = "") -> None:
        """`row` and `column` from 0."""
        if column >= 1 << 16 or row >= 1 << 31:
            raise RefusedError("damaged")
        if kind == ERROR and text in ERRORS:
            kind, text = FIRST_ERROR + ERRORS.index(text), ""
        self.rows.append(row)
        self.columns.append(column)
        self.kinds.append(kind)
        if text and len(self.texts) < MOST_TEXTS:
            self.texts[row, column] = text[:LONGEST_TEXT]

    def packed(self) -> tuple[bytes, bytes, bytes, dict[tuple[int, int], str]]:
        return self.rows.tobytes(), self.columns.tobytes(), self.kinds.tobytes(), self.texts

    @classmethod
    def unpacked(cls, packed: tuple[bytes, bytes, bytes, dict[tuple[int, int], str]]) -> "Marks":
        made = cls()
        made.rows.frombytes(packed[0])
        made.columns.frombytes(packed[1])
        made.kinds.frombytes(packed[2])
        made.texts = packed[3]
        return made

    def in_order(self) -> Iterator[tuple[int, int, int]]:
        """(row, column, kind), sorted by row."""
        found = zip(self.rows, self.columns, self.kinds, strict=True)
        return found if all(map(int.__le__, self.rows, self.rows[1:])) else iter(sorted(found))

    def marked(self, row: int, column: int, kind: int, value: Any) -> Any:
        """The cell as it goes to the spool."""
        if kind >= FIRST_ERROR:
            return ("!", ERRORS[kind - FIRST_ERROR])
        if kind in _CODES:
            return (_CODES[kind], self.texts.get((row, column), ""))
        if type(value) is tuple and value[0] == "4":
            value = value[1]
        if type(value) not in {float, int} or value - value != 0:  # nothing, a text, or no number at all
            return value
        if kind in _CURRENCIES:
            return ("$", float(value), _CURRENCIES[kind])
        return ("%", float(value)) if kind == formats.PERCENT else padded(float(value), kind)


def padded(value: float, digits: int) -> float | Code:
    """As text has it: of whole numbers alone."""
    return ("0", value, digits) if value.is_integer() and 0 <= value < 10**digits else value
