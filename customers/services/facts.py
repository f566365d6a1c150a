"""Recording what happened: facts are added; few of them are ever edited."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Department, User
from customers.models import Channel, Contact, Correction, Customer, Interaction, Order, ServiceRequest, Topic
from customers.models.fact import Fact
from customers.services.freeze import recording
from customers.signals import facts_added

F = TypeVar("F", bound=Fact)
FEW: Final = 500
LOGGED_LATE: Final = timedelta(days=365)
"""So long after it a contact can still be logged."""


@transaction.atomic
def add_fact(fact: Fact) -> Fact:
    """Save a new fact; a contact can be searched for at once. It is the survivor's where its customer was merged."""
    fact.recorded_at = recording()
    go_where_they_went([fact])
    fact.save(force_insert=True)
    if isinstance(fact, Contact):
        refresh_search(fact.customer)
    facts_added.send(type(fact), facts=[fact])
    return fact


@transaction.atomic
def add_facts(facts: Iterable[Fact]) -> None:
    """Save many new facts, set-wise. Not for contacts, which are searched for."""
    by_kind: dict[type[Fact], list[Fact]] = {}
    at = recording()
    facts = list(facts)
    go_where_they_went(facts)
    for fact in facts:
        fact.recorded_at = at
        by_kind.setdefault(type(fact), []).append(fact)
    for kind, own in by_kind.items():
        kind._default_manager.bulk_create(own, batch_size=500)
        facts_added.send(kind, facts=own)


@transaction.atomic
def save_fact(fact: F, *, changed: Iterable[str], by: User) -> F:
    """Save these fields of a fact that may be corrected; what others corrected meanwhile stays.

    Leaves a Correction that keeps what stood there, one more with the customer it is taken from, if any. Raises
    ValidationError when the two do not go together.
    """
    at = recording()
    kept = type(fact)._default_manager.select_for_update(of=("self",)).get(pk=fact.pk)
    customers = {kept.customer_id}
    changes = {}
    for name in changed:
        field = fact._meta.get_field(name)
        before, after = (getattr(row, field.attname) for row in (kept, fact))  # type: ignore[union-attr]
        if before != after:
            changes[name] = [before, after]
            setattr(kept, field.attname, after)  # type: ignore[union-attr]
    if changes:
        kept.validate_constraints()
        kept.save(update_fields=changes)
        for pk in sorted(customers | {kept.customer_id}):
            leave_correction(kept, changes, customer_id=pk, by=by, at=at)
    if isinstance(kept, Contact):
        refresh_search(kept.customer)
    return kept


def leave_correction(
    fact: Fact, changes: dict[str, list[Any]], *, customer_id: int, by: User, at: datetime
) -> None:
    kind = fact._meta.model_name or ""
    Correction.objects.create(
        customer_id=customer_id, kind=kind, fact_id=fact.pk, changes=changes, by=by, recorded_at=at
    )


@transaction.atomic
def remove_fact(fact: Fact, *, by: User) -> None:
    """Take away what should never have been recorded. A Correction keeps all it said, and what hung on it."""
    at = recording()
    kept = type(fact)._default_manager.select_for_update(of=("self",)).filter(pk=fact.pk).first()
    if kept is None:
        return
    if isinstance(kept, Order):
        for payment in kept.payments.order_by("pk"):
            remove_fact(payment, by=by)
    fields = [field for field in kept._meta.concrete_fields if not field.primary_key]
    changes = {field.name: [getattr(kept, field.attname), None] for field in fields}
    leave_correction(kept, changes, customer_id=kept.customer_id, by=by, at=at)
    kept.delete()


@transaction.atomic
def remove_contact(contact: Contact) -> None:
    contact.delete()
    refresh_search(contact.customer)


def moment_of(on: date | None, *, now: datetime) -> datetime:
    """When a contact was: now, unless an earlier day is said, then at its noon, for nobody asks for the hour.

    Raises ValidationError for a day to come, or too long ago.
    """
    today = timezone.localdate(now)
    if on is None or on == today:
        return now
    if not today - LOGGED_LATE <= on < today:
        raise ValidationError(_("Choose today, or a day within the last year."))
    return datetime.combine(on, time(12), timezone.get_default_timezone())


@transaction.atomic
def log_interaction(
    customer: Customer,
    *,
    by: User,
    at: datetime,
    channel: Channel | str,
    note: str,
    topic: Topic | str = "",
    department: Department | str | None = None,
) -> Interaction:
    """Something was said or done with the customer; the department is the person's own unless named."""
    said = Interaction(
        customer=customer,
        by=by,
        at=at,
        channel=channel,
        note=note,
        topic=topic,
        department=department or by.department,
    )
    add_fact(said)
    return said


def resolve_request(request: ServiceRequest, *, by: User, at: datetime, resolution: str) -> bool:
    """Close a request. False, and nothing is changed, when somebody has closed it already."""
    still_open = ServiceRequest.objects.open().filter(pk=request.pk)
    return bool(still_open.update(resolved_at=at, resolved_by=by, resolution=resolution))


def reopen_request(request: ServiceRequest) -> bool:
    """It was not solved after all. False, and nothing is changed, when it is open."""
    closed = ServiceRequest.objects.filter(pk=request.pk).exclude(resolved_at=None)
    return bool(closed.update(resolved_at=None, resolved_by=None, resolution=""))


def go_where_they_went(facts: Iterable[Fact]) -> None:
    """Facts of customers who were merged meanwhile are whoever's they went into. Nobody merges while we record."""
    went = survivors({fact.customer_id for fact in facts})
    for fact in facts:
        if fact.customer_id in went:
            fact.customer_id = went[fact.customer_id]


def survivors(pks: Iterable[int]) -> dict[int, int]:
    """{id: id of who stayed in the end}, of those among them who were merged into another customer."""
    found: dict[int, int] = {}
    asked = set(pks)
    if not asked:
        return found
    merged = Customer.objects.exclude(merged_into=None)
    if len(asked) > FEW:  # of many it is sooner asked who was merged at all
        merged = merged.filter(pk__range=(min(asked), max(asked)))
    else:
        merged = merged.filter(pk__in=asked)
    steps = {pk: into for pk, into in merged.values_list("pk", "merged_into") if into and pk in asked}
    if steps:
        further = survivors(steps.values())
        found = {pk: further.get(into, into) for pk, into in steps.items()}
    return found


def known_as(customer: Customer) -> list[str]:
    """By what else it is found: contacts, and what those were called who went into it."""
    rows = customer.contacts.order_by("pk").values_list("name", "phone")
    return [word for row in rows for word in row if word] + former_names([customer.pk])


def former_names(pks: list[int]) -> list[str]:
    """Of whoever went into these customers, and into those."""
    gone = list(
        Customer.objects.filter(merged_into__in=pks)
        .order_by("pk")
        .values_list("pk", "code", "name", "initials")
    )
    if not gone:
        return []
    return [word for _pk, *words in gone for word in words if word] + former_names([pk for pk, *_ in gone])


def refresh_search(customer: Customer) -> None:
    """The search text after a change of contacts or a merge. No new version: the profile is the same."""
    Customer.objects.filter(pk=customer.pk).update(search_text=customer.searchable(known_as(customer)))
