"""What the background work of this app is, ensured after every migration."""

from django.utils.translation import gettext_noop


def ensure(**_told: object) -> None:
    """The beat entries: they can be changed and switched off in admin."""
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask  # noqa: PLC0415

    minutely, _created = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.MINUTES)
    PeriodicTask.objects.get_or_create(
        name=gettext_noop("Wake files that nobody works on"),
        defaults={
            "task": "customers.tasks.wake_stale_uploads",
            "interval": minutely,
            "description": gettext_noop(
                "Each minute: files that wait to be checked or loaded, and whose worker or message was lost, are taken up again."
            ),
        },
    )
    at_three, _created = CrontabSchedule.objects.get_or_create(
        minute="0", hour="3", day_of_week="*", day_of_month="*", month_of_year="*", timezone="Asia/Shanghai"
    )
    PeriodicTask.objects.get_or_create(
        name=gettext_noop("Delete files that were loaded or refused long ago"),
        defaults={
            "task": "customers.tasks.delete_old_files",
            "crontab": at_three,
            "description": gettext_noop(
                "Nightly: the files themselves go; what was loaded from them stays, and so does the line that says so."
            ),
        },
    )
