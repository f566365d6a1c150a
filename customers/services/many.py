"""Creating many customers at once, as `create_customer` does one: with a standing and a row of history."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from django.db import transaction

from accounts.models import User
from customers.models import Customer, Standing
from customers.services.freeze import recording
from toolbox import bulk

BATCH: Final = 5_000
COLUMNS: Final = [field.attname for field in Customer._meta.concrete_fields if not field.primary_key]
KEPT: Final = [field.attname for field in Customer.history.model.tracked_fields]
"""What a row of history keeps, the id first."""


@transaction.atomic
def create_many(customers: Iterable[Customer], *, by: User | None) -> dict[str, int]:
    """Save new customers as they are, set-wise, and answer with their ids by code. Each brings its code.

    Their history begins at their `created_at`, by their `_history_user` where it was somebody else than `by`.
    """
    recording()
    ids: dict[str, int] = {}
    rest = iter(customers)
    while batch := list(islice(rest, BATCH)):
        ids |= _create(batch, by)
    return ids


def _create(customers: list[Customer], by: User | None) -> dict[str, int]:
    for customer in customers:
        customer.prepare()
        customer.updated_at = customer.created_at
    bulk.insert(Customer, COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in customers))
    codes = [customer.code for customer in customers]
    ids = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk"))
    for customer in customers:
        customer.pk = ids[customer.code]
    bulk.insert(Standing, ["customer_id", "is_overridden"], ([pk, False] for pk in ids.values()))
    bulk.insert(
        Customer.history.model,
        [*KEPT, "history_date", "history_type", "history_user_id"],
        (
            [*(getattr(one, name) for name in KEPT), one.created_at, "+", _author(one, by)]
            for one in customers
        ),
    )
    return ids


def _author(customer: Customer, by: User | None) -> int | None:
    author: User | None = getattr(customer, "_history_user", by)
    return author.pk if author else None
