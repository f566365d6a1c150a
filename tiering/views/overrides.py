"""Tiers set by hand that are in force: until when, and what the numbers say beside them."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.http import Request
from customers import scales
from tiering.listings import OVERRIDES
from tiering.models import Override
from tiering.notices import WARNED
from toolbox.pages import capped_count, keyset_page


def index(request: Request) -> HttpResponse:
    """Whoever sees the customer; those that end first come first."""
    today = timezone.localdate()
    in_force = Override.objects.visible_to(request.user).in_force(today).of_active_customers()
    found = OVERRIDES.find(request.user, request.GET, None)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    scales.tell_apart(tier for row in page.rows for tier in (row.tier, row.customer.standing.computed_tier))
    context = {
        "filter": found.filter,
        "page": page,
        "rows": [(row, (row.expires_on - today).days, is_ending(row, today)) for row in page.rows],
        "count": capped_count(found.rows),
        "ending": capped_count(in_force.ending(today, within=WARNED)),
        "days": WARNED.days,
    }
    return render(request, "tiering/overrides.html", context)


def is_ending(override: Override, today: date) -> bool:
    return override.expires_on <= today + WARNED
