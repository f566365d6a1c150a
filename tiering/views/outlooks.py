"""The way to the next tier, tasks made of it."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers.models import Tier
from customers.views.archived import unless_archived
from customers.views.seen import visible
from tiering import outlooks, queries, services
from tiering.forms import AimForm
from tiering.listings import AIMS
from tiering.models import Aim
from toolbox.pages import keyset_page

IN_A_QUARTER = timedelta(days=90)
IN_A_PANEL = 5


@require_safe
def path(request: Request, pk: int) -> HttpResponse:
    """A panel of the customer's page, or a page of its own."""
    customer = visible(request, pk)
    grading = queries.latest_grading(customer)
    context = {
        "customer": customer,
        "outlook": outlooks.outlook(grading) if grading else None,
        "aims": Aim.objects.open()
        .filter(customer=customer)
        .select_related("assignee")
        .order_by("due_on", "pk"),
        "may_edit": request.user.may_edit_customers and not customer.is_archived,
        "today": timezone.localdate(),
    }
    return render(request, "tiering/path.html#panel" if request.htmx else "tiering/path.html", context)


@only("may_edit_customers")
@unless_archived
@once
def aim(request: Request, pk: int) -> HttpResponse:
    """Make a task of a way; what it says comes along in the address and may be changed."""
    customer = visible(request, pk)
    initial = {
        "what": request.GET.get("what", "")[:500],
        "due_on": timezone.localdate() + IN_A_QUARTER,
        "assignee": customer.owner or request.user,
    }
    form = AimForm(request.POST or None, initial=initial, request=request)
    if request.method == "POST" and form.is_valid():
        tier = Tier.objects.filter(pk=tier_asked(request)).first()
        services.make_aim(customer, tier=tier, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Task made."))
        return redirect("customers:detail", pk)
    context = {"customer": customer, "form": form, "heading": _("Make it a task")}
    return render(request, "tiering/input_form.html", context)


def tier_asked(request: Request) -> int:
    """0 where it is not understood."""
    asked = request.GET.get("tier", "")
    return int(asked) if asked.isdecimal() and len(asked) < 10 else 0  # noqa: PLR2004 - ids of tiers are short


@require_safe
def aims(request: Request) -> HttpResponse:
    """Open tasks: of the customers one sees, or one's own as a panel of the day."""
    found = AIMS.find(request.user, request.GET, None)
    if request.htmx:
        own = found.rows.filter(assignee=request.user).order_by("due_on", "pk")[:IN_A_PANEL]
        return render(request, "tiering/aims.html#panel", {"aims": own, "today": timezone.localdate()})
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    return render(
        request, "tiering/aims.html", {"page": page, "aims": page.rows, "today": timezone.localdate()}
    )


@require_POST
@only("may_edit_customers")
@once
def aim_done(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Aim.objects.visible_to(request.user), pk=pk)
    if services.finish_aim(row, by=request.user, at=timezone.now()):
        messages.success(request, _("Task done."))
    else:
        messages.warning(request, _("Somebody else has done this task already."))
    return redirect("customers:detail", row.customer_id)
