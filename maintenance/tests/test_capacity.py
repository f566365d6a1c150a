"""The hours that tiers require against the hours that people have."""

from fractions import Fraction

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import Department, User
from customers.tests.making import a_customer
from maintenance.cadence import Cadence, Unit
from maintenance.capacity import capacity, hours
from maintenance.effort import Load, Work, hours_a_week
from maintenance.models import Promise
from tiering.models import Scheme, SchemeVersion
from tiering.simulation import measuring
from tiering.simulation.trying import Trial
from tiering.tests.conftest import AT, Q2, Q3, bought, plain_scheme, regraded, tier
from tiering.trials import trial_of
from toolbox.templatetags.formats import hours as shown

Found = dict[str | None, tuple[Fraction, Fraction, int]]


def work(interval: int, unit: Unit, minutes: int) -> Work:
    return Work(cadence=Cadence(unit=unit, interval=interval), minutes=minutes)


@pytest.mark.parametrize(
    "promise, hours",
    [
        (work(1, Unit.WEEK, 60), Fraction(1)),
        (work(2, Unit.WEEK, 60), Fraction(1, 2)),
        (work(1, Unit.DAY, 52), Fraction(250, 60)),
        (work(1, Unit.MONTH, 52), Fraction(12, 60)),
        (work(2, Unit.QUARTER, 52), Fraction(2, 60)),
        (work(1, Unit.YEAR, 52), Fraction(1, 60)),
        (work(1, Unit.ANNIVERSARY, 52), Fraction(1, 60)),
        (work(1, Unit.FESTIVAL, 52), Fraction(2, 60)),
    ],
)
def test_a_promise_takes_its_minutes_as_often_as_it_comes(promise: Work, hours: Fraction) -> None:
    assert hours_a_week([promise]) == hours
    assert hours_a_week([promise, promise]) == 2 * hours


def test_nothing_promised_takes_no_time() -> None:
    assert hours_a_week([]) == 0


@pytest.mark.parametrize(
    "then, capacity, is_over, excess, share",
    [(30, 30, False, Fraction(0), 100), (31, 30, True, Fraction(1), 104), (0, 0, False, Fraction(0), None)],
)
def test_who_needs_more_than_there_is_has_too_much(
    then: int, capacity: int, is_over: bool, excess: Fraction, share: int | None
) -> None:
    load = Load(now=Fraction(), then=Fraction(then), capacity=capacity)
    assert (load.is_over, load.excess, load.share) == (is_over, excess, share)


@pytest.mark.parametrize(
    "count, text", [(Fraction(37, 3), "12.3"), (Fraction(1, 20), "0.1"), (Fraction(), "0.0")]
)
def test_hours_are_shown_in_tenths(count: Fraction, text: str) -> None:
    assert shown(count) == text


@pytest.fixture
def trial(
    alice: User,
    carol: User,
    dora: User,
    tess: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Trial:
    """Alice has one customer that rises from regular to core; Carol one that stays regular; one is nobody's."""
    scheme = plain_scheme()
    rising, steady, free = (
        a_customer(name, owner=owner) for name, owner in (("Acme", alice), ("Beta", carol), ("Gamma", None))
    )
    for customer, before, after in ((rising, 50, 90), (steady, 50, 50), (free, 50, 50)):
        bought(customer, before, quarter=Q2)
        bought(customer, after)
    regraded(scheme, as_of=Q2)
    only_promises()
    with django_capture_on_commit_callbacks(execute=True):
        measuring.start(as_of=Q3, window_months=3, at=AT, by=None)
    found = trial_of({}, version=whole(scheme))
    assert found
    return found


def whole(scheme: Scheme) -> SchemeVersion:
    return SchemeVersion.objects.whole().get(scheme=scheme)


def only_promises() -> None:
    """Core: an hour a week from sales and two from technical; regular: half an hour from sales."""
    Promise.objects.update(is_active=False)
    for key, department, minutes in (
        ("core", "sales", 60),
        ("core", "technical", 120),
        ("regular", "sales", 30),
    ):
        Promise.objects.create(
            playbook=tier(key).playbooks.get(), key="only", department=department, unit="week", minutes=minutes,
            title_en="Only", title_zh="唯一",
        )  # fmt: skip


def test_everybody_s_hours_are_those_of_their_customers_tiers(trial: Trial, alice: User, carol: User) -> None:
    found = capacity(trial, on=Q3)
    half, one = Fraction(1, 2), Fraction(1)

    assert {line.whose: line.load for line in found.people} == {
        alice: Load(now=half, then=one, capacity=30),
        carol: Load(now=half, then=half, capacity=30),
        None: Load(now=half, then=half, capacity=0),
    }
    assert found.people[0].whose is None
    assert {line.whose: line.load for line in found.teams} == {
        alice.team: Load(now=half, then=one, capacity=30),
        carol.team: Load(now=half, then=half, capacity=30),
    }
    assert dict(found.departments)["Technical"] == Load(now=Fraction(), then=Fraction(2), capacity=30)
    assert dict(found.departments)["Logistics"] == Load(now=Fraction(), then=Fraction(), capacity=0)
    assert found.everybody == Load(now=3 * half, then=2 * one, capacity=60)


def test_who_left_has_no_hours(trial: Trial, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    load = next(line.load for line in capacity(trial, on=Q3).people if line.whose == alice)
    assert (load.capacity, load.is_over) == (0, True)


def test_the_panel_says_in_words_who_has_too_much(
    client: Client, dora: User, alice: User, trial: Trial
) -> None:
    User.objects.filter(pk=alice.pk).update(weekly_hours=0)
    client.force_login(dora)
    address = f"/simulations/version/{trial.version.pk}/hours/"

    page = client.get(address, headers={"hx-request": "true"}).content.decode()

    assert "1.0 h too many" in page
    assert "<html" not in page
    assert client.get(address, {"d-all": "7"}).status_code == 302


def test_hours_are_asked_for_at_once(trial: Trial, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert len(hours(Q3)) == 3
    assert trial.moved("up")[0] == 1
    with django_assert_num_queries(6):
        capacity(trial, on=Q3)


@pytest.mark.django_db
def test_every_promise_that_ships_takes_the_time_of_its_channel() -> None:
    visits = Promise.objects.filter(channel="visit", department=Department.SALES)
    assert set(visits.values_list("minutes", flat=True)) == {180}
    assert set(Promise.objects.filter(channel="phone").values_list("minutes", flat=True)) == {20}
