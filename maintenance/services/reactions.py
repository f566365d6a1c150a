"""Reactions: so many days after an order."""

from collections import defaultdict
from datetime import date

from customers.models import Order
from maintenance import cadence
from maintenance.cadence import DAY
from maintenance.models import Obligation, Promise
from maintenance.services import rows as write
from maintenance.services.replanned import Replanned
from maintenance.services.rules import Holder, Like, Open, Rules, like_of
from toolbox.calendars import next_working_day


def react(
    rows: list[Open],
    holders: dict[int, Holder],
    owed: dict[Like, Promise],
    rules: Rules,
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
    answered = [row for row in here if (p := owed.get(like_of(row))) and p.is_reaction]
    ended = [row for row in here if row not in answered]
    return Replanned(
        withdrawn=write.withdraw(gone, holders, today=rules.today, why=Obligation.Why.ORDER_GONE)
        + write.withdraw(ended, holders, today=rules.today),
        renewed=write.renew([row for row in answered if row.promise_id != owed[like_of(row)].pk], owed),
        moved=_move_reactions(
            [row for row in answered if row.cadence != rules.said[owed[like_of(row)].pk]], owed, rules
        ),
        created=_answer(list(reactions), reactions, holders, rules) if reactions else 0,
    )


def _move_reactions(rows: list[Open], owed: dict[Like, Promise], rules: Rules) -> int:
    """Other days after the order, never in the past; what is late already, or put off, stays."""
    moved = []
    for row in rows:
        promise = owed[like_of(row)]
        if row.due_on >= rules.today and not row.is_snoozed:
            day = cadence.deadline(row.opens_on, days=promise.interval, overrides=rules.overrides)
            row.due_on = max(day, next_working_day(rules.today, overrides=rules.overrides))
            row.cadence = rules.said[promise.pk]
            moved.append(row)
    return write.put(moved) if moved else 0


def _answer(
    ids: list[int], reactions: dict[int, list[Promise]], holders: dict[int, Holder], rules: Rules
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
    there = defaultdict[Like, dict[int, date]](dict)
    done = Obligation.objects.filter(customer__in=ids, order__isnull=False, opens_on__gte=since).exclude(
        state=Obligation.State.WITHDRAWN
    )
    for customer, key, department, order, day in done.values_list(
        "customer", "key", "department", "order", "opens_on"
    ):
        there[customer, key, department][order] = day
    rows = [
        write.new_row(holders[customer], promise, (due_on, day), rules, order=pk)
        for customer, own in orders.items()
        for promise in reactions[customer]
        for pk, day in _unanswered(own, promise, there[customer, promise.key, promise.department])
        if (due_on := cadence.deadline(day, days=promise.interval, overrides=rules.overrides)) >= rules.today
    ]
    return write.insert(rows)


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
