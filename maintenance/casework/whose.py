"""Whose a case is, and who answers for them."""

from accounts.models import Department, Role, User
from customers.models.seat import ROLES
from maintenance.models import Case, DepartmentLead


def who_has(case: Case) -> set[int]:
    return People().who_has(case)


class People:
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
            role = ROLES[case.department]
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
