"""A calendar that changes: clocks that run keep what is left of them, in the hours that the office has by now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from django.db import transaction

from maintenance.casework import clocks
from maintenance.models import Case, Clock
from maintenance.sla import OfficeTime

AT_ONCE: Final = 500


def reschedule(*, before: Mapping[date, bool], after: Mapping[date, bool], at: datetime) -> int:
    """What is due after a day that is taken off, or worked after all, by these overrides. How many clocks it moved.

    What has run out stays so, and what is over by then is over: nothing that was due before the moment changes.
    """
    was, now = (replace(clocks.office(), overrides=overrides) for overrides in (before, after))
    pks = list(Case.objects.open().order_by("pk").values_list("pk", flat=True))
    stretches = (pks[first : first + AT_ONCE] for first in range(0, len(pks), AT_ONCE))
    return sum(_stretch(stretch, was, now, at=at) for stretch in stretches)


@transaction.atomic
def _stretch(pks: list[int], was: OfficeTime, now: OfficeTime, *, at: datetime) -> int:
    locked = Case.objects.select_for_update(of=("self",)).open().filter(pk__in=pks).order_by("pk")
    cases = {case.pk: case for case in locked}
    kept: dict[int, list[Clock]] = {}
    for clock in Clock.objects.filter(case__in=cases).order_by("pk"):
        kept.setdefault(clock.case_id, []).append(clock)
    moved = []
    for pk, own in kept.items():
        case = cases[pk]
        since = case.waiting_since or at
        for clock in own:
            if clock.met_at or clock.breached_at or clock.due_at <= since:
                continue
            due_at = now.after(since, was.between(since, clock.due_at))
            if due_at != clock.due_at:
                clock.due_at = due_at
                clock.next_at = None if case.waiting_since else clocks.next_of(clock, now)
                moved.append(clock)
        clocks.settle(case, own)
    clocks.save(moved)
    touched = {clock.case_id for clock in moved}
    Case.objects.bulk_update([cases[pk] for pk in sorted(touched)], ["due_at"], batch_size=AT_ONCE)
    return len(moved)
