"""The scoring sheet: each customer's values, and formulas that make points, dimension scores and the total of them.

One sheet for each scheme whose scores decide. Weights and knots stand in the sheet, in the units that people read, and
may be changed to see what becomes of the totals; nothing here is read back. The formulas reckon in the whole numbers
of `tiering.scoring` and round where it rounds, so they agree with it to the last digit.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from customers.models import Customer
from tiering import scoring
from tiering.measures import Unit
from tiering.models import Grading, SchemeVersion
from tiering.sheets.indicator_columns import IndicatorColumn
from tiering.sheets.lines import BATCH
from toolbox.sheetfiles.texts import sheet_title
from toolbox.sheets import column_letter
from toolbox.sheets.body import Body
from toolbox.sheets.rendering import Cell
from toolbox.sheets.writing import Kind, number_cell, text_cell

if TYPE_CHECKING:
    from openpyxl import Workbook

UNITS_IN_ONE: Final = {Unit.FEN: 100, Unit.BASIS_POINTS: 10_000, Unit.PER_MONTH: 100}
"""Raw units in what is shown: fen in a yuan, basis points in 100 %. Other values are shown raw; years in days."""
FORMATS: Final = {Unit.FEN: "#,##0.00", Unit.BASIS_POINTS: "0.00%", Unit.PER_MONTH: "0.00"}
HEADED: Final = "F3F6FA"
ROW: Final = "\x01"
"""Where a formula has the number of its row."""
LEADING: Final = 2
"""Columns before the values: code and name."""


def write(book: "Workbook", pks: Sequence[int], versions: Sequence[SchemeVersion]) -> None:
    for version in versions:
        rules = version.rules()
        if not rules.by_rules:
            _Sheet(book, version, rules).write(pks)


class _Sheet:
    """Where what stands: knots first, two rows for each indicator, then the table."""

    def __init__(self, book: "Workbook", version: SchemeVersion, rules: scoring.Scheme) -> None:
        title = _("Scoring %(scheme)s") % {"scheme": version.scheme.name}
        self.sheet: Any = book.create_sheet(sheet_title(title))
        self.version, self.rules = version, rules
        self.columns = [IndicatorColumn(indicator) for indicator in version.indicators()]
        count, dimensions = len(rules.indicators), len(rules.dimensions)
        self.knots_at = {n: 4 + 2 * n for n in range(count)}
        self.weights_row = 4 + 2 * count
        self.head = self.weights_row + 1
        self.values = range(LEADING, LEADING + count)
        self.points = range(self.values.stop, self.values.stop + count)
        self.scores = range(self.points.stop, self.points.stop + dimensions)
        self.total = self.scores.stop

    def write(self, pks: Sequence[int]) -> None:
        self._widths()
        self.sheet.freeze_panes = f"{column_letter(LEADING)}{self.head + 1}"
        self.sheet.append([self._text(self.sheet.title, is_bold=True, size=14)])
        self.sheet.append(
            [
                self._text(
                    _(
                        "Formulas make each total of the values below, by the weights and knots of this sheet: change them to try. Nothing here is read back."
                    )
                )
            ]
        )
        self.sheet.append(
            [
                self._text(text, is_bold=True)
                for text in (_("Indicator"), _("Knots"), _("Points of what is unknown"))
            ]
        )
        for n, indicator in enumerate(self.rules.indicators):
            self._write_knots(n, indicator)
        self._write_weights()
        self._write_heads()
        with Body(self.sheet, first=self.head + 1) as body:
            cells = self._cells(body)
            for code, name, grading in self._customers(pks):
                body.append(cells, self._values(code, name, grading))

    def _widths(self) -> None:
        widths = {0: 24, 1: 30} | dict.fromkeys(range(LEADING, self.total + 3), 14)
        for at, width in widths.items():
            self.sheet.column_dimensions[column_letter(at)].width = width

    def _write_knots(self, n: int, indicator: scoring.Indicator) -> None:
        """Raw values over points; what is unknown counts so many points, or is left out where that is empty."""
        unknown = {scoring.Missing.NEUTRAL: scoring.NEUTRAL_POINTS, scoring.Missing.ZERO: 0}.get(
            indicator.missing
        )
        column = self.columns[n]
        name = self._text(f"{column.label()} ({self._unit(column)})")
        at = [self._value(column.measured, x) for x, _y in indicator.curve.knots]
        earned = [self._number(Decimal(y).scaleb(-2), "0.00") for _x, y in indicator.curve.knots]
        missing = None if unknown is None else self._number(Decimal(unknown).scaleb(-2), "0.00")
        self.sheet.append([name, self._text(_("Raw value")), missing, *at])
        self.sheet.append([None, self._text(_("Points")), None, *earned])

    def _unit(self, column: IndicatorColumn) -> str:
        return str(_("days")) if column.measured == Unit.YEARS else str(column.unit or "%")

    def _write_weights(self) -> None:
        """Percent, over the points and the scores that they weigh."""
        weights = [indicator.weight for d in self.rules.dimensions for indicator in d.indicators]
        cells: list[Any] = [self._text(_("Weights (%)"), is_bold=True), *[None] * (self.points.start - 1)]
        cells += [self._number(weight, "0") for weight in weights]
        cells += [self._number(dimension.weight, "0") for dimension in self.rules.dimensions]
        self.sheet.append(cells)

    def _write_heads(self) -> None:
        points = [f"{_('Points')} · {column.label()}" for column in self.columns]
        scores = [f"{_('Score')} · {dimension.name}" for dimension in self.version.dimensions.all()]
        heads = [
            _("Customer code"),
            _("Customer name"),
            *(f"{column.label()} ({self._unit(column)})" for column in self.columns),
            *points,
            *scores,
            _("Total score"),
            _("On record"),
            _("Difference"),
        ]
        self.sheet.append([self._text(head, is_bold=True, fill=HEADED) for head in heads])

    def _customers(self, pks: Sequence[int]) -> Iterator[tuple[str, str, Grading]]:
        """Those who stand by a grading of this version."""
        for start in range(0, len(pks), BATCH):
            batch = pks[start : start + BATCH]
            rows = Customer.objects.filter(pk__in=batch).values_list(
                "pk", "code", "name", "standing__grading_id"
            )
            found = {pk: (code, name, grading) for pk, code, name, grading in rows}
            gradings = Grading.objects.filter(
                pk__in=[grading for _code, _name, grading in found.values() if grading],
                run__version=self.version,
            ).in_bulk()
            for pk in batch:
                code, name, grading = found.get(pk, ("", "", None))
                if grading in gradings:
                    yield code, name, gradings[grading]

    def _cells(self, body: Body) -> list[Cell]:
        """What makes the cells of a customer: formulas are the same in every row but for its number."""
        record, made = column_letter(self.total + 1), column_letter(self.total)
        difference = f'=IF(OR({made}{ROW}="",{record}{ROW}=""),"",ROUND({made}{ROW}-{record}{ROW},2))'
        two = body.style("0.00")
        text = body.cell("text", "@")
        return [
            text,
            text,
            *(_raw(column.measured, body) for column in self.columns),
            *(_formula(self._points(n, ROW), two) for n in range(len(self.columns))),
            *(_formula(formula, body.style("0.0000")) for formula in self._score_formulas(ROW)),
            _formula(self._total(ROW), two),
            body.cell("score", "0.00"),
            _formula(difference, two),
        ]

    def _values(self, code: str, name: str, grading: Grading) -> list[Any]:
        """Of a customer; where a formula stands, whatever is not None."""
        return [code, name, *grading.values, *[""] * (self.total + 1 - self.points.start), grading.total, ""]

    # Formulas

    def _points(self, n: int, row: str) -> str:
        """As `scoring.points_of`: hundredths of a point, rounded half up once."""
        indicator = self.rules.indicators[n]
        at = self.knots_at[n]
        first, last = column_letter(3), column_letter(2 + len(indicator.curve.knots))
        xs, ys = f"${first}${at}:${last}${at}", f"${first}${at + 1}:${last}${at + 1}"
        value = f"{column_letter(self.values[n])}{row}"
        unknown = f'IF($C${at}="","",$C${at})'
        if indicator.curve.shape is scoring.Shape.BANDS:
            return f'=IF({value}="",{unknown},IF({value}<${first}${at},0,INDEX({ys},MATCH({value},{xs},1))))'
        units = UNITS_IN_ONE.get(self.columns[n].measured, 1)

        def x(text: str) -> str:
            return f"ROUND({units}*{text},0)"

        def y(text: str) -> str:
            return f"ROUND(100*{text},0)"

        place = f"MATCH({value},{xs},1)"
        x0, x1 = x(f"INDEX({xs},{place})"), x(f"INDEX({xs},{place}+1)")
        y0, y1 = y(f"INDEX({ys},{place})"), y(f"INDEX({ys},{place}+1)")
        width = f"({x1}-{x0})"
        line = f"INT((2*({y0}*{width}+({y1}-{y0})*({x(value)}-{x0}))+{width})/(2*{width}))/100"
        return (
            f'=IF({value}="",{unknown},IF({value}<=${first}${at},${first}${at + 1},'
            f"IF({value}>=${last}${at},${last}${at + 1},{line})))"
        )

    def _score_formulas(self, row: str) -> Iterator[str]:
        start = self.points.start
        for dimension in self.rules.dimensions:
            end = start + len(dimension.indicators)
            yield self._weighed(range(start, end), row, units=100, shown=10_000)
            start = end

    def _weighed(self, columns: range, row: str, *, units: int, shown: int) -> str:
        """As `scoring._weighed`: what is unknown is left out, the others weigh as if they made up 100."""
        first, last = column_letter(columns[0]), column_letter(columns[-1])
        weights = f"{first}${self.weights_row}:{last}${self.weights_row}"
        scores = f"{first}{row}:{last}{row}"
        weight = f"SUMPRODUCT(--ISNUMBER({scores}),{weights})"
        total = f"ROUND({units}*SUMPRODUCT({scores},{weights}),0)"
        return f'=IF({weight}=0,"",INT((200*{total}+{weight})/(2*{weight}))/{shown})'

    def _total(self, row: str) -> str:
        """Cut to two decimals, as a page shows it."""
        exact = self._weighed(self.scores, row, units=10_000, shown=1)
        return f'=IF({exact[1:]}="","",INT(({exact[1:]})/10000)/100)'

    # Cells above the table

    def _value(self, unit: Unit, raw: int) -> Any:
        units = UNITS_IN_ONE.get(unit, 1)
        return number_cell(self.sheet, Decimal(raw) / units, format_of(unit))

    def _number(self, value: Any, number_format: str) -> Any:
        return number_cell(self.sheet, value, number_format)

    def _text(self, text: str, *, is_bold: bool = False, size: int = 11, fill: str = "") -> Any:
        return text_cell(self.sheet, text, is_bold=is_bold, size=size, fill=fill)


def format_of(unit: Unit) -> str:
    return FORMATS.get(unit, "#,##0")


def _raw(unit: Unit, body: Body) -> Cell:
    """Of a value in its unit."""
    kinds: dict[Unit, Kind] = {Unit.FEN: "money", Unit.BASIS_POINTS: "percent", Unit.PER_MONTH: "money"}
    return body.cell(kinds.get(unit, "integer"), format_of(unit))


def _formula(formula: str, style: int) -> Cell:
    before, *rest = escape(formula.removeprefix("="), quote=False).split(ROW)

    def cell(_value: Any, at: str) -> str:
        row = at.lstrip(ascii_uppercase)
        return f'<c r="{at}" s="{style}"><f>{row.join((before, *rest))}</f><v/></c>'

    return cell
