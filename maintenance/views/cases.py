"""Cases: the list, one case and its steps, whose they are, where they come from, what they say."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers.models import Customer
from customers.queries import latest_requests
from customers.views.archived import unless_archived
from customers.views.seen import visible
from maintenance import casework
from maintenance.case_steps import Step, leads_to
from maintenance.casework import feedback as feedback_log, mail_in, ordering, seen
from maintenance.forms.cases import (
    CaseForm,
    DismissForm,
    GiveForm,
    HandOverForm,
    LeadsForm,
    NoteForm,
    RatingForm,
    RouteForm,
    StepForm,
)
from maintenance.listings import CASES
from maintenance.listings.cases import BY_URGENCY
from maintenance.models import Case, Mail, Route
from toolbox.pages import Order, capped_count, keyset_page

PAGE_SIZE: Final = 50
SHOWN: Final = 20
LATEST: Final = 5
BY_ARRIVAL: Final = Order(
    "arrival", "received_at", descending=False, value=lambda row: row.received_at.isoformat()
)


@require_safe
def cases(request: Request) -> HttpResponse:
    found = CASES.find(request.user, request.GET, None)
    page = keyset_page(
        found.rows.with_names(), order=found.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    context = {
        "filter": found.filter,
        "page": page,
        "lines": seen.lines(page.rows, at=timezone.now()),
        "count": capped_count(found.rows),
        "letters": Mail.objects.visible_to(request.user).waiting().count(),
    }
    return render(request, "maintenance/cases.html", context)


@require_safe
def mine(request: Request) -> HttpResponse:
    """What is on one's desk: a slot of My day, and a page of its own."""
    now = timezone.now()
    rows = Case.objects.visible_to(request.user).on_the_desk_of(request.user).with_names()
    size = SHOWN if request.htmx else PAGE_SIZE
    page = keyset_page(rows, order=BY_URGENCY, cursor=request.GET.get("cursor", ""), size=size)
    context = {"page": page, "lines": seen.lines(page.rows, at=now), "count": capped_count(rows)}
    return render(request, f"maintenance/my_cases.html{'#panel' if request.htmx else ''}", context)


@require_safe
def of_customer(request: Request, pk: int) -> HttpResponse:
    """A slot on the customer's page, and a page of its own. Requests that are no case stand below."""
    customer = visible(request, pk)
    now = timezone.now()
    rows = Case.objects.visible_to(request.user).of(customer).with_names()
    done = rows.exclude(pk__in=Case.objects.open().values("pk")).order_by("-request__opened_at", "-pk")
    context = {
        "customer": customer,
        "lines": seen.lines(rows.open().order_by(F("due_at").asc(nulls_last=True), "pk"), at=now),
        "done": seen.lines(done[:LATEST], at=now),
        "requests": latest_requests(customer).filter(case=None)[:LATEST],
    }
    return render(request, f"maintenance/customer_cases.html{'#panel' if request.htmx else ''}", context)


@require_safe
@only("may_write")
def choose(request: Request) -> HttpResponse:
    """Of whom is the new case?"""
    text = request.GET.get("q", "").strip()[:100]
    context = {"q": text, "found": customers_named(request, text)}
    return render(request, "maintenance/case_choose.html", context)


def customers_named(request: Request, text: str) -> list[Customer]:
    if not text:
        return []
    rows = Customer.objects.visible_to(request.user).active().matching(text)
    return list(rows.for_list().order_by("name_key", "pk")[:SHOWN])


