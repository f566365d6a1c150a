"""The life of a file that was sent: received, checked, loaded or discarded.

The row is the record, a task only does the next step. Each step is taken by one conditional update, so that a
message that comes twice, late or never does no harm; `stale` finds what nobody works on any more.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from customers.imports.kinds import Handler, LostUploadError, RefusedError, kinds, mark_loaded
from customers.models import Upload
from toolbox.sheets import SheetError

STALE_AFTER: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 3
State = Upload.State
FINISHED: Final = (State.LOADED, State.REFUSED, State.FAILED)
DISCARDABLE: Final = (State.UPLOADED, State.CHECKED, State.REFUSED, State.FAILED)


def handler_of(upload: Upload) -> Handler:
    return kinds[upload.kind]


def language_of(upload: Upload) -> str:
    return str(upload.options.get("language") or upload.by.language or settings.LANGUAGE_CODE)


def receive(file: "UploadedFile[Any]", *, kind: Upload.Kind, by: User, options: dict[str, Any]) -> Upload:
    """Keep the file. Whoever calls sends it to `tasks.check_upload`.

    Errors and report will be worded in the language active now.
    """
    options = options | {"language": translation.get_language()}
    upload = Upload(kind=kind, file=file, name=(file.name or "")[-200:], options=options, by=by)
    try:
        with transaction.atomic():
            upload.save()
    except BaseException:
        if upload.file.name and upload.file.name.startswith("uploads/"):  # it was stored under its own name
            upload.file.storage.delete(upload.file.name)
        raise
    return upload


def check(pk: int) -> None:
    """The step from UPLOADED to CHECKED or REFUSED."""
    if not take(pk):
        return
    upload = Upload.objects.get(pk=pk)
    try:
        with translation.override(language_of(upload)):
            handler_of(upload).check(upload)
    except SheetError as error:
        upload.errors = [whole_file(str(error))]
    except Exception as error:
        fail(upload, State.CHECKING, error)
        raise
    move(
        pk, State.CHECKING, State.REFUSED if upload.errors else State.CHECKED,
        report=upload.report, errors=upload.errors, total=upload.total, done=upload.total,
    )  # fmt: skip


def take(pk: int) -> bool:
    return move(pk, State.UPLOADED, State.CHECKING, done=0, total=0, attempts=F("attempts") + 1)


def ask_to_load(upload: Upload) -> bool:
    """The step from CHECKED to LOADING; False on the second click, and where the check found errors."""
    return move(upload.pk, State.CHECKED, State.LOADING, done=0, attempts=0)


def load(pk: int) -> None:
    """The step from LOADING to LOADED or REFUSED. Whoever makes `done` leave 0 has the upload."""
    waiting = Upload.objects.filter(pk=pk, state=State.LOADING, done=0)
    if not waiting.update(done=1, attempts=F("attempts") + 1, touched_at=timezone.now()):
        return
    upload = Upload.objects.get(pk=pk)
    try:
        load_and_mark(upload)
    except LostUploadError:
        return
    except SheetError as error:
        move(pk, State.LOADING, State.REFUSED, errors=[whole_file(str(error))])
    except RefusedError as refusal:
        move(pk, State.LOADING, State.REFUSED, errors=refusal.errors)
    except Exception as error:
        fail(upload, State.LOADING, error)
        raise


def load_and_mark(upload: Upload) -> None:
    with translation.override(language_of(upload)):
        handler_of(upload).load(upload)
    if upload.state != State.LOADED:
        mark_loaded(upload)


def discard(upload: Upload) -> bool:
    """The file is deleted, its row stays. What is being loaded or was loaded is not discarded."""
    for state in DISCARDABLE:
        if move(upload.pk, state, State.DISCARDED, errors=[]):
            upload.file.delete(save=False)
            return True
    return False


def delete_old_files(*, at: datetime) -> None:
    """Of uploads that are over since a month; the rows stay, and say what became of them."""
    long_ago = at - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    for upload in Upload.objects.filter(state__in=FINISHED, touched_at__lt=long_ago).exclude(file=""):
        upload.file.delete(save=False)
        Upload.objects.filter(pk=upload.pk).update(file="")


def move(pk: int, before: str, after: str, **fields: Any) -> bool:
    """The one way from state to state: False when the upload was not in the state before."""
    moved = Upload.objects.filter(pk=pk, state=before).update(
        state=after, touched_at=timezone.now(), **fields
    )
    return bool(moved)


def fail(upload: Upload, state: str, error: Exception) -> None:
    with translation.override(language_of(upload)):
        told = _("Something went wrong that is not the file's fault. Nothing was changed. (%(error)s)")
    move(upload.pk, state, State.FAILED, errors=[whole_file(told % {"error": type(error).__name__})])


def whole_file(problem: str) -> dict[str, Any]:
    """An error that belongs to no cell, in the shape of CellError.as_json()."""
    return {
        "sheet": "",
        "row": None,
        "column": "",
        "header": "",
        "value": "",
        "problem": problem,
        "remedy": "",
    }


def stale(*, at: datetime) -> tuple[list[int], list[int]]:
    """Uploads to check again, and to load again, since nobody has touched them for five minutes.

    A file that brought its worker down three times is given up; one that only waited is called out again.
    """
    to_check: list[int] = []
    to_load: list[int] = []
    for upload in Upload.objects.filter(state__in=Upload.BUSY, touched_at__lt=at - STALE_AFTER):
        mine = Upload.objects.filter(pk=upload.pk, state=upload.state, touched_at=upload.touched_at)
        if upload.is_taken and upload.attempts >= MOST_ATTEMPTS:
            with translation.override(language_of(upload)):
                told = _(
                    "The file brought the worker down %(count)s times. Nothing was changed. Split it into smaller files."
                )
            errors = [whole_file(told % {"count": upload.attempts})]
            mine.update(state=State.FAILED, errors=errors, touched_at=at)
            continue
        again = State.LOADING if upload.state == State.LOADING else State.UPLOADED
        if mine.update(state=again, done=0, touched_at=at):
            (to_load if again == State.LOADING else to_check).append(upload.pk)
    return to_check, to_load
