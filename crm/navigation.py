"""The sidebar: what there is for whom."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import User


@dataclass(frozen=True)
class Entry:
    name: Promise
    url: str
    icon: str
    under: tuple[str, ...]
    """Namespaced view names, or their beginnings, that count as being here."""
    may: str = "is_authenticated"


GROUPS: tuple[tuple[Promise | str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Home"), "home", "home", ("home",)),
            Entry(
                _("My day"),
                "maintenance:my_day",
                "calendar-event",
                ("maintenance:my_day", "maintenance:team"),
            ),
            Entry(
                _("Calendar"),
                "maintenance:calendar",
                "calendar",
                ("maintenance:calendar", "maintenance:move"),
            ),
            Entry(_("Customers"), "customers:list", "users", ("customers:",)),
            Entry(
                _("Promises"),
                "maintenance:obligations",
                "bell",
                ("maintenance:obligation", "maintenance:many"),
            ),
            Entry(_("Ledger"), "maintenance:ledger", "book", ("maintenance:ledger",)),
            Entry(_("Cases"), "maintenance:cases", "headset", ("maintenance:case", "maintenance:my_cases")),
            Entry(_("Weekly meeting"), "maintenance:meetings", "users", ("maintenance:meeting",)),
            Entry(_("Priority dispatch"), "maintenance:dispatch", "truck", ("maintenance:dispatch",)),
            Entry(
                _("Surveys"),
                "maintenance:surveys",
                "message",
                ("maintenance:survey", "maintenance:invitation", "maintenance:feedback"),
            ),
        ),
    ),
    (
        pgettext_lazy("in the sidebar", "Tiers"),
        (
            Entry(
                _("Tier changes"), "tiering:changes", "arrows-sort", ("tiering:change", "tiering:overrides")
            ),
            Entry(_("Tier history"), "tiering:course", "chart-line", ("tiering:course",)),
            Entry(
                _("Nurture list"), "tiering:nurture", "trending-up", ("tiering:nurture", "tiering:candidate")
            ),
            Entry(_("Deciding figures"), "tiering:decisive", "star", ("tiering:decisive",)),
        ),
    ),
    (
        pgettext_lazy("in the sidebar", "Steering"),
        (
            Entry(
                _("Re-grades"), "tiering:runs", "refresh", ("tiering:run", "tiering:freshness"), "sees_all"
            ),
            Entry(_("Simulations"), "tiering:simulations", "adjustments", ("tiering:simul",), "sees_all"),
            Entry(_("Schemes"), "tiering:schemes", "chart-radar", ("tiering:scheme",)),
            Entry(_("Playbooks"), "maintenance:playbooks", "notes", ("maintenance:playbook",)),
            Entry(_("Raters"), "tiering:raters", "scale", ("tiering:rater", "tiering:rating"), "sees_all"),
        ),
    ),
    (
        pgettext_lazy("in the sidebar", "Data"),
        (
            Entry(
                _("Import"),
                "customers:imports",
                "table",
                ("customers:import", "customers:upload"),
                "may_edit_customers",
            ),
            Entry(
                _("Possible duplicates"),
                "customers:duplicates",
                "copy",
                ("customers:duplicate", "customers:merge"),
                "may_edit_customers",
            ),
            Entry(_("Exports"), "accounts:exports", "download", ("accounts:export",)),
            Entry(_("Webhooks"), "accounts:webhooks", "world", ("accounts:webhook",), "may_set_up"),
            Entry(_("Administration"), "admin:index", "settings", ("admin:",), "is_staff"),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    here = request.resolver_match.view_name if request.resolver_match else ""
    groups = [
        (heading, [entry for entry in entries if isinstance(user, User) and getattr(user, entry.may)])
        for heading, entries in GROUPS
    ]
    entries = [entry for _heading, own in groups for entry in own]
    # The entry that matches the longest part of the view's name is the one we are at.
    matches = [(len(prefix), e.url) for e in entries for prefix in e.under if here.startswith(prefix)]
    return {
        "navigation": [(heading, own) for heading, own in groups if own],
        "navigation_here": max(matches)[1] if matches else "",
        "product": settings.PRODUCT_NAME,
        "languages": settings.LANGUAGES,
    }
