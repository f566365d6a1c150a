"""What gradings have for the timeline of a customer: tier changes, and tiers set by hand."""

from collections.abc import Sequence
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from customers import scales
from customers.stream import Said, Source, name_kind, register
from tiering import reasons
from tiering.models import Override, TierChange

TIER: Final = "tier"


def changes(_user: User | None) -> QuerySet[TierChange]:
    return TierChange.objects.select_related("from_tier", "to_tier", "by").with_reasons()


def say_changes(rows: Sequence[TierChange], _user: User) -> dict[int, Said]:
    scales.tell_steps_apart(rows)
    ungraded = _("Not yet graded")
    return {
        row.pk: Said(
            title=_("Tier: %(before)s → %(after)s")
            % {
                "before": row.from_tier.label if row.from_tier else ungraded,
                "after": row.to_tier.label if row.to_tier else ungraded,
            },
            text=reasons.why(row),
            icon="trending-down" if row.is_downgrade else "trending-up",
            url=reverse("tiering:change", args=[row.pk]),
        )
        for row in rows
    }


def overrides(_user: User | None) -> QuerySet[Override]:
    return Override.objects.select_related("tier", "by")


def ended(user: User | None) -> QuerySet[Override]:
    return overrides(user).exclude(ended_at=None)


def say_overrides(rows: Sequence[Override], _user: User) -> dict[int, Said]:
    scales.tell_apart([row.tier for row in rows])
    return {
        row.pk: Said(
            title=_("Tier set by hand: %(tier)s, until %(day)s")
            % {"tier": row.tier.label, "day": date_format(row.expires_on)},
            text=row.reason,
            icon="hand-stop",
        )
        for row in rows
    }


def say_ended(rows: Sequence[Override], _user: User) -> dict[int, Said]:
    scales.tell_apart([row.tier for row in rows])
    return {
        row.pk: Said(title=_("No longer set by hand: %(tier)s") % {"tier": row.tier.label}, icon="hand-stop")
        for row in rows
    }


def register_sources() -> None:
    name_kind(TIER, gettext_lazy("Tier"))
    register(
        Source(
            key="tier", kind=TIER, rows=changes, say=say_changes, at="changed_at", by="by", notice="change-"
        ),
        Source(key="override", kind=TIER, rows=overrides, say=say_overrides, at="at", by="by"),
        Source(key="override-ended", kind=TIER, rows=ended, say=say_ended, at="ended_at"),
    )
