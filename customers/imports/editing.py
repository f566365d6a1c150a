"""A sheet to be edited and sent back: the columns of an import, and before them, hidden, the key of each row."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.exports import keeping, lists
from accounts.models import Export, User
from customers.imports.kind import Kind
from toolbox import sheets
from toolbox.sheets import keys, limits_in_force

AT_ONCE: Final = 1_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PASSING: Final = frozenset({"@version", "@newest", "@indicator"})
"""What a snapshot holds only for the commit."""


class TooManyError(ValueError):
    """More rows than an import takes back: the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class NotUnderstoodError(ValueError):
    """A filter of the list of customers says nothing."""


def refusal_of(refusal: ValueError) -> str:
    if isinstance(refusal, TooManyError):
        return _(
            "These are more than %(limit)s rows, more than an import takes back. Narrow the list with the filters, then export it in parts."
        ) % {"limit": number_format(refusal.limit, force_grouping=True)}
    return _("A filter of this list is not understood. Correct it first. Nothing was exported.")


def take(kind: type[Kind], query: QueryDict, *, by: User, stream: IO[bytes], at: datetime) -> int:
    """Write what is on record of the customers that the list finds by this query; it is noted in the log of exports."""
    found = lists.lists["customers"].find(by, query, None)
    if not found.is_valid:
        raise NotUnderstoodError
    count = write(kind(by=by, at=at), found.in_order, stream=stream, at=at)
    key = kind.key if kind.key in lists.lists else "customers"
    keeping.note(by=by, key=key, query=query, found=found, kind=Export.Format.XLSX, rows=count, at=at)
    return count


def write(kind: Kind, customers: QuerySet[Any], *, stream: IO[bytes], at: datetime) -> int:
    """Write what is on record of these customers, and say how many rows it is. In the language active now."""
    pks, limit = kind.exported(customers), limits_in_force().rows - 1
    if len(pks) > limit:
        raise TooManyError(limit)
    columns = [
        sheets.Column(keys.HEADER, 12, is_hidden=True),
        *(
            sheets.Column(column.label(), column.width, kind.written(column.key))
            for column in kind.columns.all
        ),
    ]
    return sheets.write_plain(str(kind.name), columns, lines(kind, pks, at=at), stream=stream)


def lines(kind: Kind, pks: Sequence[int], *, at: datetime) -> Iterator[list[Any]]:
    sealed = [*kind.columns.keys, *(name for name in kind.hidden if name not in PASSING)]
    for start in range(0, len(pks), AT_ONCE):
        some = pks[start : start + AT_ONCE]
        current = kind.current(some)
        for pk in some:
            if said := current.get(pk):
                was = {name: said.get(name) for name in sealed}
                key = keys.seal(kind.key, pk, was, by=kind.by.pk, at=at)
                yield [key, *(kind.to_edit(name, said) for name in kind.columns.keys)]
