"""`manage.py export_for_editing KIND FILE --as USER`: a sheet to edit, which `manage.py import` takes back cell by cell."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone, translation

from accounts.exports import keeping
from accounts.models import User
from customers.imports import editing
from customers.imports.kind import row_kinds


class Command(BaseCommand):
    help = "Writes what is on record of a user's customers into a workbook that knows its rows when it comes back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", choices=sorted(row_kinds), metavar="KIND", help=", ".join(sorted(row_kinds))
        )
        parser.add_argument("file", type=Path, metavar="FILE", help="where to, an .xlsx")
        parser.add_argument("--as", dest="user", required=True, metavar="USER", help="who will edit it")
        parser.add_argument(
            "--filter", default="", help='of customers, as in the address of the page: "tier=3"'
        )
        parser.add_argument("--language", choices=list(dict(settings.LANGUAGES)), default=None)

    def handle(self, *, kind: str, file: Path, user: str, **asked: Any) -> None:
        by = User.objects.filter(username=user, is_active=True).first()
        if by is None:
            raise CommandError(f"There is no active user {user}.")
        unfinished = file.with_name(f".{file.name}.unfinished")
        with translation.override(asked["language"] or by.language or settings.LANGUAGE_CODE):
            if not getattr(by, row_kinds[kind].may):
                raise CommandError(f"{user} may not import this kind of rows.")
            try:
                with unfinished.open("wb") as stream:
                    wish = editing.wished(row_kinds[kind], QueryDict(asked["filter"]), by=by)
                    count = keeping.write_now(wish, stream, at=timezone.now()).total
                unfinished.replace(file)
            except keeping.RefusedError as refusal:
                raise CommandError(str(refusal)) from None
            except OSError as error:
                raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
            finally:
                unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{count} rows in {file}")
