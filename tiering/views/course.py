"""Tier history across the customers one sees."""

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request
from customers import scales
from customers.models import Tier
from tiering import tasks
from tiering.course import keeping, layout
from tiering.course.counting import MOST


@require_safe
def index(request: Request) -> HttpResponse:
    """By quarter, or by year with `?by=year`."""
    counted = keeping.of(request.user, at=timezone.now())
    if counted.is_behind:
        transaction.on_commit(tasks.count_tier_history.delay, robust=True)
    found = counted.figures
    tiers = Tier.objects.in_bulk()
    scales.tell_apart(tiers[pk] for pk in layout.occurring(found) if pk in tiers)
    kind = "year" if request.GET.get("by") == "year" else "quarter"
    quarters, periods = layout.moves(found), layout.held(found, kind, tiers)
    stays = layout.stays(found, tiers)
    context = {
        "quarters": quarters,
        "has_others": any(row.moves[3].n for row in quarters),
        "kind": kind,
        "periods": periods,
        "has_other_ends": any(row.became[2].n for period in periods for row in period.tiers),
        "stays": stays,
        "stay_names": layout.stay_names(),
        "spread": layout.spread(found, tiers),
        "most": MOST,
        "charts": layout.charts(quarters, periods, stays, found),
        "counted": counted,
    }
    return render(request, "tiering/course.html", context)
