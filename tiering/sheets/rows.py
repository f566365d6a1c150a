"""Ratings and figures as rows of a sheet, and as columns of a sheet of customers.

Both are history and are never edited: another value for the same day is another row, and the newest counts. So an
undo says again what counted before; what had nothing before it stays, and is named.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, override

from accounts.models import User
from customers.imports import columns as cells
from customers.imports.columns import Column, Json, Parser
from customers.imports.kind import Candidate, Obstacle, missing_cell, portions, register
from customers.imports.of_customers import extras
from customers.imports.of_facts import FactKind, OfCustomers, customer_columns
from customers.models import Assessment, Customer, Figure
from customers.services import many_facts
from tiering import curves, reasons
from tiering.measures import YEAR, Measure, Origin, Unit, fresh
from toolbox import sheets
from toolbox.days import PAST
from toolbox.hundredths import trimmed
from toolbox.rounding import round_half_up
from toolbox.sheets import Header, Value, WrongValueError

Triple = tuple[int, str, str]
"""Customer, indicator, day."""


def reader(measure: Measure, header: Header | None = None) -> Parser:
    """Of a cell with a value of this measure, in the measure's unit."""
    factor = header.factor if header else 1
    parse: Callable[[Value], int]
    match measure.unit:
        case Unit.FEN if header and header.currency:
            return cells.foreign(header)
        case Unit.FEN:
            parse = partial(sheets.parse_money, factor=factor)
        case Unit.BASIS_POINTS:
            parse = partial(sheets.parse_percent_bp, is_percent=bool(header and header.is_percent))
        case Unit.PER_MONTH:
            parse = partial(sheets.parse_decimal, places=2)
        case Unit.YEARS:
            parse = in_days
        case _whole:
            parse = sheets.parse_int

    def read(value: Value) -> int:
        try:
            return curves.within(parse(value), measure)
        except ValidationError as wrong:
            raise WrongValueError(_("The value is out of range."), wrong.messages[0]) from None

    return cells.remembering(read)


def in_days(value: Value) -> int:
    return round_half_up(sheets.parse_decimal(value, places=3) * YEAR, 1000)


def to_edit(measure: Measure, value: int, header: Header | None = None) -> str:
    """A value as `reader` takes it back, exactly."""
    match measure.unit:
        case Unit.FEN:
            return f"{Decimal(value).scaleb(-2) / (header.factor if header else 1):f}"
        case Unit.BASIS_POINTS:
            return f"{trimmed(value)}%"
        case Unit.PER_MONTH:
            return f"{Decimal(value).scaleb(-2):f}"
        case Unit.YEARS:
            return f"{Decimal(value) / YEAR:.3f}"
        case _whole:
            return str(value)


def names_of(measure: Measure) -> list[str]:
    found = [measure.key]
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(str(measure.name))
    return found


