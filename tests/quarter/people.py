"""What people do about what is due: the same on every run, by a number drawn from what it is about."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zlib import crc32

from tests.quarter.days import DAY, SHANGHAI, Office
from tests.quarter.promised import PLAYBOOKS, Customer, Owed, What


def drawn(*about: object, of: int = 100) -> int:
    """0 … of - 1."""
    return crc32("|".join(map(str, about)).encode()) % of


@dataclass(frozen=True)
class Deed:
    verb: str
    """complete, contact, snooze, skip or excuse."""
    channel: str = ""
    until: date | None = None


def deed_for(customer: Customer, what: What, owed: Owed, today: date) -> Deed | None:
    """What is done today about something open, if anything."""
    assert owed.first
    number = drawn(customer.code, *what, owed.first)
    promise = PLAYBOOKS[owed.tier][what]
    channel = promise.by or ("wechat", "phone", "email")[number % 3]
    late = (today - owed.day).days
    complete = Deed("complete", channel)
    if 74 <= number < 82 and promise.contact:  # a contact in time, before it is due
        return Deed("contact", channel) if today > owed.opens else None
    days, deed = 0, complete
    if 64 <= number < 74:
        days = 1 + number % 6
    elif 82 <= number < 86 and not owed.is_put_off:
        deed = Deed("snooze", until=today + (3 + number % 5) * DAY)
    elif 86 <= number < 90:
        days, deed = number % 4, Deed("skip")
    elif 90 <= number < 93:
        days, deed = 1, Deed("excuse")
    elif 93 <= number < 96:  # forgotten
        days = 20
    return deed if late >= days else None


def contact_besides(customer: Customer, today: date) -> Deed | None:
    """Now and then somebody calls or visits who does not have to."""
    number = drawn(customer.code, today, of=300)
    return Deed("contact", ("phone", "visit", "post")[number]) if number < 3 else None


# Cases


@dataclass(frozen=True)
class CaseStep:
    step: str
    at: datetime


KINDS: Final = (
    ("complaint", "quality", "service"),
    ("enquiry", "use", "technical"),
    ("enquiry", "other", "sales"),
    ("custom_order", "delivery", "logistics"),
    ("request", "other", "service"),
)
"""Kind and category, and who answers by the rules that ship."""
COURSES: Final = (
    (("respond", 0, 20), ("solve", 0, 200)),
    (("respond", 0, 75), ("wait", 1, 30), ("start", 3, 300), ("solve", 4, 200)),
    (("respond", 3, 130), ("solve", 5, 45)),
    (("respond", 0, 10), ("solve", 1, 60), ("reopen", 2, 73), ("solve", 3, 400), ("close", 3, 410)),
    (("wait", 0, 55), ("start", 2, 15), ("solve", 3, 500)),
    (("solve", 1, 20),),
    (("respond", 9, 5), ("solve", 9, 10)),
)
"""Steps, after how many working days, and minutes after opening time; on the first day after it was opened."""


def course_of(opened: datetime, number: int, office: Office) -> list[CaseStep]:
    steps = []
    for step, days, minutes in COURSES[number % len(COURSES)]:
        if days == 0:
            at = opened + timedelta(minutes=minutes)
        else:
            day = opened.date()
            for _ in range(days):
                day = office.on_or_after(day + DAY)
            at = datetime.combine(day, time(9), SHANGHAI) + timedelta(minutes=minutes, seconds=number % 60)
        steps.append(CaseStep(step, at))
    return steps
