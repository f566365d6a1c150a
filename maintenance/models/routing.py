"""Who answers what, by the customer's team and the case: the first rule that fits; else the customer's owner."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Department, Team, User
from maintenance.models.case import Case


class Route(models.Model):
    """A rule. Empty is: any."""

    position = models.PositiveIntegerField(pgettext_lazy("in a list", "position"), default=0)
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer's team"),
        help_text=_("With the teams below it. Empty: any team."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Case.Kind.choices, blank=True)
    category = models.CharField(
        pgettext_lazy("of a case", "category"), max_length=10, choices=Case.Category.choices, blank=True
    )
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for whom to do"),
        help_text=_("Empty: anybody in the department; in sales the account manager."),
    )

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(department__in=["sales", "service", "technical", "logistics"]),
                name="route_department_is_known",
                violation_error_message=_("Choose one of the departments."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_department_display()}"


class DepartmentLead(models.Model):
    """Who is told of a supporting department's cases before their time runs out, beside whoever has them."""

    department = models.CharField(_("department"), max_length=10, choices=Department.choices, unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("lead"))

    class Meta:
        verbose_name = _("lead of a department")
        verbose_name_plural = _("leads of departments")
        constraints = [
            models.CheckConstraint(
                condition=Q(department__in=["service", "technical", "logistics"]),
                name="department_with_a_lead_supports",
                violation_error_message=_("Sales is led by the leads of its teams."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_department_display()}: {self.user}"
