"""What tiering says of customers in the lists of others: for all of a page at once."""

from collections.abc import Iterable, Mapping, Sequence

from customers.columns import Why
from customers.models import Customer, Tier
from tiering import reasons, scoring
from tiering.measures import spans
from tiering.models import Floor, Grading, SchemeVersion, TierChange

IN_A_LIST = 3
"""Parts of a reason."""


def possible_tiers(customers: Sequence[Customer]) -> Mapping[int, list[Tier]]:
    """By what is unknown, the best first; in three queries at most, one more where rules decide."""
    pks = [customer.standing.grading_id for customer in customers if customer.standing.grading_id]
    version_of = dict(Grading.objects.filter(pk__in=pks).values_list("pk", "run__version"))
    versions = SchemeVersion.objects.in_bulk(set(version_of.values()))
    rows = Floor.objects.filter(version__in=versions).select_related("tier")
    tiers = {(floor.version_id, floor.tier.key): floor.tier for floor in rows}
    values = values_where_rules_decide(pks, versions.values())
    found, within = {}, spans()
    for customer in customers:
        standing = customer.standing
        version = versions.get(version_of.get(standing.grading_id or 0, 0))
        if version and standing.low is not None and standing.high is not None:
            own = values.get(standing.grading_id or 0)
            keys = scoring.possible_tiers(
                version.kept_rules(), standing.low, standing.high, own, spans=within
            )
            found[customer.pk] = [tiers[version.pk, key] for key in keys]
    return found


def values_where_rules_decide(
    gradings: Sequence[int], versions: Iterable[SchemeVersion]
) -> Mapping[int, list[int | None]]:
    """Raw values by grading: there the totals say nothing of the tier."""
    by_rules = [version.pk for version in versions if version.is_by_rules]
    if not by_rules:
        return {}
    return dict(
        Grading.objects.filter(pk__in=gradings, run__version__in=by_rules).values_list("pk", "values")
    )


def why(customers: Sequence[Customer]) -> Mapping[int, Why]:
    """The last change of each customer's tier in a sentence, in one query."""
    changes = TierChange.objects.last_of(customers).with_reasons()
    return {change.customer_id: Why(reasons.why(change, most=IN_A_LIST), change.pk) for change in changes}
