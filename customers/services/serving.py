"""The service team of customers: who serves them for which department."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from customers import signals
from customers.models import Customer, Seat
from customers.models.seat import ROLES

BATCH = 2_000


@transaction.atomic
def seat(customers: list[int], *, team: Mapping[str, User | None], by: User, at: datetime) -> int:
    """Give the seats of these departments to somebody, or nobody; how many customers changed. Others stay as they are.

    What is owed for the department follows when it is planned anew. Raises ValidationError where somebody does not
    work there.
    """
    for department, person in team.items():
        if person and not (person.is_active and person.role == ROLES.get(department)):
            raise ValidationError(
                _("%(name)s does not work in the department that is to serve the customer."),
                params={"name": person.name},
            )
    changed: set[int] = set()
    for start in range(0, len(customers), BATCH):
        stretch = sorted(customers)[start : start + BATCH]
        rows = Customer.objects.filter(pk__in=stretch).select_for_update(of=("self",)).order_by("pk")
        pks = list(rows.values_list("pk", flat=True))
        for department, person in team.items():
            wanted = dict.fromkeys(pks, person.pk if person else None)
            changed |= _give(wanted, department, by=by, at=at)
    signals.tell(sorted(changed))
    return len(changed)


def seat_each(teams: Mapping[str, Mapping[int, int | None]], *, by: User, at: datetime) -> None:
    """As `seat`, of each customer its own person: by department, ids by those of customers.

    Whoever calls holds the customers locked, and has looked who works where.
    """
    changed: set[int] = set()
    for department, people in teams.items():
        pks = sorted(people)
        for start in range(0, len(pks), BATCH):
            wanted = {pk: people[pk] for pk in pks[start : start + BATCH]}
            changed |= _give(wanted, department, by=by, at=at)
    signals.tell(sorted(changed))


def _give(wanted: Mapping[int, int | None], department: str, *, by: User, at: datetime) -> set[int]:
    taken = Seat.objects.taken().filter(customer__in=list(wanted), department=department)
    now = dict(taken.values_list("customer_id", "person_id"))
    todo = {pk for pk, person in wanted.items() if now.get(pk) != person}
    Seat.objects.taken().filter(customer__in=todo & set(now), department=department).update(
        until=at, ended_by=by
    )
    Seat.objects.bulk_create(
        (
            Seat(customer_id=pk, department=department, person_id=person, since=at, by=by)
            for pk in sorted(todo)
            if (person := wanted[pk])
        ),
        batch_size=500,
    )
    return todo
