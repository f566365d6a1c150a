"""The order of the routing rules, and who leads a department."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from maintenance.models import DepartmentLead, Route


@transaction.atomic
def add(route: Route) -> None:
    """At the end."""
    last = Route.objects.aggregate(last=Max("position"))["last"] or 0
    route.position = last + 1
    route.save()


@transaction.atomic
def move(route: Route, *, by: int) -> None:
    """One place up or down; at the end it stays."""
    rows = list(Route.objects.select_for_update().order_by("position", "pk"))
    place = next((n for n, row in enumerate(rows) if row.pk == route.pk), None)
    if place is None or not 0 <= place + by < len(rows):
        return
    rows[place], rows[place + by] = rows[place + by], rows[place]
    for position, row in enumerate(rows, start=1):
        row.position = position
    Route.objects.bulk_update(rows, ["position"])


@transaction.atomic
def name_leads(leads: Mapping[str, User | None]) -> None:
    for department, user in leads.items():
        if user is None:
            DepartmentLead.objects.filter(department=department).delete()
        else:
            DepartmentLead.objects.update_or_create(department=department, defaults={"user": user})
