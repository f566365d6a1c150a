"""Playbooks and the calendar are run from here; what happened can only be looked at."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.search import SeenByCustomer
from maintenance import tasks
from maintenance.models import (
    Answer,
    Benefit,
    CalendarOverride,
    Case,
    CaseEvent,
    Clock,
    DepartmentLead,
    Invitation,
    Mail,
    Match,
    Meeting,
    MeetingTask,
    Obligation,
    OptOutOfSurveys,
    Playbook,
    Point,
    Promise,
    Question,
    Rates,
    Route,
    Snooze,
    Survey,
    TierMargin,
)
from toolbox.admin import Admin, M, ReadOnly


class Planned(Admin[M]):
    """What is changed here is planned for the whole book, in the background."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _replan()

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        super().delete_model(request, obj)
        _replan()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        super().delete_queryset(request, queryset)
        _replan()


def _replan() -> None:
    transaction.on_commit(tasks.sweep.delay, robust=True)


@admin.register(Playbook)
class PlaybookAdmin(ReadOnly[Playbook]):
    """Changed on its page, in versions."""

    list_display = ("tier", "number", "scale", "starts_on", "responds_within", "solves_within")
    list_filter = ("tier__scale",)
    list_select_related = ("tier",)
    ordering = ("tier__scale", "tier__rank", "number")

    @admin.display(description=_("scale"), ordering="tier__scale")
    def scale(self, playbook: Playbook) -> str:
        return playbook.tier.scale

    @admin.display(description=_("respond within"), ordering="respond_within_minutes", empty_value="–")
    def responds_within(self, playbook: Playbook) -> str:
        return playbook.respond_within

    @admin.display(description=_("solve within"), ordering="solve_within_working_hours", empty_value="–")
    def solves_within(self, playbook: Playbook) -> str:
        return playbook.solve_within


@admin.display(description=_("title"))
def title(line: Promise | Benefit | Survey) -> str:
    return line.title


@admin.register(Promise)
class PromiseAdmin(ReadOnly[Promise]):
    list_display = (title, "playbook", "department", "channel", "cadence", "grace_days", "minutes")
    list_filter = ("playbook", "department", "channel")
    list_select_related = ("playbook__tier",)
    search_fields = ("key", "title_en", "title_zh")
    ordering = ("playbook__tier__rank", "playbook__number", "position")

    @admin.display(description=_("how often"))
    def cadence(self, promise: Promise) -> str:
        return promise.rhythm


@admin.register(Benefit)
class BenefitAdmin(ReadOnly[Benefit]):
    list_display = (title, "kind", "playbook", "position")
    list_filter = ("kind", "playbook")
    list_select_related = ("playbook__tier",)
    search_fields = ("title_en", "title_zh")
    ordering = ("playbook__tier__rank", "playbook__number", "position")


@admin.register(Obligation)
class ObligationAdmin(SeenByCustomer[Obligation]):
    list_display = (
        "customer",
        "promise",
        "tier",
        "department",
        "assignee",
        "due_on",
        "state",
        "completed_by",
    )
    list_filter = ("state", "department", "tier", "due_on")
    list_select_related = ("customer", "promise", "tier", "assignee", "completed_by")
    own_search = ("promise__title_en__icontains", "promise__title_zh__contains")
    date_hierarchy = "due_on"
    ordering = ("-due_on", "-pk")


@admin.register(Snooze)
class SnoozeAdmin(ReadOnly[Snooze]):
    list_display = ("obligation", "was_due_on", "until", "reason", "by", "at")
    list_select_related = ("obligation__promise", "by")
    search_fields = ("obligation__customer__name", "reason")
    list_filter = ("at",)
    ordering = ("-at", "-pk")


@admin.register(Match)
class MatchAdmin(ReadOnly[Match]):
    list_display = ("obligation", "interaction", "holds", "reason", "by", "at")
    list_select_related = ("obligation__promise", "interaction", "by")
    search_fields = ("obligation__customer__name", "reason")
    list_filter = ("holds", "at")
    ordering = ("-at", "-pk")


@admin.register(CalendarOverride)
class CalendarOverrideAdmin(Planned[CalendarOverride]):
    list_display = ("day", "is_working", "note")
    list_filter = ("is_working",)
    search_fields = ("note",)
    date_hierarchy = "day"
    ordering = ("-day",)


class ClockInline(admin.TabularInline[Clock, Case]):
    model = Clock
    extra = 0
    can_delete = False
    fields = readonly_fields = ("kind", "minutes", "started_at", "due_at", "met_at", "breached_at")


