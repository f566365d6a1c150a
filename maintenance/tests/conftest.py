"""Customers with a tier, and what they are owed."""

from datetime import date
from typing import Protocol

import pytest

from accounts.models import User
from customers.models import Customer, Standing, Tier
from maintenance import services
from maintenance.models import Obligation

TODAY = date(2026, 11, 18)  # a Wednesday


class MakeCustomer(Protocol):
    def __call__(
        self, name: str, *, tier: str | None = ..., owner: User | None = ..., amount: int = ...
    ) -> Customer: ...


@pytest.fixture
def make_customer(db: None) -> MakeCustomer:
    def make(
        name: str, *, tier: str | None = "core", owner: User | None = None, amount: int = 1_000_00
    ) -> Customer:
        customer = Customer.objects.create(
            code=name,
            name=name,
            owner=owner,
            team=owner.team if owner else None,
            cooperation_since=date(2019, 5, 6),
        )
        Standing.objects.create(customer=customer, annual_amount=amount)
        move(customer, tier)
        return customer

    return make


def move(customer: Customer, tier: str | None) -> None:
    """As tiering does it."""
    row = Tier.objects.get(scale="b2b", key=tier) if tier else None
    Standing.objects.filter(customer=customer).update(tier=row)


def plan(*customers: Customer, today: date = TODAY) -> services.Replanned:
    return services.replan([customer.pk for customer in customers], today=today)


def owed(customer: Customer, key: str, department: str = "sales") -> Obligation:
    return Obligation.objects.open().get(customer=customer, promise__key=key, department=department)
