"""What payments tell."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Payment
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Unit, measure, ratio, total


def payments(facts: Facts) -> dict[str, Ints]:
    due = facts.of(Payment).filter(due_on__range=(facts.window.start, facts.window.end))
    return facts.grouped(due, due=total("amount"), on_time=total("amount", Q(paid_on__lte=F("due_on"))))


@measure
class PaymentTimeliness(Measure):
    """Share of what fell due in the window that was paid by its day, by amount."""

    key = "payment_timeliness"
    name = _("Payment timeliness")
    unit = Unit.BASIS_POINTS

    def read(self, facts: Facts) -> Column:
        table = facts.table(payments)
        return ratio(table["on_time"], table["due"])
