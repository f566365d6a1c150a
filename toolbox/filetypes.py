"""What a file is, by its content: only kinds that cannot do anything by themselves, and only under their own name."""

import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Final

from django.utils.translation import gettext as _

HEAD: Final = 4_096
OFFICE: Final = {
    "docx": ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
"""The folder that only this kind has in its package, and its media type."""
MOST_MEMBERS: Final = 10_000
MAGIC: Final = {
    "pdf": ((b"%PDF-",), "application/pdf"),
    "png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    "jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "gif": ((b"GIF87a", b"GIF89a"), "image/gif"),
    "webp": ((b"RIFF",), "image/webp"),
}
TEXTS: Final = {"txt": "text/plain", "csv": "text/csv"}
SAME: Final = {"jpeg": "jpg"}
KNOWN: Final = (*MAGIC, *OFFICE, *TEXTS)
WITH_MACROS: Final = "vbaproject.bin"


class WrongFileError(ValueError):
    """The file is not what it may be; the message is for people."""


@dataclass(frozen=True)
class FileKind:
    extension: str
    media_type: str


def kind_of(name: str, content: IO[bytes]) -> FileKind:
    """What the file is. Raises WrongFileError where its content is not what its name says, or of no kind we take.

    Leaves the content at its beginning.
    """
    extension = PurePath(name).suffix.lower().removeprefix(".")
    extension = SAME.get(extension, extension)
    if extension not in KNOWN:
        raise WrongFileError(
            _("“%(name)s” is of a kind that cannot be attached. Possible are: %(kinds)s.")
            % {"name": name, "kinds": _(", ").join(KNOWN)}
        )
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    if not head:
        raise WrongFileError(_("“%(name)s” is empty.") % {"name": name})
    media_type = _media_type(extension, head, content)
    content.seek(0)
    if not media_type:
        raise WrongFileError(
            _("“%(name)s” is not what its name says. Save it again as %(kind)s, then attach it.")
            % {"name": name, "kind": extension}
        )
    return FileKind(extension, media_type)


def _media_type(extension: str, head: bytes, content: IO[bytes]) -> str:
    """Empty where the content is something else."""
    if extension in TEXTS:
        return TEXTS[extension] if _is_text(head) else ""
    if extension in OFFICE:
        folder, media_type = OFFICE[extension]
        return media_type if _is_package(content, folder) else ""
    starts, media_type = MAGIC[extension]
    fits = head.startswith(starts) and (extension != "webp" or head[8:12] == b"WEBP")
    return media_type if fits else ""


def _is_text(head: bytes) -> bool:
    """In one of the encodings that offices here use; a character may be cut where the head ends."""
    if b"\0" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return True
    return False


def _is_package(content: IO[bytes], folder: str) -> bool:
    """An office file without macros."""
    try:
        with zipfile.ZipFile(content) as package:
            members = [member.lower() for member in package.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        return False
    return (
        len(members) <= MOST_MEMBERS
        and "[content_types].xml" in members
        and any(member.startswith(folder) for member in members)
        and not any(member.endswith(WITH_MACROS) for member in members)
    )
