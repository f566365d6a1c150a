"""What contracts tell."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contract
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Unit, measure, ratio


def contracts(facts: Facts) -> dict[str, Ints]:
    window = facts.window
    ended = facts.of(Contract).filter(ends_on__range=(window.start, window.end))
    return facts.grouped(ended, ended=Count("pk"), renewed=Count("pk", filter=Q(renewed_on__lte=window.end)))


@measure
class RenewalRate(Measure):
    """Share of the contracts that ended in the window and were renewed by its end."""

    key = "renewal_rate"
    name = _("Contract renewal rate")
    unit = Unit.BASIS_POINTS

    def read(self, facts: Facts) -> Column:
        table = facts.table(contracts)
        return ratio(table["renewed"], table["ended"])
