"""Sheets on their way in: sent, looked at, planned, committed in the background, and undone."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.exports import keeping
from accounts.exports.lists import settled
from accounts.http import Request, once, only
from accounts.views.exports import taken
from customers import tasks
from customers.forms import ImportFileForm, MappingForm, ReadingForm
from customers.imports import batches, editing, life, planning, reading, telling, undoing
from customers.imports.columns import Column
from customers.imports.kind import Candidate, Kind, row_kinds
from customers.models import Import, ImportBatch, SavedMapping
from toolbox import sheets
from toolbox.pages import Order, keyset_page
from toolbox.sheets import SheetError, limits_in_force

NEWEST: Final = Order("newest", "created_at", descending=True, value=lambda row: row.created_at.isoformat())
SIZE: Final = 50
ERRORS_SHOWN: Final = 100
State = Import.State
Outcome = ImportBatch.Outcome


@require_safe
@only("may_edit_customers")
def index(request: Request) -> HttpResponse:
    sent = Import.objects.visible_to(request.user).select_related("by").defer("found", "errors", "obstacles")
    context = {
        "kinds": [kind for kind in row_kinds.values() if getattr(request.user, kind.may)],
        "kind_names": {key: kind.name for key, kind in row_kinds.items()},
        "others": request.user.may_load_orders,
        "page": keyset_page(sent, order=NEWEST, cursor=request.GET.get("cursor", ""), size=20),
        "mappings": SavedMapping.objects.filter(by=request.user).order_by("kind", "name"),
        "limits": limits_in_force(),
    }
    return render(request, "customers/imports.html", context)


def allowed(request: Request, kind: str) -> type[Kind]:
    """404 for a kind that is none, 403 for one that this user may not import."""
    if kind not in row_kinds:
        raise Http404
    if not getattr(request.user, row_kinds[kind].may):
        raise PermissionDenied
    return row_kinds[kind]


@only("may_edit_customers")
@once
def new(request: Request, kind: str) -> HttpResponse:
    """Take a file; the import's own page says what was found in it."""
    described = allowed(request, kind)
    form = ImportFileForm(request.POST or None, request.FILES or None, kind=described)
    if request.method == "POST" and form.is_valid():
        parent = life.receive(
            form.cleaned_data["file"],
            kind=kind,
            by=request.user,
            mode=form.cleaned_data.get("mode", Import.Mode.BOTH),
        )
        wake(parent)
        return redirect("customers:import", parent.pk)
    opened = described(by=request.user, at=timezone.now())
    shown = [column for column in opened.columns.all if not column.is_computed]
    context = {"form": form, "kind": described, "columns": shown, "limits": limits_in_force()}
    return render(request, "customers/import_new.html", context, status=422 if form.is_bound else 200)


@require_safe
def template(request: Request, kind: str) -> HttpResponseBase:
    """An empty sheet with our headers and drop-downs; as a sample, with rows that show what is meant."""
    described = allowed(request, kind)
    known = described(by=request.user, at=timezone.now()).columns.all
    columns = [column for column in known if not column.is_computed]
    is_sample = "sample" in request.GET
    stream = BytesIO()
    written = [
        sheets.Column(
            column.label(), column.width, column.written, column.choices() if column.choices else None
        )
        for column in columns
    ]
    rows = [[sample_of(column) for column in columns]] if is_sample else []
    sheets.write(str(described.name), written, rows, stream=stream)
    stream.seek(0)
    said = _("%(kind)s, sample") if is_sample else _("%(kind)s, template")
    name = said % {"kind": described.name}
    return FileResponse(stream, as_attachment=True, filename=f"{name}.xlsx", content_type=editing.XLSX)


@require_safe
def edit(request: Request, kind: str) -> HttpResponseBase:
    """What is on record of the customers on the list, as a sheet that knows its rows when it comes back."""
    allowed(request, kind)
    return take_to_edit(request, kind)


def take_to_edit(request: Request, kind: str) -> HttpResponseBase:
    """At once, or for many rows in the background."""
    query = QueryDict(settled(request.GET))
    try:
        return taken(request, editing.wished(row_kinds[kind], query, by=request.user))
    except keeping.RefusedError as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('customers:list')}?{query.urlencode()}")


def sample_of(column: Column) -> Any:
    if column.sample is not None and not column.choices:
        return column.sample
    if column.choices and column.sample:
        return column.sample
    return date(2026, 1, 1) if column.written == "date" and column.is_required else None


def wake(parent: Import) -> None:
    """Once the row is there. Without a broker the sweep wakes a worker later; the page still answers."""
    transaction.on_commit(partial(tasks.work_import.delay, parent.pk), robust=True)


