"""One re-grade of the book: its chunks and the gradings it made."""

from datetime import timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, Tier
from customers.models.fact import FactQuerySet
from tiering.models.scheme import Scheme, SchemeVersion
from toolbox.money import MoneyField

ON_TRUST: Final[dict[str, Any]] = {"db_constraint": False, "db_index": False}
"""For references that the machine writes, a million at a time: the database does not look each up once more."""
LONGEST = timedelta(hours=1)
"""A process that grades or publishes for longer hangs, and is killed."""


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: User) -> Self:
        """Runs are for whoever sees the whole book."""
        return self if user.is_active and user.sees_all else self.none()

    def active(self) -> Self:
        return self.filter(state__in=Run.ACTIVE)

    def published(self) -> Self:
        return self.filter(state=Run.State.PUBLISHED)

    def undone(self) -> Self:
        """Those that were taken back, and those that took them back."""
        return self.filter(Q(state=Run.State.UNDONE) | Q(trigger=Run.Trigger.UNDO))

    def of_the_book(self) -> Self:
        """Those that grade all the customers of their scheme."""
        return self.filter(trigger__in=Run.OF_THE_BOOK)

    def in_line_with(self, scheme: int, *, is_default: bool) -> Self:
        """Those whose customers are graded by this scheme now: its own runs, and of the default scheme also those of
        the schemes that were it before."""
        return (
            self.filter(Q(scheme=scheme) | Q(of_default=True)) if is_default else self.filter(scheme=scheme)
        )


class Run(models.Model):
    """Re-grading the customers of a scheme as of a date. What was recorded after `frozen_at` does not enter."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to start")
        GRADING = "grading", _("Grading")
        PAUSED = "paused", _("Paused")
        REVIEW = "review", _("Waiting for review")
        PUBLISHING = "publishing", _("Publishing")
        PUBLISHED = "published", _("Published")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDONE = "undone", _("Undone")

    class Trigger(models.TextChoices):
        PERSON = "person", _("Started by a person")
        SCHEDULE = "schedule", _("Started by the schedule")
        COMMAND = "command", _("Started by a command")
        UPGRADE = "upgrade", _("Nightly check for upgrades")
        UNDO = "undo", _("Undoes another")

    ACTIVE = (State.QUEUED, State.GRADING, State.PAUSED, State.REVIEW, State.PUBLISHING)
    WORKING = (State.QUEUED, State.GRADING, State.PUBLISHING)
    WAS_PUBLISHED = (State.PUBLISHED, State.UNDONE)
    OF_THE_BOOK = (Trigger.PERSON, Trigger.SCHEDULE, Trigger.COMMAND)
    """Those that grade all the customers of their scheme."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="runs", verbose_name=_("scheme"))
    version = models.ForeignKey(
        SchemeVersion, models.PROTECT, related_name="runs", verbose_name=_("scheme version")
    )
    of_default = models.BooleanField(default=True, editable=False)
    """Its scheme was the default one: it graded whoever was assigned to no other."""
    as_of = models.DateField(_("as of"))
    period = models.CharField(_("period"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    trigger = models.CharField(_("trigger"), max_length=10, choices=Trigger.choices)
    started_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("started by")
    )
    frozen_at = models.DateTimeField(_("facts frozen at"), default=timezone.now)
    created_at = models.DateTimeField(_("started at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    chunk_count = models.PositiveIntegerField(_("chunks"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts to publish"), default=0)
    moved_at = models.DateTimeField(_("moved at"), null=True, blank=True)
    """When a chunk, or the publication, was last begun."""
    error = models.TextField(_("error"), blank=True)
    held = models.JSONField(_("held by"), default=list, editable=False)
    """Why it waits for review: [{"guard": …, "figure": n, "limit": n}], see `tiering.reviewing.guards`."""
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)
    """When it was decided that it may be published."""
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("released by")
    )
    """None where no guard held it."""
    undoes = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="undone_by", verbose_name=_("undoes")
    )
    counts = models.JSONField(_("counts"), null=True, editable=False)
    """What a published run did, counted once: {"tiers": [[tier, n, fen]], "moved": [[from, to, n]], "kept": n, …}."""

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("re-grade")
        verbose_name_plural = _("re-grades")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "period"],
                condition=Q(state__in=["queued", "grading", "paused", "review", "publishing"]),
                name="one_active_run_per_scheme_and_period",
                violation_error_message=_("This period is being graded already."),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="run_newest"),
            models.Index("state", name="run_state"),
        ]

    def __str__(self) -> str:
        return f"{self.period} · {self.as_of}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def is_working(self) -> bool:
        """Somebody grades or publishes, or will as soon as there is a worker."""
        return self.state in self.WORKING

    @property
    def is_resumable(self) -> bool:
        return self.state in {self.State.PAUSED, self.State.FAILED}


