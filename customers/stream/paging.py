"""The newest entries of all sources, page by page by key: one small query for each source, however long the story is."""

import base64
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from customers.stream.asking import Asked
from customers.stream.sources import Said, Source, sources
from toolbox.days import midnight
from toolbox.pages import LARGEST_INTEGER

YEARS: Final = range(1900, 9000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    source: Source
    row: Any
    at: datetime
    said: Said

    @property
    def by(self) -> User | None:
        found: User | None = (
            attrgetter(self.source.by.replace("__", "."))(self.row) if self.source.by else None
        )
        return found

    @property
    def department(self) -> str:
        """Its label."""
        if self.said.department:
            return self.said.department
        return str(self.by.department.label) if self.by else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamPage:
    rows: list[Entry]
    next_cursor: str


@dataclass(frozen=True, order=True, slots=True)
class _Place:
    """In the order of the stream: by moment, then by source and row."""

    at: datetime
    key: str
    pk: int


def page(customer: Customer, user: User, *, asked: Asked, cursor: str, size: int) -> StreamPage:
    """The entries after `cursor`, the newest first; the first page for '' and for a cursor that is broken."""
    after = _read(cursor)
    found: list[tuple[_Place, Any]] = []
    for source in sources.values():
        if asked.concerns(source):
            rows = asked.narrow(source.found(user).filter(**{source.customer: customer.pk}), source)
            if after:
                rows = rows.filter(_beyond(after, source))
            newest = rows.order_by(f"-{source.at}", "-pk")[: size + 1]
            found += [(_place(row, source), row) for row in newest]
    found.sort(key=lambda pair: pair[0], reverse=True)
    shown = found[:size]
    cursor = _write(shown[-1][0]) if len(found) > size else ""
    return StreamPage(rows=_entries(shown, user), next_cursor=cursor)


def how_many(customer: Customer, user: User, *, asked: Asked) -> int:
    """Entries of all pages; one small query for each source."""
    asked_of = [source for source in sources.values() if asked.concerns(source)]
    rows = (asked.narrow(each.found(user).filter(**{each.customer: customer.pk}), each) for each in asked_of)
    return sum(each.order_by().count() for each in rows)


def _entries(shown: list[tuple[_Place, Any]], user: User) -> list[Entry]:
    by_source = defaultdict[str, list[Any]](list)
    for place, row in shown:
        by_source[place.key].append(row)
    said = {key: sources[key].say(rows, user) for key, rows in by_source.items()}
    return [
        Entry(source=sources[place.key], row=row, at=place.at, said=said[place.key][place.pk])
        for place, row in shown
        if place.pk in said[place.key]
    ]


def _beyond(after: _Place, source: Source) -> Q:
    """Rows that stand after a place. A day stands at its first moment."""
    at, limit = source.at, after.at
    if source.is_day:
        day = timezone.localdate(after.at)
        if midnight(day) != after.at:
            return Q(**{f"{at}__lte": day})
        limit = day  # type: ignore[assignment]
    if source.key < after.key:
        return Q(**{f"{at}__lte": limit})
    if source.key > after.key:
        return Q(**{f"{at}__lt": limit})
    return Q(**{f"{at}__lte": limit}) & (Q(**{f"{at}__lt": limit}) | Q(pk__lt=after.pk))


def _place(row: Any, source: Source) -> _Place:
    at: datetime | date = getattr(row, source.at)
    return _Place(at if isinstance(at, datetime) else midnight(at), source.key, row.pk)


def _write(place: _Place) -> str:
    text = json.dumps([place.at.isoformat(), place.key, place.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> _Place | None:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        at, key, pk = json.loads(text)
        moment = datetime.fromisoformat(at)
        timezone.localtime(moment)
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None
    if moment.year not in YEARS or not isinstance(key, str) or key not in sources:
        return None
    if not isinstance(pk, int) or abs(pk) > LARGEST_INTEGER:
        return None
    return _Place(moment, key, pk)
