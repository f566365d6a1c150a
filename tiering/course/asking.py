"""The customers behind the numbers: who was in a tier on a day, and what became of it."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order, Tier
from tiering.course.periods import months_of_orders
from tiering.models import TierChange
from toolbox.days import midnight

BECAME = [
    ("kept", _("The same or higher")),
    ("lower", _("Lower")),
    ("other", _("None, or one on another scale")),
    ("gone", _("Archived by then")),
    ("stopped", _("Stopped ordering, whatever the tier")),
]
Customers = QuerySet[Customer]


def had_tier(customers: Customers, tier: Tier, *, on: date) -> Customers:
    return customers.filter(pk__in=in_tiers([tier.pk], on=on))


def in_tiers(tiers: list[int], *, on: date) -> QuerySet[TierChange, Any]:
    """Ids of customers: by the last change of the chain, in the order of ids, that was in effect on the day.

    Said as a join of all changes with all, not one customer after the other: a book has a hundred thousand.
    """
    changes = TierChange.objects.that_stand().filter(effective_on__lte=on).order_by()
    later = changes.filter(customer=OuterRef("customer"), pk__gt=OuterRef("pk"))
    return changes.filter(~Exists(later), to_tier__in=tiers).values("customer")


def became(customers: Customers, tier: Tier, what: str, *, on: date, until: date) -> Customers:
    """Of those who had the tier on the first day, those of whom that is true on the other."""
    if what == "stopped":
        return customers.filter(buys_on(on)).exclude(buys_on(until))
    is_gone = Q(archived_at__lt=midnight(until + timedelta(days=1)))
    if what == "gone":
        return customers.filter(is_gone)
    same = Tier.objects.filter(scale=tier.scale)
    kept = list(same.filter(rank__lte=tier.rank).values_list("pk", flat=True))
    lower = list(same.filter(rank__gt=tier.rank).values_list("pk", flat=True))
    still = customers.filter(~is_gone | Q(archived_at=None))
    if what == "other":
        return still.exclude(pk__in=in_tiers(kept + lower, on=until))
    return still.filter(pk__in=in_tiers(kept if what == "kept" else lower, on=until))


def buys_on(day: date) -> Exists:
    """Whether anything was ordered in the 12 months that end with the day's."""
    first, last = (date((n - 1) // 12, (n - 1) % 12 + 1, 1) for n in months_of_orders(day))
    end = (last + timedelta(days=31)).replace(day=1)
    orders = Order.objects.filter(customer=OuterRef("pk"), amount__gt=0)
    return Exists(orders.filter(ordered_on__gte=first, ordered_on__lt=end))
