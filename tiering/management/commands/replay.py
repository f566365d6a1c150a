"""`manage.py replay RUN`: a re-grade once more, from what it stored."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tiering import verifying
from tiering.management.commands.verify_gradings import tell


class Command(BaseCommand):
    help = (
        "Recomputes a re-grade from its stored indicator values and scheme version, and prints what differs and"
        " a hash: two installations that computed the same for the same customers have the same one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, help="number of the re-grade")
        parser.add_argument("--plain", action="store_true", help="everybody by both forms of the scorer")

    def handle(self, *_args: Any, run: int, plain: bool, **_options: Any) -> None:
        runs = verifying.runs_of(run=run)
        if not runs:
            raise CommandError(_("There is no re-grade %(number)s.") % {"number": run})
        with verifying.one_moment():
            done = verifying.replay(runs[0], plain=plain)
        tell(self, f"{done.run} #{done.run.pk}: {done.findings.title}", done.findings)
        words = {"gradings": done.gradings, "plainly": done.graded_plainly}
        self.stdout.write(_("%(gradings)s gradings, %(plainly)s by both forms of the scorer") % words)
        self.stdout.write(done.hash)
        if not done.findings.is_fine:
            sys.exit(1)
