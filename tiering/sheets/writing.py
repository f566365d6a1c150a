"""The sheet on its way out: the customers of a list, in its order."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO, Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers.models import Customer
from tiering.sheets.columns import Column
from tiering.sheets.layout import columns_of
from tiering.sheets.lines import BATCH, Lines
from toolbox import sheets

MOST_ROWS: Final = 10_000
"""More than these take longer to write than anybody waits for a page."""


class TooManyError(ValueError):
    """The list is longer than a sheet may be."""


def export(customers: QuerySet[Customer], *, today: date, stream: IO[bytes]) -> int:
    """Write the customers, which come ordered, and say how many they were. In the language active now."""
    pks = list(customers.values_list("pk", flat=True)[: MOST_ROWS + 1])
    if len(pks) > MOST_ROWS:
        raise TooManyError
    lines = Lines(today=today)
    columns = columns_of(lines)
    written = [column.written() for column in columns]
    return sheets.write(_("Tier sheet"), written, _rows(pks, columns, lines), stream=stream)


def _rows(pks: Sequence[int], columns: Sequence[Column], lines: Lines) -> Iterator[list[Any]]:
    for at in range(0, len(pks), BATCH):
        batch = pks[at : at + BATCH]
        found = {customer.pk: customer for customer in Customer.objects.for_list().filter(pk__in=batch)}
        for line in lines.of([found[pk] for pk in batch if pk in found]):
            yield [column.value(line) for column in columns]
