"""Creating, editing, assigning and archiving customers. Every way leaves its row of history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from accounts.models import Team, User
from customers import handing, signals
from customers.models import Customer, Standing
from customers.services.facts import known_as
from customers.services.freeze import recording

BATCH = 2_000
MOST_ATTEMPTS = 5
NOTES_BATCH = 250
"""Each customer's notes are another value in the statement."""


class StaleEditError(Exception):
    """Somebody else saved the customer since this edit began; `current` is how it stands now."""

    def __init__(self, current: Customer) -> None:
        super().__init__(current.version)
        self.current = current


@transaction.atomic
def create_customer(customer: Customer, *, by: User | None) -> Customer:
    """Save a new customer, with a code of its own where none is given, and a blank standing."""
    recording()
    customer._history_user = by  # noqa: SLF001 - simple_history's own way
    if customer.code:
        customer.save(force_insert=True)
    else:
        save_with_next_code(customer)
    Standing.objects.create(customer=customer)
    return customer


def save_with_next_code(customer: Customer) -> None:
    """Somebody may take the same code in the same moment: whoever is second takes the next."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        customer.code = next_code()
        try:
            with transaction.atomic():
                return customer.save(force_insert=True)
        except IntegrityError:
            if attempt == MOST_ATTEMPTS or not Customer.objects.filter(code=customer.code).exists():
                raise
    return None


def next_code() -> str:
    """C000123, after the highest id; a code that somebody gave by hand is passed over."""
    number = (Customer.objects.aggregate(top=Max("pk"))["top"] or 0) + 1
    while Customer.objects.filter(code=f"C{number:06d}").exists():
        number += 1
    return f"C{number:06d}"


@transaction.atomic
def save_customer(customer: Customer, *, version: int, by: User) -> Customer:
    """Save an edit that began at `version`. Raises StaleEditError, and saves nothing, when it is not the latest."""
    recording()
    current = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    if current.version != version:
        raise StaleEditError(current)
    customer.version = version + 1
    if customer.initials == current.initials == current.initials_of_name:
        customer.initials = ""  # nobody corrected them: they follow the name
    customer.prepare()
    customer.search_text = customer.searchable(known_as(customer))
    customer._history_user = by  # noqa: SLF001 - simple_history's own way
    customer.save()
    if customer.owner_id != current.owner_id:
        given = handing.Given(customer.pk, current.owner_id, customer.owner_id)
        handing.follow([given], by=by, at=timezone.now())
        signals.tell([customer.pk])
    return customer


def assign(customers: list[int], *, by: User, owner: User | None = None, team: Team | None = None) -> int:
    """Give customers to an owner, a team or both; an owner without a team named brings the own team."""
    changes: dict[str, Any] = {}
    if owner:
        changes |= {"owner": owner, "team": owner.team}
    if team:
        changes["team"] = team
    return change_many(customers, by=by, **changes)


def archive(customers: list[int], *, by: User, at: datetime) -> int:
    """Those that are archived already keep their day."""
    return change_many(customers, unless=~Q(archived_at=None), by=by, archived_at=at)


def restore(customers: list[int], *, by: User) -> int:
    """But for those who were merged into another customer: that is undone, not restored."""
    return change_many(customers, unless=Q(archived_at=None) | ~Q(merged_into=None), by=by, archived_at=None)


@transaction.atomic
def change_many(pks: list[int], *, by: User, unless: Q | None = None, **changes: Any) -> int:
    """The same change to many customers, set-wise, with history. Rows that are so already stay untouched."""
    recording()
    changed, now, owner = 0, timezone.now(), changes.get("owner")
    for at in range(0, len(pks), BATCH):
        stretch = Customer.objects.filter(pk__in=pks[at : at + BATCH]).exclude(unless or Q(**changes))
        owners = dict(stretch.select_for_update().order_by("pk").values_list("pk", "owner"))
        todo = list(owners)
        rows = Customer.objects.filter(pk__in=todo)
        changed += rows.update(version=F("version") + 1, updated_at=now, **changes)
        Customer.history.bulk_history_create(list(rows), batch_size=500, update=True, default_user=by)
        if owner:
            handing.follow(
                (handing.Given(pk, giver, owner.pk) for pk, giver in owners.items()), by=by, at=now
            )
        signals.tell(todo)
    return changed


@transaction.atomic
def write_notes(notes: Mapping[int, str], *, by: User) -> None:
    """Other notes for many customers, by id, set-wise, with history. Whoever calls holds them locked."""
    recording()
    pks = sorted(notes)
    for at in range(0, len(pks), NOTES_BATCH):
        rows = Customer.objects.filter(pk__in=pks[at : at + NOTES_BATCH])
        changed = list(rows)
        for customer in changed:
            customer.notes = notes[customer.pk]
        Customer.objects.bulk_update(changed, ["notes"])
        rows.update(version=F("version") + 1, updated_at=timezone.now())
        Customer.history.bulk_history_create(list(rows.all()), update=True, default_user=by)
