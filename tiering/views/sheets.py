"""The tier sheet goes out; it comes back as any other sheet does."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.http import Request, only
from customers.views.imports import take_to_edit


@require_safe
def export(request: Request) -> HttpResponseBase:
    """The list of customers, exactly as the page filters and sorts it; whoever sees the list may take it."""
    return take_to_edit(request, "tiers")


@require_safe
@only("may_edit_customers")
def send(request: Request) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Where a tier sheet was sent to before there was one page for all sheets."""
    return redirect("customers:import_new", "tiers")
