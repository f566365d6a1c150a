"""Indicators without code: the list, making one, changing it, deleting it while nothing goes by it."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from tiering import reasons
from tiering.editing import own
from tiering.measures import Measure, Unit, fresh
from tiering.models import Indicator, OwnIndicator, SchemeVersion


def index(request: Request) -> HttpResponse:
    rows = list(OwnIndicator.objects.order_by("pk"))
    by_key: dict[str, list[SchemeVersion]] = {}
    used = Indicator.objects.filter(key__in=[row.key for row in rows]).select_related(
        "dimension__version__scheme"
    )
    for indicator in used.order_by("dimension__version__scheme", "-dimension__version__number"):
        by_key.setdefault(indicator.key, []).append(indicator.dimension.version)
    known = fresh()
    shown = [
        (row, known[row.key], range_of(known[row.key]), by_key.get(row.key, []))
        for row in rows
        if row.key in known
    ]
    context = {"rows": shown, "may_grade": request.user.may_grade}
    return render(request, "tiering/own_indicators.html", context)


def range_of(measure: Measure) -> str:
    """ "0–100", "≥ ¥10,000"; empty where any value goes."""
    unit = Unit(measure.unit)
    ends = [None if end is None else reasons.show(end, unit) for end in (measure.lowest, measure.highest)]
    match ends:
        case [None, None]:
            return ""
        case [None, highest]:
            return f"≤ {highest}"
        case [lowest, None]:
            return f"≥ {lowest}"
        case _both:
            return f"{ends[0]}–{ends[1]}"


@only("may_grade")
@once
def add(request: Request) -> HttpResponse:
    return answer(request, OwnIndicator(kind=OwnIndicator.Kind.RATED))


@only("may_grade")
@once
def edit(request: Request, pk: int) -> HttpResponse:
    with transaction.atomic():
        if request.method == "POST":
            own.lock()
        return answer(request, get_object_or_404(OwnIndicator, pk=pk))


def answer(request: Request, row: OwnIndicator) -> HttpResponse:
    form = own.OwnIndicatorForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_bound and form.is_valid():
        saved = own.save(form)
        messages.success(
            request, _("“%(indicator)s” saved. Any draft can go by it.") % {"indicator": saved.name}
        )
        return redirect("tiering:scheme_indicators")
    present = OwnIndicator.objects.filter(pk=row.pk).first() if row.pk else None
    context = {
        "form": form,
        "row": present,
        "is_settled": present is not None and present.is_settled,
        "why_kept": own.why_kept(present) if present else "",
    }
    return render(request, "tiering/own_indicator.html", context, status=422 if form.is_bound else 200)


@only("may_grade")
@once
def delete(request: Request, pk: int) -> HttpResponse:
    with transaction.atomic():
        own.lock()
        row = get_object_or_404(OwnIndicator, pk=pk)
        if why := own.why_kept(row):
            words = _("“%(indicator)s” stays: %(why)s") % {"indicator": row.name, "why": why}
            messages.error(request, words)
            return redirect("tiering:scheme_indicator", pk)
        if request.method == "POST":
            row.delete()
            messages.success(request, _("“%(indicator)s” is deleted.") % {"indicator": row.name})
            return redirect("tiering:scheme_indicators")
    return render(request, "tiering/own_indicator_delete.html", {"row": row})
