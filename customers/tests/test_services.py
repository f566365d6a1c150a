from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Team, User
from customers import queries, services
from customers.models import Contact, Contract, Correction, Customer, Payment, Standing
from customers.tests.making import a_contact, a_contract, a_customer, a_payment, a_request
from toolbox.tests.racing import race

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


# Creating


def test_a_new_customer_has_a_code_a_blank_standing_and_a_history(alice: User) -> None:
    before = a_customer("Acme")
    customer = services.create_customer(Customer(name="重庆长安", owner=alice), by=alice)

    assert customer.code == f"C{before.pk + 1:06d}"
    assert (customer.initials, customer.name_key, customer.version) == ("CQCA", "chong qing chang an", 1)
    assert (customer.standing.tier, customer.standing.total, customer.standing.is_overridden) == (
        None,
        None,
        False,
    )
    [row] = customer.history.all()
    assert (row.history_type, row.history_user) == ("+", alice)


def test_a_code_given_by_hand_is_kept_and_one_that_is_taken_is_passed_over(alice: User) -> None:
    first = a_customer("Acme", code="A-1")
    taken = a_customer("Beta", code=f"C{first.pk + 2:06d}")

    third = services.create_customer(Customer(name="Gamma"), by=alice)

    assert (first.code, third.code) == ("A-1", f"C{taken.pk + 2:06d}")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_customers_created_in_the_same_moment_have_two_codes() -> None:
    race(
        lambda: services.create_customer(Customer(name="First"), by=None),
        lambda: services.create_customer(Customer(name="Second"), by=None),
    )

    assert list(Customer.objects.order_by("code").values_list("name", flat=True)) == ["First", "Second"]