# One import


def visible(request: Request, pk: int) -> Import:
    return get_object_or_404(Import.objects.visible_to(request.user).select_related("by"), pk=pk)


def steered(request: Request, pk: int) -> Import:
    """The import, for whoever sent it and may still import such rows."""
    parent = visible(request, pk)
    allowed(request, parent.kind)
    return parent


def opened_kind(parent: Import) -> Kind:
    if parent.kind not in row_kinds:
        raise Http404
    return row_kinds[parent.kind](by=parent.by, at=timezone.now())


def detail(request: Request, pk: int) -> HttpResponse:
    """Where it stands. Asked by htmx, only the part that changes while a worker is at it."""
    parent = visible(request, pk)
    if parent.state == State.READ and not request.htmx:
        return redirect("customers:import_columns", pk)
    kind = opened_kind(parent)
    template = "customers/import.html#state" if request.htmx else "customers/import.html"
    response = render(request, template, context_of(request, parent, kind))
    if parent.state == State.READ:  # it was waited for: on to the columns
        response["HX-Redirect"] = reverse("customers:import_columns", args=[pk])
    return response


def context_of(
    request: Request, parent: Import, kind: Kind, *, questions: forms.Form | None = None
) -> dict[str, Any]:
    return {
        "questions": questions or life.questions(parent),
        "import": parent,
        "kind": kind,
        "is_mine": parent.by_id == request.user.pk and getattr(request.user, kind.may),
        "may_discard": parent.state in life.DISCARDABLE,
        "may_undo": parent.may_be_undone(at=timezone.now()),
        "writes": parent.writes(parent.counts),
        "keys": telling.keys_shown(parent),
        "doubtful": telling.doubtful(parent),
        **(preview(request, parent, kind) if parent.batches.exists() or parent.errors else {}),
    }


RULINGS: Final = (Import.SHEET, Import.HERE)
TABS: Final = ("conflict", "changed", "new", "likely", "moved", "unchanged", "left_out", "errors", "remarks")


