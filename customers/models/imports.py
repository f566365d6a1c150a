"""A sheet on its way in: read, planned, committed and, for a while, undone."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import Role, User

UNDONE_WITHIN: Final = timedelta(days=30)


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User) -> Self:
        """An import is its sender's alone; administrators see all."""
        return self if user.is_active and user.role == Role.ADMINISTRATOR else self.filter(by=user)

    def busy(self) -> Self:
        return self.filter(state__in=Import.BUSY)


class Import(models.Model):
    """`errors` is a list of CellError.as_json() up to a cap, `counts` says how many there are of what.

    `reading` is what a person said of how to read the file (sheet, header_rows, first_row, last_row, encoding,
    separator), `found` what was found in it, `mapping` {key of a column: its place in the sheet, from 0}.
    """

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READ = "read", _("Columns to be confirmed")
        PLANNING = "planning", _("Being compared")
        PLANNED = "planned", _("Ready to commit")
        COMMITTING = "committing", _("Being committed")
        DONE = "done", _("Committed")
        STALE = "stale", _("The data changed meanwhile")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    class Mode(models.TextChoices):
        BOTH = "both", _("Create and update")
        CREATE = "create", _("Create only")
        UPDATE = "update", _("Update only")

    SHEET = "sheet"
    HERE = "here"
    """What a decision takes: what the sheet says, or what is on record."""

    BUSY = (State.READING, State.PLANNING, State.COMMITTING, State.UNDOING)

    kind = models.CharField(_("kind"), max_length=20)
    file = models.FileField(_("file"), upload_to="imports/%Y/%m/", blank=True)
    name = models.CharField(_("file name"), max_length=200)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.BOTH)
    language = models.CharField(_("language"), max_length=10, blank=True)
    reading = models.JSONField(_("how it is read"), default=dict, blank=True)
    found = models.JSONField(_("what was found"), default=dict, blank=True)
    mapping = models.JSONField(pgettext_lazy("of a sheet", "columns"), default=dict, blank=True)
    mapping_name = models.CharField(max_length=80, blank=True, default="")
    """Of the saved mapping that was applied."""
    rulings = models.JSONField(_("decisions"), default=dict, blank=True)
    """Of cells in conflict: {"row.column": SHEET or HERE}; "*" is all of them."""
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    """To what its kind asks before it is committed."""
    spared = models.JSONField(_("possible duplicates left out one by one"), default=list, blank=True)
    """Numbers of rows."""
    leaves_out_likely = models.BooleanField(_("possible duplicates are left out"), default=False)
    leaves_obstacles = models.BooleanField(default=False, editable=False)
    """An undo leaves as it is what was edited since, instead of leaving everything."""
    goes_straight_on = models.BooleanField(default=False, editable=False)
    """Planned as soon as it is read: nobody looks at the columns in between."""
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.READING)
    failed_at_step = models.CharField(max_length=10, blank=True, default="")
    """The state in which it failed: what is tried again."""
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Since when a worker is at it; none where it waits for one."""
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True, editable=False)
    """Keys of all columns of the kind when it was planned: the order of values in batches."""
    errors = models.JSONField(_("errors"), default=list, blank=True)
    remarks = models.JSONField(_("remarks"), default=list, blank=True)
    """Of cells that are left as they are, in the shape of errors; `counts` says how many there are."""
    obstacles = models.JSONField(_("what stands in the way"), default=list, blank=True)
    """Of an undo, or of a commit that found other data than the preview."""
    by = models.ForeignKey(User, models.PROTECT, related_name="imports", verbose_name=_("sent by"))
    created_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    touched_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(_("committed at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["by", "-created_at"], name="import_by"),
            models.Index(fields=["state", "touched_at"], name="import_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=["both", "create", "update"]),
                name="import_mode_is_known",
                violation_error_message=_("This mode is not known."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        return self.state in self.BUSY

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0

    @property
    def error_count(self) -> int:
        return int(self.counts["errors"]) if "errors" in self.counts else len(self.errors)

    @property
    def stands(self) -> str:
        """Its state for people, who read of a plan what is in its way."""
        if self.state == self.State.PLANNED and self.error_count:
            return str(_("Has errors"))
        if self.state == self.State.PLANNED and self.open_conflicts:
            return str(_("Waits for your decisions"))
        if self.state == self.State.PLANNED and not self.writes(self.counts):
            return str(_("Nothing to commit"))
        return self.get_state_display()

    @property
    def may_be_committed(self) -> bool:
        counts = self.counts
        is_clear = not self.error_count and not self.open_conflicts
        return self.state == self.State.PLANNED and is_clear and self.writes(counts) > 0

    def ruling(self, row: int, column: str) -> str:
        """Empty where nobody has decided yet."""
        return str(self.rulings.get(f"{row}.{column}") or self.rulings.get("*", ""))

    @property
    def open_conflicts(self) -> int:
        """Cells on which nobody has decided yet."""
        if "*" in self.rulings:
            return 0
        return self.conflict_cells - len(self.rulings)

    @property
    def conflict_cells(self) -> int:
        return int(self.counts.get("conflict_cells", 0))

    @property
    def has_keys(self) -> bool:
        """It was exported to be edited."""
        return bool(self.counts.get("keys", {}).get("taken"))

    @property
    def changed_rows(self) -> int:
        """Those in conflict among them of which something is decided for the sheet."""
        return int(self.counts.get("changed", 0)) + int(self.counts.get("settled", 0))

    @property
    def created_rows(self) -> int:
        return int(self.counts.get("new", 0)) - self.left_out_likely

    def writes(self, counts: dict[str, int]) -> int:
        """Rows that the commit creates or changes."""
        left = counts.get("likely", 0) if self.leaves_out_likely else len(self.spared)
        return counts.get("new", 0) + counts.get("changed", 0) + counts.get("conflict", 0) - left

    def leaves_out(self, row: int) -> bool:
        """Whether this row, which may be a duplicate, is not created."""
        return self.leaves_out_likely or row in self.spared

    @property
    def left_out_likely(self) -> int:
        return int(self.counts.get("likely", 0)) if self.leaves_out_likely else len(self.spared)

    @property
    def undone_until(self) -> datetime | None:
        return self.committed_at + UNDONE_WITHIN if self.committed_at else None

    def may_be_undone(self, *, at: datetime) -> bool:
        return self.state == self.State.DONE and self.undone_until is not None and at < self.undone_until


class ImportBatch(models.Model):
    """Rows of one outcome, in the order of the sheet, packed: what the preview shows and the commit does."""

    class Outcome(models.TextChoices):
        NEW = "new", pgettext_lazy("rows", "New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        LEFT_OUT = "left_out", _("Left out")
        CONFLICT = "conflict", _("In conflict")

    parent = models.ForeignKey(Import, models.CASCADE, related_name="batches")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    number = models.PositiveIntegerField()
    """From 0, by outcome: all but the last hold as many rows."""
    count = models.PositiveIntegerField()
    body = models.BinaryField()
    likely = models.JSONField(default=None, null=True, editable=False)
    """Numbers of the rows that may be on record already. None in plans of earlier releases."""
    moved = models.PositiveIntegerField(default=0, editable=False)
    """Rows with cells that were changed here since the export, and not in the sheet."""

    objects: models.Manager["ImportBatch"] = models.Manager()

    class Meta:
        verbose_name = _("rows of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "outcome", "number"],
                name="import_batch_stands_once",
                violation_error_message=_("These rows are there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} {self.outcome} {self.number}"


class SavedMappingQuerySet(models.QuerySet["SavedMapping"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(Q(by=user) | Q(is_shared=True))


class SavedMapping(models.Model):
    """Which header is which column: applied by itself to the next sheet with the same headers."""

    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    headers = models.CharField(max_length=64)
    """A digest of the sheet's headers, in any order."""
    columns = models.JSONField(pgettext_lazy("of a sheet", "columns"), default=dict)
    """{header as it is compared: key of our column, or '' where it is left out}."""
    is_shared = models.BooleanField(_("for everybody"), default=False)
    by = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("saved by"))
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    objects = SavedMappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["by", "kind", "name"],
                name="saved_mapping_name_stands_once",
                violation_error_message=_("You have a mapping of this name already."),
            )
        ]
        indexes = [models.Index(fields=["kind", "headers"], name="saved_mapping_headers")]

    def __str__(self) -> str:
        return self.name
