"""`manage.py export LIST --as USER FILE`: a list as that user sees it, with the rules and the record of the page."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.http import Http404, QueryDict
from django.utils import timezone, translation

from accounts.exports import keeping, lists
from accounts.models import User


class Command(BaseCommand):
    help = "Writes a list into a file, exactly as a user sees it. Without a list: which ones there are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", nargs="?", help="its key, for instance customers")
        parser.add_argument("file", nargs="?", help="where to; the suffix, .xlsx or .csv, says the format")
        parser.add_argument("--as", dest="user", help="the user name; rows are those that this user may see")
        parser.add_argument(
            "--filter", default="", help='as in the address of the page: "tier=3&sort=-amount"'
        )
        parser.add_argument(
            "--columns", default="", help="keys with commas, in the wanted order; as the page shows"
        )
        parser.add_argument("--about", type=int, help="the id in the address, of lists about one thing")
        parser.add_argument("--language", help="zh-hans or en; else the user's")

    def handle(self, **options: Any) -> None:
        if not options["list"]:
            self.tell_lists()
            return
        if not options["user"] or not options["file"]:
            raise CommandError("Say who sees the list (--as USER) and the file to write.")
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['user']}.")
        language = options["language"] or user.language or settings.LANGUAGE_CODE
        if language not in dict(settings.LANGUAGES):
            raise CommandError(f"--language is one of {', '.join(dict(settings.LANGUAGES))}.")
        with translation.override(language):
            self.write(user, options)

    def write(self, user: User, options: dict[str, Any]) -> None:
        listing = lists.lists.get(options["list"])
        keys = [key.strip() for key in options["columns"].split(",") if key.strip()]
        path = Path(options["file"])
        try:
            if listing and listing.of and options["about"] is None:
                raise CommandError(
                    f"{options['list']} is about one thing: say its id, as in the address, with --about."
                )
            wish = keeping.wish(
                options["list"],
                about=options["about"],
                query=QueryDict(options["filter"]),
                columns=keys or (listing.first_shown(user) if listing else []),
                kind=path.suffix.removeprefix(".").lower(),
                by=user,
            )
        except Http404:
            raise CommandError(
                f"{user.username} sees no list {options['list']}. Without arguments this command names all lists."
            ) from None
        except keeping.RefusedError as refusal:
            raise CommandError(str(refusal)) from None
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            with unfinished.open("wb") as stream:
                made = keeping.write_now(wish, stream, at=timezone.now())
            unfinished.replace(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(f"{made.total} rows in {path}")

    def tell_lists(self) -> None:
        for key, listing in sorted(lists.lists.items()):
            columns = ", ".join(column.key for column in listing.columns())
            about = " (with --about)" if listing.of else ""
            self.stdout.write(f"{key}{about}: {listing.name}\n    {columns}")
