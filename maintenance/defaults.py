"""The playbooks that ship, as data: those of the source articles. Cadences they leave open are ours."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import Department
from customers.models import Channel, Tier
from maintenance.cadence import Unit
from maintenance.models import Benefit, Case, Playbook, Promise, Route
from maintenance.models.playbook import ANY_CHANNEL, BEGINNING, MINUTES
from toolbox import schedule

SALES, SERVICE, TECHNICAL, LOGISTICS = Department
DAY_OF_MINUTES = 24 * 60


@dataclass(frozen=True)
class P:
    """A promise: every `interval` `unit`s the department does it, by the channel (any when None)."""

    key: str
    department: Department
    interval: int
    unit: Unit
    channel: Channel | None
    en: str
    zh: str
    by_contact: bool = False
    """Any contact by the channel keeps it; otherwise it is a deed, and somebody says that it is done."""


@dataclass(frozen=True)
class Plan:
    respond_within_minutes: int | None
    solve_within_working_hours: int | None
    promises: tuple[P, ...]
    benefits: tuple[tuple[str, str] | tuple[str, str, Benefit.Kind], ...]


B2B = {
    "core": Plan(60, 8, (
        P("contact", SALES, 1, Unit.WEEK, Channel.PHONE, "Weekly call by the account manager", "客户经理每周电话联系", by_contact=True),
        P("meeting", SALES, 1, Unit.MONTH, Channel.VISIT, "Monthly meeting of the team: account manager", "服务团队每月面谈：客户经理", by_contact=True),
        P("meeting", TECHNICAL, 1, Unit.MONTH, Channel.VISIT, "Monthly meeting of the team: technical adviser", "服务团队每月面谈：技术顾问", by_contact=True),
        P("meeting", SERVICE, 1, Unit.MONTH, Channel.VISIT, "Monthly meeting of the team: after-sales specialist", "服务团队每月面谈：售后专员", by_contact=True),
        P("delivery", LOGISTICS, 1, Unit.MONTH, None, "Follow-up of production and delivery", "跟进生产与物流进度"),
        P("upkeep", TECHNICAL, 1, Unit.QUARTER, Channel.VISIT, "Periodic maintenance of the equipment", "设备定期维护保养"),
        P("training", TECHNICAL, 2, Unit.QUARTER, None, "Training of the customer's staff", "客户人员使用培训"),
        P("workshop", SALES, 2, Unit.QUARTER, Channel.VISIT, "Strategy workshop, suggestions recorded", "战略研讨会，记录客户建议"),
        P("salon", SALES, 2, Unit.QUARTER, None, "Invitation to a customer salon", "邀请参加客户沙龙"),
        P("gift", SALES, 1, Unit.FESTIVAL, None, "Hand-picked holiday gift", "精选节日礼品"),
        P("anniversary", SALES, 1, Unit.ANNIVERSARY, None, "Personal greeting on the company anniversary", "公司周年庆专属祝福"),
    ), (
        ("One account manager for the whole journey", "专属客户经理全程跟进"),
        ("Custom specifications and packaging", "定制规格与包装", Benefit.Kind.PACKAGING),
        ("Parameter changes before the sale, together with R&D", "售前与研发共同调整产品参数"),
        ("Free commissioning after the sale", "售后免费安装调试"),
        ("First trial of new products", "新品优先试用"),
        ("Longer payment terms", "更长的付款账期", Benefit.Kind.TERMS),
        ("Annual rebate", "年度返利", Benefit.Kind.REBATE),
        ("Priority dispatch by our own delivery staff", "优先发货，自有人员配送", Benefit.Kind.DISPATCH),
        ("Joint research and development", "联合研发"),
        ("Personal greetings only, no templates", "个性化问候，不群发模板"),
    )),
    "important": Plan(2 * 60, 24, (
        P("contact", SALES, 2, Unit.WEEK, None, "Contact every two weeks by phone or online", "每两周电话或线上联系", by_contact=True),
        P("meeting", SALES, 1, Unit.QUARTER, Channel.VISIT, "Quarterly visit", "每季度上门拜访", by_contact=True),
        P("survey", SERVICE, 1, Unit.QUARTER, None, "Quarterly survey: satisfaction and ideas for improvement", "每季度调研：满意度与改进建议"),
        P("news", SALES, 1, Unit.MONTH, None, "Industry news, product upgrades, raw-material price trends", "行业资讯、产品升级与原材料价格走势"),
        P("case_sharing", SALES, 2, Unit.QUARTER, None, "Invitation to a case-sharing session", "邀请参加案例分享会"),
        P("training", TECHNICAL, 1, Unit.YEAR, None, "Free training", "免费培训"),
        P("growth_plan", SALES, 1, Unit.YEAR, None, "Growth plan: trade shows and market help", "成长计划：展会与市场支持"),
    ), (
        ("Stepped discounts", "阶梯折扣", Benefit.Kind.DISCOUNT),
        ("Double points", "双倍积分"),
        ("Priority dispatch", "优先发货", Benefit.Kind.DISPATCH),
    )),
    "regular": Plan(2 * DAY_OF_MINUTES, None, (
        P("meeting", SALES, 1, Unit.YEAR, Channel.VISIT, "Annual review visit", "年度回访", by_contact=True),
    ), (
        ("Online first: one standard process before the sale, for the order and after the sale", "线上为主：售前、下单、售后统一标准流程"),
        ("Grouped by product category, one specialist per group", "按产品品类分组，每组一名专员"),
        ("Points", "积分"),
        ("Targeted offers", "针对性优惠", Benefit.Kind.DISCOUNT),
        ("No dedicated team: do not over-serve", "不设专属团队，避免过度服务"),
    )),
    "potential": Plan(None, None, (
        P("recommendation", SALES, 1, Unit.MONTH, None, "Tailored recommendation", "个性化产品推荐"),
    ), (
        ("Marketing news", "营销资讯"),
        ("Screened for the nurture list", "纳入培育名单筛选"),
    )),
}  # fmt: skip

RETAIL = {
    "core": Plan(60, 8, (
        P("contact", SALES, 2, Unit.WEEK, None, "Personal contact every two weeks", "每两周专人联系", by_contact=True),
        P("new_products", SALES, 1, Unit.MONTH, None, "New products shown first", "新品优先推荐"),
        P("review", SALES, 1, Unit.QUARTER, Channel.VISIT, "Talk about needs and wishes", "需求与建议沟通", by_contact=True),
        P("gift", SALES, 1, Unit.FESTIVAL, None, "Holiday gift", "节日礼品"),
        P("anniversary", SALES, 1, Unit.ANNIVERSARY, None, "Personal greeting on the anniversary", "周年庆专属祝福"),
        P("callback", SALES, 3, Unit.ORDER, None, "Call back within 3 days of a purchase", "购买后 3 天内回访", by_contact=True),
        P("birthday", SALES, 1, Unit.BIRTHDAY, None, "Birthday greeting with the birthday discount", "生日祝福与生日折扣"),
    ), (
        ("A thank-you for every customer brought in", "推荐新客答谢"),
        ("Birthday discount", "生日折扣", Benefit.Kind.DISCOUNT),
        ("First trial of new products", "新品优先试用"),
        ("Level by amount and frequency, with its discount", "按消费额与频次享会员等级折扣", Benefit.Kind.DISCOUNT),
    )),
    "important": Plan(2 * 60, 24, (
        P("contact", SALES, 1, Unit.MONTH, None, "Contact about what is bought again and again", "每月联系，围绕常购品类", by_contact=True),
        P("coupon", SALES, 1, Unit.MONTH, None, "Targeted coupon", "定向优惠券"),
        P("survey", SERVICE, 2, Unit.QUARTER, None, "Short survey: satisfaction", "满意度小调查"),
        P("callback", SALES, 7, Unit.ORDER, None, "Call back within 7 days of a purchase", "购买后 7 天内回访", by_contact=True),
        P("birthday", SALES, 1, Unit.BIRTHDAY, None, "Birthday greeting with the birthday discount", "生日祝福与生日折扣"),
    ), (
        ("Level by amount and frequency, with its discount", "按消费额与频次享会员等级折扣", Benefit.Kind.DISCOUNT),
        ("Birthday discount", "生日折扣", Benefit.Kind.DISCOUNT),
        ("Targeted coupons", "定向优惠券", Benefit.Kind.DISCOUNT),
    )),
    "ordinary": Plan(DAY_OF_MINUTES, None, (
        P("offer", SALES, 1, Unit.QUARTER, None, "Offer that invites to come again", "回购优惠邀请"),
    ), (
        ("Marketing news", "营销资讯"),
        ("Points", "积分"),
    )),
}  # fmt: skip
"""Response and solution of the important tier, call back, levels, birthday discount and coupons are the source's."""

