"""Whose tier history is counted while they wait, and whose was counted before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from tiering.course.figures import figures
from tiering.models import CountedBook, Run, TierChange

AT_ONCE: Final = 5_000
"""Of so many customers it is counted while one waits."""
REMEMBERED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Counted:
    figures: dict[str, Any]
    at: datetime
    is_behind: bool = False
    """A run was published since."""


def of(user: User, *, at: datetime) -> Counted:
    """Of the customers this user sees."""
    if user.sees_all and Customer.objects.all()[: AT_ONCE + 1].count() > AT_ONCE:
        kept = CountedBook.objects.filter(pk=1).first() or count(at=at)
        later = Run.objects.published().filter(published_at__gt=kept.counted_at)
        return Counted(kept.figures, kept.counted_at, later.exists())
    today = timezone.localdate(at)
    newest = TierChange.objects.order_by("-pk").values_list("pk", flat=True).first()
    scope = "all" if user.sees_all else f"{user.pk}-{user.role}-{user.team_id}"
    key = f"tier-history-{scope}-{today}-{newest}"
    whose = None if user.sees_all else Customer.objects.visible_to(user)
    kept_a_while = cache.get(key)
    if kept_a_while is None:
        kept_a_while = figures(whose, today=today), at
        cache.set(key, kept_a_while, REMEMBERED.seconds)
    return Counted(*kept_a_while)


def count(*, at: datetime) -> CountedBook:
    """The whole book."""
    found = figures(None, today=timezone.localdate(at))
    return CountedBook.objects.update_or_create(pk=1, defaults={"figures": found, "counted_at": at})[0]
