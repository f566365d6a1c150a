"""Two versions side by side, and putting a draft in force after reading what that changes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from tiering import assigning, services
from tiering.editing.comparing import Comparison
from tiering.editing.forms import CompareForm, PublishForm
from tiering.models import SchemeVersion
from tiering.rule_faults import doubts
from tiering.views.drafts import to_copy
from tiering.views.schemes import whole


def compare(request: Request) -> HttpResponse:
    is_asked = bool(request.GET)
    form = CompareForm(request.GET if is_asked else None)
    found = None
    if is_asked and form.is_valid():
        found = Comparison(*(whole(form.cleaned_data[side].pk) for side in ("left", "right")))
    status = 422 if is_asked and found is None else 200
    return render(request, "tiering/scheme_compare.html", {"form": form, "found": found}, status=status)


@only("may_grade")
@once
def publish(request: Request, pk: int) -> HttpResponse:
    """What changes against the version in force, and what is wrong yet; then, with a note, it is in force."""
    version = whole(pk)
    if not version.is_draft:
        return to_copy(request, version)
    form = PublishForm(request.POST or None)
    faults = services.faults(version)
    if request.method == "POST" and form.is_valid() and not faults:
        if request.POST.get("revision") == str(version.revision):
            services.put_in_force(version, by=request.user, at=timezone.now(), **form.cleaned_data)
            messages.success(request, in_force(version))
            return redirect("tiering:scheme", pk)
        form.add_error(
            None,
            _("Somebody changed the draft meanwhile. Read below what it changes now, then confirm again."),
        )
    present = SchemeVersion.objects.filter(scheme=version.scheme, state=SchemeVersion.State.PUBLISHED).first()
    context = {
        "version": version,
        "present": present,
        "grades": assigning.grades(version.scheme),
        "changes": Comparison(whole(present.pk), version).changes if present else [],
        "faults": faults,
        "doubts": doubts(version),
        "form": form,
    }
    return render(request, "tiering/scheme_publish.html", context, status=422 if form.is_bound else 200)


def in_force(version: SchemeVersion) -> str:
    if assigning.grades(version.scheme):
        return _(
            "%(version)s is in force. The next re-grade goes by it; until then everybody keeps their tier."
        ) % {"version": version}
    return _("%(version)s is in force. It does not grade the book yet.") % {"version": version}
