"""What tiering says of customers in the lists of others: for all of a page at once."""

from collections.abc import Mapping, Sequence

from customers.columns import Why
from customers.models import Customer, Tier
from tiering import reasons, scoring
from tiering.models import Floor, Grading, SchemeVersion, TierChange

IN_A_LIST = 3
"""Parts of a reason."""


def possible_tiers(customers: Sequence[Customer]) -> Mapping[int, list[Tier]]:
    """By what is unknown, the best first; in three queries at most."""
    pks = [customer.standing.grading_id for customer in customers if customer.standing.grading_id]
    version_of = dict(Grading.objects.filter(pk__in=pks).values_list("pk", "run__version"))
    versions = SchemeVersion.objects.in_bulk(set(version_of.values()))
    rows = Floor.objects.filter(version__in=versions).select_related("tier")
    tiers = {(floor.version_id, floor.tier.key): floor.tier for floor in rows}
    found = {}
    for customer in customers:
        standing = customer.standing
        version = versions.get(version_of.get(standing.grading_id or 0, 0))
        if version and standing.low is not None and standing.high is not None:
            keys = scoring.possible_tiers(version.kept_rules(), standing.low, standing.high)
            found[customer.pk] = [tiers[version.pk, key] for key in keys]
    return found


def why(customers: Sequence[Customer]) -> Mapping[int, Why]:
    """The last change of each customer's tier in a sentence, in one query."""
    changes = TierChange.objects.last_of(customers).select_related("cause")
    return {change.customer_id: Why(reasons.why(change, most=IN_A_LIST), change.pk) for change in changes}
