"""What is open is made to match what the tiers promise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zlib import crc32

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Department
from customers.models import Contact, Customer, KeyDate, Order, Tier
from maintenance import cadence
from maintenance.cadence import DAY, Days, Unit
from maintenance.models import CalendarOverride, Obligation, Playbook, Promise
from maintenance.services import matching
from tiering.models import TierChange
from toolbox import bulk
from toolbox.calendars import is_working_day, next_working_day

ANNIVERSARIES = Q(label__icontains="anniversary") | Q(label__contains="周年")
"""The key dates that are the company's own; others are somebody's birthday."""
BATCH = 2_000
SET_ASIDE = Q(state__in=[Obligation.State.SKIPPED, Obligation.State.EXCUSED])

Kept = tuple[int, str, str]
"""A customer, a key and a department: what counts as the same promise, in whatever playbook."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replanned:
    created: int = 0
    withdrawn: int = 0
    reassigned: int = 0
    moved: int = 0
    missed: int = 0
    renewed: int = 0
    """Open under a new version of the playbook."""
    matched: int = 0

    def __add__(self, other: "Replanned") -> "Replanned":
        return Replanned(
            created=self.created + other.created,
            withdrawn=self.withdrawn + other.withdrawn,
            reassigned=self.reassigned + other.reassigned,
            moved=self.moved + other.moved,
            missed=self.missed + other.missed,
            renewed=self.renewed + other.renewed,
            matched=self.matched + other.matched,
        )


