"""The feedback log: what customers complained and asked about, by cause, category and quarter. Numbers that add up."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maintenance.models import Case
from maintenance.models.case import CaseQuerySet
from toolbox.calendars import ONE_DAY, Cadence, months_before, period_end_of, quarter_of

QUARTERS = 8
NONE_YET = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarter:
    first: date
    last: date

    @classmethod
    def of(cls, day: date) -> "Quarter":
        last = period_end_of(day, Cadence.QUARTERLY)
        return cls(first=months_before(last + ONE_DAY, 3), last=last)

    @classmethod
    def named(cls, name: str, *, among: "list[Quarter]") -> "Quarter":
        """The one of this name; the latest where there is none."""
        return next((quarter for quarter in among if quarter.name == name), among[0])

    @property
    def name(self) -> str:
        return quarter_of(self.first)


def quarters(today: date) -> list[Quarter]:
    """The latest ones, the present one first."""
    this = Quarter.of(today)
    return [Quarter.of(months_before(this.first, 3 * n)) for n in range(QUARTERS)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """A number, and the list of what it counts."""

    n: int
    url: str
    share: None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    name: str
    cells: list[Linked]
    total: Linked


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    heads: list[str]
    rows: list[Row]
    foot: Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Satisfaction:
    """Hundredths of the average, and of how many."""

    average: int | None
    answers: int


def log(cases: CaseQuerySet, quarter: Quarter, *, kind: str = "") -> Table:
    """Causes down, categories across, of the cases opened in the quarter. Not yet solved is a row of its own."""
    rows = within(cases, quarter, quarter, kind=kind)
    counted = rows.order_by().values_list("cause", "category").annotate(n=Count("pk"))
    found = {(cause or NONE_YET, category): n for cause, category, n in counted}
    heads = [(value, str(label)) for value, label in Case.Category.choices]
    asked = span(quarter, quarter, kind=kind)
    return table(found, causes(), heads, across="category", asked=asked)


def course(cases: CaseQuerySet, among: list[Quarter], *, kind: str = "") -> Table:
    """Causes down, quarters across, the oldest first."""
    in_order = among[::-1]
    rows = within(cases, in_order[0], in_order[-1], kind=kind)
    found: dict[tuple[str, str], int] = {}
    for cause, opened_at in rows.order_by().values_list("cause", "request__opened_at"):
        key = (cause or NONE_YET, quarter_of(timezone.localdate(opened_at)))
        found[key] = found.get(key, 0) + 1
    heads = [(quarter.name, quarter.name) for quarter in in_order]
    asked = span(in_order[0], in_order[-1], kind=kind)
    spans = {quarter.name: span(quarter, quarter, kind=kind) for quarter in in_order}
    return table(found, causes(), heads, across="", asked=asked, spans=spans)


def causes() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in Case.Cause.choices] + [(NONE_YET, _("Not solved yet"))]


def satisfaction(cases: CaseQuerySet, quarter: Quarter, *, kind: str = "") -> Satisfaction:
    rows = within(cases, quarter, quarter, kind=kind).exclude(satisfaction=None)
    said = list(rows.values_list("satisfaction", flat=True))
    total = sum(one for one in said if one)
    return Satisfaction(
        average=(200 * total + len(said)) // (2 * len(said)) if said else None, answers=len(said)
    )


def within(cases: CaseQuerySet, first: Quarter, last: Quarter, *, kind: str) -> CaseQuerySet:
    rows = cases.filter(request__opened_at__date__gte=first.first, request__opened_at__date__lte=last.last)
    return rows.filter(kind=kind) if kind else rows


def span(first: Quarter, last: Quarter, *, kind: str) -> dict[str, str]:
    asked = {"state": "", "opened_after": f"{first.first}", "opened_before": f"{last.last}"}
    return asked | ({"kind": kind} if kind else {})


def table(
    found: dict[tuple[str, str], int],
    downs: list[tuple[str, str]],
    heads: list[tuple[str, str]],
    *,
    across: str,
    asked: dict[str, str],
    spans: dict[str, dict[str, str]] | None = None,
) -> Table:
    def link(n: int, head: str = "", **more: str) -> Linked:
        where = asked | more
        if head:
            where |= spans[head] if spans else {across: head}
        return Linked(n=n, url=f"{reverse('maintenance:cases')}?{urlencode(where)}")

    rows = [
        Row(
            name=name,
            cells=[link(found.get((down, head), 0), head, cause=down) for head, _name in heads],
            total=link(sum(found.get((down, head), 0) for head, _name in heads), cause=down),
        )
        for down, name in downs
    ]
    feet = [link(sum(found.get((down, head), 0) for down, _name in downs), head) for head, _name in heads]
    foot = Row(name=_("All"), cells=feet, total=link(sum(found.values())))
    return Table(heads=[name for _head, name in heads], rows=[row for row in rows if row.total.n], foot=foot)
