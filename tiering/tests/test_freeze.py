"""What people do while a run is under way: it grades the book as it stood at the freeze, and nothing of theirs is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import Department, User
from customers import services
from customers.imports import loading, orders
from customers.imports.mappings import MAPPINGS
from customers.models import Customer, Order, Payment, Standing
from customers.tests.making import a_contract, a_customer, a_payment, a_rating, a_request, an_order
from tiering import grading, publishing, regrade
from tiering.measures import Facts, Window, measures
from tiering.models import Grading, Run, Scheme
from tiering.tests.conftest import AT, Q3, bought, graded, plain_scheme, started, tier
from tiering.verifying import verify_run
from toolbox.sheets import Limits
from toolbox.tests.racing import race

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, cooperation_since=date(2020, 1, 1))


def everything(customer: Customer) -> dict[str, int | None]:
    """All raw values of a customer as a run frozen at AT reads them."""
    facts = Facts(first=customer.pk, last=customer.pk, window=Window.trailing(12, as_of=Q3, frozen_at=AT))
    found = {}
    with transaction.atomic(), services.as_they_stood(AT, first=customer.pk, last=customer.pk):
        for key, measure in measures().items():
            column = measure.read(facts)
            found[key] = int(column.values[0]) if facts.size and column.known[0] else None
    return found


def an_old_order(customer: Customer) -> Order:
    return an_order(customer, Q3 - DAY, 500_00, customised_share=5_000)


def correct(fact: Order | Payment, by: User, **values: object) -> None:
    for name, value in values.items():
        setattr(fact, name, value)
    services.save_fact(fact, changed=list(values), by=by)


WhatPeopleDo = Callable[[Customer, User], object]


def corrects_an_order(customer: Customer, by: User) -> None:
    order = Order.objects.get(customer=customer)
    correct(order, by, amount=999_00)
    correct(order, by, amount=1_00, ordered_on=Q3 - 400 * DAY)


def removes_an_order_and_its_payment(customer: Customer, by: User) -> None:
    order = Order.objects.get(customer=customer)
    Payment.objects.filter(customer=customer).update(order=order)
    services.remove_fact(order, by=by)


def gives_an_order_to_another(customer: Customer, by: User) -> None:
    correct(Order.objects.get(customer=customer), by, customer=a_customer("Other"))


def corrects_a_payment(customer: Customer, by: User) -> None:
    correct(Payment.objects.get(customer=customer), by, paid_on=None, amount=1)


def removes_an_order_and_enters_its_number_again(customer: Customer, by: User) -> None:
    order = Order.objects.get(customer=customer)
    services.remove_fact(order, by=by)
    services.add_fact(Order(customer=customer, number=order.number, ordered_on=Q3, amount=7_00))


def gives_its_number_to_another_order(customer: Customer, by: User) -> None:
    order = Order.objects.get(customer=customer)
    number = order.number
    correct(order, by, number="another")
    services.add_fact(Order(customer=customer, number=number, ordered_on=Q3, amount=7_00))


def gives_an_order_to_another_and_removes_it_there(customer: Customer, by: User) -> None:
    gives_an_order_to_another(customer, by)
    services.remove_fact(Order.objects.get(), by=by)


def gives_an_order_to_another_and_corrects_it_there(customer: Customer, by: User) -> None:
    gives_an_order_to_another(customer, by)
    correct(Order.objects.get(), by, amount=7_00)


def removes_what_was_corrected_after_it_was_looked_at(customer: Customer, by: User) -> None:
    seen = Order.objects.get(customer=customer)
    correct(Order.objects.get(customer=customer), by, amount=7_00)
    services.remove_fact(seen, by=by)
    services.remove_fact(seen, by=by)


def adds_facts(customer: Customer, by: User) -> None:
    services.add_fact(Order(customer=customer, number="late", ordered_on=Q3, amount=1))
    services.add_facts([Payment(customer=customer, due_on=Q3, amount=1)])


def edits_the_profile(customer: Customer, by: User) -> None:
    customer.cooperation_since = Q3
    services.save_customer(customer, version=customer.version, by=by)


def gives_it_to_somebody_else(customer: Customer, by: User) -> None:
    services.assign([customer.pk], by=by, owner=by)


def archives_it(customer: Customer, by: User) -> None:
    services.archive([customer.pk], by=by, at=timezone.now())


@pytest.mark.parametrize(
    "does",
    [
        corrects_an_order, removes_an_order_and_its_payment, gives_an_order_to_another, corrects_a_payment, adds_facts,
        removes_an_order_and_enters_its_number_again, gives_its_number_to_another_order,
        gives_an_order_to_another_and_removes_it_there, gives_an_order_to_another_and_corrects_it_there,
        removes_what_was_corrected_after_it_was_looked_at, edits_the_profile, gives_it_to_somebody_else, archives_it,
    ],
)  # fmt: skip
def test_what_is_changed_after_the_freeze_reads_as_before(
    does: WhatPeopleDo, acme: Customer, alice: User, dora: User
) -> None:
    an_old_order(acme)
    a_payment(acme, Q3 - DAY, paid=Q3 - DAY)
    a_contract(acme, Q3 - DAY, renewed=Q3)
    a_request(acme, alice, department=Department.TECHNICAL, opened=AT - 30 * DAY)
    a_rating(acme, alice, Q3 - DAY, 4, "expansion_plan")
    before = everything(acme)
    assert before["annual_amount"] == 500_00

    does(acme, dora)
    after_it = [sorted(model.objects.values_list("pk", "customer")) for model in (Order, Payment)]

    assert everything(acme) == before
    assert [sorted(model.objects.values_list("pk", "customer")) for model in (Order, Payment)] == after_it


def test_an_order_corrected_during_a_run_enters_the_next_one(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    bought(acme, 85)
    order = Order.objects.get()
    first = started(scheme)

    correct(order, dora, amount=order.amount * 60 // 85)
    graded(first)
    second = regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now())
    graded(second)

    totals = dict(Grading.objects.values_list("run", "total"))
    assert totals == {first.pk: 85_000_000, second.pk: 60_000_000}


def test_who_is_archived_during_a_run_is_graded_and_stays_archived(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    bought(acme, 85)
    run = started(scheme)

    archives_it(acme, dora)
    graded(run)

    assert Standing.objects.get(customer=acme).tier == tier("core")
    assert Customer.objects.get().archived_at is not None


def test_who_is_restored_or_created_during_a_run_waits_for_the_next(
    scheme: Scheme, acme: Customer, dora: User
) -> None:
    gone = a_customer("Gone", archived_at=AT - DAY)
    run = started(scheme)

    services.restore([gone.pk], by=dora)
    services.create_customer(Customer(name="New"), by=dora)
    graded(run)

    assert set(Grading.objects.values_list("customer", flat=True)) == {acme.pk}
    run.refresh_from_db()
    assert run.customers == run.gradings.count() == 1


def test_the_owner_of_the_moment_stays_the_owner(
    scheme: Scheme, acme: Customer, alice: User, dora: User
) -> None:
    run = started(scheme)

    gives_it_to_somebody_else(acme, dora)
    graded(run)

    assert Customer.objects.get().owner == dora
    assert Grading.objects.get(run=run).customer_id == acme.pk


def test_who_is_gone_is_listed_as_left_out(scheme: Scheme, acme: Customer) -> None:
    gone = a_customer("Gone")
    run = started(scheme)
    pk = gone.pk

    gone.delete()
    graded(run)

    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    assert [skipped for chunk in run.chunks.all() for skipped in chunk.skipped] == [pk]
    assert run.customers == run.gradings.count() + 1


# The moment itself


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_corrected_while_a_chunk_reads_does_not_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two connections: somebody corrects an order after the chunk has looked for corrections."""
    scheme, acme, dora = plain_scheme(), a_customer(), User.objects.create_user("dora", role="director")
    order = bought(acme, 85)
    run = started_asleep(scheme)
    read = grading.read

    def somebody_corrects() -> None:
        try:
            correct(order, dora, amount=1_00)
        finally:
            connections.close_all()

    def read_after_that(*asked: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(somebody_corrects).result(30)
        return read(*asked)

    monkeypatch.setattr(grading, "read", read_after_that)
    regrade.grade_chunk(run.chunks.get().pk, at=AT)

    assert Order.objects.get().amount == 1_00
    assert Grading.objects.get().total == 85_000_000


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_asks_for_another_day_while_a_run_is_published_holds_nobody_up() -> None:
    """The book is held by a publication: a start is refused at once instead of waiting with everybody behind it."""
    scheme = plain_scheme()
    started_asleep(scheme)

    def another_day() -> None:
        try:
            regrade.start(scheme, as_of=Q3 - DAY, trigger=Run.Trigger.PERSON, at=AT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        publishing.lock_the_book()
        with pytest.raises(regrade.RefusedError):
            pool.submit(another_day).result(5)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_order_file_that_waited_for_the_freeze_belongs_after_it() -> None:
    found = orders.read_orders(
        [
            orders.File(
                "orders.csv",
                BytesIO(b"order,date,customer code,customer name,amount\n1,2026-09-30,C1,Acme,5\n"),
            )
        ],
        MAPPINGS["generic"],
        today=timezone.localdate(),
        limits=Limits(),
    )
    assert found.errors.count == 0
    frozen: list[datetime] = []

    def somebody_freezes() -> None:
        services.freeze(patience=None)
        frozen.append(timezone.now())

    race(somebody_freezes, lambda: loading.load_found(found, by=None))

    assert Order.objects.get().recorded_at > frozen[0]
    assert Customer.objects.get().created_at > frozen[0]


def started_asleep(scheme: Scheme) -> Run:
    """A run that waits for a worker: there is none, and tasks are not carried out at once."""
    with transaction.atomic():
        run = started(scheme)
        regrade.pause(run)
    Run.objects.filter(pk=run.pk).update(state=Run.State.GRADING)
    return run


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_freeze_waits_for_whoever_is_recording() -> None:
    """What was begun before the freeze is in for every chunk: two connections."""
    scheme, acme = plain_scheme(), a_customer()

    run = race(
        lambda: services.add_fact(Order(customer=acme, number="1", ordered_on=Q3, amount=500_00)),
        lambda: regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.COMMAND, at=timezone.now()),
    )

    assert Order.objects.get().recorded_at <= run.frozen_at
    run.refresh_from_db()
    regrade.work_off(run)
    assert Grading.objects.get().annual_amount == 500_00


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_is_archived_while_the_freeze_waits_is_counted_as_graded(dora: User) -> None:
    scheme, _first, acme, _last = plain_scheme(), a_customer("First"), a_customer(), a_customer("Last")
    at = timezone.now()

    def begin() -> None:
        services.archive([acme.pk], by=dora, at=timezone.now())

    run = race(begin, lambda: regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.COMMAND, at=at))

    regrade.work_off(run)
    assert run.customers == Grading.objects.count() == 3
    assert not any(checked.findings.count for checked in verify_run(run))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_person_is_told_when_somebody_records_all_the_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrade, "PATIENCE", timedelta(0))
    scheme, acme = plain_scheme(), a_customer()

    def somebody_starts() -> Run:
        try:
            return regrade.start(scheme, as_of=Q3, trigger=Run.Trigger.PERSON, at=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        services.add_fact(Order(customer=acme, number="1", ordered_on=Q3, amount=500_00))
        with pytest.raises(regrade.RefusedError):
            pool.submit(somebody_starts).result(30)

    assert not Run.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_whoever_records_after_the_freeze_waits_until_the_run_has_begun() -> None:
    acme, at = a_customer(), timezone.now()

    order = race(
        lambda: services.freeze(patience=None),
        lambda: services.add_fact(Order(customer=acme, number="1", ordered_on=Q3, amount=500_00)),
    )

    assert order.recorded_at > at
