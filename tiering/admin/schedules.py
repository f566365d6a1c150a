"""The periodic tasks: the package's own admin, with the words that it leaves in English."""

from cron_descriptor import (
    FormatException,
    MissingFieldException,
    Options,
    WrongArgumentException,
    get_description,
)
from django.contrib import admin
from django.utils.translation import get_language, gettext, gettext_lazy as _
from django_celery_beat.admin import CrontabScheduleAdmin as OwnCrontabAdmin, PeriodicTaskAdmin as OwnAdmin
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from toolbox.admin import titled

HEADINGS = (None, _("Schedule"), _("Arguments"), _("Execution options"))

admin.site.unregister([CrontabSchedule, PeriodicTask])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(OwnAdmin):
    fieldsets = tuple(
        (ours, lines) for ours, (_theirs, lines) in zip(HEADINGS, OwnAdmin.fieldsets, strict=True)
    )
    list_display = ("known_as", "enabled", "when", "last_run_at", "one_off")
    list_filter = ("enabled", "one_off", ("task", titled(admin.AllValuesFieldListFilter, _("task"))))
    list_select_related = ("interval", "crontab", "solar", "clocked")

    @admin.display(description=_("name"), ordering="name")
    def known_as(self, task: PeriodicTask) -> str:
        return gettext(task.name)

    @admin.display(description=_("Schedule"))
    def when(self, task: PeriodicTask) -> str:
        return (
            in_words(task.crontab)
            if task.crontab
            else str(task.interval or task.solar or task.clocked or "–")
        )

    @admin.display(description=_("In words"))
    def crontab_translation(self, obj: PeriodicTask) -> str:
        return in_words(obj.crontab) if obj.crontab else "–"


@admin.register(CrontabSchedule)
class CrontabAdmin(OwnCrontabAdmin):
    @admin.display(description=_("In words"))
    def human_readable(self, crontab: CrontabSchedule) -> str:
        return in_words(crontab)


def in_words(crontab: CrontabSchedule) -> str:
    """ "At 02:00 AM", in the reader's language; the expression itself where it is too odd for words."""
    options = Options()
    options.use_24hour_time_format = (get_language() or "").startswith("zh")  # it lacks 上午
    options.locale_code = "zh_CN" if options.use_24hour_time_format else "en_US"
    fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    expression = " ".join(getattr(crontab, field).replace(" ", "") for field in fields)
    try:
        return f"{get_description(expression, options)} ({crontab.timezone})"
    except (FormatException, MissingFieldException, WrongArgumentException):
        return f"{expression} ({crontab.timezone})"
