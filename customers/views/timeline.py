"""One timeline of a customer for all departments: the stream, notes with files, mentions, watching."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers import services
from customers.forms import FACTS, FactForm
from customers.models import Attachment, Channel, Customer
from customers.stream import Asked, StreamPage, page
from customers.teamwork_forms import NoteForm, StreamForm, mentionable
from customers.views.archived import unless_archived
from customers.views.seen import visible

ON_THE_PAGE, AT_ONCE = 10, 25
LONGEST_WORD = 60


def talk(request: Request, customer: Customer, **more: Any) -> dict[str, Any]:
    """What the card of the timeline on the customer's page needs: its forms, and the newest entries.

    `timeline=None`: they are fetched once the page stands.
    """
    form: type[FactForm] = FACTS["interaction"]
    if "timeline" not in more:
        more["timeline"] = page(customer, request.user, asked=Asked(), cursor="", size=ON_THE_PAGE)
    return {
        "customer": customer,
        "quick": form(initial={"channel": customer.preferred_channel or Channel.PHONE}),
        "note_form": NoteForm(),
        "may_write": request.user.may_write and not customer.is_archived,
        "is_watched": customer.watches.filter(person=request.user).exists(),
    } | more


def timeline(request: Request, pk: int) -> HttpResponse:
    """All of it with its filters, as a page; for the customer's page the newest entries, and older ones, as a fragment."""
    customer = visible(request, pk)
    form = StreamForm(request.GET)
    asked = form.asked()
    found = StreamPage(rows=[], next_cursor="")
    if asked is not None:
        cursor = request.GET.get("cursor", "")
        size = AT_ONCE if cursor or not request.htmx else ON_THE_PAGE
        found = page(customer, request.user, asked=asked, cursor=cursor, size=size)
    context = {"customer": customer, "timeline": found}
    if request.htmx:
        return render(request, "customers/timeline.html#entries", context)
    return render(
        request,
        "customers/timeline.html",
        talk(request, customer, timeline=found, form=form, is_asked=asked != Asked()),
    )


@only("may_write")
@unless_archived
@once
def note(request: Request, pk: int) -> HttpResponse:
    """Answers with the card of the timeline; without JavaScript with the page."""
    customer = visible(request, pk)
    form = NoteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.write_note(
                customer, by=request.user, at=timezone.now(), words=data["words"], files=data["attached"]
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            if request.htmx:
                return render(request, "customers/detail.html#talk", talk(request, customer, noted=True))
            messages.success(request, _("Noted."))
            return redirect("customers:timeline", pk)
    if request.htmx:
        context = talk(request, customer, note_form=form, writes_note=True)
        return render(request, "customers/detail.html#talk", context, status=422)
    return render(request, "customers/note.html", {"customer": customer, "form": form})


@require_safe
def people(request: Request, pk: int) -> HttpResponse:
    """Whom a note can mention: those alone who see the customer."""
    customer = visible(request, pk)
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_WORD]
    found = mentionable(customer, asked, but=request.user)
    names = [user.name for user in found]
    return JsonResponse(
        {
            "people": [
                {
                    "handle": user.name if names.count(user.name) == 1 else user.username,
                    "name": user.name,
                    "role": str(user.get_role_display()),
                }
                for user in found
            ]
        }
    )


@require_safe
def attachment(request: Request, pk: int, file_pk: int) -> HttpResponseBase:
    """Always to be saved, never to be shown: nothing of it runs in our pages."""
    row = get_object_or_404(Attachment.objects.kept(), pk=file_pk, customer=visible(request, pk))
    try:
        stream = default_storage.open(str(row.file.name))
    except FileNotFoundError:
        raise Http404 from None
    answer = FileResponse(stream, as_attachment=True, filename=row.name, content_type=row.media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@only("may_write")
def delete_attachment(request: Request, pk: int, file_pk: int) -> HttpResponse:
    row = get_object_or_404(Attachment.objects.all(), pk=file_pk, customer=visible(request, pk))
    if not row.may_be_deleted_by(request.user):
        raise PermissionDenied
    if services.delete_attachment(row, by=request.user, at=timezone.now()):
        messages.success(request, _("File deleted."))
    else:
        messages.info(request, _("The file was deleted already."))
    return redirect("customers:timeline", pk)


@require_POST
def watch(request: Request, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    if request.POST.get("do") == "stop":
        services.unwatch(customer, by=request.user)
        messages.success(request, _("You are no longer told what is new here."))
    else:
        services.watch(customer, by=request.user, at=timezone.now())
        messages.success(request, _("You are told what is new here."))
    page_of = "customers:timeline" if request.POST.get("from") == "timeline" else "customers:detail"
    return redirect(page_of, pk)
