"""Five hundred customers over all tiers, and the twelve who work with them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

from accounts.models import Team, User
from customers.models import Assessment, Customer, Figure, Order, Payment
from customers.services import create_many
from tests.quarter.days import DAY, SHANGHAI, months_later
from tiering.models import Scheme
from tiering.services import copy_version, put_in_force

LONG_AGO = datetime(2020, 1, 1, tzinfo=SHANGHAI)
YUAN = 100
MEMBERS = ("ann", "bao", "cai", "deng", "eva")
"""The account managers, three in the east and two in the south."""
LEADS = {"east": "lee", "south": "sun"}
TEAMS = {"ann": "east", "bao": "east", "cai": "east", "deng": "south", "eva": "south"}
DEPARTMENTS = {"tess": "technical", "dan": "service", "logan": "logistics"}
SEES_ALL = ("dora", "adam")
CHINESE = {"ann", "cai", "lee", "dan", "dora"}
EARLY, QUIET = "bao", "eva"
"""Whose summary comes at seven; and who is not to be woken before nine."""


def make_people() -> dict[str, User]:
    sales = Team.objects.create(name="Sales")
    teams = {name: Team.objects.create(name=name, parent=sales) for name in ("east", "south")}
    roles = {name: ("account_manager", TEAMS[name]) for name in MEMBERS}
    roles |= {name: ("team_lead", team) for team, name in LEADS.items()}
    roles |= {"tess": ("technical", ""), "dan": ("service", ""), "logan": ("logistics", "")}
    roles |= {"dora": ("director", ""), "adam": ("administrator", "")}
    return {
        name: User.objects.create_user(
            name,
            email=f"{name}@example.com",
            role=role,
            team=teams.get(team),
            language="zh-hans" if name in CHINESE else "en",
            digest_hour=7 if name == EARLY else 8,
            quiet_from=21 if name == QUIET else None,
            quiet_until=9 if name == QUIET else None,
        )
        for name, (role, team) in roles.items()
    }


@dataclass(frozen=True)
class Level:
    """What somebody is like who is graded so: orders a year of so many yuan, payments in time, since, ratings, outlook."""

    orders: int
    yuan: int
    in_time: int
    years: int
    rating: int
    outlook: int


LEVELS = {
    "core": Level(20, 160_000, 10, 12, 5, 95),
    "mover": Level(20, 160_000, 10, 12, 2, 30),
    "important": Level(12, 60_000, 9, 5, 4, 70),
    "regular": Level(5, 30_000, 7, 3, 3, 50),
    "potential": Level(1, 5_000, 2, 1, 1, 20),
}
MIX = (
    "core",
    "important",
    "regular",
    "important",
    "potential",
    "regular",
    "regular",
    "potential",
    "mover",
    "regular",
)
"""Of ten customers; the mover is important until somebody rates it better."""
RATED = ("service_response", "expansion_plan", "referral_ability")


def make_book(size: int, people: dict[str, User], *, begins: date, ends: date) -> dict[str, str]:
    """How each customer is, by code. Facts are known on their days, those of days to come among them."""
    levels = {f"Q{n:04d}": MIX[n % len(MIX)] for n in range(size)}
    rows = []
    for n, (code, level) in enumerate(levels.items()):
        owner = people[MEMBERS[n % len(MEMBERS)]]
        since = date(begins.year - LEVELS[level].years, 1, 1) + n * 7 % 365 * DAY
        if n % 50 == 8:
            since = date(2016, 2, 29)
        rows.append(
            Customer(
                code=code, name=f"Customer {code}", owner=owner, team=owner.team, cooperation_since=since,
                created_at=LONG_AGO,
            )
        )  # fmt: skip
    ids = create_many(rows, by=people["adam"])
    numbers = count(1)
    orders, payments = [], []
    for code, level in levels.items():
        like = LEVELS[level]
        step = timedelta(days=365) / like.orders
        day = months_later(begins, -13)
        moments = (day + n * step for n in range(int((ends - day) / step)))
        orders += [
            Order(customer_id=ids[code], number=f"N{next(numbers)}", ordered_on=on, amount=like.yuan * YUAN, recorded_at=noon(on))
            for on in moments
        ]  # fmt: skip
        for n in range(20):
            due = months_later(begins, -12) + n * 22 * DAY
            paid = due if n % 10 < like.in_time else due + 20 * DAY
            payments.append(
                Payment(customer_id=ids[code], due_on=due, paid_on=paid, amount=1_000 * YUAN, recorded_at=LONG_AGO)
            )  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=1_000)
    Payment.objects.bulk_create(payments, batch_size=1_000)
    for code, level in levels.items():
        judge(
            ids[code],
            people["adam"],
            on=months_later(begins, -2),
            rating=LEVELS[level].rating,
            outlook=LEVELS[level].outlook,
        )
    govern(people["adam"])
    return levels


def judge(customer: int, by: User, *, on: date, rating: int, outlook: int) -> None:
    Assessment.objects.bulk_create(
        Assessment(
            customer_id=customer, indicator=indicator, rating=rating, evidence="Seen.", rater=by, rated_on=on, recorded_at=noon(on)
        )
        for indicator in RATED
    )  # fmt: skip
    Figure.objects.create(
        customer_id=customer, indicator="industry_outlook", value=outlook, as_of=on, source="A report", by=by, recorded_at=noon(on)
    )  # fmt: skip


GRACE_DAYS = 14


def govern(by: User) -> None:
    """The scheme that ships, with upgrades each night and two weeks of grace; runs publish by themselves."""
    scheme = Scheme.objects.get(is_default=True)
    Scheme.objects.update(guard_customers=None, guard_amount=None, guard_coverage=None, guard_stale_days=None)
    draft = copy_version(scheme.published(), by=by)
    draft.grace_days, draft.nightly_upgrades = GRACE_DAYS, True
    draft.save()
    put_in_force(draft, by=by, at=LONG_AGO, note="Two weeks of grace.")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI)
