"""The sheet on its way out: the customers of a list, in its order."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, ngettext

from accounts.exports.writing import Progress, counted
from accounts.models import User
from customers.models import Customer
from tiering.sheets import scoring_sheet
from tiering.sheets.columns import Column
from tiering.sheets.customer_columns import FILLS, PLAIN
from tiering.sheets.layout import columns_of
from tiering.sheets.lines import BATCH, Lines
from tiering.sheets.row_keys import RowKey
from tiering.sheets.summary import Summary
from toolbox import sheets

if TYPE_CHECKING:
    from openpyxl import Workbook

MOST_ROWS: Final = 100_000
"""More than these make a workbook that is no pleasure to work in."""
FIXED: Final = 2
"""Columns that stay in sight: code and name."""


class TooManyError(ValueError):
    """The list is longer than a sheet may be; the message is for people."""

    def __init__(self) -> None:
        told = _(
            "A tier sheet holds at most %(limit)s customers. Narrow the list with the filters, then export it in parts."
        )
        super().__init__(told % {"limit": number_format(MOST_ROWS, force_grouping=True)})


def export(
    customers: QuerySet[Customer],
    *,
    today: date,
    stream: IO[bytes],
    by: User | None = None,
    at: datetime | None = None,
    with_scoring: bool = False,
    progress: Progress = lambda _done: None,
) -> int:
    """Write the customers, which come ordered, and say how many they were. In the language active now."""
    pks = list(customers.values_list("pk", flat=True)[: MOST_ROWS + 1])
    if len(pks) > MOST_ROWS:
        raise TooManyError
    lines = Lines(today=today)
    columns = columns_of(lines, RowKey(lines, by=by, at=at) if by and at else None)
    written = [column.written() for column in columns]
    summary = Summary(lines.tiers)

    def more(book: "Workbook") -> None:
        summary.write(book)
        if with_scoring:
            scoring_sheet.write(book, pks, lines.versions)

    return sheets.write(
        _("Tier sheet"),
        written,
        counted(_rows(pks, columns, lines, summary), progress),
        stream=stream,
        above=above(lines, len(pks), today=today, by=by, at=at),
        fixed=FIXED,
        more=more,
    )


def above(
    lines: Lines, count: int, *, today: date, by: User | None, at: datetime | None
) -> list[list[sheets.Above | None]]:
    """Title, as of when, by whom and when it was written; the tiers with their colours."""
    said = [_("As of %(day)s") % {"day": date_format(today)}]
    if by and at:
        moment = date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")
        said.append(_("written by %(name)s on %(moment)s") % {"name": by.name, "moment": moment})
    said.append(ngettext("%(count)s customer", "%(count)s customers", count) % {"count": count})
    legend: list[sheets.Above | None] = [sheets.Above(_("Tiers"), is_bold=True)]
    legend += [sheets.Above(tier.label, fill=FILLS.get(tier.colour, PLAIN)) for tier in lines.tiers]
    return [
        [sheets.Above(_("Tier sheet"), size=16, is_bold=True)],
        [sheets.Above(" · ".join(said))],
        legend,
        [],
    ]


def _rows(
    pks: Sequence[int], columns: Sequence[Column], lines: Lines, summary: "Summary"
) -> Iterator[list[Any]]:
    for at in range(0, len(pks), BATCH):
        batch = pks[at : at + BATCH]
        rows = Customer.objects.filter(pk__in=batch, standing__isnull=False).select_related("standing")
        tiers = rows.prefetch_related("standing__tier", "standing__computed_tier")  # there are few of them
        found = {customer.pk: customer for customer in tiers}
        for line in lines.of([found[pk] for pk in batch if pk in found]):
            summary.add(line)
            yield [column.value(line) for column in columns]
