"""The value block: one column per indicator of the scheme in force, with its raw value in its unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tiering.measures import YEAR, Origin, Unit, measures
from tiering.models import Indicator
from tiering.sheets.columns import Column, Computed
from tiering.sheets.lines import Line, origin_of
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
    """Rated or given by a person: an edit of it becomes a new rating or figure."""

    def choices(self) -> Sequence[str] | None:
        return [str(rating) for rating in RATINGS] if self.measured == Unit.RATING else None


def column_of(indicator: Indicator) -> IndicatorColumn:
    is_computed = origin_of(indicator) == Origin.COMPUTED
    return ComputedIndicator(indicator) if is_computed else JudgedIndicator(indicator)
