"""The book measured once, so that any version of any scheme can be tried on it; and trials that were kept."""

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tiering.models.run import Run
from tiering.models.scheme import SchemeVersion


def token() -> str:
    return uuid4().hex


class BasisQuerySet(models.QuerySet["Basis"]):
    def ready(self, *, window_months: int) -> Self:
        """The newest first."""
        return self.filter(state=Basis.State.READY, window_months=window_months).order_by("-pk")


class Basis(models.Model):
    """Raw values of every measure for every active customer, as of a date. What was recorded after `frozen_at` does
    not enter, and neither does what became of customers since."""

    class State(models.TextChoices):
        MEASURING = "measuring", _("Being measured")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    as_of = models.DateField(_("as of"))
    frozen_at = models.DateTimeField(_("facts frozen at"))
    window_months = models.PositiveSmallIntegerField(_("months of facts"))
    keys = models.JSONField(_("measures"))
    """In the order of the columns."""
    assigned = models.JSONField(_("assignments"), default=list)
    """Who was graded by which scheme, see `tiering.assigning.signature`; nothing where all were by one."""
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.MEASURING)
    customers = models.PositiveIntegerField(_("customers"), default=0)
    token = models.CharField(max_length=32, default=token, editable=False)
    """Names the files that machines keep of it."""
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    error = models.TextField(_("error"), blank=True)

    objects = BasisQuerySet.as_manager()

    class Meta:
        verbose_name = _("measured book")
        verbose_name_plural = _("measured books")

    def __str__(self) -> str:
        return str(self.as_of)

    @property
    def is_overtaken(self) -> bool:
        """Tiers that it calls present are those of before a later re-grade."""
        return Run.objects.published().filter(published_at__gt=self.frozen_at).exists()


class BasisChunkQuerySet(models.QuerySet["BasisChunk"]):
    def open(self) -> Self:
        return self.filter(columns=None, basis__in=Basis.objects.filter(state=Basis.State.MEASURING))

    def free(self, *, at: datetime) -> Self:
        """Nobody works on them, or whoever did is lost."""
        return self.open().filter(Q(leased_until=None) | Q(leased_until__lt=at))


class BasisChunk(models.Model):
    """Customers whose id is between `first` and `last`, measured in one transaction. No columns yet: to be done."""

    basis = models.ForeignKey(Basis, models.CASCADE, related_name="chunks", verbose_name=_("measured book"))
    first = models.BigIntegerField(_("first customer"))
    last = models.BigIntegerField(_("last customer"))
    customers = models.PositiveIntegerField(_("customers"))
    columns = models.BinaryField(_("columns"), null=True)
    """See `tiering.simulation.stored`."""
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)

    objects = BasisChunkQuerySet.as_manager()

    class Meta:
        verbose_name = _("chunk of a measured book")
        verbose_name_plural = _("chunks of a measured book")
        constraints = [
            models.UniqueConstraint(
                fields=["basis", "first"],
                name="chunk_once_in_a_basis",
                violation_error_message=_("This measured book has that chunk already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.basis} {self.first}–{self.last}"


class SimulationQuerySet(models.QuerySet["Simulation"]):
    def visible_to(self, user: User) -> Self:
        """Simulations are of the whole book, and for whoever sees it."""
        return self if user.is_active and user.sees_all else self.none()

    def of(self, user: User) -> Self:
        """Which this user made, and may rename and delete."""
        return self.visible_to(user).filter(by=user)


class Simulation(models.Model):
    """A trial that was kept: what was changed of a version. It is reckoned anew whenever it is looked at, unless its draft
    was changed since: then its numbers are those that were saved."""

    name = models.CharField(_("name"), max_length=100)
    version = models.ForeignKey(
        SchemeVersion, models.CASCADE, related_name="simulations", verbose_name=_("scheme version")
    )
    changes = models.JSONField(_("changes"), default=dict)
    """{"d-finance": "40", "f-core": "79.5", "a-12": "> 50000"}: names and texts of the fields that differ from the
    version; "a" and "m" are ends of a condition of it, the least and the greatest value."""
    basis = models.ForeignKey(
        Basis, models.SET_NULL, null=True, related_name="+", verbose_name=_("measured book")
    )
    revision = models.PositiveIntegerField(default=0, editable=False)
    """Of the version when it was saved: a draft goes on being edited."""
    numbers = models.JSONField(default=list, editable=False)
    """What it came to when it was saved: [[from, to, customers, annual amount], …] by ids of tiers, null for none."""
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("saved at"))

    objects = SimulationQuerySet.as_manager()

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="simulation_has_a_name",
                violation_error_message=_("A simulation needs a name."),
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="simulation_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_outdated(self) -> bool:
        """The version is not what it was when this was saved."""
        return self.revision != self.version.revision
