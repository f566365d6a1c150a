"""Before a clock runs out people are told, each group once; when it has, that is a fact with its moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction

from accounts import webhooks
from accounts.notices import News, tell
from accounts.webhooks import Facts
from maintenance import sla
from maintenance.casework import clocks
from maintenance.casework.telling import RAN_OUT, WARNING
from maintenance.casework.whose import People
from maintenance.models import Case, Clock
from maintenance.sla import OfficeTime

AT_ONCE: Final = 500
ASSIGNEE, LEAD, DIRECTOR = range(3)
"""Who is told, in the order of the setting CASE_WARNINGS; chats outside with the lead."""


def escalate(*, at: datetime) -> int:
    """Whatever is to be told or marked by now, a stretch at a time, until nothing is left. How many clocks it was."""
    count = 0
    while done := _stretch(at=at):
        count += done
    return count


@transaction.atomic
def _stretch(*, at: datetime) -> int:
    """In one transaction with the notices: who dies in between has told nobody and marked nothing."""
    due = Clock.objects.running().filter(next_at__lt=at).order_by("next_at", "pk")
    pks = set(due.values_list("case", flat=True)[:AT_ONCE])
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    kept = {case.pk: case for case in locked.select_related("request__customer__team", "assignee")}
    rows = list(Clock.objects.running().filter(case__in=kept, next_at__lt=at).order_by("pk"))
    people, time = People(), clocks.office()
    warned: list[News] = []
    over: list[News] = []
    outside: dict[str, dict[str, Facts]] = {WARNING: {}, RAN_OUT: {}}
    for clock in rows:
        clock.case = kept[clock.case_id]
        if clocks.run_out(clock, at=at):
            over += _news(clock, people.when_over(clock.case), what="over")
            outside[RAN_OUT][_key(clock, "over")] = _facts(clock)
        else:
            for level in _levels(clock, at=at, time=time):
                warned += _news(clock, people.at_level(level, clock.case), what="warning")
                clock.told = level + 1
                if level == LEAD:
                    outside[WARNING][_key(clock, "warning")] = _facts(clock)
        clock.next_at = clocks.next_of(clock, time)
    clocks.save(rows)
    tell(WARNING, warned, at=at)
    tell(RAN_OUT, over, at=at)
    for kind, pieces in outside.items():
        webhooks.tell_all(kind, pieces, at=at)
    return len(rows)


def _levels(clock: Clock, *, at: datetime, time: OfficeTime) -> Iterator[int]:
    """Of whom it is time to tell, and who were not told yet."""
    for level, percent in enumerate(settings.CASE_WARNINGS):
        moment = sla.moment_of(time, due_at=clock.due_at, minutes=clock.minutes, percent=percent)
        if level >= clock.told and moment < at:
            yield level


def _news(clock: Clock, recipients: set[int], *, what: str) -> list[News]:
    """The key is for ever: what was told once is not told again, whatever becomes of the clock, nor on a higher level to
    who knows it already, such as a lead who has the case."""
    return [News(pk, _key(clock, what), _facts(clock)) for pk in sorted(recipients)]


def _key(clock: Clock, what: str) -> str:
    return f"clock-{clock.pk}-{what}"


def _facts(clock: Clock) -> Facts:
    return {"case": clock.case_id, "clock": clock.kind, "due_at": clock.due_at.isoformat()}
