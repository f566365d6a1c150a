"""My day: what somebody owes, the best tier first, inside it the largest customer, of theirs the latest."""

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case as Either,
    Count as Counted,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, ExtractDay, ExtractMonth, ExtractYear

from accounts.models import SUPPORT, Department, Role, Team, User
from customers.models import Contact
from maintenance.cadence import DAY, Bucket, Span, Unit, spans
from maintenance.cards import Card, cards
from maintenance.models import CalendarOverride, Obligation
from maintenance.models.obligation import ObligationQuerySet
from toolbox.calendars import next_working_day
from toolbox.pages import Count, Order, Page, capped_count, keyset_page

SECTION_SIZE = 20
SECTIONS = (Bucket.OVERDUE, Bucket.TODAY, Bucket.THIS_WEEK)
WORKERS = {Role.ACCOUNT_MANAGER, Role.TEAM_LEAD, *SUPPORT}
STEP = 100_000
"""In fen: customers whose annual amounts are the same to the thousand yuan are the same in value."""
LARGEST_AMOUNT = 10**16
"""Ten times the largest amount there is: the tier's rank decides before it."""


def _number(expression: Any) -> Any:
    """Django takes a sum of big integers for a plain one, and finds nothing beyond 2^31 on PostgreSQL."""
    return ExpressionWrapper(expression, output_field=BigIntegerField())


def _big(number: int) -> Value:
    return Value(number, BigIntegerField())


AMOUNT = Coalesce("customer__standing__annual_amount", Value(0), output_field=BigIntegerField())
DAYS = (ExtractYear("due_on") - 2000) * 372 + ExtractMonth("due_on") * 31 + ExtractDay("due_on")
"""Days in their order, as numbers below STEP."""
BY_URGENCY = Order(
    name="urgency",
    expression=_number(
        Cast("tier__rank", BigIntegerField()) * _big(LARGEST_AMOUNT)
        - _number(AMOUNT / _big(STEP)) * _big(STEP)
        + Cast(DAYS, BigIntegerField())
    ),
    descending=False,
    value=attrgetter("page_key"),
)


def people(user: User) -> QuerySet[User]:
    """Whose day the user may look at; somebody who left, too, while anything is still to be done.

    A supporter those of the department, whose pool is one.
    """
    left_behind = Exists(Obligation.objects.open().filter(assignee=OuterRef("pk")))
    works_or_left = Q(is_active=True, role__in=WORKERS) | Q(left_behind, is_active=False)
    workers = User.objects.filter(works_or_left).order_by("display_name", "username")
    if user.sees_all:
        return workers
    if user.role == Role.TEAM_LEAD and user.team:
        return workers.filter(team__in=Team.objects.subtree_of(user.team))
    return workers.filter(role=user.role) if user.is_support else workers.filter(pk=user.pk)


def owed(user: User, *, person: User | None = None) -> ObligationQuerySet:
    """What is open and the user's business: one's own, the department's, the team's or everybody's."""
    rows = Obligation.objects.visible_to(user).open().filter(customer__archived_at=None)
    if person:
        return rows.owed_by(person)
    if user.sees_all:
        return rows
    return rows.for_department(Department.SALES) if user.role == Role.TEAM_LEAD else rows.owed_by(user)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    overdue: Count
    today: Count
    this_week: Count
    later: Count


def summary(user: User, today: date, *, person: User | None = None) -> Summary:
    """How much there is to do, for a home page: four capped counts."""
    rows = owed(user, person=person)
    return Summary(**{name.value: capped_count(rows.due_in(span)) for name, span in spans(today).items()})


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """An obligation as one reader sees it on one day."""

    obligation: Obligation
    days_late: int
    is_broken: bool
    """Later than the grace that the promise allows, or was so before it was put off."""
    may_keep: bool
    may_excuse: bool
    may_hand_over: bool
    card: Card | None = None


