"""Values people bring: ratings 1 to 5, and figures typed or imported. The newest up to the day counts."""

from django.utils.translation import gettext_lazy as _

from customers.models import Assessment, Figure
from tiering.book import Column, Ints
from tiering.measures.base import Facts, Measure, Origin, Unit, column, measure


def ratings(facts: Facts) -> dict[str, Ints]:
    rows = facts.of(Assessment).filter(rated_on__lte=facts.window.end).order_by("rated_on", "pk")
    return newest(facts, list(rows.values_list("indicator", "customer_id", "rating")))


def figures(facts: Facts) -> dict[str, Ints]:
    rows = facts.of(Figure).filter(as_of__lte=facts.window.end).order_by("as_of", "pk")
    return newest(facts, list(rows.values_list("indicator", "customer_id", "value")))


def newest(facts: Facts, rows: list[tuple[str, int, int]]) -> dict[str, Ints]:
    """Two columns per indicator: "key" the value, "key?" 1 where there is one. Rows come oldest first."""
    columns: dict[str, Ints] = {}
    for key in {key for key, _pk, _value in rows}:
        own = facts.aligned(("value", "there"), ((pk, value, 1) for k, pk, value in rows if k == key))
        columns |= {key: own["value"], f"{key}?": own["there"]}
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
