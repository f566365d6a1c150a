"""Which columns a tier sheet has, in which order."""

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
from tiering.sheets.lines import Lines
from tiering.sheets.row_keys import RowKey


def columns_of(lines: Lines, key: RowKey | None = None) -> list[Column]:
    """The tier sheet under the schemes in force; with `key`, each row knows its customer when it comes back."""
    values = [column_of(indicator) for indicator in lines.indicators]
    return [
        *(
            Code(),
            Name(),
            TierColumn(lines.tiers, lines.called),
            *values,
            Total(),
            Coverage(),
            Reason(),
            Notes(),
            Updated(),
        ),
        *(Low(), High(), PossibleTiers(), ComputedTier(lines.tiers, lines.called)),
        *([key] if key else []),
    ]
