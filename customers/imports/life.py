"""The life of an import: the row is the record, a task only does the step that its state names.

Each step is taken by one conditional update and ends with another, so that a message that comes twice, late or never
does no harm; `stale` finds what nobody works on any more.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.imports import batches
from customers.imports.kind import Kind, row_kinds
from customers.imports.uploads import whole_file
from customers.models import Import, ImportBatch
from customers.models.imports import UNDONE_WITHIN
from toolbox.failpoints import hit
from toolbox.sheets import SheetError

STALE_AFTER: Final = timedelta(seconds=settings.SHEET_LEASE_SECONDS)
"""Nobody told of progress for so long: whoever was at it is gone."""
MOST_ATTEMPTS: Final = 3
State = Import.State
DISCARDABLE: Final = (State.READING, State.READ, State.PLANNED, State.STALE, State.FAILED)
PLANNABLE: Final = (State.READ, State.PLANNED, State.STALE, State.FAILED)
"""Whoever stands so may be read or planned again."""


SPARED: Final = {"leave_out": True, "create": False}
"""What is said of a possible duplicate: whether it is left out."""


class LostError(Exception):
    """Somebody else has taken the step over meanwhile: what was done here is rolled back."""


class UnansweredError(ValueError):
    """What must be said before a plan is committed is not said, or not so that it can be: the form says what."""

    def __init__(self, form: forms.Form) -> None:
        super().__init__("; ".join(sentences(form)))
        self.form = form


def sentences(form: forms.Form) -> list[str]:
    return [
        f"{form.fields[name].label if name in form.fields else name}{_(': ')}{' '.join(map(str, problems))}"
        for name, problems in form.errors.items()
    ]


def kind_of(parent: Import, *, at: datetime) -> Kind:
    """For this import's sender, as he may today. SheetError where he may not any more."""
    kind = row_kinds.get(parent.kind)
    if kind is None or not parent.by.is_active or not getattr(parent.by, kind.may):
        raise SheetError(_("You may not import this kind of rows."))
    made = kind(by=parent.by, at=at, source=_("sheet %(name)s") % {"name": parent.name})
    made.answers, made.committed_at = parent.answers, parent.committed_at
    return made


def receive(
    file: "UploadedFile[Any]",
    *,
    kind: str,
    by: User,
    mode: str = Import.Mode.BOTH,
    reading: Mapping[str, Any] | None = None,
    goes_straight_on: bool = False,
    leaves_out_likely: bool = False,
) -> Import:
    """Keep the file. Whoever calls wakes a worker (`tasks.work_import`), or does the work himself."""
    parent = Import(
        kind=kind,
        file=file,
        name=(file.name or "")[-200:],
        mode=mode,
        reading=dict(reading or {}),
        language=translation.get_language() or "",
        goes_straight_on=goes_straight_on,
        leaves_out_likely=leaves_out_likely,
        by=by,
    )
    try:
        with transaction.atomic():
            parent.save()
    except BaseException:
        if parent.file.name and parent.file.name.startswith("imports/"):  # it was stored under its own name
            parent.file.storage.delete(parent.file.name)
        raise
    return parent


def header_rows(text: str) -> list[int]:
    """As people type them: "3", "2,3". Raises ValueError with a sentence for people."""
    plain = text.replace("，", ",").replace("、", ",").replace("-", ",")
    try:
        rows = sorted({int(part) for part in plain.split(",") if part.strip()})
    except ValueError:
        raise ValueError(_("Enter row numbers such as 3, or 2,3.")) from None
    if len(rows) > 2 or any(not 1 <= row <= 1_000 for row in rows):  # noqa: PLR2004 - as the message says
        raise ValueError(_("Enter one or two rows among the first thousand."))
    return rows


# The work


def steps() -> dict[str, Callable[[Import], None]]:
    from customers.imports import committing, planning, undoing  # noqa: PLC0415 - they end their steps here

    return {
        State.READING: read,
        State.PLANNING: planning.plan,
        State.COMMITTING: committing.commit,
        State.UNDOING: undoing.undo,
    }


def work(pk: int) -> None:
    """Do the step that waits, if one does."""
    taken = Import.objects.busy().filter(pk=pk, taken_at=None)
    now = timezone.now()
    if not taken.update(taken_at=now, touched_at=now, done=0, attempts=F("attempts") + 1):
        return
    parent = Import.objects.select_related("by").get(pk=pk)
    hit("import.taken", pk)
    with translation.override(parent.language or parent.by.language or settings.LANGUAGE_CODE):
        try:
            steps()[parent.state](parent)
        except LostError:
            return
        except SheetError as error:
            fail(parent, str(error))
        except (OperationalError, InterfaceError):  # the database was away: another worker begins anew
            raise
        except Exception as error:
            told = _("Something went wrong that is not the file's fault. Nothing was changed. (%(error)s)")
            fail(parent, told % {"error": type(error).__name__})
            raise
    if Import.objects.filter(pk=pk, state=State.PLANNING, taken_at=None, goes_straight_on=True).exists():
        work(pk)


