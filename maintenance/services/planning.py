"""Promises made, kept, put off and withdrawn."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zlib import crc32

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Department, User
from customers.models import Customer, KeyDate
from customers.services import log_interaction
from maintenance import cadence
from maintenance.cadence import Unit
from maintenance.models import CalendarOverride, Obligation, Promise, Snooze
from tiering.models import TierChange
from toolbox.calendars import is_working_day, next_working_day

ANNIVERSARIES = Q(label__icontains="anniversary") | Q(label__contains="周年")
"""The key dates that are the company's own; others are somebody's birthday."""
BATCH = 2_000
MOST_SNOOZED = timedelta(days=90)
"""About a quarter: whoever would wait longer promises something else, which is for the playbook to say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    created: int = 0
    withdrawn: int = 0
    reassigned: int = 0
    moved: int = 0

    def __add__(self, other: "Replanned") -> "Replanned":
        return Replanned(
            created=self.created + other.created,
            withdrawn=self.withdrawn + other.withdrawn,
            reassigned=self.reassigned + other.reassigned,
            moved=self.moved + other.moved,
        )


def replan(customer_ids: Iterable[int] | None, *, today: date) -> Replanned:
    """Make what is open match what the tiers promise; None is the whole book. A second run changes nothing.

    A promise never kept, or so long ago that it lapsed, starts anew inside its first interval, and
    customers are spread over that interval's working days. What is not due yet moves with the promise's
    cadence or occasion and off a day that is not worked any more; what is overdue, or put off by somebody, stays.
    """
    rules = _Rules.read(today)
    batches = whole_book() if customer_ids is None else _batches(customer_ids)
    return sum((_replan(ids, rules) for ids in batches), Replanned())


@transaction.atomic
def complete(
    obligation: Obligation, *, by: User, at: datetime, channel: str, note: str, topic: str = ""
) -> Obligation:
    """Kept: an interaction says how, and the next one is planned. Refused when it is no longer open."""
    row = _still_open(obligation)
    row.interaction = log_interaction(
        row.customer, by=by, at=at, channel=channel, note=note, topic=topic, department=row.department
    )
    row.state, row.completed_at, row.completed_by = Obligation.State.DONE, at, by
    row.save(update_fields=["interaction", "state", "completed_at", "completed_by"])
    replan([row.customer_id], today=timezone.localdate(at))
    return row


@transaction.atomic
def snooze(obligation: Obligation, *, by: User, at: datetime, until: date, reason: str) -> Obligation:
    """Due later, with a reason, on a working day; one that was put off may come forward again."""
    row = _still_open(obligation)
    today = timezone.localdate(at)
    latest = max(today, row.originally_due_on) + MOST_SNOOZED
    if until <= today:
        raise ValidationError({"until": _("Choose a day after today.")})
    if until > latest:
        limit = {"days": MOST_SNOOZED.days, "day": date_format(latest)}
        message = _("Choose %(day)s or earlier: a promise is put off by %(days)s days at most.") % limit
        raise ValidationError({"until": message})
    until = next_working_day(until, overrides=dict(CalendarOverride.objects.values_list("day", "is_working")))
    if until == row.due_on:
        raise ValidationError({"until": _("It is due on that day already.")})
    if until < row.due_on and not row.is_snoozed:
        raise ValidationError({"until": _("Choose a day after the one on which it is due.")})
    Snooze.objects.create(obligation=row, was_due_on=row.due_on, until=until, reason=reason, by=by, at=at)
    row.due_on = until
    row.save(update_fields=["due_on"])
    return row


