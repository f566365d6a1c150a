"""The steps of a case. Each is taken once: who comes second is told who was faster."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notices import News, tell
from customers.services import reopen_request, resolve_request
from maintenance.case_steps import ANSWERS, State, Step, leads_to
from maintenance.casework import clocks
from maintenance.casework.opening import write
from maintenance.casework.telling import REOPENED
from maintenance.casework.whose import who_has
from maintenance.models import Case, CaseEvent, Clock

RATING = ["satisfaction", "satisfaction_words"]
CHANGED = ["state", "waiting_since", "closed_at", "due_at", "cause", "category", *RATING]
"""By a step."""


class ChangedError(ValidationError):
    """The case is not where it was thought to be; the message is for people."""


@transaction.atomic
def take(
    case: Case,
    step: str,
    *,
    by: User | None,
    at: datetime,
    words: str = "",
    cause: str = "",
    category: str = "",
) -> Case:
    """One step further. Raises ChangedError where it cannot be taken from where the case is by now."""
    row = locked(case.pk)
    step = Step(step)
    to = leads_to(step, state=row.state)
    if to is None:
        raise ChangedError(_("It is “%(state)s” by now.") % {"state": row.get_state_display()})
    kept, facts = list(Clock.objects.filter(case=row)), dict[str, Any]()
    for clock in kept:
        clock.case = row
        if step in ANSWERS and clock.kind == Clock.Kind.RESPONSE:
            clocks.meet(clock, at=at)
    if step == Step.WAIT:
        _pause(row, kept, at=at)
    elif step == Step.START:
        _resume(row, kept, at=at)
    elif step == Step.SOLVE:
        _solve(row, kept, by=by, at=at, words=words, cause=cause, category=category)
    elif step == Step.REOPEN:
        facts = _reopen(row, kept, at=at)
    row.closed_at = at if step == Step.CLOSE else None
    before, row.state = row.state, to.value
    clocks.save(kept)
    clocks.settle(row, kept)
    row.save(update_fields=CHANGED)
    event = write(row, step, by=by, at=at, before=before, words=words, facts=facts)
    if step == Step.REOPEN:
        _tell_reopened(row, event)
    return row


def locked(pk: int) -> Case:
    rows = Case.objects.select_for_update(of=("self",)).select_related("request__customer__team")
    return rows.get(pk=pk)


def _pause(row: Case, kept: list[Clock], *, at: datetime) -> None:
    row.waiting_since = at
    for clock in kept:
        clocks.pause(clock, at=at)


def _resume(row: Case, kept: list[Clock], *, at: datetime) -> None:
    """What was left when the waiting began is left now."""
    if row.waiting_since:
        time = clocks.office()
        for clock in kept:
            clocks.resume(clock, paused=row.waiting_since, at=at, time=time)
        row.waiting_since = None


def _solve(
    row: Case, kept: list[Clock], *, by: User | None, at: datetime, words: str, cause: str, category: str
) -> None:
    if not words or not cause:
        missing = {"words": words, "cause": cause}
        raise ValidationError(
            {
                name: _("Say what was done and what the cause was.")
                for name, said in missing.items()
                if not said
            }
        )
    _resume(row, kept, at=at)
    for clock in kept:
        clocks.meet(clock, at=at)
    row.cause, row.category = cause, category or row.category
    assert by  # noqa: S101 - nothing is solved by itself
    resolve_request(row.request, by=by, at=at, resolution=words)


def _reopen(row: Case, kept: list[Clock], *, at: datetime) -> dict[str, Any]:
    """It was not solved: the time since then is a pause, and the clock for the solution goes on with what was left.

    What the customer said of it is asked anew. Answers with what they said so far, for the story.
    """
    time = clocks.office()
    for clock in kept:
        if clock.kind == Clock.Kind.SOLUTION and clock.met_at:
            solved, clock.met_at = clock.met_at, None
            clocks.resume(clock, paused=solved, at=at, time=time)
    reopen_request(row.request)
    said = {name: getattr(row, name) for name in RATING}
    row.satisfaction, row.satisfaction_words = None, ""
    return said if any(said.values()) else {}


def _tell_reopened(row: Case, event: CaseEvent) -> None:
    """Who has it and believed it solved. Who opened it again knows it."""
    facts = {"case": row.pk, "event": event.pk}
    people = sorted(who_has(row) - {event.by_id})
    tell(REOPENED, [News(pk, f"case-event-{event.pk}", facts) for pk in people], at=event.at)


@transaction.atomic
def rate(case: Case, *, satisfaction: int | None, words: str) -> Case:
    """What the customer says of how it went: asked when it is closed, and may be filled in afterwards."""
    row = locked(case.pk)
    if row.state not in {State.SOLVED, State.CLOSED}:
        raise ChangedError(_("Ask the customer once the case is solved."))
    row.satisfaction, row.satisfaction_words = satisfaction, words
    row.save(update_fields=RATING)
    return row
