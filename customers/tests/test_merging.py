"""Two customers become one, and two again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.imports import loading, orders
from customers.imports.mappings import MAPPINGS
from customers.models import (
    Assessment,
    Contact,
    Correction,
    Customer,
    Figure,
    Group,
    Interaction,
    KeyDate,
    Merge,
    Order,
    Payment,
    ServiceRequest,
    Standing,
)
from customers.services import merging
from customers.tests.making import (
    a_contact,
    a_contract,
    a_customer,
    a_figure,
    a_group,
    a_payment,
    a_rating,
    a_request,
    a_talk,
    an_order,
)
from toolbox.sheets import Limits
from toolbox.tests.racing import race

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 31)
FACTS = (Assessment, Contact, Figure, Interaction, KeyDate, Order, Payment, ServiceRequest)


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, code="A1")


@pytest.fixture
def other(alice: User) -> Customer:
    """Acme once more."""
    return a_customer("Acme Ltd", owner=alice, code="A2")


def known_well(customer: Customer, by: User) -> None:
    """One fact of each kind."""
    order = an_order(customer, DAY, number=f"{customer.code}-1")
    payment = a_payment(customer, DAY)
    Payment.objects.filter(pk=payment.pk).update(order=order)
    a_contract(customer, DAY)
    a_request(customer, by)
    a_rating(customer, by, DAY, 4, "expansion_plan")
    a_figure(customer, by, DAY, 70, "industry_outlook")
    a_talk(customer, by)
    a_contact(customer, "韩梅梅", phone="13800000000", is_primary=True)
    services.add_fact(KeyDate(customer=customer, label="周年", on=DAY))


def merged(keeper: Customer, gone: Customer, by: User, **fields: str) -> Merge:
    for customer in (keeper, gone):
        customer.refresh_from_db()
    return services.merge(keeper, gone, fields=fields, by=by, at=timezone.now())


def undone(merge: Merge, by: User, *, after: timedelta = timedelta(0)) -> Merge:
    return services.undo_merge(merge, by=by, at=merge.at + after)


def whose(model: Any) -> list[str]:
    return sorted(model.objects.values_list("customer__code", flat=True))


def codes(found: Any) -> list[str]:
    return sorted(found.values_list("code", flat=True))


def test_everything_known_of_the_one_that_goes_is_the_others(
    acme: Customer, other: Customer, alice: User
) -> None:
    known_well(acme, alice)
    known_well(other, alice)

    done = merged(acme, other, alice)

    assert {model.__name__: whose(model) for model in FACTS} == {
        model.__name__: ["A1", "A1"] for model in FACTS
    }
    assert done.count == len(FACTS) + 2  # the contract, and the contact that is no longer the first
    other.refresh_from_db()
    assert (other.merged_into, other.archived_at, other.version) == (acme, done.at, 2)
    assert other.history.latest().archived_at == done.at


def test_the_one_that_stays_stands_in_the_groups_of_both_and_the_undo_knows_whose_they_were(
    acme: Customer, other: Customer, alice: User
) -> None:
    shared, own = a_group("both", acme, other, by=alice), a_group("other's", other, by=alice)

    done = merged(acme, other, alice)
    assert (members(shared), members(own)) == (["A1", "A2"], ["A1"])

    undone(done, alice)
    assert (members(shared), members(own)) == (["A1", "A2"], ["A2"])


def test_who_was_put_into_the_group_meanwhile_stands_there_once_after_the_undo(
    acme: Customer, other: Customer, alice: User
) -> None:
    own = a_group("other's", other, by=alice)
    done = merged(acme, other, alice)
    own.memberships.create(customer=other, added_by=alice, added_at=timezone.now())

    undone(done, alice)
    assert members(own) == ["A1", "A2"]


def members(group: Group) -> list[str]:
    return sorted(group.memberships.values_list("customer__code", flat=True))


def test_of_every_fact_that_moved_both_keep_a_correction(
    acme: Customer, other: Customer, alice: User
) -> None:
    order = an_order(other, DAY)

    merged(acme, other, alice)

    change = {"customer": [other.pk, acme.pk]}
    rows = Correction.objects.order_by("customer").values_list("customer__code", "kind", "fact_id", "changes")
    assert list(rows) == [(code, "order", order.pk, change) for code in ("A1", "A2")]


def test_one_first_contact_stays(acme: Customer, other: Customer, alice: User) -> None:
    mine, theirs = a_contact(acme, is_primary=True), a_contact(other, is_primary=True)

    done = merged(acme, other, alice)

    assert list(acme.contacts.filter(is_primary=True)) == [mine]
    undone(done, alice)
    assert list(other.contacts.filter(is_primary=True)) == [theirs]


def test_fields_are_chosen_one_by_one(acme: Customer, other: Customer, alice: User, carol: User) -> None:
    Customer.objects.filter(pk=acme.pk).update(notes="Old friends.", size="small")
    Customer.objects.filter(pk=other.pk).update(
        notes="Pays late.",
        size="large",
        cooperation_since=DAY,
        owner=carol,
        team=carol.team,
        name="华东",
        initials="HD",
    )

    done = merged(
        acme, other, alice, name="taken", notes="both", cooperation_since="taken", owner="taken", size="kept"
    )

    acme.refresh_from_db()
    assert (acme.name, acme.initials, acme.code, acme.size) == ("华东", "HD", "A1", "small")
    assert (acme.notes, acme.cooperation_since) == ("Old friends.\n\nPays late.", DAY)
    assert (acme.owner, acme.team) == (carol, carol.team)
    undone(done, alice)
    acme.refresh_from_db()
    assert (acme.name, acme.initials, acme.notes) == ("Acme", "ACME", "Old friends.")
    assert (acme.cooperation_since, acme.owner, acme.team) == (None, alice, alice.team)


def test_notes_too_long_to_be_joined_are_refused(acme: Customer, other: Customer, alice: User) -> None:
    Customer.objects.update(notes="x" * 6_000)

    with pytest.raises(merging.RefusedError, match="too long"):
        merged(acme, other, alice, notes="both")

    assert not Merge.objects.exists()


def test_the_survivor_is_found_by_all_names(acme: Customer, alice: User) -> None:
    first = a_customer("First", owner=alice, code="F1")
    second = a_customer("Second", owner=alice, code="S1")
    a_contact(first, "韩梅梅")
    merged(second, first, alice)
    onward = merged(acme, second, alice)

    found = Customer.objects.active()
    assert [codes(found.matching(text)) for text in ("f1", "first", "S1", "second", "韩梅梅")] == [["A1"]] * 5
    undone(onward, alice)
    assert [codes(found.matching(text)) for text in ("f1", "second", "韩梅梅")] == [["S1"]] * 3


def test_an_edit_keeps_the_names_of_who_went(acme: Customer, other: Customer, alice: User) -> None:
    merged(acme, other, alice)
    acme.refresh_from_db()

    services.save_customer(acme, version=acme.version, by=alice)

    assert codes(Customer.objects.active().matching("A2")) == ["A1"]


# What must not be


def test_a_customer_is_not_merged_with_itself(acme: Customer, alice: User) -> None:
    with pytest.raises(merging.RefusedError, match="itself"):
        merged(acme, acme, alice)


@pytest.mark.parametrize("archived", ["A1", "A2"])
def test_archived_customers_are_not_merged(
    acme: Customer, other: Customer, alice: User, archived: str
) -> None:
    services.archive([Customer.objects.get(code=archived).pk], by=alice, at=timezone.now())

    with pytest.raises(merging.RefusedError, match="is archived"):
        merged(acme, other, alice)


def test_who_has_a_tier_set_by_hand_stays(acme: Customer, other: Customer, alice: User) -> None:
    Standing.objects.filter(customer=other).update(is_overridden=True)

    with pytest.raises(merging.RefusedError, match="set by hand, which would be lost"):
        merged(acme, other, alice)
    merged(other, acme, alice)


def test_who_went_goes_nowhere_else_and_nobody_goes_into_it(
    acme: Customer, other: Customer, alice: User
) -> None:
    third = a_customer("Third", owner=alice)
    merged(acme, other, alice)

    for keeper, gone in ((third, other), (other, third), (other, acme)):
        with pytest.raises(merging.RefusedError, match="went into another"):
            merged(keeper, gone, alice)


def test_who_went_is_not_restored(acme: Customer, other: Customer, alice: User) -> None:
    merged(acme, other, alice)

    assert services.restore([other.pk], by=alice) == 0

    assert codes(Customer.objects.active()) == ["A1"]


def test_what_was_saved_since_it_was_looked_at_is_looked_at_again(
    acme: Customer, other: Customer, alice: User
) -> None:
    seen = Customer.objects.get(pk=other.pk)
    services.save_customer(other, version=other.version, by=alice)

    with pytest.raises(services.StaleEditError):
        services.merge(acme, seen, fields={}, by=alice, at=timezone.now())


# What comes afterwards


def test_what_is_recorded_of_who_went_is_the_survivors(acme: Customer, other: Customer, alice: User) -> None:
    third = a_customer("Third", owner=alice, code="A3")
    merged(acme, other, alice)
    merged(third, acme, alice)

    services.add_fact(Order(customer=other, number="1", ordered_on=DAY, amount=1))
    services.add_facts([Payment(customer=acme, due_on=DAY, amount=1)])
    a_talk(other, alice)

    assert (whose(Order), whose(Payment), whose(Interaction)) == (["A3"], ["A3"], ["A3"])


def load(text: str) -> loading.Plan:
    file = orders.File(
        "orders.csv", BytesIO(f"order,date,customer code,customer name,amount\n{text}".encode())
    )
    found = orders.read_orders([file], MAPPINGS["generic"], today=timezone.localdate(), limits=Limits())
    return loading.load_found(found, by=None)


def test_an_order_file_that_names_who_went_reaches_the_survivor(
    acme: Customer, other: Customer, alice: User
) -> None:
    assert load("1,2026-03-31,A2,Acme Ltd,5\n").found.errors.count == 0
    done = merged(acme, other, alice)

    plan = load("1,2026-03-31,A2,Acme Ltd,5\n2,2026-03-31,A2,Acme Ltd,7\n3,2026-03-31,A1,Acme,9\n")

    assert (plan.found.errors.count, plan.known_orders, len(plan.new_orders)) == (0, 1, 2)
    assert whose(Order) == ["A1", "A1", "A1"]
    undone(done, alice)
    assert dict(Order.objects.values_list("number", "customer__code")) == {"1": "A2", "2": "A1", "3": "A1"}


# Undo


def test_an_undo_makes_two_of_them_again(acme: Customer, other: Customer, alice: User, dora: User) -> None:
    known_well(acme, alice)
    known_well(other, alice)
    done = merged(acme, other, alice)

    done = undone(done, dora, after=timedelta(days=30))

    assert {model.__name__: whose(model) for model in FACTS} == {
        model.__name__: ["A1", "A2"] for model in FACTS
    }
    assert (done.undone_by, done.left) == (dora, {})
    assert codes(Customer.objects.active()) == ["A1", "A2"]
    other.refresh_from_db()
    assert (other.merged_into, other.version, other.history.latest().archived_at) == (None, 3, None)
    assert codes(Customer.objects.matching("A2")) == ["A2"]


def test_what_came_since_stays_with_the_survivor(acme: Customer, other: Customer, alice: User) -> None:
    done = merged(acme, other, alice)
    an_order(acme, DAY)

    undone(done, alice)

    assert whose(Order) == ["A1"]


def test_what_somebody_changed_since_stays_and_is_told(acme: Customer, other: Customer, alice: User) -> None:
    third = a_customer("Third", owner=alice, code="A3")
    given, removed, corrected = (an_order(other, DAY, number=n) for n in ("given", "removed", "corrected"))
    Customer.objects.filter(pk=other.pk).update(size="large", notes="Late.")
    done = merged(acme, other, alice, size="taken", notes="taken")
    for order, change in ((given, {"customer": third}), (corrected, {"amount": 7})):
        order.refresh_from_db()
        for name, value in change.items():
            setattr(order, name, value)
        services.save_fact(order, changed=list(change), by=alice)
    services.remove_fact(removed, by=alice)
    acme.refresh_from_db()
    acme.size = "micro"
    services.save_customer(acme, version=acme.version, by=alice)

    done = undone(done, alice)

    assert done.left == {"customers.order": 2, "size": 1}
    assert dict(Order.objects.values_list("number", "customer__code")) == {"given": "A3", "corrected": "A2"}
    acme.refresh_from_db()
    assert (acme.size, acme.notes) == ("micro", "")


def test_a_merge_is_undone_once_and_for_30_days(acme: Customer, other: Customer, alice: User) -> None:
    done = merged(acme, other, alice)

    with pytest.raises(merging.RefusedError, match="30 days"):
        undone(done, alice, after=timedelta(days=30, seconds=1))
    undone(done, alice)
    with pytest.raises(merging.RefusedError, match="already"):
        undone(done, alice)
    assert merged(other, acme, alice).keeper == other


def test_a_chain_is_undone_from_its_end(acme: Customer, other: Customer, alice: User) -> None:
    third = a_customer("Third", owner=alice, code="A3")
    an_order(other, DAY)
    first = merged(acme, other, alice)
    second = merged(third, acme, alice)
    assert whose(Order) == ["A3"]

    with pytest.raises(merging.RefusedError, match="Undo that merge first"):
        undone(first, alice)
    undone(second, alice)
    undone(first, alice)

    assert whose(Order) == ["A2"]
    assert codes(Customer.objects.active()) == ["A1", "A2", "A3"]


def test_of_every_model_with_a_customer_somebody_has_said_what_a_merge_does_to_it() -> None:
    assert merging.undecided() == set()


# At once


def racing(first: tuple[Customer, Customer], second: tuple[Customer, Customer], by: User) -> list[str]:
    """Two who merge at the same time: what became of the second."""
    said = []

    def too_late() -> None:
        try:
            services.merge(*second, fields={}, by=by, at=timezone.now())
        except (merging.RefusedError, services.StaleEditError) as refusal:
            said.append(type(refusal).__name__)

    race(lambda: services.merge(*first, fields={}, by=by, at=timezone.now()), too_late)
    return said


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["same", "other way round", "into a third"])
def test_of_two_merges_of_the_same_customer_one_happens(second: str, alice: User) -> None:
    acme, other, third = (a_customer(name, owner=alice) for name in ("Acme", "Other", "Third"))
    pairs = {"same": (acme, other), "other way round": (other, acme), "into a third": (third, other)}

    assert racing((acme, other), pairs[second], alice) == ["RefusedError"]

    assert list(Merge.objects.values_list("keeper", "gone")) == [(acme.pk, other.pk)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_while_two_are_merged_is_the_survivors(alice: User) -> None:
    acme, other = a_customer("Acme", owner=alice, code="A1"), a_customer("Other", owner=alice, code="A2")

    race(
        lambda: services.merge(acme, other, fields={}, by=alice, at=timezone.now()),
        lambda: services.add_fact(Order(customer=other, number="1", ordered_on=DAY, amount=1)),
    )
    assert whose(Order) == ["A1"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_merge_waits_for_whoever_is_recording(alice: User) -> None:
    acme, other = a_customer("Acme", owner=alice, code="A1"), a_customer("Other", owner=alice, code="A2")

    race(
        lambda: services.add_fact(Order(customer=other, number="1", ordered_on=DAY, amount=1)),
        lambda: services.merge(acme, other, fields={}, by=alice, at=timezone.now()),
    )
    assert whose(Order) == ["A1"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_person_is_told_when_somebody_loads_a_file_all_the_while(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, other = a_customer("Acme", owner=alice), a_customer("Other", owner=alice)
    monkeypatch.setattr(merging, "PATIENCE", timedelta(0))

    def impatient() -> None:
        try:
            services.merge(acme, other, fields={}, by=alice, at=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        services.add_fact(Order(customer=other, number="1", ordered_on=DAY, amount=1))
        with pytest.raises(services.BusyError, match="being loaded"):
            pool.submit(impatient).result(30)

    assert not Merge.objects.exists()
