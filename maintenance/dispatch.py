"""Who is dispatched first: customers whose playbook in force says so, and what they ordered of late."""

from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from accounts.models import SUPPORT, Department, User
from customers.access import CustomerIds
from customers.models import Customer, Order
from customers.models.fact import FactQuerySet
from maintenance.models import Benefit, Playbook
from tiering.models import TierChange

OF_LATE: Final = timedelta(days=14)
"""An order file does not say what has left the house: so long an order is thought to be on its way."""


def has_priority(today: date) -> Q:
    """About a customer: dispatched first by the playbook in force of its tier, or of the one it had before while that holds."""
    first = Benefit.objects.filter(kind=Benefit.Kind.DISPATCH, playbook__in=Playbook.objects.in_force(today))
    # The few ids are fetched first: SQLite reads questions within questions only so deep.
    says_so = list(first.values_list("playbook__tier", flat=True))
    in_grace = TierChange.objects.in_grace(today)
    before = in_grace.filter(from_tier__in=says_so)
    return (
        Q(standing__tier__in=says_so) & ~Q(pk__in=in_grace.values("customer"))
        | Q(pk__in=before.values("customer"))
    ) & Q(archived_at=None)


def is_first(customer: Customer, today: date) -> bool:
    return Customer.objects.filter(has_priority(today), pk=customer.pk).exists()


def orders(user: User, today: date) -> FactQuerySet[Order]:
    """Those to dispatch first, by customers whom this user sees."""
    return to_dispatch(today).filter(customer__in=Customer.objects.visible_to(user).values("pk"))


def to_dispatch(today: date) -> FactQuerySet[Order]:
    """Orders of late by whoever is dispatched first. What comes back is no order to send."""
    first = Customer.objects.filter(has_priority(today)).values("pk")
    recent = Order.objects.filter(ordered_on__gt=today - OF_LATE, ordered_on__lte=today, amount__gte=0)
    return recent.filter(customer__in=first)


def customers_to_dispatch(user: User) -> CustomerIds:
    """To dispatch those first is a task of logistics."""
    is_theirs = user.department == Department.LOGISTICS
    rows = to_dispatch(timezone.localdate()) if is_theirs else Order.objects.none()
    return rows.values_list("customer_id", flat=True)


def who_dispatches(customer: Customer) -> Q:
    if not to_dispatch(timezone.localdate()).filter(customer=customer).exists():
        return Q(pk__in=[])
    return Q(role__in=[role for role, department in SUPPORT.items() if department == Department.LOGISTICS])
