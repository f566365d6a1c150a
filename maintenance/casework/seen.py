"""A case as somebody reads it at a moment: its clocks in words, what can be done, what was done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from accounts.models import Department, User
from maintenance import sla
from maintenance.case_steps import Step, steps_from
from maintenance.casework.clocks import office
from maintenance.models import Case, CaseEvent, Clock
from maintenance.sla import OfficeTime


def page_of_request(pk: int) -> str:
    """Where a service request is worked on; empty where it is no case."""
    case = Case.objects.filter(request=pk).values_list("pk", flat=True).first()
    return reverse("maintenance:case", args=[case]) if case else ""


def length(time: timedelta) -> str:
    """ "3 h 20 min", "45 min". Begun minutes count: what is left of the last one is a minute."""
    minutes = -(-int(time.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest}
    if not rest:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockLine:
    """A clock in words, and how it stands: met, late, breached, paused, warned or running."""

    clock: Clock
    mood: str
    text: str

    @property
    def badge(self) -> str:
        return {"late": "broken", "broken": "broken", "warned": "late"}.get(self.mood, "")


def clock_line(clock: Clock, case: Case, *, at: datetime, time: OfficeTime) -> ClockLine:
    due = date_format(timezone.localtime(clock.due_at), "DATETIME_FORMAT")
    if clock.met_at:
        if clock.breached_at:
            over = time.between(clock.breached_at, clock.met_at)
            return ClockLine(clock=clock, mood="broken", text=_("%(time)s late") % {"time": length(over)})
        return ClockLine(clock=clock, mood="met", text=_("in time"))
    if clock.breached_at or (not case.waiting_since and sla.is_breached(due_at=clock.due_at, at=at)):
        over = time.between(clock.due_at, at)
        return ClockLine(
            clock=clock,
            mood="late",
            text=_("%(time)s late, was due %(due)s") % {"time": length(over), "due": due},
        )
    left = length(time.between(case.waiting_since or at, clock.due_at))
    if case.waiting_since:
        return ClockLine(clock=clock, mood="paused", text=_("stands still, %(time)s left") % {"time": left})
    mood = "warned" if clock.told else "running"
    return ClockLine(
        clock=clock, mood=mood, text=_("%(time)s left, due %(due)s") % {"time": left, "due": due}
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A case in a list."""

    case: Case
    clocks: list[ClockLine]

    @property
    def foremost(self) -> ClockLine | None:
        """The clock to look at: the one that runs out next; when all are met, one that was broken."""
        running = [line for line in self.clocks if line.clock.met_at is None]
        if running:
            return min(running, key=lambda line: line.clock.due_at)
        broken = [line for line in self.clocks if line.clock.breached_at]
        return next(iter(broken or self.clocks), None)


def lines(cases: Iterable[Case], *, at: datetime) -> list[Line]:
    """Expects the clocks prefetched."""
    time = office()
    return [
        Line(case=case, clocks=[clock_line(clock, case, at=at, time=time) for clock in case.clocks.all()])
        for case in cases
    ]


def line(case: Case, *, at: datetime) -> Line:
    return lines([case], at=at)[0]


STEPS = {
    Step.RESPOND: ("message", "primary"),
    Step.START: ("refresh", "primary"),
    Step.WAIT: ("history", ""),
    Step.SOLVE: ("check", "primary"),
    Step.CLOSE: ("archive", "primary"),
    Step.REOPEN: ("restore", ""),
}
"""Icon and weight of the button."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    step: Step
    label: str
    icon: str
    css: str


def buttons(case: Case, user: User) -> list[Button]:
    """What the reader can do with it now; the first one is what comes next."""
    if not case.may_be_worked_on_by(user):
        return []
    labels = {
        Step.RESPOND: _("Respond"),
        Step.START: _("Go on working"),
        Step.WAIT: _("Ask the customer back"),
        Step.SOLVE: _("Solve"),
        Step.CLOSE: _("Close"),
        Step.REOPEN: _("Reopen"),
    }
    possible = steps_from(case.state)
    first = possible[0] if possible else None
    return [
        Button(step=step, label=labels[step], icon=STEPS[step][0], css="btn-primary" if step == first else "")
        for step in possible
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class EventLine:
    event: CaseEvent
    text: str


def story(case: Case) -> list[EventLine]:
    """Every step, the newest first, in the reader's language."""
    events = list(case.events.select_related("by").order_by("-at", "-pk"))
    people = {pk for event in events for pk in event.facts.get("assignee", []) if pk}
    names = {user.pk: user.name for user in User.objects.filter(pk__in=people)} if people else {}
    return [EventLine(event=event, text=said(event, names)) for event in events]


def said(event: CaseEvent, names: dict[int, str]) -> str:
    """What the kind does not say by its name."""
    if event.kind == CaseEvent.Kind.HAND_OVER:
        was, is_ = (_place(event.facts, n, names) for n in (0, 1))
        return f"{was} → {is_}"
    if event.kind == CaseEvent.Kind.BREACH:
        return str(Clock.Kind(event.facts["clock"]).label)
    if event.kind == CaseEvent.Kind.FASTER:
        parts = [
            f"{Clock.Kind(kind).label} {length(timedelta(minutes=minutes))}"
            for kind, minutes in sorted(event.facts["minutes"].items())
        ]
        return _(", ").join(parts)
    if event.kind == CaseEvent.Kind.REOPEN and event.facts:
        return _rated(event.facts)
    return ""


def _rated(facts: dict[str, Any]) -> str:
    """What the customer said before it was opened again."""
    parts = []
    if facts["satisfaction"]:
        parts.append(_("satisfaction until then: %(satisfaction)s of 5") % facts)
    if facts["satisfaction_words"]:
        parts.append(_("in their words: %(satisfaction_words)s") % facts)
    return " · ".join(parts)


def _place(facts: dict[str, Any], n: int, names: dict[int, str]) -> str:
    department = Department(facts["department"][n]).label
    person = facts["assignee"][n]
    return f"{department} · {names.get(person, '–')}" if person else str(department)
