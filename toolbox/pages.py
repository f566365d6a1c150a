"""Pages found by key, never by counting rows: as fast at row 900,000 as at row 1."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, F, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils.formats import number_format

M = TypeVar("M", bound=Model)

LARGEST_INTEGER: Final = 2**63 - 1
_NO_TEXT: Final = re.compile(r"[\0\ud800-\udfff]")
"""What the databases refuse."""


@dataclass(frozen=True)
class Order:
    """One way to sort a list. The key must never be NULL: coalesce it.

    `value` reads the key from a row, exactly as the database compares it. `coarse` makes of a whole number as the key,
    and of an id, a class of rows that rises with both: an index on it finds a page as quickly, and keeps up with keys
    that change all at once in steps that do not grow with the table, for each class is written at one place. `own_id` is
    the id in the table that has this index.
    """

    name: str
    expression: str | Combinable
    descending: bool
    value: Callable[[Any], int | str]
    coarse: Callable[[Combinable, Combinable], Combinable] | None = None
    own_id: str = "pk"


@dataclass(frozen=True)
class Page(Generic[M]):
    rows: list[M]
    next_cursor: str
    previous_cursor: str


@dataclass(frozen=True)
class Count:
    """How many rows, or that there are more than anybody counts."""

    value: int
    is_capped: bool

    def __str__(self) -> str:
        shown = number_format(self.value, use_l10n=True, force_grouping=True)
        return f"{shown}+" if self.is_capped else shown


def capped_count(queryset: QuerySet[Any, Any], cap: int = 10_000) -> Count:
    count = queryset.order_by()[: cap + 1].count()
    return Count(value=min(count, cap), is_capped=count > cap)


def ordered(queryset: QuerySet[M], *, order: Order) -> QuerySet[M]:
    """The whole list in the order of its pages."""
    keyed, path = _keyed(queryset, order)
    return _sorted(keyed, path, order, descending=order.descending)


def keyset_page(queryset: QuerySet[M], *, order: Order, cursor: str, size: int) -> Page[M]:
    """The page at `cursor`; page one for '' and for a cursor that is broken or of another order."""
    keyed, path = _keyed(queryset, order)
    place = _read(cursor, order=order)
    is_backward = place is not None and place.is_backward
    try:
        condition = _beyond(place, order=order, path=path) if place else Q()
        beyond = keyed.filter(condition)
        sliced = _sorted(beyond, path, order, descending=order.descending != is_backward)[: size + 1]
    except (TypeError, ValueError, ValidationError):  # a cursor whose key is of another type
        return keyset_page(queryset, order=order, cursor="", size=size)
    found = list(sliced)
    has_more = len(found) > size
    rows = found[:size]
    if place and (not rows or (is_backward and len(rows) < size)):
        # The rows around the cursor are gone, or there is no full page before it: start again.
        return keyset_page(queryset, order=order, cursor="", size=size)
    if is_backward:
        rows.reverse()
    has_next, has_previous = (True, has_more) if is_backward else (has_more, place is not None)
    return Page(
        rows=rows,
        next_cursor=_write(rows[-1], order=order, is_backward=False) if has_next else "",
        previous_cursor=_write(rows[0], order=order, is_backward=True) if has_previous else "",
    )


def _keyed(queryset: QuerySet[M], order: Order) -> tuple[QuerySet[M], str]:
    """Rows with the key of the order and its class, and the name of the key."""
    key, path, keys = order.expression, "page_key", {}
    if isinstance(key, str):
        path = key
    else:
        keys["page_key"] = key
    if order.coarse:
        rows = F(key) if isinstance(key, str) else key
        keys["page_class"] = order.coarse(rows, F(order.own_id))
    return cast("QuerySet[M]", queryset.annotate(**keys)), path


def _sorted(keyed: QuerySet[M], path: str, order: Order, *, descending: bool) -> QuerySet[M]:
    names = ("page_class", path, "pk") if order.coarse else (path, "pk")
    return keyed.order_by(*(f"-{name}" if descending else name for name in names))


@dataclass(frozen=True)
class _Place:
    """Just after a row of the list, or (backward) just before it."""

    key: int | str
    pk: int | str
    is_backward: bool


def _beyond(place: _Place, *, order: Order, path: str) -> Q:
    """`key <= k AND (key < k OR pk < i)`: an index serves this, and not the usual way to write it."""
    side = "lt" if order.descending != place.is_backward else "gt"
    beyond = Q((f"{path}__{side}e", place.key)) & (
        Q((f"{path}__{side}", place.key)) | Q((f"pk__{side}", place.pk))
    )
    if order.coarse:
        own_class = order.coarse(_whole(place.key), _whole(place.pk))
        beyond = Q((f"page_class__{side}e", own_class)) & beyond
    return beyond


def _whole(number: int | str) -> Value:
    """Raises ValueError for what is none."""
    return Value(int(number), output_field=BigIntegerField())


def _write(row: Model, *, order: Order, is_backward: bool) -> str:
    place = [order.name, order.descending, is_backward, order.value(row), row.pk]
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, *, order: Order) -> _Place | None:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        name, descending, is_backward, key, pk = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    is_ours = name == order.name and descending is order.descending and isinstance(is_backward, bool)
    if not is_ours or not _is_key(key) or not _is_key(pk):
        return None
    return _Place(key=key, pk=pk, is_backward=is_backward)


def _is_key(value: object) -> bool:
    if isinstance(value, str):
        return not _NO_TEXT.search(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