def preview(request: Request, parent: Import, kind: Kind) -> dict[str, Any]:
    """One tab of the rows, a page at a time."""
    names = {
        "new": pgettext("rows", "New"),
        "changed": _("Changed"),
        "unchanged": _("Unchanged"),
        "left_out": _("Left out"),
        "errors": _("Errors"),
        "remarks": _("Remarks"),
        "likely": _("Possible duplicates"),
        "conflict": _("In conflict"),
        "moved": _("Changed here"),
    }
    counts = {tab: int(parent.counts.get(tab, 0)) for tab in TABS} | {"errors": parent.error_count}
    first = "errors" if counts["errors"] else next((tab for tab in TABS if counts[tab]), "new")
    tab = request.GET.get("tab", first)
    tab = tab if tab in TABS else first
    number = request.GET.get("page", "1")
    page = min(int(number), 10**6) if number.isascii() and number.isdigit() and int(number) else 1
    start, size = (page - 1) * SIZE, SIZE
    errors: list[dict[str, Any]] = []
    rows: list[Candidate] = []
    if tab in {"errors", "remarks"}:
        told = parent.errors if tab == "errors" else parent.remarks
        errors = told[(page - 1) * ERRORS_SHOWN : page * ERRORS_SHOWN]
        total, size = len(told), ERRORS_SHOWN
    elif tab == "likely":
        rows, total = batches.likely(parent, start=start, size=SIZE), counts["likely"]
    elif tab == "moved":
        rows, total = batches.moved(parent, start=start, size=SIZE), counts["moved"]
    else:
        rows, total = batches.page(parent, tab, start=start, size=SIZE), counts[tab]
    keys = [key for key in kind.columns.keys if key in parent.mapping]
    keys += [key for key in kind.columns.keys if key not in keys and any(key in row.values for row in rows)]
    is_cells = tab == "changed"
    return {
        "tabs": [
            (each, names[each], counts[each]) for each in TABS if counts[each] or each in {"new", "changed"}
        ],
        "tab": tab,
        "page": page,
        "pages": max(1, -(-total // size)),
        "errors": errors,
        "rows": [
            (row, planning.shown_cells(kind, row, [*keys, *(key for key in row.values if key not in keys)]))
            for row in rows
        ]
        if is_cells
        else [(row, telling.conflicts_shown(parent, kind, row)) for row in rows]
        if tab == "conflict"
        else [(row, parent.leaves_out(row.number)) for row in rows]
        if tab == "likely"
        else [(row, telling.moved_shown(kind, row)) for row in rows]
        if tab == "moved"
        else [(row, [kind.columns.by_key[key].shown(row.values.get(key)) for key in keys]) for row in rows],
        "headers": [kind.columns.by_key[key].label() for key in keys],
        "changed_cells": [
            (kind.columns.by_key[key].label(), count)
            for key, count in (parent.counts.get("cells") or {}).items()
            if key in kind.columns.by_key
        ],
    }


@once
def sheet(request: Request, pk: int) -> HttpResponse:
    """Which sheet, which rows are headers and data, which encoding: as recognised, to be corrected."""
    parent = steered(request, pk)
    if parent.state not in life.PLANNABLE:
        return redirect("customers:import", pk)
    form = ReadingForm(request.POST or None, parent=parent)
    if request.method == "POST" and form.is_valid():
        if mine(request, parent) and life.ask_to_read(parent, reading=form.reading()):
            wake(parent)
        return redirect("customers:import", pk)
    widest = max((len(values) for _number, values in parent.found.get("top", [])), default=0)
    context = {
        "import": parent,
        "kind": opened_kind(parent),
        "form": form,
        "letters": [sheets.column_letter(at) for at in range(widest)],
        "top": [
            (number, values + [""] * (widest - len(values)), why_skipped(parent.found, number))
            for number, values in parent.found.get("top", [])
        ],
    }
    return render(request, "customers/import_sheet.html", context, status=422 if form.errors else 200)


def why_skipped(found: Mapping[str, Any], row: int) -> str:
    if row in found["header_rows"]:
        return _("Header")
    names = {"total": _("Total"), "header": _("Header again"), "note": _("Note")}
    for skipped in found["skipped"]:
        if skipped["row"] == row:
            return names[skipped["why"]]
    if row < found["first_row"]:
        return _("Above")
    return _("Below") if row > found["last_row"] else ""


@once
def columns(request: Request, pk: int) -> HttpResponse:
    """Which column of the sheet is which of ours; answered, the rows are compared in the background."""
    parent = steered(request, pk)
    if parent.state not in life.PLANNABLE or not parent.found.get("headers"):
        return redirect("customers:import", pk)
    kind = opened_kind(parent)
    form = MappingForm(request.POST or None, parent=parent, kind=kind)
    if request.method == "POST" and form.is_valid():
        if mine(request, parent):
            parent.mapping = form.mapping()
            if form.cleaned_data["save_as"]:
                reading.save_mapping(
                    parent, name=form.cleaned_data["save_as"], is_shared=form.cleaned_data["is_shared"]
                )
            if life.ask_to_plan(
                parent,
                mapping=form.mapping(),
                mode=form.cleaned_data.get("mode", parent.mode),
                mapping_name=form.cleaned_data["save_as"] or parent.mapping_name,
            ):
                wake(parent)
        return redirect("customers:import", pk)
    context = {"import": parent, "kind": kind, "form": form, "may_grade": request.user.may_grade}
    return render(request, "customers/import_columns.html", context, status=422 if form.errors else 200)


def mine(request: Request, parent: Import) -> bool:
    """An administrator looks at what others sent; what is done in their name they do themselves."""
    if parent.by_id == request.user.pk:
        return True
    messages.error(request, _("Only who sent the file can go on with it."))
    return False


@require_POST
def rule(request: Request, pk: int) -> HttpResponse:
    """Decide on cells in conflict: those on the page that was sent, or all at once."""
    parent = steered(request, pk)
    if mine(request, parent):
        every = request.POST.get("every", "")
        rulings = {
            name.removeprefix("cell."): value
            for name, value in request.POST.items()
            if name.startswith("cell.") and value in RULINGS
        }
        if every and every not in RULINGS:
            raise Http404
        open_cells = set() if every or not rulings else set(life.conflicts(parent))
        rulings = {name: value for name, value in rulings.items() if name in open_cells}
        if not (every or rulings):
            messages.error(request, _("Nothing is chosen. Choose for each cell what is to be taken."))
        elif life.rule(parent, rulings, every=every):
            messages.success(request, _("Your decisions are noted. Nothing has been changed yet."))
        else:
            messages.error(request, _("This file cannot be committed as it is. Its page says why."))
    return redirect(f"{reverse('customers:import', args=[pk])}?{tab_query(request, 'conflict')}")


@require_POST
def likely(request: Request, pk: int) -> HttpResponse:
    """Decide on possible duplicates: those on the page that was sent, or all at once."""
    parent = steered(request, pk)
    if mine(request, parent):
        every = request.POST.get("every", "")
        if every and every not in life.SPARED:
            raise Http404
        asked = {
            int(name.removeprefix("row.")): life.SPARED[value]
            for name, value in request.POST.items()
            if value in life.SPARED and name.removeprefix("row.").isdecimal() and len(name) < 16  # noqa: PLR2004 - rows are shorter
        }
        known = set() if every else set(batches.likely_rows(parent))
        rows = {row: is_left for row, is_left in asked.items() if row in known}
        if not (every or rows):
            messages.error(request, _("Nothing is chosen. Choose for each row what is to be done."))
        elif life.spare(parent, rows, every=life.SPARED[every] if every else None):
            messages.success(request, _("Your decisions are noted. Nothing has been changed yet."))
        else:
            messages.error(request, _("This file cannot be committed as it is. Its page says why."))
    return redirect(f"{reverse('customers:import', args=[pk])}?{tab_query(request, 'likely')}")


def tab_query(request: Request, tab: str) -> str:
    page = request.POST.get("page", "")
    return f"tab={tab}" + (f"&page={page}" if page.isascii() and page.isdigit() else "")


@require_POST
def commit(request: Request, pk: int) -> HttpResponse:
    """What the kind asks for first, and is not answered, is asked again on the same page."""
    parent = steered(request, pk)
    if mine(request, parent):
        try:
            is_asked = life.ask_to_commit(
                parent, leaves_out_likely=parent.leaves_out_likely, answers=request.POST
            )
        except life.UnansweredError as unanswered:
            context = context_of(request, parent, opened_kind(parent), questions=unanswered.form)
            return render(request, "customers/import.html", context, status=422)
        if is_asked:
            wake(parent)
        else:
            messages.error(request, _("This file cannot be committed as it is. Its page says why."))
    return redirect("customers:import", pk)


@require_POST
def again(request: Request, pk: int) -> HttpResponse:
    """Plan again what changed meanwhile, or try again what failed."""
    parent = steered(request, pk)
    if mine(request, parent):
        is_failed = parent.state == State.FAILED
        if life.try_again(parent) if is_failed else life.ask_to_plan(parent):
            wake(parent)
        else:
            messages.error(request, _("There is nothing to be done again."))
    return redirect("customers:import", pk)


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    parent = steered(request, pk)
    if mine(request, parent):
        if life.discard(parent):
            messages.success(request, _("File discarded. Nothing of it was committed."))
            return redirect("customers:imports")
        messages.error(
            request, _("The file is being worked on or was committed already, so it was not discarded.")
        )
    return redirect("customers:import", pk)


def undo(request: Request, pk: int) -> HttpResponse:
    """First what stands in the way; then, once that is confirmed, the rest is taken back."""
    parent = steered(request, pk)
    if not parent.may_be_undone(at=timezone.now()):
        messages.error(request, _("This import cannot be undone, or not any more."))
        return redirect("customers:import", pk)
    if request.method == "POST":
        if mine(request, parent) and life.ask_to_undo(
            parent, leaves_obstacles="leave" in request.POST, at=timezone.now()
        ):
            wake(parent)
        return redirect("customers:import", pk)
    context = {"import": parent, "kind": opened_kind(parent), "found": undoing.obstacles(parent)}
    return render(request, "customers/import_undo.html", context)


@require_safe
def marked(request: Request, pk: int) -> HttpResponseBase:
    """The workbook that was sent, with what is wrong marked in it."""
    parent = steered(request, pk)
    if not parent.file or not any(error["row"] for error in parent.errors):
        messages.error(request, _("The file is gone, or has no errors to mark."))
        return redirect("customers:import", pk)
    try:
        with parent.file.open("rb") as stream:
            content = sheets.mark(
                stream,
                parent.errors,
                name=parent.name,
                count=parent.error_count,
                limits=limits_in_force(),
                encoding=parent.reading.get("encoding", ""),
                separator=parent.reading.get("separator", ""),
            )
    except SheetError as error:
        messages.error(request, str(error))
        return redirect("customers:import", pk)
    name = _("%(name)s with marks") % {"name": PurePath(parent.name).stem}
    return FileResponse(
        BytesIO(content), as_attachment=True, filename=f"{name}.xlsx", content_type=editing.XLSX
    )


@require_POST
def forget(request: Request, pk: int) -> HttpResponse:
    """A saved mapping of one's own."""
    get_object_or_404(SavedMapping, pk=pk, by=request.user).delete()
    messages.success(request, _("Mapping deleted."))
    return redirect("customers:imports")
