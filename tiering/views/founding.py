"""A new scheme, and what a scheme says of itself beside its versions."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import Request, once, only
from tiering.editing import new
from tiering.models import Scheme, SchemeVersion


@only("may_grade")
@once
def create(request: Request) -> HttpResponse:
    """Leads to the draft with which it begins."""
    versions = SchemeVersion.objects.select_related("scheme")
    form = new.NewSchemeForm(
        request.POST or None,
        versions=list(versions.order_by("-scheme__is_default", "scheme__key", "-number")),
    )
    if request.method == "POST" and form.is_valid():
        draft = new.create(form, by=request.user, at=timezone.now())
        words = _("“%(scheme)s” is made. This is its first draft; it grades nobody until you say so.")
        messages.success(request, words % {"scheme": draft.scheme.name})
        return redirect("tiering:scheme_edit", draft.pk)
    return render(request, "tiering/scheme_new.html", {"form": form}, status=422 if form.errors else 200)


@only("may_grade")
@once
def settings(request: Request, pk: int) -> HttpResponse:
    """Names, cadence, review and guards hold for all its versions, from the next re-grade on."""
    scheme = get_object_or_404(Scheme, pk=pk)
    form = new.SettingsForm(request.POST or None, instance=scheme)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Settings of “%(scheme)s” saved.") % {"scheme": scheme.name})
        return redirect("tiering:schemes")
    context = {"form": form, "scheme": Scheme.objects.get(pk=pk)}
    return render(request, "tiering/scheme_settings.html", context, status=422 if form.errors else 200)
