"""The page on which a draft is changed. Everything typed is kept, whatever goes wrong."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from tiering import curves, regrade, services
from tiering.editing import draft, steps
from tiering.editing.rows import ConditionRow
from tiering.measures import measures
from tiering.models import SchemeVersion
from tiering.reasons import name_of
from tiering.rule_faults import doubts
from tiering.simulation import measuring, trying
from tiering.views.schemes import Shown, names_in, whole

LEADS_TO = {"publish": "tiering:scheme_publish", "leave": "tiering:scheme", "simulate": "tiering:simulate"}
"""Buttons that save and go on to another page."""


@only("may_grade")
@once
def edit(request: Request, pk: int) -> HttpResponse:
    version = whole(pk)
    if request.method != "POST":
        return form_page(request, draft.DraftForm(version)) if version.is_draft else to_copy(request, version)
    typed = request.POST.dict()
    try:
        saved = draft.save(version, typed, by=request.user, at=timezone.now())
    except draft.NoDraftError:
        return to_copy(request, version)
    except draft.StaleError as stale:
        return show_conflict(request, stale.current, typed)
    except draft.WrongInputError as wrong:
        return form_page(request, wrong.form, status=422)
    return carry_out(request, saved, typed)


def to_copy(request: Request, version: SchemeVersion) -> HttpResponse:
    messages.warning(
        request, _("%(version)s is no draft: copy it to a draft to change it.") % {"version": version}
    )
    return redirect("tiering:scheme", version.pk)


def carry_out(request: Request, saved: SchemeVersion, typed: dict[str, str]) -> HttpResponse:
    """What the button asks for beside saving."""
    do = typed.get("do", "save")
    if do in LEADS_TO and not (do == "simulate" and services.faults(saved)):
        if do == "simulate":
            measure_first(request, saved)
        return redirect(LEADS_TO[do], saved.pk)
    step, _colon, at = do.partition(":")
    if step == "curve" and at.isdecimal():
        return redirect("tiering:scheme_curve", at)
    here = ""
    if do not in {"save", "simulate"}:
        try:
            with transaction.atomic():
                here = steps.act(saved, do, typed)
        except steps.RefusedStepError as refused:
            messages.error(request, str(refused))
    else:
        tell_saved(request, saved)
    return redirect(f"{reverse('tiering:scheme_edit', args=[saved.pk])}{f'#{here}' if here else ''}")


def measure_first(request: Request, saved: SchemeVersion) -> None:
    """Who asks to see who would move need not ask for the book to be measured, too."""
    now = timezone.now()
    basis = trying.basis_for(saved)
    if basis is None or basis.is_overtaken:
        with suppress(regrade.RefusedError):  # the page of the simulation offers it again, and says why not
            measuring.start(
                as_of=timezone.localdate(now), window_months=saved.window_months, at=now, by=request.user
            )


def tell_saved(request: Request, saved: SchemeVersion) -> None:
    if services.faults(saved):
        messages.warning(
            request, _("Draft saved. It cannot be tried or put in force yet; what is wrong stands below.")
        )
    else:
        messages.success(request, _("Draft saved."))


def show_conflict(request: Request, current: SchemeVersion, typed: dict[str, str]) -> HttpResponse:
    """What only the other person changed is taken over; what both changed stays as typed, beside theirs."""
    merge = draft.merge(draft.DraftForm(current), typed)
    base = draft.DraftForm(current).base
    form = draft.DraftForm(current, merge.data | {"base": base})
    return form_page(request, form, status=409, merge=merge)


def form_page(request: Request, form: draft.DraftForm, *, status: int = 200, **more: Any) -> HttpResponse:
    version = form.version
    unused = steps.unused(version)
    names = names_in(version)

    def shown(row: ConditionRow) -> tuple[ConditionRow, str, Any]:
        """With the name of its indicator, and the unit in which it is written."""
        key = row.instance.indicator
        return row, names.get(key) or name_of(key), curves.UNITS[curves.unit_of(key)]

    known = measures()
    context = {
        "version": version,
        "form": form,
        "dimensions": [
            (
                dimension,
                sum(map(draft.weight_in, rows)),
                [(row, Shown(row.instance, known.get(row.instance.key))) for row in rows],
            )
            for dimension, rows in form.dimensions
        ],
        "rules": [
            (floor, [shown(row) for row in rows], steps.unasked(version, floor.instance))
            for floor, rows in form.conditions
        ],
        "faults": services.faults(version),
        "doubts": doubts(version),
        "unused": unused.values(),
        "missing_tiers": steps.missing_tiers(version),
        "errors": sum(len(row.errors) for row in form.rows if row.is_bound),
        **more,
    }
    return render(request, "tiering/scheme_edit.html", context, status=status)
