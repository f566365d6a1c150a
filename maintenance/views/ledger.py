"""The ledger: promises, contacts beyond them, hours, cost, and what became of tiers."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import Request, once, only
from customers.models import Customer
from maintenance import worklist
from maintenance.filters.ledger import LedgerFilter
from maintenance.forms.ledger import RatesForm
from maintenance.ledger import (
    beyond as surplus,
    cost as costs,
    counting,
    faith as faiths,
    hours as owing,
    layout,
    outcomes,
    reckoning,
)
from maintenance.ledger.counting import ENOUGH, NOTHING, Tally
from maintenance.listings import BEYOND, LEDGER
from maintenance.listings.ledger import asked
from maintenance.models import Obligation, Rates
from toolbox.pages import Page

PAGE_SIZE = 50
OF_A_CUSTOMER = 4
"""Quarters on its page, and the one that runs."""


@require_safe
def index(request: Request) -> HttpResponse:
    """By account manager, unless `?by=` says otherwise."""
    found = LEDGER.find(request.user, request.GET, None)
    which: Any = found.filter
    by, quarter = which.by_what, which.chosen
    narrowing = layout.narrowing(which.said)
    page = part(found.rows, request)
    whole = whole_of(found.rows, by)
    return answer(
        request,
        "index",
        which,
        page=page,
        rows=layout.rows(page.rows, by, quarter, narrowing),
        names=[name for name, _which in outcomes.NAMES.values()],
        whole=layout.numbers(whole, quarter, narrowing) if whole.promised else None,
        tally=whole,
        count=len(found.rows),
    )


def whole_of(lines: Any, by: str) -> Tally:
    """Of the quarter; several of them do not make one number of a list."""
    if by == "quarter" or not lines:
        return NOTHING
    return lines.whole if by == "customer" else sum((line.tally for line in lines), NOTHING)


@require_safe
def beyond(request: Request) -> HttpResponse:
    found = BEYOND.find(request.user, request.GET, None)
    which: Any = found.filter
    page = part(found.rows, request)
    hour_cost = Rates.known().hour_cost

    def cost(minutes: int) -> int | None:
        return counting.cost_of(minutes, hour_cost)

    rows = layout.beyond_rows(page.rows, which.by_what, which.chosen, layout.narrowing(which.said), cost)
    whole = surplus.in_all(found.rows, which.by_what)
    return answer(
        request,
        "beyond",
        which,
        page=page,
        rows=rows,
        whole=whole,
        whole_cost=cost(whole.minutes) if whole else None,
        is_priced=hour_cost is not None,
    )


@require_safe
def hours(request: Request) -> HttpResponse:
    """Of today: no quarter is asked for."""
    rows = Obligation.objects.visible_to(request.user)
    today = timezone.localdate()
    found = owing.owed(rows, today=today)
    context = {
        "tab": "hours",
        "found": found,
        "windows": [name for name, _days in owing.WINDOWS],
        "asked": set(worklist.people(request.user).values_list("pk", flat=True)) | {0},
        "today": today,
    }
    return render(request, "maintenance/ledger/hours.html", context)


@require_safe
@only("sees_all")
def cost(request: Request) -> HttpResponse:
    which = asked(request.user, request.GET)
    lines = costs.lines(request.user, which.chosen) if which.is_valid() else []
    return answer(
        request,
        "cost",
        which,
        lines=lines,
        rates=Rates.known(),
        is_unpriced=any(line.unpriced for line in lines),
        may_change=request.user.may_set_up,
    )


@require_safe
def faith(request: Request) -> HttpResponse:
    """Of a closed quarter: the last one, unless another is asked for."""
    query = request.GET.copy()
    query.setdefault("quarter", LedgerFilter.last_closed())
    which = LedgerFilter(query, Obligation.objects.visible_to(request.user), request=request)
    lines = faiths.lines(request.user, which.qs, which.chosen) if which.is_valid() else []
    return answer(
        request,
        "faith",
        which,
        lines=lines,
        is_any=any(line.customers for line in lines),
        enough=ENOUGH,
    )


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """Of one customer: a slot on its page, and a page of its own."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    rows = Obligation.objects.visible_to(request.user).filter(customer=customer)
    quarters = counting.quarters(timezone.localdate(), OF_A_CUSTOMER + 1)
    lines = reckoning.of_quarters(rows, quarters)
    context = {
        "customer": customer,
        "rows": layout.rows(lines, "quarter", quarters[0], {"customer": pk}),
        "names": [name for name, _which in outcomes.NAMES.values()],
    }
    return render(request, f"maintenance/ledger/panel.html{'#panel' if request.htmx else ''}", context)


@once
@only("may_set_up")
def rates(request: Request) -> HttpResponse:
    form = RatesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("maintenance:ledger_cost")
    status = 422 if form.is_bound else 200
    return render(request, "maintenance/ledger/rates.html", {"form": form, "tab": "cost"}, status=status)


def part(lines: Sequence[Any], request: Request) -> Page[Any]:
    """Lines that are counted out already: the cursor says how many come before."""
    said = request.GET.get("cursor", "")
    start = int(said) if said.isdecimal() and len(said) < 10 and int(said) < len(lines) else 0  # noqa: PLR2004
    end = start + PAGE_SIZE
    before = str(max(0, start - PAGE_SIZE)) if start else ""
    return Page(list(lines[start:end]), str(end) if end < len(lines) else "", before)


def answer(request: Request, tab: str, which: LedgerFilter, **more: Any) -> HttpResponse:
    context = {
        "tab": tab,
        "filter": which,
        "by": which.by_what,
        "by_name": reckoning.BY[which.by_what],
        "choices": reckoning.BY.items(),
        "quarter": which.chosen,
        "quarter_name": reckoning.quarter_name(which.chosen),
        "is_narrowed": bool(layout.narrowing(which.said)),
    }
    return render(request, f"maintenance/ledger/{tab}.html", context | more)
