"""Upgraded in week 5, downgraded in week 9: what is owed, against a computation of its own and the table in the docs."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zlib import crc32
from zoneinfo import ZoneInfo

import holidays
import pytest

from accounts.models import User
from customers.models import Customer
from customers.services import log_interaction
from maintenance import services
from maintenance.cadence import first_due, opening_days
from maintenance.models import Obligation
from maintenance.models.obligation import ObligationQuerySet
from maintenance.tests.conftest import MakeCustomer, plan
from maintenance.tests.test_grace import changed

DOCS = Path(__file__).parents[2] / "docs"
BEGINS = date(2026, 10, 12)  # the Monday of week 1
UP, DOWN, GRACE_UNTIL = date(2026, 11, 11), date(2026, 12, 9), date(2026, 12, 22)
ENDS = date(2027, 1, 10)
LATE = {date(2026, 11, 30): date(2026, 12, 4)}
"""A call that was made four days late."""

Row = tuple[str, date, str, date | None, date | None]
"""What, due on, what became of it, on which day, broken since."""


def days() -> Iterator[date]:
    return (BEGINS + timedelta(days=n) for n in range((ENDS - BEGINS).days + 1))


# A computation of its own: by the words of docs/promises.md, with nothing of ours but the names


def served_as(day: date) -> str:
    return "core" if UP <= day <= GRACE_UNTIL else "important"


CALENDAR = holidays.country_holidays("CN", years=(2026, 2027, 2028), expand=False)


def works(day: date) -> bool:
    return day in CALENDAR.weekend_workdays or (day.weekday() < 5 and day not in CALENDAR)


def interval_later(what: str, tier: str, kept: date) -> date:
    if what == "contact":
        day = kept + timedelta(weeks={"core": 1, "important": 2}[tier])
    else:
        months = {"core": 1, "important": 3}[tier]
        index = kept.year * 12 + kept.month - 1 + months
        day = date(index // 12, index % 12 + 1, kept.day)
    while not works(day):
        day += timedelta(days=1)
    return day


def expected() -> list[Row]:
    rows: list[Row] = []
    for what, grace in (("contact", 2), ("meeting", {"core": 5, "important": 10})):
        kept, tier = BEGINS, "important"
        due = interval_later(what, tier, kept)
        for day in days():
            if served_as(day) != tier:
                rows.append((what, due, "withdrawn", day, None))
                tier = served_as(day)
                due = interval_later(what, tier, kept)
                assert due >= day
            if day == LATE.get(due, due):
                allowed = grace if isinstance(grace, int) else grace[tier]
                broken = due + timedelta(days=allowed + 1)
                rows.append((what, due, "done", day, broken if day >= broken else None))
                kept, due = day, interval_later(what, tier, day)
        rows.append((what, due, "open", None, None))
    return sorted(rows, key=lambda row: (row[0], row[1], row[2] == "withdrawn"))


# What the product does


def at(day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    """One day after the other: planned in the night, and everything that is due is done, but for one late call."""
    customer = make_customer("Acme", tier="important", owner=alice)
    plan(customer, today=BEGINS)
    log_interaction(customer, by=alice, at=at(BEGINS), channel="visit", note="The first visit.")
    for day in days():
        if day == UP:
            changed(customer, "important", "core", grace_until=None)
        if day == DOWN:
            changed(customer, "core", "important", grace_until=GRACE_UNTIL)
        plan(customer, today=day)
        for row in mine(customer).open():
            if day > BEGINS and day == LATE.get(row.due_on, row.due_on):
                channel = "phone" if row.key == "contact" else "visit"
                services.complete(row, by=alice, at=at(day), channel=channel, note="Done.")
    return customer


def mine(customer: Customer) -> ObligationQuerySet:
    return Obligation.objects.filter(
        customer=customer, key__in=["contact", "meeting"], department="sales", originally_due_on__gt=BEGINS
    ).exclude(completed_at=at(BEGINS))


def found(customer: Customer) -> list[Row]:
    rows = []
    for row in mine(customer):
        day = row.withdrawn_on or (row.completed_at and row.completed_at.astimezone(at(BEGINS).tzinfo).date())
        rows.append((row.key, row.originally_due_on, row.state, day or None, row.missed_on))
    return sorted(rows, key=lambda row: (row[0], row[1], row[2] == "withdrawn"))


def test_who_rises_and_falls_owes_what_the_rules_say_and_nothing_twice(acme: Customer) -> None:
    assert found(acme) == expected()
    done = Obligation.objects.filter(customer=acme, state="done")
    like = [(row.key, row.department, row.completed_at) for row in done]
    assert len(like) == len(set(like))
    assert plan(acme, today=ENDS) == services.Replanned()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["promises.md", "promises.zh-Hans.md"])
def test_the_table_of_the_documentation_is_true(name: str) -> None:
    """Its rows: due on, and the day on which it was done or withdrawn."""
    text = (DOCS / name).read_text().split("<!-- example -->")[1]
    shown = [re.findall(r"\d{4}-\d\d-\d\d", line) for line in text.splitlines() if line.startswith("| ")]
    computed = [
        [str(day) for day in (due, on, broken) if day] for _what, due, _state, on, broken in expected()
    ]
    assert [line for line in shown if line] == computed


@pytest.mark.parametrize("days_left, due", [(2, date(2026, 11, 13)), (-4, UP), (-20, UP)])
def test_who_rises_waits_no_longer_than_before(
    make_customer: MakeCustomer, alice: User, days_left: int, due: date
) -> None:
    """What was due keeps its day, what was late is due at once; broken stays broken."""
    customer = make_customer("Acme", tier="important", owner=alice)
    plan(customer, today=date(2026, 10, 1))
    was = UP + timedelta(days=days_left)
    Obligation.objects.filter(key="contact").update(due_on=was, originally_due_on=was)
    changed(customer, "important", "core", grace_until=None)
    plan(customer, today=UP)

    before, after = Obligation.objects.filter(key="contact").order_by("pk")
    assert (before.state, before.missed_on) == (
        "withdrawn",
        was + timedelta(days=3) if days_left < -2 else None,
    )
    opening = opening_days(after.promise.cadence, begins_on=UP)
    anew = first_due(opening, seed=customer.pk + crc32(b"contact"))  # spread by the customer's number
    assert (after.state, after.tier.key, after.due_on) == ("open", "core", min(due, anew))
    assert plan(customer, today=UP) == services.Replanned()


def test_who_falls_is_owed_by_the_lower_tier_alone(make_customer: MakeCustomer, alice: User) -> None:
    """A call due tomorrow is not owed to an important customer who was never contacted: that begins anew."""
    customer = make_customer("Acme", tier="core", owner=alice)
    plan(customer, today=date(2026, 10, 1))
    Obligation.objects.filter(key="contact").update(due_on=DOWN, originally_due_on=DOWN)
    changed(customer, "core", "important", grace_until=None)
    plan(customer, today=DOWN)

    after = Obligation.objects.open().get(key="contact")
    assert (after.tier.key, after.opens_on) == ("important", DOWN)
    assert DOWN < after.due_on <= DOWN + timedelta(weeks=2)