PLAYBOOKS = {"b2b": B2B, "retail": RETAIL}
"""By the scale of their tiers."""

GRACE = {
    Unit.DAY: 0,
    Unit.WEEK: 2,
    Unit.MONTH: 5,
    Unit.QUARTER: 10,
    Unit.YEAR: 15,
    Unit.ANNIVERSARY: 3,
    Unit.BIRTHDAY: 0,
    Unit.FESTIVAL: 5,
    Unit.ORDER: 0,
}

LONGER = {"training": 240, "growth_plan": 240, "salon": 120, "case_sharing": 120}
"""Minutes of work, by key: more than a contact takes. A session's are one guest's share, with what comes before and after."""


def minutes_of(p: P) -> int:
    return LONGER.get(p.key) or (MINUTES[p.channel] if p.channel else ANY_CHANNEL)


def ensure_defaults(**_signal: object) -> None:
    """Create what ships for a scale none of whose tiers has a playbook; what people changed since stays. After every
    migrate."""
    with transaction.atomic():
        for scale, plans in PLAYBOOKS.items():
            tiers = {tier.key: tier for tier in Tier.objects.filter(scale=scale)}
            if tiers.keys() >= plans.keys() and not Playbook.objects.filter(tier__scale=scale).exists():
                for key, plan in plans.items():
                    create_playbook(tiers[key], plan)
        schedule.each_minute(
            "maintenance.tasks.send_digests",
            name=gettext_noop("Write the daily summaries"),
            description=gettext_noop(
                "Each minute: to everybody whose hour has come, once a day, on working days."
            ),
        )
        schedule.daily(
            "maintenance.tasks.sweep",
            at="03:00",
            name=gettext_noop("Re-plan what is promised to the whole book"),
            description=gettext_noop(
                "Nightly: every plan is made right, even if the news of a change never came."
            ),
        )
        schedule.daily(
            "maintenance.tasks.ask_customers",
            at="09:30",
            name=gettext_noop("Send the surveys that playbooks promise"),
            description=gettext_noop(
                "On working days: each customer once a quarter, before the promise of a survey is due."
            ),
        )
        ship_routes()
        schedule.each_minute(
            "maintenance.tasks.escalate",
            name=gettext_noop("Warn of cases before their time runs out"),
            description=gettext_noop("Each minute: people are told once each; what ran out is marked."),
        )


