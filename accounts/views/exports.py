"""Exporting a list, one's own exports, and the record of all of them."""

from typing import IO, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.exports import keeping, lists
from accounts.exports.keeping import Wish
from accounts.exports.lists import Found, Listing
from accounts.forms import ColumnSetForm
from accounts.http import Request, only
from accounts.listings import LOG, NEWEST
from accounts.models import ColumnSet, Export
from toolbox.pages import keyset_page

TYPES: Final = {
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Export.Format.CSV: "text/csv; charset=utf-8",
}
COUNTED: Final = 100_000


def listing_of(request: Request, key: str, pk: int | None) -> tuple[Listing, Found]:
    """404 for what is not there, and for what is not theirs to see; 403 for a list that their role has not."""
    listing = lists.lists.get(key)
    if listing is None or bool(listing.of) != (pk is not None):
        raise Http404
    if not listing.may_be_seen_by(request.user):
        raise PermissionDenied
    return listing, listing.find(request.user, request.GET, pk)


def export(request: Request, key: str, pk: int | None = None) -> HttpResponseBase:
    """Choose format and columns; posted, the file, or for a long list a place in the queue."""
    listing, found = listing_of(request, key, pk)
    if not found.is_valid:
        messages.error(
            request, _("A filter of this list is not understood. Correct it first. Nothing was exported.")
        )
        return redirect(listing.page_url(pk, lists.settled(request.GET)))
    if request.method != "POST":
        return page(request, listing, found, pk)
    match request.POST.get("do", ""):
        case "keep":
            return keep(request, listing, found, pk)
        case "forget":
            return forget(request, listing, pk)
        case _export:
            return answer(request, listing, found, pk)


def answer(request: Request, listing: Listing, found: Found, pk: int | None) -> HttpResponseBase:
    query = QueryDict(lists.settled(request.GET))
    try:
        wish = keeping.wish(
            listing.key,
            about=pk,
            query=query,
            columns=request.POST.getlist("columns"),
            kind=request.POST.get("format", ""),
            by=request.user,
        )
    except keeping.RefusedError as refusal:
        return page(request, listing, found, pk, refusal=str(refusal), status=422)
    return taken(request, wish)


def taken(request: Request, wish: Wish) -> HttpResponseBase:
    """The file, or for many rows a place in the queue. Raises keeping.RefusedError."""
    if not keeping.is_small(wish):
        keeping.queue(wish, at=timezone.now())
        messages.success(
            request, _("The export is being written. You may go on working: you are told when it is ready.")
        )
        return redirect("accounts:exports")
    return file_of(*keeping.written(wish, at=timezone.now()))


def file_of(export: Export, stream: IO[bytes]) -> FileResponse:
    listing = lists.named(export.listing)
    day = timezone.localtime(export.created_at).date().isoformat()
    name = f"{listing.name if listing else export.listing} {day}.{export.format}"
    kind = TYPES[Export.Format(export.format)]
    return FileResponse(stream, as_attachment=True, filename=name, content_type=kind)


