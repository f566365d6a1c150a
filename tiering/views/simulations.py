"""Versions tried on the whole book: the page with its weights and floors, the customers behind its numbers, and
trials that were kept. Nothing about customers is written."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from accounts.http import Request, once, only
from tiering import regrade
from tiering.editing.comparing import movement_in_words
from tiering.listings import SIMULATIONS
from tiering.models import Basis, Scheme, SchemeVersion, Simulation
from tiering.reasons import name_of
from tiering.simulation import keeping, measuring, paging, trying
from tiering.simulation.trying import Trial
from tiering.trials import KeepForm, MeasureForm, MoversForm, TrialForm, trial_of, whole_number
from toolbox.pages import keyset_page

MOST_SHARES = 100
"""People or teams with a row of their own; who has the most to do with it first."""
FIRST_MOVERS = 10
PAGE = 50


@require_safe
@only("sees_all")
def index(request: Request) -> HttpResponse:
    found = SIMULATIONS.find(request.user, request.GET, None)
    context = {
        "page": keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=20),
        "schemes": Scheme.objects.prefetch_related("versions").order_by("-is_default", "key"),
        "me": request.user if request.user.may_grade else None,
    }
    return render(request, "tiering/simulations.html", context)


@require_safe
@only("sees_all")
def simulation(request: Request, pk: int) -> HttpResponse:
    """One that was kept, as it was: on its measured book where that is still there. Where its draft was changed since,
    the numbers that were saved, and the way to those of now.
    """
    kept = Simulation.objects.visible_to(request.user).select_related("version__scheme", "by")
    found = get_object_or_404(kept, pk=pk)
    if found.is_outdated and not request.GET.get("anew"):
        return render(request, "tiering/simulation_saved.html", saved(found))
    query = {**found.changes, "kept": found.pk}
    if found.basis_id:
        query["basis"] = found.basis_id
    return redirect(f"{reverse('tiering:simulate', args=[found.version_id])}?{urlencode(query)}")


def saved(kept: Simulation) -> dict[str, Any]:
    matrix = keeping.saved_matrix(kept)
    return {
        "kept": kept,
        "matrix": matrix,
        "moved": [
            (kind, words, sum(c.count for c in cells), sum(c.amount for c in cells))
            for kind, words in said_moves()
            for cells in [[cell for cell in matrix.cells if trying.MOVES[kind](cell)]]
        ],
        "chart": {"sankey": matrix.streams()},
    }


@require_safe
@only("sees_all")
def simulate(request: Request, pk: int) -> HttpResponse:
    """The page; htmx asks for the result alone, while somebody types."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    form = TrialForm(request.GET, version=version)
    basis = trying.basis_for(version, pk=whole_number(request.GET.get("basis", "")))
    is_right = form.is_valid()
    under_way = Basis.objects.filter(state=Basis.State.MEASURING, window_months=version.window_months).last()
    context = {
        "version": version,
        "form": form,
        "basis": basis,
        "under_way": under_way,
        "is_reordered": basis is None and Basis.objects.ready(window_months=version.window_months).exists(),
        "shows": request.GET.get("shows", ""),
        "kept": kept_one(request),
        "may_grade": request.user.may_grade,
        "measure_form": MeasureForm(),
        "can_compare": trying.can_compare(version),
        "movement": movement_in_words(version),
    }
    if is_right and basis:
        context |= result(
            Trial(version, form.rules, basis, against=form.cleaned_data["against"]), form, request
        )
    is_for_result = request.htmx and request.htmx.target == "result"
    if not is_for_result:
        in_force = trying.force(version).select_related("scheme").get()
        context["proposed"] = regrade.proposed(in_force.scheme, at=timezone.now())
    template = f"tiering/simulation.html{'#answer' if is_for_result else ''}"
    response = render(request, template, context, status=200 if is_right else 422)
    return replace_url(response, f"?{urlencode(form.query)}") if is_for_result and is_right else response


def kept_one(request: Request) -> Simulation | None:
    """Whose address led here."""
    if pk := whole_number(request.GET.get("kept", "")):
        return (
            Simulation.objects.visible_to(request.user).select_related("version", "by").filter(pk=pk).first()
        )
    return None


def result(trial: Trial, form: TrialForm, request: Request) -> dict[str, Any]:
    address = reverse("tiering:simulation_movers", args=[trial.version.pk])
    pinned = {"basis": request.GET["basis"]} if whole_number(request.GET.get("basis", "")) else {}

    def url(**words: object) -> str:
        return f"{address}?{urlencode(form.query | pinned | words)}"

    matrix = trial.matrix(url)
    distribution = trial.distribution(url)
    owners, teams = trial.by_owner(url), trial.by_team(url)
    return {
        "trial": trial,
        "query": urlencode(form.query | pinned),
        "missing": [name_of(key) for key in trying.measures_missing(form.rules, trial.basis)],
        "matrix": matrix,
        "moved": [(kind, words, *trial.moved(kind), url(direction=kind)) for kind, words in said_moves()],
        "whole": trial.whole(url),
        "owners": owners[:MOST_SHARES],
        "more_owners": max(0, len(owners) - MOST_SHARES),
        "teams": teams[:MOST_SHARES],
        "distribution": distribution,
        "movers": trial.movers(trial.select(most=FIRST_MOVERS)),
        "mover_count": trial.moved()[0],
        "movers_url": url(),
        "chart": {
            "sankey": matrix.streams(),
            "distribution": {
                "steps": [bar.points for bar in distribution],
                "before": [bar.before for bar in distribution],
                "after": [bar.after for bar in distribution],
                "words": [_("Before"), _("After")],
            },
        },
        "changed": len(form.changes),
    }