ROUTES = (
    (Case.Kind.COMPLAINT, "", SERVICE),
    ("", Case.Category.USE, TECHNICAL),
    ("", Case.Category.DELIVERY, LOGISTICS),
    ("", Case.Category.QUALITY, SERVICE),
    ("", Case.Category.SERVICE, SERVICE),
    (Case.Kind.REQUEST, "", SERVICE),
)
"""Kind, category and who answers; what fits none goes to the account manager."""


def ship_routes() -> None:
    """To begin with, before there is any case; from then on they are the directors' to change or to delete."""
    if Route.objects.exists() or Case.objects.exists():
        return
    Route.objects.bulk_create(
        Route(position=position, kind=kind, category=category, department=department)
        for position, (kind, category, department) in enumerate(ROUTES, start=1)
    )


def create_playbook(tier: Tier, plan: Plan) -> None:
    playbook = Playbook.objects.create(
        tier=tier,
        starts_on=BEGINNING,
        respond_within_minutes=plan.respond_within_minutes,
        solve_within_working_hours=plan.solve_within_working_hours,
    )
    Promise.objects.bulk_create(
        Promise(
            playbook=playbook,
            key=p.key,
            title_en=p.en,
            title_zh=p.zh,
            department=p.department,
            channel=p.channel or "",
            interval=p.interval,
            unit=p.unit,
            grace_days=GRACE[p.unit],
            minutes=minutes_of(p),
            by_contact=p.by_contact,
            position=position,
        )
        for position, p in enumerate(plan.promises, start=1)
    )
    Benefit.objects.bulk_create(
        Benefit(
            playbook=playbook,
            title_en=en,
            title_zh=zh,
            kind=kind[0] if kind else Benefit.Kind.OTHER,
            position=position,
        )
        for position, (en, zh, *kind) in enumerate(plan.benefits, start=1)
    )
