"""What the tiers are promised, in versions: read by everybody, changed by directors."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers import scales
from customers.models import Tier
from maintenance import agenda, services, tasks
from maintenance.cadence import DAY
from maintenance.effects import effect
from maintenance.forms.playbooks import LINES, BeginForm, InForceForm, TimesForm, refused
from maintenance.models import Benefit, Playbook, Promise


@require_safe
def playbooks(request: Request) -> HttpResponse:
    """Of each tier what is in force, with the drafts and what is to come. First come the scales that customers are graded
    on, last those that promise nothing."""
    today = timezone.localdate()
    in_force = {book.tier_id: book for book in Playbook.objects.in_force(today).with_lines()}
    waiting = defaultdict[int, list[Playbook]](list)
    for book in Playbook.objects.exclude(starts_on__lte=today).order_by("number"):
        waiting[book.tier_id].append(book)
    tiers = list(Tier.objects.order_by("scale", "rank"))
    used = set(Tier.objects.in_use().values_list("scale", flat=True))
    promising = {tier.scale for tier in tiers if tier.pk in in_force}
    names, by_scale = scales.called(), defaultdict[str, list[Any]](list)
    for tier in sorted(tiers, key=lambda tier: (tier.scale not in used, tier.scale not in promising)):
        by_scale[tier.scale].append((tier, in_force.get(tier.pk), waiting.get(tier.pk, [])))
    context = {
        "scales": [(scale, names.get(scale, scale), lines) for scale, lines in by_scale.items()],
        "examples": [
            (in_force[tier.pk], tier, names.get(tier.scale, tier.scale))
            for tier in tiers
            if tier.pk in in_force
        ],
        "may_edit": request.user.may_grade,
    }
    return render(request, "maintenance/playbooks.html", context)


@require_safe
def playbook(request: Request, pk: int) -> HttpResponse:
    """One version, and the others of its tier."""
    book = _found(Playbook.objects.with_lines(), pk)
    today = timezone.localdate()
    versions = list(
        Playbook.objects.filter(tier=book.tier)
        .select_related("created_by", "published_by", "tier")
        .order_by("-number")
    )
    in_force = next(iter(Playbook.objects.in_force(today).filter(tier=book.tier)), None)
    context = {
        "playbook": book,
        "versions": [(each, _state(each, in_force)) for each in versions],
        "state": _state(book, in_force),
        "groups": _grouped(list(book.promises.all())),
        "may_edit": request.user.may_grade,
        "may_change": request.user.may_grade and book.is_draft,
        "may_call_off": request.user.may_grade and book.starts_on is not None and book.starts_on > today,
    }
    return render(request, "maintenance/playbook.html", context)


def _grouped(promises: list[Promise]) -> list[tuple[str, list[Promise]]]:
    """As people speak of them: contacts, reactions, key dates, programmes."""
    groups: dict[str, list[Promise]] = {
        pgettext("with customers", "Contacts"): [], _("Reactions"): [], _("Key dates"): [], _("Programmes and work"): [],
    }  # fmt: skip
    contacts, reactions, dates, programmes = groups.values()
    for promise in promises:
        if promise.is_reaction:
            reactions.append(promise)
        elif promise.is_occasion:
            dates.append(promise)
        else:
            (contacts if promise.by_contact else programmes).append(promise)
    return [(name, own) for name, own in groups.items() if own]


def _state(book: Playbook, in_force: Playbook | None) -> str:
    if book.is_draft:
        return "draft"
    if in_force is None or book.starts_on is None or in_force.starts_on is None:
        return "coming"
    if book.pk == in_force.pk:
        return "in_force"
    return "coming" if book.starts_on > in_force.starts_on else "past"


@require_POST
@only("may_grade")
@once
def begin(request: Request, pk: int) -> HttpResponse:
    """Of a tier that has none, from nothing or from what another tier is promised."""
    tier = get_object_or_404(Tier, pk=pk)
    form = BeginForm(request.POST)
    like = form.cleaned_data["like"] if form.is_valid() else None
    try:
        draft = services.begin(tier, like=like, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("maintenance:playbooks")
    messages.success(
        request, _("Version %(number)s is a draft now. Nobody is promised it yet.") % {"number": draft.number}
    )
    return redirect("maintenance:playbook", draft.pk)


@require_POST
@only("may_grade")
@once
def copy(request: Request, pk: int) -> HttpResponse:
    draft = services.copy_to_draft(_found(Playbook.objects, pk), by=request.user)
    messages.success(
        request, _("Version %(number)s is a draft now. Nobody is promised it yet.") % {"number": draft.number}
    )
    return redirect("maintenance:playbook", draft.pk)


@only("may_grade")
@once
def times(request: Request, pk: int) -> HttpResponse:
    book = _found(Playbook.objects, pk)
    form = TimesForm(request.POST or None, instance=book)
    if request.method == "POST" and form.is_valid() and _saved(form, lambda: services.save_times(book)):
        messages.success(request, _("Saved."))
        return redirect("maintenance:playbook", pk)
    return render(
        request, "maintenance/playbook_form.html", {"playbook": book, "form": form, "kind": "times"}
    )


@only("may_grade")
@once
def add(request: Request, pk: int, kind: str) -> HttpResponse:
    book = _found(Playbook.objects, pk)
    return _line(request, book, kind, None)


@only("may_grade")
@once
def line(request: Request, pk: int, kind: str, line_pk: int) -> HttpResponse:
    """Changed, or with `do=remove` taken away."""
    book = _found(Playbook.objects, pk)
    form_class = _form_of(kind)
    found: Promise | Benefit = get_object_or_404(
        form_class._meta.model._default_manager.filter(playbook=book), pk=line_pk
    )
    found.playbook = book
    if request.method == "POST" and request.POST.get("do") == "remove":
        try:
            services.remove_line(found)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Taken out of the draft: %(line)s.") % {"line": found.title})
        return redirect("maintenance:playbook", pk)
    return _line(request, book, kind, found)


def _line(request: Request, book: Playbook, kind: str, found: Promise | Benefit | None) -> HttpResponse:
    form_class = _form_of(kind)
    instance: Any = found or form_class._meta.model(playbook=book)
    form = form_class(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid() and _saved(form, lambda: services.save_line(instance)):
        messages.success(request, _("Saved."))
        return redirect("maintenance:playbook", book.pk)
    context = {"playbook": book, "form": form, "kind": kind, "line": found}
    return render(request, "maintenance/playbook_form.html", context)


def _form_of(kind: str) -> Any:
    if kind not in LINES:
        raise Http404
    return LINES[kind]


def _saved(form: Any, save: Any) -> bool:
    try:
        with transaction.atomic():
            save()
    except ValidationError as refusal:
        refused(form, refusal)
        return False
    return True


@only("may_grade")
@once
def publish(request: Request, pk: int) -> HttpResponse:
    """What it adds and removes across the book, then from which day on."""
    book = _found(Playbook.objects, pk)
    now, today = timezone.now(), timezone.localdate()
    day = agenda.day_of(request.GET.get("starts_on", ""), today=today + DAY)
    form = InForceForm(request.POST or None, playbook=book, starts_on=day)
    if request.method == "POST" and form.is_valid() and _taken_effect(request, book, form, now):
        return redirect("maintenance:playbook", pk)
    if not book.is_draft:
        messages.warning(
            request, _("This version is in force and stays as it is. Copy it to a draft to change it.")
        )
        return redirect("maintenance:playbook", pk)
    if form.is_bound:
        day = form.cleaned_data.get("starts_on", day)
    coming = Playbook.objects.to_come(book.tier, today=today).order_by("starts_on")
    context = {
        "playbook": book,
        "form": form,
        "effect": effect(book, on=today, starts_on=day),
        "coming": [
            (version, version.starts_on + DAY)
            for version in coming
            if version.starts_on and version.starts_on < date.max
        ],
    }
    return render(request, "maintenance/playbook_publish.html", context)


def _taken_effect(request: Request, book: Playbook, form: InForceForm, now: datetime) -> bool:
    day = form.cleaned_data["starts_on"]
    if not _saved(form, lambda: services.put_in_force(book, **form.cleaned_data, by=request.user, at=now)):
        return False
    if day == timezone.localdate(now):
        transaction.on_commit(tasks.sweep.delay, robust=True)
    said = _("Version %(number)s is in force from %(day)s on.")
    messages.success(request, said % {"number": book.number, "day": date_format(day)})
    return True


@require_POST
@only("may_grade")
def call_off(request: Request, pk: int) -> HttpResponse:
    book = _found(Playbook.objects, pk)
    try:
        services.call_off(book, at=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Called off: it is a draft again."))
    return redirect("maintenance:playbook", pk)


@only("may_grade")
def delete(request: Request, pk: int) -> HttpResponse:
    book = _found(Playbook.objects, pk)
    if request.method == "POST":
        try:
            services.delete_draft(book)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
            return redirect("maintenance:playbook", pk)
        messages.success(request, _("The draft is deleted."))
        return redirect("maintenance:playbooks")
    return render(request, "maintenance/playbook_delete.html", {"playbook": book})


def _found(books: Any, pk: int) -> Playbook:
    rows: QuerySet[Playbook] = books.select_related("tier", "published_by")
    book = get_object_or_404(rows, pk=pk)
    scales.tell_apart([book.tier])
    return book
