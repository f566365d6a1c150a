"""Files on their way in: sent, checked in the background, looked at, loaded or discarded."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import Request, once, only
from customers import tasks
from customers.forms import OrderFileForm
from customers.imports import uploads
from customers.imports.kinds import kinds
from customers.imports.mappings import MAPPINGS
from customers.listings import UPLOADS
from customers.models import Upload
from toolbox.pages import keyset_page


def visible(request: Request, pk: int) -> Upload:
    """What it says is read once it is done: the page of a busy one is asked for each second."""
    rows = Upload.objects.visible_to(request.user).select_related("by").defer("errors", "report")
    upload = get_object_or_404(rows, pk=pk)
    if upload.is_busy:
        upload.errors, upload.report = [], {}
    else:
        upload.refresh_from_db(fields=["errors", "report"])
    return upload


@only("may_edit_customers")
def index(request: Request) -> HttpResponse:
    found = UPLOADS.find(request.user, request.GET, None)
    context = {
        "page": keyset_page(found.rows, order=found.by, cursor=request.GET.get("cursor", ""), size=25),
        "kinds": [
            (Upload.Kind(kind).label, handler.send_url)
            for kind, handler in kinds.items()
            if handler.send_url and getattr(request.user, handler.may)
        ],
    }
    return render(request, "customers/uploads.html", context)


@only("may_load_orders")
@once
def send_orders(request: Request) -> HttpResponse:
    form = OrderFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = uploads.receive(
            form.cleaned_data["file"],
            kind=Upload.Kind.ORDERS,
            by=request.user,
            options={"mapping": form.cleaned_data["mapping"]},
        )
        send(tasks.check_upload, upload)
        return redirect("customers:upload", upload.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "mappings": MAPPINGS.values()}
    return render(request, "customers/upload_form.html", context, status=status)


def send(task: Any, upload: Upload) -> None:
    """Wake a worker once the row is there. Without a broker the sweep wakes one later; the page still answers."""
    transaction.on_commit(partial(task.delay, upload.pk), robust=True)


def detail(request: Request, pk: int) -> HttpResponse:
    """The page of one file; asked by htmx, only the part that changes while a worker is at it."""
    upload = visible(request, pk)
    handler = kinds[upload.kind]
    error_count = upload.report.get("errors") or 0
    context = {
        "upload": upload,
        "report": upload.report,
        "preview": handler.preview_template,
        "send_url": handler.send_url,
        "error_count": max(error_count if isinstance(error_count, int) else 0, len(upload.errors)),
        "may_load": getattr(request.user, handler.may),
        "may_discard": upload.state in uploads.DISCARDABLE,
        "mapping": MAPPINGS.get(upload.options.get("mapping", "")),
    }
    return render(
        request, "customers/upload.html#state" if request.htmx else "customers/upload.html", context
    )


def steered(request: Request, pk: int) -> Upload:
    """The upload, for whoever may still send this kind of file."""
    upload = visible(request, pk)
    if not getattr(request.user, kinds[upload.kind].may):
        raise PermissionDenied
    return upload


@require_POST
def load(request: Request, pk: int) -> HttpResponse:
    upload = steered(request, pk)
    if uploads.ask_to_load(upload):
        send(tasks.load_upload, upload)
    else:
        messages.error(request, _("This file cannot be loaded as it is. Its page says why."))
    return redirect("customers:upload", pk)


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    upload = steered(request, pk)
    if uploads.discard(upload):
        messages.success(request, _("File discarded. Nothing of it was loaded."))
    else:
        messages.error(
            request, _("The file is being worked on or was loaded already, so it was not discarded.")
        )
    return redirect("customers:upload", pk)
