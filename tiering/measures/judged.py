"""Values people bring: ratings 1 to 5, and figures typed or imported. The newest up to the day counts."""

from typing import Any

import numpy as np
from django.db import models
from django.db.models import Case, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from customers.models import Assessment, Figure
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Origin, Question, Unit, column, measure, measures
from tiering.models import Category

SURVEYS = "survey_satisfaction"


def ratings(ask: Question) -> models.QuerySet[Any]:
    rows = ask.of(Assessment).filter(rated_on__lte=ask.end)
    return newest(rows, day="rated_on", value="rating", origin=Origin.RATED)


def figures(ask: Question) -> models.QuerySet[Any]:
    rows = ask.of(Figure).filter(as_of__lte=ask.end)
    return newest(rows, day="as_of", value="value", origin=Origin.GIVEN)


def newest(rows: models.QuerySet[Any], *, day: str, value: str, origin: Origin) -> models.QuerySet[Any]:
    """Rows of (number of the measure, customer, value)."""
    asked = of_origin(origin)
    latest = Window(RowNumber(), partition_by=["customer_id", "indicator"], order_by=[f"-{day}", "-pk"])
    which = Case(*(When(indicator=each.key, then=each.number) for each in asked), default=-1)
    rows = (
        rows.filter(indicator__in=[each.key for each in asked])
        .annotate(place=latest, which=which)
        .filter(place=1)
    )
    return rows.values_list("which", "customer_id", value)


def of_origin(origin: Origin) -> list[Measure]:
    return [measure for measure in measures().values() if measure.origin is origin]


def taken(measure: Measure, facts: Facts, rows: Ints) -> Column:
    """What those rows say of one indicator."""
    own = rows[rows[:, 0] == measure.number][:, 1:]
    there = np.column_stack((own, np.ones(len(own), np.int64)))
    found = facts.aligned(("value", "there"), there)
    return column(found["value"], found["there"] > 0)


class Rated(Measure):
    unit = Unit.RATING
    lowest, highest = 1, 5
    origin = Origin.RATED
    category = Category.RATING

    def read(self, facts: Facts) -> Column:
        return taken(self, facts, facts.rows(ratings))


class Given(Measure):
    unit = Unit.INDEX
    lowest, highest = 0, 100
    origin = Origin.GIVEN
    category = Category.RATING

    def read(self, facts: Facts) -> Column:
        return taken(self, facts, facts.rows(figures))


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


def surveyed(ask: Question) -> models.QuerySet[Any]:
    """What customers said themselves in the window: the newest average of their answers, from 0 to 100."""
    rows = ask.of(Figure).filter(indicator=SURVEYS, as_of__gte=ask.start, as_of__lte=ask.end)
    latest = Window(RowNumber(), partition_by=["customer_id"], order_by=["-as_of", "-pk"])
    known = Value(1, output_field=models.BigIntegerField())
    newest_ones: models.QuerySet[Any] = rows.annotate(place=latest, there=known).filter(place=1)
    return newest_ones.values_list("customer_id", "value", "there")


@measure
class Satisfaction(Rated):
    """What the customer said in surveys of the window goes before what somebody thinks they would say."""

    key = "satisfaction"
    name = _("Customer satisfaction")

    def read(self, facts: Facts) -> Column:
        rated = super().read(facts)
        said = facts.table(surveyed)
        has_said = said["there"] > 0
        stars = 1 + (2 * said["value"] + 25) // 50  # halves up
        return column(np.where(has_said, stars, rated.values), rated.known | has_said)


@measure
class NewProducts(Rated):
    key = "new_products"
    name = _("Takes up new products")


@measure
class SurveySatisfaction(Given):
    """Written by the surveys of `maintenance`; exact, where `Satisfaction` goes by whole stars."""

    key = SURVEYS
    name = _("Satisfaction in surveys")
