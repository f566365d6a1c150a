"""A sheet to be edited and sent back: the columns of an import, and before them, hidden, the key of each row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports import keeping, lists
from accounts.exports.keeping import Wish
from accounts.exports.lists import Found, Listing, Shape
from accounts.exports.writing import counted
from accounts.models import Export, User
from customers.imports.kind import Kind
from toolbox import sheets
from toolbox.sheets import keys, limits_in_force

AT_ONCE: Final = 1_000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PASSING: Final = frozenset({"@version", "@newest", "@indicator"})
"""What a snapshot holds only for the commit."""


class TooManyError(ValueError):
    """More rows than an import takes back; the message is for people."""

    def __init__(self, limit: int) -> None:
        told = _(
            "These are more than %(limit)s rows, more than an import takes back. Narrow the list with the filters, then export it in parts."
        )
        super().__init__(told % {"limit": number_format(limit, force_grouping=True)})


def key_of(kind: str) -> str:
    """Of the list that is a kind's sheet for editing."""
    return f"edit-{kind}"


def register(*kinds: type[Kind]) -> None:
    """The sheet of a kind is exported like any list: at once or in the background, kept for a day, on record."""
    for kind in kinds:
        lists.sheets[key_of(kind.key)] = listing_of(kind)


def listing_of(kind: type[Kind]) -> Listing:
    customers = lists.lists["customers"]
    plain = format_lazy(gettext_lazy("{kind} for editing"), kind=kind.name)
    return Listing(
        key=key_of(kind.key),
        name=kind.name if kind.is_dressed else plain,
        page=customers.page,
        find=customers.find,
        columns=list,
        may="" if kind.is_dressed else kind.may,  # a sheet to be read as well
        shape=dressed_shape(kind) if kind.is_dressed else plain_shape(kind),
    )


def plain_shape(kind: type[Kind]) -> Shape:
    return Shape(
        count=lambda found, by, most: count_of(kind(by=by, at=timezone.now()), found, most),
        write=lambda found, by, _query, stream, progress: write(
            kind(by=by, at=timezone.now()), found.in_order, stream=stream, progress=progress
        ),
    )


def dressed_shape(kind: type[Kind]) -> Shape:
    return Shape(
        count=lambda found, _by, most: found.count(most=most),
        write=lambda found, by, query, stream, progress: kind.dress(
            found.in_order, by=by, at=timezone.now(), query=query, stream=stream, progress=progress
        ),
    )


def count_of(kind: Kind, found: Found, most: int) -> int:
    pks, limit = kind.exported(found.in_order), limits_in_force().rows - 1
    if len(pks) > limit:
        raise TooManyError(limit)
    return min(len(pks), most + 1)


def wished(kind: type[Kind], query: QueryDict, *, by: User) -> Wish:
    """Of the customers that the list finds by this query. Raises keeping.RefusedError."""
    return keeping.wish(key_of(kind.key), about=None, query=query, columns=[], kind=Export.Format.XLSX, by=by)


def write(
    kind: Kind,
    customers: QuerySet[Any],
    *,
    stream: IO[bytes],
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
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
    return sheets.write_plain(
        str(kind.name), columns, counted(lines(kind, pks, at=kind.at), progress), stream=stream
    )


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
