"""How often customers order, for promises that follow an order."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.db.models import Count, F, IntegerField, Sum
from django.db.models.functions import Cast, Least

from customers.models import Customer, Order
from maintenance.models import Promise
from toolbox.calendars import window_start

DAYS_OF_A_YEAR = 365


def often(promises: Iterable[Promise], *, on: date) -> dict[int, Fraction]:
    """{promise: times a year for one customer of the tier}, on average, as in the twelve months up to a day."""
    reactions = [promise for promise in promises if promise.is_reaction]
    return {
        promise.pk: Fraction(answers(promise, on=on), max(1, customers(promise.playbook.tier_id)))
        for promise in reactions
    }


def customers(tier: int) -> int:
    return Customer.objects.active().filter(standing__tier=tier).count()


def answers(promise: Promise, *, on: date) -> int:
    """How many there would have been: one for each order, or at most one in its days."""
    most = DAYS_OF_A_YEAR // (promise.interval + 1) + 1 if promise.one_for_all else None
    bought = (
        Order.objects.filter(
            ordered_on__range=(window_start(on, 12), on),
            amount__gt=0,
            customer__standing__tier=promise.playbook.tier_id,
            customer__archived_at=None,
        )
        .values("customer")
        .annotate(orders=Count("pk"))
    )
    each = Least(F("orders"), most) if most else F("orders")
    total = bought.annotate(answers=Cast(each, IntegerField())).aggregate(total=Sum("answers"))["total"]
    return total or 0
