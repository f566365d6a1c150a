"""Where a customer stands and why: the panel on its page, ratings, figures, a tier set by hand."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers.models import Assessment, Figure
from customers.views.archived import unless_archived
from customers.views.seen import visible
from tiering import queries, reasons, services
from tiering.forms import FigureForm, OverrideForm, RatingForm
from tiering.models import Override
from tiering.raters.asking import beside
from tiering.reviewing import holding
from tiering.views import nurture


def grading(request: Request, pk: int) -> HttpResponse:
    """The customer's grading: a panel of its page, or a page of its own."""
    customer = visible(request, pk)
    found = queries.latest_grading(customer)
    view = queries.laid_out(found) if found else None
    history = queries.total_history(customer)
    held, rejected = holding.of_grading(found)
    context = {
        "customer": customer,
        "view": view,
        "history": history,
        "chart": {
            "radar": view.radar if view else None,
            "history": [
                [g.run.as_of.isoformat(), None if g.total is None else g.total // 10_000 / 100]
                for g in history
            ],
        },
        "changes": [(change, reasons.why(change)) for change in queries.tier_changes(customer)],
        "held": held,
        "rejected": rejected,
        "rejections": holding.rejections(customer),
        "override": Override.objects.in_force(timezone.localdate())
        .filter(customer=customer)
        .select_related("tier", "by")
        .first(),
        "ratings": Assessment.objects.filter(customer=customer)
        .select_related("rater")
        .order_by("-rated_on", "-pk")[:5],
        "figures": Figure.objects.filter(customer=customer)
        .select_related("by")
        .order_by("-as_of", "-pk")[:5],
        "candidates": nurture.lines_of(customer, user=request.user),
        "may_edit": request.user.may_edit_customers and not customer.is_archived,
        "may_grade": request.user.may_grade and not customer.is_archived,
    }
    return render(request, "tiering/grading.html#panel" if request.htmx else "tiering/grading.html", context)


def preview(request: Request, pk: int) -> HttpResponse:
    """What a re-grade as of today would say: a panel of the customer's page, or a page of its own."""
    customer = visible(request, pk)
    found = queries.preview(customer, at=timezone.now())
    chart = {"waterfall": found.comparison.waterfall if found and found.before else None}
    context = {"customer": customer, "preview": found, "chart": chart}
    return render(request, "tiering/preview.html#panel" if request.htmx else "tiering/preview.html", context)


@only("may_edit_customers")
@unless_archived
@once
def rate(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = RatingForm(request.POST or None, initial={"indicator": request.GET.get("indicator")})
    if request.method == "POST" and form.is_valid():
        services.rate(customer, by=request.user, on=timezone.localdate(), **form.cleaned_data)
        messages.success(request, _("Rating saved. It counts from the next re-grade."))
        return redirect("customers:detail", pk)
    return render(
        request,
        "tiering/input_form.html",
        {
            "customer": customer,
            "form": form,
            "heading": _("Rate an indicator"),
            "averages": beside(customer, rater=request.user, today=timezone.localdate()),
        },
    )


@only("may_edit_customers")
@unless_archived
@once
def give(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = FigureForm(request.POST or None, initial=figure_asked(request))
    if request.method == "POST" and form.is_valid():
        services.give(customer, by=request.user, **form.cleaned_data)
        messages.success(request, _("Figure saved. It counts from the next re-grade."))
        return redirect("customers:detail", pk)
    return render(
        request,
        "tiering/input_form.html",
        {"customer": customer, "form": form, "heading": _("Enter a figure")},
    )


def figure_asked(request: Request) -> dict[str, str]:
    asked = request.GET.get("indicator")
    return {"indicator": asked} if asked else {}


@only("may_grade")
@unless_archived
@once
def set_by_hand(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = OverrideForm(request.POST or None, tiers=queries.tiers_in_force(customer))
    if request.method == "POST" and form.is_valid():
        services.set_by_hand(customer, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Tier set by hand."))
        return redirect("customers:detail", pk)
    return render(
        request,
        "tiering/input_form.html",
        {"customer": customer, "form": form, "heading": _("Set the tier by hand")},
    )


@require_POST
@only("may_grade")
@unless_archived
@once
def end_by_hand(request: Request, pk: int) -> HttpResponse:
    override = get_object_or_404(Override, customer=visible(request, pk), ended_at=None)
    services.end_by_hand(override, by=request.user, at=timezone.now())
    messages.success(request, _("The tier set by hand has ended."))
    return redirect("customers:detail", pk)
