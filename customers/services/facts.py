"""Recording what happened: facts are added; few of them are ever edited."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from accounts.models import Department, User
from customers.models import Channel, Contact, Correction, Customer, Interaction, ServiceRequest
from customers.models.fact import Fact

F = TypeVar("F", bound=Fact)


@transaction.atomic
def add_fact(fact: Fact) -> Fact:
    """Save a new fact; a contact can be searched for at once."""
    fact.save(force_insert=True)
    if isinstance(fact, Contact):
        refresh_search(fact.customer)
    return fact


def add_facts(facts: Iterable[Fact]) -> None:
    """Save many new facts, set-wise. Not for contacts, which are searched for."""
    by_kind: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        by_kind.setdefault(type(fact), []).append(fact)
    for kind, own in by_kind.items():
        kind._default_manager.bulk_create(own, batch_size=500)


@transaction.atomic
def save_fact(fact: F, *, changed: Iterable[str], by: User, at: datetime) -> F:
    """Save these fields of a fact that may be corrected; what others corrected meanwhile stays.

    Leaves a Correction that keeps what stood there. Raises ValidationError when the two do not go together.
    """
    kept = type(fact)._default_manager.select_for_update(of=("self",)).get(pk=fact.pk)
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
        Correction.objects.create(
            customer=kept.customer, kind=fact._meta.model_name or "", fact_id=fact.pk, changes=changes, by=by, recorded_at=at
        )  # fmt: skip
    if isinstance(kept, Contact):
        refresh_search(kept.customer)
    return kept


@transaction.atomic
def remove_contact(contact: Contact) -> None:
    contact.delete()
    refresh_search(contact.customer)


@transaction.atomic
def log_interaction(
    customer: Customer,
    *,
    by: User,
    at: datetime,
    channel: Channel | str,
    note: str,
    department: Department | str | None = None,
) -> Interaction:
    """Something was said or done with the customer; the department is the person's own unless named."""
    return Interaction.objects.create(
        customer=customer, by=by, at=at, channel=channel, note=note, department=department or by.department
    )


def resolve_request(request: ServiceRequest, *, by: User, at: datetime, resolution: str) -> bool:
    """Close a request. False, and nothing is changed, when somebody has closed it already."""
    still_open = ServiceRequest.objects.open().filter(pk=request.pk)
    return bool(still_open.update(resolved_at=at, resolved_by=by, resolution=resolution))


def contact_words(customer: Customer) -> list[str]:
    rows = customer.contacts.order_by("pk").values_list("name", "phone")
    return [word for row in rows for word in row if word]


def refresh_search(customer: Customer) -> None:
    """The search text after a change of contacts. No new version: the profile is the same."""
    Customer.objects.filter(pk=customer.pk).update(search_text=customer.searchable(contact_words(customer)))
