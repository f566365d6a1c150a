"""A scheme small enough to reckon in one's head."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from customers.models import Customer, Order, Tier
from customers.tests.making import an_order
from tiering import defaults, regrade
from tiering.measures import measures
from tiering.models import Dimension, Floor, Indicator, Run, Scheme, SchemeVersion

Q2, Q3 = date(2026, 6, 30), date(2026, 9, 30)
AT = datetime(2026, 10, 1, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
POINT = 1_000_00
"""Fen a quarter that bring one point."""
GUARDS = ("guard_customers", "guard_amount", "guard_coverage", "guard_stale_days")
STRAIGHT = [[0, 0], [100, 10_000]]


@pytest.fixture
def enter(client: Client) -> Callable[[User], Client]:
    """A browser in which that person is signed in."""

    def enter(user: User) -> Client:
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def scheme(db: None) -> Scheme:
    return plain_scheme()


def plain_scheme() -> Scheme:
    """The book's scheme: 60 % what was bought in the quarter, 40 % a figure; the default floors and tiers."""
    Scheme.objects.update(is_default=False)
    scheme = Scheme.objects.create(
        key="plain", name_en="Plain", name_zh="简", is_default=True, **dict.fromkeys(GUARDS)
    )
    version = SchemeVersion.objects.create(
        scheme=scheme, number=1, state=SchemeVersion.State.PUBLISHED, window_months=3
    )
    for key, *_words, floor in defaults.TIERS:
        Floor.objects.create(version=version, tier=tier(key), total=floor * 1_000_000)
    dimension = Dimension.objects.create(
        version=version, key="all", name_en="All", name_zh="全", weight=100, position=1
    )
    for n, (key, weight, unit) in enumerate((("annual_amount", 60, POINT), ("industry_outlook", 40, 1)), 1):
        Indicator.objects.create(
            dimension=dimension,
            key=key,
            name_en=called(key, "en"),
            name_zh=called(key, "zh-hans"),
            weight=weight,
            position=n,
            knots=[[x * unit, points] for x, points in STRAIGHT],
        )
    return scheme


def called(key: str, language: str) -> str:
    """As its measure is."""
    with translation.override(language):
        return str(measures()[key].name)


def unguarded() -> None:
    """Runs of every scheme publish by themselves, however few customers there are and however many of them move."""
    Scheme.objects.update(**dict.fromkeys(GUARDS))


def tier(key: str) -> Tier:
    return Tier.objects.get(scale="b2b", key=key)


def bought(customer: Customer, points: int, *, quarter: date = Q3) -> Order:
    """For so many points, in the middle of the quarter that ends so."""
    return an_order(customer, quarter.replace(month=quarter.month - 1, day=15), points * POINT)


def started(scheme: Scheme, *, as_of: date = Q3, at: datetime = AT) -> Run:
    return regrade.start(scheme, as_of=as_of, trigger=Run.Trigger.COMMAND, at=at)


def graded(run: Run, *, at: datetime = AT) -> Run:
    """Every chunk graded, as the workers do it; the last one publishes."""
    for pk in run.chunks.order_by("first").values_list("pk", flat=True):
        regrade.grade_chunk(pk, at=at)
    run.refresh_from_db()
    return run


def regraded(scheme: Scheme, *, as_of: date = Q3, at: datetime = AT) -> Run:
    run = graded(started(scheme, as_of=as_of, at=at), at=at)
    assert run.state == Run.State.PUBLISHED
    return run


def tier_of(customer: Customer) -> str | None:
    customer.standing.refresh_from_db()
    return customer.standing.tier.key if customer.standing.tier else None
