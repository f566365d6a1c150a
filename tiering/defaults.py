"""The schemes that ship, as data; the numbers of the default scheme and the rules of the retail scheme are those of the
source articles.

Weights inside a dimension and curves are ours. Curves' raw values are in the unit of their measure.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from customers.models import Tier
from tiering.measures import YEAR
from tiering.models import Condition, Decides, Dimension, Floor, Indicator, Scheme, SchemeVersion
from toolbox import schedule

SCALE = "b2b"
TIERS = [
    ("core", "Core", "核心", "yellow", 80),
    ("important", "Important", "重要", "blue", 60),
    ("regular", "Regular", "常规", "green", 40),
    ("potential", "Potential", "潜在", "secondary", 0),
]
"""Key, names, colour, and the floor of the schemes that grade on this scale."""
LETTERS = [
    ("a", "A", "A", "yellow", 75),
    ("b", "B", "B", "blue", 50),
    ("c", "C", "C", "secondary", 0),
]
RETAIL_TIERS = [
    ("core", "Core", "核心", "yellow", 70),
    ("important", "Important", "重要", "blue", 40),
    ("ordinary", "Ordinary", "普通", "secondary", 0),
]
"""Rules decide; the floors would, were a copy of the scheme decided by floors."""
SCALES = {SCALE: TIERS, "abc": LETTERS, "retail": RETAIL_TIERS}
YUAN = 100
STEPS = ((1, 20), (2, 40), (3, 60), (4, 80), (5, 100))


@dataclass(frozen=True)
class I:  # noqa: E742 - a line of the tables below
    key: str
    en: str
    zh: str
    weight: int
    knots: tuple[tuple[int, int], ...]
    shape: Indicator.Shape = Indicator.Shape.LINEAR
    """Raw value and whole points."""


@dataclass(frozen=True)
class D:
    key: str
    en: str
    zh: str
    weight: int
    indicators: tuple[I, ...] = field(default=())


BANDS = Indicator.Shape.BANDS
AMOUNT = tuple((k * 10_000 * YUAN, p) for k, p in ((0, 0), (10, 30), (50, 60), (100, 80), (300, 100)))
PER_ORDER = tuple((k * 1_000 * YUAN, p) for k, p in ((0, 0), (5, 20), (20, 50), (50, 80), (150, 100)))
TENURE = ((0, 10), (YEAR, 30), (3 * YEAR, 60), (5 * YEAR, 80), (10 * YEAR, 100))
TIMELINESS = ((0, 0), (5_000, 20), (8_000, 50), (9_500, 85), (10_000, 100))
RENEWAL = ((0, 0), (5_000, 50), (8_000, 80), (10_000, 100))
FREQUENCY = ((0, 0), (2, 20), (6, 50), (12, 80), (24, 100))

B2B = (
    D("finance", "Finance", "财务", 30, (
        I("annual_amount", "Annual cooperation amount", "年度合作金额", 40, AMOUNT),
        I("single_order_amount", "Single-order amount", "单笔订单金额", 30, PER_ORDER),
        I("payment_timeliness", "Payment timeliness", "付款及时性", 30,
          TIMELINESS),
    )),
    D("cooperation", "Cooperation", "合作", 30, (
        I("years_of_cooperation", "Years of cooperation", "合作年限", 40, TENURE),
        I("order_frequency", "Order frequency", "订单频次", 30, FREQUENCY),
        I("renewal_rate", "Contract renewal rate", "合同续签率", 30, RENEWAL),
    )),
    D("demand", "Demand", "需求", 20, (
        I("customised_share", "Share of customised demand", "定制化需求占比", 40,
          ((0, 20), (3_000, 60), (6_000, 90), (8_000, 100))),
        I("service_response", "Service-response requirement", "服务响应要求", 30, STEPS, BANDS),
        I("technical_support", "Technical-support need", "技术支持需求", 30, ((0, 20), (2, 50), (6, 80), (12, 100))),
    )),
    D("potential", "Potential", "潜力", 20, (
        I("industry_outlook", "Industry outlook", "行业发展前景", 40, ((0, 0), (100, 100))),
        I("expansion_plan", "Expansion plan", "企业扩张计划", 30, STEPS, BANDS),
        I("referral_ability", "Referral ability", "转介绍能力", 30, STEPS, BANDS),
    )),
)  # fmt: skip

ORDERS_ONLY = (
    D("value", "Value", "价值", 50, (
        I("annual_amount", "Annual cooperation amount", "年度合作金额", 60,
          tuple((k * YUAN, p) for k, p in ((0, 0), (300, 20), (1_000, 40), (3_000, 60), (10_000, 85), (30_000, 100)))),
        I("single_order_amount", "Single-order amount", "单笔订单金额", 40,
          tuple((k * YUAN, p) for k, p in ((0, 0), (100, 20), (300, 50), (600, 75), (1_500, 100)))),
    )),
    D("activity", "Activity", "活跃度", 35, (
        I("order_frequency", "Order frequency", "订单频次", 50, ((0, 0), (1, 15), (3, 40), (6, 65), (12, 90), (24, 100))),
        I("days_since_last_order", "Time since the last order", "距上次下单时间", 50,
          ((0, 100), (30, 90), (90, 60), (180, 30), (365, 0))),
    )),
    D("course", "Course", "趋势", 15, (
        I("years_of_cooperation", "Years of cooperation", "合作年限", 50, ((0, 20), (YEAR, 60), (2 * YEAR, 90), (3 * YEAR, 100))),
        I("order_trend", "Trend of the last two quarters", "近两季度趋势", 50,
          ((0, 0), (5_000, 25), (10_000, 50), (15_000, 75), (20_000, 100))),
    )),
)  # fmt: skip

ABC = (
    D("purchasing_power", "Purchasing power", "购买力", 25, (
        I("annual_amount", "Annual cooperation amount", "年度合作金额", 60, AMOUNT),
        I("single_order_amount", "Single-order amount", "单笔订单金额", 40, PER_ORDER),
    )),
    D("relationship", "Relationship", "客户关系", 20, (
        I("years_of_cooperation", "Years of cooperation", "合作年限", 40, TENURE),
        I("order_frequency", "Order frequency", "订单频次", 30, FREQUENCY),
        I("days_since_last_order", "Time since the last order", "距上次下单时间", 30,
          ((0, 100), (30, 90), (90, 60), (180, 30), (365, 0))),
    )),
    D("value", "Value", "客户价值", 25, (
        I("payment_timeliness", "Payment timeliness", "付款及时性", 50, TIMELINESS),
        I("renewal_rate", "Contract renewal rate", "合同续签率", 50, RENEWAL),
    )),
    D("potential", "Potential", "客户潜力", 15, (
        I("order_trend", "Trend of the last two quarters", "近两季度趋势", 40,
          ((0, 0), (5_000, 25), (10_000, 50), (15_000, 75), (20_000, 100))),
        I("industry_outlook", "Industry outlook", "行业发展前景", 30, ((0, 0), (100, 100))),
        I("expansion_plan", "Expansion plan", "企业扩张计划", 30, STEPS, BANDS),
    )),
    D("satisfaction", "Satisfaction", "满意度", 15, (
        I("satisfaction", "Customer satisfaction", "客户满意度", 70, STEPS, BANDS),
        I("referral_ability", "Referral ability", "转介绍能力", 30, STEPS, BANDS),
    )),
)  # fmt: skip


@dataclass(frozen=True)
class C:
    """A condition; supporting ones let the unknown pass."""

    key: str
    at_least: int | None = None
    at_most: int | None = None
    is_supporting: bool = False


RETAIL = (
    D("purchases", "Purchases", "购买", 60, (
        I("annual_amount", "Annual amount", "年消费额", 50,
          tuple((k * 10_000 * YUAN, p) for k, p in ((0, 0), (1, 40), (5, 80), (20, 100)))),
        I("purchases_a_month", "Purchases a month", "月均购买次数", 50, ((0, 0), (200, 40), (400, 80), (800, 100))),
    )),
    D("payment", "Payment", "付款", 20, (
        I("days_to_pay", "Days to pay (longest)", "付款天数（最长一笔）", 100, ((0, 100), (7, 80), (30, 40), (90, 0))),
    )),
    D("loyalty", "Loyalty", "忠诚度", 20, (
        I("new_products", "Takes up new products", "接受新品", 40, STEPS, BANDS),
        I("referral_ability", "Brings in others", "带动他人购买", 30, STEPS, BANDS),
        I("fixed_categories", "Share of fixed categories", "固定品类占比", 30, ((0, 0), (5_000, 60), (10_000, 100))),
    )),
)  # fmt: skip
RETAIL_RULES = {
    "core": (
        C("annual_amount", 50_000 * YUAN + 1),
        C("purchases_a_month", 400),
        C("days_to_pay", at_most=7),
        C("new_products", 3, is_supporting=True),
        C("referral_ability", 3, is_supporting=True),
    ),
    "important": (
        C("annual_amount", 10_000 * YUAN),
        C("purchases_a_month", 200),
        C("fixed_categories", 5_000, is_supporting=True),
    ),
}
"""What a better tier asks for and does not get is the upper end of the next: 10,000 to 50,000 yuan, 2 to 3 a month."""

SCHEMES: dict[str, dict[str, Any]] = {
    "b2b": {
        "name_en": "B2B four dimensions",
        "name_zh": "B2B 四维分级",
        "description_en": "Finance, cooperation, demand and potential: for companies that sell to companies.",
        "description_zh": "财务、合作、需求、潜力四个维度，适用于企业客户。",
        "is_default": True,
        "dimensions": B2B,
    },
    "orders": {
        "name_en": "Orders only",
        "name_zh": "仅凭订单",
        "description_en": "For a company that starts with nothing but its order file.",
        "description_zh": "适用于目前只有订单文件的公司。",
        "is_default": False,
        "dimensions": ORDERS_ONLY,
    },
    "abc": {
        "name_en": "A/B/C",
        "name_zh": "A/B/C 分级",
        "description_en": "Purchasing power, relationship, value, potential and satisfaction, into tiers A, B and C.",
        "description_zh": "按购买力、客户关系、客户价值、客户潜力、满意度五个维度，分为 A、B、C 三级。",
        "is_default": False,
        "scale": "abc",
        "dimensions": ABC,
    },
    "retail": {
        "name_en": "Retail three tiers",
        "name_zh": "零售三级",
        "description_en": "For shops: who buys much, often and pays at once is core. Rules decide the tier; the score orders customers within it.",
        "description_zh": "适用于零售：消费额高、购买频繁、付款及时者为核心客户。等级由规则判定，得分只用于同级客户的排序。",
        "is_default": False,
        "scale": "retail",
        "dimensions": RETAIL,
        "rules": RETAIL_RULES,
    },
}


def ensure(**_signal: object) -> None:
    """Create what ships and is not there yet; what people changed since stays. Runs after every migrate."""
    with transaction.atomic():
        tiers = {
            scale: [tier(scale, rank, row) for rank, row in enumerate(rows, 1)]
            for scale, rows in SCALES.items()
        }
        for key, words in SCHEMES.items():
            if not Scheme.objects.filter(key=key).exists():
                create_scheme(key, words, tiers[words.get("scale", SCALE)])
        ensure_schedule()


def tier(scale: str, rank: int, row: tuple[str, str, str, str, int]) -> Tier:
    key, en, zh, colour, _floor = row
    words = {"name_en": en, "name_zh": zh, "rank": rank, "colour": colour}
    return Tier.objects.get_or_create(scale=scale, key=key, defaults=words)[0]


def create_scheme(key: str, words: dict[str, Any], tiers: list[Tier]) -> None:
    dimensions = words["dimensions"]
    named = {name: value for name, value in words.items() if name not in {"dimensions", "scale", "rules"}}
    scheme = Scheme.objects.create(key=key, **named)
    version = SchemeVersion.objects.create(
        scheme=scheme,
        number=1,
        state=SchemeVersion.State.PUBLISHED,
        published_at=timezone.now(),
        decides_by=Decides.RULES if "rules" in words else Decides.FLOORS,
    )
    floors = [floor * 1_000_000 for *_words, floor in SCALES[words.get("scale", SCALE)]]
    Floor.objects.bulk_create(
        Floor(version=version, tier=tier, total=total) for tier, total in zip(tiers, floors, strict=True)
    )
    for floor in version.floors.select_related("tier"):
        Condition.objects.bulk_create(
            Condition(
                floor=floor,
                indicator=c.key,
                at_least=c.at_least,
                at_most=c.at_most,
                unknown=Condition.Unknown.PASSES if c.is_supporting else Condition.Unknown.FAILS,
            )
            for c in words.get("rules", {}).get(floor.tier.key, ())
        )
    for position, d in enumerate(dimensions, start=1):
        dimension = Dimension.objects.create(
            version=version, key=d.key, name_en=d.en, name_zh=d.zh, weight=d.weight, position=position
        )
        Indicator.objects.bulk_create(
            Indicator(
                dimension=dimension,
                key=i.key,
                name_en=i.en,
                name_zh=i.zh,
                weight=i.weight,
                position=n,
                shape=i.shape,
                knots=[[x, points * 100] for x, points in i.knots],
            )
            for n, i in enumerate(d.indicators, start=1)
        )


def ensure_schedule() -> None:
    schedule.daily(
        "tiering.tasks.regrade_when_due",
        at="02:00",
        name=gettext_noop("Re-grade the book when its period has closed"),
        description=gettext_noop(
            "Daily, so that a machine that was off catches up; does nothing when the period is done."
        ),
    )
    schedule.daily(
        "tiering.tasks.end_expired_overrides",
        at="00:05",
        name=gettext_noop("End tiers set by hand whose last day is over"),
        description=gettext_noop(
            "Nightly: these customers go back to the tier of the last re-grade, with a tier change that says why."
        ),
    )
    schedule.daily(
        "tiering.tasks.refresh_nurture_list",
        at="04:00",
        name=gettext_noop("Look for customers to nurture"),
        description=gettext_noop(
            "Nightly: customers of the lower tiers that grow, ask about new products or want to buy in bulk are listed with the evidence; whoever no longer does goes off the list."
        ),
    )
    schedule.daily(
        "tiering.tasks.count_tier_history",
        at="04:30",
        name=gettext_noop("Count the tier history of the book"),
        description=gettext_noop(
            "Nightly: upgrades and downgrades, how tiers hold and how the amounts are spread, for the page that shows them of a large book."
        ),
    )
    schedule.daily(
        "tiering.tasks.upgrade_between_regrades",
        at="03:30",
        name=gettext_noop("Upgrade customers between re-grades"),
        description=gettext_noop(
            "Nightly, where the version in force says so: customers whose facts changed and who reach a better tier move up at once."
        ),
    )
    schedule.each_minute(
        "tiering.tasks.sweep",
        name=gettext_noop("Wake what is stuck"),
        description=gettext_noop(
            "Each minute: re-grades that stand still because a worker or a message was lost go on, up to their publishing."
        ),
    )
