"""The work list of possible duplicates, and the hint beside a new customer."""

from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, only
from customers import tasks
from customers.duplicates import finding
from customers.listings.upkeep import DUPLICATES, TOLD_APART, is_apart
from customers.models import Duplicate
from toolbox.pages import capped_count, keyset_page

SIZE: Final = 25


@require_safe
@only("may_edit_customers")
def index(request: Request) -> HttpResponse:
    """Those who may be one, the largest first; asked for, those who were told apart."""
    found = DUPLICATES.find(request.user, request.GET, None)
    context = {
        "is_apart": is_apart(request.GET),
        "page": keyset_page(
            found.rows.with_customers(),
            order=found.by,
            cursor=request.GET.get("cursor", ""),
            size=SIZE,
        ),
        "count": capped_count(found.rows),
        "may_look": request.user.may_load_orders,
    }
    return render(request, "customers/duplicates.html", context)


@require_POST
@only("may_load_orders")
def look(request: Request) -> HttpResponse:
    """The nightly search now, by a worker."""
    send(tasks.find_duplicates)
    messages.success(request, _("The book is being looked through. The list is new in a moment."))
    return redirect("customers:duplicates")


def send(task: Any) -> None:
    transaction.on_commit(partial(task.delay), robust=True)


@require_POST
@only("may_edit_customers")
def judge(request: Request, pk: int) -> HttpResponse:
    """They are two; or, after all, look again."""
    pair = get_object_or_404(Duplicate.objects.visible_to(request.user), pk=pk)
    page = reverse("customers:duplicates")
    match request.POST.get("do"):
        case "apart":
            if finding.tell_apart(pair, by=request.user, at=timezone.now()):
                messages.success(request, _("Noted: these are two customers."))
            else:
                messages.info(request, _("Somebody has said so already."))
        case "back":
            finding.put_back(pair)
            messages.success(request, _("They are on the list again."))
            page += f"?show={TOLD_APART}"
        case _unknown:
            raise SuspiciousOperation
    return redirect(page)


@require_safe
@only("may_edit_customers")
def alike(request: Request) -> HttpResponse:
    """A hint: who is there already under a name like the one that is typed."""
    name = request.GET.get("name", "")[:200]
    found = finding.like(name, user=request.user) if name.strip() else []
    return render(request, "customers/alike.html", {"name": name, "alike": found})
