"""What a row of the sheet shows of a customer, read for many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import override

from customers import scales
from customers.models import Assessment, Customer, Figure, Tier
from tiering import assigning
from tiering.beside import possible_tiers
from tiering.measures import Origin, fresh, measures
from tiering.models import Grading, Indicator, Scheme, SchemeVersion, TierChange

BATCH = 500


@dataclass(frozen=True)
class Line:
    """`values` are raw, by indicator: computed ones of the last grading, ratings and figures as they stand now."""

    customer: Customer
    values: Mapping[str, int | None]
    change: TierChange | None
    """The last change of the tier."""
    possible: Sequence[Tier] = ()
    """What the unknown could make of the tier, the best first."""
    tiers: Sequence[Tier] = ()
    """Those of its scheme, the best first."""


def origin_of(indicator: Indicator) -> Origin:
    known = measures().get(indicator.key)
    return known.origin if known else Origin.COMPUTED


class Lines:
    """Reads lines under the schemes in force. A batch costs the same few queries, however many are in it.

    `indicators` and `tiers` are those of the default scheme, and then what the others have besides.
    """

    def __init__(self, *, today: date) -> None:
        self.today = today
        fresh()
        schemes = list(Scheme.objects.grading())
        versions = SchemeVersion.objects.whole().filter(
            scheme__in=schemes, state=SchemeVersion.State.PUBLISHED
        )
        in_order = sorted(versions, key=lambda version: schemes.index(version.scheme))
        self._keys = {version.pk: [i.key for i in version.indicators()] for version in in_order}
        self.indicators = first_by_key(i for version in in_order for i in version.indicators())
        self.tiers = list(dict.fromkeys(floor.tier for version in in_order for floor in version.floors.all()))
        self.versions = in_order
        scales.tell_apart(self.tiers)
        self.called = {tier.pk: {tier.label.casefold()} for tier in self.tiers}
        """What each tier may be called in a sheet that comes back, in every language, where others have its name."""
        for language, _name in settings.LANGUAGES:
            with override(language):
                scales.tell_apart(self.tiers)
                for tier in self.tiers:
                    self.called[tier.pk].add(tier.label.casefold())
        scales.tell_apart(self.tiers)
        self._assignments = assigning.in_order() if len(schemes) > 1 else []
        self._default = schemes[0].pk
        self._tiers_of = {v.scheme_id: [floor.tier for floor in v.floors.all()] for v in in_order}
        self._rated = self._of(Origin.RATED)
        self._given = self._of(Origin.GIVEN)

    @property
    def judged(self) -> list[str]:
        """Indicators that people rate or give: what a sheet may change."""
        return [*self._rated, *self._given]

    def of(self, customers: Sequence[Customer]) -> list[Line]:
        graded, rated, given = (
            self._graded(customers),
            self._newest_ratings(customers),
            self._newest_figures(customers),
        )
        changes = self._changes(customers)
        possible = possible_tiers(customers)
        tiers = self.tiers_of([customer.pk for customer in customers])
        unjudged: dict[str, int | None] = dict.fromkeys([*self._rated, *self._given])
        return [
            Line(
                customer,
                {
                    **graded.get(customer.standing.grading_id or 0, {}),
                    **unjudged,
                    **rated.get(customer.pk, {}),
                    **given.get(customer.pk, {}),
                },
                changes.get(customer.pk),
                possible.get(customer.pk, ()),
                tiers[customer.pk],
            )
            for customer in customers
        ]

    def _of(self, origin: Origin) -> list[str]:
        return [indicator.key for indicator in self.indicators if origin_of(indicator) == origin]

    def tiers_of(self, pks: Sequence[int]) -> dict[int, list[Tier]]:
        """Those of the scheme that grades each of these customers, the best first."""
        if not self._assignments:
            return dict.fromkeys(pks, self.tiers)
        theirs = Customer.objects.filter(pk__in=pks)
        by = theirs.annotate(by=assigning.assigned(self._assignments)).values_list("pk", "by")
        return {pk: self._tiers_of[scheme or self._default] for pk, scheme in by}

    def _graded(self, customers: Sequence[Customer]) -> dict[int, dict[str, int | None]]:
        """Values by grading; one made by another version brings what both versions measure."""
        pks = [customer.standing.grading_id for customer in customers if customer.standing.grading_id]
        rows = Grading.objects.filter(pk__in=pks).values_list("pk", "run__version", "values")
        return {pk: dict(zip(self._keys_of(version), values, strict=True)) for pk, version, values in rows}

    def _keys_of(self, version: int) -> list[str]:
        if version not in self._keys:
            self._keys[version] = [i.key for i in SchemeVersion.objects.whole().get(pk=version).indicators()]
        return self._keys[version]

    def _newest_ratings(self, customers: Sequence[Customer]) -> dict[int, dict[str, int]]:
        rows = Assessment.objects.filter(
            customer__in=customers, indicator__in=self._rated, rated_on__lte=self.today
        )
        return newest(rows.order_by("rated_on", "pk").values_list("customer_id", "indicator", "rating"))

    def _newest_figures(self, customers: Sequence[Customer]) -> dict[int, dict[str, int]]:
        rows = Figure.objects.filter(customer__in=customers, indicator__in=self._given, as_of__lte=self.today)
        return newest(rows.order_by("as_of", "pk").values_list("customer_id", "indicator", "value"))

    def _changes(self, customers: Sequence[Customer]) -> dict[int, TierChange]:
        """With what `with_reasons` brings; runs and versions are few, and are read once for all of them."""
        changes = (
            TierChange.objects.last_of(customers).select_related("cause").prefetch_related("run__version")
        )
        return {change.customer_id: change for change in changes}


def first_by_key(indicators: Iterable[Indicator]) -> list[Indicator]:
    found: dict[str, Indicator] = {}
    for indicator in indicators:
        found.setdefault(indicator.key, indicator)
    return list(found.values())


def newest(rows: Any) -> dict[int, dict[str, int]]:
    """Rows of (customer id, indicator, value) come oldest first."""
    found: dict[int, dict[str, int]] = {}
    for pk, indicator, value in rows:
        found.setdefault(pk, {})[indicator] = value
    return found
