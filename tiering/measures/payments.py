"""What payments tell."""

from typing import Any

from django.db import models
from django.db.models import F, Q
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
    measure,
    ratio,
    total,
)
from tiering.models import Category
from tiering.path import Lever


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
