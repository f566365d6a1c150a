"""Whom the rules find among a stretch of customers: one grouped query per rule and kind of fact."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, F, Max, Min, Q
from django.utils import timezone

from customers.models import Interaction, Order, ServiceRequest, Tier, Topic
from tiering.measures.base import total
from tiering.models import Candidate, NurtureRules
from tiering.nurture import rules
from toolbox.days import midnight

Rule = Candidate.Rule
Key = tuple[int, str]
"""A customer and a rule."""


@dataclass(frozen=True, slots=True)
class Found:
    evidence: dict[str, Any]
    since: date
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What every stretch of one search shares."""

    settings: NurtureRules
    today: date
    tiers: list[int]
    """Ids of those whose customers are worth nurturing."""

    @classmethod
    def as_of(cls, today: date) -> "Search":
        return cls(NurtureRules.in_force(), today, lower_tiers())

    def among(self, model: type[models.Model], first: int, last: int) -> models.QuerySet[Any]:
        """Facts of the active customers of those tiers whose id lies between the two."""
        return model._default_manager.filter(
            customer_id__gte=first,
            customer_id__lte=last,
            customer__archived_at=None,
            customer__standing__tier__in=self.tiers,
        ).order_by()

    def found(self, first: int, last: int) -> dict[Key, Found]:
        asked, days, bulk_days = self.settings.enquiries, self.settings.enquiry_days, self.settings.bulk_days
        return {
            **dict(self.growing(first, last)),
            **dict(self.asking(Rule.ENQUIRIES, Topic.NEW_PRODUCT, first, last, days=days, least=asked)),
            **dict(self.asking(Rule.BULK, Topic.BULK, first, last, days=bulk_days, least=1)),
        }

    def growing(self, first: int, last: int) -> Iterator[tuple[Key, Found]]:
        *months, end = rules.closed_months(self.today)
        inside = self.among(Order, first, last).filter(ordered_on__gte=months[0], ordered_on__lt=end)
        ends = [*months[1:], end]
        sums = {
            f"month_{n}": total("amount", Q(ordered_on__gte=start, ordered_on__lt=until))
            for n, (start, until) in enumerate(zip(months, ends, strict=True))
        }
        rows = inside.values("customer_id").annotate(**sums)
        rows = rows.filter(month_0__gt=0, month_1__gt=F("month_0"), month_2__gt=F("month_1"))
        for pk, *amounts in rows.values_list("customer_id", *sums):
            evidence = [[month.isoformat(), amount] for month, amount in zip(months, amounts, strict=True)]
            yield (pk, Rule.GROWTH), Found({"months": evidence}, months[0], midnight(end))

    def asking(
        self, rule: str, topic: str, first: int, last: int, *, days: int, least: int
    ) -> Iterator[tuple[Key, Found]]:
        start = rules.first_day(self.today, days)
        window = midnight(start), midnight(self.today + timedelta(days=1))
        said: defaultdict[int, list[tuple[int, datetime, datetime]]] = defaultdict(list)
        for model, day in ((Interaction, "at"), (ServiceRequest, "opened_at")):
            rows = self.among(model, first, last).filter(
                **{"topic": topic, f"{day}__gte": window[0], f"{day}__lt": window[1]}
            )
            grouped = rows.values("customer_id").annotate(n=Count("pk"), first=Min(day), last=Max(day))
            for pk, *found in grouped.values_list("customer_id", "n", "first", "last"):
                said[pk].append((found[0], found[1], found[2]))
        for pk, parts in said.items():
            if (count := sum(n for n, _first, _last in parts)) >= least:
                begun, newest = min(first for _n, first, _last in parts), max(last for *_n, last in parts)
                days_said = [timezone.localdate(begun).isoformat(), timezone.localdate(newest).isoformat()]
                evidence = {"count": count, "first": days_said[0], "last": days_said[1], "days": days}
                yield (pk, rule), Found(evidence, timezone.localdate(begun), newest)


def lower_tiers() -> list[int]:
    """Regular and potential; on any other scale its lower half."""
    scales: defaultdict[str, list[int]] = defaultdict(list)
    tiers = list(Tier.objects.values_list("pk", "scale", "rank"))
    for _pk, scale, rank in tiers:
        scales[scale].append(rank)
    return [pk for pk, scale, rank in tiers if rules.is_lower_half(rank, scales[scale])]


def keys_of(rows: Iterable[Candidate]) -> dict[Key, Candidate]:
    return {(row.customer_id, row.rule): row for row in rows}
