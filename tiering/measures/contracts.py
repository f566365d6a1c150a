"""What contracts tell."""

from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contract
from tiering.book import Column
from tiering.measures.base import POINT, WHOLE, Facts, Measure, Question, Unit, measure, ratio
from tiering.models import Category
from tiering.path import Lever


def contracts(ask: Question) -> models.QuerySet[Any]:
    ended = ask.of(Contract).filter(ends_on__gte=ask.start, ends_on__lte=ask.end)
    renewed = Count("pk", filter=Q(renewed_on__lte=ask.end))
    return ask.by_customer(ended, ended=Count("pk"), renewed=renewed)


@measure
class RenewalRate(Measure):
    """Share of the contracts that ended in the window and were renewed by its end."""

    key = "renewal_rate"
    name = _("Contract renewal rate")
    unit = Unit.BASIS_POINTS
    category = Category.RELATION
    fact = "contract"
    lever = Lever(step=POINT, effort=5, best=WHOLE)

    def read(self, facts: Facts) -> Column:
        table = facts.table(contracts)
        return ratio(table["renewed"], table["ended"])
