"""A book of 600 customers that was graded once and of which many move in the next quarter."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from threading import Event

from django.db import OperationalError, connections, transaction
from django.utils import timezone

from accounts.models import User
from customers import services as customer_services
from customers.models import Customer, Figure, Order
from customers.tests.making import LONG_AGO, a_customer
from tiering import grading, regrade, scoring, services
from tiering.measures import Facts, Window
from tiering.models import Chunk, Run, SchemeVersion
from tiering.tests.conftest import POINT, Q2, Q3, plain_scheme, tier
from toolbox import patience

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


@contextmanager
def people_at_work(seed: int) -> Iterator[Counter[str]]:
    """Somebody who records, corrects, removes, archives and gives away all the while; counts what was done."""
    done: Counter[str] = Counter()
    stop = Event()

    def work() -> None:
        chance = random.Random(seed)
        dora = User.objects.get(username="dora")
        pks = list(Customer.objects.values_list("pk", flat=True))
        try:
            while not stop.wait(0.02):
                does = chance.choice((adds, corrects, corrects, removes, archives_or_restores, gives_away))
                does(Customer.objects.get(pk=chance.choice(pks)), dora, chance)
                done[does.__name__] += 1
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        somebody = pool.submit(work)
        try:
            yield done
        finally:
            stop.set()
            somebody.result(30)


def adds(customer: Customer, by: User, chance: random.Random) -> None:
    number, amount = f"{customer.pk}-{chance.random()}", chance.randint(1, 40) * POINT
    customer_services.add_fact(Order(customer=customer, number=number, ordered_on=Q3, amount=amount))
    assert by.pk


def corrects(customer: Customer, by: User, chance: random.Random) -> None:
    if order := customer.orders.order_by("pk").first():
        order.amount = chance.randint(1, 120) * POINT
        customer_services.save_fact(order, changed=["amount"], by=by)


def removes(customer: Customer, by: User, _chance: random.Random) -> None:
    if order := customer.orders.order_by("-pk").first():
        customer_services.remove_fact(order, by=by)


def archives_or_restores(customer: Customer, by: User, _chance: random.Random) -> None:
    if customer.is_archived:
        customer_services.restore([customer.pk], by=by)
    else:
        customer_services.archive([customer.pk], by=by, at=timezone.now())


def gives_away(customer: Customer, by: User, _chance: random.Random) -> None:
    customer_services.assign([customer.pk], by=by, owner=by)


@contextmanager
def of_one_moment(run: Run, chunk: Chunk) -> Iterator[None]:
    patience.one_snapshot()
    with customer_services.as_they_stood(run.frozen_at, first=chunk.first, last=chunk.last):
        yield


def read_anew(run: Run, rules: scoring.Scheme, chunk: Chunk, window: Window) -> dict[int, list[int | None]]:
    with transaction.atomic(), of_one_moment(run, chunk):
        facts = Facts(first=chunk.first, last=chunk.last, window=window)
        columns = grading.read(rules, facts)
        return {
            pk: [int(columns[i.key].values[n]) if columns[i.key].known[n] else None for i in rules.indicators]
            for n, pk in enumerate(facts.ids.tolist())
        }


def read_undisturbed(
    run: Run, rules: scoring.Scheme, chunk: Chunk, window: Window
) -> dict[int, list[int | None]]:
    """Read again when people, who go on correcting, came in between: the product tries a chunk again, too."""
    for _n in range(20):
        with suppress(OperationalError):
            return read_anew(run, rules, chunk, window)
    return read_anew(run, rules, chunk, window)


def graded_otherwise(run: Run) -> list[int]:
    """Customers of whom the facts as they stood at the freeze, read now, are not those that were graded."""
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    rules = version.rules()
    window = Window.trailing(version.window_months, as_of=run.as_of, frozen_at=run.frozen_at)
    differing = []
    for chunk in run.chunks.order_by("first"):
        read = read_undisturbed(run, rules, chunk, window)
        stored = dict(
            run.gradings.filter(customer_id__gte=chunk.first, customer_id__lte=chunk.last).values_list(
                "customer_id", "values"
            )
        )
        differing += [pk for pk in {*read, *stored} if read.get(pk) != stored.get(pk)]
    return differing
