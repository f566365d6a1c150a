"""What a column of the tier sheet is: what it shows, under which headers it is found, whether an edit of it says something else."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _, override

from tiering.sheets.lines import Line
from toolbox import sheets
from toolbox.sheetfiles.texts import kept_text
from toolbox.sheets.cells import Value
from toolbox.sheets.writing import Kind


class Column:
    """One column of the sheet on its way out; `also` are other headers under which it is found when it comes back."""

    key: str
    name: Promise
    also: tuple[str, ...] = ()
    width = 16
    kind: Kind = "text"
    unit: str | Promise = ""
    is_hidden = False

    def label(self) -> str:
        return str(self.name)

    def header(self) -> str:
        """The label with its unit, in the language active now."""
        if not self.unit:
            return self.label()
        return _("%(column)s (%(unit)s)") % {"column": self.label(), "unit": self.unit}

    def spellings(self) -> set[str]:
        """What else it is called, in every language we speak."""
        found = set(self.also)
        for language, _name in settings.LANGUAGES:
            with override(language):
                found.update(self.labels())
        return found

    def labels(self) -> list[str]:
        return [self.label()]

    def choices(self) -> Sequence[str] | None:
        return None

    def colours(self) -> Mapping[str, str] | None:
        return None

    def value(self, line: Line) -> Any:
        """What is written, as `toolbox.sheets.Column` takes it."""
        raise NotImplementedError

    def says_otherwise(self, line: Line, cell: Value) -> bool:  # noqa: ARG002 - of computed ones
        """Of a computed column: whether a filled cell says something else than what is written."""
        return False

    def written(self) -> sheets.Column:
        return sheets.Column(
            self.header(), self.width, self.kind, self.choices(), self.colours(), self.is_hidden
        )


def text_in(cell: Value) -> str:
    return kept_text(sheets.text_of(cell)).strip()


def number_in(cell: Value) -> Decimal | None:
    """The number in the cell, whether the workbook kept it as one or as the text "1,234.50" or "92.5%"."""
    text = unicodedata.normalize("NFKC", sheets.text_of(cell))
    symbol = unicodedata.normalize("NFKC", settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY])
    plain = re.sub(r"[\s,]", "", text).replace(symbol, "")
    try:
        return Decimal(plain[:-1]) / 100 if plain.endswith("%") else Decimal(plain)
    except InvalidOperation:
        return None


class Computed(Column):
    """A number that follows from facts. An edit of it is never taken, and never passed over in silence."""

    def says_otherwise(self, line: Line, cell: Value) -> bool:
        value = self.value(line)
        if sheets.text_of(cell) == "":
            return False
        return value is None or number_in(cell) != shown_number(self.kind, value)


def shown_number(kind: Kind, value: int) -> Decimal:
    """The number that stands in the cell for a value of that kind."""
    match kind:
        case "money":
            return Decimal(value).scaleb(-2)
        case "percent":
            return Decimal(value).scaleb(-4)
        case "score":
            return Decimal(value // 10_000).scaleb(-2)
        case _:
            return Decimal(value)
