"""The summary of a tier sheet: customers and annual amount of each tier, and their shares."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from customers.models import Tier
from tiering.sheets.customer_columns import FILLS, PLAIN
from tiering.sheets.lines import Line
from toolbox.sheetfiles.texts import sheet_title
from toolbox.sheets.writing import number_cell, text_cell

if TYPE_CHECKING:
    from openpyxl import Workbook


class Summary:
    """Of the rows that were written: it agrees with them whatever happens meanwhile."""

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self.tiers = tiers
        self.counts: defaultdict[int | None, int] = defaultdict(int)
        self.amounts: defaultdict[int | None, int] = defaultdict(int)
        self._others: dict[int, Tier] = {}

    def add(self, line: Line) -> None:
        standing = line.customer.standing
        self.counts[standing.tier_id] += 1
        self.amounts[standing.tier_id] += standing.annual_amount or 0
        if standing.tier:
            self._others[standing.tier.pk] = standing.tier

    def rows(self) -> list[tuple[Tier | None, int, int]]:
        """Tier, customers, fen: the tiers in force, then others that customers still have, then none."""
        known = {tier.pk for tier in self.tiers}
        others = [tier for pk, tier in self._others.items() if pk not in known]
        found: list[Tier | None] = [*self.tiers, *others]
        if None in self.counts:
            found.append(None)
        return [(tier, self.counts[pk], self.amounts[pk]) for tier in found for pk in [pk_of(tier)]]

    def write(self, book: "Workbook") -> None:
        sheet: Any = book.create_sheet(sheet_title(_("Summary")))
        for letter, width in zip("ABCDE", (24, 14, 18, 22, 18), strict=True):
            sheet.column_dimensions[letter].width = width
        symbol = settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY]
        amount = _("%(column)s (%(unit)s)") % {"column": _("Annual amount"), "unit": symbol}
        heads = [
            _("Customer tier"),
            _("Customers"),
            _("Share of the customers"),
            amount,
            _("Share of the amount"),
        ]
        sheet.freeze_panes = "A2"
        sheet.append([text_cell(sheet, head, is_bold=True) for head in heads])
        rows = self.rows()
        count, fen = sum(row[1] for row in rows), sum(row[2] for row in rows)
        for tier, own, own_fen in rows:
            name = tier.label if tier else _("Not yet graded")
            fill = FILLS.get(tier.colour, PLAIN) if tier else ""
            self._append(sheet, name, (own, count), (own_fen, fen), fill=fill)
        self._append(sheet, _("All"), (count, count), (fen, fen), is_bold=True)

    def _append(
        self, sheet: Any, name: str, counts: tuple[int, int], fen: tuple[int, int], **look: Any
    ) -> None:
        values: list[tuple[Any, str]] = [
            (counts[0], "#,##0"),
            (share(*counts), "0.0%"),
            (Decimal(fen[0]).scaleb(-2), "#,##0.00"),
            (share(*fen), "0.0%"),
        ]
        is_bold = look.get("is_bold", False)
        numbers = [number_cell(sheet, value, as_shown, is_bold=is_bold) for value, as_shown in values]
        sheet.append([text_cell(sheet, name, **look), *numbers])


def pk_of(tier: Tier | None) -> int | None:
    return tier.pk if tier else None


def share(part: int, whole: int) -> Decimal | None:
    """Nothing where there is nothing to share."""
    return Decimal(part) / Decimal(whole) if whole else None
