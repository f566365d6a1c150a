from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.serving import NotServingError, serve


class Command(BaseCommand):
    help = "Runs the web server, a worker and the schedule until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, help="the port to listen on; by default the first free from 8000 on"
        )
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")

    def handle(self, *_args: Any, port: int | None, host: str, **_options: Any) -> None:
        try:
            serve(port, host=host, tell=self.stdout.write)
        except NotServingError as error:
            raise CommandError(str(error)) from error
