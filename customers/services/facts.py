"""Recording what happened: facts are added; few of them are ever edited."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Department, User
from customers.models import Channel, Contact, Customer, Interaction, ServiceRequest
from customers.models.fact import Fact


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
def save_fact(fact: Fact) -> Fact:
    """Save the correction of a fact that may be corrected."""
    fact.save()
    if isinstance(fact, Contact):
        refresh_search(fact.customer)
    return fact


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


@transaction.atomic
def resolve_request(request: ServiceRequest, *, at: datetime, resolution: str) -> ServiceRequest:
    """Close a request. One that is closed already stays as it was."""
    if request.resolved_at is None:
        request.resolved_at = at
        request.resolution = resolution
        request.save(update_fields=["resolved_at", "resolution"])
    return request


def contact_words(customer: Customer) -> list[str]:
    rows = customer.contacts.order_by("pk").values_list("name", "phone")
    return [word for row in rows for word in row if word]


def refresh_search(customer: Customer) -> None:
    """The search text after a change of contacts. No new version: the profile is the same."""
    Customer.objects.filter(pk=customer.pk).update(search_text=customer.searchable(contact_words(customer)))
