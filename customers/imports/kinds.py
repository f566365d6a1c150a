"""Which kind of file is checked and loaded by what. Apps downstream add their kinds in `AppConfig.ready()`."""

from collections.abc import Callable
from dataclasses import dataclass

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


class RefusedError(Exception):
    """A file that was checked no longer passes: `errors` as CellError.as_json() gives them."""

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__(errors)
        self.errors = errors


kinds: dict[str, Handler] = {}
"""By `Upload.Kind`."""
