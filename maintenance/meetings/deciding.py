"""What was decided becomes a task with a name and a day."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import SUPPORT, Role, Team, User
from customers.models import Customer
from maintenance.casework import people_for
from maintenance.meetings.agenda import Item
from maintenance.meetings.holding import locked
from maintenance.meetings.telling import tell_task
from maintenance.models import Meeting, MeetingTask, Point
from tiering import services as tiering


def people_of(team: Team | None) -> QuerySet[User]:
    """Who sits in such a meeting: the team, the supporting departments, the directors; of the whole book everybody."""
    people = User.objects.filter(is_active=True).exclude(role=Role.AUDITOR)
    if team is None:
        return people
    own = list(Team.objects.subtree_of(team).values_list("pk", flat=True))
    above = [int(pk) for pk in team.path.split("/") if pk]
    leads = Q(role=Role.TEAM_LEAD, team__in=above)
    return people.filter(Q(team__in=own) | leads | Q(role__in=[*SUPPORT, Role.DIRECTOR]))


def people_who_may(meeting: Meeting, customer: Customer | None) -> QuerySet[User]:
    """To whom a task can be given: about a customer to those alone who see it, or come to it by the task."""
    if customer is None:
        return people_of(meeting.team)
    supporting = User.objects.filter(is_active=True, role__in=SUPPORT)
    return people_for(customer, "sales") | supporting


@transaction.atomic
def make_task(
    meeting: Meeting,
    *,
    what: str,
    due_on: date,
    assignee: User,
    item: Item | None = None,
    by: User,
    at: datetime,
) -> MeetingTask:
    """Of a point about a customer it stands among that customer's tasks, too. Whose it is hears of it."""
    row = locked(meeting)
    point = None
    if item:
        facts = {"customer_id": item.customer, "facts": item.facts}
        point, _is_new = Point.objects.get_or_create(
            meeting=row, kind=item.kind, subject=item.subject, defaults=facts
        )
    customer = Customer.objects.filter(pk=item.customer).first() if item and item.customer else None
    aim = customer and tiering.make_aim(
        customer, what=what, due_on=due_on, assignee=assignee, tier=None, by=by, at=at
    )
    task = MeetingTask.objects.create(
        meeting=row,
        point=point,
        customer=customer,
        what=what,
        due_on=due_on,
        assignee=assignee,
        by=by,
        at=at,
        aim=aim or None,
    )
    tell_task(task, at=at)
    return task


def finish_task(task: MeetingTask, *, by: User, at: datetime) -> bool:
    """Once; False where it is done already."""
    if task.aim:
        return tiering.finish_aim(task.aim, by=by, at=at)
    alive = MeetingTask.objects.filter(pk=task.pk, aim=None, done_at=None)
    return bool(alive.update(done_at=at, done_by=by))
