"""What the customer's own record tells."""

import numpy as np
from django.utils.translation import gettext_lazy as _

from tiering.book import Column
from tiering.measures.base import Facts, Measure, Unit, column, measure
from tiering.measures.orders import days_until, orders
from tiering.models import Category


@measure
class YearsOfCooperation(Measure):
    """Days since the cooperation began: the recorded day, else the first order."""

    key = "years_of_cooperation"
    name = _("Years of cooperation")
    unit = Unit.YEARS
    category = Category.RELATION

    def read(self, facts: Facts) -> Column:
        recorded, first = facts.profiles[:, 1], facts.table(orders)["first"]
        recorded = np.where(recorded <= facts.window.end.toordinal(), recorded, 0)
        began = np.where(recorded > 0, recorded, first)
        return column(np.where(began > 0, days_until(facts.window.end, began), 0), began > 0)
