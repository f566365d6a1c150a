"""What every stretch of customers of one re-plan shares, and what planning knows of one of them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from zlib import crc32

from django.utils import timezone

from customers.models import Tier
from maintenance import cadence
from maintenance.cadence import DAY, Days, Unit
from maintenance.models import CalendarOverride, Playbook, Promise
from tiering.models import TierChange
from toolbox.calendars import is_working_day, next_working_day

Like = tuple[int, str, str]
"""A customer, a key and a department: what counts as the same promise, in whatever playbook."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The last time, and the day it was for, which may be later: a present can be early."""

    on: date
    due_on: date


@dataclass(slots=True)
class Open:
    """An open obligation, as far as planning is concerned: there are many, and few of them change."""

    pk: int
    customer_id: int
    promise_id: int
    tier_id: int
    key: str
    department: str
    order_id: int | None
    assignee_id: int | None
    owner_id: int | None
    team_id: int | None
    due_on: date
    originally_due_on: date
    opens_on: date
    missed_on: date | None
    cadence: str
    grace_days: int

    @property
    def is_snoozed(self) -> bool:
        return self.due_on != self.originally_due_on

    @property
    def breaks_on(self) -> date:
        """As `Obligation.breaks_on`."""
        return max(self.due_on, self.originally_due_on) + (self.grace_days + 1) * DAY


def like_of(row: Open) -> Like:
    return row.customer_id, row.key, row.department


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A customer, as far as planning is concerned."""

    pk: int
    owner: int | None
    team: int | None
    people: dict[str, int | None]
    """Who does what its departments owe it: account manager and service team."""
    is_archived: bool
    tier: int | None
    days: Days


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What every batch of one re-plan shares."""

    today: date
    overrides: dict[date, bool]
    promises: dict[int | None, list[Promise]]
    tiers: dict[int, Tier]
    has_grace: bool
    """Whether anybody is still served as before a downgrade."""
    rhythms: dict[int, cadence.Cadence]
    """By promise."""
    said: dict[int, str]
    """The same as an obligation keeps them."""
    seeds: dict[str, int]
    """By key: where in the first interval customers begin."""
    at: datetime
    openings: dict[cadence.Cadence, list[date]] = field(default_factory=dict)
    festivals: dict[tuple[cadence.Cadence, date], date] = field(default_factory=dict)

    @classmethod
    def read(cls, today: date) -> "Rules":
        promises = defaultdict[int | None, list[Promise]](list)
        in_force = Playbook.objects.in_force(today)
        for promise in Promise.objects.filter(is_active=True, playbook__in=in_force).select_related(
            "playbook"
        ):
            promises[promise.playbook.tier_id].append(promise)
        overrides = dict(CalendarOverride.objects.values_list("day", "is_working"))
        has_grace = TierChange.objects.filter(grace_until__gte=today).exists()
        every = [promise for own in promises.values() for promise in own]
        return cls(
            today=today,
            at=timezone.now(),
            overrides=overrides,
            promises=promises,
            tiers=Tier.objects.in_bulk(),
            has_grace=has_grace,
            rhythms={promise.pk: promise.cadence for promise in every},
            said={promise.pk: str(promise.cadence) for promise in every},
            seeds={promise.key: crc32(promise.key.encode()) for promise in every},
        )

    def has_unit(self, unit: Unit) -> bool:
        return any(promise.unit == unit for own in self.promises.values() for promise in own)

    def owed_to(self, holder: Holder) -> list[Promise]:
        """No greeting to whom no anniversary is known."""
        promises = [] if holder.is_archived else self.promises.get(holder.tier, [])
        return [promise for promise in promises if holder.days.have(promise.unit)]

    def reactions_to(self, holder: Holder) -> list[Promise]:
        return [promise for promise in self.owed_to(holder) if promise.is_reaction]

    def is_risen(self, row: Open, promise: Promise) -> bool:
        before, now = self.tiers[row.tier_id], self.tiers[promise.playbook.tier_id]
        return before.step_to(now) == 1

    def due_on(
        self, holder: Holder, promise: Promise, kept: Kept | None, before: Open | None
    ) -> tuple[date, date]:
        """When it is due, and from when on contacts count. `before`: the like one open under a lower tier."""
        rhythm = self.rhythms[promise.pk]
        if rhythm.unit in cadence.OCCASIONS:
            yesterday = self.today - DAY
            occasion = self.occasion(
                holder, rhythm, after=max(yesterday, kept.on, kept.due_on) if kept else yesterday
            )
            return occasion, rhythm.opens_on(occasion)
        following = kept and cadence.next_due(rhythm, kept_on=kept.on, overrides=self.overrides)
        if kept and following and following >= self.today:
            due_on, opens_on = following, max(rhythm.opens_on(following), kept.on + DAY)
        else:
            due_on = cadence.first_due(self._opening(rhythm), seed=holder.pk + self.seeds[promise.key])
            opens_on = self.today
        if before and before.due_on <= due_on:
            due_on = next_working_day(max(before.due_on, self.today), overrides=self.overrides)
            opens_on = min(opens_on, before.opens_on)
        return due_on, opens_on

    def occasion(self, holder: Holder, rhythm: cadence.Cadence, *, after: date) -> date:
        if rhythm.unit != Unit.FESTIVAL:
            return cadence.next_occasion(rhythm, after=after, of=holder.days, overrides=self.overrides)
        asked = rhythm, after
        if asked not in self.festivals:
            self.festivals[asked] = cadence.next_occasion(
                rhythm, after=after, of=Days(), overrides=self.overrides
            )
        return self.festivals[asked]

    def has_moved(self, row: Open, promise: Promise, holder: Holder) -> bool:
        """Its rhythm is another by now, or its occasion is on another day."""
        rhythm = self.rhythms[promise.pk]
        if row.cadence != self.said[promise.pk]:
            return True
        eve = row.due_on - DAY
        return rhythm.unit in cadence.OCCASIONS and row.due_on != self.occasion(holder, rhythm, after=eve)

    def is_working_day(self, day: date) -> bool:
        return is_working_day(day, overrides=self.overrides)

    def _opening(self, rhythm: cadence.Cadence) -> list[date]:
        if rhythm not in self.openings:
            self.openings[rhythm] = cadence.opening_days(
                rhythm, begins_on=self.today, overrides=self.overrides
            )
        return self.openings[rhythm]
