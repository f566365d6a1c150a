"""What the director said that serving costs and selling leaves, and what the benefits of the playbooks cost."""

from typing import Final

from customers.models import Tier
from maintenance.models import Benefit, Playbook, Rates, TierMargin

HOUR: Final = 160_00
MARGIN: Final = 2_400
MARGINS: Final = {"core": 2_150, "potential": 2_850}
"""Large customers buy cheaper; what the others leave is the book's."""
KINDS: Final = {
    Benefit.Kind.REBATE: {"cost_share": 100},
    Benefit.Kind.DISCOUNT: {"cost_share": 80},
    Benefit.Kind.TERMS: {"cost_share": 60},
    Benefit.Kind.PACKAGING: {"yearly_cost": 6_000_00},
    Benefit.Kind.DISPATCH: {"yearly_cost": 2_400_00},
}
"""The others nobody has priced yet."""


def say() -> None:
    Rates.objects.create(pk=1, hour_cost=HOUR, margin_share=MARGIN)
    for key, share in MARGINS.items():
        TierMargin.objects.create(tier=Tier.objects.get(scale="b2b", key=key), margin_share=share)
    own = Playbook.objects.filter(tier__scale="b2b")
    for kind, cost in KINDS.items():
        Benefit.objects.filter(kind=kind, playbook__in=own).update(**cost)
