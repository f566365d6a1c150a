"""The life of an export: taken at once, or written in the background, downloaded, deleted after a day; and its record.

The row is the record, a task only does the work. It is taken by one conditional update, so that a message that comes
twice, late or never does no harm; `stale` finds what nobody works on any more. An export that was broken off is
written again from its first row: half a file is given to nobody.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any, Final
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.http import Http404, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.exports import lists, writing
from accounts.exports.lists import Column, Found, Listing
from accounts.models import Export, User
from accounts.notices import News, tell
from toolbox import failpoints

STALE_AFTER: Final = timedelta(seconds=settings.SHEET_LEASE_SECONDS)
"""Nothing was written for so long: whoever wrote it is gone. Progress is told each second."""
WOKEN_AGAIN: Final = STALE_AFTER / 3
MOST_ATTEMPTS: Final = 3
LARGEST: Final = 100_000_000
"""So far rows are counted."""
FOLDER: Final = "exports"
NOTICE: Final = "export_ready"
State = Export.State


class RefusedError(ValueError):
    """What is asked for is not exported; the message says why and what to do."""


class LostError(Exception):
    """Somebody else writes this export now."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for, understood."""

    listing: Listing
    about: int | None
    query: QueryDict
    columns: list[Column]
    format: str
    found: Found
    by: User


def wish(key: str, *, about: int | None, query: QueryDict, columns: list[str], kind: str, by: User) -> Wish:
    """Raises RefusedError, and Http404 where there is no such list for this user."""
    listing = lists.named(key)
    if listing is None or not listing.may_be_seen_by(by):
        raise Http404
    found = listing.find(by, query, about)
    if not found.is_valid:
        raise RefusedError(
            _("A filter of this list is not understood. Correct it first. Nothing was exported.")
        )
    if listing.shape and kind == Export.Format.XLSX:
        return Wish(listing=listing, about=about, query=query, columns=[], format=kind, found=found, by=by)
    if listing.shape:
        raise RefusedError(_("This sheet comes as xlsx alone. Nothing was exported."))
    if kind not in {Export.Format.XLSX, Export.Format.CSV}:
        raise RefusedError(_("Choose one of the formats xlsx and csv. Nothing was exported."))
    known = {column.key for column in listing.columns()}
    if unknown := [column for column in columns if column not in known]:
        raise RefusedError(
            _("There is no column %(unknown)s. The columns of this list are %(known)s.")
            % {"unknown": _(", ").join(unknown), "known": _(", ").join(sorted(known))}
        )
    chosen = listing.chosen(columns)
    if not chosen:
        raise RefusedError(_("No column is ticked. Tick at least one. Nothing was exported."))
    return Wish(listing=listing, about=about, query=query, columns=chosen, format=kind, found=found, by=by)


def is_small(wish: Wish) -> bool:
    """Raises RefusedError where it is too much for any file."""
    most: int = settings.EXPORT_AT_ONCE
    return count(wish, most=most) <= most


def count(wish: Wish, *, most: int) -> int:
    shape = wish.listing.shape
    if shape is None:
        return wish.found.count(most=most)
    try:
        return shape.count(wish.found, wish.by, most)
    except ValueError as refusal:
        raise RefusedError(str(refusal)) from refusal


def write_rows(wish: Wish, stream: IO[bytes], progress: writing.Progress = lambda _done: None) -> int:
    shape = wish.listing.shape
    if shape is None:
        return writing.write(
            wish.found,
            wish.columns,
            title=str(wish.listing.name),
            kind=wish.format,
            stream=stream,
            progress=progress,
        )
    try:
        return shape.write(wish.found, wish.by, wish.query, stream, progress)
    except ValueError as refusal:
        raise RefusedError(str(refusal)) from refusal


def row(wish: Wish, *, at: datetime, **more: Any) -> Export:
    return Export(
        by=wish.by,
        listing=wish.listing.key,
        about=wish.about,
        query=lists.settled(wish.query),
        words=words(wish),
        columns=[column.key for column in wish.columns],
        format=wish.format,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        created_at=at,
        touched_at=at,
        **more,
    )


