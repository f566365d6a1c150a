"""Which columns a tier sheet has, in which order."""

from tiering.models import SchemeVersion
from tiering.sheets.columns import Column
from tiering.sheets.customer_columns import (
    Code,
    ComputedTier,
    Coverage,
    High,
    Low,
    Name,
    Notes,
    PossibleTiers,
    Reason,
    TierColumn,
    Total,
    Updated,
)
from tiering.sheets.indicator_columns import column_of


def columns_of(version: SchemeVersion) -> list[Column]:
    """The tier sheet under a version of a scheme."""
    tiers = [floor.tier for floor in version.floors.all()]
    values = [column_of(indicator) for indicator in version.indicators()]
    return [
        *(Code(), Name(), TierColumn(tiers), *values, Total(), Coverage(), Reason(), Notes(), Updated()),
        *(Low(), High(), PossibleTiers(), ComputedTier()),
    ]
