"""Hours owed in the days to come, against the hours that there are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from django.db.models import Count
from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import Department, User
from maintenance import capacity
from maintenance.cadence import DAY, Unit
from maintenance.ledger.counting import MINUTES, hours_there, times_until
from maintenance.models import CalendarOverride, Promise
from maintenance.models.obligation import ObligationQuerySet
from toolbox import pinyin
from toolbox.calendars import is_working_day
from toolbox.choices import said

WINDOWS: Final[list[tuple[Words | str, int | None]]] = [
    (gettext_lazy("This week"), None),
    (gettext_lazy("Next 4 weeks"), 28),
    (gettext_lazy("Next 13 weeks"), 91),
]
"""Days from today on; None: up to Sunday."""
EVERY: Final = {Unit.DAY: 7 / 5, Unit.WEEK: 7, Unit.MONTH: 365 / 12, Unit.QUARTER: 365 / 4, Unit.YEAR: 365}
"""Days from one to the next. What follows an occasion or an order comes when it comes."""


@dataclass(frozen=True, slots=True)
class Window:
    last: date
    owed: Fraction
    there: Fraction

    @property
    def is_over(self) -> bool:
        return self.owed > self.there

    @property
    def excess(self) -> Fraction:
        return max(self.owed - self.there, Fraction())

    @property
    def share(self) -> int | None:
        """In whole percent, rounded up; None where there are no hours."""
        return -int(-100 * self.owed // self.there) if self.there else None


@dataclass(frozen=True, slots=True)
class Line:
    key: int | str
    """A person's id, or 0 for nobody's; a department."""
    name: str
    overdue: Fraction
    """Of what is owed this week."""
    windows: list[Window]


@dataclass(frozen=True, slots=True)
class Hours:
    people: list[Line]
    departments: list[Line]


Minutes = dict[int | str, list[int]]
"""Overdue, and within each window."""


def last_days(today: date) -> list[date]:
    return [today + (6 - today.weekday() if days is None else days - 1) * DAY for _name, days in WINDOWS]


def owed(rows: ObligationQuerySet, *, today: date) -> Hours:
    """Of open obligations, and of those that follow them by their rhythm."""
    ends = last_days(today)
    open_now = rows.open().filter(customer__archived_at=None, due_on__lte=ends[-1]).order_by()
    sales = open_now.for_department(Department.SALES).values_list("assignee", "promise", "due_on")
    others = open_now.exclude(department=Department.SALES).values_list("department", "promise", "due_on")
    promises = Promise.objects.in_bulk(list(open_now.values_list("promise", flat=True).distinct()))
    of_people = minutes(sales.annotate(n=Count("pk")), promises, today, ends)
    of_departments = minutes(others.annotate(n=Count("pk")), promises, today, ends)
    overrides = dict(CalendarOverride.objects.values_list("day", "is_working"))
    worked = [
        [is_working_day(today + n * DAY, overrides=overrides) for n in range((end - today).days + 1)]
        for end in ends
    ]

    def line(key: int | str, name: str, own: list[int], weekly: int) -> Line:
        windows = [
            Window(end, Fraction(amount, MINUTES), hours_there(weekly, days))
            for end, amount, days in zip(ends, own[1:], worked, strict=True)
        ]
        return Line(key, name, Fraction(own[0], MINUTES), windows)

    users = User.objects.in_bulk([key for key in of_people if key])
    people = [
        line(
            key,
            said(users[int(key)]) if key else _("Without account manager"),
            own,
            weekly_of(users.get(int(key))),
        )
        for key, own in of_people.items()
    ]
    return Hours(
        sorted(people, key=lambda one: (not one.key, pinyin.sort_key(one.name, is_person=True))),
        [
            line(one.value, str(one.label), of_departments[one.value], capacity.hours_of_department(one))
            for one in Department
            if one.value in of_departments
        ],
    )


def weekly_of(person: User | None) -> int:
    """Whoever left has none."""
    return person.weekly_hours if person and person.is_active else 0


def minutes(
    rows: Iterable[tuple[int | str | None, int, date, int]],
    promises: dict[int, Promise],
    today: date,
    ends: list[date],
) -> Minutes:
    found: Minutes = defaultdict(lambda: [0] * (1 + len(ends)))
    every = {pk: days_of(promise) for pk, promise in promises.items()}
    for key, pk, due_on, n in rows:
        own, each = found[key or 0], n * promises[pk].minutes
        own[0] += each if due_on < today else 0
        for place, end in enumerate(ends, 1):
            own[place] += each * times_until(due_on, every=every[pk], today=today, last=end)
    return dict(found)


def days_of(promise: Promise) -> int | None:
    days = EVERY.get(Unit(promise.unit))
    return max(1, int(days * promise.interval)) if days else None
