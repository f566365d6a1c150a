"""Which kind of file is checked and loaded by what. Apps downstream add their kinds in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from customers.models import Upload


@dataclass(frozen=True)
class Handler:
    check: Callable[[Upload], None]
    """Reads the file and fills `upload.errors`, `upload.report` and `upload.total`, and saves nothing else.

    The task stores what was filled in; the upload becomes CHECKED without errors, REFUSED with some.
    A `SheetError` raised here refuses the file as a whole, with its message.
    """
    load: Callable[[Upload], None]
    """Does what the check foresaw, in one transaction, and replaces `upload.report` by what was done.

    Raises `kinds.RefusedError` when the file no longer passes; then nothing was changed.
    """
    preview_template: str
    """Shows `upload.report` on the upload's page, before and after loading."""
    may: str
    """The property of `User` that says who may send this kind of file."""
    send_url: str = ""
    """The name of the page on which such a file is sent, for the list of files."""


class RefusedError(Exception):
    """A file that was checked no longer passes: `errors` as CellError.as_json() gives them."""

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__(errors)
        self.errors = errors


kinds: dict[str, Handler] = {}
"""By `Upload.Kind`."""


class LostUploadError(Exception):
    """Somebody else finished or discarded the upload meanwhile: what was done here is rolled back."""


def show_progress(upload: Upload, done: int) -> None:
    """So many rows are read. To be called outside of a transaction, or nobody sees it."""
    Upload.objects.filter(pk=upload.pk).update(done=done, touched_at=timezone.now())


def mark_loaded(upload: Upload) -> None:
    """The last act inside the transaction of `load`: a worker killed just after has not worked in vain.

    Raises LostUploadError, for the transaction to roll back, when the upload is not being loaded any more.
    A `load` that does not call it is marked by the task, right after.
    """
    loaded = Upload.objects.filter(pk=upload.pk, state=Upload.State.LOADING).update(
        state=Upload.State.LOADED,
        report=upload.report,
        errors=[],
        total=upload.total,
        done=upload.total,
        touched_at=timezone.now(),
    )
    if not loaded:
        raise LostUploadError
    upload.state = Upload.State.LOADED
