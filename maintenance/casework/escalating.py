"""Before a clock runs out people are told, each group once; when it has, that is a fact with its moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from accounts import webhooks
from accounts.models import Department, Role, User
from accounts.notices import News, tell
from accounts.webhooks import Facts
from maintenance import sla
from maintenance.casework import clocks
from maintenance.casework.opening import ROLES
from maintenance.casework.telling import RAN_OUT, WARNING
from maintenance.models import Case, Clock, DepartmentLead
from maintenance.sla import OfficeTime

AT_ONCE: Final = 500
ASSIGNEE, LEAD, DIRECTOR = range(3)
"""Who is told, in the order of the setting CASE_WARNINGS; chats outside with the lead."""


def escalate(*, at: datetime) -> int:
    """Whatever is to be told or marked by now, a stretch at a time, until nothing is left. How many clocks it was."""
    count = 0
    while done := _stretch(at=at):
        count += done
    return count


@transaction.atomic
def _stretch(*, at: datetime) -> int:
    """In one transaction with the notices: who dies in between has told nobody and marked nothing."""
    due = Clock.objects.running().filter(next_at__lt=at).order_by("next_at", "pk")
    pks = set(due.values_list("case", flat=True)[:AT_ONCE])
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    kept = {case.pk: case for case in locked.select_related("request__customer__team", "assignee")}
    rows = list(Clock.objects.running().filter(case__in=kept, next_at__lt=at).order_by("pk"))
    people, time = _People(), clocks.office()
    warned: list[News] = []
    over: list[News] = []
    outside: dict[str, dict[str, Facts]] = {WARNING: {}, RAN_OUT: {}}
    for clock in rows:
        clock.case = kept[clock.case_id]
        if clocks.run_out(clock, at=at):
            over += _news(clock, people.when_over(clock.case), what="over")
            outside[RAN_OUT][_key(clock, "over")] = _facts(clock)
        else:
            for level in _levels(clock, at=at, time=time):
                warned += _news(clock, people.at_level(level, clock.case), what="warning")
                clock.told = level + 1
                if level == LEAD:
                    outside[WARNING][_key(clock, "warning")] = _facts(clock)
        clock.next_at = clocks.next_of(clock, time)
    clocks.save(rows)
    tell(WARNING, warned, at=at)
    tell(RAN_OUT, over, at=at)
    for kind, pieces in outside.items():
        webhooks.tell_all(kind, pieces, at=at)
    return len(rows)


def _levels(clock: Clock, *, at: datetime, time: OfficeTime) -> Iterator[int]:
    """Of whom it is time to tell, and who were not told yet."""
    for level, percent in enumerate(settings.CASE_WARNINGS):
        moment = sla.moment_of(time, due_at=clock.due_at, minutes=clock.minutes, percent=percent)
        if level >= clock.told and moment < at:
            yield level


def _news(clock: Clock, recipients: set[int], *, what: str) -> list[News]:
    """The key is for ever: what was told once is not told again, whatever becomes of the clock, nor on a higher level to
    who knows it already, such as a lead who has the case."""
    return [News(pk, _key(clock, what), _facts(clock)) for pk in sorted(recipients)]


def _key(clock: Clock, what: str) -> str:
    return f"clock-{clock.pk}-{what}"


def _facts(clock: Clock) -> Facts:
    return {"case": clock.case_id, "clock": clock.kind, "due_at": clock.due_at.isoformat()}


def who_has(case: Case) -> set[int]:
    return _People().who_has(case)


class _People:
    """Everybody who may have to be told, read once."""

    def __init__(self) -> None:
        self.active = list(User.objects.filter(is_active=True).select_related("team"))
        self.by_pk = {user.pk: user for user in self.active}
        self.of_departments = dict(DepartmentLead.objects.values_list("department", "user"))

    def at_level(self, level: int, case: Case) -> set[int]:
        return (self.who_has, self.leads, self.directors)[level](case)

    def when_over(self, case: Case) -> set[int]:
        return self.who_has(case) | self.leads(case) | self.directors(case)

    def who_has(self, case: Case) -> set[int]:
        """Whose it is; else everybody in the department, and in sales the account manager or the lead."""
        if case.assignee_id in self.by_pk:
            return {case.assignee_id}
        if case.department != Department.SALES:
            role = ROLES[Department(case.department)]
            return {user.pk for user in self.active if user.role == role} or self.leads(case)
        owner = case.customer.owner_id
        return {owner} if owner in self.by_pk else self.leads(case)

    def leads(self, case: Case) -> set[int]:
        """Of the department that has it; in sales, and where a department has none, of the customer's team, or of the
        nearest one above that has any; else the directors."""
        lead = self.of_departments.get(case.department)
        if lead in self.by_pk:
            return {lead}
        path = case.customer.team.path if case.customer.team else ""
        for team in reversed([int(pk) for pk in path.split("/") if pk]):
            found = {user.pk for user in self.active if user.role == Role.TEAM_LEAD and user.team_id == team}
            if found:
                return found
        return self.directors(case)

    def directors(self, _case: Case) -> set[int]:
        return {user.pk for user in self.active if user.role == Role.DIRECTOR}