@only("may_write")
@unless_archived
@once
def create(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    form = CaseForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        case = casework.open_case(customer, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("%(number)s is opened: %(department)s answers.") % said(case))
        is_seen = Case.objects.visible_to(request.user).filter(pk=case.pk).exists()
        return redirect("maintenance:case", case.pk) if is_seen else redirect("home")
    status = 422 if form.errors else 200
    return render(request, "maintenance/case_new.html", {"customer": customer, "form": form}, status=status)


def said(case: Case) -> dict[str, Any]:
    return {"number": case.number, "department": case.request.get_department_display()}


@require_safe
def case(request: Request, pk: int) -> HttpResponse:
    return answer(request, found(request, pk))


def found(request: Request, pk: int) -> Case:
    rows = Case.objects.visible_to(request.user).with_names()
    return get_object_or_404(rows.select_related("request__opened_by", "request__customer__team"), pk=pk)


def answer(request: Request, row: Case, *, status: int = 200, **more: Any) -> HttpResponse:
    """The whole case, or all of it but the page around it."""
    now = timezone.now()
    is_theirs = row.may_be_worked_on_by(request.user)
    context = {
        "case": row,
        "line": seen.line(row, at=now),
        "story": seen.story(row),
        "buttons": seen.buttons(row, request.user),
        "may_hand_over": is_theirs and row.is_open,
        "may_rate": is_theirs and not row.is_open,
        "sees_customer": Customer.objects.visible_to(request.user)
        .filter(pk=row.request.customer_id)
        .exists(),
        "note": NoteForm() if request.user.may_write else None,
        "now": now,
    } | more
    part = "#case" if request.htmx else ""
    return render(request, f"maintenance/case.html{part}", context, status=status)


Act = Callable[..., object]


def act(request: Request, row: Case, form: forms.Form, do: Act, *, verb: str, done: str) -> HttpResponse:
    """The form in its place; sent, the case as it now stands, errors included."""
    if request.method != "POST":
        return answer(request, row, form=form, verb=verb)
    if form.is_valid():
        try:
            do(**form.cleaned_data)
        except casework.ChangedError as changed:
            form.add_error(None, changed)
            return answer(request, found(request, row.pk), form=form, verb=verb, status=409)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return after(request, row.pk, done)
    return answer(request, row, form=form, verb=verb, status=422)


def after(request: Request, pk: int, done: str) -> HttpResponse:
    """Who handed over what only their department sees goes home."""
    row = Case.objects.visible_to(request.user).filter(pk=pk).first()
    if request.htmx and row:
        return answer(request, found(request, pk), said=done)
    messages.success(request, done)
    return redirect("maintenance:case", pk) if row else redirect("maintenance:cases")


def worked_on(request: Request, pk: int) -> Case:
    row = found(request, pk)
    if not row.may_be_worked_on_by(request.user):
        raise PermissionDenied
    return row


@once
def step(request: Request, pk: int, step: str) -> HttpResponse:
    if step not in set(Step):
        raise Http404
    row, what = worked_on(request, pk), Step(step)
    if request.method != "POST" and leads_to(what, state=row.state) is None:
        messages.warning(request, _("It is “%(state)s” by now.") % {"state": row.get_state_display()})
        return redirect("maintenance:case", pk)
    form = StepForm(request.POST or None, case=row, step=what)

    def do(*, satisfaction: int | None = None, satisfaction_words: str = "", **words: str) -> None:
        at = timezone.now()
        casework.take(row, what, by=request.user, at=at, **words)
        if satisfaction or satisfaction_words:
            casework.rate(row, satisfaction=satisfaction, words=satisfaction_words)

    return act(request, row, form, do, verb=what.value, done=DONE[what]())


DONE: Final[dict[Step, Callable[[], str]]] = {
    Step.RESPOND: lambda: _("Response logged."),
    Step.START: lambda: _("In work: the clock runs."),
    Step.WAIT: lambda: _("Waiting for the customer: the clock stands still."),
    Step.SOLVE: lambda: _("Solved."),
    Step.CLOSE: lambda: _("Closed."),
    Step.REOPEN: lambda: _("Reopened: the clock goes on with what was left."),
}


@once
def hand_over(request: Request, pk: int) -> HttpResponse:
    row = worked_on(request, pk)
    form = HandOverForm(request.POST or None, case=row)

    def do(**to: Any) -> None:
        casework.hand_over(row, by=request.user, at=timezone.now(), **to)

    return act(request, row, form, do, verb="hand_over", done=_("Handed over."))


@once
def rate(request: Request, pk: int) -> HttpResponse:
    row = worked_on(request, pk)
    form = RatingForm(request.POST or None, case=row)

    def do(**what: Any) -> None:
        casework.rate(row, **what)

    return act(request, row, form, do, verb="rate", done=_("Saved."))


@require_POST
@once
def note(request: Request, pk: int) -> HttpResponse:
    """Every department that sees the case may write on it."""
    row = found(request, pk)
    if not request.user.may_write:
        raise PermissionDenied
    form = NoteForm(request.POST)
    if not form.is_valid():
        return answer(request, row, note=form, status=422)
    casework.note(row, by=request.user, at=timezone.now(), **form.cleaned_data)
    return after(request, pk, _("Saved."))


# The feedback log


@require_safe
def feedback(request: Request) -> HttpResponse:
    """Causes by category in a quarter, and by quarter: of the cases that one sees."""
    among = feedback_log.quarters(timezone.localdate())
    quarter = feedback_log.Quarter.named(request.GET.get("quarter", ""), among=among)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Case.Kind.values else ""
    rows = Case.objects.visible_to(request.user)
    context = {
        "quarters": among,
        "quarter": quarter,
        "kinds": Case.Kind.choices,
        "kind": kind,
        "log": feedback_log.log(rows, quarter, kind=kind),
        "course": feedback_log.course(rows, among, kind=kind),
        "satisfaction": feedback_log.satisfaction(rows, quarter, kind=kind),
    }
    return render(request, "maintenance/case_feedback.html", context)


# Who answers


@only("may_grade")
@once
def routes(request: Request) -> HttpResponse:
    """The rules in their order, one more at the end, and who leads a department."""
    names_leads = "leads" in request.POST
    leads = LeadsForm(request.POST if names_leads else None)
    if names_leads and leads.is_valid():
        ordering.name_leads(leads.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("maintenance:case_routes")
    form = RouteForm(None if names_leads else request.POST or None)
    if request.method == "POST" and form.is_valid():
        ordering.add(form.instance)
        messages.success(request, _("Saved. It holds for what is opened from now on."))
        return redirect("maintenance:case_routes")
    rows = Route.objects.select_related("team", "assignee").order_by("position", "pk")
    status = 422 if form.errors or leads.errors else 200
    context = {"routes": rows, "form": form, "leads": leads}
    return render(request, "maintenance/case_routes.html", context, status=status)


@only("may_grade")
@once
def route(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Route, pk=pk)
    form = RouteForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds for what is opened from now on."))
        return redirect("maintenance:case_routes")
    return render(
        request,
        "maintenance/case_route.html",
        {"route": row, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
@only("may_grade")
def route_move(request: Request, pk: int) -> HttpResponse:
    """Up, down or out."""
    row = get_object_or_404(Route, pk=pk)
    match request.POST.get("do"):
        case "up":
            ordering.move(row, by=-1)
        case "down":
            ordering.move(row, by=1)
        case "delete":
            row.delete()
            messages.success(request, _("The rule is deleted."))
        case _:
            messages.error(request, _("Nothing was changed."))
    return redirect("maintenance:case_routes")


# E-mails of nobody we know


def may_sort(request: Request) -> None:
    if not Mail.may_be_read_by(request.user):
        raise PermissionDenied


@require_safe
def letters(request: Request) -> HttpResponse:
    may_sort(request)
    rows = Mail.objects.visible_to(request.user).waiting()
    page = keyset_page(rows, order=BY_ARRIVAL, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    return render(request, "maintenance/letters.html", {"page": page, "count": capped_count(rows)})


@once
def letter(request: Request, pk: int) -> HttpResponse:
    """Whose is it? Searched for, chosen, and it becomes a case; or it is dismissed with a reason."""
    row = get_object_or_404(Mail.objects.visible_to(request.user).select_related("case", "sorted_by"), pk=pk)
    if request.method == "POST" and not request.user.may_write:
        raise PermissionDenied
    is_dismissed = "dismiss" in request.POST
    give = GiveForm(None if is_dismissed else request.POST or None, user=request.user)
    dismiss = DismissForm(request.POST if is_dismissed else None)
    form: forms.Form = dismiss if is_dismissed else give
    if request.method == "POST" and form.is_valid():
        try:
            return sort(request, row, form)
        except ValidationError as refusal:
            form.add_error(None, refusal)
    text = (request.GET.get("q") or request.POST.get("q") or "").strip()[:100]
    context = {
        "letter": row,
        "q": text,
        "found": customers_named(request, text),
        "give": give,
        "dismiss": dismiss,
        "refusals": give.non_field_errors(),
    }
    return render(request, "maintenance/letter.html", context, status=422 if form.errors else 200)


def sort(request: Request, row: Mail, form: forms.Form) -> HttpResponse:
    now = timezone.now()
    if isinstance(form, DismissForm):
        mail_in.dismiss(row, by=request.user, at=now, **form.cleaned_data)
        messages.success(request, _("Dismissed."))
        return redirect("maintenance:case_letters")
    case = mail_in.give(row, by=request.user, at=now, **form.cleaned_data)
    messages.success(request, _("%(number)s is opened: %(department)s answers.") % said(case))
    return redirect("maintenance:case_letters")
