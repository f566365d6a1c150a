"""What the customer's own record tells."""

import numpy as np
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Unit, column, measure
from tiering.measures.orders import days_until, order_days


def since(facts: Facts) -> dict[str, Ints]:
    rows = Customer.objects.filter(
        pk__range=(facts.first, facts.last), cooperation_since__lte=facts.window.end
    ).values_list("pk", "cooperation_since")
    return facts.aligned(("since",), ((pk, day.toordinal()) for pk, day in rows if day))


@measure
class YearsOfCooperation(Measure):
    """Days since the cooperation began: the recorded day, else the first order."""

    key = "years_of_cooperation"
    name = _("Years of cooperation")
    unit = Unit.YEARS

    def read(self, facts: Facts) -> Column:
        recorded, first = facts.table(since)["since"], facts.table(order_days)["first"]
        began = np.where(recorded > 0, recorded, first)
        return column(np.where(began > 0, days_until(facts.window.end, began), 0), began > 0)
