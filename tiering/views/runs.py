"""Re-grades: start one, watch it, see what it did."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from accounts.models import User
from tiering import queries, regrade, restoring
from tiering.forms import StartForm
from tiering.listings import RUNS
from tiering.models import Run, Scheme
from tiering.reviewing import holding, shown
from tiering.reviewing.filters import PartFilter
from tiering.reviewing.releasing import release
from tiering.undoing import undo as take_back
from tiering.verifying import keeping
from toolbox.pages import keyset_page

MOST_LEFT_ALONE = 100


def do(run: Run, *, what: str, by: User, at: datetime) -> bool:
    """False where it cannot be done (any more). Raises RefusedError where it must not be."""
    match what:
        case "pause":
            return regrade.pause(run)
        case "resume":
            return regrade.resume(run)
        case "cancel":
            return regrade.cancel(run)
        case "publish":
            return release(run, by=by, at=at)
        case _:
            return False


@only("sees_all")
def index(request: Request) -> HttpResponse:
    schemes = list(Scheme.objects.grading())
    form = StartForm(schemes=schemes) if request.user.may_grade else None
    return render(request, "tiering/runs.html", listed(request, schemes, form))


def listed(request: Request, schemes: list[Scheme], form: StartForm | None) -> dict[str, Any]:
    """Runs, and above the form the one that must be done with before another starts."""
    found = RUNS.find(request.user, request.GET, None)
    running = Run.objects.visible_to(request.user).active().first() if form else None
    return {
        "page": keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=20),
        "schemes": schemes,
        "form": form,
        "running": running,
        "busy": regrade.busy(running) if running else "",
    }


@require_POST
@only("may_grade")
@once
def start(request: Request) -> HttpResponse:
    schemes = list(Scheme.objects.grading())
    form = StartForm(request.POST, schemes=schemes)
    if form.is_valid():
        scheme, as_of = form.asked()
        try:
            run = regrade.start(
                scheme,
                as_of=as_of,
                trigger=Run.Trigger.PERSON,
                at=timezone.now(),
                by=request.user,
            )
        except regrade.RefusedError as refused:
            form.add_error("as_of", str(refused))
        else:
            return redirect("tiering:run", run.pk)
    return render(request, "tiering/runs.html", listed(request, schemes, form), status=422)


@only("sees_all")
def detail(request: Request, pk: int) -> HttpResponse:
    runs = Run.objects.visible_to(request.user).select_related(
        "scheme", "version", "started_by", "released_by", "undoes"
    )
    run = get_object_or_404(runs, pk=pk)
    was_published = run.state in Run.WAS_PUBLISHED
    context = {
        "run": run,
        "progress": queries.progress(run, at=timezone.now()),
        "outcome": queries.outcome(run) if was_published else None,
        "may_grade": request.user.may_grade,
        "verification": run.verifications.select_related("by").order_by("-pk").first(),
        "undone_by": run.undone_by.filter(state=Run.State.PUBLISHED).first(),
        "left_alone": queries.left_alone(run)[:MOST_LEFT_ALONE] if run.undoes_id and was_published else [],
        "may_undo": request.user.may_grade and not restoring.why_not(run),
        "held_back": holding.counted(run),
    }
    if request.htmx and request.htmx.target == "verification":
        return render(request, "tiering/run.html#verification", context)
    if run.state == Run.State.REVIEW and not request.htmx:
        context |= review(request, run)
    # While it works the page asks for its progress; once it is done, for the whole result.
    response = render(request, "tiering/run.html#progress" if request.htmx else "tiering/run.html", context)
    if request.htmx and not run.is_working:
        response["HX-Refresh"] = "true"
    return response


def review(request: Request, run: Run) -> dict[str, Any]:
    """What there is to be seen before it is published; of the whole book or of a part."""
    part_filter = PartFilter(request.GET, run.movements.all(), request=request)
    asked = part_filter.form.cleaned_data if part_filter.form.is_valid() else {}
    matrix = shown.migration(run, shown.Part(asked.get("owner"), asked.get("team")))
    in_force = run.scheme.published()
    return {
        "newer": in_force if in_force.pk != run.version_id else None,
        "why_held": shown.why_held(run),
        "decided": shown.decided(run),
        "part": part_filter,
        "matrix": matrix,
        "streams": {"sankey": matrix.streams()},
    }


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
    run = get_object_or_404(Run.objects.visible_to(request.user).select_related("scheme"), pk=pk)
    try:
        if not do(run, what=request.POST.get("do", ""), by=request.user, at=timezone.now()):
            messages.warning(request, _("The re-grade has moved on meanwhile; nothing was changed."))
    except regrade.RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("tiering:run", pk)


@require_POST
@only("may_grade")
def undo(request: Request, pk: int) -> HttpResponse:
    """Answers with the run that takes this one back."""
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
    try:
        undoing = take_back(run, by=request.user, at=timezone.now())
    except regrade.RefusedError as refused:
        messages.error(request, str(refused))
        return redirect("tiering:run", pk)
    return redirect("tiering:run", undoing.pk)
