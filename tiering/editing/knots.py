"""A curve as it is typed: a row for each knot, in any order, empty rows for nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tiering import curves
from tiering.measures import Unit
from tiering.models import Indicator


@dataclass
class KnotRow:
    at: str
    points: str
    errors: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.at.strip() and not self.points.strip()


@dataclass(frozen=True)
class TypedCurve:
    """`knots` is None where something is wrong, which stands with its row or in `errors`."""

    shape: str
    rows: list[KnotRow]
    knots: curves.Knots | None
    errors: list[str]


def read(shape: str, at: Sequence[str], points: Sequence[str], unit: Unit) -> TypedCurve:
    rows = [KnotRow(*pair) for pair in zip(at, points, strict=False)]
    found: dict[int, int] = {}
    for row in rows:
        if not row.is_empty:
            take(row, unit, found)
    errors = [] if found or any(row.errors for row in rows) else [_("Type at least one knot.")]
    if shape not in Indicator.Shape.values:
        errors.append(_("Choose how the curve runs between its knots."))
    is_wrong = errors or any(row.errors for row in rows)
    knots = None if is_wrong else [[value, found[value]] for value in sorted(found)]
    return TypedCurve(shape, rows, knots, errors)


def take(row: KnotRow, unit: Unit, found: dict[int, int]) -> None:
    try:
        value, earned = curves.read_knot(row.at, row.points, unit, above=None)
    except ValidationError as wrong:
        row.errors += wrong.messages
        return
    if value in found:
        row.errors.append(_("This value stands twice."))
    found[value] = earned


def written(indicator: Indicator) -> TypedCurve:
    unit = curves.unit_of(indicator.key)
    rows = [KnotRow(curves.write_value(x, unit), curves.decimal(y, 2)) for x, y in indicator.knots]
    return TypedCurve(indicator.shape, rows, indicator.knots, [])


def base_of(indicator: Indicator) -> str:
    """What the page was made from: whoever saves says which curve they read."""
    return json.dumps([indicator.shape, indicator.knots])