class Judged(FactKind):
    """`day` and `value` name the model's fields; `words` what is said of it: evidence or source."""

    origin: ClassVar[Origin]
    day: ClassVar[str]
    value: ClassVar[str]
    words: ClassVar[str]
    hidden: ClassVar[tuple[str, ...]] = ("@customer", "@indicator", "@newest")
    identity: ClassVar[tuple[str, ...]] = ("customer", "customer_name", "indicator", "day")
    needs: ClassVar[tuple[tuple[str, ...], ...]] = (*OfCustomers.needs, ("indicator",))

    def make_columns(self) -> list[Column]:
        self.measures = {key: one for key, one in fresh().items() if one.origin == self.origin}
        self.by_name = {name.casefold(): key for key, one in self.measures.items() for name in names_of(one)}
        return [
            *customer_columns(),
            Column(
                key="indicator", name=gettext_lazy("Indicator"), also=("指标", "指标名称", "评价指标", "评级指标", "indicator", "measure"),
                parser=cells.text(100), show=self._shown_indicator, is_required=True, width=24,
                choices=lambda: [str(one.name) for one in self.measures.values()],
                sample=next((str(one.name) for one in self.measures.values()), None),
            ),
            self.value_column(),
            self.words_column(),
            cells.day_column(
                "day", self.day_name, PAST, sample=date(2026, 1, 15),
                also=("日期", "评级日期", "评价日期", "评分日期", "截至日期", "数据日期", "as of", "rated on", "date"),
            ),
        ]  # fmt: skip

    day_name: ClassVar[Promise]

    @abstractmethod
    def value_column(self) -> Column:
        """What is said of the indicator."""

    @abstractmethod
    def words_column(self) -> Column:
        """By what it is said: evidence, or source."""

    _header: Header | None = None
    """Of the values: in which unit amounts among them are."""

    def _with_header(self, header: Header) -> Parser:
        self._header = header
        return cells.as_it_is(header)

    def _shown_indicator(self, key: str) -> str:
        return str(self.measures[key].name) if key in self.measures else key

    # What a row means

    def settle(self, rows: Sequence[Candidate]) -> None:
        super().settle(rows)
        for row in rows:
            row.values.setdefault("day", self.today.isoformat())
            said = row.values.get("indicator")
            key = self.by_name.get(str(said).casefold()) if said else None
            if said and key is None:
                row.refuse(
                    "indicator",
                    _("There is no indicator of this name that people rate.")
                    if self.origin == Origin.RATED
                    else _("There is no indicator of this name whose figures are typed or imported."),
                    _("Choose one of %(names)s.")
                    % {"names": _(", ").join(str(one.name) for one in self.measures.values())},
                )
            elif key:
                row.values["indicator"] = key
                self._read_value(row, self.measures[key])

    def _read_value(self, row: Candidate, measure: Measure) -> None:
        if "value" not in row.values:
            return
        try:
            row.values["value"] = reader(measure, self._header)(row.values["value"])
        except WrongValueError as wrong:
            row.refuse("value", wrong.problem, wrong.remedy)
            del row.values["value"]

    def find(self, rows: Sequence[Candidate]) -> None:
        known = self._newest_of({row.links["customer"] for row in rows if "customer" in row.links})
        for row in rows:
            self.named(
                row, self._shown_indicator(str(row.values.get("indicator", ""))), row.values.get("day")
            )
            if not row.values.get("indicator"):
                missing_cell(row, "indicator", self.columns.by_key["indicator"].label())
            if row.problems:
                continue
            which = (row.links["customer"], str(row.values["indicator"]), str(row.values["day"]))
            first = self.seen.setdefault(which, row.number)
            if first != row.number:
                row.refuse(
                    "indicator",
                    _("The same indicator of this customer stands in row %(row)s already, for the same day.")
                    % {"row": first},
                    _("Keep one of the two rows."),
                )
            row.pk = known.get(which)
        self.fill(rows)

    @property
    def seen(self) -> dict[Triple, int]:
        if not hasattr(self, "_seen"):
            self._seen: dict[Triple, int] = {}
        return self._seen

    def judge(self, row: Candidate) -> None:
        if row.pk is None and row.values.get("value") is None and not row.problems:
            missing_cell(row, "value", self.columns.by_key["value"].label())

    # What is on record

    def _newest_of(self, customers: set[int]) -> dict[Triple, int]:
        found: dict[Triple, int] = {}
        for some in portions(customers):
            rows = self._rows(customer__among=some).order_by("pk")
            for pk, customer, indicator, day in rows.values_list("pk", "customer_id", "indicator", self.day):
                found[customer, indicator, day.isoformat()] = pk
        return found

    def _rows(self, **asked: Any) -> "QuerySet[Any]":
        found: QuerySet[Any] = self.model._default_manager.filter(**asked)
        return found

    def current(self, pks: Sequence[int]) -> dict[int, dict[str, Json]]:
        """What counts for the same customer, indicator and day by now."""
        found: dict[int, dict[str, Json]] = {}
        visible = Customer.objects.visible_to(self.by).active()
        for some in portions(sorted(pks)):
            asked = list(self._rows(pk__among=some).values_list("pk", "customer_id", "indicator", self.day))
            customers = {
                pk: (code, name)
                for pk, code, name in visible.filter(pk__in={row[1] for row in asked}).values_list(
                    "pk", "code", "name"
                )
            }
            newest: dict[Triple, tuple[int, int, str]] = {}
            rows = self._rows(customer__in=list(customers)).order_by("pk")
            for pk, customer, indicator, day, value, words in rows.values_list(
                "pk", "customer_id", "indicator", self.day, self.value, self.words
            ):
                newest[customer, indicator, day.isoformat()] = (pk, value, words)
            for pk, customer, indicator, day in asked:
                if customer in customers:
                    last, value, words = newest[customer, indicator, day.isoformat()]
                    found[pk] = {
                        "customer": customers[customer][0], "customer_name": customers[customer][1],
                        "indicator": indicator, "day": day.isoformat(), "value": value, "words": words,
                        "@customer": customer, "@indicator": indicator, "@newest": last,
                    }  # fmt: skip
        return found

    # What goes out to be edited

    def exported(self, customers: QuerySet[Any]) -> list[int]:
        """What counts of each day."""
        theirs = (
            Customer.objects.visible_to(self.by).active().filter(pk__in=customers.order_by().values("pk"))
        )
        rows = self._rows(customer__in=theirs, indicator__in=list(self.measures)).order_by()
        newest = rows.values("customer_id", "indicator", self.day).annotate(newest=Max("pk"))
        found = newest.order_by("customer_id", "indicator", self.day, "newest")
        return list(found.values_list("newest", flat=True))

    def written(self, key: str) -> sheets.writing.Kind:
        return "text" if key == "value" else super().written(key)

    def to_edit(self, key: str, said: Mapping[str, Any]) -> Any:
        if key == "value" and said.get("indicator") in self.measures and said.get(key) is not None:
            return to_edit(self.measures[said["indicator"]], said[key])
        return super().to_edit(key, said)

    def may_be_emptied(self, key: str) -> bool:  # noqa: ARG002 - what was judged is never unsaid
        return False

    labelled: ClassVar[tuple[str, ...]] = ("indicator", "day")

    def last_changes(self, since: Mapping[int, datetime]) -> dict[int, dict[str, tuple[str, datetime]]]:
        newest = {said["@newest"]: pk for pk, said in self.current(list(since)).items()}
        who = self.who.removesuffix("_id")
        rows = self._rows(pk__in=list(newest)).values_list(
            "pk", f"{who}__display_name", f"{who}__username", "recorded_at"
        )
        said = {newest[pk]: (shown or username or "", at) for pk, shown, username, at in rows}
        return {pk: {"value": one, "words": one} for pk, one in said.items() if one[1] >= since[pk]}

    # What is done

    def create(self, rows: Sequence[Candidate]) -> list[int]:
        return self._append(
            [
                (row.links["customer"], str(row.values["indicator"]), str(row.values["day"]), row.values["value"], row.values.get("words"))
                for row in rows
            ]
        )  # fmt: skip

    def update(self, rows: Sequence[Candidate]) -> None:
        self._append(
            [
                (
                    int(str(row.was["@customer"])), str(row.was["@indicator"]), str(row.was["day"]),
                    row.values.get("value") if row.values.get("value") is not None else row.was["value"],
                    row.values.get("words") or row.was["words"],
                )
                for row in rows
            ]
        )  # fmt: skip

    def _append(self, rows: Sequence[tuple[int, str, str, Any, Any]]) -> list[int]:
        return many_facts.record(
            self.model,
            ["customer_id", "indicator", self.day, self.value, self.words, self.who],
            [(*row[:4], row[4] or self.source[:200], self.by.pk) for row in rows],
            at=self.at,
        )

    who: ClassVar[str]

    # And taken back

    def _before(self, pks: Sequence[int]) -> dict[int, tuple[int, str, str, int, str] | None]:
        """What counted before each of these: of an earlier day, since nothing was there of its own."""
        asked = list(self._rows(pk__in=list(pks)).values_list("pk", "customer_id", "indicator", self.day))
        earlier: dict[tuple[int, str], list[tuple[date, int, int, str]]] = {}
        for some in portions({row[1] for row in asked}):
            rows = self._rows(customer__among=some).exclude(pk__in=list(pks)).order_by(self.day, "pk")
            for pk, customer, indicator, day, value, words in rows.values_list(
                "pk", "customer_id", "indicator", self.day, self.value, self.words
            ):
                earlier.setdefault((customer, indicator), []).append((day, pk, value, words))
        found: dict[int, tuple[int, str, str, int, str] | None] = {}
        for pk, customer, indicator, day in asked:
            known = [one for one in earlier.get((customer, indicator), ()) if one[0] < day]
            found[pk] = (customer, indicator, day.isoformat(), known[-1][2], known[-1][3]) if known else None
        return found

    def hindered(self, rows: Sequence[Candidate]) -> list[Obstacle]:
        pks = [row.pk for row in rows if row.pk]
        before, current = self._before(pks), self.current(pks)
        found = []
        for pk in pks:
            if current.get(pk, {}).get("@newest") != pk:
                found.append(Obstacle(pk, "", _("It was judged again since.")))
            elif before.get(pk) is None:
                found.append(Obstacle(pk, "", nothing_before()))
        return found

    def remove(self, rows: Sequence[Candidate]) -> None:
        before = self._before([row.pk for row in rows if row.pk])
        self._append([one for one in before.values() if one])


