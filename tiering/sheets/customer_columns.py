"""The columns that say who the customer is and where it stands."""

from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override

from customers.models import Tier
from tiering import reasons
from tiering.sheets.columns import Column, Computed, text_in
from tiering.sheets.lines import Line
from toolbox.sheets.cells import Value
from toolbox.sheets.writing import Kind

LONGEST_NOTES: Final = 10_000
FILLS: Final = {"yellow": "FFE8A3", "blue": "D6E6FB", "green": "D5F0DD", "secondary": "E6E9EE"}
PLAIN: Final = "E9ECF0"
"""The colours of the tiers as pages show them."""


class Code(Column):
    key = "code"
    name = gettext_lazy("Customer code")
    also = (
        "客户编号", "客户编码", "客户代码", "编号", "编码", "code", "customer code", "customer no", "customer number",
        "customer id",
    )  # fmt: skip
    width = 14

    def value(self, line: Line) -> str:
        return line.customer.code


class Name(Column):
    key = "name"
    name = gettext_lazy("Customer name")
    also = (
        "客户名称",
        "名称",
        "公司名称",
        "企业名称",
        "客户",
        "name",
        "customer name",
        "customer",
        "company",
    )
    width = 36

    def value(self, line: Line) -> str:
        return line.customer.name


class TierColumn(Column):
    key = "tier"
    name = gettext_lazy("Customer tier")
    also = (
        "客户等级",
        "等级",
        "客户级别",
        "级别",
        "客户分级",
        "tier",
        "customer tier",
        "customer level",
        "level",
        "grade",
    )
    width = 12

    def __init__(self, tiers: Sequence[Tier], called: Mapping[int, AbstractSet[str]]) -> None:
        self.tiers, self.called = tiers, called
        self.by_tier = {tier.pk: tier.label for tier in tiers}

    def choices(self) -> Sequence[str]:
        return list(dict.fromkeys(self.by_tier.values()))

    def colours(self) -> Mapping[str, str]:
        return {tier.label: FILLS.get(tier.colour, PLAIN) for tier in self.tiers}

    def value(self, line: Line) -> str | None:
        return label_of(line.customer.standing.tier, self.by_tier)


class ComputedTier(Column):
    """What the numbers alone would give: another one than the tier where that is set by hand or held back."""

    key = "computed_tier"
    name = gettext_lazy("Computed tier")
    also = ("计算等级", "computed tier")
    width = 12

    def __init__(self, tiers: Sequence[Tier], called: Mapping[int, AbstractSet[str]]) -> None:
        self.by_tier, self.called = {tier.pk: tier.label for tier in tiers}, called

    def value(self, line: Line) -> str | None:
        return label_of(line.customer.standing.computed_tier, self.by_tier)

    def says_otherwise(self, line: Line, cell: Value) -> bool:
        text, present = text_in(cell), line.customer.standing.computed_tier
        if not text:
            return False
        called = self.called.get(present.pk, set()) if present else set()
        return not (present and (names_it(present, text) or text.casefold() in called))


def label_of(tier: Tier | None, labels: Mapping[int, str]) -> str | None:
    """With what its scale is called, where another scheme's tier has the same name."""
    return labels.get(tier.pk, tier.name) if tier else None


def names_it(tier: Tier, text: str) -> bool:
    zh = tier.name_zh.casefold()
    return text.casefold() in {tier.name_en.casefold(), zh, f"{zh}客户", tier.key}  # 核心, 核心客户


class Total(Computed):
    key = "total"
    name = gettext_lazy("Total score")
    also = ("总分", "总得分", "综合得分", "得分", "total", "total score", "score")
    width = 10
    kind: Kind = "score"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.total


class Coverage(Computed):
    key = "coverage"
    name = gettext_lazy("Coverage")
    also = ("覆盖率", "数据覆盖率", "coverage")
    width = 10
    kind: Kind = "percent"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.coverage


class Low(Computed):
    key = "low"
    name = gettext_lazy("Lowest possible score")
    also = ("最低可能得分", "lowest possible score")
    width = 12
    kind: Kind = "score"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.low


class High(Computed):
    key = "high"
    name = gettext_lazy("Highest possible score")
    also = ("最高可能得分", "highest possible score")
    width = 12
    kind: Kind = "score"

    def value(self, line: Line) -> int | None:
        return line.customer.standing.high


class ComputedText(Column):
    """A text that follows from facts, in the language of whoever exported it."""

    def says_otherwise(self, line: Line, cell: Value) -> bool:
        text = text_in(cell)
        return bool(text) and text not in set(self._in_every_language(line))

    def _in_every_language(self, line: Line) -> Iterator[str]:
        for language, _name in settings.LANGUAGES:
            with override(language):
                yield text_in(self.value(line))


class PossibleTiers(ComputedText):
    key = "possible_tiers"
    name = gettext_lazy("Possible tiers")
    also = ("可能的等级", "可能等级", "possible tiers")
    width = 20

    def value(self, line: Line) -> str | None:
        return _(", ").join(tier.name for tier in line.possible) or None


class Reason(ComputedText):
    key = "reason"
    name = gettext_lazy("Reason for the last tier change")
    also = ("等级变动原因", "变动原因", "最近一次等级变动原因", "reason", "reason for the last tier change")
    width = 60

    def value(self, line: Line) -> str | None:
        if line.change is None:
            return None
        return " ".join(text for text in (reasons.why(line.change), line.change.words) if text)


class Notes(Column):
    key = "notes"
    name = gettext_lazy("Customer notes")
    also = ("客户备注", "备注", "notes", "note", "customer notes", "remarks")
    width = 40

    def value(self, line: Line) -> str | None:
        return line.customer.notes or None


class Updated(Column):
    """When the customer was last edited here. What stands in it when the sheet comes back does not matter."""

    key = "updated"
    name = gettext_lazy("Updated on")
    also = ("更新日期", "更新时间", "updated", "updated on", "last updated")
    width = 12
    kind: Kind = "date"

    def value(self, line: Line) -> Any:
        return timezone.localtime(line.customer.updated_at).date()
