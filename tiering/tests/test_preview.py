"""What a re-grade as of today would say of one customer."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.models import Customer, Standing
from customers.tests.making import a_customer
from tiering import comparing, queries, services as schemes
from tiering.models import Dimension, Floor, Grading, Scheme
from tiering.tests.conftest import AT, Q2, bought, regraded, tier

LATER = datetime(2026, 9, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice)


def test_it_is_what_the_next_run_says(scheme: Scheme, acme: Customer) -> None:
    bought(acme, 85, quarter=Q2)
    regraded(scheme, as_of=Q2)
    bought(acme, 70)
    found = queries.preview(Customer.objects.get(), at=LATER)
    written = (Grading.objects.count(), Standing.objects.get(customer=acme).total)

    assert written == (1, 85_000_000)
    assert found is not None
    regraded(scheme, at=AT)
    after = Grading.objects.latest("pk")
    assert found.tier == after.tier == tier("important")
    said = found.grading
    assert (said.total, said.low, said.high, said.coverage) == (
        after.total, after.low, after.high, after.coverage,
    )  # fmt: skip
    assert [list(said.values), list(said.points), list(said.dimensions)] == [
        after.values, after.points, after.dimensions,
    ]  # fmt: skip
    assert found.sentence


def test_it_says_why(scheme: Scheme, acme: Customer, client: Client, alice: User) -> None:
    bought(acme, 85, quarter=Q2)
    regraded(scheme, as_of=Q2)
    bought(acme, 70)
    client.force_login(alice)

    with time_machine.travel(LATER, tick=False):
        page = client.get(f"/customers/{acme.pk}/preview/", headers={"accept-language": "en"})

    with translation.override("en"):
        found = page.context["preview"].sentence
    assert found == "85.00 → 70.00 (-15.00): Annual cooperation amount ¥85,000 → ¥70,000 -15.00."
    assert found in page.content.decode()


UNCHANGED = "Nothing has changed since the last re-grade."


def page_of(customer: Customer, client: Client, user: User) -> str:
    client.force_login(user)
    with time_machine.travel(AT, tick=False):
        return client.get(f"/customers/{customer.pk}/preview/").text


def test_it_says_that_nothing_has_changed(
    scheme: Scheme, acme: Customer, client: Client, alice: User
) -> None:
    bought(acme, 85)
    regraded(scheme)

    page = page_of(acme, client, alice)

    assert UNCHANGED in page
    assert "set by hand" not in page


def test_new_floors_alone_are_a_change(
    scheme: Scheme, acme: Customer, client: Client, alice: User, dora: User
) -> None:
    bought(acme, 85)
    regraded(scheme)
    draft = schemes.copy_version(scheme.published(), by=dora)
    Floor.objects.filter(version=draft, tier=tier("core")).update(total=90_000_000)
    schemes.put_in_force(draft, by=dora, at=AT, note="")

    page = page_of(acme, client, alice)

    assert UNCHANGED not in page
    assert "Score unchanged at 85.00, another tier by a new version of the scheme." in page
    assert "instead of" in page


@pytest.mark.parametrize("points", [85, None])
def test_a_tier_set_by_hand_would_hold(
    scheme: Scheme, acme: Customer, client: Client, alice: User, dora: User, points: int | None
) -> None:
    if points:
        bought(acme, points)
    regraded(scheme)
    schemes.set_by_hand(
        acme, tier=tier("regular"), reason="Why.", expires_on=date(2027, 1, 31), by=dora, at=AT
    )

    page = page_of(acme, client, alice)

    assert "The tier set by hand would hold:" in page
    assert ("instead of" in page, UNCHANGED in page) == (False, bool(points))


def test_where_too_little_is_known_it_says_what_is_missing(
    scheme: Scheme, acme: Customer, client: Client, alice: User
) -> None:
    client.force_login(alice)

    page = client.get(f"/customers/{acme.pk}/preview/").content.decode()

    assert "Annual cooperation amount, 60% of the weight (Computed from facts)" in page


def test_who_is_archived_is_not_graded(
    scheme: Scheme, acme: Customer, client: Client, alice: User, dora: User
) -> None:
    services.archive([acme.pk], by=dora, at=AT)
    client.force_login(alice)

    assert queries.preview(acme, at=timezone.now()) is None
    assert (
        "Archived customers are not graded." in client.get(f"/customers/{acme.pk}/preview/").content.decode()
    )


def test_what_was_is_read_by_the_version_it_was_graded_by(
    scheme: Scheme, acme: Customer, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bought(acme, 85)
    first = regraded(scheme).version
    draft = schemes.copy_version(first, by=dora)
    Dimension.objects.filter(version=draft).update(key="another")
    schemes.put_in_force(draft, by=dora, at=AT, note="")
    acme.standing.refresh_from_db()

    found = queries.latest_grading(acme)
    assert found is not None
    before = comparing.graded(found)
    assert before.scheme == first.rules() != scheme.published().rules()
    assert (before.total, before.coverage) == (85_000_000, 6_000)
    with django_assert_num_queries(0):
        comparing.graded(found)


@pytest.mark.parametrize("orders", [1, 3])
def test_it_asks_as_little_for_many_facts_as_for_one(
    orders: int, acme: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(orders):
        bought(acme, n + 1)
    customer = Customer.objects.select_related("standing").get(pk=acme.pk)

    queries.preview(customer, at=LATER)  # reads the rules, which are kept

    with django_assert_num_queries(3):
        queries.preview(customer, at=LATER)
