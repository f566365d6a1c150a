"""The tier sheet goes out and comes back."""

from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_safe

from accounts.exports import keeping
from accounts.http import Request, once, only
from accounts.models import Export
from customers import tasks
from customers.imports import uploads
from customers.listings import CUSTOMERS
from customers.models import Upload
from customers.views.book import without_cursor
from customers.views.uploads import send as wake
from tiering import sheets
from tiering.forms import SheetForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def export(request: Request) -> HttpResponseBase:
    """The list of customers, exactly as the page filters and sorts it."""
    query = request.GET.copy()
    found = CUSTOMERS.find(request.user, query, None)
    back = f"{reverse('customers:list')}?{without_cursor(request.GET)}"
    if not found.is_valid:
        messages.error(
            request, _("A filter of this list is not understood. Correct it first. Nothing was exported.")
        )
        return redirect(back)
    today = timezone.localdate()
    stream = TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        count = sheets.export(
            found.in_order,
            today=today,
            stream=stream,
            by=request.user,
            at=timezone.now(),
            with_scoring=bool(query.pop("scoring", None)),
        )
    except sheets.TooManyError:
        stream.close()
        messages.error(
            request,
            _(
                "A tier sheet holds at most %(limit)s customers. Narrow the list with the filters, then export it in parts."
            )
            % {"limit": number_format(sheets.MOST_ROWS, force_grouping=True)},
        )
        return redirect(back)
    keeping.note(
        by=request.user,
        key=CUSTOMERS.key,
        query=query,
        found=found,
        kind=Export.Format.TIER_SHEET,
        rows=count,
        at=timezone.now(),
    )
    stream.seek(0)
    name = _("Tier sheet %(day)s") % {"day": today.isoformat()}
    return FileResponse(stream, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


@only("may_edit_customers")
@once
def send(request: Request) -> HttpResponse:
    """Take a sheet that comes back; the upload's own page shows what it would change, and loads it."""
    is_sent = request.method == "POST"
    form = SheetForm(request.POST, request.FILES) if is_sent else SheetForm()
    if is_sent and form.is_valid():
        upload = uploads.receive(
            form.cleaned_data["file"],
            kind=Upload.Kind.TIER_SHEET,
            by=request.user,
            options={"language": get_language()},
        )
        wake(tasks.check_upload, upload)
        return redirect("customers:upload", upload.pk)
    status = 422 if form.is_bound else 200
    return render(
        request,
        "tiering/sheet_import.html",
        {"form": form, "may_grade": request.user.may_grade},
        status=status,
    )
