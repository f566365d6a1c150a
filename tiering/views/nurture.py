"""The nurture list: who is on it and why, taking up, dismissing, finishing, and its thresholds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import Request, once, only
from accounts.models import User
from customers.models import Customer
from tiering import tasks
from tiering.forms import DismissalForm, NextStepForm, NurtureRulesForm, OutcomeForm
from tiering.listings import NURTURE
from tiering.models import Candidate, NurtureRules
from tiering.nurture import evidence, listing
from toolbox.pages import capped_count, keyset_page

SIZE = 25


@dataclass(frozen=True)
class Line:
    """A candidate as a row of the list, for one reader."""

    candidate: Candidate
    may_act: bool
    today: date

    @property
    def sentence(self) -> str:
        return evidence.sentence(self.candidate)

    @property
    def bars(self) -> list[evidence.Bar]:
        return evidence.bars(self.candidate)

    @property
    def is_late(self) -> bool:
        day = self.candidate.follow_up_on
        return self.candidate.state == Candidate.State.TAKEN and day is not None and day < self.today


def line(candidate: Candidate, *, user: User) -> Line:
    may_act = user.may_edit_customers and candidate.is_open and not candidate.customer.is_archived
    return Line(candidate, may_act, timezone.localdate())


def lines_of(customer: Customer, *, user: User) -> list[Line]:
    """For the customer's page: what it is on the list for."""
    rows = Candidate.objects.open().filter(customer=customer).select_related("taken_by", "closed_by")
    found = []
    for row in rows.order_by("rule"):
        row.customer = customer
        found.append(line(row, user=user))
    return found


@require_safe
def index(request: Request) -> HttpResponse:
    found = NURTURE.find(request.user, request.GET, None)
    page = keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=SIZE)
    context = {
        "filter": found.filter,
        "page": page,
        "lines": [line(row, user=request.user) for row in page.rows],
        "count": capped_count(found.rows),
        "rules": NurtureRules.in_force(),
        "asked": any(value for key, value in request.GET.items() if key != "cursor"),
    }
    return render(request, "tiering/nurture.html", context)


@require_safe
def detail(request: Request, pk: int) -> HttpResponse:
    return answer(request, visible(request, pk))


@once
def take_up(request: Request, pk: int) -> HttpResponse:
    """Of one that is taken up already: the next step after this one."""
    row = visible(request, pk)

    def act(candidate: Candidate, **said: Any) -> bool:
        if candidate.state == Candidate.State.TAKEN:
            return listing.go_on(candidate, **said)
        return listing.take_up(candidate, by=request.user, at=timezone.now(), **said)

    form = NextStepForm(request.POST or None, auto_id=f"id_{pk}_%s")
    return carry_out(request, row, form, act, verb="take_up")


@once
def dismiss(request: Request, pk: int) -> HttpResponse:
    def act(candidate: Candidate, **said: Any) -> bool:
        return listing.dismiss(candidate, by=request.user, at=timezone.now(), **said)

    form = DismissalForm(request.POST or None, auto_id=f"id_{pk}_%s")
    return carry_out(request, visible(request, pk), form, act, verb="dismiss")


@once
def finish(request: Request, pk: int) -> HttpResponse:
    def act(candidate: Candidate, **said: Any) -> bool:
        return listing.finish(candidate, by=request.user, at=timezone.now(), **said)

    form = OutcomeForm(request.POST or None, auto_id=f"id_{pk}_%s")
    return carry_out(request, visible(request, pk), form, act, verb="finish")


@only("may_edit_customers")
def carry_out(
    request: Request, row: Candidate, form: forms.Form, act: Callable[..., bool], *, verb: str
) -> HttpResponse:
    """The form in the row's place; posted, the row as it now stands, errors included."""
    if request.method != "POST":
        return answer(request, row, form=form, verb=verb)
    if not form.is_valid():
        return answer(request, row, form=form, verb=verb, status=422)
    if not act(row, **form.cleaned_data):
        said = _("Somebody was faster: nothing was changed. This is how it stands now.")
    else:
        said = {
            "take_up": _("Taken up."),
            "dismiss": _("Dismissed. It comes back with new evidence."),
            "finish": _("Finished."),
        }[verb]
    if request.htmx:
        return answer(request, visible(request, row.pk), said=said)
    messages.success(request, said)
    return redirect("tiering:candidate", row.pk)


def visible(request: Request, pk: int) -> Candidate:
    rows = Candidate.objects.visible_to(request.user).select_related(
        "customer__standing__tier", "customer__owner", "customer__team", "taken_by", "closed_by"
    )
    return get_object_or_404(rows, pk=pk)


def answer(request: Request, row: Candidate, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"line": line(row, user=request.user), **more}
    template = "components/_candidate.html" if request.htmx else "tiering/candidate.html"
    return render(request, template, context, status=status)


@only("may_grade")
@once
def rules(request: Request) -> HttpResponse:
    form = NurtureRulesForm(request.POST or None, instance=NurtureRules.in_force())
    if request.method == "POST" and form.is_valid():
        form.save()
        transaction.on_commit(tasks.refresh_nurture_list.delay, robust=True)
        messages.success(request, _("Saved. The list is being brought up to date."))
        return redirect("tiering:nurture")
    status = 422 if form.is_bound else 200
    return render(request, "tiering/nurture_rules.html", {"form": form}, status=status)
