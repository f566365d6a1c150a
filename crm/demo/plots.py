"""How it goes with a customer: a course of its strength over the two years, in points of the scheme (0–100)."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from crm.demo.timeline import MONTHS

Known = Literal["all", "payments", "orders"]
RATED: Final = ("service_response", "expansion_plan", "referral_ability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """`begins` and `stops` are months of the book; before 0 is before the system was introduced."""

    course: str
    before: float
    after: float
    turn: int = 0
    """The month in which it begins to change."""
    until: int = MONTHS - 2
    begins: int = -1
    stops: int = 99
    pays: tuple[float, float] = (0.0, 0.0)
    """How much better or worse it pays than it is strong, before and after the turn."""
    lapses: bool = False
    """The framework contract was not renewed after the turn."""
    known: Known = "all"
    """What is on file: all, no more than orders and payments, or orders alone."""
    buys: tuple[int, ...] = ()
    """Yuan in each of the last closed months, instead of what its strength would bring."""
    is_keen: bool = False
    name: str = ""
    trade: int = -1
    city: str = ""
    note: str = ""

    def strength(self, month: int) -> float:
        if month <= self.turn:
            return self.before
        share = min((month - self.turn) / max(self.until - self.turn, 1), 1.0)
        return self.before + (self.after - self.before) * share

    def payment_bonus(self, month: int) -> float:
        return self.pays[0] if month < self.turn else self.pays[1]

    @property
    def is_prospect(self) -> bool:
        return self.begins > MONTHS + 3


NEVER: Final = 99
STORIES: Final = (
    Plot(
        course="late payments", name="苏州翀澍液压有限公司", trade=4, city="3205", before=61, after=51, turn=13,
        until=16, pays=(28, -75), note="集团资金紧张，去年底起连续逾期付款，等级由重要降为常规。",
    ),
    Plot(
        course="growth", name="深圳璟砺储能科技有限公司", trade=2, city="4403", before=64, after=98, turn=9,
        until=16, pays=(18, 12), note="储能业务扩产，采购额一年翻番，升级为核心客户。",
    ),
    Plot(
        course="nurture", name="东莞珩骁电子商务有限公司", trade=14, city="4419", before=10, after=10,
        buys=(6_000, 11_000, 19_000), is_keen=True, note="连续三个月增长，多次询问新品，值得一对一培育。",
    ),
    Plot(
        course="set by hand", name="天津霁翊机器人有限公司", trade=3, city="1201", before=71, after=72,
        note="联合研发伙伴，经总监批准按核心客户维护。",
    ),
    Plot(
        course="archived", name="佛山昶铎家具有限公司", trade=12, city="4406", before=41, after=30, turn=6, stops=17,
        note="已被同行收购，业务并入收购方，档案归档。",
    ),
    Plot(
        course="lost", name="宁波翎钧金属制品有限公司", trade=6, city="3302", before=52, after=18, turn=8, stops=14,
        pays=(0, -30), lapses=True, note="竞争对手低价切入，去年起停止下单，已流失。",
    ),
    Plot(
        course="dormant", name="郑州岫屹饮品有限公司", trade=9, city="4101", before=50, after=46, stops=9,
        known="payments", note="一年多未下单，近期信息不足，等级暂时保留。",
    ),
    Plot(
        course="new", name="杭州旻煦医疗器械有限公司", trade=3, city="3301", before=60, after=84, turn=16,
        begins=14, pays=(20, 10), note="展会结识的新客户，首年增长很快。",
    ),
    Plot(
        course="steady", name="青岛熠堃乳业股份有限公司", trade=8, city="3702", before=91, after=91, begins=-130,
        pays=(10, 10), note="合作十余年，中秋与春节前集中备货礼盒。",
    ),
    Plot(
        course="contract lapsed", name="重庆垚峻汽车零部件股份有限公司", trade=0, city="5001", before=92, after=70,
        turn=12, until=17, lapses=True, pays=(8, -14), note="年度框架到期未续签，改为逐单采购，等级由核心降为重要。",
    ),
)  # fmt: skip
"""Ten customers whose stories are told by name."""


def of(
    course: str, count: int, before: tuple[float, float], change: tuple[float, float] = (0, 0), **more: object
) -> "Group":
    return Group(count, before, change, Plot(course=course, before=0, after=0, **more))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Group:
    """So many customers that begin within a range, change by a range and are alike otherwise."""

    count: int
    before: tuple[float, float]
    change: tuple[float, float]
    pattern: Plot

    def member(self, where: float, chance: float) -> Plot:
        """`where` and `chance` are between 0 and 1: the place in the range, and how far it changes."""
        before = self.before[0] + (self.before[1] - self.before[0]) * where
        change = self.change[0] + (self.change[1] - self.change[0]) * chance
        return replace(self.pattern, before=before, after=max(min(before + change, 98), 4))


GROUPS: Final = (
    of("steady", 15, (83, 97), (-1, 2), begins=-90),
    of("steady", 58, (59, 71), (-2, 2)),
    of("steady", 104, (34, 51), (-3, 3)),
    of("steady", 100, (3, 24), (-3, 3)),
    of("growth", 5, (64, 71), (16, 22), turn=6),
    of("growth", 18, (42, 52), (15, 22), turn=7, is_keen=True),
    of("growth", 28, (18, 29), (14, 22), turn=6),
    of("decline", 5, (81, 86), (-24, -18), turn=7),
    of("decline", 14, (58, 66), (-26, -18), turn=7),
    of("decline", 28, (36, 45), (-28, -18), turn=6),
    of("late payments", 12, (57, 64), (-8, -3), turn=12, pays=(10, -70)),
    of("nurture", 9, (4, 15), (0, 0), buys=(5_000, 9_000, 16_000), is_keen=True),
    of("dormant", 18, (28, 50), (-6, 0), stops=14),
    of("dormant", 7, (30, 52), (-6, 0), stops=9, known="payments"),
    of("lost", 16, (26, 50), (-26, -18), turn=5, stops=12, lapses=True),
    of("new", 14, (26, 66), (4, 14), begins=15),
    of("new", 9, (20, 50), (0, 8), begins=21),
    of("new", 6, (14, 40), (0, 4), begins=22, known="orders"),
    of("little known", 8, (12, 34), (0, 0), known="orders"),
    of("prospect", 16, (10, 40), (0, 0), begins=NEVER, known="orders"),
)