def said_moves() -> list[tuple[str, str]]:
    return [
        ("up", _("Upgrades")),
        ("down", _("Downgrades")),
        ("first", _("First gradings")),
        ("stays", _("Who stays")),
    ]


@require_safe
@only("sees_all")
def movers(request: Request, pk: int) -> HttpResponse:
    """The customers behind a number."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    trial = trial_of(request.GET, version=version)
    if trial is None:
        return redirect(f"{reverse('tiering:simulate', args=[pk])}?{request.GET.urlencode()}")
    asked = MoversForm(request.GET, trial=trial)
    rows = trial.select(**asked.cleaned_data) if asked.is_valid() else trial.nobody
    settings = {
        name: text for name, text in request.GET.items() if name not in asked.fields and name != "cursor"
    }
    page = paging.part(trial.measured, rows, cursor=request.GET.get("cursor", ""), size=PAGE)
    context = {
        "version": version,
        "basis": trial.basis,
        "filter": asked,
        "settings": settings,
        "query": urlencode(settings),
        "page": page,
        "movers": trial.movers(page.rows),
        "count": len(rows),
    }
    return render(request, "tiering/simulation_movers.html", context)


@require_POST
@only("may_grade")
@once
def measure(request: Request, pk: int) -> HttpResponse:
    """The book anew, for versions that look at as many months as this one."""
    version = get_object_or_404(SchemeVersion, pk=pk)
    form = MeasureForm(request.POST)
    if form.is_valid():
        try:
            measuring.start(
                as_of=form.cleaned_data["as_of"],
                window_months=version.window_months,
                at=timezone.now(),
                by=request.user,
            )
        except regrade.RefusedError as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, " ".join(map(str, form.errors["as_of"])))
    return redirect(f"{reverse('tiering:simulate', args=[pk])}?{settings_in(request)}")


@require_safe
@only("sees_all")
def progress(request: Request, pk: int) -> HttpResponse:
    """How far the measuring is; the page is asked for anew when it is done."""
    basis = get_object_or_404(Basis, pk=pk)
    response = render(request, "tiering/simulation.html#measuring", {"under_way": basis, "done": done(basis)})
    if basis.state != Basis.State.MEASURING:
        response["HX-Refresh"] = "true"
    return response


def done(basis: Basis) -> int:
    """Percent of the chunks."""
    chunks = basis.chunks.count()
    return 100 * basis.chunks.exclude(columns=None).count() // (chunks or 1)


@require_POST
@only("may_grade")
@once
def keep(request: Request, pk: int) -> HttpResponse:
    """What is on the page, under a name."""
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    settings = QueryDict(settings_in(request))
    trial, form = TrialForm(settings, version=version), KeepForm(request.POST)
    if not trial.is_valid() or not form.is_valid():
        messages.error(request, _("It was not saved: give it a name, and weights that add up."))
        return redirect(f"{reverse('tiering:simulate', args=[pk])}?{settings.urlencode()}")
    basis = trying.basis_for(version, pk=whole_number(settings.get("basis", "")))
    against = trial.cleaned_data["against"]
    kept = keeping.keep(
        version,
        name=form.cleaned_data["name"],
        changes=trial.query,
        basis=basis,
        steps=Trial(version, trial.rules, basis, against=against).steps if basis else {},
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Simulation saved. Whoever sees the whole book can open its address."))
    return redirect("tiering:simulation", kept.pk)


@require_POST
@only("may_grade")
@once
def draft(request: Request, pk: int) -> HttpResponse:
    version = get_object_or_404(SchemeVersion.objects.whole(), pk=pk)
    trial = TrialForm(QueryDict(settings_in(request)), version=version)
    if not trial.is_valid():
        return redirect(f"{reverse('tiering:simulate', args=[pk])}?{settings_in(request)}")
    made = keeping.draft(version, changes=trial.changes, by=request.user)
    messages.success(request, _("A new draft says what you tried."))
    return redirect("tiering:scheme", made.pk)


@require_POST
@only("may_grade")
@once
def rename(request: Request, pk: int) -> HttpResponse:
    """By whoever made it."""
    kept = get_object_or_404(Simulation.objects.of(request.user), pk=pk)
    form = KeepForm(request.POST, instance=kept)
    if form.is_valid():
        form.save()
        messages.success(request, _("Renamed."))
    else:
        messages.error(request, " ".join(map(str, form.errors["name"])))
    return redirect("tiering:simulations")


@require_POST
@only("may_grade")
@once
def delete(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Simulation.objects.of(request.user), pk=pk).delete()
    messages.success(request, _("Simulation deleted. Nothing else was touched."))
    return redirect("tiering:simulations")


def settings_in(request: Request) -> str:
    """Of the page that was looked at, as a query string."""
    return QueryDict(request.POST.get("settings", "")).urlencode()
