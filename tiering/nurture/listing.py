"""The list itself: kept up to date every night, and what people do with a candidate."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from tiering.models import Candidate
from tiering.models.nurture import CandidateQuerySet
from tiering.nurture.finding import Found, Key, Search, keys_of
from toolbox import bulk

STRETCH: Final = 20_000
"""Customers at once."""
State = Candidate.State


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    listed: int = 0
    renewed: int = 0
    lapsed: int = 0

    def __add__(self, other: "Refreshed") -> "Refreshed":
        return Refreshed(
            listed=self.listed + other.listed,
            renewed=self.renewed + other.renewed,
            lapsed=self.lapsed + other.lapsed,
        )


def refresh(*, at: datetime) -> Refreshed:
    """Lists whom the rules find, for the whole book. A second run changes nothing.

    What was dismissed or finished comes back with evidence that is newer; what is taken up stays, with its figures
    brought up to date; what is merely listed lapses when its rule no longer holds.
    """
    search = Search.as_of(timezone.localdate(at))
    done = Refreshed()
    for first, last in stretches():
        done += _refresh(search, first, last, at=at)
    return done


def stretches() -> Iterator[tuple[int, int]]:
    last = 0
    while pks := list(
        Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STRETCH]
    ):
        yield last + 1, pks[-1]
        last = pks[-1]


@transaction.atomic
def _refresh(search: Search, first: int, last: int, *, at: datetime) -> Refreshed:
    bulk.plan_for_many()
    found = search.found(first, last)
    rows = Candidate.objects.filter(customer_id__gte=first, customer_id__lte=last)
    living = keys_of(rows.living().select_for_update())
    closed = rows.exclude(state__in=Candidate.LIVING).order_by().values_list("customer_id", "rule")
    seen = {(pk, rule): newest for pk, rule, newest in closed.annotate(newest=Max("newest_at"))}
    found = {key: each for key, each in found.items() if key not in seen or each.newest_at > seen[key]}
    return Refreshed(
        listed=_list({key: each for key, each in found.items() if key not in living}, at),
        renewed=_renew([(living[key], each) for key, each in found.items() if key in living]),
        lapsed=_lapse([row for key, row in living.items() if key not in found], at),
    )


def _list(found: dict[Key, Found], at: datetime) -> int:
    """Somebody else may list the same at the same time: the database lets one of them win."""
    rows = [
        Candidate(
            customer_id=pk,
            rule=rule,
            evidence=each.evidence,
            since=each.since,
            newest_at=each.newest_at,
            listed_at=at,
        )
        for (pk, rule), each in found.items()
    ]
    return len(Candidate.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000))


def _renew(pairs: list[tuple[Candidate, Found]]) -> int:
    changed = []
    for row, each in pairs:
        new = each.evidence, each.since, each.newest_at
        if new == (row.evidence, row.since, row.newest_at) and row.state != State.LAPSED:
            continue
        row.evidence, row.since, row.newest_at = new
        if row.state == State.LAPSED:
            row.state, row.closed_at = State.LISTED, None
        changed.append(row)
    fields = ["evidence", "since", "newest_at", "state", "closed_at"]
    return Candidate.objects.bulk_update(changed, fields, batch_size=200)


def _lapse(rows: list[Candidate], at: datetime) -> int:
    pks = [row.pk for row in rows if row.state == State.LISTED]
    return sum(
        Candidate.objects.filter(pk__in=pks[n : n + 500]).update(state=State.LAPSED, closed_at=at)
        for n in range(0, len(pks), 500)
    )


# What people do. Each answers False, and changes nothing, where somebody was faster or archived the customer.


def take_up(candidate: Candidate, *, by: User, at: datetime, next_step: str, follow_up_on: date) -> bool:
    said = {"taken_by": by, "taken_at": at, "next_step": next_step, "follow_up_on": follow_up_on}
    return bool(still(candidate, State.LISTED).update(state=State.TAKEN, **said))


def go_on(candidate: Candidate, *, next_step: str, follow_up_on: date) -> bool:
    """With the next step after the one that was taken."""
    return bool(still(candidate, State.TAKEN).update(next_step=next_step, follow_up_on=follow_up_on))


def dismiss(candidate: Candidate, *, by: User, at: datetime, words: str) -> bool:
    said = {"closed_by": by, "closed_at": at, "words": words}
    return bool(still(candidate, State.LISTED).update(state=State.DISMISSED, **said))


def finish(candidate: Candidate, *, by: User, at: datetime, words: str) -> bool:
    said = {"closed_by": by, "closed_at": at, "words": words}
    return bool(still(candidate, State.TAKEN).update(state=State.DONE, **said))


def still(candidate: Candidate, state: str) -> CandidateQuerySet:
    return Candidate.objects.filter(pk=candidate.pk, state=state, customer__in=Customer.objects.active())