@admin.register(Case)
class CaseAdmin(ReadOnly[Case]):
    list_display = ("number", "request", "kind", "category", "state", "assignee", "due_at", "satisfaction")
    list_filter = ("state", "kind", "category", "cause", "source", "request__department")
    list_select_related = ("request", "assignee")
    search_fields = ("request__subject", "request__customer__name", "request__customer__code")
    ordering = ("-pk",)
    inlines = (ClockInline,)


@admin.register(CaseEvent)
class CaseEventAdmin(ReadOnly[CaseEvent]):
    list_display = ("case", "kind", "before", "after", "by", "at")
    list_filter = ("kind", "at")
    list_select_related = ("case__request", "by")
    search_fields = ("words", "case__request__subject")
    ordering = ("-at", "-pk")


@admin.register(Route)
class RouteAdmin(Admin[Route]):
    list_display = ("position", "team", "kind", "category", "department", "assignee")
    list_select_related = ("team", "assignee")
    ordering = ("position", "pk")


@admin.register(DepartmentLead)
class DepartmentLeadAdmin(Admin[DepartmentLead]):
    list_display = ("department", "user")
    list_select_related = ("user",)
    ordering = ("department",)


@admin.register(Mail)
class LetterAdmin(ReadOnly[Mail]):
    list_display = ("subject", "sender", "state", "received_at", "sorted_by")
    list_filter = ("state", "received_at")
    list_select_related = ("sorted_by",)
    search_fields = ("subject", "sender")
    ordering = ("-received_at", "-pk")


@admin.register(Meeting)
class MeetingAdmin(ReadOnly[Meeting]):
    list_display = ("week", "team", "opened_by", "opened_at", "closed_by", "closed_at")
    list_filter = ("team", "week")
    list_select_related = ("team", "opened_by", "closed_by")
    search_fields = ("notes", "team__name")
    ordering = ("-week", "-pk")


@admin.register(Point)
class PointAdmin(ReadOnly[Point]):
    list_display = ("meeting", "kind", "customer", "words", "by", "at")
    list_filter = ("kind",)
    list_select_related = ("meeting__team", "customer", "by")
    search_fields = ("words", "customer__name", "customer__code")
    ordering = ("-pk",)


@admin.register(MeetingTask)
class MeetingTaskAdmin(ReadOnly[MeetingTask]):
    list_display = ("what", "customer", "assignee", "due_on", "meeting", "done_at")
    list_filter = ("due_on",)
    list_select_related = ("customer", "assignee", "meeting__team")
    search_fields = ("what", "customer__name", "customer__code")
    ordering = ("-pk",)


class QuestionInline(admin.TabularInline[Question, Survey]):
    model = Question
    extra = 0
    can_delete = False
    fields = readonly_fields = ("position", "kind", "title_zh", "title_en", "is_required")


@admin.register(Survey)
class SurveyAdmin(ReadOnly[Survey]):
    """Changed on its page, until somebody was asked."""

    list_display = (title, "is_active", "sends_itself", "valid_days", "made_by")
    list_filter = ("is_active",)
    list_select_related = ("made_by",)
    search_fields = ("title_en", "title_zh")
    ordering = ("position", "pk")
    inlines = (QuestionInline,)


@admin.register(Invitation)
class InvitationAdmin(SeenByCustomer[Invitation]):
    list_display = (
        "customer",
        "survey",
        "contact",
        "channel",
        "sent_in",
        "sent_by",
        "sent_at",
        "answered_at",
    )
    list_filter = ("survey", "channel", "sent_at")
    list_select_related = ("customer", "survey", "contact", "sent_by")
    date_hierarchy = "sent_at"
    ordering = ("-sent_at", "-pk")


@admin.register(Answer)
class AnswerAdmin(ReadOnly[Answer]):
    list_display = ("invitation", "question", "score", "words")
    list_filter = ("question__survey", "question__kind")
    list_select_related = ("invitation__customer", "invitation__survey", "question")
    search_fields = ("words", "invitation__customer__name", "invitation__customer__code")
    ordering = ("-pk",)


@admin.register(OptOutOfSurveys)
class OptOutAdmin(Admin[OptOutOfSurveys]):
    """Deleted when a contact wants to be asked again."""

    list_display = ("contact", "at")
    list_select_related = ("contact",)
    search_fields = ("contact__name", "contact__email")
    raw_id_fields = ("contact",)
    ordering = ("-at",)


@admin.register(Rates)
class RatesAdmin(ReadOnly[Rates]):
    """Changed on their page, with the margins of tiers."""

    list_display = ("__str__", "hour_cost", "margin_share")


@admin.register(TierMargin)
class TierMarginAdmin(ReadOnly[TierMargin]):
    list_display = ("tier", "margin_share")
    list_select_related = ("tier",)
    ordering = ("tier__scale", "tier__rank")
