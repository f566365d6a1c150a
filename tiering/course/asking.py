"""The customers behind the numbers: who was in a tier on a day, and what became of it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order, Tier
from tiering.course.periods import months_of_orders
from tiering.models import TierChange

BECAME = [
    ("kept", _("The same or higher")),
    ("lower", _("Lower")),
    ("other", _("None, or one on another scale")),
    ("gone", _("Archived by then")),
    ("stopped", _("Stopped ordering, whatever the tier")),
]
Customers = QuerySet[Customer]


def had_tier(customers: Customers, tier: Tier, *, on: date) -> Customers:
    return customers.annotate(tier_then=tier_on(on)).filter(tier_then=tier.pk)


def tier_on(day: date) -> Subquery:
    """The tier by the last change of the chain, in the order of ids, that was in effect."""
    changes = TierChange.objects.filter(customer=OuterRef("pk"), effective_on__lte=day)
    return Subquery(changes.order_by((F("pk") + 0).desc()).values("to_tier")[:1])


def became(customers: Customers, tier: Tier, what: str, *, on: date, until: date) -> Customers:
    """Of those who had the tier on the first day, those of whom that is true on the other."""
    if what == "stopped":
        return customers.filter(buys_on(on)).exclude(buys_on(until))
    is_gone = Q(archived_at__lt=timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min)))
    if what == "gone":
        return customers.filter(is_gone)
    same = Tier.objects.filter(scale=tier.scale)
    tiers: dict[str, Any] = {
        "kept": list(same.filter(rank__lte=tier.rank).values_list("pk", flat=True)),
        "lower": list(same.filter(rank__gt=tier.rank).values_list("pk", flat=True)),
    }
    still = customers.annotate(tier_later=tier_on(until)).filter(~is_gone | Q(archived_at=None))
    if what in tiers:
        return still.filter(tier_later__in=tiers[what])
    return still.filter(Q(tier_later=None) | ~Q(tier_later__in=tiers["kept"] + tiers["lower"]))


def buys_on(day: date) -> Exists:
    """Whether anything was ordered in the 12 months that end with the day's."""
    first, last = (date((n - 1) // 12, (n - 1) % 12 + 1, 1) for n in months_of_orders(day))
    end = (last + timedelta(days=31)).replace(day=1)
    orders = Order.objects.filter(customer=OuterRef("pk"), amount__gt=0)
    return Exists(orders.filter(ordered_on__gte=first, ordered_on__lt=end))