def read(parent: Import) -> None:
    """The step from READING to READ; to PLANNING where nobody is to look at the columns."""
    from customers.imports import reading  # noqa: PLC0415 - as above

    kind = kind_of(parent, at=timezone.now())
    reading.read(parent, kind.columns)
    is_clear = parent.goes_straight_on or bool(parent.found["headers"])  # else there is nothing to look at
    finish(
        parent,
        State.PLANNING if parent.goes_straight_on else State.READ if is_clear else State.FAILED,
        found=parent.found,
        mapping=parent.mapping,
        mapping_name=parent.mapping_name,
        total=parent.total,
        done=0,
        errors=[] if is_clear else [whole_file(reading.nothing_known(parent, kind.columns))],
        failed_at_step="" if is_clear else State.READING,
        obstacles=[],
        counts={},
    )


def finish(parent: Import, after: str, **fields: Any) -> None:
    """The last act of a step. Raises LostError when another worker has taken it over, for the transaction to roll back."""
    mine = Import.objects.filter(pk=parent.pk, state=parent.state, attempts=parent.attempts).exclude(
        taken_at=None
    )
    values = fields | {"state": after, "taken_at": None, "touched_at": timezone.now(), "attempts": 0}
    if not mine.update(**values):
        raise LostError
    for name, value in values.items():
        setattr(parent, name, value)


def fail(parent: Import, problem: str) -> None:
    step = parent.state
    try:
        finish(parent, State.FAILED, errors=[whole_file(problem)], failed_at_step=step, done=0)
    except LostError:
        return


def show_progress(parent: Import, done: int) -> None:
    """To be called outside of a transaction, or nobody sees it."""
    mine = Import.objects.filter(pk=parent.pk, state=parent.state, attempts=parent.attempts)
    if not mine.update(done=done, touched_at=timezone.now()):
        raise LostError


@contextmanager
def progress_beside(parent: Import) -> Iterator[Callable[[int], None]]:
    """To show it from within a transaction, over a connection of its own. SQLite has one writer at a time, and that is we."""
    if connection.vendor != "postgresql":
        yield lambda _done: None
        return
    beside = connection.copy()

    def show(done: int) -> None:
        with beside.cursor() as cursor:
            cursor.execute(
                "UPDATE customers_import SET done = %s, touched_at = clock_timestamp() WHERE id = %s AND attempts = %s",
                [done, parent.pk, parent.attempts],
            )

    try:
        yield show
    finally:
        beside.close()


# What people ask for


def ask(parent: Import, after: str, *, of: tuple[str, ...], **fields: Any) -> bool:
    """A step is to be done: False on the second click, and where it is not the time for it."""
    now = timezone.now()
    asked = Import.objects.filter(pk=parent.pk, state__in=of).update(
        state=after, taken_at=None, attempts=0, done=0, touched_at=now, **fields
    )
    if asked:
        parent.refresh_from_db()
    return bool(asked)


def ask_to_read(parent: Import, *, reading: Mapping[str, Any]) -> bool:
    """Again, in another way; what was mapped is found anew."""
    return ask(parent, State.READING, of=PLANNABLE, reading=dict(reading), errors=[], mapping={})


def ask_to_plan(parent: Import, **fields: Any) -> bool:
    return ask(parent, State.PLANNING, of=PLANNABLE, errors=[], obstacles=[], **fields)


def rule(parent: Import, rulings: Mapping[str, str], *, every: str = "") -> bool:
    """Decide on cells in conflict, by "row.column"; or on all of them at once. False where it is not the time for it."""
    with transaction.atomic():
        mine = (
            Import.objects.select_for_update(of=("self",)).filter(pk=parent.pk, state=State.PLANNED).first()
        )
        if mine is None:
            return False
        asked = {"*": every} if every else dict(mine.rulings) | dict(rulings)
        if not every and "*" in mine.rulings:  # what was decided for all is now decided one by one
            del asked["*"]
            asked = dict.fromkeys(conflicts(mine), mine.rulings["*"]) | asked
        mine.rulings = asked
        mine.counts["settled"] = 0 if mine.open_conflicts else sum(map(len, batches.settled(mine)))
        mine.save(update_fields=["rulings", "counts"])
    parent.refresh_from_db()
    return True


