"""What promises have for the timeline of a customer: kept, broken and set aside; steps of cases; answers to surveys."""

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from customers.stream import Said, Source, name_kind, register, sources
from customers.stream.own import REQUEST
from maintenance.casework.seen import said as said_of_step
from maintenance.models import Answer, Case, CaseEvent, Invitation, Obligation

PROMISE, SURVEY = "promise", "survey"
ICONS: Final = {
    CaseEvent.Kind.SOLVE: "check",
    CaseEvent.Kind.CLOSE: "archive",
    CaseEvent.Kind.BREACH: "alarm",
    CaseEvent.Kind.NOTE: "notes",
    CaseEvent.Kind.HAND_OVER: "arrow-right",
}


def promises(user: User | None) -> QuerySet[Obligation]:
    rows = Obligation.objects.visible_to(user) if user else Obligation.objects.all()
    return rows.select_related("promise", "completed_by", "set_aside_by")


def kept(user: User | None) -> QuerySet[Obligation]:
    return promises(user).filter(state=Obligation.State.DONE)


def broken(user: User | None) -> QuerySet[Obligation]:
    return promises(user).exclude(missed_on=None)


def set_aside(user: User | None) -> QuerySet[Obligation]:
    return promises(user).filter(state__in=[Obligation.State.SKIPPED, Obligation.State.EXCUSED])


def _page(row: Obligation) -> dict[str, str]:
    return {
        "department": row.get_department_display(),
        "url": reverse("maintenance:obligation", args=[row.pk]),
    }


def say_kept(rows: Sequence[Obligation], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Promise kept: %(promise)s") % {"promise": row.promise.title},
            text=_("Was due on %(day)s.") % {"day": date_format(row.due_on)},
            icon="circle-check",
            **_page(row),
        )
        for row in rows
    }


def say_broken(rows: Sequence[Obligation], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Promise broken: %(promise)s") % {"promise": row.promise.title},
            text=_("Was due on %(day)s.") % {"day": date_format(row.originally_due_on)},
            icon="alert-triangle",
            mood="broken",
            **_page(row),
        )
        for row in rows
    }


def say_set_aside(rows: Sequence[Obligation], _user: User) -> dict[int, Said]:
    excused = Obligation.State.EXCUSED
    return {
        row.pk: Said(
            title=(
                _("Promise excused: %(promise)s")
                if row.state == excused
                else _("Promise skipped: %(promise)s")
            )
            % {"promise": row.promise.title},
            text=row.reason,
            icon="minus",
            **_page(row),
        )
        for row in rows
    }


def steps(user: User | None) -> QuerySet[CaseEvent]:
    rows = CaseEvent.objects.select_related("by", "case__request")
    return rows.filter(case__in=Case.objects.visible_to(user)) if user else rows


def say_steps(rows: Sequence[CaseEvent], _user: User) -> dict[int, Said]:
    people = {pk for row in rows for pk in row.facts.get("assignee", []) if pk}
    names = {user.pk: user.name for user in User.objects.filter(pk__in=people)} if people else {}
    found = {}
    for row in rows:
        more = said_of_step(row, names)
        opens = row.kind == CaseEvent.Kind.OPEN
        about = row.case.request.detail if opens else row.words
        found[row.pk] = Said(
            title=_("Case %(number)s %(subject)s: %(step)s")
            % {
                "number": row.case.number,
                "subject": row.case.request.subject,
                "step": row.get_kind_display(),
            },
            text="\n".join(part for part in (more, about) if part),
            icon=ICONS.get(CaseEvent.Kind(row.kind), "headset"),
            mood="broken" if row.kind == CaseEvent.Kind.BREACH else "",
            department=row.case.request.get_department_display(),
            url=reverse("maintenance:case", args=[row.case_id]),
        )
    return found


def without_cases(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Requests that are worked on as cases are told by the steps of those."""
    return rows.filter(case=None)


def without_answers(rows: QuerySet[Any]) -> QuerySet[Any]:
    """A contact that is somebody's answer to a survey is told by that."""
    return rows.exclude(Exists(Invitation.objects.filter(interaction=OuterRef("pk"))))


def answers(_user: User | None) -> QuerySet[Invitation]:
    given = Answer.objects.select_related("question").order_by("question__position", "pk")
    return (
        Invitation.objects.exclude(answered_at=None)
        .select_related("survey", "contact")
        .prefetch_related(Prefetch("answers", given))
    )


def say_answers(rows: Sequence[Invitation], _user: User) -> dict[int, Said]:
    return {
        row.pk: Said(
            title=_("Survey answered: %(survey)s") % {"survey": row.survey},
            text="\n".join(_line(answer) for answer in row.answers.all()),
            icon="star",
            badge=row.contact.name if row.contact else "",
            url=reverse("maintenance:invitation", args=[row.pk]),
        )
        for row in rows
    }


def _line(answer: Answer) -> str:
    of = f" / {answer.question.scale[-1]}" if answer.score is not None else ""
    return f"{answer.question} {answer}{of}"


def register_sources() -> None:
    name_kind(PROMISE, gettext_lazy("Promises"))
    name_kind(SURVEY, gettext_lazy("Surveys"))
    for key in ("request", "resolved"):
        sources[key].narrowed.append(without_cases)
    sources["contact"].narrowed.append(without_answers)
    register(
        Source(
            key="kept", kind=PROMISE, rows=kept, say=say_kept, at="completed_at", by="completed_by",
            department="department",
        ),
        Source(
            key="broken", kind=PROMISE, rows=broken, say=say_broken, at="missed_on", is_day=True,
            department="department",
        ),
        Source(
            key="set-aside", kind=PROMISE, rows=set_aside, say=say_set_aside, at="set_aside_at", by="set_aside_by",
            department="department",
        ),
        Source(
            key="case", kind=REQUEST, rows=steps, say=say_steps, at="at", by="by", customer="case__request__customer",
            department="case__request__department",
        ),
        Source(key="answers", kind=SURVEY, rows=answers, say=say_answers, at="answered_at"),
    )  # fmt: skip
