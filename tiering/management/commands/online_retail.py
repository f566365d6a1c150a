"""The public data set Online Retail II from file to tier changes: docs/online-retail.md tells what comes out."""

import time
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from tiering import queries, reasons, regrade, services
from tiering.models import Run, Scheme
from tiering.reviewing.releasing import release
from toolbox.at_once import tasks_at_once

FILES: Final = ("online_retail_2009-2010.csv.gz", "online_retail_2010-2011.csv.gz")
QUARTERS: Final = (
    date(2010, 3, 31),
    date(2010, 6, 30),
    date(2010, 9, 30),
    date(2010, 12, 31),
    date(2011, 3, 31),
    date(2011, 6, 30),
    date(2011, 9, 30),
    date(2011, 12, 9),
)
EXAMPLES: Final = 3


class Command(BaseCommand):
    help = "Loads both files of Online Retail II, grades by “Orders only” and re-grades quarter by quarter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help=f"where {' and '.join(FILES)} are")

    def handle(self, *, directory: Path, **_options: Any) -> None:
        began = time.monotonic()
        files = [str(directory / name) for name in FILES]
        call_command("load_orders", *files, mapping="online_retail", stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(f"{time.monotonic() - began:.1f} s\n\n")
        scheme = Scheme.objects.get(key="orders")
        services.grade_the_book_by(scheme)
        try:
            with tasks_at_once(), translation.override("en"):
                for day in QUARTERS:
                    self.grade(scheme, day)
        except regrade.RefusedError as refused:
            raise CommandError(str(refused)) from None

    def grade(self, scheme: Scheme, day: date) -> None:
        began = time.monotonic()
        run = grade_now(scheme, day)
        if run.state != Run.State.PUBLISHED:
            message = f"The re-grade as of {day} did not end: {run.get_state_display()} {run.error}"
            raise CommandError(message)
        seconds = time.monotonic() - began
        outcome = queries.outcome(run)
        tiers = ", ".join(f"{tier.name} {count:,}" for tier, count, _amount in outcome.tiers)
        graded = run.customers - outcome.ungraded
        tell = self.stdout.write
        tell(f"{run.period} as of {day}: {graded:,} graded ({tiers}), {outcome.ungraded:,} not graded")
        tell(
            f"  {outcome.upgrades:,} upgrades, {outcome.downgrades:,} downgrades, "
            f"{outcome.firsts:,} first gradings, {seconds:.1f} s"
        )
        changed = run.changes.exclude(from_tier=None).select_related("customer", "from_tier", "to_tier")
        for change in changed.order_by("pk")[:EXAMPLES]:
            tell(f"  {change.customer}, {change.from_tier} → {change.to_tier}: {reasons.why(change)}")


def grade_now(scheme: Scheme, day: date) -> Run:
    now = timezone.now()
    run = regrade.work_off(regrade.start(scheme, as_of=day, trigger=Run.Trigger.COMMAND, at=now))
    if run.state == Run.State.REVIEW:  # a shop's customers come and go: nobody is here to look
        release(run, by=None, at=timezone.now())
        regrade.work_off(run)
    return run
