"""The weekly coordination meeting: the list, the agenda with its minutes, tasks, closing, paper."""

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.http import Request, once, only
from customers.models import Customer
from maintenance import meetings as holding
from maintenance.forms.meetings import AttendanceForm, MinutesForm, OpenForm, TaskForm
from maintenance.listings import MEETING_TASKS, MEETINGS
from maintenance.meetings.agenda import Item, one
from maintenance.meetings.holding import next_week_of
from maintenance.meetings.telling import title_of
from maintenance.meetings.words import Line, lines
from maintenance.models import Meeting, MeetingTask
from maintenance.models.meeting import may_lead
from toolbox.calendars import monday_of
from toolbox.pages import keyset_page

PAGE_SIZE: Final = 50
NOTES: Final = "notes"
TITLES: Final = {
    "tasks": gettext_lazy("What became of the last tasks"),
    "changes": gettext_lazy("Tier changes"),
    "broken": gettext_lazy("Broken promises"),
    "cases": gettext_lazy("Open cases"),
    "dates": gettext_lazy("Next week’s key dates"),
}
NOTHING: Final = {
    "tasks": gettext_lazy("No task was left from the meetings before."),
    "changes": gettext_lazy("Nobody’s tier has changed since the last meeting."),
    "broken": gettext_lazy("No promise was broken since the last meeting."),
    "cases": gettext_lazy("No case is open."),
    "dates": gettext_lazy("Nothing is in the calendar for next week."),
}
MORE: Final = {
    "tasks": "maintenance:meeting_tasks",
    "changes": "tiering:changes",
    "broken": "maintenance:obligations",
    "cases": "maintenance:cases",
    "dates": "maintenance:obligations",
}
"""Where the rest of a section is listed."""


