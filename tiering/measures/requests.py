"""What service requests tell."""

from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from customers.models import ServiceRequest
from tiering.book import Column
from tiering.measures.base import Facts, Measure, Question, Unit, column, measure
from tiering.models import Category


def requests(ask: Question) -> models.QuerySet[Any]:
    technical = Q(department=Department.TECHNICAL, opened_at__gte=ask.start_at)
    rows = ask.of(ServiceRequest).filter(opened_at__lt=ask.until)
    return ask.by_customer(rows, technical=Count("pk", filter=technical), ever=Count("pk"))


@measure
class TechnicalSupportNeed(Measure):
    """Requests to the technical department in the window; unknown for whoever never asked anything."""

    key = "technical_support"
    name = _("Technical-support need")
    unit = Unit.TIMES
    category = Category.RELATION
    fact = "request"

    def read(self, facts: Facts) -> Column:
        table = facts.table(requests)
        return column(table["technical"], table["ever"] > 0)
