"""What is open is made to match what the tiers promise."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Department, User
from customers.models import Contact, Customer, KeyDate, Seat
from maintenance import cadence
from maintenance.cadence import Days, Unit
from maintenance.models import Obligation, Promise
from maintenance.services import matching, rows as write
from maintenance.services.reactions import react
from maintenance.services.replanned import Replanned
from maintenance.services.rules import Holder, Kept, Like, Open, Rules, like_of
from tiering.models import TierChange
from toolbox.calendars import next_working_day

ANNIVERSARIES = Q(label__icontains="anniversary") | Q(label__contains="周年")
"""The key dates that are the company's own; others are somebody's birthday."""
BATCH = 2_000
SET_ASIDE = Q(state__in=[Obligation.State.SKIPPED, Obligation.State.EXCUSED])


def replan(customer_ids: Iterable[int] | None, *, today: date) -> Replanned:
    """Make what is open match what the tiers promise; None is the whole book. A second run changes nothing.

    A promise never kept, or so long ago that it lapsed, starts anew inside its first interval, and
    customers are spread over that interval's working days. What is not due yet moves with the promise's
    cadence or occasion and off a day that is not worked any more; what is overdue, or put off by somebody, stays.
    Whoever rises is owed a like promise no later than before. What is past its grace is broken, and stays so.
    """
    rules = Rules.read(today)
    batches = whole_book() if customer_ids is None else _batches(customer_ids)
    return sum((_replan(ids, rules) for ids in batches), Replanned())


@transaction.atomic
def _replan(ids: list[int], rules: Rules) -> Replanned:
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
    there = {like_of(row) for row in stays}
    missing = [like for like, promise in owed.items() if like not in there and not promise.is_reaction]
    _hand_over(all_open, holders, today=rules.today)
    withdrawn = write.withdraw(excess, holders, today=rules.today)
    renewed = write.renew([row for row in stays if row.promise_id != owed[like_of(row)].pk], owed)
    ahead = [(row, owed[like_of(row)]) for row in stays if row.due_on >= rules.today and not row.is_snoozed]
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
    return done + react(answers, holders, owed, rules)


def _open_of(ids: list[int]) -> list[Open]:
    names = [name for name in Open.__slots__ if name != "grace_days"]
    rows = Obligation.objects.open().filter(customer__in=ids)
    return [Open(*row) for row in rows.values_list(*names, "promise__grace_days")]


def _compared(
    rows: list[Open], owed: dict[Like, Promise], rules: Rules
) -> tuple[list[Open], list[Open], dict[Like, Open]]:
    """What stays open, what does not, and of that what is owed no later by a higher tier."""
    stays, excess, before = [], [], {}
    for row in rows:
        promise = owed.get(like_of(row))
        if promise and not promise.is_reaction and row.tier_id == promise.playbook.tier_id:
            stays.append(row)
            continue
        excess.append(row)
        if promise and promise.unit not in cadence.OCCASIONS and rules.is_risen(row, promise):
            before[like_of(row)] = row
    return stays, excess, before


def _holders(ids: list[int], rules: Rules) -> dict[int, Holder]:
    """A customer in its days of grace holds the tier that it had before."""
    told = KeyDate.objects.filter(ANNIVERSARIES, customer=OuterRef("pk"), repeats=True).order_by("pk")
    anniversary = Coalesce(Subquery(told.values("on")[:1]), "cooperation_since")
    rows = Customer.objects.filter(pk__in=ids).values_list(
        "pk", "owner", "team", "archived_at", "standing__tier", anniversary
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
    seats = defaultdict[int, dict[str, int | None]](dict)
    for pk, department, person in (
        Seat.objects.serving().filter(customer__in=ids).values_list("customer", "department", "person")
    ):
        seats[pk][department] = person
    return {
        pk: Holder(
            pk=pk,
            owner=owner,
            team=team,
            people={Department.SALES: owner} | seats.get(pk, {}),
            is_archived=archived_at is not None,
            tier=before.get(pk, tier),
            days=Days(anniversary=day, birthdays=tuple(sorted(birthdays.get(pk, ())))),
        )
        for pk, owner, team, archived_at, tier, day in rows
    }


def _miss(rows: list[Open], *, today: date) -> int:
    """What is past its grace is broken, on the first day after it, whenever we come to look."""
    by_day = defaultdict[date, list[int]](list)
    for row in rows:
        if row.missed_on is None and row.breaks_on <= today:
            by_day[row.breaks_on].append(row.pk)
    return sum(
        Obligation.objects.open().filter(pk__in=pks, missed_on=None).update(missed_on=day)
        for day, pks in by_day.items()
    )


def _reassign(rows: list[Open], holders: dict[int, Holder]) -> int:
    """What is owed is for the customer's owner, or whoever serves it for the department, to do, whoever that is by now.

    What a supporter was handed stays there, unless it came with a seat that somebody else has, or the person has left.
    """
    strays = [row for row in rows if row.assignee_id != holders[row.customer_id].people.get(row.department)]
    if handed := [row for row in strays if row.assignee_id and row.department != Department.SALES]:
        seats = Seat.objects.filter(customer__in={row.customer_id for row in handed})
        sat = set(seats.values_list("customer", "department", "person"))
        people = User.objects.filter(pk__in={row.assignee_id for row in handed}, is_active=True)
        here = set(people.values_list("pk", flat=True))
        kept = {
            row.pk
            for row in handed
            if row.assignee_id in here and (row.customer_id, row.department, row.assignee_id) not in sat
        }
        strays = [row for row in strays if row.pk not in kept]
    sales = [row.pk for row in strays if row.department == Department.SALES]
    others = [row.pk for row in strays if row.department != Department.SALES]
    owner = Customer.objects.filter(pk=OuterRef("customer")).values("owner")
    seat = Seat.objects.serving().filter(customer=OuterRef("customer"), department=OuterRef("department"))
    return sum(
        Obligation.objects.open().filter(pk__in=pks).update(assignee=Subquery(person))
        for pks, person in ((sales, owner), (others, seat.values("person")[:1]))
        if pks
    )


def _hand_over(rows: list[Open], holders: dict[int, Holder], *, today: date) -> None:
    """Up to the day it is first due, whoever has the customer by then answers for it; after that nothing changes."""
    strays = [
        row.pk
        for row in rows
        if row.originally_due_on >= today
        and (row.owner_id, row.team_id) != (holders[row.customer_id].owner, holders[row.customer_id].team)
    ]
    if strays:
        has_it = Customer.objects.filter(pk=OuterRef("customer"))
        Obligation.objects.open().filter(pk__in=strays).update(
            owner=Subquery(has_it.values("owner")), team=Subquery(has_it.values("team"))
        )


def _move(ahead: list[tuple[Open, Promise]], holders: dict[int, Holder], rules: Rules) -> int:
    """To where a new rhythm, another anniversary, or a calendar that changed, puts them; nothing that is put off meanwhile."""
    anew = [(row, p) for row, p in ahead if rules.has_moved(row, p, holders[row.customer_id])]
    last_kept = _last_kept({row.customer_id for row, _promise in anew}) if anew else {}
    for row, promise in anew:
        row.due_on, row.opens_on = rules.due_on(
            holders[row.customer_id], promise, last_kept.get(like_of(row)), None
        )
        row.cadence = rules.said[promise.pk]
    on_free_days = [(row, promise) for row, promise in ahead if not rules.is_working_day(row.due_on)]
    for row, _promise in on_free_days:
        row.due_on = next_working_day(row.due_on, overrides=rules.overrides)
    return write.put([row for row, _promise in anew + on_free_days])


def _create(missing: list[tuple[Holder, Promise, Open | None]], rules: Rules) -> int:
    if not missing:
        return 0
    last_kept = _last_kept({holder.pk for holder, _promise, _before in missing})
    rows = [
        write.new_row(
            holder,
            promise,
            rules.due_on(
                holder, promise, last_kept.get((holder.pk, promise.key, promise.department)), before
            ),
            rules,
        )
        for holder, promise, before in missing
    ]
    return write.insert(rows)


def _last_kept(ids: set[int]) -> dict[Like, Kept]:
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
        (pk, key, department): Kept(
            on=max(day for day in (at and timezone.localdate(at), set_aside) if day), due_on=due
        )
        for pk, key, department, at, set_aside, due in rows
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
