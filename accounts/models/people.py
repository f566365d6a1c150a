"""Who works here: users, their roles, and teams as a tree."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import hours


class Role(models.TextChoices):
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    TEAM_LEAD = "team_lead", _("Team lead")
    SERVICE = "service", _("Service")
    TECHNICAL = "technical", _("Technical")
    LOGISTICS = "logistics", _("Logistics")
    DIRECTOR = "director", _("Sales director")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


class Department(models.TextChoices):
    """Who keeps a promise or answers a request. Sales leads; the others support."""

    SALES = "sales", _("Sales")
    SERVICE = "service", _("Service")
    TECHNICAL = "technical", _("Technical")
    LOGISTICS = "logistics", _("Logistics")


SEES_ALL = frozenset({Role.DIRECTOR, Role.AUDITOR, Role.ADMINISTRATOR})
SUPPORT = {
    Role.SERVICE: Department.SERVICE,
    Role.TECHNICAL: Department.TECHNICAL,
    Role.LOGISTICS: Department.LOGISTICS,
}


class TeamQuerySet(models.QuerySet["Team"]):
    def subtree_of(self, team: "Team") -> Self:
        """The team itself and every team below it."""
        return self.filter(path__startswith=team.path)


class Team(models.Model):
    """A team in the tree of teams. `path` is the chain of ids from the root, "/3/7/"."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    path = models.CharField(max_length=200, editable=False, db_index=True, default="")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps the paths of the whole sub-tree true. Teams move one at a time: two moves could close a circle."""
        teams = {team.pk: team for team in type(self).objects.select_for_update().order_by("pk")}
        if self.parent_id:
            self.parent = teams[self.parent_id]
        self.refuse_circle()
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        before = teams[self.pk].path if self.pk in teams else ""
        self.path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        type(self).objects.filter(pk=self.pk).update(path=self.path)
        for team in teams.values():
            if before and team.pk != self.pk and team.path.startswith(before):
                path = self.path + team.path.removeprefix(before)
                type(self).objects.filter(pk=team.pk).update(path=path)

    def holds(self, user: "User") -> bool:
        """Whether the user works in this team or below it. Somebody without a team is in nobody's way."""
        return user.team is None or user.team.path.startswith(self.path)

    def clean(self) -> None:
        self.refuse_circle()

    def refuse_circle(self) -> None:
        if self.pk and self.parent and f"/{self.pk}/" in self.parent.path:
            raise ValidationError({"parent": _("A team cannot be part of itself or of a team below it.")})


class People(UserManager["User"]):
    def create_superuser(self, *args: Any, **more: Any) -> "User":
        """The first of all is an administrator: there is nobody yet to give the role."""
        return super().create_superuser(*args, **{"role": Role.ADMINISTRATOR} | more)


class User(AbstractUser):
    """Somebody who works with customers."""

    display_name = models.CharField(pgettext_lazy("of a person", "name"), max_length=100, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.ACCOUNT_MANAGER)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("team")
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        help_text=_("Empty: as the browser asks."),
    )

    weekly_hours = models.PositiveSmallIntegerField(
        _("hours a week for customers"),
        default=30,
        validators=[MaxValueValidator(168)],
        help_text=_("What simulations compare with the hours that the tiers of their customers require."),
    )
    wants_mail = models.BooleanField(
        _("notices by e-mail"),
        default=True,
        help_text=_("What is told here also comes by e-mail, once, where an address is given."),
    )
    digest_hour = hours.hour(
        _("daily summary at"),
        default=8,
        help_text=_("On working days, by e-mail, when there is something to say. Empty: none."),
    )
    quiet_from = hours.hour(_("quiet from"))
    quiet_until = hours.hour(
        _("quiet until"), help_text=_("E-mails wait until then. Both empty: never quiet.")
    )
    unread_notices = models.PositiveIntegerField(default=0, editable=False)
    """Kept beside the user, whom every page reads anyway; counted anew whenever notices come or are read."""

    preferences = models.JSONField(default=dict, editable=False)
    """What the user chose to see, e.g. {"customer_columns": ["name", "tier"]}."""

    objects: ClassVar[People] = People()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values),
                name="user_role_is_known",
                violation_error_message=_("This role is not known."),
            ),
            models.CheckConstraint(
                condition=(models.Q(digest_hour=None) | models.Q(digest_hour__lte=23))
                & hours.ARE_QUIET_OR_NOT,
                name="user_hours_are_of_the_day",
                violation_error_message=_("Quiet hours need a beginning and an end, each from 0 to 23."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.display_name or self.username

    @property
    def department(self) -> Department:
        return SUPPORT.get(Role(self.role), Department.SALES)

    @property
    def sees_all(self) -> bool:
        return self.role in SEES_ALL

    @property
    def is_support(self) -> bool:
        """Service, technical or logistics: comes to a customer by a task."""
        return self.role in SUPPORT

    @property
    def answers_for_others(self) -> bool:
        """Team leads for their team's work, who sees all for everybody's: they look at other people's days."""
        return self.sees_all or self.role == Role.TEAM_LEAD

    @property
    def may_write(self) -> bool:
        """Everybody but the auditor, who looks and never touches."""
        return self.role != Role.AUDITOR

    @property
    def may_edit_customers(self) -> bool:
        return self.role in {Role.ACCOUNT_MANAGER, Role.TEAM_LEAD, Role.DIRECTOR, Role.ADMINISTRATOR}

    @property
    def may_assign(self) -> bool:
        """Give customers to other people and teams."""
        return self.role in {Role.TEAM_LEAD, Role.DIRECTOR, Role.ADMINISTRATOR}

    @property
    def may_grade(self) -> bool:
        """Start, pause and resume a re-grade of the book, and set a tier by hand."""
        return self.role in {Role.DIRECTOR, Role.ADMINISTRATOR}

    @property
    def may_administer(self) -> bool:
        """Write in the admin site, besides what Django's own permissions say."""
        return self.role == Role.ADMINISTRATOR

    @property
    def may_set_up(self) -> bool:
        """What goes out in the company's name: surveys, and where news is sent to."""
        return self.role in {Role.DIRECTOR, Role.ADMINISTRATOR}

    @property
    def may_load_orders(self) -> bool:
        """Load a file of orders, which can touch every customer."""
        return self.role in {Role.DIRECTOR, Role.ADMINISTRATOR}
