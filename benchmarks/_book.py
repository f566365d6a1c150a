"""A book of any size, made fast and always the same: customers with two years of orders, people who own them."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Role, Team, User
from customers.models import Assessment, Contact, Customer, Interaction, Order, Payment, Standing
from toolbox import bulk

PLACES = ("苏州", "无锡", "宁波", "佛山", "重庆", "青岛", "厦门", "合肥")
BRANDS = "恒瑞金泰华盛宏达鑫源永信德美嘉诚瑞丰远航天启明辉卓越"
TRADES = ("机械", "包装", "电子", "五金", "模具", "新材料", "纺织", "食品")
LAST = date(2026, 9, 30)
RECORDED = datetime(2026, 10, 1, tzinfo=timezone.get_default_timezone())


def make(customers: int, *, orders: int = 20, managers: int = 50, seed: int = 7) -> User:
    """Fill an empty database; returns the director. `orders` per customer on average."""
    chance = random.Random(seed)
    team = Team.objects.create(name="Sales")
    director = User.objects.create_user("director", password="tierbook", role=Role.DIRECTOR)
    owners = User.objects.bulk_create(User(username=f"am{n}", team=team) for n in range(managers))
    bulk.insert(Customer, CUSTOMER_COLUMNS, profiles(customers, owners, team, chance))
    pks = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    bulk.insert(Standing, ("customer_id", "is_overridden"), ((pk, False) for pk in pks))
    bulk.insert(Order, ORDER_COLUMNS, bought(pks, orders, chance))
    bulk.insert(Payment, ("customer_id", "amount", "due_on", "paid_on", "recorded_at"), paid(pks, chance))
    bulk.insert(
        Assessment,
        ("customer_id", "indicator", "rating", "evidence", "rater_id", "rated_on", "recorded_at"),
        (
            (pk, key, chance.randint(1, 5), "seen", director.pk, LAST - timedelta(days=90), RECORDED)
            for pk in pks
            for key in ("service_response", "expansion_plan", "referral_ability")
        ),
    )
    bulk.insert(
        Contact,
        (
            "customer_id",
            "name",
            "title",
            "phone",
            "email",
            "wechat",
            "preferred_channel",
            "is_primary",
            "recorded_at",
        ),
        ((pk, "王经理", "", "13800000000", "", "", "", True, RECORDED) for pk in pks),
    )
    bulk.insert(
        Interaction,
        ("customer_id", "at", "channel", "department", "by_id", "note", "recorded_at"),
        ((pk, RECORDED, "phone", "sales", director.pk, "talked", RECORDED) for pk in pks for _n in range(5)),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return director


CUSTOMER_COLUMNS = (
    "code", "name", "initials", "kind", "lifecycle", "industry", "province", "city", "size", "owner_id", "team_id",
    "source", "preferred_channel", "cooperation_since", "notes", "archived_at", "version", "created_at", "updated_at",
    "name_key", "search_text",
)  # fmt: skip
ORDER_COLUMNS = (
    "customer_id",
    "number",
    "ordered_on",
    "amount",
    "category",
    "customised_share",
    "recorded_at",
)


def profiles(count: int, owners: list[User], team: Team, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        name = f"{chance.choice(PLACES)}{''.join(chance.sample(BRANDS, 2))}{chance.choice(TRADES)}有限公司"
        customer = Customer(code=f"K{n:07d}", name=name)
        customer.prepare()
        since = LAST - timedelta(days=chance.randint(100, 3_000))
        yield (
            customer.code, name, customer.initials, "enterprise", "active", "C34", "32", "3205", "medium",
            owners[n % len(owners)].pk, team.pk, "fair", "phone", since, "", None, 1, RECORDED, RECORDED,
            customer.name_key, customer.search_text + "\n王经理\n13800000000",
        )  # fmt: skip


def bought(pks: list[int], orders: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for pk in pks:
        size = int(chance.lognormvariate(13.5, 1.2))
        for n in range(chance.randint(orders // 2, orders * 3 // 2)):
            day = LAST - timedelta(days=chance.randint(0, 730))
            yield (
                pk,
                f"{pk}-{n}",
                day,
                int(size * chance.uniform(0.5, 1.5)),
                "A",
                chance.randint(0, 10_000),
                RECORDED,
            )


def paid(pks: list[int], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for pk in pks:
        late = chance.randint(-10, 15)
        for n in range(4):
            due = LAST - timedelta(days=80 * n)
            yield pk, 100_000, due, due + timedelta(days=late), RECORDED
