"""Lists that were exported: who took what, and the files of the large ones."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy as _, pgettext_lazy

from accounts.models.people import User


class ExportQuerySet(models.QuerySet["Export"]):
    def made_by(self, user: User) -> Self:
        """A file is for whoever made it, whatever one's role."""
        return self.filter(by=user) if user.is_active else self.none()

    def visible_to(self, user: User) -> Self:
        """The log: all of it for whoever sees the whole book, else one's own."""
        return self if user.is_active and user.sees_all else self.made_by(user)


class Export(models.Model):
    """A list as it was asked for. The row stays as a record; the file of a large one goes after a day.

    `query` is the query string of the list's page; `words` the same in words, by language.
    """

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook (xlsx)")
        CSV = "csv", _("Text file (csv)")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        WRITING = "writing", _("Being written")
        READY = "ready", _("Ready")
        TAKEN = "taken", _("Taken at once")
        FAILED = "failed", _("Failed")
        DELETED = "deleted", _("File deleted")

    BUSY = (State.WAITING, State.WRITING)

    by = models.ForeignKey(User, models.PROTECT, related_name="exports", verbose_name=_("exported by"))
    listing = models.SlugField(_("list"), max_length=40)
    about = models.BigIntegerField(null=True, blank=True, editable=False)
    """The id in the address of the list's page, where it has one."""
    query = models.TextField(_("filter and order"), blank=True)
    words = models.JSONField(_("filter in words"), default=dict)
    columns = models.JSONField(_("columns"), default=list)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices)
    language = models.CharField(_("language"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.TextField(_("error"), blank=True)
    file = models.FileField(_("file"), upload_to="exports/", blank=True)
    created_at = models.DateTimeField(_("exported at"))
    touched_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (~Q(file="") & Q(expires_at__isnull=False)),
                name="export_ready_has_a_file",
                violation_error_message=_("An export that is ready has a file."),
            )
        ]
        indexes = [
            models.Index(fields=["by", "-created_at", "-id"], name="export_by"),
            models.Index(fields=["-created_at", "-id"], name="export_newest"),
            models.Index(
                fields=["id"], condition=Q(state__in=["waiting", "writing", "ready"]), name="export_living"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listing} · {self.by}"

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def in_words(self) -> str:
        """What the list was narrowed by, in the reader's language."""
        return str(self.words.get(get_language() or "", "") or next(iter(self.words.values()), ""))

    def is_there(self, at: datetime) -> bool:
        """Whether the file can be downloaded still."""
        return self.state == self.State.READY and self.expires_at is not None and at < self.expires_at


class ColumnSetQuerySet(models.QuerySet["ColumnSet"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(Q(by=user) | Q(is_shared=True)) if user.is_active else self.none()


class ColumnSet(models.Model):
    """Columns of a list, in their order, kept under a name: one's own, or shared with everybody by a director."""

    by = models.ForeignKey(User, models.CASCADE, related_name="column_sets", verbose_name=_("kept by"))
    listing = models.SlugField(_("list"), max_length=40)
    name = models.CharField(pgettext_lazy("of a column set", "name"), max_length=60)
    columns = models.JSONField(_("columns"))
    is_shared = models.BooleanField(_("for everybody"), default=False)

    objects = ColumnSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("column set")
        verbose_name_plural = _("column sets")
        constraints = [
            models.UniqueConstraint(
                fields=["by", "listing", "name"],
                name="column_set_name_once",
                violation_error_message=_("You have a set of this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="column_set_has_a_name",
                violation_error_message=_("Give the set a name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
