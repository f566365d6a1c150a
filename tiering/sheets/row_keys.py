"""What a tier sheet says of a customer, as the key of its row keeps it until the sheet comes back."""

from datetime import datetime
from typing import Any, Final

from accounts.models import User
from tiering.sheets.columns import Column
from tiering.sheets.lines import Line, Lines
from toolbox.sheets import keys

KIND: Final = "tiers"
PREFIX: Final = "indicator."


class RowKey(Column):
    """The hidden column."""

    key = "key"
    name = keys.HEADER  # type: ignore[assignment]
    width = 12
    is_hidden = True

    def __init__(self, lines: Lines, *, by: User, at: datetime) -> None:
        self.lines, self.by, self.at = lines, by, at

    def value(self, line: Line) -> str:
        return keys.seal(KIND, line.customer.pk, said(line, self.lines), by=self.by.pk, at=self.at)


def said(line: Line, lines: Lines) -> dict[str, Any]:
    """Who the customer is, and what the cells say that a sheet may change."""
    customer = line.customer
    return {
        "customer": customer.code,
        "customer_name": customer.name,
        "@customer": customer.pk,
        "@grading": customer.standing.grading_id,
        "tier": customer.standing.tier_id,
        "notes": customer.notes or None,
        **{f"{PREFIX}{key}": line.values.get(key) for key in lines.judged},
    }
