import os
from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.demo import report
from crm.demo.demo import RefusedError, prepare
from crm.serving import NotServingError, serve


class Command(BaseCommand):
    help = "Makes a believable book of customers unless it is there, and serves it until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="makes the book, says what is in it, and exits"
        )
        parser.add_argument("--fresh", action="store_true", help="deletes the demo's book and makes it again")
        parser.add_argument(
            "--port", type=int, help="the port to listen on; by default the first free from 8000 on"
        )
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")

    def handle(
        self, *_args: Any, once: bool, fresh: bool, port: int | None, host: str, **_options: Any
    ) -> None:
        began, today = monotonic(), timezone.localdate()
        try:
            was_made = prepare(today=today, fresh=fresh)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        words = {"seconds": monotonic() - began}
        if was_made:
            self.stdout.write(_("The demo's book was made in %(seconds).1f seconds.") % words)
        else:
            self.stdout.write(_("The demo's book is there (%(seconds).1f seconds).") % words)
        for line in report.lines(today=today):
            self.stdout.write(line)
        if not once:
            os.environ["DEMO"] = "true"  # for the web server: its log-in page lists the users
            try:
                serve(port, host=host, tell=self.stdout.write)
            except NotServingError as error:
                raise CommandError(str(error)) from error
