"""What a column of the tier sheet is: what it shows, under which headers it is found, what an edit of it means."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _, override

from accounts.models import User
from tiering.sheets.lines import Line
from toolbox import sheets
from toolbox.sheetfiles.texts import kept_text
from toolbox.sheets.cells import Value
from toolbox.sheets.writing import Kind


@dataclass(frozen=True)
class Change:
    """A cell that is to change: as it is shown before and after, and the values themselves."""

    old: str
    new: str
    was: Any
    becomes: Any


@dataclass(frozen=True)
class Remark:
    """A cell that was edited and is left as it was."""

    problem: str


class WrongCellError(ValueError):
    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


Verdict = Change | Remark | None


class Column:
    """One column. Found by its label in every language we speak, and by the other names of its kind."""

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

    def names(self) -> set[str]:
        """The headers under which the column is found, as `sheets.plain_header` makes them."""
        found = set(self.also)
        for language, _name in settings.LANGUAGES:
            with override(language):
                found.update(self.labels())
        return {sheets.plain_header(name) for name in found}

    def labels(self) -> list[str]:
        return [self.label()]

    def choices(self) -> Sequence[str] | None:
        return None

    def colours(self) -> Mapping[str, str] | None:
        return None

    def value(self, line: Line) -> Any:
        """What is written, as `toolbox.sheets.Column` takes it."""
        raise NotImplementedError

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        """What the cell asks for; None where it says what is so already. Raises WrongCellError."""
        return None

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

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        value = self.value(line)
        if sheets.text_of(cell) == "" and value is None:
            return None
        if value is not None and number_in(cell) == shown_number(self.kind, value):
            return None
        return Remark(_("“%(column)s” is computed and was left as it is.") % {"column": self.label()})


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
