"""Tier changes across the customers one sees, and the schemes they follow from."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import Request, once
from tiering import reasons, services
from tiering.explanation import Reason
from tiering.filters import TierChangeFilter
from tiering.forms import RemarkForm
from tiering.measures import measures
from tiering.models import Indicator, Scheme, SchemeVersion, TierChange
from toolbox.pages import Order, capped_count, keyset_page

SHOWN_PARTS = 3
"""Of a reason, in the list; its own page shows all."""
NEWEST = Order("newest", "changed_at", descending=True, value=lambda change: change.changed_at.isoformat())


def index(request: Request) -> HttpResponse:
    changes = TierChange.objects.visible_to(request.user).select_related(
        "customer__owner", "from_tier", "to_tier", "by"
    )
    found = TierChangeFilter(request.GET, changes, request=request)
    page = keyset_page(found.qs, order=NEWEST, cursor=request.GET.get("cursor", ""), size=50)
    context = {
        "filter": found,
        "page": page,
        "rows": [(change, reasons.sentence(change.reason, most=SHOWN_PARTS)) for change in page.rows],
        "count": capped_count(found.qs),
    }
    return render(request, "tiering/changes.html", context)


@once
def detail(request: Request, pk: int) -> HttpResponse:
    """The reason line by line, adding up; people may add words and never touch the numbers."""
    changes = TierChange.objects.visible_to(request.user).select_related(
        "customer", "from_tier", "to_tier", "by", "run"
    )
    change = get_object_or_404(changes, pk=pk)
    form = RemarkForm(request.POST or None) if request.user.may_edit_customers else None
    if request.method == "POST" and form and form.is_valid():
        services.remark(change, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Words saved."))
        return redirect("tiering:change", pk)
    reason = Reason.from_json(change.reason) if change.reason.get("kind") == "graded" else None
    rows = reasons.rows_of_change(change)
    context = {
        "change": change,
        "sentence": reasons.sentence(change.reason),
        "reason": reason,
        "rows": rows,
        "waterfall": {"waterfall": waterfall(reason, rows) if reason else None},
        "total": reasons.signed(reasons.shown_change(reason)) if reason else "",
        "remarks": change.remarks.select_related("by").order_by("at", "pk"),
        "form": form,
    }
    return render(request, "tiering/change.html", context)


def waterfall(reason: Reason, rows: list[reasons.Row]) -> dict[str, list[Any]]:
    """Bars that hang one on the other from the old score to the new, in points as shown."""
    at, base, size = reasons.shown_total(reason.totals[0]), [], []
    for row in rows:
        base.append(min(at, at + row.delta) / 100)
        size.append(abs(row.delta) / 100)
        at += row.delta
    return {
        "names": [row.name for row in rows],
        "base": base,
        "size": size,
        "delta": [row.delta for row in rows],
    }


def schemes(request: Request) -> HttpResponse:
    found = Scheme.objects.prefetch_related("versions").order_by("-is_default", "key")
    return render(request, "tiering/schemes.html", {"schemes": found})


def scheme(request: Request, pk: int) -> HttpResponse:
    """A version as it scores: weights, curves, floors."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    known = measures()
    rows = [
        (
            dimension,
            [
                (indicator, known.get(indicator.key), knots(indicator))
                for indicator in dimension.indicators.all()
            ],
        )
        for dimension in version.dimensions.all()
    ]
    return render(request, "tiering/scheme.html", {"version": version, "rows": rows})


def knots(indicator: Indicator) -> list[tuple[str, int]]:
    """A curve's knots for people: raw value with its unit, points in hundredths."""
    return [(reasons.value_of(indicator.key, x), y) for x, y in indicator.knots]
