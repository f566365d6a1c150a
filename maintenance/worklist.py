"""My day: what somebody owes, the best tier first, inside it the largest customer."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce

from accounts.models import SUPPORT, Department, Role, Team, User
from customers.models import Contact
from maintenance.cadence import DAY, Bucket, Span, Unit, spans
from maintenance.models import CalendarOverride, Obligation
from maintenance.models.obligation import ObligationQuerySet
from toolbox.calendars import next_working_day
from toolbox.pages import Count, Order, Page, capped_count, keyset_page

SECTION_SIZE = 50
SECTIONS = (Bucket.OVERDUE, Bucket.TODAY, Bucket.THIS_WEEK)
WORKERS = {Role.ACCOUNT_MANAGER, Role.TEAM_LEAD, *SUPPORT}
LARGEST_AMOUNT = 10**16
"""Ten times the largest amount there is: the tier's rank decides before it."""

BY_URGENCY = Order(
    name="urgency",
    # Django takes a sum of big integers for a plain one, and finds nothing beyond 2^31 on PostgreSQL.
    expression=ExpressionWrapper(
        Cast("tier__rank", BigIntegerField()) * Value(LARGEST_AMOUNT, BigIntegerField())
        - Coalesce("customer__standing__annual_amount", Value(0), output_field=BigIntegerField()),
        output_field=BigIntegerField(),
    ),
    descending=False,
    value=attrgetter("page_key"),
)


def people(user: User) -> QuerySet[User]:
    """Whose day the user may look at; somebody who left, too, while anything is still to be done."""
    left_behind = Exists(Obligation.objects.open().filter(assignee=OuterRef("pk")))
    works_or_left = Q(is_active=True, role__in=WORKERS) | Q(left_behind, is_active=False)
    workers = User.objects.filter(works_or_left).order_by("display_name", "username")
    if user.sees_all:
        return workers
    if user.role == Role.TEAM_LEAD and user.team:
        return workers.filter(team__in=Team.objects.subtree_of(user.team))
    return workers.filter(pk=user.pk)


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
    may_keep: bool
    may_excuse: bool

    @property
    def is_broken(self) -> bool:
        """Later than the grace that the promise allows, or was so before it was put off."""
        return self.obligation.was_broken or self.days_late > self.obligation.promise.grace_days


def line(obligation: Obligation, *, user: User, today: date) -> Line:
    may_keep = obligation.is_open and not obligation.customer.archived_at and obligation.may_be_kept_by(user)
    return Line(
        obligation=obligation,
        days_late=max(0, (today - obligation.due_on).days) if obligation.is_open else 0,
        may_keep=may_keep,
        may_excuse=may_keep and obligation.may_be_excused_by(user),
    )


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
