"""All orders, payments, contracts or service requests of one customer, a page at a time."""

from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.http import Request
from customers.listings.book import OF_A_CUSTOMER, facts_of
from customers.views.seen import visible
from toolbox.pages import keyset_page

SIZE: Final = 50


@require_safe
def facts(request: Request, pk: int, kind: str) -> HttpResponse:
    customer = visible(request, pk)
    if kind not in OF_A_CUSTOMER:
        raise Http404
    listing = OF_A_CUSTOMER[kind]
    found = facts_of(kind, customer)
    context = {
        "customer": customer,
        "kind": kind,
        "name": listing.name,
        "listing": listing,
        "page": keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=SIZE),
        "may_add": request.user.may_edit_customers and not customer.is_archived,
        "may_write": request.user.may_write and not customer.is_archived,
    }
    return render(request, "customers/facts.html", context)
