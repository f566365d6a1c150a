"""Whose ratings somebody should look at: three short tables."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.lists import Column, Found, Listing
from accounts.models import User
from tiering import reasons
from tiering.raters import asking
from tiering.raters.rules import Average
from toolbox.calendars import quarter_of

PAGE: Final = "tiering:raters"
MILLIONTHS: Final = 10_000
"""In a hundredth."""


@dataclass(frozen=True)
class Line:
    rater: User
    row: Any


def lines(rows: list[Any]) -> Found:
    people = User.objects.in_bulk([row.rater for row in rows])
    return Found([Line(people[row.rater], row) for row in rows])


def drifting(_user: User, _query: QueryDict, _about: int | None) -> Found:
    return lines(asking.drifting(timezone.localdate()))


def rising(_user: User, _query: QueryDict, _about: int | None) -> Found:
    return lines(asking.rising(timezone.localdate()))


def late(_user: User, _query: QueryDict, _about: int | None) -> Found:
    return lines(asking.late(asking.last_runs()))


def rater() -> Column:
    return Column(key="rater", name=_("Rated by"), value=lambda line: line.rater.name)


def average(of: Average) -> int | None:
    return None if of.hundredths is None else of.hundredths * MILLIONTHS


def count(key: str, name: str) -> Column:
    return Column(key=key, name=name, value=lambda line: getattr(line.row, key), kind="integer")


def drift_columns() -> list[Column]:
    return [
        rater(),
        Column(
            key="indicator",
            name=_("Indicator"),
            value=lambda line: reasons.name_of(line.row.indicator),
            width=24,
        ),
        Column(key="ratings", name=_("Ratings"), value=lambda line: line.row.own.count, kind="integer"),
        Column(key="own", name=_("Own average"), value=lambda line: average(line.row.own), kind="score"),
        Column(
            key="book", name=_("Average of the book"), value=lambda line: average(line.row.book), kind="score"
        ),
        Column(
            key="difference",
            name=_("Difference"),
            value=lambda line: line.row.difference * MILLIONTHS,
            kind="score",
        ),
    ]


def rise_columns() -> list[Column]:
    spans = asking.quarter_days(timezone.localdate())

    def quarter(n: int, name: str) -> list[Column]:
        return [
            Column(
                key=f"quarter_{n + 1}",
                name=name,
                value=lambda line: average(line.row.quarters[n]),
                kind="score",
                width=14,
            ),
            Column(
                key=f"ratings_{n + 1}",
                name=f"{name} · {_('Ratings')}",
                value=lambda line: line.row.quarters[n].count,
                kind="integer",
                width=14,
            ),
        ]

    return [
        rater(),
        *(one for n, (_first, end) in enumerate(spans) for one in quarter(n, str(quarter_of(end)))),
    ]


def late_columns() -> list[Column]:
    return [
        rater(),
        Column(key="run", name=_("Re-grade"), value=lambda line: line.row.run.period),
        count("changed", _("Changed")),
        count("raised", _("Raised")),
        count("lowered", _("Lowered")),
        count("rose", _("Raised, and the customer rose")),
    ]


DRIFTING: Final = Listing(
    key="raters-drift",
    name=gettext_lazy("Averages that differ from the book's"),
    page=PAGE,
    find=drifting,
    columns=drift_columns,
    may="sees_all",
)
RISING: Final = Listing(
    key="raters-rising",
    name=gettext_lazy("Averages that rise from quarter to quarter"),
    page=PAGE,
    find=rising,
    columns=rise_columns,
    may="sees_all",
)
LATE: Final = Listing(
    key="raters-late",
    name=gettext_lazy("Ratings changed just before a re-grade"),
    page=PAGE,
    find=late,
    columns=late_columns,
    may="sees_all",
)
