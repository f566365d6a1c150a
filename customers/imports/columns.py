"""What a column of an imported sheet is: under which headers it is found, how a cell is read, how it is shown.

A value is kept as JSON keeps it: text, whole number, truth, a day as ISO text. Money is in fen, a share in basis
points.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext as _, override

from toolbox import sheets
from toolbox.hundredths import trimmed
from toolbox.money import format_money
from toolbox.sheets import Header, KnownColumn, Value, WrongValueError
from toolbox.sheets.cells import Percent, seen
from toolbox.sheets.dates import REMEDY
from toolbox.width import of_usual_width

Json: TypeAlias = str | int | bool | None
Parser: TypeAlias = Callable[[Value], Any]
REMEMBERED: Final = 20_000
"""Texts and numbers of one column whose reading is kept: most columns say the same few things again and again."""


def as_text(value: Any) -> str:
    return str(value)


@dataclass(frozen=True, kw_only=True)
class Column:
    key: str
    name: str | Promise
    also: Sequence[str] = ()
    """Other headers, in either language. The names in every language we speak are found by themselves."""
    parser: Callable[[Header], Parser]
    """Of a header (its unit counts) makes what reads a cell; that raises WrongValueError."""
    show: Callable[[Any], str] = as_text
    is_required: bool = False
    """For a row that is created."""
    hint: str | Promise = ""
    choices: Callable[[], Sequence[str]] | None = None
    """For the drop-down of the template, in the language active now."""
    written: sheets.writing.Kind = "text"
    sample: Any = None
    """For the sample file, as `written` takes it."""
    width: int = 16
    is_computed: bool = False
    """It follows from facts: a sheet shows it, and is never taken at its word."""
    cell: Callable[[Any], Any] | None = None
    """What a sheet for editing has in the cell, as `written` takes it; as it is shown where None."""

    def label(self) -> str:
        return str(self.name)

    def names(self) -> list[str]:
        found = []
        for language, _name in settings.LANGUAGES:
            with override(language):
                found.append(str(self.name))
        return list(dict.fromkeys([*found, *self.also]))

    def known(self) -> KnownColumn:
        return KnownColumn(self.key, self.names(), self.is_required)

    def shown(self, value: Json) -> str:
        return "" if value is None else self.show(value)

    def to_edit(self, value: Any) -> Any:
        """What reading the cell takes back."""
        if value is None:
            return None
        if self.cell:
            return self.cell(value)
        if self.written == "date":
            return date.fromisoformat(value)
        return self.show(value) if self.written == "text" else value


def remembering(parse: Parser) -> Parser:
    """Reads a text, and the number of a cell, once. What is wrong is not remembered."""
    known: dict[str | float, Any] = {}

    def parsed(value: Value) -> Any:
        if type(value) is not str and type(value) is not float:
            return parse(value)
        try:
            return known[value]
        except KeyError:
            found = parse(value)
            if len(known) < REMEMBERED:
                known[value] = found
            return found

    return parsed


# Ways to read


def text(longest: int | None = None) -> Callable[[Header], Parser]:
    def parse(value: Value) -> str:
        if type(value) is str:
            found = value.strip()
            if "\r" in found:
                found = found.replace("\r\n", "\n").replace("\r", "\n")
        else:
            found = sheets.parse_text(value)
        if longest is not None and len(found) > longest:
            raise WrongValueError(
                _("The text has %(length)s characters.") % {"length": len(found)},
                _("Shorten it to %(limit)s characters.") % {"limit": longest},
            )
        if "\0" in found:
            raise WrongValueError(
                _("There is a character in it that cannot be seen. Type it anew."), _("Type the text anew.")
            )
        return found

    return lambda _header: parse


def code(longest: int) -> Callable[[Header], Parser]:
    def parse(value: Value) -> str:
        found = sheets.parse_code(value)
        if len(found) > longest:
            raise WrongValueError(
                _("The text has %(length)s characters.") % {"length": len(found)},
                _("Shorten it to %(limit)s characters.") % {"limit": longest},
            )
        if not found.isprintable():
            raise WrongValueError(
                _("There is a character in it that cannot be seen. Type it anew."), _("Type the code anew.")
            )
        return found

    return lambda _header: parse


def money(lowest: int = -(10**15), highest: int = 10**15) -> Callable[[Header], Parser]:
    """In fen."""

    def parser(header: Header) -> Parser:
        def parse(value: Value) -> int:
            found = sheets.parse_money(value, factor=header.factor)
            if not lowest <= found <= highest:
                problem = (
                    _("The amount must be above 0.")
                    if found < lowest
                    else _("That amount is too large to be true.")
                )
                raise WrongValueError(problem, _("Correct the amount."))
            return found

        return foreign(header) if header.currency else parse

    return parser


def foreign(header: Header) -> Parser:
    """Of a column whose amounts are in another currency: refuses each of them."""

    def parse(_value: Value) -> int:
        raise WrongValueError(
            _("The column is in %(currency)s, and amounts are kept in %(own)s.")
            % {"currency": header.currency, "own": settings.BOOK_CURRENCY},
            _("Convert the amounts, and correct the unit in the header."),
        )

    return parse


def share(header: Header) -> Parser:
    """In basis points. A column has fractions (0.3) or percents (30), not both: 1 would be either."""
    first: list[bool] = []

    def parse(value: Value) -> int:
        found = sheets.parse_percent_bp(value, is_percent=header.is_percent)
        if header.is_percent or not found or not is_bare(value):
            return found
        is_fraction = found == sheets.parse_decimal(value, places=4)
        if not first:
            first.append(is_fraction)
        if first[0] != is_fraction:
            raise WrongValueError(
                _("The column has fractions such as 0.3 and percents such as 30."),
                _("Enter a percentage such as 92% or 92.5%."),
            )
        return found

    return parse


def is_bare(value: Value) -> bool:
    """A number that does not say that it is a percentage."""
    return not isinstance(value, Percent) and "%" not in unicodedata.normalize("NFKC", sheets.text_of(value))


def day(limits: Callable[[date], None]) -> Callable[[Header], Parser]:
    """As ISO text."""

    def parse(value: Value) -> str:
        found = sheets.parse_date(value)
        try:
            limits(found)
        except ValidationError as error:
            raise WrongValueError(error.messages[0], REMEDY) from None
        return found.isoformat()

    known: dict[date, str] = {}

    def parser(_header: Header) -> Parser:
        of_text = remembering(parse)

        def parsed(value: Value) -> str:
            if type(value) is date:
                if value not in known:
                    known[value] = parse(value)
                return known[value]
            return str(of_text(value))

        return parsed

    return parser


def phone(_header: Header) -> Parser:
    def parse(value: Value) -> str:
        found = sheets.parse_phone(value)
        if len(found) > 60:  # noqa: PLR2004 - the field's
            raise WrongValueError(
                _("The text has %(length)s characters.") % {"length": len(found)},
                _("Shorten it to %(limit)s characters.") % {"limit": 60},
            )
        return found

    return parse


def email(_header: Header) -> Parser:
    def parse(value: Value) -> str:
        found = of_usual_width(seen(sheets.parse_text(value))).strip()
        try:
            validate_email(found)
        except ValidationError:
            raise WrongValueError(
                _("This is not an e-mail address."), _("Enter an address such as name@example.com.")
            ) from None
        return found

    return parse


def truth(_header: Header) -> Parser:
    return sheets.parse_bool


def one_of(choices: type[models.TextChoices]) -> Callable[[Header], Parser]:
    """By its name in either language, or its key."""

    def parser(_header: Header) -> Parser:
        known = names_of(choices)

        def parse(value: Value) -> str:
            said = seen(sheets.parse_text(value)).strip()
            try:
                return known[said.casefold()]
            except KeyError:
                raise WrongValueError(
                    _("This is none of the choices."),
                    _("Choose one of %(names)s.")
                    % {"names": _(", ").join(str(label) for label in choices.labels)},
                ) from None

        return remembering(parse)

    return parser


def names_of(choices: type[models.TextChoices]) -> dict[str, str]:
    known = {value.casefold(): value for value in choices.values}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for value, label in choices.choices:
                for spelled in (str(label), f"{label}客户", f"{label}企业"):  # 大型企业, 活跃客户
                    known.setdefault(spelled.casefold(), value)
    return known


def looked_up(
    find: Callable[[str], str | None], problem: Promise, remedy: Promise
) -> Callable[[Header], Parser]:
    """By a table of ours: an industry, a province."""

    def parse(value: Value) -> str:
        found = find(seen(sheets.parse_text(value)).strip())
        if found is None:
            raise WrongValueError(problem, remedy)
        return found

    return lambda _header: remembering(parse)


def as_it_is(_header: Header) -> Parser:
    """What the kind reads itself, once it knows the rest of the row."""
    return lambda value: value


# Ways to show


def shown_money(fen: int) -> str:
    return format_money(fen, language=get_language() or "en")


def shown_share(basis_points: int) -> str:
    return f"{trimmed(basis_points)}%"


def shown_day(text: str) -> str:
    return date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT")


def shown_truth(value: bool) -> str:
    return _("Yes") if value else _("No")


def label_of(choices: type[models.TextChoices]) -> Callable[[str], str]:
    return lambda value: str(choices(value).label) if value in choices.values else str(value)


def labels_of(choices: type[models.TextChoices]) -> Callable[[], list[str]]:
    return lambda: [str(label) for label in choices.labels]


# Columns as they come again and again


def choice_column(
    key: str, name: Promise, choices: type[models.TextChoices], *, also: Sequence[str] = (), sample: str = ""
) -> Column:
    return Column(
        key=key,
        name=name,
        also=also,
        parser=one_of(choices),
        show=label_of(choices),
        choices=labels_of(choices),
        sample=sample or None,
    )


def day_column(
    key: str,
    name: Promise,
    limits: Callable[[date], None],
    *,
    also: Sequence[str] = (),
    is_required: bool = False,
    sample: date | None = None,
) -> Column:
    return Column(
        key=key,
        name=name,
        also=also,
        parser=day(limits),
        show=shown_day,
        is_required=is_required,
        written="date",
        sample=sample,
        width=12,
    )


@dataclass(frozen=True)
class Columns:
    """All of a kind, in its order."""

    all: Sequence[Column]
    by_key: dict[str, Column] = field(init=False)
    keys: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {column.key: column for column in self.all})
        object.__setattr__(self, "keys", [column.key for column in self.all])

    def known(self) -> list[KnownColumn]:
        return [column.known() for column in self.all]
