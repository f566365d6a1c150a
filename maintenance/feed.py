"""What a calendar program is told of one person's own work: RFC 5545, in the person's language.

It leaves the house: no names or numbers of people at the customers, and no notes. Whoever wants those follows the link.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, override
from icalendar import Calendar, Event

from accounts.models import User
from customers.models import KeyDate
from maintenance import worklist
from maintenance.cadence import Span
from maintenance.models import Case

BACK: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=120)
MOST: Final = 1_000
"""Of each kind, the nearest ones: a calendar program reads all of it every hour."""
SHORTEST: Final = timedelta(minutes=15)
ANNIVERSARY: Final = ("anniversary", "周年")
A_DAY: Final = timedelta(days=1)


def calendar_of(user: User, *, at: datetime) -> bytes:
    """Open promises and key dates as whole days, the clocks of cases at their time."""
    with override(user.language or settings.MAIL_LANGUAGE):
        calendar = Calendar()
        calendar.add("prodid", "-//Tierbook//Tierbook//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("Tierbook of %(name)s") % {"name": user.name})
        calendar.add("x-wr-timezone", settings.TIME_ZONE)
        calendar.add("refresh-interval", timedelta(hours=1), {"value": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        today = timezone.localdate(at)
        for events in (_promises(user, today), _cases(user), _key_dates(user, today)):
            for event in events:
                calendar.add_component(event)
        calendar.add_missing_timezones()
        body: bytes = calendar.to_ical()
        return body


def fingerprint(body: bytes) -> str:
    return sha256(body).hexdigest()


def _event(uid: str, summary: str, page: str, *, changed: datetime, sequence: int = 0) -> Event:
    """What stays the same from reading to reading, unless the thing itself has changed."""
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", sequence)
    event.add("summary", summary)
    event.add("url", f"{settings.PUBLIC_URL}{page}")
    return event


def _whole_day(event: Event, day: date) -> Event:
    event.add("dtstart", day)
    event.add("dtend", day + A_DAY)
    event.add("transp", "TRANSPARENT")
    return event


def _promises(user: User, today: date) -> Iterator[Event]:
    rows = worklist.owed(user, person=user).due_in(Span(first=today - BACK, last=today + AHEAD)).with_names()
    told: QuerySet[Any] = rows.annotate(moves=Count("snoozes"), moved_at=Max("snoozes__at"))
    for row in told.order_by("due_on", "pk")[:MOST]:
        event = _event(
            f"promise-{row.pk}",
            f"{row.promise.title} · {row.customer}",
            reverse("maintenance:obligation", args=[row.pk]),
            changed=row.moved_at or row.created_at,
            sequence=row.moves,
        )
        event.add("categories", [row.tier.label])
        event.add("description", f"{row.tier.label} · {row.get_department_display()}")
        yield _whole_day(event, row.due_on)


def _cases(user: User) -> Iterator[Event]:
    """Their next clock, so that it ends when the clock runs out."""
    rows = Case.objects.visible_to(user).on_the_desk_of(user).filter(due_at__isnull=False).with_names()
    told: QuerySet[Any] = rows.annotate(steps=Count("events"), stepped_at=Max("events__at"))
    for case in told.order_by("due_at", "pk")[:MOST]:
        due = timezone.localtime(case.due_at)
        event = _event(
            f"case-{case.pk}",
            f"{case.number} {case.request.subject} · {case.customer}",
            reverse("maintenance:case", args=[case.pk]),
            changed=case.stepped_at or case.request.opened_at,
            sequence=case.steps,
        )
        event.add("description", f"{case.get_kind_display()} · {case.get_state_display()}")
        event.add("dtstart", due - SHORTEST)
        event.add("dtend", due)
        yield event


def _key_dates(user: User, today: date) -> Iterator[Event]:
    """Of one's own customers: each of the coming year, so that no rule of repetition has to be understood."""
    rows = KeyDate.objects.visible_to(user).filter(customer__owner=user, customer__archived_at=None)
    for row in rows.select_related("customer").order_by("pk")[:MOST]:
        is_the_company_s = any(word in row.label.lower() for word in ANNIVERSARY)
        occasion = row.label if is_the_company_s else _("Key date")  # others name people
        for year in (today.year, today.year + 1):
            day = _in(year, row)
            if day and today - A_DAY <= day <= today + AHEAD:
                event = _event(
                    f"key-date-{row.pk}-{year}",
                    f"{occasion} · {row.customer}",
                    reverse("customers:detail", args=[row.customer_id]),
                    changed=row.recorded_at,
                )
                yield _whole_day(event, day)


def _in(year: int, row: KeyDate) -> date | None:
    if not row.repeats:
        return row.on if row.on.year == year else None
    if row.on.year > year:
        return None  # it comes from its first day on
    try:
        return row.on.replace(year=year)
    except ValueError:  # 29 February
        return None