def replan(customer_ids: Iterable[int] | None, *, today: date) -> Replanned:
    """Make what is open match what the tiers promise; None is the whole book. A second run changes nothing.

    A promise never kept, or so long ago that it lapsed, starts anew inside its first interval, and
    customers are spread over that interval's working days. What is not due yet moves with the promise's
    cadence or occasion and off a day that is not worked any more; what is overdue, or put off by somebody, stays.
    Whoever rises is owed a like promise no later than before. What is past its grace is broken, and stays so.
    """
    rules = _Rules.read(today)
    batches = whole_book() if customer_ids is None else _batches(customer_ids)
    return sum((_replan(ids, rules) for ids in batches), Replanned())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holder:
    """A customer, as far as planning is concerned."""

    pk: int
    owner: int | None
    is_archived: bool
    tier: int | None
    days: Days


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rules:
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
    def read(cls, today: date) -> "_Rules":
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

    def owed_to(self, holder: _Holder) -> list[Promise]:
        """No greeting to whom no anniversary is known."""
        promises = [] if holder.is_archived else self.promises.get(holder.tier, [])
        return [promise for promise in promises if holder.days.have(promise.unit)]

    def reactions_to(self, holder: _Holder) -> list[Promise]:
        return [promise for promise in self.owed_to(holder) if promise.is_reaction]

    def is_risen(self, row: "_Open", promise: Promise) -> bool:
        before, now = self.tiers[row.tier_id], self.tiers[promise.playbook.tier_id]
        return before.step_to(now) == 1

    def due_on(
        self, holder: _Holder, promise: Promise, kept: "_Kept | None", before: "_Open | None"
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
        if before and before.due_on < due_on:
            due_on = next_working_day(max(before.due_on, self.today), overrides=self.overrides)
            opens_on = min(opens_on, before.opens_on)
        return due_on, opens_on

    def occasion(self, holder: _Holder, rhythm: cadence.Cadence, *, after: date) -> date:
        if rhythm.unit != Unit.FESTIVAL:
            return cadence.next_occasion(rhythm, after=after, of=holder.days, overrides=self.overrides)
        asked = rhythm, after
        if asked not in self.festivals:
            self.festivals[asked] = cadence.next_occasion(
                rhythm, after=after, of=Days(), overrides=self.overrides
            )
        return self.festivals[asked]

    def has_moved(self, row: "_Open", promise: Promise, holder: _Holder) -> bool:
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


@transaction.atomic
def _replan(ids: list[int], rules: _Rules) -> Replanned:
    """One batch, in a handful of statements however many customers it has."""
    matched = matching.recognise(ids, today=rules.today)
    holders = _holders(ids, rules)
    owed = {
        (holder.pk, promise.key, promise.department): promise
        for holder in holders.values()
        for promise in rules.owed_to(holder)
    }
    all_open = _open_of(ids)
    missed = _miss(all_open, today=rules.today)
    answers = [row for row in all_open if row.order_id]
    open_now = [row for row in all_open if not row.order_id]
    stays, excess, before = _compared(open_now, owed, rules)
    there = {_like(row) for row in stays}
    missing = [like for like, promise in owed.items() if like not in there and not promise.is_reaction]
    withdrawn = _withdraw(excess, holders, today=rules.today)
    renewed = _renew([row for row in stays if row.promise_id != owed[_like(row)].pk], owed)
    ahead = [(row, owed[_like(row)]) for row in stays if row.due_on >= rules.today and not row.is_snoozed]
    done = Replanned(
        matched=matched,
        missed=missed,
        withdrawn=withdrawn,
        renewed=renewed,
        reassigned=_reassign(all_open, holders),
        moved=_move(ahead, holders, rules),
        created=_create(
            [(holders[like[0]], owed[like], before.get(like)) for like in sorted(missing)], rules
        ),
    )
    return done + _react(answers, holders, owed, rules)


@dataclass(slots=True)
class _Open:
    """An open obligation, as far as planning is concerned: there are many, and few of them change."""

    pk: int
    customer_id: int
    promise_id: int
    tier_id: int
    key: str
    department: str
    order_id: int | None
    assignee_id: int | None
    due_on: date
    originally_due_on: date
    opens_on: date
    missed_on: date | None
    cadence: str
    grace_days: int

    @property
    def is_snoozed(self) -> bool:
        return self.due_on != self.originally_due_on


def _open_of(ids: list[int]) -> list[_Open]:
    names = [name for name in _Open.__slots__ if name != "grace_days"]
    rows = Obligation.objects.open().filter(customer__in=ids)
    return [_Open(*row) for row in rows.values_list(*names, "promise__grace_days")]


def _like(row: _Open) -> Kept:
    return row.customer_id, row.key, row.department


def _compared(
    rows: list[_Open], owed: dict[Kept, Promise], rules: _Rules
) -> tuple[list[_Open], list[_Open], dict[Kept, _Open]]:
    """What stays open, what does not, and of that what is owed no later by a higher tier."""
    stays, excess, before = [], [], {}
    for row in rows:
        promise = owed.get(_like(row))
        if promise and not promise.is_reaction and row.tier_id == promise.playbook.tier_id:
            stays.append(row)
            continue
        excess.append(row)
        if promise and promise.unit not in cadence.OCCASIONS and rules.is_risen(row, promise):
            before[_like(row)] = row
    return stays, excess, before


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
    birthdays = defaultdict[int, list[cadence.MonthAndDay]](list)
    if rules.has_unit(Unit.BIRTHDAY):
        known = Contact.objects.filter(customer__in=ids).exclude(birthday="")
        for pk, day in known.values_list("customer", "birthday"):
            birthdays[pk].append((int(day[:2]), int(day[3:])))
    return {
        pk: _Holder(
            pk=pk,
            owner=owner,
            is_archived=archived_at is not None,
            tier=before.get(pk, tier),
            days=Days(anniversary=day, birthdays=tuple(sorted(birthdays.get(pk, ())))),
        )
        for pk, owner, archived_at, tier, day in rows
    }


def _miss(rows: list[_Open], *, today: date) -> int:
    """What is past its grace is broken, on the first day after it, whenever we come to look."""
    by_day = defaultdict[date, list[int]](list)
    for row in rows:
        if row.missed_on is None and row.due_on < today:
            breaks_on = row.due_on + (row.grace_days + 1) * DAY
            if breaks_on <= today:
                by_day[breaks_on].append(row.pk)
    return sum(
        Obligation.objects.open().filter(pk__in=pks, missed_on=None).update(missed_on=day)
        for day, pks in by_day.items()
    )


def _withdraw(rows: list[_Open], holders: dict[int, _Holder], *, today: date, why: str = "") -> int:
    by_reason = defaultdict[str, list[int]](list)
    for row in rows:
        by_reason[why or _why(row, holders[row.customer_id])].append(row.pk)
    return sum(
        Obligation.objects.open()
        .filter(pk__in=pks)
        .update(state=Obligation.State.WITHDRAWN, withdrawn_on=today, why=reason)
        for reason, pks in by_reason.items()
    )


def _why(row: _Open, holder: _Holder) -> Obligation.Why:
    if holder.is_archived:
        return Obligation.Why.ARCHIVED
    return Obligation.Why.PROMISE_ENDED if row.tier_id == holder.tier else Obligation.Why.TIER_CHANGED


def _renew(rows: list[_Open], owed: dict[Kept, Promise]) -> int:
    """Under the version of the playbook, or for reactions the tier, that is in force by now."""
    by_promise = defaultdict[Promise, list[int]](list)
    for row in rows:
        by_promise[owed[_like(row)]].append(row.pk)
    return sum(
        Obligation.objects.open().filter(pk__in=pks).update(promise=promise, tier=promise.playbook.tier_id)
        for promise, pks in by_promise.items()
    )


def _reassign(rows: list[_Open], holders: dict[int, _Holder]) -> int:
    """What sales owes is for the customer's owner to do, whoever that is by now."""
    strays = [
        row.pk
        for row in rows
        if row.department == Department.SALES and row.assignee_id != holders[row.customer_id].owner
    ]
    owner = Customer.objects.filter(pk=OuterRef("customer")).values("owner")
    return Obligation.objects.open().filter(pk__in=strays).update(assignee=Subquery(owner)) if strays else 0


def _move(ahead: list[tuple[_Open, Promise]], holders: dict[int, _Holder], rules: _Rules) -> int:
    """To where a new rhythm, another anniversary, or a calendar that changed, puts them; nothing that is put off meanwhile."""
    anew = [(row, p) for row, p in ahead if rules.has_moved(row, p, holders[row.customer_id])]
    last_kept = _last_kept({row.customer_id for row, _promise in anew}) if anew else {}
    for row, promise in anew:
        row.due_on, row.opens_on = rules.due_on(
            holders[row.customer_id], promise, last_kept.get(_like(row)), None
        )
        row.cadence = rules.said[promise.pk]
    on_free_days = [(row, promise) for row, promise in ahead if not rules.is_working_day(row.due_on)]
    for row, _promise in on_free_days:
        row.due_on = next_working_day(row.due_on, overrides=rules.overrides)
    return _put([row for row, _promise in anew + on_free_days])


def _put(rows: list[_Open]) -> int:
    """On the days that they have by now, unless somebody put them off meanwhile."""
    moved = {
        row.pk: Obligation(
            pk=row.pk,
            due_on=row.due_on,
            originally_due_on=row.due_on,
            opens_on=row.opens_on,
            cadence=row.cadence,
        )
        for row in rows
    }
    return (
        Obligation.objects.open()
        .filter(due_on=F("originally_due_on"))
        .bulk_update(moved.values(), ["due_on", "originally_due_on", "opens_on", "cadence"], batch_size=500)
    )


def _create(missing: list[tuple[_Holder, Promise, _Open | None]], rules: _Rules) -> int:
    """Somebody else may create the same at the same time: the database lets one of them win."""
    if not missing:
        return 0
    last_kept = _last_kept({holder.pk for holder, _promise, _before in missing})
    rows = [
        _obligation(
            holder,
            promise,
            rules.due_on(
                holder, promise, last_kept.get((holder.pk, promise.key, promise.department)), before
            ),
            rules,
        )
        for holder, promise, before in missing
    ]
    return bulk.insert_missing(Obligation, COLUMNS, rows)


COLUMNS = (
    "customer_id", "promise_id", "key", "tier_id", "department", "assignee_id", "order_id", "opens_on", "due_on",
    "originally_due_on", "cadence", "state", "how", "reason", "why", "created_at",
)  # fmt: skip


def _obligation(
    holder: _Holder, promise: Promise, days: tuple[date, date], rules: _Rules, order: int | None = None
) -> tuple[object, ...]:
    due_on, opens_on = days
    return (
        holder.pk, promise.pk, promise.key, promise.playbook.tier_id, promise.department,
        holder.owner if promise.department == Department.SALES else None,
        order, opens_on, due_on, due_on, rules.said[promise.pk], Obligation.State.OPEN.value, "", "", "", rules.at,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """The last time, and the day it was for, which may be later: a present can be early."""

    on: date
    due_on: date


def _last_kept(ids: set[int]) -> dict[Kept, _Kept]:
    """By customer, key and department: a promise kept under another playbook counts.

    What was skipped or excused counts as if it had been kept on the day it was due.
    """
    rows = (
        Obligation.objects.filter(Q(state=Obligation.State.DONE) | SET_ASIDE, customer__in=ids, order=None)
        .values_list("customer", "key", "department")
        .annotate(
            last=Max("completed_at"),
            set_aside=Max("due_on", filter=SET_ASIDE),
            due=Max("originally_due_on"),
        )
    )
    return {
        (pk, key, department): _Kept(
            on=max(day for day in (at and timezone.localdate(at), set_aside) if day), due_on=due
        )
        for pk, key, department, at, set_aside, due in rows
    }


# Reactions: so many days after an order


def _react(
    rows: list[_Open],
    holders: dict[int, _Holder],
    owed: dict[Kept, Promise],
    rules: _Rules,
) -> Replanned:
    """What is owed for an order stays owed by the promise that the tier has by now, once for each order."""
    reactions = {pk: own for pk, holder in holders.items() if (own := rules.reactions_to(holder))}
    if not reactions and not rows:
        return Replanned()
    still_there = set(
        Order.objects.filter(pk__in=[row.order_id for row in rows]).values_list("pk", "customer_id")
    )
    gone = [row for row in rows if (row.order_id, row.customer_id) not in still_there]
    here = [row for row in rows if (row.order_id, row.customer_id) in still_there]
    answered = [row for row in here if (p := owed.get(_like(row))) and p.is_reaction]
    ended = [row for row in here if row not in answered]
    return Replanned(
        withdrawn=_withdraw(gone, holders, today=rules.today, why=Obligation.Why.ORDER_GONE)
        + _withdraw(ended, holders, today=rules.today),
        renewed=_renew([row for row in answered if row.promise_id != owed[_like(row)].pk], owed),
        moved=_move_reactions(
            [row for row in answered if row.cadence != rules.said[owed[_like(row)].pk]], owed, rules
        ),
        created=_answer(list(reactions), reactions, holders, rules) if reactions else 0,
    )


def _move_reactions(rows: list[_Open], owed: dict[Kept, Promise], rules: _Rules) -> int:
    """Other days after the order, never in the past; what is late already, or put off, stays."""
    moved = []
    for row in rows:
        promise = owed[_like(row)]
        if row.due_on >= rules.today and not row.is_snoozed:
            day = cadence.deadline(row.opens_on, days=promise.interval, overrides=rules.overrides)
            row.due_on = max(day, next_working_day(rules.today, overrides=rules.overrides))
            row.cadence = rules.said[promise.pk]
            moved.append(row)
    return _put(moved) if moved else 0


def _answer(
    ids: list[int], reactions: dict[int, list[Promise]], holders: dict[int, _Holder], rules: _Rules
) -> int:
    """Orders whose days are over when we learn of them are nothing to call about any more."""
    longest = max(promise.interval for own in reactions.values() for promise in own)
    since = rules.today - 2 * (longest + 1) * DAY
    recent = (
        Order.objects.filter(customer__in=ids, ordered_on__range=(since, rules.today), amount__gt=0)
        .order_by("ordered_on", "pk")
        .values_list("customer", "pk", "ordered_on")
    )
    orders = defaultdict[int, list[tuple[int, date]]](list)
    for customer, pk, day in recent:
        orders[customer].append((pk, day))
    there = defaultdict[Kept, dict[int, date]](dict)
    done = Obligation.objects.filter(customer__in=ids, order__isnull=False, opens_on__gte=since).exclude(
        state=Obligation.State.WITHDRAWN
    )
    for customer, key, department, order, day in done.values_list(
        "customer", "key", "department", "order", "opens_on"
    ):
        there[customer, key, department][order] = day
    rows = [
        _obligation(holders[customer], promise, (due_on, day), rules, order=pk)
        for customer, own in orders.items()
        for promise in reactions[customer]
        for pk, day in _unanswered(own, promise, there[customer, promise.key, promise.department])
        if (due_on := cadence.deadline(day, days=promise.interval, overrides=rules.overrides)) >= rules.today
    ]
    return bulk.insert_missing(Obligation, COLUMNS, rows) if rows else 0


def _unanswered(
    orders: list[tuple[int, date]], promise: Promise, there: dict[int, date]
) -> list[tuple[int, date]]:
    if not promise.one_for_all:
        return [(pk, day) for pk, day in orders if pk not in there]
    begin = cadence.answered_together(
        [day for _pk, day in orders], days=promise.interval, already=list(there.values())
    )
    first = {day: pk for pk, day in reversed(orders)}
    return [(first[day], day) for day in begin]


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