def nothing_before() -> str:
    return _("What was judged is history and stays; before, there was nothing it could go back to.")


@register
class Ratings(Judged):
    key = "ratings"
    name = gettext_lazy("Ratings")
    description = gettext_lazy(
        "Indicators that people rate from 1 to 5: one row for each customer and indicator."
    )
    icon = "star"
    model = Assessment
    origin = Origin.RATED
    day, value, words, who = "rated_on", "rating", "evidence", "rater_id"
    fields: ClassVar[dict[str, str]] = {"value": "rating", "words": "evidence"}
    day_name = gettext_lazy("Rated on")

    def value_column(self) -> Column:
        return Column(
            key="value", name=gettext_lazy("Rating"), also=("评分", "评级", "得分", "分值", "分数", "rating", "score"),
            parser=cells.as_it_is, is_required=True, hint=gettext_lazy("1 (lowest) to 5 (highest)"), written="integer", sample=4,
        )  # fmt: skip

    def words_column(self) -> Column:
        return Column(
            key="words", name=gettext_lazy("Evidence"), also=("依据", "评分依据", "评级依据", "理由", "说明", "备注", "evidence", "reason", "comment"),
            parser=cells.text(2_000), sample="季度拜访", width=40,
        )  # fmt: skip


@register
class Figures(Judged):
    key = "figures"
    name = gettext_lazy("Figures")
    description = gettext_lazy(
        "Values that are typed or imported, such as the industry outlook or indicators of your own: one row for each customer and indicator."
    )
    icon = "scale"
    model = Figure
    origin = Origin.GIVEN
    day, value, words, who = "as_of", "value", "source", "by_id"
    fields: ClassVar[dict[str, str]] = {"value": "value", "words": "source"}
    day_name = gettext_lazy("As of")

    def value_column(self) -> Column:
        return Column(
            key="value", name=gettext_lazy("Value"), also=("数值", "指标值", "值", "得分", "value", "figure"),
            parser=self._with_header, is_required=True, written="integer", sample=75, hint=gettext_lazy("In the unit of the indicator."),
        )  # fmt: skip

    def words_column(self) -> Column:
        return Column(
            key="words", name=gettext_lazy("Source"), also=("来源", "数据来源", "出处", "说明", "source", "origin"),
            parser=cells.text(200), sample="行业报告", width=30,
        )  # fmt: skip


