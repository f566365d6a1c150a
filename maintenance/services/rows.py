"""Obligations withdrawn, renewed, moved and put in, many at a time."""

from collections import defaultdict
from datetime import date

from django.db.models import F

from maintenance.models import Obligation, Promise
from maintenance.services.rules import Holder, Like, Open, Rules, like_of
from toolbox import bulk

COLUMNS = (
    "customer_id", "promise_id", "key", "tier_id", "department", "assignee_id", "owner_id", "team_id", "order_id",
    "opens_on", "due_on", "originally_due_on", "cadence", "state", "how", "reason", "why", "created_at",
)  # fmt: skip


def new_row(
    holder: Holder, promise: Promise, days: tuple[date, date], rules: Rules, order: int | None = None
) -> tuple[object, ...]:
    due_on, opens_on = days
    return (
        holder.pk, promise.pk, promise.key, promise.playbook.tier_id, promise.department,
        holder.people.get(promise.department), holder.owner, holder.team,
        order, opens_on, due_on, due_on, rules.said[promise.pk], Obligation.State.OPEN.value, "", "", "", rules.at,
    )  # fmt: skip


def insert(rows: list[tuple[object, ...]]) -> int:
    """Somebody else may create the same at the same time: the database lets one of them win."""
    return bulk.insert_missing(Obligation, COLUMNS, rows)


def withdraw(rows: list[Open], holders: dict[int, Holder], *, today: date, why: str = "") -> int:
    by_reason = defaultdict[str, list[int]](list)
    for row in rows:
        by_reason[why or _why(row, holders[row.customer_id])].append(row.pk)
    return sum(
        Obligation.objects.open()
        .filter(pk__in=pks)
        .update(state=Obligation.State.WITHDRAWN, withdrawn_on=today, why=reason)
        for reason, pks in by_reason.items()
    )


def _why(row: Open, holder: Holder) -> Obligation.Why:
    if holder.is_archived:
        return Obligation.Why.ARCHIVED
    return Obligation.Why.PROMISE_ENDED if row.tier_id == holder.tier else Obligation.Why.TIER_CHANGED


def renew(rows: list[Open], owed: dict[Like, Promise]) -> int:
    """Under the version of the playbook, or for reactions the tier, that is in force by now."""
    by_promise = defaultdict[Promise, list[int]](list)
    for row in rows:
        by_promise[owed[like_of(row)]].append(row.pk)
    return sum(
        Obligation.objects.open().filter(pk__in=pks).update(promise=promise, tier=promise.playbook.tier_id)
        for promise, pks in by_promise.items()
    )


def put(rows: list[Open]) -> int:
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
