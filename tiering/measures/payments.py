"""What payments tell."""

from typing import Any

import numpy as np
from django.db import models
from django.db.models import Case, Count, F, FilteredRelation, Max, Q, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.models import Payment
from tiering.book import Column
from tiering.measures.base import (
    POINT,
    WHOLE,
    Facts,
    Measure,
    Question,
    Unit,
    column,
    measure,
    ratio,
    total,
)
from tiering.models import Category
from tiering.path import Lever
from toolbox.days import DayNumber


def payments(ask: Question) -> models.QuerySet[Any]:
    due = ask.of(Payment).filter(due_on__gte=ask.start, due_on__lte=ask.end)
    return ask.by_customer(due, due=total("amount"), on_time=total("amount", Q(paid_on__lte=F("due_on"))))


@measure
class PaymentTimeliness(Measure):
    """Share of what fell due in the window that was paid by its day, by amount."""

    key = "payment_timeliness"
    name = _("Payment timeliness")
    unit = Unit.BASIS_POINTS
    category = Category.PAYMENT
    fact = "payment"
    lever = Lever(step=POINT, effort=5, best=WHOLE)

    def read(self, facts: Facts) -> Column:
        table = facts.table(payments)
        return ratio(table["on_time"], table["due"])


def paying(ask: Question) -> models.QuerySet[Any]:
    """Of what fell due in the window, was paid in it, or is open since before, the most days from the order to the payment.

    Where the order is not known (or was recorded after the freeze) from the day it was due. What is due and not paid
    has taken until the last day of the window so far.
    """
    is_paid = Q(paid_on__lte=ask.end)
    is_due = Q(due_on__gte=ask.start, due_on__lte=ask.end)
    # the range alone keeps the database from looking through the orders of everybody
    its_own = FilteredRelation(
        "order",
        condition=Q(
            order__customer_id=F("customer_id"),
            order__customer_id__gte=ask.first,
            order__customer_id__lte=ask.last,
            order__recorded_at__lte=ask.frozen_at,
        ),
    )
    begun = Coalesce("its_order__ordered_on", "due_on")
    paid = Case(When(is_paid, then=F("paid_on")), default=ask.end)
    was_paid = Q(paid_on__gte=ask.start, paid_on__lte=ask.end)
    is_open = Q(due_on__lt=ask.start) & (Q(paid_on=None) | Q(paid_on__gt=ask.end))
    rows = ask.of(Payment).filter(is_due | was_paid | is_open).alias(its_order=its_own)
    return ask.by_customer(
        rows, longest=Coalesce(Max(DayNumber(paid) - DayNumber(begun)), 0), payments=Count("pk")
    )


@measure
class DaysToPay(Measure):
    """The longest that a payment took, from its order; from the day it was due where no order is named. Early is 0.

    The longest, not the average: "paid within 7 days" is said of every payment, one that is open counts as long as it
    is open, and what keeps a customer from it is one payment that can be named.
    """

    key = "days_to_pay"
    name = _("Days to pay (longest)")
    unit = Unit.DAYS
    is_lower_better = True
    category = Category.PAYMENT
    fact = "payment"
    lever = Lever(step=1, effort=5, best=0, worst=None, is_lower_better=True)

    def read(self, facts: Facts) -> Column:
        table = facts.table(paying)
        return column(np.maximum(table["longest"], 0), table["payments"] > 0)
