"""What is worth finding out: the one figure that decides a tier, and what is unknown or old before a run."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import Request, only
from customers.models import Tier
from tiering import freshness, reasons
from tiering.listings import DECISIVE
from tiering.measures import Origin, measures
from tiering.models import Decisive
from toolbox.pages import capped_count, keyset_page


@dataclass(frozen=True)
class Line:
    row: Decisive
    name: str
    tiers: list[Tier]
    url: str
    """Where the figure is typed or rated; empty where nobody types it."""


def line(row: Decisive, tiers: dict[int, Tier]) -> Line:
    return Line(
        row,
        reasons.name_of(row.indicator),
        [tiers[pk] for pk in row.tiers if pk in tiers],
        where_said(row.customer_id, row.indicator),
    )


def where_said(customer: int, indicator: str) -> str:
    known = measures().get(indicator)
    if known is None:
        return ""
    if known.origin == Origin.RATED:
        return f"{reverse('tiering:rate', args=[customer])}?indicator={indicator}"
    if known.origin == Origin.GIVEN:
        return f"{reverse('tiering:give', args=[customer])}?indicator={indicator}"
    if known.fact:
        return reverse("customers:add", args=[customer, known.fact])
    return reverse("customers:edit", args=[customer])


@require_safe
def decisive(request: Request) -> HttpResponse:
    """Who brings most comes first: one figure found out there is worth most."""
    found = DECISIVE.find(request.user, request.GET, None)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    tiers = Tier.objects.in_bulk()
    context = {
        "filter": found.filter,
        "page": page,
        "lines": [line(row, tiers) for row in page.rows if row.is_current],
        "count": capped_count(found.rows, cap=1_000),
        "may_edit": request.user.may_edit_customers,
    }
    return render(request, "tiering/decisive.html", context)


@require_safe
@only("sees_all")
def fresh(request: Request) -> HttpResponse:
    """A panel of the page on which a run is started, or a page of its own."""
    context = {"newest": freshness.newest(today=timezone.localdate()), "gaps": freshness.gaps()}
    template = "tiering/freshness.html#panel" if request.htmx else "tiering/freshness.html"
    return render(request, template, context)
