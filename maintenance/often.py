"""How often what comes by chance comes: orders, and birthdays that are known."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.db.models import Count, F, IntegerField, Sum
from django.db.models.functions import Cast, Least

from customers.models import Contact, Customer, Order
from maintenance.cadence import Unit
from maintenance.models import Promise
from toolbox.calendars import window_start

DAYS_OF_A_YEAR = 365


def often(promises: Iterable[Promise], *, on: date) -> dict[int, Fraction]:
    """{promise: times a year for one customer of its tier, on average}, of those that the calendar does not say.

    Orders are those of the twelve months up to the day.
    """
    by_chance = [promise for promise in promises if promise.unit in {Unit.ORDER, Unit.BIRTHDAY}]
    return {
        promise.pk: Fraction(_times(promise, on), max(1, customers(promise.playbook.tier_id)))
        for promise in by_chance
    }


def _times(promise: Promise, on: date) -> int:
    return answers(promise, on=on) if promise.is_reaction else birthdays(promise.playbook.tier_id)


def birthdays(tier: int) -> int:
    known = Contact.objects.exclude(birthday="").filter(
        customer__standing__tier=tier, customer__archived_at=None
    )
    return known.values("customer", "birthday").distinct().count()


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
