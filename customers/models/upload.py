"""A file somebody sent, checked and loaded in the background."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User


class UploadQuerySet(models.QuerySet["Upload"]):
    def visible_to(self, user: User) -> Self:
        """An upload is its sender's alone; administrators see all."""
        return self if user.is_active and user.role == Role.ADMINISTRATOR else self.filter(by=user)


class Upload(models.Model):
    """`errors` is a list of CellError.as_json(); `report` counts what the file would do or did."""

    class Kind(models.TextChoices):
        ORDERS = "orders", _("Order file")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting to be checked")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Ready to load")
        REFUSED = "refused", _("Has errors")
        LOADING = "loading", _("Being loaded")
        LOADED = "loaded", _("Loaded")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    BUSY = (State.UPLOADED, State.CHECKING, State.LOADING)

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    file = models.FileField(_("file"), upload_to="uploads/%Y/%m/")
    name = models.CharField(_("file name"), max_length=200)
    options = models.JSONField(_("options"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    """How often a worker took up this step. A file that waits for a worker does no wrong."""
    errors = models.JSONField(_("errors"), default=list)
    report = models.JSONField(_("report"), default=dict)
    by = models.ForeignKey(User, models.PROTECT, related_name="uploads", verbose_name=_("sent by"))
    created_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        indexes = [models.Index(fields=["by", "-created_at"], name="upload_by")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY

    @property
    def is_taken(self) -> bool:
        """A worker is at it, or was when it went down."""
        return self.state == self.State.CHECKING or (self.state == self.State.LOADING and self.done > 0)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
