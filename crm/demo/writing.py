"""Bringing the book into the database, set-wise: what a service would do one by one, with its history."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from accounts.models import Team, User
from crm.demo.rows import Book, Client, dice
from crm.demo.timeline import ONE_DAY
from customers import models
from customers.models import Customer, Lifecycle, Standing
from toolbox import bulk


def write(book: Book, users: dict[str, User]) -> dict[str, int]:
    """Answers with the customers' ids by code."""
    people = {username: user.pk for username, user in users.items()}
    customers = write_customers(book, people)
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


def write_customers(book: Book, people: dict[str, int]) -> dict[str, int]:
    teams = dict(Team.objects.values_list("name", "pk"))
    known_as: dict[str, list[str]] = {}
    for contact in book.contacts:
        known_as.setdefault(contact.customer, []).extend((contact.name, contact.phone))
    records = [record(client, people, teams, known_as[client.code]) for client in book.clients]
    columns = [field.attname for field in Customer._meta.concrete_fields if not field.primary_key]
    bulk.insert(
        Customer, columns, ([getattr(customer, column) for column in columns] for customer in records)
    )
    ids = dict(Customer.objects.values_list("code", "pk"))
    bulk.insert(Standing, ["customer_id", "is_overridden"], ([pk, False] for pk in ids.values()))
    write_history(book.clients, records, ids, people)
    return ids


def record(client: Client, people: dict[str, int], teams: dict[str, int], known_as: list[str]) -> Customer:
    customer = Customer(
        code=client.code,
        name=client.name,
        kind=models.Kind.INDIVIDUAL if client.is_person else models.Kind.ENTERPRISE,
        lifecycle=client.lifecycle,
        industry="" if client.is_person else client.trade.industry,
        province=client.city[:2],
        city=client.city,
        size=client.size,
        owner_id=people[client.owner],
        team_id=teams[client.team],
        source=client.source,
        preferred_channel=client.channel,
        cooperation_since=client.since,
        notes=client.notes,
        version=2 if client.former_owner else 1,
        created_at=client.created_at,
        updated_at=edited_at(client),
    )
    customer.prepare()
    customer.search_text = customer.searchable(known_as)
    return customer


def edited_at(client: Client) -> datetime:
    """When it was handed over, else when it was entered."""
    days = dice("handed over", client.number).randrange(2, 9) if client.former_owner else 0
    return client.created_at + days * ONE_DAY


def write_history(
    clients: list[Client], records: list[Customer], ids: dict[str, int], people: dict[str, int]
) -> None:
    model = Customer.history.model
    own = [field.attname for field in model.tracked_fields if not field.primary_key]
    columns = ["id", *own, "history_date", "history_type", "history_user_id", "history_change_reason"]
    director = people["shenruochuan"]

    def lines() -> Iterator[list[Any]]:
        for client, customer in zip(clients, records, strict=True):
            now = {name: getattr(customer, name) for name in own}
            if client.former_owner:
                then = now | {
                    "owner_id": people[client.former_owner],
                    "lifecycle": Lifecycle.PROSPECT,
                    "version": 1,
                }
                yield [ids[client.code], *then.values(), client.created_at, "+", director, None]
                yield [ids[client.code], *now.values(), edited_at(client), "~", director, None]
            else:
                yield [ids[client.code], *now.values(), client.created_at, "+", now["owner_id"], None]

    bulk.insert(model, columns, lines())
