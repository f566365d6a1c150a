"""Quarters of promises, and what became of them, in columns: the same on both databases."""

from datetime import date, timedelta
from typing import Final

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import Department, User
from benchmarks import _book
from customers.models import Customer, Interaction, Tier
from maintenance.ledger import counting
from maintenance.models import Obligation, Promise, Rates
from tiering.models import TierChange
from toolbox import bulk

SHARES: Final = (5, 25, 70, 100)
"""Of a hundred customers: core, important, regular and potential, as they add up."""
DAYS: Final = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
DONE, LATE, BROKEN, SKIPPED, EXCUSED = 70, 82, 94, 97, 99
"""Of a hundred promises that are due, as they add up; the others are open."""


def fill(customers: int, quarters: int) -> dict[str, int]:
    _book.make(customers)
    today = timezone.localdate()
    spans = counting.quarters(today, quarters)
    ids = bulk.read(Customer.objects.order_by("pk").values_list("pk", "owner_id", "team_id"))
    tiers = list(Tier.objects.filter(scale="b2b").order_by("rank"))
    place = np.searchsorted(SHARES, ids[:, 0] % 100, side="right")
    of_tier(ids, tiers, place, spans[-1].first - timedelta(days=1))
    chance = np.random.default_rng(7)
    made = 0
    for n, tier in enumerate(tiers):
        for promise in Promise.objects.filter(
            playbook__tier=tier, playbook__starts_on__lte=today
        ).select_related("playbook"):
            if days := DAYS.get(promise.unit):
                every = days * promise.interval
                made += of_promise(
                    promise, ids[place == n], every, first=spans[-1].first, today=today, chance=chance
                )
    Rates.objects.get_or_create(pk=1, defaults={"hour_cost": 150_00, "margin_share": 2_500})
    beyond = contacts()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {
        "customers": customers,
        "promises": made,
        "contacts": Interaction.objects.count(),
        "of them beyond": beyond,
    }


def of_tier(ids: counting.Ints, tiers: list[Tier], place: counting.Ints, day: date) -> None:
    """A first change and one that leads back, so that the chains are as long as they are after a year."""
    pks = np.array([tier.pk for tier in tiers])
    with connection.cursor() as cursor:
        cases = " ".join(f"WHEN customer_id % 100 < {s} THEN {t}" for s, t in zip(SHARES, pks, strict=True))
        cursor.execute(f"UPDATE customers_standing SET tier_id = CASE {cases} END")
    own, other = pks[place], pks[(place + 1) % len(pks)]
    at = f"{day} 00:00:00+00"
    for before, after in ((None, other), (other, own)):
        bulk.insert_columns(
            TierChange,
            {
                "customer_id": ids[:, 0], "from_tier_id": [None] * len(ids) if before is None else before, "to_tier_id": after,
                "effective_on": [day.isoformat()] * len(ids), "changed_at": [at] * len(ids), "reason": ["{}"] * len(ids),
                "words": [""] * len(ids),
            },
        )  # fmt: skip


def of_promise(
    promise: Promise, ids: counting.Ints, every: int, *, first: date, today: date, chance: np.random.Generator
) -> int:
    """From each customer's own day on, again and again; the last one may still be to come, and is open."""
    starts = chance.integers(0, every, len(ids))
    span = (today - first).days + 1
    times = np.maximum((span - starts + every - 1) // every, 0)
    rows = np.repeat(np.arange(len(ids)), times)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    due = first.toordinal() + starts[rows] + nth * every
    drawn = chance.integers(0, 100, len(rows))
    by = User.objects.get(username="director").pk
    is_open = (drawn >= EXCUSED) & (nth == times[rows] - 1)  # the same promise is open once
    is_done, is_broken = drawn < BROKEN, (drawn >= LATE) & (drawn < BROKEN)
    is_aside = ~is_done & ~is_open
    state = np.select([is_done, is_open, drawn < SKIPPED], ["done", "open", "skipped"], "excused")
    kept = due + np.select([drawn < DONE, drawn < LATE], [0, 1], 9)
    some = ids[rows]
    day = [date.fromordinal(int(n)).isoformat() for n in due]
    at = [f"{date.fromordinal(int(n))} 03:00:00+00" for n in np.minimum(kept, today.toordinal())]
    none = [None] * len(rows)

    def where(mask: np.ndarray, values: list[str] | int) -> list[int | str | None]:
        return [
            (values if isinstance(values, int) else values[n]) if is_so else None
            for n, is_so in enumerate(mask.tolist())
        ]

    sales = promise.department == Department.SALES
    return bulk.insert_columns(
        Obligation,
        {
            "customer_id": some[:, 0], "promise_id": [promise.pk] * len(rows), "tier_id": [promise.playbook.tier_id] * len(rows),
            "department": [promise.department] * len(rows), "assignee_id": some[:, 1] if sales else none,
            "owner_id": some[:, 1], "team_id": some[:, 2], "due_on": day, "originally_due_on": day, "opens_on": day,
            "key": [promise.key] * len(rows), "cadence": [str(promise.cadence)] * len(rows), "state": state.tolist(),
            "created_at": at, "completed_at": where(is_done, at), "completed_by_id": where(is_done, by),
            "missed_on": where(is_broken, day), "how": ["said" if done else "" for done in is_done.tolist()],
            "set_aside_at": where(is_aside, at), "set_aside_by_id": where(is_aside, by),
            "reason": ["Fair." if aside else "" for aside in is_aside.tolist()], "why": [""] * len(rows),
        },
    )  # fmt: skip


def contacts() -> int:
    """One for each promise that was kept, and one in five more, which keep nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM customers_interaction")
        last = cursor.fetchone()[0]
        columns = "id, customer_id, by_id, at, recorded_at, channel, department, topic, note"
        read = (
            f"INSERT INTO customers_interaction ({columns}) SELECT {last} + id, customer_id, completed_by_id, completed_at,"
            " completed_at, 'phone', department, '', 'talked' FROM maintenance_obligation WHERE state = 'done'"
        )
        cursor.execute(read)
        cursor.execute(f"UPDATE maintenance_obligation SET interaction_id = {last} + id WHERE state = 'done'")
        cursor.execute("SELECT max(id) FROM customers_interaction")
        last = cursor.fetchone()[0]
        more = (
            f"INSERT INTO customers_interaction ({columns}) SELECT {last} + id, customer_id, by_id, at, recorded_at, 'wechat',"
            " department, '', 'talked' FROM customers_interaction WHERE id % 5 = 0 AND note = 'talked'"
        )
        cursor.execute(more)
        return int(cursor.rowcount)