def line(obligation: Obligation, *, user: User, today: date) -> Line:
    may_keep = obligation.is_open and not obligation.customer.archived_at and obligation.may_be_kept_by(user)
    return Line(
        obligation=obligation,
        days_late=max(0, (today - obligation.due_on).days) if obligation.is_open else 0,
        is_broken=obligation.was_broken or (obligation.is_open and obligation.breaks_on <= today),
        may_keep=may_keep,
        may_excuse=may_keep and obligation.may_be_excused_by(user),
        may_hand_over=may_keep and obligation.department != Department.SALES,
    )


def with_cards(lines: Sequence[Line], *, user: User, at: datetime) -> list[Line]:
    """Each with what one wants to know of its customer."""
    known = cards((each.obligation.customer for each in lines), user=user, at=at)
    return [replace(each, card=known[each.obligation.customer_id]) for each in lines]


def celebrated(obligation: Obligation) -> list[Contact]:
    """Whose birthday the greeting is for: on the day it is due, or before the next working day."""
    if obligation.promise.unit != Unit.BIRTHDAY:
        return []
    overrides = dict(CalendarOverride.objects.values_list("day", "is_working"))
    day, end = (
        obligation.originally_due_on,
        next_working_day(obligation.originally_due_on + DAY, overrides=overrides),
    )
    days = [f"{day + n * DAY:%m-%d}" for n in range((end - day).days)]
    if "02-28" in days and not isleap(day.year):
        days.append("02-29")
    return list(Contact.objects.filter(customer=obligation.customer_id, birthday__in=days).order_by("name"))


def first_lines(user: User, today: date, *, most: int) -> list[Line]:
    """The first of what is overdue or due today, for a home page."""
    span = Span(last=today)
    page = keyset_page(owed(user).due_in(span).with_contact(), order=BY_URGENCY, cursor="", size=most)
    return [line(row, user=user, today=today) for row in page.rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    bucket: Bucket
    count: Count
    lines: list[Line]
    page: Page[Obligation]


def section(
    bucket: Bucket, *, user: User, today: date, count: Count, person: User | None = None, cursor: str = ""
) -> Section:
    rows = owed(user, person=person).due_in(spans(today)[bucket]).with_contact()
    page = keyset_page(rows, order=BY_URGENCY, cursor=cursor, size=SECTION_SIZE)
    lines = [line(row, user=user, today=today) for row in page.rows]
    return Section(bucket=bucket, count=count, lines=lines, page=page)


def sections_with_cards(sections: Sequence[Section], *, user: User, at: datetime) -> list[Section]:
    """The cards of the whole day are asked for at once."""
    lines = iter(with_cards([each for section in sections for each in section.lines], user=user, at=at))
    return [replace(section, lines=list(islice(lines, len(section.lines)))) for section in sections]


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What somebody, or a department, has to do until the end of the week."""

    person: User | None
    department: str
    overdue: int
    broken: int
    today: int
    this_week: int

    @property
    def department_name(self) -> str:
        return str(Department(self.department).label)


def loads(user: User, today: date) -> list[Load]:
    """Of everybody whose work one answers for: who is furthest behind comes first. One query, one for the names."""
    span = spans(today)
    week, late = span[Bucket.THIS_WEEK], Q(due_on__lt=today)
    owner = When(department=Department.SALES, then=F("customer__owner"))
    rows = (
        owed(user)
        .filter(due_on__lte=week.last or today)
        .annotate(whose=Either(owner, default=None))
        .values("whose", "department")
        .annotate(
            overdue=Counted("pk", filter=late),
            broken=Counted("pk", filter=late & Q(missed_on__isnull=False)),
            today=Counted("pk", filter=Q(due_on=today)),
            this_week=Counted("pk", filter=Q(due_on__gt=today)),
        )
        .order_by("-overdue", "-today", "-this_week", "department", "whose")
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    names = User.objects.in_bulk({row["whose"] for row in found if row["whose"]})
    return [Load(person=names.get(row.pop("whose") or 0), **row) for row in found]
