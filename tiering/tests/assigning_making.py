"""A second scheme beside the plain one, on a scale of its own, and customers that are assigned to it."""

from customers.models import Customer, Group, Tier
from tiering.models import Assignment, Dimension, Floor, Indicator, Scheme, SchemeVersion
from tiering.tests.conftest import GUARDS, POINT, STRAIGHT

FLOORS = (("a", 80), ("b", 40), ("c", 0))


def second_scheme(**more: object) -> Scheme:
    """Monthly; what was bought in the quarter alone, on the scale A/B/C."""
    words = {"key": "second", "name_en": "Second", "name_zh": "第二", "cadence": "monthly"} | more
    scheme = Scheme.objects.create(**words, **dict.fromkeys(GUARDS))
    version = SchemeVersion.objects.create(
        scheme=scheme, number=1, state=SchemeVersion.State.PUBLISHED, window_months=3
    )
    for key, floor in FLOORS:
        tier = Tier.objects.get(scale="abc", key=key)
        Floor.objects.create(version=version, tier=tier, total=floor * 1_000_000)
    dimension = Dimension.objects.create(
        version=version, key="all", name_en="All", name_zh="全", weight=100, position=1
    )
    Indicator.objects.create(
        dimension=dimension, key="annual_amount", name_en="Amount", name_zh="额", weight=100, position=1,
        knots=[[x * POINT, points] for x, points in STRAIGHT],
    )  # fmt: skip
    return scheme


def assign(scheme: Scheme, *, kind: str = "", group: Group | None = None) -> Assignment:
    return Assignment.objects.create(
        position=Assignment.objects.count() + 1, scheme=scheme, kind=kind, group=group
    )


def tier_key(customer: Customer) -> str | None:
    """With its scale."""
    customer.standing.refresh_from_db()
    tier = customer.standing.tier
    return f"{tier.scale}:{tier.key}" if tier else None
