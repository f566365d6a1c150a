"""Measures that people made themselves, read from the database and kept for a few seconds in each process.

Pages may be that much behind; whatever grades or measures the book asks `fresh()` first.
"""

from time import monotonic
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.utils.functional import lazy
from django.utils.translation import get_language

from tiering.book import Column
from tiering.measures.base import Facts, Measure, Origin, Unit
from tiering.measures.judged import figures, ratings, taken
from tiering.models import Category, OwnIndicator

FIRST_NUMBER = 10_000
"""Above those of the measures that ship."""


class Own(Measure):
    category = Category.RATING

    def __init__(self, row: OwnIndicator) -> None:
        self.key, self.number = row.key, FIRST_NUMBER + row.pk
        self.is_lower_better = row.is_lower_better
        self.is_rated = row.kind == OwnIndicator.Kind.RATED
        self.origin = Origin.RATED if self.is_rated else Origin.GIVEN
        self.unit = Unit.RATING if self.is_rated else Unit(row.unit)
        self.lowest, self.highest = (1, 5) if self.is_rated else bounds(row)
        self.name = either(row.name_zh, row.name_en)
        self.help = either(row.help_zh, row.help_en)

    def read(self, facts: Facts) -> Column:
        return taken(self, facts, facts.rows(ratings if self.is_rated else figures))


def bounds(row: OwnIndicator) -> tuple[int | None, int | None]:
    """Those that were set, inside those of the unit."""
    lowest, highest = {Unit.INDEX: (0, 100), Unit.BASIS_POINTS: (0, 10_000)}.get(Unit(row.unit), (None, None))
    return (
        lowest if row.lowest is None else max(row.lowest, row.lowest if lowest is None else lowest),
        highest if row.highest is None else min(row.highest, row.highest if highest is None else highest),
    )


def either(zh: str, en: str) -> Any:
    """In the language of whoever reads it."""
    return lazy(lambda: zh if (get_language() or "").startswith("zh") else en, str)()


_kept: dict[str, Measure] = {}
_read_at: float | None = None


def own() -> dict[str, Measure]:
    seconds = settings.OWN_INDICATORS_SECONDS
    if seconds is not None and (_read_at is None or monotonic() - _read_at > seconds):
        read()
    return _kept


def read(**_signal: object) -> None:
    global _kept, _read_at  # noqa: PLW0603 - one set for the process, replaced as a whole
    _kept = {row.key: Own(row) for row in OwnIndicator.objects.order_by("pk")}
    _read_at = monotonic()


def forget() -> None:
    global _kept, _read_at
    _kept, _read_at = {}, None


post_save.connect(read, sender=OwnIndicator)
post_delete.connect(read, sender=OwnIndicator)
