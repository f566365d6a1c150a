"""Tier changes across the customers one sees."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers import scales
from customers.views.seen import visible
from tiering import comparing, queries, reasons, services
from tiering.editing import comparing as editing
from tiering.forms import CategoryForm, CompareForm, RemarkForm
from tiering.listings import CHANGES
from tiering.models import Category, CategoryCorrection, TierChange
from toolbox.pages import capped_count, keyset_page

SHOWN_PARTS = 3
"""Of a reason, in the list; its own page shows all."""


def index(request: Request) -> HttpResponse:
    found = CHANGES.find(request.user, request.GET, None)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    scales.tell_steps_apart(page.rows)
    context = {
        "filter": found.filter,
        "page": page,
        "rows": [(change, reasons.why(change, most=SHOWN_PARTS)) for change in page.rows],
        "count": capped_count(found.rows),
    }
    return render(request, "tiering/changes.html", context)


@once
def detail(request: Request, pk: int) -> HttpResponse:
    """The reason line by line, adding up; people may add words and never touch the numbers."""
    change = visible_change(request, pk)
    form = RemarkForm(request.POST or None) if request.user.may_edit_customers else None
    if request.method == "POST" and form and form.is_valid():
        services.remark(change, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Words saved."))
        return redirect("tiering:change", pk)
    scales.tell_steps_apart([change])
    comparison = comparing.of_change(change)
    computed = comparison.category if comparison and comparison.before else None
    corrections = list(CategoryCorrection.objects.filter(change=change).select_related("by").order_by("pk"))
    category = Category(corrections[-1].category) if corrections else computed
    context = {
        "change": change,
        "sentence": reasons.sentence(
            change.reason,
            effects=comparison.effects if comparison and comparison.before else None,
            names=comparison.names if comparison else reasons.names_in(change),
        ),
        "comparison": comparison,
        "versions": versions_of(comparison),
        "chart": {"waterfall": comparison.waterfall if comparison else None},
        "category": category,
        "computed": computed,
        "corrections": corrections,
        "remarks": change.remarks.select_related("by").order_by("at", "pk"),
        "form": form,
        "category_form": CategoryForm(initial={"category": category}) if form else None,
    }
    return render(request, "tiering/change.html", context)


def versions_of(comparison: comparing.Comparison | None) -> editing.Comparison | None:
    return editing.between(comparison.before, comparison.after) if comparison and comparison.before else None


def visible_change(request: Request, pk: int) -> TierChange:
    seen = TierChange.objects.visible_to(request.user).with_reasons()
    changes = seen.select_related("customer", "from_tier", "to_tier", "by")
    return get_object_or_404(changes, pk=pk)


@require_POST
@only("may_edit_customers")
@once
def categorise(request: Request, pk: int) -> HttpResponse:
    """Somebody knows better what a change came from; the numbers stay."""
    change = visible_change(request, pk)
    form = CategoryForm(request.POST)
    if form.is_valid():
        services.categorise(change, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Category saved."))
    else:
        messages.error(request, _("Choose one of the categories. Nothing was changed."))
    return redirect("tiering:change", pk)


def compare(request: Request, pk: int) -> HttpResponse:
    """Any two published gradings of a customer; without a choice the last two."""
    customer = visible(request, pk)
    history = queries.gradings_of(customer)
    form = CompareForm(request.GET or None, history=history)
    chosen = form.chosen() if form.is_valid() else None if form.is_bound else history[1::-1]
    comparison = comparing.compare(*chosen) if chosen and len(chosen) == 2 else None  # noqa: PLR2004
    context = {
        "customer": customer,
        "form": form,
        "has_two": len(history) > 1,
        "comparison": comparison,
        "versions": versions_of(comparison),
        "chart": {"waterfall": comparison.waterfall if comparison else None},
    }
    return render(request, "tiering/compare.html", context)