@require_safe
def index(request: Request) -> HttpResponse:
    found = MEETINGS.find(request.user, request.GET, None)
    alive = Q(tasks__aim=None, tasks__done_at=None) | Q(tasks__aim__isnull=False, tasks__aim__done_at=None)
    rows = found.rows.select_related("team").annotate(
        task_count=Count("tasks", distinct=True), open_count=Count("tasks", filter=alive, distinct=True)
    )
    page = keyset_page(rows, order=found.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    week = monday_of(timezone.localdate())
    context = {
        "filter": found.filter,
        "page": page,
        "week": week,
        "present": Meeting.objects.visible_to(request.user).filter(week=week).select_related("team"),
        "form": OpenForm(user=request.user) if request.user.may_assign else None,
    }
    return render(request, "maintenance/meetings/index.html", context)


@require_POST
@only("may_assign")
@once
def start(request: Request) -> HttpResponse:
    form = OpenForm(request.POST, user=request.user)
    if not form.is_valid() or not may_lead(request.user, form.cleaned_data["team"]):
        messages.error(request, _("Choose whose meeting it is."))
        return redirect("maintenance:meetings")
    meeting = holding.open_meeting(
        form.cleaned_data["team"], by=request.user, at=timezone.now(), today=timezone.localdate()
    )
    return redirect("maintenance:meeting", meeting.pk)


@require_safe
def meeting(request: Request, pk: int) -> HttpResponse:
    return render(request, "maintenance/meetings/meeting.html", about(request, found(request, pk)))


@require_safe
def paper(request: Request, pk: int) -> HttpResponse:
    """All of it as text, for the printer."""
    return render(request, "maintenance/meetings/paper.html", about(request, found(request, pk)))


def found(request: Request, pk: int) -> Meeting:
    rows = Meeting.objects.visible_to(request.user).select_related(
        "team", "opened_by", "closed_by", "notes_by"
    )
    return get_object_or_404(rows, pk=pk)


def about(request: Request, row: Meeting) -> dict[str, Any]:
    agenda = holding.agenda_of(row, reader=request.user, at=timezone.now())
    said = {line.item.key: line for line in lines(agenda.items)}
    tasks = list(tasks_of(request, row))
    first, last = next_week_of(row)
    may_write = request.user.may_write and row.is_open
    return {
        "meeting": row,
        "title": title_of(row),
        "first": first,
        "last": last,
        "today": timezone.localdate(),
        "sections": [
            {
                "key": section.key,
                "title": TITLES[section.key],
                "nothing": NOTHING[section.key],
                "more": reverse(MORE[section.key]),
                "left_out": section.left_out,
                "lines": [shown(said[item.key], tasks, request) for item in section.items],
            }
            for section in agenda.sections
        ],
        "tasks": [(task, task.may_be_done_by(request.user)) for task in tasks],
        "people": row.attendants.order_by("display_name", "username"),
        "attendance": AttendanceForm(meeting=row) if may_write else None,
        "notes": MinutesForm(initial={"words": row.notes, "version": row.version}, auto_id=f"id_{NOTES}_%s"),
        "may_write": may_write,
        "may_lead": row.may_be_led_by(request.user),
    }


def shown(line: Line, tasks: Sequence[MeetingTask], request: Request) -> dict[str, Any]:
    item, point = line.item, line.item.point
    return {
        "line": line,
        "tasks": [task for task in tasks if point and task.point_id == point.pk],
        "form": minutes_form(item),
        "user": request.user.pk,
    }


def minutes_form(item: Item) -> MinutesForm:
    point = item.point
    initial = {"words": point.words if point else "", "version": point.version if point else 0}
    return MinutesForm(initial=initial, auto_id=f"id_{item.name}_%s")


def tasks_of(request: Request, row: Meeting) -> QuerySet[MeetingTask]:
    rows = MeetingTask.objects.visible_to(request.user).filter(meeting=row)
    return rows.with_names().order_by("due_on", "pk")


# Minutes


@require_POST
@only("may_write")
def minutes(request: Request, pk: int, kind: str, subject: int) -> HttpResponse:
    row = found(request, pk)
    item = item_of(request, row, kind, subject)

    def save(words: str, version: int) -> int:
        at = timezone.now()
        return holding.write(row, item, words=words, version=version, by=request.user, at=at).version

    return keep(request, row, save, name=item.name)


@require_POST
@only("may_write")
def notes(request: Request, pk: int) -> HttpResponse:
    row = found(request, pk)

    def save(words: str, version: int) -> int:
        return holding.write_notes(row, words=words, version=version, by=request.user).version

    return keep(request, row, save, name=NOTES)


def keep(request: Request, row: Meeting, save: Any, *, name: str) -> HttpResponse:
    """What was typed stays in its field whatever comes of it: the answer is the line below it."""
    form = MinutesForm(request.POST)
    context: dict[str, Any] = {"name": name, "version": request.POST.get("version", "0")}
    status = 200
    if form.is_valid():
        try:
            context["version"] = save(**form.cleaned_data)
            context["saved_at"] = timezone.now()
        except holding.StaleError as stale:
            context |= {"version": stale.version, "theirs": stale.words, "by": stale.by}
            status = 409
        except ValidationError as refusal:
            context["refusal"] = " ".join(refusal.messages)
            status = 409
    else:
        context["refusal"] = " ".join(str(error) for errors in form.errors.values() for error in errors)
        status = 422
    if request.htmx:
        return render(request, "maintenance/meetings/_saved.html", context, status=status)
    if status != 200:  # noqa: PLR2004
        context |= {"meeting": row, "typed": request.POST.get("words", ""), "again": request.path}
        return render(request, "maintenance/meetings/unsaved.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect("maintenance:meeting", row.pk)


def item_of(request: Request, row: Meeting, kind: str, subject: int) -> Item:
    item = one(row, kind, subject, reader=request.user, at=timezone.now())
    if item is None:
        raise Http404
    return item


@require_POST
@only("may_write")
def attendance(request: Request, pk: int) -> HttpResponse:
    row = found(request, pk)
    form = AttendanceForm(request.POST, meeting=row)
    if form.is_valid():
        try:
            holding.attend(row, form.cleaned_data["people"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
    if request.htmx:
        status = 422 if form.errors else 200
        context = {
            "saved_at": timezone.now(),
            "refusal": " ".join(str(error) for error in form.non_field_errors()),
        }
        return render(
            request, "maintenance/meetings/_saved.html", context | {"name": "attendance"}, status=status
        )
    messages.add_message(
        request, messages.WARNING if form.errors else messages.SUCCESS,
        " ".join(str(error) for errors in form.errors.values() for error in errors) or _("Saved."),
    )  # fmt: skip
    return redirect("maintenance:meeting", pk)


# Tasks


@only("may_write")
@once
def task(request: Request, pk: int) -> HttpResponse:
    """Of a point, named in the address, or of the meeting as a whole."""
    row = found(request, pk)
    item = asked_item(request, row)
    customer = customer_of(item)
    if not row.is_open:
        messages.warning(request, _("The meeting is closed: its minutes stay as they are."))
        return redirect("maintenance:meeting", pk)
    form = TaskForm(request.POST or None, meeting=row, customer=customer, user=request.user)
    if request.method == "POST" and form.is_valid():
        holding.make_task(row, item=item, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Task made."))
        anchor = f"#{item.name}" if item else "#tasks"
        return redirect(reverse("maintenance:meeting", args=[pk]) + anchor)
    context = {
        "meeting": row,
        "title": title_of(row),
        "form": form,
        "line": lines([item])[0] if item else None,
        "query": request.GET.urlencode(),
    }
    status = 422 if form.errors else 200
    return render(request, "maintenance/meetings/task.html", context, status=status)


def asked_item(request: Request, row: Meeting) -> Item | None:
    kind, subject = request.GET.get("kind", ""), request.GET.get("subject", "")
    if not kind and not subject:
        return None
    if not (subject.isdecimal() and len(subject) < 19):  # noqa: PLR2004 - ids are shorter
        raise Http404
    return item_of(request, row, kind, int(subject))


def customer_of(item: Item | None) -> Customer | None:
    if item is None or item.customer is None:
        return None
    return Customer.objects.select_related("owner", "team").filter(pk=item.customer).first()


@require_safe
def tasks(request: Request) -> HttpResponse:
    listed = MEETING_TASKS.find(request.user, request.GET, None)
    rows = listed.rows.with_names()
    page = keyset_page(rows, order=listed.by, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context = {
        "filter": listed.filter,
        "page": page,
        "tasks": [(task, task.may_be_done_by(request.user)) for task in page.rows],
        "today": timezone.localdate(),
    }
    return render(request, "maintenance/meetings/tasks.html", context)


@require_POST
@only("may_write")
@once
def task_done(request: Request, pk: int) -> HttpResponse:
    rows = MeetingTask.objects.visible_to(request.user).select_related("aim", "meeting__team")
    row = get_object_or_404(rows, pk=pk)
    if not row.may_be_done_by(request.user):
        raise PermissionDenied
    if holding.finish_task(row, by=request.user, at=timezone.now()):
        messages.success(request, _("Task done."))
    else:
        messages.warning(request, _("Somebody else has done this task already."))
    if request.POST.get("next") == "tasks":
        return redirect("maintenance:meeting_tasks")
    return redirect(reverse("maintenance:meeting", args=[row.meeting_id]) + "#tasks")


# Closing


@only("may_assign")
@once
def close(request: Request, pk: int) -> HttpResponse:
    """Asked once more: from then on nothing changes."""
    row = found(request, pk)
    if not row.may_be_led_by(request.user):
        raise PermissionDenied
    if request.method == "POST":
        if holding.close(row, by=request.user, at=timezone.now()):
            messages.success(request, _("Closed. Whoever was there gets the minutes."))
        else:
            messages.warning(request, _("The meeting is closed already."))
        return redirect("maintenance:meeting", pk)
    people = row.attendants.order_by("display_name", "username")
    context = {"meeting": row, "title": title_of(row), "people": people}
    return render(request, "maintenance/meetings/close.html", context)
