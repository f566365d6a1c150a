"""One indicator's curve: read by everybody, typed and drawn on a draft by who may grade."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from tiering import curves, reasons
from tiering.editing import draft, knots
from tiering.editing.comparing import drawing
from tiering.editing.distribution import distribution as spread
from tiering.measures import measures
from tiering.models import Indicator

SPARE_ROWS = 2
"""Empty ones, for whoever has no script that adds them."""


def found(pk: int) -> Indicator:
    return get_object_or_404(Indicator.objects.select_related("dimension__version__scheme"), pk=pk)


@once
def curve(request: Request, pk: int) -> HttpResponse:
    if request.method == "POST" and not request.user.may_grade:
        raise PermissionDenied
    indicator = found(pk)
    version = indicator.dimension.version
    if request.method != "POST":
        return page(request, indicator, knots.written(indicator))
    if not version.is_draft:
        messages.warning(
            request, _("%(version)s is no draft: copy it to a draft to change it.") % {"version": version}
        )
        return redirect("tiering:scheme", version.pk)
    sent = request.POST
    typed = knots.read(
        sent.get("shape", ""), sent.getlist("at"), sent.getlist("points"), curves.unit_of(indicator.key)
    )
    if sent.get("base") != knots.base_of(indicator):
        return page(request, indicator, typed, status=409, theirs=knots.written(indicator))
    if typed.knots is None:
        return page(request, indicator, typed, status=422)
    draft.save_curve(indicator, shape=typed.shape, knots=typed.knots, by=request.user, at=timezone.now())
    messages.success(
        request, _("Curve of “%(indicator)s” saved in the draft.") % {"indicator": indicator.name}
    )
    return redirect(f"{reverse('tiering:scheme_edit', args=[version.pk])}#{draft.mark(indicator)}")


def page(
    request: Request, indicator: Indicator, typed: knots.TypedCurve, *, status: int = 200, **more: Any
) -> HttpResponse:
    version, unit = indicator.dimension.version, curves.unit_of(indicator.key)
    may_edit = request.user.may_grade and version.is_draft
    context = {
        "indicator": indicator,
        "version": version,
        "measure": measures().get(indicator.key),
        "typed": typed,
        "rows": [*typed.rows, *(knots.KnotRow("", "") for _ in range(SPARE_ROWS if may_edit else 0))],
        "shown": [(reasons.value_of(indicator.key, x), y) for x, y in indicator.knots],
        "shapes": Indicator.Shape.choices,
        "hint": curves.UNITS[unit],
        "unit": unit,
        "base": knots.base_of(indicator),
        "drawing": {"unit": unit, **drawing(indicator)},
        "may_edit": may_edit,
        **more,
    }
    return render(request, "tiering/scheme_curve.html", context, status=status)


@only("sees_all")
def distribution(request: Request, pk: int) -> HttpResponse:
    """The book behind the curve: a panel of its page, or a page of its own."""
    indicator = found(pk)
    counted = spread(indicator)
    context = {
        "indicator": indicator,
        "found": counted,
        "histogram": counted.chart(curves.unit_of(indicator.key)) if counted else [],
    }
    template = "tiering/scheme_distribution.html"
    return render(request, f"{template}#panel" if request.htmx else template, context)
