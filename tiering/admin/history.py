"""Runs, gradings, tier changes and tiers set by hand: appended elsewhere, looked at here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.admin.search import SeenByCustomer
from tiering import reasons
from tiering.models import (
    Aim,
    Candidate,
    CategoryCorrection,
    Cause,
    Chunk,
    Decision,
    Decisive,
    Followup,
    Grading,
    Hold,
    Movement,
    Override,
    Remark,
    Run,
    SchemeVersion,
    TierChange,
    Verification,
)
from tiering.reasons import sentence, value_of
from toolbox.admin import ReadOnly, shown, whether
from toolbox.templatetags import formats


@admin.register(Run)
class RunAdmin(ReadOnly[Run]):
    list_display = (
        "period", "scheme", "version", "as_of", "state", "trigger", "started_by", "customers", "chunk_count",
        "created_at", "published_at",
    )  # fmt: skip
    list_filter = ("state", "trigger", "scheme")
    list_select_related = ("scheme", "version__scheme", "started_by")
    search_fields = ("period", "scheme__key", "scheme__name_en", "scheme__name_zh")
    date_hierarchy = "as_of"
    ordering = ("-created_at", "-pk")


@admin.register(Chunk)
class ChunkAdmin(ReadOnly[Chunk]):
    list_display = ("run", "first", "last", "customers", "state", "attempts", "leased_until", "error")
    list_filter = ("state", "run__state")
    list_select_related = ("run",)
    search_fields = ("run__period", "error")
    ordering = ("-run", "first")


@admin.register(Verification)
class VerificationAdmin(ReadOnly[Verification]):
    list_display = ("run", "asked_at", "by", "finished_at", "gradings", "hash", "error")
    list_filter = ("asked_at",)
    list_select_related = ("run", "by")
    search_fields = ("run__period", "hash")
    ordering = ("-asked_at", "-pk")


@admin.register(Grading)
class GradingAdmin(SeenByCustomer[Grading]):
    list_display = ("customer", "run", "tier", "computed_tier", "kept", "score", "known", "amount")
    list_filter = ("tier", "computed_tier", "kept", "run__scheme")
    list_select_related = ("customer", "run", "tier", "computed_tier")
    ordering = ("-pk",)
    fields = (
        "customer", "run", "tier", "computed_tier", "kept", "score", "lowest", "highest", "known", "amount", "measured",
    )  # fmt: skip
    readonly_fields = ("score", "lowest", "highest", "known", "amount", "measured")
    score = shown("total", _("score"), formats.score)
    lowest = shown("low", _("lowest possible score"), formats.score)
    highest = shown("high", _("highest possible score"), formats.score)
    known = shown("coverage", _("coverage"), formats.percent)
    amount = shown("annual_amount", _("annual amount"), formats.money)

    @admin.display(description=_("values"))
    def measured(self, grading: Grading) -> str:
        """A line for each indicator, in scheme order: its raw value in its unit, and its points."""
        version = SchemeVersion.objects.whole().get(pk=grading.run.version_id)
        rows = zip(version.indicators(), grading.values, grading.points, strict=True)
        line = _("%(indicator)s: %(value)s, %(points)s points")
        return "\n".join(
            line % {"indicator": i.name, "value": value_of(i.key, value), "points": formats.points(points)}
            for i, value, points in rows
        )


@admin.register(Movement)
class MovementAdmin(SeenByCustomer[Movement]):
    list_display = ("customer", "run", "from_tier", "to_tier", "why")
    list_filter = ("from_tier", "to_tier", "run__state")
    list_select_related = ("customer", "run__version", "from_tier", "to_tier")
    ordering = ("-pk",)
    fields = ("customer", "run", "from_tier", "to_tier", "why")
    readonly_fields = ("why",)

    @admin.display(description=_("reason"))
    def why(self, movement: Movement) -> str:
        return sentence(movement.reason, names=movement.run.version.kept_names())


@admin.register(Decision)
class DecisionAdmin(SeenByCustomer[Decision]):
    list_display = ("customer", "run", "is_accepted", "comment", "by", "at")
    list_filter = ("is_accepted", "run__state")
    list_select_related = ("customer", "run", "by")
    ordering = ("-pk",)


@admin.register(Hold)
class HoldAdmin(SeenByCustomer[Hold]):
    list_display = ("customer", "run", "from_tier", "to_tier", "by", "runs")
    list_filter = ("by", "from_tier", "to_tier")
    list_select_related = ("customer", "run", "from_tier", "to_tier")
    ordering = ("-pk",)


@admin.register(TierChange)
class TierChangeAdmin(SeenByCustomer[TierChange]):
    list_display = (
        "changed_at",
        "customer",
        "from_tier",
        "to_tier",
        "effective_on",
        "run",
        "by",
        "why",
        "words",
    )
    list_filter = ("from_tier", "to_tier", "effective_on")
    list_select_related = ("customer", "from_tier", "to_tier", "run__version", "by", "cause")
    date_hierarchy = "changed_at"
    ordering = ("-changed_at", "-pk")
    fields = (
        "customer",
        "from_tier",
        "to_tier",
        "effective_on",
        "changed_at",
        "grace_until",
        "run",
        "by",
        "why",
        "words",
    )
    readonly_fields = ("why",)

    @admin.display(description=_("reason"))
    def why(self, change: TierChange) -> str:
        return reasons.why(change)


@admin.register(Remark)
class RemarkAdmin(ReadOnly[Remark]):
    list_display = ("at", "change", "words", "by")
    list_select_related = ("change__from_tier", "change__to_tier", "by")
    search_fields = ("words", "change__customer__code", "change__customer__name")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")


@admin.register(Override)
class OverrideAdmin(SeenByCustomer[Override]):
    list_display = ("customer", "tier", "reason", "expires_on", "by", "at", "ended_at")
    list_filter = (whether("ended_at", _("ended")), "tier", "expires_on")
    list_select_related = ("customer", "tier", "by")
    ordering = ("-at", "-pk")


@admin.register(Candidate)
class CandidateAdmin(SeenByCustomer[Candidate]):
    list_display = (
        "customer",
        "rule",
        "state",
        "since",
        "listed_at",
        "taken_by",
        "follow_up_on",
        "closed_by",
    )
    list_filter = ("rule", "state", "listed_at")
    list_select_related = ("customer", "taken_by", "closed_by")
    ordering = ("-pk",)


@admin.register(Cause)
class CauseAdmin(ReadOnly[Cause]):
    list_display = ("change", "category", "computed", "data", "scheme", "missing", "reweighing")
    list_filter = ("category", "computed")
    list_select_related = ("change__from_tier", "change__to_tier")
    search_fields = ("change__customer__code", "change__customer__name")
    ordering = ("-pk",)


@admin.register(CategoryCorrection)
class CategoryCorrectionAdmin(ReadOnly[CategoryCorrection]):
    list_display = ("at", "change", "category", "by")
    list_filter = ("category",)
    list_select_related = ("change__from_tier", "change__to_tier", "by")
    ordering = ("-at", "-pk")


@admin.register(Followup)
class FollowupAdmin(ReadOnly[Followup]):
    list_display = ("run", "upto", "customers", "leased_until", "finished_at")
    list_select_related = ("run",)
    ordering = ("-pk",)


@admin.register(Decisive)
class DecisiveAdmin(SeenByCustomer[Decisive]):
    list_display = ("customer", "indicator", "others", "annual_amount", "run")
    list_filter = ("indicator",)
    list_select_related = ("customer", "run")
    ordering = ("-pk",)


@admin.register(Aim)
class AimAdmin(SeenByCustomer[Aim]):
    list_display = ("customer", "what", "due_on", "assignee", "by", "created_at", "done_at", "done_by")
    list_filter = (whether("done_at", _("done")), "due_on")
    list_select_related = ("customer", "assignee", "by", "done_by")
    ordering = ("-pk",)