def words(wish: Wish) -> dict[str, str]:
    """The filter in every language we speak: whoever reads the log may speak another one."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = lists.in_words(wish.listing.find(wish.by, wish.query, wish.about))
    return said


def write_now(wish: Wish, stream: IO[bytes], *, at: datetime) -> Export:
    """Into the stream, and into the log. In the language active now."""
    written = write_rows(wish, stream)
    export = row(wish, at=at, state=State.TAKEN, total=written, done=written)
    export.save()
    return export


def written(wish: Wish, *, at: datetime) -> tuple[Export, IO[bytes]]:
    """As `write_now`, into a file of its own, at its beginning. It goes when whoever asked closes it, as a response does."""
    stream = TemporaryFile()  # noqa: SIM115 - as said
    try:
        export = write_now(wish, stream, at=at)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    return export, stream


def queue(wish: Wish, *, at: datetime) -> Export:
    """To be written by a worker. The same asked for again, while it waits or is written, is the same export."""
    asked = row(wish, at=at)
    same = Export.objects.filter(
        by=asked.by, listing=asked.listing, about=asked.about, query=asked.query, columns=asked.columns,
        format=asked.format, language=asked.language, state__in=Export.BUSY,
    )  # fmt: skip
    if present := same.first():
        return present
    asked.save()
    wake(asked.pk)
    return asked


def wake(pk: int) -> None:
    from accounts import tasks  # noqa: PLC0415 - tasks are a door to this module

    transaction.on_commit(partial(tasks.write_export.delay, pk), robust=True)


# By a worker


def write(pk: int) -> None:
    """The step from WAITING to READY or FAILED."""
    waiting = Export.objects.filter(pk=pk, state=State.WAITING)
    if not waiting.update(state=State.WRITING, attempts=F("attempts") + 1, done=0, touched_at=timezone.now()):
        return
    export = Export.objects.select_related("by__team").get(pk=pk)
    try:
        with translation.override(export.language):
            write_file(export)
    except LostError:
        return
    except RefusedError as refusal:
        end(export, State.FAILED, error=str(refusal))
    except (OperationalError, InterfaceError):  # the database was away: another worker begins anew
        raise
    except Exception as error:
        with translation.override(export.language):
            told = _("Something went wrong that is not yours to mend. Try again. (%(error)s)")
        end(export, State.FAILED, error=told % {"error": type(error).__name__})
        raise


def write_file(export: Export) -> None:
    """Rows are those that the user may see now, whatever was so when the export was asked for."""
    if not export.by.is_active:
        raise RefusedError(_("The account of whoever asked for this export is closed."))
    try:
        asked = wish(
            export.listing,
            about=export.about,
            query=QueryDict(export.query),
            columns=export.columns,
            kind=export.format,
            by=export.by,
        )
    except Http404:
        raise RefusedError(_("This list is no longer there, or no longer yours to see.")) from None
    total = count(asked, most=LARGEST)
    with TemporaryFile() as stream:
        written = write_rows(asked, stream, teller(export, total))
        failpoints.hit("export.written", export.pk)
        stream.seek(0)
        name = default_storage.save(f"{FOLDER}/{export.pk}-{uuid4().hex}.{export.format}", File(stream))
    now = timezone.now()
    until = now + timedelta(hours=settings.EXPORT_KEEP_HOURS)
    failpoints.hit("export.stored", export.pk)
    with transaction.atomic():
        is_mine = end(export, State.READY, file=name, total=written, done=written, expires_at=until)
        if is_mine:
            key = f"export-{export.pk}-{now.isoformat()}"
            tell(NOTICE, [News(export.by_id, key, {"export": export.pk})], at=now)
    if not is_mine:
        default_storage.delete(name)


def teller(export: Export, total: int) -> Callable[[int], None]:
    """Tells how far it is, once a second, and stops whoever is not the one any more who writes it."""
    last = timezone.now()
    mine(export).update(total=total)

    def tell_progress(done: int) -> None:
        nonlocal last
        failpoints.hit("export.progress", export.pk)
        now = timezone.now()
        if now - last >= timedelta(seconds=1):
            last = now
            if not mine(export).update(done=done, touched_at=now):
                raise LostError

    return tell_progress


def mine(export: Export) -> Any:
    return Export.objects.filter(pk=export.pk, state=State.WRITING, attempts=export.attempts)


def end(export: Export, state: str, **fields: Any) -> bool:
    return bool(mine(export).update(state=state, touched_at=timezone.now(), **fields))


def stale(*, at: datetime) -> list[int]:
    """Those to wake: nobody works on them. One that brought its worker down three times is given up."""
    for export in Export.objects.filter(state=State.WRITING, touched_at__lt=at - STALE_AFTER):
        if export.attempts >= MOST_ATTEMPTS:
            with translation.override(export.language):
                told = _("The export brought its worker down %(count)s times. Narrow the list, or try again.")
            end(export, State.FAILED, error=told % {"count": export.attempts})
        else:
            mine(export).update(state=State.WAITING, touched_at=at - WOKEN_AGAIN)
    waiting = Export.objects.filter(state=State.WAITING, touched_at__lte=at - WOKEN_AGAIN)
    pks = list(waiting.order_by("pk").values_list("pk", flat=True))
    Export.objects.filter(pk__in=pks, state=State.WAITING).update(touched_at=at)
    return pks


def again(export: Export, *, at: datetime) -> bool:
    """The button of one that failed, or whose file is gone."""
    over = Export.objects.filter(pk=export.pk, state__in=[State.FAILED, State.DELETED])
    is_so = bool(
        over.update(state=State.WAITING, attempts=0, done=0, error="", expires_at=None, touched_at=at)
    )
    if is_so:
        wake(export.pk)
    return is_so


def delete_old_files(*, at: datetime) -> None:
    """Whose day is over, and files whose worker was lost before anybody knew of them. The rows stay."""
    for export in Export.objects.filter(state=State.READY, expires_at__lte=at):
        name = export.file.name
        gone = Export.objects.filter(pk=export.pk, state=State.READY, expires_at__lte=at)
        if gone.update(state=State.DELETED, file="", touched_at=at) and name:
            default_storage.delete(name)
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(FOLDER)[1]:
            path = str(PurePosixPath(FOLDER) / name)
            if path not in known and default_storage.get_modified_time(path) < at - timedelta(days=1):
                default_storage.delete(path)
