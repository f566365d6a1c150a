"""What service requests tell."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from customers.models import ServiceRequest
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Unit, column, measure


def requests(facts: Facts) -> dict[str, Ints]:
    window = facts.window
    technical = Q(department=Department.TECHNICAL, opened_at__gte=window.start_at)
    rows = facts.of(ServiceRequest).filter(opened_at__lt=window.until)
    return facts.grouped(rows, technical=Count("pk", filter=technical), ever=Count("pk"))


@measure
class TechnicalSupportNeed(Measure):
    """Requests to the technical department in the window; unknown for whoever never asked anything."""

    key = "technical_support"
    name = _("Technical-support need")
    unit = Unit.TIMES

    def read(self, facts: Facts) -> Column:
        table = facts.table(requests)
        return column(table["technical"], table["ever"] > 0)
