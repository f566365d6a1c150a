"""The week, a promise moved in it, and the feed for other calendars."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.formats import date_format
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from accounts import feeds
from accounts.http import Request
from accounts.models import Department, User
from maintenance import agenda, feed as feeding, services
from maintenance.cadence import DAY
from maintenance.forms.obligations import MoveForm, WhoseForm
from maintenance.models import Obligation
from toolbox.calendars import monday_of

A_WEEK = timedelta(weeks=1)


@require_safe
def week(request: Request) -> HttpResponse:
    """`?day=` any day of it. `?person=` whose, among those one may look at."""
    user, today = request.user, timezone.localdate()
    whose = WhoseForm(request.GET, user=user)
    monday = monday_of(agenda.day_of(request.GET.get("day", ""), today=today))
    context = {
        "days": agenda.week(user, monday=monday, person=whose.chosen, today=today, at=timezone.now()),
        "monday": monday,
        "sunday": monday + A_WEEK - DAY,
        "before": monday - A_WEEK,
        "after": monday + A_WEEK,
        "number": monday.isocalendar().week,
        "whose": whose,
        "listed": listed(user, whose.chosen),
        "today": today,
    }
    return render(request, "maintenance/calendar.html", context)


def listed(user: User, person: User | None) -> str:
    """In the list of promises: what stands in this calendar, as far as its filters can say that."""
    whose = person or user
    if whose.is_support:
        return urlencode({"department": whose.department})
    if person or not user.answers_for_others:
        return urlencode({"assignee": whose.pk})
    return "" if user.sees_all else urlencode({"department": Department.SALES})


def move(request: Request, pk: int) -> HttpResponse:
    """To another day, by the rules of a snooze. `?to=` is the day it was dropped on."""
    row = get_object_or_404(Obligation.objects.visible_to(request.user).with_names(), pk=pk)
    if not row.may_be_kept_by(request.user):
        raise PermissionDenied
    if request.method == "POST":
        form = MoveForm(request.POST, obligation=row)
        if form.is_valid():
            try:
                moved = services.snooze(row, by=request.user, at=timezone.now(), **form.cleaned_data)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                return _moved(request, moved)
    else:
        form = MoveForm(obligation=row, initial={"until": request.GET.get("to") or row.due_on})
    context = {"obligation": row, "form": form}
    return render(request, f"maintenance/move.html{'#form' if request.htmx else ''}", context)


def _moved(request: Request, row: Obligation) -> HttpResponse:
    said = _("%(title)s · %(customer)s: moved to %(day)s.") % {
        "title": row.promise.title,
        "customer": row.customer,
        "day": date_format(row.due_on),
    }
    if request.htmx:
        return trigger_client_event(HttpResponse(), "moved", {"said": said, "entry": f"entry-{row.pk}"})
    messages.success(request, said)
    return redirect(f"{reverse('maintenance:calendar')}?day={row.due_on:%Y-%m-%d}")


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """For a calendar program, which signs in nowhere. A wrong address, an old one and one of somebody who left are
    all as good as none.
    """
    user = feeds.owner_of(token)
    if user is None:
        raise Http404
    body = feeding.calendar_of(user, at=timezone.now())
    answer: Any = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["ETag"] = quote_etag(feeding.fingerprint(body))
    answer["Cache-Control"] = "private, max-age=300"
    answer["Content-Disposition"] = 'inline; filename="tierbook.ics"'
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
