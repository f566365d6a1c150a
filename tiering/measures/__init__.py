"""Where raw values come from: one class per indicator, in the module of its facts.

To add one, see the recipe in CONTRIBUTING.md.
"""

from tiering.measures.base import YEAR, Facts, Measure, Origin, Source, Unit, Window, fresh, measures, spans
from tiering.measures.contracts import RenewalRate
from tiering.measures.judged import Given, Rated
from tiering.measures.orders import (
    AnnualAmount,
    CustomisedShare,
    DaysSinceLastOrder,
    FixedCategories,
    OrderFrequency,
    OrderTrend,
    PurchasesAMonth,
    SingleOrderAmount,
)
from tiering.measures.payments import DaysToPay, PaymentTimeliness
from tiering.measures.profile import YearsOfCooperation
from tiering.measures.requests import TechnicalSupportNeed

__all__ = [
    "YEAR",
    "AnnualAmount",
    "CustomisedShare",
    "DaysSinceLastOrder",
    "DaysToPay",
    "Facts",
    "FixedCategories",
    "Given",
    "Measure",
    "OrderFrequency",
    "OrderTrend",
    "Origin",
    "PaymentTimeliness",
    "PurchasesAMonth",
    "Rated",
    "RenewalRate",
    "SingleOrderAmount",
    "Source",
    "TechnicalSupportNeed",
    "Unit",
    "Window",
    "YearsOfCooperation",
    "fresh",
    "measures",
    "spans",
]
