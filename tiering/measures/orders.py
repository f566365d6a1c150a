"""What orders tell. A return with a negative amount lowers the amount and is not an order."""

from datetime import date
from typing import Any

import numpy as np
from django.db import models
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.models import Order
from tiering.book import Column, Ints
from tiering.measures.base import (
    POINT,
    WHOLE,
    Facts,
    Measure,
    Question,
    Unit,
    Window,
    column,
    measure,
    ratio,
    total,
)
from tiering.models import Category
from tiering.path import Lever
from tiering.scoring import VALUE_LIMIT
from toolbox.days import DayNumber

TEN_THOUSAND = 10_000
THOUSAND = 1_000 * 100
"""Of money, in fen."""


def orders(ask: Question) -> models.QuerySet[Any]:
    """`first` and `last` are the day numbers of orders, 0 where there is none."""
    inside = Q(ordered_on__gte=ask.start)
    bought = inside & Q(amount__gt=0)
    last_quarter, quarter_before = ask.last_months(3), ask.last_months(6)
    return ask.by_customer(
        ask.of(Order).filter(ordered_on__lte=ask.end),
        net=total("amount", inside),
        bought=total("amount", bought),
        count=Count("pk", filter=bought),
        judged=total("amount", bought & Q(customised_share__isnull=False)),
        # Amount x share of the largest orders is beyond 64 bits: in ten-thousands and the rest it is not.
        customised=total(F("amount") / TEN_THOUSAND * F("customised_share"), bought),
        customised_rest=total(F("amount") % TEN_THOUSAND * F("customised_share"), bought),
        this_quarter=total("amount", Q(ordered_on__gte=last_quarter)),
        quarter_before=total("amount", Q(ordered_on__gte=quarter_before, ordered_on__lt=last_quarter)),
        ever=Count("pk"),
        first=Coalesce(DayNumber(Min("ordered_on", filter=Q(amount__gt=0))), 0),
        last=Coalesce(DayNumber(Max("ordered_on", filter=Q(amount__gt=0))), 0),
    )


def days_until(end: date, days: Ints) -> Ints:
    return end.toordinal() - days


@measure
class AnnualAmount(Measure):
    """Net amount ordered in the window. Nothing ordered is 0 for whoever ever ordered, else unknown."""

    key = "annual_amount"
    name = _("Annual cooperation amount")
    unit = Unit.FEN
    category = Category.BUSINESS
    fact = "order"
    counts_up = True
    lever = Lever(step=THOUSAND, effort=1)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        return column(table["net"], table["ever"] > 0)


@measure
class SingleOrderAmount(Measure):
    """Average amount of an order in the window, to the nearest fen."""

    key = "single_order_amount"
    name = _("Single-order amount")
    unit = Unit.FEN
    category = Category.BUSINESS
    fact = "order"
    lever = Lever(step=THOUSAND, effort=6)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        return ratio(table["bought"], table["count"], scale=1)


@measure
class OrderFrequency(Measure):
    """Orders in the window."""

    key = "order_frequency"
    name = _("Order frequency")
    unit = Unit.TIMES
    category = Category.BUSINESS
    fact = "order"
    counts_up = True
    lever = Lever(step=1, effort=10)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        return column(table["count"], table["ever"] > 0)


@measure
class PurchasesAMonth(Measure):
    """Orders in the window by its months, in hundredths and cut: 47 in 12 months are 3.91 a month, and not 4.

    Of a customer younger than the window by the months that reach back to its first order, at least one: whoever has
    bought five times a month since spring buys five times a month. Months are those of the window, counted back from
    its last day.
    """

    key = "purchases_a_month"
    name = _("Purchases a month")
    unit = Unit.PER_MONTH
    category = Category.BUSINESS
    fact = "order"
    lever = Lever(step=5, effort=6)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        months = months_back_to(table["first"], facts.window)
        return column(POINT * table["count"] // months, table["ever"] > 0)


def months_back_to(days: Ints, window: Window) -> Ints:
    """How many of the window's months it takes to reach back to a day, or all of them."""
    starts = [window.last(1)]
    while starts[-1] > window.start:
        starts.append(window.last(len(starts) + 1))
    rising = np.array([day.toordinal() for day in reversed(starts)], np.int64)
    passed = np.searchsorted(rising, days, side="right")
    return len(starts) - np.maximum(passed, 1) + 1


@measure
class CustomisedShare(Measure):
    """Share of the amount in the window that was made to order, over orders where that is recorded."""

    key = "customised_share"
    name = _("Share of customised demand")
    unit = Unit.BASIS_POINTS
    category = Category.BUSINESS
    fact = "order"
    lever = Lever(step=POINT, effort=8, best=WHOLE)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        in_ten_thousands, rest = table["customised"], table["customised_rest"]
        if len(rest) and np.abs(in_ten_thousands).max() > VALUE_LIMIT:
            in_ten_thousands = in_ten_thousands.astype(object)  # Python's integers have no limit
        customised = in_ten_thousands * TEN_THOUSAND + rest
        return ratio(customised, table["judged"], scale=1)


@measure
class DaysSinceLastOrder(Measure):
    key = "days_since_last_order"
    name = _("Time since the last order")
    unit = Unit.DAYS
    is_lower_better = True
    category = Category.BUSINESS
    fact = "order"
    lever = Lever(step=1, effort=1, best=0, worst=None, is_lower_better=True)

    def read(self, facts: Facts) -> Column:
        last = facts.table(orders)["last"]
        return column(np.where(last > 0, days_until(facts.window.end, last), 0), last > 0)


@measure
class OrderTrend(Measure):
    """Amount of the last three months against the three before; unknown where nothing was bought before."""

    key = "order_trend"
    name = _("Trend of the last two quarters")
    unit = Unit.BASIS_POINTS
    category = Category.BUSINESS
    fact = "order"
    lever = Lever(step=POINT, effort=2)

    def read(self, facts: Facts) -> Column:
        table = facts.table(orders)
        return ratio(np.maximum(table["this_quarter"], 0), table["quarter_before"])


def categories(ask: Question) -> models.QuerySet[Any]:
    """Of every customer and category: amount and number of the orders in the window."""
    bought = ask.of(Order).filter(ordered_on__gte=ask.start, ordered_on__lte=ask.end, amount__gt=0)
    known = bought.exclude(category="").values("customer_id", "category")
    counted = known.annotate(bought=total("amount"), count=Count("pk"))
    rows: models.QuerySet[Any] = counted.values_list("customer_id", "bought", "count")
    return rows


@measure
class FixedCategories(Measure):
    """Share of the amount in the window that went to categories bought more than once, over orders whose category is
    recorded."""

    key = "fixed_categories"
    name = _("Share of fixed categories")
    unit = Unit.BASIS_POINTS
    category = Category.BUSINESS
    fact = "order"

    def read(self, facts: Facts) -> Column:
        rows = facts.rows(categories)
        again = rows[rows[:, 2] > 1] if len(rows) else rows
        return ratio(facts.summed(again), facts.summed(rows), scale=WHOLE)
