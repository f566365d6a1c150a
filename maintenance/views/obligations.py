"""My day, one obligation, the list of them, and the hours that they take."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import Request, once, only
from customers.models import Channel, Customer
from customers.views.book import without_cursor
from maintenance import capacity as hours, dispatch, services, worklist
from maintenance.cadence import Bucket, spans
from maintenance.forms.obligations import CompletionForm, ContactForm, ReasonForm, SnoozeForm, WhoseForm
from maintenance.listings import PROMISES
from maintenance.models import Benefit, Obligation, Playbook
from tiering.models import SchemeVersion, TierChange
from tiering.trials import trial_of
from toolbox.pages import capped_count, keyset_page

PAGE_SIZE = 50
RECENTLY = 5
NEXT = 3
MOST_LOADED = 5


@require_safe
def my_day(request: Request) -> HttpResponse:
    """Three sections at most; `?section=` shows one of them to its end. htmx asks for their counts alone."""
    user, today = request.user, timezone.localdate()
    whose = WhoseForm(request.GET, user=user)
    counts = worklist.summary(user, today, person=whose.chosen)
    one = request.GET.get("section", "")
    shown = [bucket for bucket in worklist.SECTIONS if one in {"", bucket} or one not in worklist.SECTIONS]
    if request.htmx:
        fresh = {bucket: getattr(counts, bucket) for bucket in shown}
        return render(request, "maintenance/my_day.html#counts", {"fresh": fresh})
    sections = [
        worklist.section(
            bucket,
            user=user,
            today=today,
            count=getattr(counts, bucket),
            person=whose.chosen,
            cursor=request.GET.get("cursor", "") if one else "",
        )
        for bucket in shown
    ]
    sections = worklist.sections_with_cards(sections, user=user, at=timezone.now())
    context = {
        "sections": sections,
        "counts": counts,
        "whose": whose,
        "only": one if one in worklist.SECTIONS else "",
        "today": today,
        "later_from": spans(today)[Bucket.LATER].first,
        "may_tick": any(line.may_keep for section in sections for line in section.lines),
        "query": without_cursor(request.GET),
    }
    return render(request, "maintenance/my_day.html", context)


@require_safe
@only("answers_for_others")
def team(request: Request) -> HttpResponse:
    """Who has how much to do: a slot of My day, and a page of its own."""
    loads = worklist.loads(request.user, timezone.localdate())
    shown = loads[:MOST_LOADED] if request.htmx else loads
    context = {"loads": shown, "more": len(loads) > len(shown)}
    return render(request, f"maintenance/team.html{'#panel' if request.htmx else ''}", context)


@require_safe
def obligations(request: Request) -> HttpResponse:
    """Open ones unless another state is asked for."""
    found = PROMISES.find(request.user, request.GET, None)
    page = keyset_page(
        found.rows.with_names(), order=found.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    lines = [worklist.line(row, user=request.user, today=timezone.localdate()) for row in page.rows]
    context = {
        "filter": found.filter,
        "page": page,
        "lines": lines,
        "count": capped_count(found.rows),
        "may_tick": any(line.may_keep for line in lines),
        "query": without_cursor(request.GET),
    }
    return render(request, "maintenance/obligations.html", context)


@require_safe
def obligation(request: Request, pk: int) -> HttpResponse:
    return _answer(request, _found(request, pk))


def complete(request: Request, pk: int) -> HttpResponse:
    """The form in the row's place; posted, the row as it now stands, errors included."""
    row = _found(request, pk)
    form = CompletionForm(request.POST or None, obligation=row)

    def keep(**said: Any) -> str:
        services.complete(row, by=request.user, at=timezone.now(), **said)
        return _logged(said["channel"])

    return _act(request, row, form, keep, verb="complete")


def snooze(request: Request, pk: int) -> HttpResponse:
    row = _found(request, pk)
    form = SnoozeForm(request.POST or None, obligation=row)

    def put_off(**said: Any) -> str:
        moved = services.snooze(row, by=request.user, at=timezone.now(), **said)
        day = {"day": date_format(moved.due_on)}
        return (
            _("Planned for %(day)s.") % day if moved.is_brought_forward else _("Snoozed until %(day)s.") % day
        )

    return _act(request, row, form, put_off, verb="snooze")


def skip(request: Request, pk: int) -> HttpResponse:
    row = _found(request, pk)
    form = ReasonForm(request.POST or None, obligation=row)

    def leave_out(**said: Any) -> str:
        services.skip(row, by=request.user, at=timezone.now(), **said)
        return _("Skipped.")

    return _act(request, row, form, leave_out, verb="skip")


def excuse(request: Request, pk: int) -> HttpResponse:
    """By who answers for it, never by who owes it."""
    row = _found(request, pk)
    if not row.may_be_excused_by(request.user):
        raise PermissionDenied
    form = ReasonForm(request.POST or None, obligation=row)

    def let_off(**said: Any) -> str:
        services.excuse(row, by=request.user, at=timezone.now(), **said)
        return _("Excused.")

    return _act(request, row, form, let_off, verb="excuse")