def page(
    request: Request,
    listing: Listing,
    found: Found,
    pk: int | None,
    *,
    refusal: str = "",
    form: ColumnSetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    sets = list(ColumnSet.objects.visible_to(request.user).filter(listing=listing.key).order_by("name", "pk"))
    chosen = next((one for one in sets if str(one.pk) == request.GET.get("column_set")), None)
    ticked = columns_ticked(request, listing, chosen)
    known = listing.columns()
    by_key = {column.key: column for column in known}
    first = [by_key[key] for key in ticked if key in by_key]
    query = lists.settled(request.GET)
    context = {
        "listing": listing,
        "kin": [(one, lists.export_url(one, pk, request.GET)) for one in kin_of(request, listing)],
        "shapes": [
            (name, f"{reverse(address)}?{'&'.join(filter(None, [query, more]))}")
            for name, address, more in listing.shapes
        ],
        "editing_url": listing.editing_url(request.user, query),
        "back": listing.page_url(pk, query),
        "query": query,
        "count": found.count(most=COUNTED),
        "counted": COUNTED,
        "at_once": settings.EXPORT_AT_ONCE,
        "words": lists.in_words(found),
        "columns": [*first, *(column for column in known if column not in first)],
        "ticked": ticked,
        "format": request.POST.get("format", Export.Format.XLSX),
        "formats": [Export.Format.XLSX, Export.Format.CSV],
        "sets": [(one, one.by_id == request.user.pk) for one in sets],
        "chosen": chosen,
        "form": form or ColumnSetForm(),
        "refusal": refusal,
    }
    return render(request, "accounts/export.html", context, status=status)


def kin_of(request: Request, listing: Listing) -> list[Listing]:
    """What else can be exported of the same selection."""
    found = [lists.lists[key] for key in listing.kin]
    return [one for one in found if one.may_be_seen_by(request.user)]


def columns_ticked(request: Request, listing: Listing, chosen: ColumnSet | None) -> list[str]:
    if request.method == "POST":
        return request.POST.getlist("columns")
    return list(chosen.columns) if chosen else listing.first_shown(request.user)


def keep(request: Request, listing: Listing, found: Found, pk: int | None) -> HttpResponse:
    """The ticked columns under a name; a set of one's own of the same name is replaced."""
    form = ColumnSetForm(request.POST)
    columns = [column.key for column in listing.chosen(request.POST.getlist("columns"))]
    refusal = "" if columns else _("No column is ticked. Tick at least one. Nothing was exported.")
    if not form.is_valid() or refusal:
        return page(request, listing, found, pk, refusal=refusal, form=form, status=422)
    is_shared = request.user.may_grade and form.cleaned_data["is_shared"]
    kept, _is_new = ColumnSet.objects.update_or_create(
        by=request.user,
        listing=listing.key,
        name=form.cleaned_data["name"],
        defaults={"columns": columns, "is_shared": is_shared},
    )
    messages.success(request, _("Columns kept as “%(name)s”.") % {"name": kept.name})
    return to_set(request, listing, pk, kept.pk)


def forget(request: Request, listing: Listing, pk: int | None) -> HttpResponse:
    asked = request.GET.get("column_set", "")
    own = ColumnSet.objects.filter(by=request.user, listing=listing.key)
    if asked.isdecimal() and len(asked) < 19 and own.filter(pk=int(asked)).delete()[0]:  # noqa: PLR2004 - ids are shorter
        messages.success(request, _("Column set deleted."))
    return to_set(request, listing, pk, None)


def to_set(request: Request, listing: Listing, pk: int | None, column_set: int | None) -> HttpResponse:
    query = QueryDict(lists.settled(request.GET), mutable=True)
    if column_set:
        query["column_set"] = str(column_set)
    url = lists.export_url(listing, pk)
    return redirect(f"{url}?{query.urlencode()}" if query else url)


@require_safe
def exports(request: Request) -> HttpResponse:
    """One's own, the newest first; asked by htmx, only the list, while one of them is being written."""
    rows = Export.objects.made_by(request.user)
    found = keyset_page(rows, order=NEWEST, cursor=request.GET.get("cursor", ""), size=25)
    now = timezone.now()
    context = {
        "page": found,
        "rows": [(row, lists.named(row.listing), row.is_there(now)) for row in found.rows],
        "is_busy": any(row.is_busy for row in found.rows),
        "hours": settings.EXPORT_KEEP_HOURS,
    }
    template = "accounts/exports.html#rows" if request.htmx else "accounts/exports.html"
    return render(request, template, context)


@require_safe
def download(request: Request, pk: int) -> HttpResponseBase:
    """For whoever made it: to anybody else it is not there."""
    made = get_object_or_404(Export.objects.made_by(request.user), pk=pk)
    if not made.is_there(timezone.now()):
        messages.error(request, _("This file is not there any more. Export the list again."))
        return redirect("accounts:exports")
    try:
        stream = made.file.open("rb")
    except FileNotFoundError:
        messages.error(request, _("This file is not there any more. Export the list again."))
        return redirect("accounts:exports")
    return file_of(made, stream)


@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    made = get_object_or_404(Export.objects.made_by(request.user), pk=pk)
    if not keeping.again(made, at=timezone.now()):
        messages.warning(request, _("This export is not over yet, or its file is still there."))
    return redirect("accounts:exports")


@require_safe
@only("sees_all")
def log(request: Request) -> HttpResponse:
    """Who took what, the newest first."""
    found = LOG.find(request.user, request.GET, None)
    page_of_log = keyset_page(found.rows, order=NEWEST, cursor=request.GET.get("cursor", ""), size=50)
    context = {
        "form": found.form,
        "page": page_of_log,
        "rows": [(row, lists.named(row.listing)) for row in page_of_log.rows],
    }
    return render(request, "accounts/export_log.html", context)
