"""The value block: one column per indicator of the scheme in force, with its raw value in its unit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from tiering import curves, reasons
from tiering.measures import YEAR, Origin, Unit, measures
from tiering.models import Indicator
from tiering.sheets.columns import Change, Column, Computed, Remark, Verdict, WrongCellError
from tiering.sheets.lines import Line, origin_of
from toolbox import sheets
from toolbox.sheets.cells import Value
from toolbox.sheets.writing import Kind

RATINGS: Final = range(1, 6)


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
        Unit.PER_MONTH: _Look("score", 12, gettext_lazy("times a month")),
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
        if raw is None:
            return raw
        if self.measured == Unit.PER_MONTH:
            return raw * 10_000  # hundredths, in millionths
        if self.measured != Unit.YEARS:
            return raw
        return raw * 100 // YEAR * 10_000  # days to hundredths of years, in millionths


class ComputedIndicator(IndicatorColumn, Computed):
    pass


class JudgedIndicator(IndicatorColumn):
    """Rated or given by a person: an edit becomes a new rating or figure."""

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
        parse: Callable[[Value], int] = sheets.parse_int
        if self.measured == Unit.FEN:
            parse = sheets.parse_money
        elif self.measured == Unit.BASIS_POINTS:
            parse = sheets.parse_percent_bp
        try:
            value = parse(cell)
        except sheets.WrongValueError as wrong:
            raise WrongCellError(str(wrong.problem), str(wrong.remedy)) from None
        return self.within(value)

    def within(self, value: int) -> int:
        assert self._measure  # noqa: S101 - what is judged has a measure
        try:
            return curves.within(value, self._measure)
        except ValidationError as wrong:
            raise WrongCellError(_("The value is out of range."), wrong.messages[0]) from None


def column_of(indicator: Indicator) -> IndicatorColumn:
    is_computed = origin_of(indicator) == Origin.COMPUTED
    return ComputedIndicator(indicator) if is_computed else JudgedIndicator(indicator)
