"""A run that waits for review: who would move, accepted and rejected one by one or many at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from tiering import reviewing
from tiering.forms import DecisionForm
from tiering.listings.runs import held_of, movers_of
from tiering.models import Run, SchemeVersion
from tiering.reviewing import holding, shown
from tiering.reviewing.filters import MovementFilter
from toolbox.pages import capped_count, keyset_page

MOST_AT_ONCE = 10_000
IS_ID = re.compile(r"[0-9]{1,18}")


def visible(request: Request, pk: int) -> Run:
    runs = Run.objects.visible_to(request.user).select_related("scheme", "version")
    return get_object_or_404(runs, pk=pk)


@only("sees_all")
def movers(request: Request, pk: int) -> HttpResponse:
    run = visible(request, pk)
    return render(request, "tiering/movers.html", listed(request, run, DecisionForm()))


def listed(
    request: Request, run: Run, form: DecisionForm, ticked: Sequence[int] = (), one: int | None = None
) -> dict[str, Any]:
    """What is wrong with `form` is said where it was sent: with the mover whose button was pressed, or below the list."""
    found = movers_of(run, request.user, request.GET)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    return {
        "run": run,
        "filter": found.filter,
        "page": page,
        "rows": shown.movers(run, page.rows),
        "count": capped_count(found.rows),
        "form": DecisionForm() if one else form,
        "ticked": ticked,
        "one": one,
        "wrong": form.errors.get("comment"),
        "may_decide": request.user.may_grade and run.state == Run.State.REVIEW,
    }


@require_POST
@only("may_grade")
@once
def decide(request: Request, pk: int) -> HttpResponse:
    """For the ticked movers, for one whose button was pressed, or for all that the list finds."""
    run = visible(request, pk)
    asked = asked_for(request, run)
    form = DecisionForm({"do": asked.do, "comment": asked.comment})
    if not form.is_valid():
        context = listed(request, run, form, ids(request.POST.getlist("customer")), asked.one)
        return render(request, "tiering/movers.html", context, status=422)
    try:
        count = reviewing.decide(
            run,
            asked.customers,
            is_accepted=form.cleaned_data["do"] == "accept",
            comment=form.cleaned_data["comment"],
            by=request.user,
            at=timezone.now(),
        )
    except reviewing.TooLateError as late:
        messages.warning(request, str(late))
    else:
        messages.success(request, said(count, is_accepted=form.cleaned_data["do"] == "accept"))
    return redirect(f"{reverse('tiering:run_movers', args=[pk])}?{request.GET.urlencode()}")


@dataclass(frozen=True, slots=True)
class Asked:
    do: str
    comment: str
    customers: list[int]
    one: int | None = None


def asked_for(request: Request, run: Run) -> Asked:
    """By the button of one mover, with the comment beside it, or by that below the list."""
    sent = request.POST
    for do in ("accept", "reject"):
        if do in sent:
            customers = ids([sent[do]])
            return Asked(do, sent.get(f"comment-{sent[do]}", ""), customers, one=next(iter(customers), None))
    customers = ids(sent.getlist("customer"))
    if sent.get("everything"):
        found = MovementFilter(request.GET, run.movements.all(), request=request).qs
        customers = list(found.order_by("pk").values_list("customer_id", flat=True)[:MOST_AT_ONCE])
    return Asked(sent.get("do", ""), sent.get("comment", ""), customers)


def ids(words: list[str]) -> list[int]:
    return [int(word) for word in words if IS_ID.fullmatch(word)]


def said(count: int, *, is_accepted: bool) -> str:
    if not count:
        return _("Tick somebody first: nothing was changed.")
    if is_accepted:
        return ngettext("%(count)s movement accepted.", "%(count)s movements accepted.", count) % {
            "count": count
        }
    return ngettext("%(count)s movement rejected.", "%(count)s movements rejected.", count) % {"count": count}


@only("sees_all")
def shares(request: Request, pk: int) -> HttpResponse:
    """By account manager and by team: a panel of the run's page, or a page of its own."""
    run = visible(request, pk)
    owners, teams = shown.shares(run)
    has_others = any(share.other[0] for share in owners)
    context = {"run": run, "owners": owners, "teams": teams, "has_others": has_others}
    return render(request, "tiering/shares.html#panel" if request.htmx else "tiering/shares.html", context)


@only("sees_all")
def held(request: Request, pk: int) -> HttpResponse:
    """Whose change of tier the movement policy holds back, by which rule, and when it would happen."""
    run = visible(request, pk)
    found = held_of(run, request.user, request.GET)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=50)
    version = SchemeVersion.objects.whole().get(pk=run.version_id)
    context = {
        "run": run,
        "filter": found.filter,
        "page": page,
        "rows": holding.explained(page.rows, version, as_of=run.as_of),
        "count": capped_count(found.rows),
    }
    return render(request, "tiering/held.html", context)
