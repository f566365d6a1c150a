"""Tiers as words and colours; where each customer stands is written by re-grades alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.admin.search import SeenByCustomer
from customers.models import Standing, Tier
from toolbox.admin import Admin, shown
from toolbox.templatetags import formats


@admin.register(Tier)
class TierAdmin(Admin[Tier]):
    """Names and colours can change at any time; what gradings refer to cannot."""

    list_display = ("name", "scale", "key", "rank", "name_en", "name_zh", "colour")
    list_filter = ("scale",)
    search_fields = ("key", "name_en", "name_zh")
    ordering = ("scale", "rank")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("scale", "key", "rank") if obj else ()

    @admin.display(description=_("tier"), ordering="rank")
    def name(self, tier: Tier) -> str:
        return tier.name


@admin.register(Standing)
class StandingAdmin(SeenByCustomer[Standing]):
    list_display = (
        "customer", "tier", "computed_tier", "is_overridden", "score", "known", "amount", "graded_on", "since",
    )  # fmt: skip
    list_filter = ("tier", "computed_tier", "is_overridden")
    list_select_related = ("customer", "tier", "computed_tier")
    ordering = ("-pk",)
    fields = (
        "customer", "tier", "computed_tier", "is_overridden", "score", "lowest", "highest", "known", "amount",
        "graded_on", "since",
    )  # fmt: skip
    readonly_fields = ("score", "lowest", "highest", "known", "amount")
    score = shown("total", _("score"), formats.score)
    lowest = shown("low", _("lowest possible score"), formats.score)
    highest = shown("high", _("highest possible score"), formats.score)
    known = shown("coverage", _("coverage"), formats.percent)
    amount = shown("annual_amount", _("annual amount"), formats.money)
