"""The entries that apps bring for celery-beat. Once there they are the administrators' to change and switch off."""

from typing import Any

TIMEZONE = "Asia/Shanghai"


def daily(task: str, *, at: str, name: str, description: str) -> None:
    """At "02:00" and the like."""
    from django_celery_beat.models import CrontabSchedule  # noqa: PLC0415 - models are not loaded before

    hour, minute = (str(int(part)) for part in at.split(":"))
    crontab, _created = CrontabSchedule.objects.get_or_create(
        minute=minute, hour=hour, day_of_week="*", day_of_month="*", month_of_year="*", timezone=TIMEZONE
    )
    _ensure(task, name, crontab=crontab, description=description)


def each_minute(task: str, *, name: str, description: str) -> None:
    from django_celery_beat.models import IntervalSchedule  # noqa: PLC0415 - as above

    interval, _created = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.MINUTES)
    _ensure(task, name, interval=interval, description=description)


def _ensure(task: str, name: str, **more: Any) -> None:
    from django_celery_beat.models import PeriodicTask  # noqa: PLC0415 - as above

    PeriodicTask.objects.get_or_create(name=name, defaults={"task": task, **more})
