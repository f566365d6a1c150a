"""A book of 600 customers that was graded once and of which many move in the next quarter."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from customers.models import Customer, Figure, Order
from customers.tests.making import LONG_AGO, a_customer
from tiering import regrade, services
from tiering.models import Run
from tiering.tests.conftest import POINT, Q2, Q3, plain_scheme, tier

CUSTOMERS = 600


def make() -> None:
    dora = User.objects.create_user("dora", role="director")
    scheme = plain_scheme()
    chance = random.Random(7)
    customers = [a_customer(f"K{n}") for n in range(CUSTOMERS)]
    Order.objects.bulk_create(
        Order(
            customer=customer,
            number=f"{customer.pk}-{day}",
            ordered_on=day,
            amount=chance.randint(1, 120) * POINT,
            recorded_at=LONG_AGO,
        )
        for customer in customers
        for day in (Q2, Q3)
        if chance.random() > 0.1
    )
    Figure.objects.bulk_create(
        figures(chance.sample(customers, 540), dora, chance, on=Q2, recorded_at=LONG_AGO)
    )
    run = regrade.start(
        scheme, as_of=Q2, trigger=Run.Trigger.COMMAND, at=timezone.now() - timedelta(hours=1), by=dora
    )
    regrade.work_off(run, clock=lambda: timezone.now() - timedelta(minutes=59))
    assert run.state == Run.State.PUBLISHED
    for customer in chance.sample(customers, 20):
        services.set_by_hand(
            customer,
            tier=tier(chance.choice(["core", "potential"])),
            reason="A project.",
            expires_on=timezone.localdate() + timedelta(days=30),
            by=dora,
            at=timezone.now(),
        )


def figures(
    customers: Iterable[Customer], by: User, chance: random.Random, *, on: date, recorded_at: datetime
) -> list[Figure]:
    return [
        Figure(
            customer=customer,
            indicator="industry_outlook",
            value=chance.randint(0, 100),
            as_of=on,
            source="A report",
            by=by,
            recorded_at=recorded_at,
        )
        for customer in customers
    ]


def change(chance: random.Random) -> None:
    """New figures for a third, so that the next run moves somebody again."""
    dora = User.objects.get(username="dora")
    some = chance.sample(list(Customer.objects.all()), CUSTOMERS // 3)
    Figure.objects.bulk_create(figures(some, dora, chance, on=Q3, recorded_at=timezone.now()))
