"""Who is graded by which scheme: the order in force, a changed one with what it would change, and keeping that.

A changed order lives in the address until it is kept: nothing is written by looking at it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from customers.models import Group, Kind
from tiering import assigning, ordering
from tiering.models import Assignment, Scheme
from tiering.ordering import Entry


@dataclass(frozen=True)
class Line:
    """`up`, `down` and `without` are addresses of the order with this line elsewhere; empty where it makes no sense."""

    assignment: Assignment
    customers: int
    up: str
    down: str
    without: str


@only("may_grade")
@once
def order(request: Request) -> HttpResponse:
    if request.method == "POST":
        return keep(request)
    base = ordering.present()
    wanted = asked(request.GET, base)
    try:
        rows = ordering.rows_of(wanted)
    except ordering.RefusedError as refused:
        messages.error(request, str(refused))
        wanted = [entry for entry in asked(request.GET, base, added=False) if entry in base]
        rows = ordering.rows_of(wanted)
    is_changed = wanted != base
    counts = assigning.counts(rows)
    context = {
        "lines": [line(wanted, n, row, counts[row.pk]) for n, row in enumerate(rows)],
        "everybody_else": counts[0],
        "default": Scheme.objects.get(is_default=True),
        "is_changed": is_changed,
        "passages": ordering.passages(assigning.in_order(), rows) if is_changed else [],
        "order": [str(entry) for entry in wanted],
        "base": [str(entry) for entry in base],
        "schemes": ordering.assignable(),
        "whose": not_yet(request, wanted),
    }
    return render(request, "tiering/assignments.html", context)


def keep(request: Request) -> HttpResponse:
    try:
        ordering.put_in_order(read(request.POST.getlist("row")), base=read(request.POST.getlist("base")))
    except ordering.RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("Kept. Tiers change with the next re-grades; until then everybody stays.")
        )
    return redirect("tiering:scheme_assignments")


def asked(query: Any, base: list[Entry], *, added: bool = True) -> list[Entry]:
    """The order that the address says, with what is added to it; else the one in force."""
    if "changed" not in query:
        return base
    new = Entry.read(f"{query.get('scheme', '')}.{query.get('whose', '')}")
    return read(query.getlist("row")) + ([new] if new and added else [])


def read(rows: list[str]) -> list[Entry]:
    return [entry for row in rows if (entry := Entry.read(row))]


def line(wanted: list[Entry], n: int, row: Assignment, customers: int) -> Line:
    rest = wanted[:n] + wanted[n + 1 :]
    return Line(
        assignment=row,
        customers=customers,
        up=address([*rest[: n - 1], wanted[n], *rest[n - 1 :]]) if n else "",
        down=address([*rest[: n + 1], wanted[n], *rest[n + 1 :]]) if n < len(rest) else "",
        without=address(rest),
    )


def address(order: list[Entry]) -> str:
    query = [("changed", "1"), *(("row", str(entry)) for entry in order)]
    return f"{reverse('tiering:scheme_assignments')}?{urlencode(query)}"


def not_yet(request: Request, wanted: list[Entry]) -> list[tuple[str, str]]:
    """Kinds and groups that stand in no line, as they are chosen."""
    taken = {entry.whose for entry in wanted}
    groups = Group.objects.visible_to(request.user).order_by("name").values_list("pk", "name")
    choices = [
        *((kind.value, _("Kind: %(kind)s") % {"kind": kind.label}) for kind in Kind),
        *((f"g{pk}", _("Group: %(group)s") % {"group": name}) for pk, name in groups),
    ]
    return [choice for choice in choices if choice[0] not in taken]
