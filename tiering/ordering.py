"""Who is graded by which scheme, changed by people: a whole new order at once, after its numbers were looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from customers.models import Customer, Group, Kind
from tiering import assigning
from tiering.models import Assignment, Scheme, SchemeVersion
from tiering.publishing import lock_the_book


class RefusedError(ValueError):
    """An order that must not be kept; the message is for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an order: as it stands in an address, "3.individual" or "3.g7"."""

    scheme: int
    kind: str = ""
    group: int | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None where it is no line."""
        scheme, _dot, whose = text.partition(".")
        if not is_id(scheme):
            return None
        if whose in Kind.values:
            return cls(int(scheme), kind=whose)
        return cls(int(scheme), group=int(whose[1:])) if whose[:1] == "g" and is_id(whose[1:]) else None

    def __str__(self) -> str:
        return f"{self.scheme}.{self.whose}"

    @property
    def whose(self) -> str:
        return self.kind or f"g{self.group}"


def is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - within both databases


Order = Sequence[Entry]


def present() -> list[Entry]:
    return [Entry(each.scheme_id, each.kind, each.group_id) for each in assigning.in_order()]


def assignable() -> list[Scheme]:
    """Those with a version in force."""
    in_force = SchemeVersion.objects.filter(state=SchemeVersion.State.PUBLISHED)
    return list(Scheme.objects.filter(pk__in=in_force.values("scheme")).order_by("-is_default", "key"))


def rows_of(order: Order) -> list[Assignment]:
    """Not saved. Raises RefusedError where a line is of nothing that there is, or somebody stands in it twice."""
    schemes = {scheme.pk: scheme for scheme in assignable()}
    groups = Group.objects.in_bulk({entry.group for entry in order if entry.group})
    rows = []
    for position, entry in enumerate(order, start=1):
        if entry.scheme not in schemes:
            raise RefusedError(not_in_force(entry.scheme))
        if entry.group and entry.group not in groups:
            raise RefusedError(
                _("A group of this order is gone meanwhile. Start again from what is in force.")
            )
        row = Assignment(
            pk=-position, position=position, scheme=schemes[entry.scheme], kind=entry.kind,
            group=groups[entry.group] if entry.group else None,
        )  # fmt: skip
        if any(entry.whose == other.whose for other in order[: position - 1]):
            raise RefusedError(
                _("“%(whose)s” stands in the order already. Move or remove that line.") % {"whose": row.whose}
            )
        rows.append(row)
    return rows


def not_in_force(pk: int) -> str:
    scheme = Scheme.objects.filter(pk=pk).first()
    if scheme is None:
        return _("There is no such scheme.")
    return _("“%(scheme)s” has no version in force yet. Put one in force first.") % {"scheme": scheme.name}


@dataclass(frozen=True, slots=True)
class Passage:
    """How many active customers would go from one scheme to the other, with how much a year, in fen."""

    before: Scheme
    after: Scheme
    customers: int
    amount: int


def passages(before: Collection[Assignment], after: Collection[Assignment]) -> list[Passage]:
    """What another order would change, most customers first; whoever stays where they are is left out."""
    default = Scheme.objects.get(is_default=True)
    schemes: Mapping[int, Scheme] = Scheme.objects.in_bulk()
    asked = Customer.objects.active().order_by().annotate(
        old=assigning.assigned(list(before)), new=assigning.assigned(list(after))
    )  # fmt: skip
    rows = asked.values_list("old", "new").annotate(n=Count("pk"), amount=Sum("standing__annual_amount"))
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    for old, new, n, amount in rows:
        step = old or default.pk, new or default.pk
        count, fen = sums.get(step, (0, 0))
        sums[step] = count + n, fen + int(amount or 0)
    found = [Passage(schemes[a], schemes[b], *numbers) for (a, b), numbers in sums.items() if a != b]
    return sorted(found, key=lambda each: (-each.customers, each.before.pk, each.after.pk))


@transaction.atomic
def put_in_order(order: Order, *, base: Order) -> None:
    """From the next re-grades on customers are graded as this order says; nobody's tier changes before.

    Raises RefusedError, and changes nothing, where it cannot be or where somebody else changed `base` meanwhile.
    """
    lock_the_book()  # a re-grade that starts reads the one or the other
    if list(base) != present():
        raise RefusedError(
            _("Somebody changed the order meanwhile. Look at what is in force now, then change it again.")
        )
    rows: list[Any] = rows_of(order)
    Assignment.objects.all().delete()
    for row in rows:
        row.pk = None
    Assignment.objects.bulk_create(rows)
