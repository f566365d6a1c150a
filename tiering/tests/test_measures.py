from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Department, User
from customers.models import Customer, Order, Payment
from customers.tests.making import (
    a_contract,
    a_customer,
    a_figure,
    a_payment,
    a_rating,
    a_request,
    an_order,
)
from tiering import grading
from tiering.measures import Facts, Window, measures
from tiering.models import SchemeVersion
from tiering.scoring import VALUE_LIMIT
from toolbox.money import LARGEST

pytestmark = pytest.mark.django_db

LAST = date(2026, 9, 30)
FIRST = date(2025, 10, 1)
"""First and last day of the window, both in it."""
DAY = timedelta(days=1)
FROZEN = datetime(2026, 10, 5, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
WINDOW = Window.trailing(12, as_of=LAST, frozen_at=FROZEN)
LATER = FROZEN + timedelta(seconds=1)
RATED = ("service_response", "expansion_plan", "referral_ability", "satisfaction", "new_products")


def facts_of(*customers: Customer, window: Window = WINDOW) -> Facts:
    pks = [customer.pk for customer in customers]
    return Facts(first=min(pks), last=max(pks), window=window)


def values(facts: Facts, key: str) -> list[int | None]:
    column = measures()[key].read(facts)
    return [int(v) if known else None for v, known in zip(column.values, column.known, strict=True)]


def value(key: str, customer: Customer, window: Window = WINDOW) -> int | None:
    [found] = values(facts_of(customer, window=window), key)
    return found


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


def everything_known(customer: Customer, by: User) -> None:
    an_order(customer, LAST - timedelta(days=10), 30_000_00, customised_share=5_000, category="Valves")
    an_order(customer, LAST - timedelta(days=150), 20_000_00, customised_share=0)
    a_payment(customer, LAST, paid=LAST)
    a_contract(customer, LAST, renewed=LAST)
    a_request(customer, by, opened=WINDOW.start_at)
    a_figure(customer, by, LAST, 60, "industry_outlook")
    a_figure(customer, by, LAST, 90, "survey_satisfaction")
    for key in RATED:
        a_rating(customer, by, LAST, 4, key)


# What is not known is not zero


@pytest.mark.parametrize("key", sorted(measures()))
def test_nothing_is_known_of_a_customer_without_facts(key: str, acme: Customer) -> None:
    assert value(key, acme) is None


def test_there_is_a_measure_for_every_indicator_of_the_schemes_that_ship(acme: Customer) -> None:
    shipped = {i.key for version in SchemeVersion.objects.whole() for i in version.indicators()}

    assert shipped | {"survey_satisfaction"} == set(measures())  # the scheme of one's own choice


# The window's edges

SEEN_IN_THE_WINDOW = [(FIRST - DAY, False), (FIRST, True), (LAST, True), (LAST + DAY, False)]


@pytest.mark.parametrize("day, is_in", SEEN_IN_THE_WINDOW)
def test_orders_of_the_first_and_last_day_count_and_their_neighbours_do_not(
    acme: Customer, day: date, is_in: bool
) -> None:
    an_order(acme, FIRST + 40 * DAY, 7_00, customised_share=0)
    an_order(acme, day, 13_00, customised_share=10_000, recorded_at=FROZEN)

    assert value("annual_amount", acme) == (20_00 if is_in else 7_00)
    assert value("order_frequency", acme) == (2 if is_in else 1)
    assert value("single_order_amount", acme) == (10_00 if is_in else 7_00)
    assert value("customised_share", acme) == (6_500 if is_in else 0)


@pytest.mark.parametrize("recorded_at, counts", [(FROZEN, True), (LATER, False)])
def test_what_was_recorded_after_the_freeze_does_not_enter(
    acme: Customer, alice: User, recorded_at: datetime, counts: bool
) -> None:
    more: dict[str, Any] = {"recorded_at": recorded_at}
    an_order(acme, LAST, 50_00, customised_share=100, **more)
    a_rating(acme, alice, LAST, 5, "expansion_plan", **more)
    a_figure(acme, alice, LAST, 90, "industry_outlook", **more)
    a_request(acme, alice, opened=WINDOW.start_at, **more)
    for fact in (a_payment(acme, LAST, paid=LAST), a_contract(acme, LAST, renewed=LAST)):
        type(fact).objects.filter(pk=fact.pk).update(**more)

    found = {key: value(key, acme) for key in measures()}

    expected = {
        "annual_amount": 50_00,
        "single_order_amount": 50_00,
        "payment_timeliness": 10_000,
        "years_of_cooperation": 0,
        "order_frequency": 1,
        "renewal_rate": 10_000,
        "customised_share": 100,
        "service_response": None,
        "technical_support": 1,
        "industry_outlook": 90,
        "expansion_plan": 5,
        "referral_ability": None,
        "days_since_last_order": 0,
        "order_trend": None,
        "satisfaction": None,
        "purchases_a_month": 100,
        "days_to_pay": 0,
        "fixed_categories": None,
        "new_products": None,
        "survey_satisfaction": None,
    }
    assert found == (expected if counts else dict.fromkeys(expected))


# Orders


def test_who_bought_before_the_window_bought_nothing_in_it(acme: Customer) -> None:
    an_order(acme, FIRST - DAY, 13_00)

    assert value("annual_amount", acme) == 0
    assert value("order_frequency", acme) == 0
    assert value("single_order_amount", acme) is None
    assert value("customised_share", acme) is None


def test_a_return_lowers_the_amount_and_is_not_an_order(acme: Customer) -> None:
    an_order(acme, LAST - DAY, 100_00)
    an_order(acme, LAST, -30_00)

    assert value("annual_amount", acme) == 70_00
    assert value("order_frequency", acme) == 1
    assert value("single_order_amount", acme) == 100_00
    assert value("days_since_last_order", acme) == 1


def test_more_returned_than_bought_is_a_negative_amount(acme: Customer) -> None:
    an_order(acme, FIRST - DAY, 100_00)
    an_order(acme, FIRST, -100_00)

    assert value("annual_amount", acme) == -100_00


def test_the_single_order_amount_is_rounded_to_the_nearest_fen(acme: Customer) -> None:
    for amount in (1, 1, 2):
        an_order(acme, LAST, amount)
    assert value("single_order_amount", acme) == 1
    an_order(acme, LAST, 2)
    assert value("single_order_amount", acme) == 2  # 1.5


def test_a_sum_beyond_the_limit_is_held_at_it(acme: Customer) -> None:
    for _n in range(3):
        an_order(acme, LAST, LARGEST)

    assert value("annual_amount", acme) == VALUE_LIMIT


def test_the_customised_share_is_weighed_by_amount_over_orders_that_record_it(acme: Customer) -> None:
    an_order(acme, LAST, 300_00, customised_share=10_000)
    an_order(acme, LAST, 100_00, customised_share=0)
    an_order(acme, LAST, 900_00)

    assert value("customised_share", acme) == 7_500


def test_the_largest_amounts_there_can_be_do_not_overflow(acme: Customer) -> None:
    for day in (LAST - timedelta(days=100), LAST):
        an_order(acme, day, LARGEST, customised_share=10_000)
        an_order(acme, day, LARGEST, customised_share=9_999)
        a_payment(acme, day, paid=day, amount=LARGEST)
        a_payment(acme, day, amount=LARGEST)

    assert value("customised_share", acme) == 10_000  # 9,999.5
    assert value("order_trend", acme) == 10_000
    assert value("payment_timeliness", acme) == 5_000
    assert value("single_order_amount", acme) == VALUE_LIMIT


def test_days_since_the_last_order_look_back_beyond_the_window(acme: Customer) -> None:
    an_order(acme, FIRST - DAY)
    assert value("days_since_last_order", acme) == 365
    an_order(acme, LAST, recorded_at=FROZEN)
    assert value("days_since_last_order", acme) == 0


@pytest.mark.parametrize(
    "before, now, trend",
    [
        (100_00, 150_00, 15_000),
        (100_00, 0, 0),
        (100_00, -50_00, 0),
        (0, 100_00, None),
        (-10_00, 100_00, None),
    ],
)
def test_the_trend_is_this_quarter_against_the_one_before(
    acme: Customer, before: int, now: int, trend: int | None
) -> None:
    an_order(acme, date(2026, 3, 31), 999_00)
    for day, amount in ((date(2026, 4, 1), before), (date(2026, 7, 1), now)):
        if amount:
            an_order(acme, day, amount)

    assert value("order_trend", acme) == trend


def test_the_quarters_of_the_trend_meet_at_midnight(acme: Customer) -> None:
    an_order(acme, date(2026, 6, 30), 100_00)
    assert value("order_trend", acme) == 0
    an_order(acme, date(2026, 7, 1), 100_00)
    assert value("order_trend", acme) == 10_000


# Payments


@pytest.mark.parametrize("paid, share", [(LAST - DAY, 10_000), (LAST, 10_000), (LAST + DAY, 0), (None, 0)])
def test_a_payment_is_on_time_up_to_its_day(acme: Customer, paid: date | None, share: int) -> None:
    a_payment(acme, LAST, paid=paid)

    assert value("payment_timeliness", acme) == share


@pytest.mark.parametrize("due, is_in", SEEN_IN_THE_WINDOW)
def test_payments_count_by_the_day_they_fell_due(acme: Customer, due: date, is_in: bool) -> None:
    a_payment(acme, due, paid=due, amount=100_00)
    assert value("payment_timeliness", acme) == (10_000 if is_in else None)
    a_payment(acme, FIRST + DAY, amount=300_00)
    assert value("payment_timeliness", acme) == (2_500 if is_in else 0)


# Contracts


@pytest.mark.parametrize("ends, is_in", SEEN_IN_THE_WINDOW)
def test_contracts_count_by_the_day_they_ended(acme: Customer, ends: date, is_in: bool) -> None:
    a_contract(acme, ends, renewed=FIRST)

    assert value("renewal_rate", acme) == (10_000 if is_in else None)


@pytest.mark.parametrize("renewed, rate", [(LAST, 6_667), (LAST + DAY, 3_333), (None, 3_333)])
def test_a_contract_renewed_after_the_day_is_not_renewed_yet(
    acme: Customer, renewed: date | None, rate: int
) -> None:
    a_contract(acme, FIRST, renewed=FIRST)
    a_contract(acme, FIRST)
    a_contract(acme, LAST, renewed=renewed)

    assert value("renewal_rate", acme) == rate


# Requests


@pytest.mark.parametrize(
    "opened, count",
    [
        (WINDOW.start_at - timedelta(microseconds=1), 0),
        (WINDOW.start_at, 1),
        (WINDOW.until - timedelta(microseconds=1), 1),
        (WINDOW.until, None),
    ],
)
def test_requests_count_by_the_moment_they_were_opened(
    acme: Customer, alice: User, opened: datetime, count: int | None
) -> None:
    a_request(acme, alice, opened=opened, recorded_at=FROZEN)

    assert value("technical_support", acme) == count


def test_only_requests_to_the_technical_department_are_its_support(acme: Customer, alice: User) -> None:
    a_request(acme, alice, department=Department.SERVICE, opened=WINDOW.start_at)

    assert value("technical_support", acme) == 0


# The record


def test_the_recorded_day_of_cooperation_goes_before_the_first_order(acme: Customer) -> None:
    an_order(acme, LAST - timedelta(days=900))
    assert value("years_of_cooperation", acme) == 900
    Customer.objects.filter(pk=acme.pk).update(cooperation_since=LAST)
    assert value("years_of_cooperation", acme) == 0
    Customer.objects.filter(pk=acme.pk).update(cooperation_since=LAST + DAY)
    assert value("years_of_cooperation", acme) == 900


def test_a_return_alone_does_not_begin_a_cooperation(acme: Customer) -> None:
    an_order(acme, LAST, -1_00)

    assert value("years_of_cooperation", acme) is None


# Ratings and figures


@pytest.mark.parametrize("key", RATED)
def test_the_newest_rating_up_to_the_day_counts(acme: Customer, alice: User, key: str) -> None:
    a_rating(acme, alice, LAST + DAY, 5, key)
    assert value(key, acme) is None
    a_rating(acme, alice, LAST - DAY, 1, key)
    a_rating(acme, alice, LAST, 2, key)
    a_rating(acme, alice, LAST, 3, key)
    a_rating(acme, alice, LAST - DAY, 4, key)
    assert value(key, acme) == 3


def test_the_newest_figure_up_to_the_day_counts_and_zero_is_a_value(acme: Customer, alice: User) -> None:
    a_figure(acme, alice, LAST + DAY, 90, "industry_outlook")
    a_figure(acme, alice, LAST, 0, "industry_outlook")
    a_figure(acme, alice, LAST - DAY, 40, "industry_outlook")

    assert value("industry_outlook", acme) == 0


def test_a_rating_of_one_indicator_says_nothing_about_another(acme: Customer, alice: User) -> None:
    a_rating(acme, alice, LAST, 5, "expansion_plan")

    assert [value(key, acme) for key in RATED] == [None, 5, None, None, None]


# The book


def test_archived_customers_and_those_that_came_after_the_freeze_are_not_read(acme: Customer) -> None:
    beta, gamma = a_customer("Beta"), a_customer("Gamma")
    Customer.objects.filter(pk=beta.pk).update(archived_at=FROZEN)
    Customer.objects.filter(pk=gamma.pk).update(created_at=LATER)
    for customer in (acme, beta, gamma):
        an_order(customer, LAST, 50_00)

    facts = facts_of(acme, beta, gamma)

    assert facts.ids.tolist() == [acme.pk]
    assert values(facts, "annual_amount") == [50_00]


def test_facts_of_others_are_not_mixed_in(acme: Customer, alice: User) -> None:
    beta, gamma = a_customer("Beta"), a_customer("Gamma")
    everything_known(acme, alice)
    everything_known(gamma, alice)

    facts = facts_of(acme, beta, gamma)

    for key in measures():
        first, none, third = values(facts, key)
        assert (first is None, none, third) == (False, None, first), key


def test_one_customer_alone_gives_the_same_as_the_book(acme: Customer, alice: User) -> None:
    customers = [acme, *(a_customer(name) for name in ("Beta", "Gamma"))]
    for n, customer in enumerate(customers[:2], start=1):
        everything_known(customer, alice)
        an_order(customer, LAST, n * 1_000_00, customised_share=n * 1_000)

    book = facts_of(*customers)

    for key in measures():
        assert values(book, key) == [value(key, customer) for customer in customers]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_facts_of_a_stretch_are_read_in_eleven_queries(
    alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customers = [a_customer(f"Acme {n}") for n in range(rows)]
    for customer in customers:
        everything_known(customer, alice)
    schemes = [version.rules() for version in SchemeVersion.objects.whole()]

    with django_assert_num_queries(11):
        facts = facts_of(*customers)
        for scheme in schemes:
            grading.read(scheme, facts)


def test_of_one_customer_they_are_read_in_one_query_once_it_is_known_which(
    acme: Customer, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    everything_known(acme, alice)
    [scheme] = [version.rules() for version in SchemeVersion.objects.whole().filter(scheme__key="b2b")]
    first = grading.read_one(scheme, facts_of(acme))

    with django_assert_num_queries(1):
        found = grading.read_one(scheme, facts_of(acme))

    keys = [indicator.key for indicator in scheme.indicators]
    assert found == first == {key: value(key, acme) for key in keys}
    assert None not in found.values()


def test_who_is_archived_has_nothing_to_read(acme: Customer, alice: User) -> None:
    [scheme] = [version.rules() for version in SchemeVersion.objects.whole().filter(scheme__key="b2b")]
    grading.read_one(scheme, facts_of(acme))
    Customer.objects.filter(pk=acme.pk).update(archived_at=FROZEN - DAY)

    assert grading.read_one(scheme, facts_of(acme)) is None


# Retail


def a_bill(customer: Customer, ordered: date | None, due: date, paid: date | None, **more: Any) -> Payment:
    """Of an order, or of none."""
    order = an_order(customer, ordered) if ordered else None
    payment = a_payment(customer, due, paid=paid)
    Payment.objects.filter(pk=payment.pk).update(order=order, **more)
    return payment


@pytest.mark.parametrize(
    "first, count, expected",
    [
        (FIRST - DAY, 48, 400),  # a customer since before the window: by all its months
        (FIRST - DAY, 47, 391),  # 3.9166…, and never 4
        (FIRST, 24, 200),
        (date(2026, 8, 1), 8, 400),  # two months old, to the day
        (date(2026, 7, 31), 8, 266),  # a day more, and it is the third month
        (date(2026, 9, 1), 3, 300),
        (LAST, 5, 500),  # a month at least
    ],
)
def test_purchases_a_month_are_counted_by_the_months_of_whoever_is_younger_than_the_window(
    acme: Customer, first: date, count: int, expected: int
) -> None:
    an_order(acme, first)
    for _ in range(count - (1 if first >= FIRST else 0)):
        an_order(acme, LAST)

    assert value("purchases_a_month", acme) == expected


def test_returns_are_no_purchases(acme: Customer) -> None:
    an_order(acme, LAST, -5_00)

    assert value("purchases_a_month", acme) == 0


@pytest.mark.parametrize(
    "ordered, due, paid, expected",
    [
        (LAST - 30 * DAY, LAST - 30 * DAY, LAST - 23 * DAY, 7),
        (LAST - 30 * DAY, LAST, LAST - 22 * DAY, 8),  # from the order, whenever it was due
        (LAST - 30 * DAY, LAST, LAST - 31 * DAY, 0),  # in advance
        (LAST - 30 * DAY, LAST + 30 * DAY, LAST - 29 * DAY, 1),  # not due yet, and paid
        (LAST - 30 * DAY, LAST + DAY, None, None),  # not due yet, not paid: nothing can be said
        (LAST - 30 * DAY, LAST, None, 30),  # open so far
        (LAST - 30 * DAY, LAST, LAST + DAY, 30),  # as of that day it was open
        (None, LAST - 9 * DAY, LAST - 2 * DAY, 7),  # no order: from the day it was due
        (None, LAST - 9 * DAY, LAST - 10 * DAY, 0),
        (None, LAST - 9 * DAY, None, 9),
        (FIRST - 60 * DAY, FIRST - 30 * DAY, FIRST - DAY, None),  # before the window, all of it
        (FIRST - 60 * DAY, FIRST - 30 * DAY, FIRST, 60),
        (None, FIRST - 30 * DAY, None, (LAST - FIRST).days + 30),  # open since before the window
        (None, FIRST - 30 * DAY, LAST + DAY, (LAST - FIRST).days + 30),
        (FIRST - 10 * DAY, FIRST, FIRST, 10),
    ],
)
def test_days_to_pay_run_from_the_order_to_the_payment(
    acme: Customer, ordered: date | None, due: date, paid: date | None, expected: int | None
) -> None:
    a_bill(acme, ordered, due, paid)

    assert value("days_to_pay", acme) == expected


def test_of_several_payments_the_one_that_took_longest_counts(acme: Customer) -> None:
    for days in (2, 8, 5):
        a_bill(acme, LAST - 50 * DAY, LAST - 50 * DAY, LAST - (50 - days) * DAY)

    assert value("days_to_pay", acme) == 8


def test_an_order_recorded_after_the_freeze_does_not_date_its_payment(acme: Customer) -> None:
    payment = a_bill(acme, LAST - 30 * DAY, LAST - 5 * DAY, LAST - 2 * DAY)
    Order.objects.filter(payments=payment).update(recorded_at=LATER)

    assert value("days_to_pay", acme) == 3


def test_the_order_of_somebody_else_does_not_date_a_payment(acme: Customer) -> None:
    payment = a_bill(acme, LAST - 30 * DAY, LAST - 5 * DAY, LAST - 2 * DAY)
    Order.objects.filter(payments=payment).update(customer=a_customer(code="C2"))

    assert value("days_to_pay", acme) == 3


def test_fixed_categories_are_those_bought_again(acme: Customer) -> None:
    an_order(acme, FIRST - DAY, 900_00, category="tea")  # before the window
    an_order(acme, LAST, 30_00, category="tea")
    an_order(acme, LAST, 50_00, category="coffee")
    an_order(acme, LAST, 70_00)  # not recorded
    assert value("fixed_categories", acme) == 0
    an_order(acme, FIRST, 20_00, category="tea")
    an_order(acme, LAST, -20_00, category="coffee")  # a return
    assert value("fixed_categories", acme) == 5_000
