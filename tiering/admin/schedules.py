"""The periodic tasks: the package's own admin, for administrators, with the words that it leaves in English."""

from json import loads

from cron_descriptor import (
    FormatException,
    MissingFieldException,
    Options,
    WrongArgumentException,
    get_description,
)
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language, gettext, gettext_lazy as _, ngettext
from django_celery_beat.admin import (
    ClockedScheduleAdmin as OwnClockedAdmin,
    CrontabScheduleAdmin as OwnCrontabAdmin,
    PeriodicTaskAdmin as OwnAdmin,
    ScheduleAdmin as OwnScheduleAdmin,
)
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)

from toolbox.admin import Guarded, titled

HEADINGS = (None, _("Schedule"), _("Arguments"), _("Execution options"))

admin.site.unregister([ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(Guarded, OwnAdmin):
    fieldsets = tuple(
        (ours, lines) for ours, (_theirs, lines) in zip(HEADINGS, OwnAdmin.fieldsets, strict=True)
    )
    actions = ("switch_on", "switch_off", "run_now")
    list_display = ("known_as", "what_it_does", "enabled", "when", "last_run_at")
    list_filter = ("enabled", "one_off", ("task", titled(admin.AllValuesFieldListFilter, _("task"))))
    list_select_related = ("interval", "crontab", "solar", "clocked")

    @admin.action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        self.switch(request, tasks, enabled=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        """The last run is forgotten, so that one that is switched on again does not make up for it."""
        self.switch(request, tasks, enabled=False, last_run_at=None)

    def switch(self, request: HttpRequest, tasks: QuerySet[PeriodicTask], **changes: object) -> None:
        count = tasks.update(**changes)
        PeriodicTasks.update_changed()
        words = ngettext("%(count)s task changed.", "%(count)s tasks changed.", count)
        self.message_user(request, words % {"count": count})

    @admin.action(description=_("Run now"), permissions=["change"])
    def run_now(self, request: HttpRequest, tasks: QuerySet[PeriodicTask]) -> None:
        self.celery_app.loader.import_default_modules()
        for task in tasks:
            self.celery_app.signature(
                task.task, args=loads(task.args), kwargs=loads(task.kwargs)
            ).apply_async()
        words = ngettext(
            "%(count)s task was sent to the workers.", "%(count)s tasks were sent to the workers.", len(tasks)
        )
        self.message_user(request, words % {"count": len(tasks)})

    @admin.display(description=_("name"), ordering="name")
    def known_as(self, task: PeriodicTask) -> str:
        return gettext(task.name)

    @admin.display(description=_("what it does"), empty_value="–")
    def what_it_does(self, task: PeriodicTask) -> str:
        return gettext(task.description) if task.description else ""

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
class CrontabAdmin(Guarded, OwnCrontabAdmin):
    @admin.display(description=_("In words"))
    def human_readable(self, crontab: CrontabSchedule) -> str:
        return in_words(crontab)


@admin.register(ClockedSchedule)
class ClockedAdmin(Guarded, OwnClockedAdmin):
    pass


@admin.register(IntervalSchedule, SolarSchedule)
class ScheduleAdmin(Guarded, OwnScheduleAdmin):
    pass


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