def _still_open(obligation: Obligation) -> Obligation:
    """The row as it now stands, locked; refused calmly when somebody was faster, or archived the customer."""
    rows = Obligation.objects.select_for_update(of=("self",)).select_related(
        "customer", "promise", "tier", "completed_by"
    )
    row = rows.get(pk=obligation.pk)
    if row.completed_by and row.completed_at:
        day = date_format(timezone.localdate(row.completed_at))
        raise ValidationError(
            _("Already done by %(name)s on %(day)s."), params={"name": row.completed_by.name, "day": day}
        )
    if not row.is_open:
        raise ValidationError(_("No longer owed: %(why)s."), params={"why": row.get_why_display()})
    if row.customer.archived_at:
        raise ValidationError(_("The customer is archived: nothing is owed until it is restored."))
    return row


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holder:
    """A customer, as far as planning is concerned."""

    pk: int
    owner: int | None
    is_archived: bool
    tier: int | None
    anniversary: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rules:
    """What every batch of one re-plan shares."""

    today: date
    overrides: dict[date, bool]
    promises: dict[int | None, list[Promise]]
    has_grace: bool
    """Whether anybody is still served as before a downgrade."""
    openings: dict[cadence.Cadence, list[date]] = field(default_factory=dict)

    @classmethod
    def read(cls, today: date) -> "_Rules":
        promises = defaultdict[int | None, list[Promise]](list)
        for promise in Promise.objects.filter(is_active=True, playbook__is_active=True).select_related(
            "playbook"
        ):
            promises[promise.playbook.tier_id].append(promise)
        overrides = dict(CalendarOverride.objects.values_list("day", "is_working"))
        has_grace = TierChange.objects.filter(grace_until__gte=today).exists()
        return cls(today=today, overrides=overrides, promises=promises, has_grace=has_grace)

    def owed_to(self, holder: _Holder) -> list[Promise]:
        """No greeting to whom no anniversary is known."""
        promises = [] if holder.is_archived else self.promises.get(holder.tier, [])
        return [p for p in promises if p.unit != Unit.ANNIVERSARY or holder.anniversary]

    def due_on(self, holder: _Holder, promise: Promise, kept: "_Kept | None") -> date:
        if promise.unit in cadence.OCCASIONS:
            yesterday = self.today - cadence.DAY
            return self.occasion(
                holder, promise, after=max(yesterday, kept.on, kept.due_on) if kept else yesterday
            )
        if kept:
            due_on = cadence.next_due(promise.cadence, kept_on=kept.on, overrides=self.overrides)
            if due_on >= self.today:
                return due_on
        return cadence.first_due(self._opening(promise.cadence), seed=holder.pk + crc32(promise.key.encode()))

    def occasion(self, holder: _Holder, promise: Promise, *, after: date) -> date:
        return cadence.next_occasion(
            Unit(promise.unit), after=after, anniversary=holder.anniversary, overrides=self.overrides
        )

    def has_moved(self, row: Obligation, promise: Promise, holder: _Holder) -> bool:
        """Its rhythm is another by now, or its occasion is on another day."""
        if row.cadence != str(promise.cadence):
            return True
        eve = row.due_on - cadence.DAY
        return promise.unit in cadence.OCCASIONS and row.due_on != self.occasion(holder, promise, after=eve)

    def is_working_day(self, day: date) -> bool:
        return is_working_day(day, overrides=self.overrides)

    def _opening(self, rhythm: cadence.Cadence) -> list[date]:
        if rhythm not in self.openings:
            self.openings[rhythm] = cadence.opening_days(
                rhythm, begins_on=self.today, overrides=self.overrides
            )
        return self.openings[rhythm]


@transaction.atomic
def _replan(ids: list[int], rules: _Rules) -> Replanned:
    """One batch, in a handful of statements however many customers it has."""
    holders = _holders(ids, rules)
    owed = {
        (holder.pk, promise.pk): promise for holder in holders.values() for promise in rules.owed_to(holder)
    }
    open_now = list(
        Obligation.objects.open()
        .filter(customer__in=ids)
        .only(
            "customer_id",
            "promise_id",
            "tier_id",
            "department",
            "assignee_id",
            "due_on",
            "originally_due_on",
            "cadence",
        )
    )
    excess = [row for row in open_now if (row.customer_id, row.promise_id) not in owed]
    ahead = [
        (row, owed[row.customer_id, row.promise_id])
        for row in open_now
        if (row.customer_id, row.promise_id) in owed and row.due_on >= rules.today and not row.is_snoozed
    ]
    missing = owed.keys() - {(row.customer_id, row.promise_id) for row in open_now}
    return Replanned(
        withdrawn=_withdraw(excess, holders, today=rules.today),
        reassigned=_reassign(open_now, holders),
        moved=_move(ahead, holders, rules),
        created=_create([(holders[pk], owed[pk, promise]) for pk, promise in sorted(missing)], rules),
    )


def _holders(ids: list[int], rules: _Rules) -> dict[int, _Holder]:
    """A customer in its days of grace holds the tier that it had before."""
    told = KeyDate.objects.filter(ANNIVERSARIES, customer=OuterRef("pk"), repeats=True).order_by("pk")
    anniversary = Coalesce(Subquery(told.values("on")[:1]), "cooperation_since")
    rows = Customer.objects.filter(pk__in=ids).values_list(
        "pk", "owner", "archived_at", "standing__tier", anniversary
    )
    before: dict[int, int | None] = {}
    if rules.has_grace:
        in_grace = TierChange.objects.in_grace(rules.today).filter(customer__in=ids)
        before = dict(in_grace.values_list("customer_id", "from_tier_id"))
    return {
        pk: _Holder(
            pk=pk,
            owner=owner,
            is_archived=archived_at is not None,
            tier=before.get(pk, tier),
            anniversary=day,
        )
        for pk, owner, archived_at, tier, day in rows
    }