class Chunk(models.Model):
    """Customers whose id is between `first` and `last`, graded in one transaction."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Being graded")
        DONE = "done", _("Done")
        DEAD = "dead", _("Given up")

    run = models.ForeignKey(Run, models.CASCADE, related_name="chunks", verbose_name=_("re-grade"))
    first = models.BigIntegerField(_("first customer"))
    last = models.BigIntegerField(_("last customer"))
    customers = models.PositiveIntegerField(_("customers"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    skipped = models.JSONField(_("left out"), default=list)
    """Ids of customers who were there at the freeze and are gone, or of whom a check for upgrades found none."""
    only = models.JSONField(_("only these"), null=True, editable=False)
    """Ids, where not everybody between the two is graded: whoever belongs to the scheme of a re-grade, or in a nightly
    check whoever's facts changed (see `Run.trigger`)."""
    counts = models.JSONField(_("counts"), null=True, editable=False)
    """{"moves": [[tier before, tier, n, fen]], "coverage": sum}, everybody who was graded included; null is no tier."""
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("chunk")
        verbose_name_plural = _("chunks")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "first"],
                name="chunk_once_in_a_run",
                violation_error_message=_("This run has that chunk already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.first}–{self.last}"


class Grading(models.Model):
    """One customer's verdict in one run: appended, never edited. `tier` is what the run proposes, `kept` why it is
    not the computed one, or that it takes somebody's approval.

    Lists are in scheme order; null is unknown. `points` are hundredths, `dimensions` ten-thousandths,
    `total`, `low` and `high` millionths, `coverage` basis points of the weight.
    """

    class Kept(models.TextChoices):
        NO = "", _("By the numbers")
        COVERAGE = "coverage", _("Too little is known")
        OVERRIDE = "override", _("Set by hand")
        MARGIN = "margin", _("Within the margin")
        DWELL = "dwell", _("Not below for long enough")
        STEP = "step", _("One tier down at most")
        APPROVAL = "approval", _("Takes approval")

    run = models.ForeignKey(
        Run,
        models.PROTECT,
        **ON_TRUST,
        related_name="gradings",
        verbose_name=_("re-grade"),
    )
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, related_name="gradings", verbose_name=_("customer")
    )
    computed_tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("computed tier"),
    )
    tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("tier"),
    )
    kept = models.CharField(_("kept"), max_length=10, blank=True, choices=Kept.choices)
    total = models.IntegerField(_("score"), null=True)
    low = models.IntegerField(_("lowest possible score"))
    high = models.IntegerField(_("highest possible score"))
    coverage = models.IntegerField(_("coverage"))
    annual_amount = MoneyField(_("annual amount"), null=True)
    values = models.JSONField(_("values"))
    points = models.JSONField(_("points"))
    dimensions = models.JSONField(_("dimension scores"))

    objects = FactQuerySet["Grading"].as_manager()

    class Meta:
        verbose_name = _("grading")
        verbose_name_plural = _("gradings")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer"],
                name="one_grading_in_a_run",
                violation_error_message=_("A customer is graded once in a run."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.customer_id}"


BY_POLICY: Final = (Grading.Kept.MARGIN, Grading.Kept.DWELL, Grading.Kept.STEP, Grading.Kept.APPROVAL)
"""What the movement policy keeps or shortens."""
