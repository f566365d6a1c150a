"""Whose ratings somebody should look at, and the ratings themselves: for whoever sees the whole book."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.http import Request, only
from accounts.models import User
from tiering.listings import RATINGS
from tiering.raters import asking, rules
from toolbox.calendars import quarter_of
from toolbox.pages import capped_count, keyset_page

SIZE = 50


def ratings_url(**asked: str | int) -> str:
    return f"{reverse('tiering:ratings')}?{urlencode(asked)}"


@dataclass(frozen=True)
class Found:
    """A finding with its rater and where its ratings are listed."""

    rater: User
    row: Any
    url: str
    more: list[tuple[Any, str]]
    """Further numbers, each with its list."""


@require_safe
@only("sees_all")
def index(request: Request) -> HttpResponse:
    today = timezone.localdate()
    drifting, rising = asking.drifting(today), asking.rising(today)
    late = asking.late(asking.last_runs())
    raters = [*(row.rater for row in drifting), *(row.rater for row in rising), *(row.rater for row in late)]
    people = User.objects.in_bulk(raters)
    first, last = asking.window(today)
    context = {
        "rules": rules,
        "drifting": [
            Found(
                people[row.rater],
                row,
                ratings_url(rater=row.rater, indicator=row.indicator, **days(first, last)),
                [],
            )
            for row in drifting
        ],
        "quarters": [quarter_of(end) for _first, end in asking.quarter_days(today)],
        "rising": [rising_found(people[row.rater], row, today) for row in rising],
        "late": [late_found(people[row.rater], row) for row in late],
    }
    return render(request, "tiering/raters.html", context)


def days(first: date, last: date) -> dict[str, str]:
    return {"rated_from": first.isoformat(), "rated_to": last.isoformat()}


def rising_found(rater: User, row: asking.Rising, today: date) -> Found:
    spans = asking.quarter_days(today)
    quarters = [
        (average, ratings_url(rater=row.rater, **days(first, last)))
        for average, (first, last) in zip(row.quarters, spans, strict=True)
    ]
    return Found(rater, row, ratings_url(rater=row.rater, **days(spans[0][0], spans[-1][1])), quarters)


def late_found(rater: User, row: asking.Late) -> Found:
    def url(**asked: str) -> str:
        return ratings_url(rater=row.rater, run=row.run.pk, **asked)

    numbers = [
        (row.changed, url(change="changed")),
        (row.raised, url(change="raised")),
        (row.lowered, url(change="lowered")),
        (row.rose, url(change="raised", moved="up")),
    ]
    return Found(rater, row, url(), numbers)


@require_safe
@only("sees_all")
def ratings(request: Request) -> HttpResponse:
    """The newest first, each with the rating that it took the place of."""
    found = RATINGS.find(request.user, request.GET, None)
    context = {
        "filter": found.filter,
        "page": keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=SIZE),
        "count": capped_count(found.rows),
    }
    return render(request, "tiering/ratings.html", context)
