"""Bringing the book into the database, set-wise: what a service would do one by one, with its history."""

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.models import Team, User
from crm.demo.rows import Book, Client, dice
from crm.demo.timeline import ONE_DAY
from customers import models
from customers.models import Customer, Lifecycle
from customers.services import create_many
from toolbox import bulk


def write(book: Book, users: dict[str, User]) -> dict[str, int]:
    """Answers with the customers' ids by code."""
    people = {username: user.pk for username, user in users.items()}
    customers = write_customers(book, users)
    put(models.Contact, book.contacts, customers=customers)
    put(models.KeyDate, book.key_dates, customers=customers)
    put(models.Order, book.orders, customers=customers)
    orders = dict(models.Order.objects.values_list("number", "pk"))
    put(models.Payment, book.payments, customers=customers, order=orders)
    put(models.Contract, book.contracts, customers=customers)
    put(models.Interaction, book.interactions, customers=customers, by=people)
    put(models.Assessment, book.assessments, customers=customers, rater=people)
    put(models.Figure, book.figures, customers=customers, by=people)
    put(models.ServiceRequest, book.requests, customers=customers, opened_by=people)
    return customers


def put(model: type[Any], facts: Sequence[Any], *, customers: dict[str, int], **ids: dict[str, int]) -> None:
    """Facts as they are, with ids for the codes, usernames and order numbers."""
    if not facts:
        return
    ids = {"customer": customers, **ids}
    names = type(facts[0])._fields
    columns = [f"{name}_id" if name in ids else name for name in names]
    maps = [ids.get(name) for name in names]
    bulk.insert(model, columns, (resolved(fact, maps) for fact in facts))


def resolved(fact: Iterable[Any], maps: Sequence[dict[str, int] | None]) -> list[Any]:
    return [known[value] if known else value for value, known in zip(fact, maps, strict=True)]


def write_customers(book: Book, users: dict[str, User]) -> dict[str, int]:
    """As they were entered, and then as they were handed over."""
    teams = dict(Team.objects.values_list("name", "pk"))
    known_as: dict[str, list[str]] = {}
    for contact in book.contacts:
        known_as.setdefault(contact.customer, []).extend((contact.name, contact.phone))
    director = users["shenruochuan"]
    records = [record(client, users, teams, known_as[client.code]) for client in book.clients]
    ids = create_many(records, by=director)
    hand_over(zip(book.clients, records, strict=True), users, by=director)
    return ids


def record(client: Client, users: dict[str, User], teams: dict[str, int], known_as: list[str]) -> Customer:
    customer = Customer(
        code=client.code,
        name=client.name,
        kind=models.Kind.INDIVIDUAL if client.is_person else models.Kind.ENTERPRISE,
        lifecycle=Lifecycle.PROSPECT if client.former_owner else client.lifecycle,
        industry="" if client.is_person else client.trade.industry,
        province=client.city[:2],
        city=client.city,
        size=client.size,
        owner=users[client.former_owner or client.owner],
        team_id=teams[client.team],
        source=client.source,
        preferred_channel=client.channel,
        cooperation_since=client.since,
        notes=client.notes,
        created_at=client.created_at,
    )
    customer.prepare()
    customer.search_text = customer.searchable(known_as)
    if not client.former_owner:
        customer._history_user = customer.owner  # noqa: SLF001 - simple_history's own way
    return customer


def hand_over(entered: Iterable[tuple[Client, Customer]], users: dict[str, User], *, by: User) -> None:
    """Some days after they were entered."""
    changed = []
    for client, customer in entered:
        if client.former_owner:
            days = dice("handed over", client.number).randrange(2, 9)
            customer.owner, customer.lifecycle, customer.version = users[client.owner], client.lifecycle, 2
            customer.updated_at = customer._history_date = client.created_at + days * ONE_DAY  # noqa: SLF001 - simple_history's own way
            changed.append(customer)
    Customer.objects.bulk_update(changed, ["owner", "lifecycle", "version", "updated_at"])
    Customer.history.bulk_history_create(changed, update=True, default_user=by)
