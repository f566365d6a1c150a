"""All orders, payments, contracts or service requests of one customer, a page at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.http import Request
from customers.models import Customer
from customers.views.profile import visible
from toolbox.pages import Order, keyset_page

SIZE: Final = 50


@dataclass(frozen=True)
class Listing:
    """Facts of one kind, the newest first."""

    name: Promise
    rows: Callable[[Customer], QuerySet[Any]]
    day: str

    @property
    def order(self) -> Order:
        return Order(
            self.day, self.day, descending=True, value=lambda row: getattr(row, self.day).isoformat()
        )


LISTINGS: Final = {
    "orders": Listing(_("Orders"), lambda customer: customer.orders.all(), "ordered_on"),
    "payments": Listing(_("Payments"), lambda customer: customer.payments.select_related("order"), "due_on"),
    "contracts": Listing(_("Contracts"), lambda customer: customer.contracts.all(), "ends_on"),
    "requests": Listing(
        _("Service requests"),
        lambda customer: customer.servicerequests.select_related("opened_by"),
        "opened_at",
    ),
}
"""By the word in the address."""


@require_safe
def facts(request: Request, pk: int, kind: str) -> HttpResponse:
    customer = visible(request, pk)
    if kind not in LISTINGS:
        raise Http404
    listing = LISTINGS[kind]
    context = {
        "customer": customer,
        "kind": kind,
        "name": listing.name,
        "page": keyset_page(
            listing.rows(customer), order=listing.order, cursor=request.GET.get("cursor", ""), size=SIZE
        ),
        "may_add": request.user.may_edit_customers and not customer.is_archived,
        "may_write": request.user.may_write and not customer.is_archived,
    }
    return render(request, "customers/facts.html", context)