# As columns of a sheet of customers


class IndicatorColumns:
    """Of directors: each indicator that people rate or give is a column, whose value is as of today."""

    PREFIX: ClassVar[str] = "indicator."

    def columns(self, by: User) -> list[Column]:
        if not by.may_grade:
            return []
        return [
            Column(
                key=f"{self.PREFIX}{one.key}", name=one.name, also=(one.key,), parser=partial(self._parser, one),
                show=partial(reasons.show, unit=one.unit), hint=Unit(one.unit).label,
                cell=partial(to_edit, one, header=sheets.read_header(str(one.name))),
            )
            for one in fresh().values()
            if one.origin != Origin.COMPUTED
        ]  # fmt: skip

    def _parser(self, measure: Measure, header: Header) -> Parser:
        return reader(measure, header)

    def current(self, keys: Sequence[str], pks: Sequence[int], *, today: date) -> dict[int, dict[str, Json]]:
        wanted = [key.removeprefix(self.PREFIX) for key in keys]
        found: dict[int, dict[str, Json]] = {}
        for model, day, value in ((Assessment, "rated_on", "rating"), (Figure, "as_of", "value")):
            rows: QuerySet[Any] = model._default_manager.filter(
                customer__among=pks, indicator__in=wanted, **{f"{day}__lte": today}
            )
            for pk, indicator, said in rows.order_by(day, "pk").values_list(
                "customer_id", "indicator", value
            ):
                found.setdefault(pk, {})[f"{self.PREFIX}{indicator}"] = said
        return found

    def write(
        self, values: Mapping[str, Sequence[tuple[int, Any]]], *, by: User, at: datetime, source: str
    ) -> None:
        known, today, note = fresh(), timezone.localdate(at).isoformat(), source[:200]
        told = {key.removeprefix(self.PREFIX): pairs for key, pairs in values.items()}
        for model, origin, day, value, words, who in (
            (Assessment, Origin.RATED, "rated_on", "rating", "evidence", "rater_id"),
            (Figure, Origin.GIVEN, "as_of", "value", "source", "by_id"),
        ):
            own = {key: pairs for key, pairs in told.items() if known[key].origin == origin}
            count = sum(map(len, own.values()))
            columns: dict[str, Sequence[Any]] = {
                "customer_id": [pk for pairs in own.values() for pk, _value in pairs],
                "indicator": [indicator for indicator, pairs in own.items() for _pair in pairs],
                value: [said for pairs in own.values() for _pk, said in pairs],
                day: [today] * count,
                words: [note] * count,
                who: [by.pk] * count,
            }
            many_facts.append(model, columns, at=at)


extras.append(IndicatorColumns())
