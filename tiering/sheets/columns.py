"""The columns of the tier sheet: what each shows, under which headers it is found, and what an edit of it means."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Final

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, override

from accounts.models import User
from customers.models import Tier
from tiering import reasons
from tiering.measures import Origin, Unit, measures
from tiering.models import Indicator, SchemeVersion
from tiering.sheets.lines import Line, origin_of
from toolbox import sheets
from toolbox.sheets.cells import Value
from toolbox.sheets.writing import Kind, kept_text

LONGEST_NOTES: Final = 10_000
RATINGS: Final = range(1, 6)
INDICES: Final = range(101)


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
    is_editable = False

    def label(self) -> str:
        return str(self.name)

    def header(self) -> str:
        """The label with its unit, in the language active now."""
        return f"{self.label()} ({self.unit})" if self.unit else self.label()

    def names(self) -> set[str]:
        """The headers under which the column is found, as `plain_header` makes them."""
        found = set(self.also)
        for language, _name in settings.LANGUAGES:
            with override(language):
                found.update(self.labels())
        return {plain_header(name) for name in found}

    def labels(self) -> list[str]:
        return [self.label()]

    def choices(self) -> Sequence[str] | None:
        return None

    def value(self, line: Line) -> Any:
        """What is written, as `toolbox.sheets.Column` takes it."""
        raise NotImplementedError

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - for those below
        """What the cell asks for; None where it says what is so already. Raises WrongCellError."""
        return None

    def written(self) -> sheets.Column:
        return sheets.Column(self.header(), self.width, self.kind, self.choices())


def plain_header(text: str) -> str:
    """ "年度合作金额（¥）" and "Annual  Amount *" without units, marks and spaces."""
    text = re.sub(r"\([^()]*\)", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\s_*:：-]+", "", text).casefold()


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


class Code(Column):
    key = "code"
    name = gettext_lazy("Customer code")
    also = (
        "客户编号", "客户编码", "客户代码", "编号", "编码", "code", "customer code", "customer no", "customer number",
        "customer id",
    )  # fmt: skip
    width = 14

    def value(self, line: Line) -> str:
        return line.customer.code


class Name(Column):
    key = "name"
    name = gettext_lazy("Customer name")
    also = ("客户名称", "名称", "公司名称", "企业名称", "客户", "name", "customer name", "customer", "company")
    width = 36

    def value(self, line: Line) -> str:
        return line.customer.name

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        name = text_in(cell)
        if name in {"", text_in(line.customer.name)}:
            return None
        return Remark(
            _("The customer with this code is called “%(name)s”. Check that the row is about the right one; names are not changed by a tier sheet.")
            % {"name": line.customer.name}
        )


class TierColumn(Column):
    key = "tier"
    name = gettext_lazy("Customer tier")
    also = ("客户等级", "等级", "客户级别", "级别", "客户分级", "tier", "customer tier", "customer level", "level", "grade")
    width = 12
    is_editable = True

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self.tiers = tiers

    def choices(self) -> Sequence[str]:
        return [tier.name for tier in self.tiers]

    def value(self, line: Line) -> str | None:
        tier = line.customer.standing.tier
        return tier.name if tier else None

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:
        text, present = text_in(cell), line.customer.standing.tier
        if present and names_it(present, text):
            return None
        if not text:
            return Remark(_("An empty cell leaves the tier as it is.")) if present else None
        tier = next((tier for tier in self.tiers if names_it(tier, text)), None)
        if tier is None:
            raise WrongCellError(
                _("There is no tier of this name."),
                _("Choose one of %(names)s.") % {"names": _(", ").join(self.choices())},
            )
        if not by.may_grade:
            raise WrongCellError(
                _("Only a sales director or an administrator may set a tier."),
                _("Put “%(tier)s” back, or ask one of them to load the sheet.") % {"tier": present.name}
                if present
                else _("Empty the cell, or ask one of them to load the sheet."),
            )
        was = present.pk if present else None
        return Change(present.name if present else "", tier.name, was, tier.pk)


def names_it(tier: Tier, text: str) -> bool:
    return text.casefold() in {tier.name_en.casefold(), tier.name_zh.casefold(), tier.key}


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


class Total(Computed):
    key = "total"
    name = gettext_lazy("Total score")
    also = ("总分", "总得分", "综合得分", "得分", "total", "total score", "score")
    width = 10
    kind: Kind = "score"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.total


class Coverage(Computed):
    key = "coverage"
    name = gettext_lazy("Coverage")
    also = ("覆盖率", "数据覆盖率", "coverage")
    width = 10
    kind: Kind = "percent"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.coverage


class Reason(Column):
    key = "reason"
    name = gettext_lazy("Reason for the last tier change")
    also = ("等级变动原因", "变动原因", "最近一次等级变动原因", "reason", "reason for the last tier change")
    width = 60

    def value(self, line: Line) -> str | None:
        if line.change is None:
            return None
        return " ".join(text for text in (reasons.sentence(line.change.reason), line.change.words) if text)

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        text = text_in(cell)
        if not text or text in set(self._in_every_language(line)):
            return None
        return Remark(_("“%(column)s” is computed and was left as it is.") % {"column": self.label()})

    def _in_every_language(self, line: Line) -> Iterator[str]:
        for language, _name in settings.LANGUAGES:
            with override(language):
                yield text_in(self.value(line))


class Notes(Column):
    key = "notes"
    name = gettext_lazy("Customer notes")
    also = ("客户备注", "备注", "notes", "note", "customer notes", "remarks")
    width = 40
    is_editable = True

    def value(self, line: Line) -> str | None:
        return line.customer.notes or None

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        text = text_in(cell)
        if text == text_in(line.customer.notes):
            return None
        if len(text) > LONGEST_NOTES:
            raise WrongCellError(
                _("The notes are %(length)s characters long.") % {"length": len(text)},
                _("Shorten them to %(limit)s characters.") % {"limit": LONGEST_NOTES},
            )
        return Change(line.customer.notes, text, line.customer.notes, text)


class Updated(Column):
    """When the customer was last edited here. What stands in it when the sheet comes back does not matter."""

    key = "updated"
    name = gettext_lazy("Updated on")
    also = ("更新日期", "更新时间", "updated", "updated on", "last updated")
    width = 12
    kind: Kind = "date"

    def value(self, line: Line) -> Any:
        return timezone.localtime(line.customer.updated_at).date()


@dataclass(frozen=True)
class _Look:
    kind: Kind
    width: int
    unit: str | Promise = ""


class IndicatorColumn(Column):
    looks: ClassVar[dict[Unit, _Look]] = {
        Unit.FEN: _Look("money", 16, settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY]),
        Unit.BASIS_POINTS: _Look("percent", 12),
        Unit.DAYS: _Look("integer", 10, gettext_lazy("days")),
        Unit.YEARS: _Look("score", 10, gettext_lazy("years")),
        Unit.TIMES: _Look("integer", 10, gettext_lazy("times")),
        Unit.RATING: _Look("integer", 10, "1–5"),
        Unit.INDEX: _Look("integer", 10, "0–100"),
    }

    def __init__(self, indicator: Indicator) -> None:
        known = measures().get(indicator.key)
        self.indicator = indicator
        self.key = indicator.key
        self.measured = known.unit if known else Unit.INDEX
        look = self.looks[self.measured]
        self.kind, self.width = look.kind, look.width
        self.unit = look.unit
        self._measure = known

    def label(self) -> str:
        return self.indicator.name

    def labels(self) -> list[str]:
        """A scheme may call an indicator otherwise than its measure does."""
        return [self.label(), self.key, *([str(self._measure.name)] if self._measure else [])]

    def value(self, line: Line) -> int | None:
        raw = line.values.get(self.key)
        if raw is None or self.measured != Unit.YEARS:
            return raw
        return raw * 400 // 1461 * 10_000  # days to hundredths of 365.25 days, in millionths


class ComputedIndicator(IndicatorColumn, Computed):
    pass


class JudgedIndicator(IndicatorColumn):
    """Rated or given by a person: an edit becomes a new rating or figure."""

    is_editable = True

    def choices(self) -> Sequence[str] | None:
        return [str(rating) for rating in RATINGS] if self.measured == Unit.RATING else None

    def judge(self, line: Line, cell: Value, by: User) -> Verdict:  # noqa: ARG002 - the same for everybody
        present = line.values.get(self.key)
        if sheets.text_of(cell) == "":
            if present is None:
                return None
            return Remark(_("An empty cell leaves “%(column)s” as it is.") % {"column": self.label()})
        value = self.parse(cell)
        if value == present:
            return None
        old = "" if present is None else reasons.show(present, self.measured)
        return Change(old, reasons.show(value, self.measured), present, value)

    def parse(self, cell: Value) -> int:
        parse = {Unit.FEN: sheets.parse_money, Unit.BASIS_POINTS: sheets.parse_percent_bp}.get(
            self.measured, sheets.parse_int
        )
        allowed = {Unit.RATING: RATINGS, Unit.INDEX: INDICES}.get(self.measured)
        try:
            value = parse(cell)
        except ValueError as error:
            raise WrongCellError(_("This value cannot be read."), str(error.args[0])) from None
        if allowed is not None and value not in allowed:
            raise WrongCellError(
                _("The value is out of range."),
                _("Enter a whole number from %(first)s to %(last)s.") % {"first": allowed[0], "last": allowed[-1]},
            )
        return value


class RatedIndicator(JudgedIndicator):
    pass


class GivenIndicator(JudgedIndicator):
    pass


def columns_of(version: SchemeVersion) -> list[Column]:
    """The tier sheet under a version of a scheme."""
    by_origin = {Origin.COMPUTED: ComputedIndicator, Origin.RATED: RatedIndicator, Origin.GIVEN: GivenIndicator}
    tiers = [floor.tier for floor in version.floors.all()]
    indicators = [by_origin[origin_of(indicator)](indicator) for indicator in version.indicators()]
    return [Code(), Name(), TierColumn(tiers), *indicators, Total(), Coverage(), Reason(), Notes(), Updated()]

