"""What is to leave the house first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from customers import scales
from customers.models import Seat
from maintenance import dispatch
from maintenance.listings import DISPATCH
from maintenance.models import Benefit, Playbook
from toolbox.pages import capped_count, keyset_page

PAGE_SIZE = 50


@require_safe
def index(request: Request) -> HttpResponse:
    """Orders of late by customers who are dispatched first, with who of logistics serves them."""
    found = DISPATCH.find(request.user, request.GET, None)
    rows = found.rows.select_related("customer__standing__tier", "customer__owner").defer(
        "customer__notes", "customer__search_text"
    )
    page = keyset_page(rows, order=found.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    scales.tell_apart([order.customer.standing.tier for order in page.rows])
    serving = Seat.objects.serving().filter(
        department="logistics", customer__in={order.customer_id for order in page.rows}
    )
    people = {seat.customer_id: seat.person for seat in serving.select_related("person")}
    in_force = Playbook.objects.in_force(timezone.localdate())
    promised = Benefit.objects.filter(kind=Benefit.Kind.DISPATCH, playbook__in=in_force)
    context = {
        "page": page,
        "rows": [(order, people.get(order.customer_id)) for order in page.rows],
        "count": capped_count(found.rows),
        "days": dispatch.OF_LATE.days,
        "benefits": list(
            promised.select_related("playbook__tier").order_by(
                "playbook__tier__scale", "playbook__tier__rank", "pk"
            )
        ),
    }
    return render(request, "maintenance/dispatch.html", context)