def _withdraw(rows: list[Obligation], holders: dict[int, _Holder], *, today: date) -> int:
    by_reason = defaultdict[Obligation.Why, list[int]](list)
    for row in rows:
        by_reason[_why(row, holders[row.customer_id])].append(row.pk)
    return sum(
        Obligation.objects.open()
        .filter(pk__in=pks)
        .update(state=Obligation.State.WITHDRAWN, withdrawn_on=today, why=why)
        for why, pks in by_reason.items()
    )


def _why(row: Obligation, holder: _Holder) -> Obligation.Why:
    if holder.is_archived:
        return Obligation.Why.ARCHIVED
    return Obligation.Why.PROMISE_ENDED if row.tier_id == holder.tier else Obligation.Why.TIER_CHANGED


def _reassign(rows: list[Obligation], holders: dict[int, _Holder]) -> int:
    """What sales owes is for the customer's owner to do, whoever that is by now."""
    strays = [
        row.pk
        for row in rows
        if row.department == Department.SALES and row.assignee_id != holders[row.customer_id].owner
    ]
    owner = Customer.objects.filter(pk=OuterRef("customer")).values("owner")
    return Obligation.objects.open().filter(pk__in=strays).update(assignee=Subquery(owner)) if strays else 0


def _move(ahead: list[tuple[Obligation, Promise]], holders: dict[int, _Holder], rules: _Rules) -> int:
    """To where a new rhythm, another anniversary, or a calendar that changed, puts them; nothing that is put off meanwhile."""
    anew = [(row, p) for row, p in ahead if rules.has_moved(row, p, holders[row.customer_id])]
    last_kept = _last_kept({row.customer_id for row, _promise in anew}) if anew else {}
    for row, promise in anew:
        kept = last_kept.get((row.customer_id, promise.key, promise.department))
        row.due_on, row.cadence = rules.due_on(holders[row.customer_id], promise, kept), str(promise.cadence)
    on_free_days = [(row, promise) for row, promise in ahead if not rules.is_working_day(row.due_on)]
    for row, _promise in on_free_days:
        row.due_on = next_working_day(row.due_on, overrides=rules.overrides)
    moved = {row.pk: row for row, _promise in anew + on_free_days}
    for row in moved.values():
        row.originally_due_on = row.due_on
    return (
        Obligation.objects.open()
        .filter(due_on=F("originally_due_on"))
        .bulk_update(moved.values(), ["due_on", "originally_due_on", "cadence"], batch_size=500)
    )


def _create(missing: list[tuple[_Holder, Promise]], rules: _Rules) -> int:
    """Somebody else may create the same at the same time: the database lets one of them win."""
    if not missing:
        return 0
    last_kept = _last_kept({holder.pk for holder, _promise in missing})
    rows = [
        _obligation(
            holder,
            promise,
            rules.due_on(holder, promise, last_kept.get((holder.pk, promise.key, promise.department))),
        )
        for holder, promise in missing
    ]
    return len(Obligation.objects.bulk_create(rows, ignore_conflicts=True))


def _obligation(holder: _Holder, promise: Promise, due_on: date) -> Obligation:
    return Obligation(
        customer_id=holder.pk,
        promise=promise,
        tier_id=promise.playbook.tier_id,
        department=promise.department,
        assignee_id=holder.owner if promise.department == Department.SALES else None,
        due_on=due_on,
        originally_due_on=due_on,
        cadence=str(promise.cadence),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """The last time, and the day it was for, which may be later: a present can be early."""

    on: date
    due_on: date


def _last_kept(ids: set[int]) -> dict[tuple[int, str, str], _Kept]:
    """By customer, key and department: a promise kept under another playbook counts."""
    rows = (
        Obligation.objects.done()
        .filter(customer__in=ids)
        .values_list("customer", "promise__key", "department")
        .annotate(last=Max("completed_at"), due=Max("originally_due_on"))
    )
    return {
        (pk, key, department): _Kept(on=timezone.localdate(at), due_on=due)
        for pk, key, department, at, due in rows
    }


def _batches(customer_ids: Iterable[int]) -> Iterator[list[int]]:
    ids = sorted(set(customer_ids))
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def whole_book() -> Iterator[list[int]]:
    last = 0
    while ids := list(
        Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield ids
        last = ids[-1]