def spare(parent: Import, rows: Mapping[int, bool], *, every: bool | None = None) -> bool:
    """Of possible duplicates: whether each of these rows is left out, or all of them. False where it is not the time."""
    with transaction.atomic():
        mine = (
            Import.objects.select_for_update(of=("self",)).filter(pk=parent.pk, state=State.PLANNED).first()
        )
        if mine is None:
            return False
        spared = set(batches.likely_rows(mine)) if mine.leaves_out_likely else set(mine.spared)
        spared |= {row for row, is_left in rows.items() if is_left}
        spared -= {row for row, is_left in rows.items() if not is_left}
        mine.leaves_out_likely = bool(every)
        mine.spared = [] if every is not None else sorted(spared)
        mine.save(update_fields=["leaves_out_likely", "spared"])
    parent.refresh_from_db()
    return True


def cells_in_conflict(parent: Import) -> list[tuple[int, str]]:
    """Row and column."""
    found = batches.of(parent, ImportBatch.Outcome.CONFLICT)
    return [(row.number, key) for _batch, rows in found for row in rows for key in batches.in_conflict(row)]


def conflicts(parent: Import) -> list[str]:
    """Cells in conflict, as "row.column"."""
    return [f"{row}.{key}" for row, key in cells_in_conflict(parent)]


def questions(parent: Import, answers: Mapping[str, Any] | None = None) -> forms.Form | None:
    """What must be said before this plan is committed; None where nothing is."""
    kind = row_kinds.get(parent.kind)
    if kind is None or kind.asks is None or parent.state != State.PLANNED or parent.error_count:
        return None
    return kind.asks(parent, answers)


def ask_to_commit(
    parent: Import, *, leaves_out_likely: bool, answers: Mapping[str, Any] | None = None
) -> bool:
    """`answers` are those of `questions`. Raises UnansweredError where they are not enough."""
    parent.leaves_out_likely = leaves_out_likely
    if not parent.may_be_committed:
        return False
    form = questions(parent, answers or {})
    if form is not None and not form.is_valid():
        raise UnansweredError(form)
    said = {name: str(form.data.get(name, "")) for name in form.fields} if form else {}
    return ask(
        parent, State.COMMITTING, of=(State.PLANNED,), leaves_out_likely=leaves_out_likely, answers=said
    )


def ask_to_undo(parent: Import, *, leaves_obstacles: bool, at: datetime) -> bool:
    if not parent.may_be_undone(at=at):
        return False
    return ask(parent, State.UNDOING, of=(State.DONE,), leaves_obstacles=leaves_obstacles, obstacles=[])


def try_again(parent: Import) -> bool:
    """The step in which it failed."""
    return ask(parent, parent.failed_at_step or State.READING, of=(State.FAILED,), errors=[])


def discard(parent: Import) -> bool:
    """The file and the plan go, the row stays. What is being written or was written is not discarded."""
    with transaction.atomic():
        moved = Import.objects.filter(pk=parent.pk, state__in=DISCARDABLE).update(
            state=State.DISCARDED, taken_at=None, touched_at=timezone.now(), errors=[], obstacles=[], found={}
        )
        if moved:
            ImportBatch.objects.filter(parent=parent.pk).delete()
    if moved and parent.file:
        parent.file.delete(save=False)
        Import.objects.filter(pk=parent.pk).update(file="")
    return bool(moved)


# What nobody works on


def stale(*, at: datetime) -> list[int]:
    """Imports to wake a worker for. One that brought its worker down three times is given up, in a sentence."""
    found = []
    for parent in Import.objects.busy().filter(touched_at__lt=at - STALE_AFTER).select_related("by"):
        mine = Import.objects.filter(
            pk=parent.pk, state=parent.state, attempts=parent.attempts, touched_at=parent.touched_at
        )
        if parent.taken_at and parent.attempts >= MOST_ATTEMPTS:
            with translation.override(parent.language or settings.LANGUAGE_CODE):
                told = _(
                    "The file brought the worker down %(count)s times. Nothing was changed. Split it into smaller files."
                ) % {"count": parent.attempts}
            mine.update(
                state=State.FAILED,
                failed_at_step=parent.state,
                errors=[whole_file(told)],
                taken_at=None,
                touched_at=at,
            )
        elif mine.update(taken_at=None, touched_at=at):
            found.append(parent.pk)
    return found


def delete_old(*, at: datetime) -> None:
    """Files and rows of imports that are over since a month; what became of them stays."""
    long_ago = at - max(timedelta(days=settings.UPLOAD_KEEP_DAYS), UNDONE_WITHIN)
    over = Import.objects.filter(touched_at__lt=long_ago).exclude(state__in=Import.BUSY)
    for parent in over.exclude(file=""):
        parent.file.delete(save=False)
        Import.objects.filter(pk=parent.pk).update(file="")
    ImportBatch.objects.filter(parent__in=over).delete()
    over.filter(state__in=(State.READ, State.PLANNED, State.STALE, State.FAILED)).update(
        state=State.DISCARDED
    )
