"""Values people bring: ratings 1 to 5, and figures typed or imported. The newest up to the day counts."""

from typing import Any

import numpy as np
from django.db import models
from django.db.models import Case, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from customers.models import Assessment, Figure
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Origin, Unit, column, measure, measures
from toolbox import bulk


def ratings(facts: Facts) -> dict[str, Ints]:
    rows = facts.of(Assessment).filter(rated_on__lte=facts.window.end)
    return newest(facts, rows, day="rated_on", value="rating", origin=Origin.RATED)


def figures(facts: Facts) -> dict[str, Ints]:
    rows = facts.of(Figure).filter(as_of__lte=facts.window.end)
    return newest(facts, rows, day="as_of", value="value", origin=Origin.GIVEN)


def newest(
    facts: Facts, rows: models.QuerySet[Any], *, day: str, value: str, origin: Origin
) -> dict[str, Ints]:
    """Two columns per indicator of that origin: "key" the value, "key?" 1 where there is one."""
    keys = [key for key, measure in measures().items() if measure.origin is origin]
    latest = Window(RowNumber(), partition_by=["customer_id", "indicator"], order_by=[f"-{day}", "-pk"])
    which = Case(*(When(indicator=key, then=n) for n, key in enumerate(keys)), default=-1)
    found = bulk.read(
        rows.filter(indicator__in=keys)
        .order_by()
        .annotate(place=latest, which=which)
        .filter(place=1)
        .values_list("which", "customer_id", value)
    )
    columns: dict[str, Ints] = {}
    for n, key in enumerate(keys):
        own = found[found[:, 0] == n][:, 1:]
        there = np.column_stack((own, np.ones(len(own), np.int64)))
        columns |= facts.aligned((key, f"{key}?"), there)
    return columns


def taken(table: dict[str, Ints], key: str, size: int) -> Column:
    return column(table[key], table[f"{key}?"] > 0) if key in table else Column.unknown(size)


class Rated(Measure):
    unit = Unit.RATING
    origin = Origin.RATED

    def read(self, facts: Facts) -> Column:
        return taken(facts.table(ratings), self.key, facts.size)


class Given(Measure):
    unit = Unit.INDEX
    origin = Origin.GIVEN

    def read(self, facts: Facts) -> Column:
        return taken(facts.table(figures), self.key, facts.size)


@measure
class ServiceResponse(Rated):
    key = "service_response"
    name = _("Service-response requirement")


@measure
class IndustryOutlook(Given):
    key = "industry_outlook"
    name = _("Industry outlook")


@measure
class ExpansionPlan(Rated):
    key = "expansion_plan"
    name = _("Expansion plan")


@measure
class ReferralAbility(Rated):
    key = "referral_ability"
    name = _("Referral ability")
