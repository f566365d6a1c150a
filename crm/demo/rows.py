"""The book in memory. Customers are named by code and people by username: ids come with writing."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from crm.demo.plots import Plot
from crm.demo.vocabulary import Trade

SEED: Final = "tierbook"


def dice(*what: object) -> random.Random:
    """Chance of its own for each thing: more of one leaves the others as they are."""
    return random.Random(f"{SEED}:{what}")  # noqa: S311 - a game, not a secret


@dataclass(frozen=True, slots=True)
class Client:
    number: int
    code: str
    name: str
    plot: Plot
    trade: Trade
    city: str
    is_person: bool
    size: str
    source: str
    channel: str
    owner: str
    team: str
    since: date | None
    created_at: datetime
    lifecycle: str
    notes: str
    contacts: tuple[str, ...]
    former_owner: str

    @property
    def who(self) -> str:
        return self.contacts[0]


class Contact(NamedTuple):
    customer: str
    name: str
    title: str
    phone: str
    email: str
    wechat: str
    preferred_channel: str
    is_primary: bool
    recorded_at: datetime


class KeyDate(NamedTuple):
    customer: str
    label: str
    on: date
    repeats: bool
    recorded_at: datetime


class Order(NamedTuple):
    customer: str
    number: str
    ordered_on: date
    amount: int
    category: str
    customised_share: int | None
    recorded_at: datetime


class Payment(NamedTuple):
    customer: str
    order: str
    amount: int
    due_on: date
    paid_on: date | None
    recorded_at: datetime


class Contract(NamedTuple):
    customer: str
    number: str
    subject: str
    amount: int
    starts_on: date
    ends_on: date
    renewed_on: date | None
    recorded_at: datetime


class Interaction(NamedTuple):
    customer: str
    at: datetime
    channel: str
    department: str
    by: str
    topic: str
    note: str
    recorded_at: datetime


class Assessment(NamedTuple):
    customer: str
    indicator: str
    rating: int
    evidence: str
    rater: str
    rated_on: date
    recorded_at: datetime


class Figure(NamedTuple):
    customer: str
    indicator: str
    value: int
    as_of: date
    source: str
    by: str
    recorded_at: datetime


class Request(NamedTuple):
    customer: str
    topic: str
    subject: str
    detail: str
    department: str
    opened_at: datetime
    opened_by: str
    resolved_at: datetime | None
    resolution: str
    recorded_at: datetime


@dataclass(frozen=True)
class Book:
    clients: list[Client] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    key_dates: list[KeyDate] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def digest(self) -> str:
        """The same for the same book."""
        return sha256(repr(self).encode()).hexdigest()
