"""Tiers set by hand that are in force: until when, and what the numbers say beside them."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.http import Request
from customers import scales
from tiering.models import Override
from tiering.notices import WARNED
from tiering.reviewing.filters import OverrideFilter
from toolbox.pages import Order, capped_count, keyset_page

SOONEST = Order("expires", "expires_on", descending=False, value=lambda row: row.expires_on.isoformat())


def index(request: Request) -> HttpResponse:
    """Whoever sees the customer; those that end first come first."""
    today = timezone.localdate()
    in_force = Override.objects.visible_to(request.user).in_force(today).of_active_customers()
    rows = in_force.select_related("customer__owner", "customer__standing__computed_tier", "tier", "by")
    found = OverrideFilter(request.GET, rows, request=request)
    page = keyset_page(found.qs, order=SOONEST, cursor=request.GET.get("cursor", ""), size=50)
    scales.tell_apart(tier for row in page.rows for tier in (row.tier, row.customer.standing.computed_tier))
    context = {
        "filter": found,
        "page": page,
        "rows": [(row, (row.expires_on - today).days, is_ending(row, today)) for row in page.rows],
        "count": capped_count(found.qs),
        "ending": capped_count(in_force.ending(today, within=WARNED)),
        "days": WARNED.days,
    }
    return render(request, "tiering/overrides.html", context)


def is_ending(override: Override, today: date) -> bool:
    return override.expires_on <= today + WARNED