@once
def choose(request: Request, pk: int) -> HttpResponse:
    """Which contact keeps it: a page with the latest ones."""
    row = _correctable(request, pk)
    form = ContactForm(request.POST or None, obligation=row)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.choose(
                row, said["contact"], by=request.user, at=timezone.now(), reason=said.get("reason", "")
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The contact keeps this promise."))
            return redirect("maintenance:obligation", pk)
    return render(request, "maintenance/choose.html", {"obligation": row, "form": form})


@once
def take_back(request: Request, pk: int) -> HttpResponse:
    """It was not kept after all."""
    row = _correctable(request, pk)
    form = ReasonForm(request.POST or None, obligation=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.take_back(row, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, " ".join(refusal.messages))
        else:
            messages.success(request, _("Taken back: the promise is open again."))
            return redirect("maintenance:obligation", pk)
    return render(request, "maintenance/take_back.html", {"obligation": row, "form": form})


def _correctable(request: Request, pk: int) -> Obligation:
    row = _found(request, pk)
    if not row.may_be_kept_by(request.user):
        raise PermissionDenied
    return row


@require_safe
def panel(request: Request, pk: int) -> HttpResponse:
    """What is promised to one customer: a slot on its page, and a page of its own."""
    customers = Customer.objects.visible_to(request.user).select_related("standing__tier")
    customer = get_object_or_404(customers, pk=pk)
    rows = Obligation.objects.visible_to(request.user).filter(customer=customer).with_contact()
    today = timezone.localdate()
    grace = TierChange.objects.in_grace(today).filter(customer=customer).select_related("from_tier").first()
    tier = grace.from_tier_id if grace else customer.standing.tier_id
    lines = [
        worklist.line(row, user=request.user, today=today) for row in rows.open().order_by("due_on", "pk")
    ]
    next_ones = max(NEXT, sum(1 for line in lines if line.days_late))
    context = {
        "customer": customer,
        "lines": lines[:next_ones],
        "later": lines[next_ones:],
        "kept": rows.done().select_related("interaction").order_by("-completed_at", "-pk")[:RECENTLY],
        "grace": grace,
        "is_dispatched_first": dispatch.is_first(customer, today),
        "benefits": Benefit.objects.filter(
            playbook__in=Playbook.objects.in_force(today).filter(tier=tier)
        ).order_by("position", "pk"),
    }
    return render(request, f"maintenance/panel.html{'#panel' if request.htmx else ''}", context)


@require_safe
@only("sees_all")
def capacity(request: Request, pk: int) -> HttpResponse:
    """Of a simulation: a slot on its page, and a page of its own."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    trial = trial_of(request.GET, version=version)
    if trial is None:
        return redirect(f"{reverse('tiering:simulate', args=[pk])}?{request.GET.urlencode()}")
    context = {"version": version, "found": hours.capacity(trial, on=timezone.localdate())}
    return render(request, f"maintenance/capacity.html{'#panel' if request.htmx else ''}", context)


def _found(request: Request, pk: int) -> Obligation:
    return get_object_or_404(Obligation.objects.visible_to(request.user).with_contact(), pk=pk)


def _act(
    request: Request,
    row: Obligation,
    form: CompletionForm | ReasonForm | SnoozeForm,
    act: Callable[..., str],
    *,
    verb: str,
) -> HttpResponse:
    if not row.may_be_kept_by(request.user):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            said = act(**form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _done(request, row.pk, said)
    return _answer(request, row, form=form, verb=verb, act_at=f"maintenance:{verb}")


def _done(request: Request, pk: int, said: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, said)
        return redirect("maintenance:my_day")
    row = _found(request, pk)
    answer = _answer(request, row, said=said, following=services.following(row))
    answer["HX-Trigger"] = "contact-logged"  # the timeline beside it shows the note
    return answer


def _answer(request: Request, row: Obligation, **context: object) -> HttpResponse:
    """The row alone for htmx, else a page around it."""
    line, bare = (
        worklist.line(row, user=request.user, today=timezone.localdate()),
        "bare" in request.GET or "bare" in request.POST,
    )
    if not bare:
        [line] = worklist.with_cards([line], user=request.user, at=timezone.now())
    context |= {"line": line, "bare": bare, "may_tick": "day" in request.GET or "day" in request.POST}
    if request.htmx:
        return render(request, "components/_obligation.html", context)
    context |= {
        "snoozes": row.snoozes.select_related("by"),
        "celebrated": worklist.celebrated(row),
        "matches": row.matches.select_related("by", "interaction").order_by("-at", "-pk"),
        "may_correct": row.may_be_kept_by(request.user) and not row.customer.archived_at,
    }
    return render(request, "maintenance/obligation.html", context)


def _logged(channel: str) -> str:
    return {
        Channel.PHONE: _("Call logged."),
        Channel.WECHAT: _("WeChat message logged."),
        Channel.EMAIL: _("E-mail logged."),
        Channel.ONLINE: _("Online meeting logged."),
        Channel.VISIT: _("Visit logged."),
        Channel.POST: _("Letter logged."),
    }[Channel(channel)]
