"""What is done with the ticked promises: a page that names them, asks what it needs, and does all or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.http import Request, once
from accounts.models import User
from maintenance import services, worklist
from maintenance.cadence import Span, spans
from maintenance.forms.obligations import (
    HandOverForm,
    ManyCompletionForm,
    ReasonForm,
    SnoozeForm,
    WhoseForm,
)
from maintenance.listings import PROMISES
from maintenance.models import Obligation
from maintenance.models.obligation import ObligationQuerySet
from toolbox.pages import ordered

MOST_AT_ONCE: Final = 500
LONGEST_ID: Final = 18
"""Digits: a longer number is no id in either database."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    title: Promise
    button: Promise
    does: Callable[..., int]
    form: Callable[[Any, User], forms.Form]
    may: str = "may_write"
    hint: Promise | str = ""


VERBS: Final = {
    "complete": Verb(
        title=gettext_lazy("Done together"),
        button=gettext_lazy("Log and complete"),
        does=services.complete_many,
        form=lambda data, _user: ManyCompletionForm(data),
        hint=gettext_lazy("One contact is logged with each customer, and keeps all that is ticked of it."),
    ),
    "snooze": Verb(
        title=gettext_lazy("Snooze together"),
        button=gettext_lazy("Snooze"),
        does=services.snooze_many,
        form=lambda data, _user: SnoozeForm(data),
        hint=gettext_lazy("All of them are due on the same day then, or on the next working day."),
    ),
    "skip": Verb(
        title=gettext_lazy("Skip together"),
        button=gettext_lazy("Skip this time"),
        does=services.skip_many,
        form=lambda data, _user: ReasonForm(data),
        hint=gettext_lazy("It counts as not kept. The next one is planned from the day it was due."),
    ),
    "excuse": Verb(
        title=gettext_lazy("Excuse together"),
        button=gettext_lazy("Excuse"),
        does=services.excuse_many,
        form=lambda data, _user: ReasonForm(data),
        may="may_assign",
        hint=gettext_lazy(
            "It counts neither as kept nor as broken: it was not up to us. The next one is planned from the day it was due."
        ),
    ),
    "hand-over": Verb(
        title=gettext_lazy("Hand over"),
        button=gettext_lazy("Hand over"),
        does=services.hand_over,
        form=lambda data, user: HandOverForm(data, user=user),
        hint=gettext_lazy(
            "What service, technical and logistics owe. What sales owes goes with the customer: give it to another account manager in the list of customers."
        ),
    ),
}


@require_POST
@once
def act(request: Request, verb: str) -> HttpResponse:
    """Asked without `confirm`, the page; with it, all of it is done, or nothing and the page says what stands in the way."""
    if verb not in VERBS:
        raise Http404
    chosen, user = VERBS[verb], request.user
    if not (user.may_write and getattr(user, chosen.may)):
        raise PermissionDenied
    try:
        pks = ticked(request)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(back(request))
    form = chosen.form(request.POST if "confirm" in request.POST else None, user)
    why: dict[int, str] = {}
    if form.is_bound and form.is_valid():
        try:
            count = _do(chosen, pks, form, user, leave_out="leave_out" in request.POST)
        except services.RefusedError as refused:
            why = refused.why
        else:
            messages.success(request, _done(count))
            return redirect(back(request))
    rows = ordered(visible(user).filter(pk__in=pks).with_names(), order=worklist.BY_URGENCY)
    context = {
        "verb": verb,
        "chosen": chosen,
        "form": form,
        "rows": [(row, why.get(row.pk, "")) for row in rows],
        "refused": len(why),
        "left": len(pks) - len(why),
        "came_from": request.POST.get("from", ""),
        "query": request.POST.get("query", ""),
        "back": back(request),
    }
    return render(request, "maintenance/many.html", context, status=422 if form.errors or why else 200)


def _do(chosen: Verb, pks: list[int], form: forms.Form, user: User, *, leave_out: bool) -> int:
    """`leave_out`: what is refused is left as it is, and the rest done."""
    at = timezone.now()
    try:
        return chosen.does(pks, by=user, at=at, **form.cleaned_data)
    except services.RefusedError as refused:
        rest = [pk for pk in pks if pk not in refused.why]
        if not leave_out or not rest:
            raise
        return chosen.does(rest, by=user, at=at, **form.cleaned_data)


def _done(count: int) -> str:
    return ngettext("%(count)s promise changed.", "%(count)s promises changed.", count) % {"count": count}


def visible(user: User) -> ObligationQuerySet:
    return Obligation.objects.visible_to(user)


def ticked(request: Request) -> list[int]:
    """The ids of the ticked promises that the user may see, or of all that the page's filter shows.

    Raises ValidationError, in words for the user, when that is nothing, too much, or not understood.
    """
    if request.POST.get("everything"):
        rows = everything(request)
    else:
        given = [pk for pk in request.POST.getlist("obligation") if pk.isdecimal() and len(pk) <= LONGEST_ID]
        rows = visible(request.user).filter(pk__in=[int(pk) for pk in given[: MOST_AT_ONCE + 1]])
    pks = list(rows.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if not pks:
        raise ValidationError(_("No promise was ticked. Tick the promises first."))
    if len(pks) > MOST_AT_ONCE:
        raise ValidationError(
            _(
                "At most %(limit)s promises are changed at once. Narrow the list with the filters, then change it in parts. Nothing was changed."
            )
            % {"limit": number_format(MOST_AT_ONCE, use_l10n=True, force_grouping=True)}
        )
    return pks


def everything(request: Request) -> ObligationQuerySet:
    """Open ones alone: of the day as it was looked at, or of the list as it was filtered."""
    query, user = QueryDict(request.POST.get("query", "")), request.user
    if request.POST.get("from") == "list":
        found = PROMISES.find(user, query, None)
        if found.filter and not found.filter.is_valid():
            raise ValidationError(
                _("A filter of this list is not understood. Correct it first. Nothing was changed.")
            )
        rows: ObligationQuerySet = found.rows
        return rows.open()
    days, only = spans(timezone.localdate()), query.get("section")
    shown = [bucket for bucket in worklist.SECTIONS if bucket == only] or worklist.SECTIONS
    span = Span(first=days[shown[0]].first, last=days[shown[-1]].last)
    return worklist.owed(user, person=WhoseForm(query, user=user).chosen).due_in(span)


def back(request: Request) -> str:
    page = "maintenance:obligations" if request.POST.get("from") == "list" else "maintenance:my_day"
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return f"{reverse(page)}?{query}" if query else reverse(page)
