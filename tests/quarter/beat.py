"""The schedule, as celery-beat would run it: read from its tables, at its hours."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django_celery_beat.models import PeriodicTask

from crm.celery import app
from tests.quarter.days import SHANGHAI

TELLING = ("maintenance.tasks.escalate", "maintenance.tasks.send_digests", "accounts.tasks.empty_the_outbox")
"""What of that which runs each minute tells people something."""


class Beat:
    def __init__(self) -> None:
        app.loader.import_default_modules()
        rows = PeriodicTask.objects.filter(enabled=True).select_related("crontab", "interval").order_by("pk")
        self.daily = [
            (time(int(row.crontab.hour), int(row.crontab.minute)), row.task) for row in rows if row.crontab
        ]
        self.each_minute = [row.task for row in rows if row.interval]
        assert self.daily
        assert set(TELLING) < set(self.each_minute)

    def of_the_day(self, day: date) -> Iterator[tuple[datetime, str]]:
        for moment, task in sorted(self.daily):
            yield datetime.combine(day, moment, SHANGHAI), task

    def minute(self, *, everything: bool = False) -> None:
        for task in self.each_minute if everything else TELLING:
            self.run(task)

    def run(self, task: str) -> None:
        app.tasks[task].delay()
