"""Re-grades: start one, watch it, see what it did."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from tiering import queries, regrade
from tiering.forms import StartForm
from tiering.models import Run, Scheme
from tiering.verifying import keeping
from toolbox.pages import Order, keyset_page

NEWEST = Order("newest", "created_at", descending=True, value=lambda run: run.created_at.isoformat())
STEERING = {"pause": regrade.pause, "resume": regrade.resume, "cancel": regrade.cancel}


@only("sees_all")
def index(request: Request) -> HttpResponse:
    scheme = Scheme.objects.get(is_default=True)
    runs = Run.objects.visible_to(request.user).select_related("scheme", "version", "started_by")
    context = {
        "page": keyset_page(runs, order=NEWEST, cursor=request.GET.get("cursor", ""), size=20),
        "scheme": scheme,
        "form": StartForm(scheme=scheme) if request.user.may_grade else None,
    }
    return render(request, "tiering/runs.html", context)


@require_POST
@only("may_grade")
@once
def start(request: Request) -> HttpResponse:
    scheme = Scheme.objects.get(is_default=True)
    form = StartForm(request.POST, scheme=scheme)
    if form.is_valid():
        try:
            run = regrade.start(
                scheme,
                as_of=form.cleaned_data["as_of"],
                trigger=Run.Trigger.PERSON,
                at=timezone.now(),
                by=request.user,
            )
        except regrade.RefusedError as refused:
            form.add_error("as_of", str(refused))
        else:
            return redirect("tiering:run", run.pk)
    runs = Run.objects.visible_to(request.user).select_related("scheme", "version", "started_by")
    page = keyset_page(runs, order=NEWEST, cursor="", size=20)
    return render(request, "tiering/runs.html", {"page": page, "scheme": scheme, "form": form}, status=422)


@only("sees_all")
def detail(request: Request, pk: int) -> HttpResponse:
    run = get_object_or_404(
        Run.objects.visible_to(request.user).select_related("scheme", "version", "started_by"), pk=pk
    )
    is_published = run.state == Run.State.PUBLISHED
    context = {
        "run": run,
        "progress": queries.progress(run, at=timezone.now()),
        "outcome": queries.outcome(run) if is_published else None,
        "may_grade": request.user.may_grade,
        "verification": run.verifications.select_related("by").order_by("-pk").first(),
    }
    if request.htmx and request.htmx.target == "verification":
        return render(request, "tiering/run.html#verification", context)
    # While it works the page asks for its progress; once it is done, for the whole result.
    response = render(request, "tiering/run.html#progress" if request.htmx else "tiering/run.html", context)
    if request.htmx and not run.is_active:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@only("sees_all")
@once
def verify(request: Request, pk: int) -> HttpResponse:
    """Auditors too: it writes down what was found and nothing else."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    if run.is_active:
        messages.warning(request, _("A re-grade can be verified when it has ended."))
    else:
        keeping.ask(run, by=request.user, at=timezone.now())
    return redirect("tiering:run", pk)


@require_POST
@only("may_grade")
def steer(request: Request, pk: int) -> HttpResponse:
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    act = STEERING.get(request.POST.get("do", ""))
    try:
        if act is None or not act(run):
            messages.warning(request, _("The re-grade has moved on meanwhile; nothing was changed."))
    except regrade.RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("tiering:run", pk)
