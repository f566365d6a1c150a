"""`manage.py verify_gradings`: is what is stored what it should be?"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from tiering import verifying


class Command(BaseCommand):
    help = (
        "Checks gradings, tier changes and standings against each other and replays the last published"
        " re-grade of each scheme that grades. Ends with 1 when something differs. The book can be worked with meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--run", type=int, help="number of a re-grade; the last published one of each scheme by default"
        )
        which.add_argument("--all", action="store_true", dest="everything", help="every re-grade there is")
        parser.add_argument(
            "--plain", action="store_true", help="replay everybody by the plain form of the scorer as well"
        )

    def handle(
        self,
        *_args: Any,
        run: int | None,
        everything: bool,
        plain: bool,
        **_options: Any,
    ) -> None:
        runs = verifying.runs_of(run=run, everything=everything)
        if run is not None and not runs:
            raise CommandError(_("There is no re-grade %(number)s.") % {"number": run})
        differing = 0
        for checked in verifying.verify(runs, today=timezone.localdate(), plain=plain):
            differing += not checked.findings.is_fine
            self.report(checked)
        if differing:
            sys.exit(1)

    def report(self, checked: verifying.Checked) -> None:
        about = f"{checked.run} #{checked.run.pk}: " if checked.run else ""
        tell(self, f"{about}{checked.findings.title}", checked.findings)
        if checked.replay:
            self.stdout.write(f"    {checked.replay.hash}")


def tell(command: BaseCommand, title: str, findings: verifying.Findings) -> None:
    """OK, or the first differences and how many there are."""
    command.stdout.write(f"{_('OK') if findings.is_fine else _('DIFFERS')}  {title}")
    for difference in findings.differences:
        words = {
            "whose": difference.whose,
            "what": difference.what,
            "stored": difference.stored,
            "computed": difference.computed,
        }
        command.stdout.write(
            "    " + _("%(whose)s, %(what)s: stored %(stored)s, computed %(computed)s") % words
        )
    if findings.count > len({difference.whose for difference in findings.differences}):
        command.stdout.write("    " + _("%(count)s in all") % {"count": findings.count})
