"""Who may see which customer. Everything else of a customer follows from this one rule."""

from collections.abc import Callable
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import SUPPORT, Role, Team, User
from accounts.models.people import SEES_ALL

CustomerIds: TypeAlias = QuerySet[Any, int]
department_tasks: list[Callable[[User], CustomerIds]] = []
"""Apps downstream add a question here: for which customers does this user, or the department, have a task?"""
who_has_a_task: list[Callable[[Any], Q]] = []
"""The same asked from the other end, for each of them: of whom is it that has a task for this customer?"""


def rule(user: User) -> Q:
    """Own customers; the team's sub-tree; all; or those with a task for the department. By role."""
    if not user.is_active:
        return Q(pk__in=[])
    if user.sees_all:
        return Q()
    if user.is_support:
        by_task = Q(pk__in=[])
        for tasks in department_tasks:
            by_task |= Q(pk__in=tasks(user))
        return by_task
    if user.role == Role.TEAM_LEAD and user.team:
        # The few team ids are fetched first: a list of values lets the database use its indexes.
        teams = list(Team.objects.subtree_of(user.team).values_list("pk", flat=True))
        return Q(owner=user) | Q(team__in=teams)
    return Q(owner=user)


def who_sees(customer: Any) -> QuerySet[User]:
    """Everybody who sees the customer, in no order: `rule`, asked from the other end."""
    above = [int(pk) for pk in customer.team.path.split("/") if pk] if customer.team else []
    sees = Q(role__in=SEES_ALL) | Q(role=Role.TEAM_LEAD, team__in=above)
    sees |= Q(pk=customer.owner_id) & ~Q(role__in=list(SUPPORT))
    has_task = Q(pk__in=[])
    for tasks in who_has_a_task:
        has_task |= tasks(customer)
    return User.objects.filter(sees | Q(role__in=list(SUPPORT)) & has_task, is_active=True)


def of_departments(departments: QuerySet[Any, str]) -> Q:
    """Whoever works in one of these."""
    return Q(role__in=[role for role, name in SUPPORT.items() if name in set(departments)])


def colleagues_of(user: User) -> QuerySet[User]:
    """To whom this user could give a customer and still see it: who owns customers, in no order."""
    people = User.objects.filter(is_active=True)
    if not user.sees_all:
        teams = teams_of(user)
        people = people.filter(Q(pk=user.pk) | Q(team__in=teams))
    return people.filter(role__in=(Role.ACCOUNT_MANAGER, Role.TEAM_LEAD, Role.DIRECTOR))


def teams_of(user: User) -> QuerySet[Team]:
    """The teams to which this user may give customers, and still see them; in no order."""
    if user.sees_all:
        return Team.objects.all()
    return Team.objects.subtree_of(user.team) if user.team else Team.objects.none()


def scope_name(user: User) -> str:
    """What the list of this user holds, in words."""
    if user.sees_all:
        return str(_("All customers"))
    if user.is_support:
        return str(_("Customers with a task for your department, and whom you serve"))
    if user.role == Role.TEAM_LEAD:
        return str(_("Your team's customers"))
    return str(_("Your customers"))
