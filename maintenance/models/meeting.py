"""The weekly coordination meeting: whose, of which week, what was said of each point, what came of it."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Team, User
from customers.models import Customer
from tiering.models import Aim

MINUTES_LENGTH = 20_000


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User) -> Self:
        """The one of the whole book by everybody; a team's by its people, the leads above and below, whoever was there,
        and the supporting departments, who sit in all of them."""
        if not user.is_active:
            return self.none()
        if user.sees_all or user.is_support:
            return self
        teams = list(Team.objects.filter(pk__in=_above(user.team)).values_list("pk", flat=True))
        if user.role == Role.TEAM_LEAD and user.team:
            teams += Team.objects.subtree_of(user.team).values_list("pk", flat=True)
        mine = Meeting.attendants.through.objects.filter(user=user).values("meeting")
        return self.filter(Q(team=None) | Q(team__in=teams) | Q(pk__in=mine))

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def of(self, team: Team | None) -> Self:
        return self.filter(team=team)


def _above(team: Team | None) -> list[int]:
    """The team and those that it is part of."""
    return [int(pk) for pk in team.path.split("/") if pk] if team else []


class Meeting(models.Model):
    """Of one team or of the whole book, in one week. Until it is closed its agenda is made as it is read."""

    team = models.ForeignKey(
        Team,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("team"),
        help_text=_("Empty: the whole book."),
    )
    week = models.DateField(_("week of"))
    """Its Monday."""
    since = models.DateTimeField(_("what happened since"))
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("opened at"))
    attendants = models.ManyToManyField(
        User, blank=True, related_name="meetings", verbose_name=_("who was there")
    )
    notes = models.TextField(_("minutes"), blank=True, max_length=MINUTES_LENGTH)
    version = models.PositiveIntegerField(default=0, editable=False)
    """Of the notes: who writes over what they have not read is told."""
    notes_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("by")
    )
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    left_out = models.JSONField(_("left out"), default=dict, editable=False)
    """By section: how many points there were besides those on the agenda, when it was closed."""

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "week"],
                name="meeting_of_a_team_once_a_week",
                violation_error_message=_("This team has its meeting of this week already."),
            ),
            models.UniqueConstraint(
                fields=["week"],
                condition=Q(team=None),
                name="meeting_of_the_book_once_a_week",
                violation_error_message=_("The whole book has its meeting of this week already."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="meeting_closed_says_by_whom",
                violation_error_message=_("What is closed says when and by whom."),
            ),
        ]
        indexes = [models.Index(fields=["-week", "-id"], name="meeting_newest")]

    def __str__(self) -> str:
        return f"{self.team or _('Whole book')} {self.week}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def may_be_led_by(self, user: User) -> bool:
        return user.may_assign and may_lead(user, self.team)


def may_lead(user: User, team: Team | None) -> bool:
    """Whoever answers for the team: its lead or one above, and who answers for the book."""
    if not user.may_assign:
        return False
    return user.sees_all or bool(team and user.team and team.path.startswith(user.team.path))


class PointQuerySet(models.QuerySet["Point"]):
    def with_words(self) -> Self:
        return self.exclude(words="")


class Point(models.Model):
    """A point of an agenda: with minutes as soon as somebody writes some, all others when the meeting is closed.

    `facts` say how it stood: what a page needs to put it in the reader's words.
    """

    class Kind(models.TextChoices):
        TASK = "task", _("Task of a meeting before")
        CHANGE = "change", _("Tier change")
        BROKEN = "broken", _("Broken promise")
        CASE = "case", _("Open case")
        DUE = "due", _("Visit or occasion")
        DAY = "day", _("Key date")
        BIRTHDAY = "birthday", _("Birthday")
        CONTRACT = "contract", _("Contract ends")
        OVERRIDE = "override", _("Tier set by hand ends")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="points", verbose_name=_("meeting"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    subject = models.BigIntegerField(_("what it is about"))
    """The id of the tier change, promise, case, …"""
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="points_of_meetings", verbose_name=_("customer")
    )
    facts = models.JSONField(_("facts"), default=dict)
    position = models.PositiveIntegerField(null=True, editable=False)
    """Its place when the meeting was closed; none while it is open, and of what had left the agenda by then."""
    words = models.TextField(_("minutes"), blank=True, max_length=MINUTES_LENGTH)
    version = models.PositiveIntegerField(default=0, editable=False)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("written by")
    )
    at = models.DateTimeField(_("written at"), null=True, blank=True)

    objects = PointQuerySet.as_manager()

    class Meta:
        verbose_name = _("point of a meeting")
        verbose_name_plural = _("points of meetings")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "kind", "subject"],
                name="point_stands_once_on_an_agenda",
                violation_error_message=_("This point is on the agenda already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"


class MeetingTaskQuerySet(models.QuerySet["MeetingTask"]):
    def visible_to(self, user: User) -> Self:
        """By whoever sees the meeting, and by whose it is: as long as they see the customer, if it is about one."""
        if not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        about = Q(customer=None) | Q(customer__in=Customer.objects.visible_to(user))
        return self.filter(about, Q(assignee=user) | Q(meeting__in=Meeting.objects.visible_to(user)))

    def open(self) -> Self:
        return self.filter(Q(aim=None, done_at=None) | Q(aim__isnull=False, aim__done_at=None))

    def done(self) -> Self:
        return self.exclude(done_at=None, aim=None).exclude(aim__isnull=False, aim__done_at=None)

    def customers_waiting_for(self, user: User) -> "models.QuerySet[MeetingTask, int]":
        """Ids of the customers of whom the user has something to do."""
        mine = self.open().filter(assignee=user, customer__isnull=False)
        return mine.values_list("customer__pk", flat=True)

    def with_names(self) -> Self:
        named = self.select_related("customer", "assignee", "aim", "meeting__team", "by")
        return named.defer("customer__notes", "customer__search_text")


class MeetingTask(models.Model):
    """What a meeting decided: who does what until when. About a customer it is a task of that customer as well, and
    done when that is."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="tasks", verbose_name=_("meeting"))
    point = models.ForeignKey(
        Point, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("point")
    )
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="meeting_tasks",
        verbose_name=_("customer"),
    )
    what = models.CharField(_("what to do"), max_length=500)
    due_on = models.DateField(_("due on"))
    assignee = models.ForeignKey(
        User, models.PROTECT, related_name="meeting_tasks", verbose_name=_("for whom to do")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    at = models.DateTimeField(_("made at"))
    aim = models.OneToOneField(
        Aim, models.CASCADE, null=True, blank=True, related_name="of_meeting", verbose_name=_("task")
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )

    objects = MeetingTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of a meeting")
        verbose_name_plural = _("tasks of meetings")
        constraints = [
            models.CheckConstraint(
                condition=~Q(what=""),
                name="meeting_task_says_what_to_do",
                violation_error_message=_("Say what is to be done."),
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(aim=None, done_at__isnull=False, done_by__isnull=False),
                name="meeting_task_done_says_by_whom",
                violation_error_message=_("What is done says when and by whom."),
            ),
        ]
        indexes = [models.Index(fields=["assignee", "due_on"], name="meeting_task_by_assignee")]

    def __str__(self) -> str:
        return self.what

    @property
    def finished_at(self) -> Any:
        return self.aim.done_at if self.aim else self.done_at

    def is_late(self, today: date) -> bool:
        return self.finished_at is None and self.due_on < today

    def may_be_done_by(self, user: User) -> bool:
        return user.may_write and (user.pk == self.assignee_id or self.meeting.may_be_led_by(user))
