"""The clocks of cases: what the tier promises, started, met, paused, made faster, run out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from maintenance import sla
from maintenance.models import CalendarOverride, Case, CaseEvent, Clock, Playbook
from maintenance.sla import OfficeTime
from tiering.models import TierChange

RESPONSE, SOLUTION = Clock.Kind.RESPONSE, Clock.Kind.SOLUTION
AT_ONCE: Final = 500


def office() -> OfficeTime:
    """Its hours by the settings, its days by the Chinese calendar and the overrides."""
    return OfficeTime(
        hours=settings.OFFICE_HOURS,
        zone=timezone.get_default_timezone(),
        overrides=dict(CalendarOverride.objects.values_list("day", "is_working")),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Promised:
    """Working minutes by clock; none where nothing is promised."""

    tier: int | None
    minutes: dict[str, int]


NOTHING: Final = Promised(tier=None, minutes={})


def promised_to(customer_ids: Collection[int], *, at: datetime) -> dict[int, Promised]:
    """What the playbook of each customer's tier promises at the moment. The one place that reads playbooks for cases.

    A customer in its days of grace is served as before the downgrade.
    """
    tiers = dict(Customer.objects.filter(pk__in=customer_ids).values_list("pk", "standing__tier"))
    in_grace = TierChange.objects.in_grace(timezone.localdate(at)).filter(customer__in=customer_ids)
    tiers |= dict(in_grace.values_list("customer_id", "from_tier_id"))
    today = timezone.localdate(at)
    books = Playbook.objects.in_force(today).filter(tier__in={tier for tier in tiers.values() if tier})
    by_tier = {
        tier: {
            kind.value: length
            for kind, length in ((RESPONSE, respond), (SOLUTION, solve and solve * 60))
            if length
        }
        for tier, respond, solve in books.values_list(
            "tier", "respond_within_minutes", "solve_within_working_hours"
        )
    }
    return {
        pk: Promised(tier=tier, minutes=by_tier.get(tier, {}) if tier else {}) for pk, tier in tiers.items()
    }


def start(case: Case, promised: Promised, *, opened: datetime) -> None:
    time = office()
    rows = [
        Clock(
            case=case,
            kind=kind,
            minutes=minutes,
            started_at=opened,
            due_at=sla.due(time, opened=opened, minutes=minutes),
        )
        for kind, minutes in promised.minutes.items()
    ]
    for clock in rows:
        clock.next_at = next_of(clock, time)
    Clock.objects.bulk_create(rows)
    settle(case, rows)


def next_of(clock: Clock, time: OfficeTime) -> datetime | None:
    """When the next warning is to be given, else when it runs out; nothing once it is met or has run out."""
    if clock.met_at or clock.breached_at:
        return None
    warnings = settings.CASE_WARNINGS
    percent = warnings[clock.told] if clock.told < len(warnings) else 100
    return sla.moment_of(time, due_at=clock.due_at, minutes=clock.minutes, percent=percent)


def settle(case: Case, clocks: Iterable[Clock]) -> None:
    """The case says when it is due next, of the clocks that run. Saved by who calls."""
    running = [clock.due_at for clock in clocks if clock.met_at is None]
    case.due_at = None if case.waiting_since or not case.is_open else min(running, default=None)


def meet(clock: Clock, *, at: datetime) -> None:
    """Kept, or late: then it ran out when it was due, whether or not anybody has marked that yet."""
    if clock.met_at is None:
        run_out(clock, at=at)
        clock.met_at = at
    clock.next_at = None


def run_out(clock: Clock, *, at: datetime) -> bool:
    """Marks what is over by now, and leaves it on record once. False where it is not, or was marked before."""
    if clock.breached_at or not sla.is_breached(due_at=clock.due_at, at=at):
        return False
    clock.breached_at = clock.due_at
    CaseEvent.objects.create(
        case=clock.case,
        at=clock.due_at,
        kind=CaseEvent.Kind.BREACH,
        before=clock.case.state,
        after=clock.case.state,
        facts={"clock": clock.kind},
    )
    return True


def pause(clock: Clock, *, at: datetime) -> None:
    """While the customer is waited for; what ran out before stays so."""
    if clock.met_at is None:
        run_out(clock, at=at)
        clock.next_at = None


def resume(clock: Clock, *, paused: datetime, at: datetime, time: OfficeTime) -> None:
    if clock.met_at is None and clock.breached_at is None:
        clock.due_at = sla.resumed(time, due_at=clock.due_at, paused=paused, at=at)
    clock.next_at = next_of(clock, time)


def save(clocks: Iterable[Clock]) -> None:
    Clock.objects.bulk_update(
        clocks, ["minutes", "due_at", "met_at", "breached_at", "told", "next_at"], batch_size=AT_ONCE
    )


def faster_for(customer_ids: Collection[int] | None, *, at: datetime) -> int:
    """Open cases of customers who have another tier by now, which is promised more, get less time; nobody gets more.

    None is the whole book. Idempotent: a second run finds nothing. A lower tier, or a playbook that was changed, changes
    nothing of what is open.
    """
    theirs = None if customer_ids is None else set(customer_ids)  # of a re-grade that may be the whole book
    rows = Case.objects.open().order_by("pk").values_list("pk", "request__customer_id")
    pks = [pk for pk, customer in rows if theirs is None or customer in theirs]
    stretches = (pks[first : first + AT_ONCE] for first in range(0, len(pks), AT_ONCE))
    return sum(_faster(stretch, at=at) for stretch in stretches)


@transaction.atomic
def _faster(pks: list[int], *, at: datetime) -> int:
    locked = Case.objects.select_for_update(of=("self",)).open().filter(pk__in=pks).order_by("pk")
    cases = list(locked.select_related("request"))
    promised = promised_to({case.request.customer_id for case in cases}, at=at)
    kept: dict[int, dict[str, Clock]] = {}
    for clock in Clock.objects.filter(case__in=cases).select_related("case"):
        kept.setdefault(clock.case_id, {})[clock.kind] = clock
    time, count = office(), 0
    for case in cases:
        now = promised.get(case.request.customer_id, NOTHING)
        clocks = kept.get(case.pk, {})
        for clock in clocks.values():
            clock.case = case
        quicker = {
            kind: minutes for kind, minutes in now.minutes.items() if _is_quicker(case, clocks, kind, minutes)
        }
        if quicker and now.tier != case.tier_id:
            _shorten(case, clocks, quicker, tier=now.tier, at=at, time=time)
            count += 1
    return count


def _is_quicker(case: Case, clocks: dict[str, Clock], kind: str, minutes: int) -> bool:
    """A clock that is met or has run out is history; where there was none, the response is given once it was."""
    clock = clocks.get(kind)
    if clock is None:
        return kind == SOLUTION or case.state == Case.State.NEW
    return clock.met_at is None and clock.breached_at is None and minutes < clock.minutes


def _shorten(
    case: Case,
    clocks: dict[str, Clock],
    quicker: dict[str, int],
    *,
    tier: int | None,
    at: datetime,
    time: OfficeTime,
) -> None:
    since = case.waiting_since or at
    for kind, minutes in quicker.items():
        clock = clocks.get(kind)
        if clock is None:
            due_at = sla.due(time, opened=since, minutes=minutes)
            clock = clocks[kind] = Clock(
                case=case, kind=kind, minutes=minutes, started_at=since, due_at=due_at
            )
        elif not run_out(clock, at=since):
            clock.due_at = sla.shortened(time, due_at=clock.due_at, minutes=minutes, at=since)
            clock.minutes = minutes
        clock.next_at = None if case.waiting_since else next_of(clock, time)
    save(clock for clock in clocks.values() if clock.pk)
    Clock.objects.bulk_create(clock for clock in clocks.values() if not clock.pk)
    case.tier_id = tier
    settle(case, clocks.values())
    case.save(update_fields=["tier", "due_at"])
    CaseEvent.objects.create(
        case=case,
        at=at,
        kind=CaseEvent.Kind.FASTER,
        before=case.state,
        after=case.state,
        facts={"minutes": quicker},
    )
