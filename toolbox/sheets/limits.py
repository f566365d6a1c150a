"""What is refused before it can fill the memory."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toolbox.sheets.cells import SheetError

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    megabytes: int = 50
    unpacked_megabytes: int = 400
    rows: int = 1_048_576
    columns: int = 256
    cells: int = 12_000_000
    """The rectangle that holds everything: one far cell makes a large one."""

    def check_size(self, *, rows: int, columns: int, cells: int | None = None) -> None:
        """`cells` where they are not simply rows times columns."""
        refuse_if(columns > self.columns, _("A sheet may have at most %(limit)s columns."), self.columns)
        refuse_if(rows > self.rows, _("A sheet may have at most %(limit)s rows."), self.rows)
        refuse_if(
            (rows * columns if cells is None else cells) > self.cells,
            _("A sheet may have at most %(limit)s cells. Delete empty rows and columns, or split the file."),
            self.cells,
        )


def refuse_if(is_too_much: bool, message: str | Promise, limit: int) -> None:
    """SheetError with the message and the limit put into it."""
    if is_too_much:
        raise SheetError(str(message) % {"limit": limit})