def test_initials_that_a_person_gave_are_kept_in_capitals(db: None) -> None:
    assert a_customer("单县", initials="sx").initials == "SX"


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"kind": "alien"}, {"lifecycle": "gone"}, {"size": "huge"}, {"version": 0}]
)
def test_the_database_refuses_what_cannot_be(db: None, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        a_customer(**{"name": "Acme"} | wrong)  # type: ignore[arg-type]
    assert not Customer.objects.exists()
    assert not Standing.objects.exists()


# Editing


def test_an_edit_makes_a_new_version_with_its_history(alice: User) -> None:
    acme = a_customer(owner=alice)
    acme.name, acme.province = "Acme & Sons", "44"

    services.save_customer(acme, version=1, by=alice)

    acme.refresh_from_db()
    assert (acme.version, acme.name) == (2, "Acme & Sons")
    edit, creation = queries.edits(acme)
    assert (edit.by, edit.is_creation, creation.is_creation) == ("alice", False, True)
    assert [(c.label, c.before, c.after) for c in edit.changes] == [
        ("pinyin initials", "ACME", "ACMESONS"),
        ("name", "Acme", "Acme & Sons"),
        ("province", "–", "Guangdong"),
    ]


@pytest.mark.parametrize("typed, kept", [("SX", "OMEGA"), ("DX", "DX"), ("", "OMEGA")])
def test_initials_follow_the_name_until_a_person_corrects_them(alice: User, typed: str, kept: str) -> None:
    customer = a_customer("单县", owner=alice)
    customer.name, customer.initials = "Omega", typed

    services.save_customer(customer, version=1, by=alice)

    assert customer.initials == kept
    assert list(Customer.objects.matching(kept)) == [customer]


def test_a_correction_of_the_initials_outlives_a_new_name(alice: User) -> None:
    customer = a_customer("单县", owner=alice, initials="DX")
    customer.name = "Omega"

    services.save_customer(customer, version=1, by=alice)

    assert customer.initials == "DX"


def test_a_stale_edit_raises_and_changes_nothing(alice: User, bob: User) -> None:
    acme = a_customer(owner=alice)
    hers, his = Customer.objects.get(pk=acme.pk), Customer.objects.get(pk=acme.pk)
    hers.notes, his.notes = "hers", "his"
    services.save_customer(hers, version=1, by=alice)

    with pytest.raises(services.StaleEditError) as stale:
        services.save_customer(his, version=1, by=bob)

    assert stale.value.current.notes == "hers"
    acme.refresh_from_db()
    assert (acme.notes, acme.version, acme.history.count()) == ("hers", 2, 2)


def test_an_edit_keeps_the_contacts_in_the_search(alice: User) -> None:
    acme = a_customer(owner=alice)
    a_contact(acme, "韩梅梅")
    acme.refresh_from_db()
    acme.name = "Omega"

    services.save_customer(acme, version=1, by=alice)

    assert list(Customer.objects.matching("omega 韩梅梅")) == [acme]
    assert not Customer.objects.matching("acme").exists()


# Many at once


@pytest.fixture
def three(alice: User) -> list[Customer]:
    return [a_customer(name, owner=alice) for name in ("Acme", "Beta", "Gamma")]


def test_assigning_brings_the_new_owner_s_team_and_a_row_of_history_each(
    three: list[Customer], carol: User, south: Team, dora: User
) -> None:
    pks = [customer.pk for customer in three[:2]]

    assert services.assign(pks, by=dora, owner=carol) == 2

    assert list(Customer.objects.filter(owner=carol, team=south, version=2).order_by("pk")) == three[:2]
    assert queries.edits(three[2])[0].is_creation
    edit = queries.edits(three[0])[0]
    assert (edit.by, [(c.label, c.before, c.after) for c in edit.changes]) == (
        "dora",
        [("account manager", "alice", "carol"), ("team", "East", "South")],
    )


def test_assigning_to_a_team_leaves_the_owner(
    three: list[Customer], alice: User, south: Team, dora: User
) -> None:
    services.assign([three[0].pk], by=dora, team=south)

    three[0].refresh_from_db()
    assert (three[0].owner, three[0].team) == (alice, south)


def test_assigning_to_whom_they_belong_already_changes_nothing(
    three: list[Customer], alice: User, dora: User
) -> None:
    assert services.assign([customer.pk for customer in three], by=dora, owner=alice) == 0
    assert three[0].history.count() == 1


def test_nobody_s_customers_can_be_assigned(alice: User, dora: User) -> None:
    """NULL is not "the same as before"."""
    orphan = a_customer()

    assert services.assign([orphan.pk], by=dora, owner=alice) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_assigning_many_takes_as_many_queries_as_assigning_one(
    three: list[Customer],
    carol: User,
    dora: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    the_lock = connection.vendor == "postgresql"
    with django_assert_num_queries(9 + the_lock):
        services.assign([customer.pk for customer in three[:rows]], by=dora, owner=carol)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_archives_at_the_same_time_changes_nothing_more(alice: User) -> None:
    acme = a_customer(owner=alice)

    changed = race(
        lambda: services.archive([acme.pk], by=alice, at=NOW),
        lambda: services.archive([acme.pk], by=alice, at=NOW + timedelta(days=1)),
    )

    acme.refresh_from_db()
    assert (changed, acme.archived_at, acme.version, acme.history.count()) == (0, NOW, 2, 2)


def test_archiving_and_restoring_are_edits_too(three: list[Customer], alice: User) -> None:
    acme, *others = three
    assert services.archive([acme.pk], by=alice, at=NOW) == 1
    assert services.archive([acme.pk], by=alice, at=NOW + timedelta(days=1)) == 0
    acme.refresh_from_db()
    assert (acme.archived_at, acme.version, acme.history.count()) == (NOW, 2, 2)
    assert list(Customer.objects.exclude(archived_at=None)) == [acme]
    assert list(Customer.objects.active().order_by("pk")) == others

    assert services.restore([acme.pk], by=alice) == 1
    assert services.restore([acme.pk], by=alice) == 0

    acme.refresh_from_db()
    assert (acme.archived_at, acme.version, acme.history.count()) == (None, 3, 3)


# Facts


def test_a_contact_is_found_at_once_and_not_any_more_once_removed(alice: User) -> None:
    acme = a_customer(owner=alice)
    contact = a_contact(acme, "李雷", phone="13800138000")
    assert list(Customer.objects.matching("李雷")) == [acme]

    contact.name = "韩梅梅"
    services.save_fact(contact, changed=["name"], by=alice)
    assert list(Customer.objects.matching("韩梅梅")) == [acme]
    assert not Customer.objects.matching("李雷").exists()

    services.remove_contact(contact)
    assert not Customer.objects.matching("13800138000").exists()
    assert not Contact.objects.exists()
    acme.refresh_from_db()
    assert acme.version == 1


def test_an_interaction_is_the_person_s_department_s_unless_it_is_named(alice: User, dan: User) -> None:
    acme = a_customer(owner=alice)

    by_dan = services.log_interaction(acme, by=dan, at=NOW, channel="phone", note="Called.")
    for_service = services.log_interaction(
        acme, by=alice, at=NOW, channel="visit", note="Went there.", department="service"
    )

    assert (by_dan.department, for_service.department) == ("service", "service")
    assert list(acme.interactions.order_by("pk")) == [by_dan, for_service]


def test_a_request_is_resolved_once(alice: User, dan: User) -> None:
    request = a_request(a_customer(owner=alice), alice, opened=NOW - timedelta(days=1))
    again = NOW + timedelta(days=1)

    assert services.resolve_request(request, by=dan, at=NOW, resolution="Explained.")
    assert not services.resolve_request(request, by=alice, at=again, resolution="Something else.")

    request.refresh_from_db()
    assert (request.resolved_at, request.resolved_by, request.resolution) == (NOW, dan, "Explained.")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_resolve_at_the_same_time_one_does(alice: User, dan: User) -> None:
    request = a_request(a_customer(owner=alice), alice, opened=NOW - timedelta(days=1))

    second = race(
        lambda: services.resolve_request(request, by=dan, at=NOW, resolution="Explained."),
        lambda: services.resolve_request(request, by=alice, at=NOW, resolution="Something else."),
    )

    request.refresh_from_db()
    assert (second, request.resolved_by, request.resolution) == (False, dan, "Explained.")


def test_a_correction_keeps_what_stood_there(alice: User) -> None:
    payment = a_payment(a_customer(owner=alice), NOW.date())
    payment.paid_on, payment.amount = NOW.date(), 5_00

    services.save_fact(payment, changed=["paid_on", "amount", "due_on"], by=alice)
    services.save_fact(payment, changed=["paid_on"], by=alice)

    correction = Correction.objects.get()
    assert (correction.kind, correction.fact_id, correction.by) == ("payment", payment.pk, alice)
    assert correction.changes == {"paid_on": [None, "2026-11-18"], "amount": [1_000_00, 5_00]}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_correct_different_fields_at_the_same_time_both_do(alice: User, bob: User) -> None:
    payment = a_payment(a_customer(owner=alice), NOW.date())
    mine, theirs = (Payment.objects.get(pk=payment.pk) for _person in range(2))
    mine.paid_on, theirs.amount = NOW.date(), 5_00

    race(
        lambda: services.save_fact(mine, changed=["paid_on"], by=alice),
        lambda: services.save_fact(theirs, changed=["amount"], by=bob),
    )

    payment.refresh_from_db()
    assert (payment.paid_on, payment.amount) == (NOW.date(), 5_00)


def test_corrections_that_do_not_go_together_are_refused(alice: User) -> None:
    """Each is right by itself: the contract would end before it starts."""
    contract = a_contract(a_customer(owner=alice), date(2026, 6, 30))
    mine, theirs = (Contract.objects.get(pk=contract.pk) for _person in range(2))
    mine.ends_on, theirs.starts_on = date(2026, 1, 31), date(2026, 3, 1)

    services.save_fact(mine, changed=["ends_on"], by=alice)
    with pytest.raises(ValidationError):
        services.save_fact(theirs, changed=["starts_on"], by=alice)
