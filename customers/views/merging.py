"""Choosing whom a customer is merged with, field by field, and undoing it."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers import services
from customers.duplicates import finding
from customers.forms import MergeForm
from customers.listings import MERGES
from customers.models import Customer, Merge
from customers.services import merging
from customers.views.archived import unless_archived
from customers.views.seen import visible
from toolbox.pages import keyset_page

SIZE: Final = 25
SHOWN: Final = 20


@require_safe
@only("may_edit_customers")
@unless_archived
def choose(request: Request, pk: int) -> HttpResponse:
    """Who is the same as this customer? Those that look like it, and whoever is searched for."""
    customer = visible(request, pk)
    text = request.GET.get("q", "").strip()[:100]
    found: list[Customer] = []
    if text:
        rows = Customer.objects.visible_to(request.user).active().matching(text).exclude(pk=pk)
        found = list(rows.for_list().order_by("name_key", "pk")[:SHOWN])
    context = {
        "customer": customer,
        "alike": finding.of(customer, user=request.user),
        "q": text,
        "found": found,
    }
    return render(request, "customers/merge_choose.html", context)


@only("may_edit_customers")
@unless_archived
@once
def merge(request: Request, pk: int, other_pk: int) -> HttpResponse:
    """`pk` stays, the other goes into it. Both side by side, and what moves, before anything happens."""
    keeper, gone = visible(request, pk), visible(request, other_pk)
    if refusal := merging.why_not(keeper, gone):
        messages.error(request, refusal)
        return redirect("customers:detail", pk)
    form = MergeForm(request.POST or None, keeper=keeper, gone=gone)
    if request.method == "POST" and form.is_valid():
        try:
            services.merge(*form.seen(), fields=form.chosen(), by=request.user, at=timezone.now())
        except services.StaleEditError:
            keeper, gone = visible(request, pk), visible(request, other_pk)
            form = MergeForm(keeper=keeper, gone=gone)
            form.stale = True
        except (merging.RefusedError, services.BusyError) as refused:
            form.add_error(None, str(refused))
        else:
            done = _("“%(gone)s” went into “%(keeper)s”. That can be undone for 30 days, under “Merges”.")
            messages.success(request, done % {"gone": gone.name, "keeper": keeper.name})
            return redirect("customers:detail", pk)
    context = {
        "keeper": keeper,
        "gone": gone,
        "form": form,
        "moves": merging.what_moves(gone),
    }
    status = 409 if form.stale else 422 if form.errors else 200
    return render(request, "customers/merge.html", context, status=status)


@require_safe
@only("may_edit_customers")
def merges(request: Request) -> HttpResponse:
    found = MERGES.find(request.user, request.GET, None)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=SIZE)
    now = timezone.now()
    rows_shown = [(row, row.may_be_undone(at=now), merging.named(row.moved)) for row in page.rows]
    return render(request, "customers/merges.html", {"page": page, "rows": rows_shown})


@require_POST
@only("may_edit_customers")
def undo(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Merge.objects.visible_to(request.user), pk=pk)
    try:
        row = services.undo_merge(row, by=request.user, at=timezone.now())
    except (merging.RefusedError, services.BusyError) as refused:
        messages.error(request, str(refused))
        return redirect("customers:merges")
    if row.left:
        stayed = _("Undone. Changed since the merge, and left as it is: %(what)s.")
        messages.warning(request, stayed % {"what": merging.in_words(row.left)})
    else:
        messages.success(request, _("Undone: these are two customers again."))
    return redirect("customers:detail", row.gone_id)
