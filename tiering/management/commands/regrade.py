"""`manage.py regrade`: re-grade the book as the schedule or a director would."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tiering import queries, regrade
from tiering.models import Run, Scheme
from toolbox.calendars import period_end_before


class Command(BaseCommand):
    help = "Re-grades the customers of a scheme as of the last closed period, or of another day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="YYYY-MM-DD; the last closed period by default"
        )
        parser.add_argument(
            "--scheme", help="key of a scheme; the one that grades whoever is assigned to no other by default"
        )
        parser.add_argument(
            "--here", action="store_true", help="grade in this process instead of leaving it to the workers"
        )

    def handle(
        self, *_args: Any, as_of: date | None, scheme: str | None, here: bool, **_options: Any
    ) -> None:
        rules = find_scheme(scheme)
        day = as_of or period_end_before(timezone.localdate(), rules.cadence)
        try:
            run = regrade.start(rules, as_of=day, trigger=Run.Trigger.COMMAND, at=timezone.now())
        except regrade.RefusedError as refused:
            raise CommandError(str(refused)) from refused
        if here:
            regrade.work_off(run)
        self.report(run)

    def report(self, run: Run) -> None:
        run.refresh_from_db()
        self.stdout.write(
            f"{run}: {run.get_state_display()}, {run.customers} customers, {run.chunk_count} chunks"
        )
        if run.state == Run.State.FAILED:
            raise CommandError(run.error)
        if run.state == Run.State.PUBLISHED:
            result = queries.outcome(run)
            for tier, count, _amount in result.tiers:
                self.stdout.write(f"  {tier.name:12} {count}")
            others = f", to this scale {result.rescaled}" if result.rescaled else ""
            self.stdout.write(
                f"  up {result.upgrades}, down {result.downgrades}, first {result.firsts}{others}"
            )


def find_scheme(key: str | None) -> Scheme:
    wanted = Scheme.objects.filter(key=key) if key else Scheme.objects.filter(is_default=True)
    found = wanted.first()
    if found is None:
        known = ", ".join(Scheme.objects.values_list("key", flat=True))
        message = f"There is no scheme {key!r}. There are: {known}."
        raise CommandError(message)
    return found
