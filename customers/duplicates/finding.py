"""The list of possible duplicates: found in the background, all at once, and kept as people judge it."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from customers.duplicates import names
from customers.duplicates.pairs import Asked, Pair, Reason, how_alike, pairs, plain_phone
from customers.models import Contact, Customer, Duplicate, Standing

BATCH: Final = 1_000
LOOKED_AT: Final = 50
SHOWN: Final = 5


@transaction.atomic
def find(*, at: datetime) -> int:
    """Anew, from the active customers; who was told apart stays so. How many are on the list."""
    found = in_the_book()
    amounts = annual_amounts({pk for pair in found for pk in pair})
    rows = [
        Duplicate(
            first_id=first,
            second_id=second,
            reasons=reasons,
            amount=amounts.get(first, 0) + amounts.get(second, 0),
            found_at=at,
        )
        for (first, second), reasons in sorted(found.items())
    ]
    Duplicate.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["reasons", "amount", "found_at"],
    )
    Duplicate.objects.filter(dismissed_at=None, found_at__lt=at).delete()
    return len(rows)


def in_the_book() -> dict[Pair, list[Reason]]:
    customers = list(Customer.objects.active().order_by("pk").values_list("pk", "name"))
    asked = [
        Asked(pk, name)
        for (pk, _name), name in zip(customers, names.of(name for _pk, name in customers), strict=True)
    ]
    told = Contact.objects.filter(customer__archived_at=None).order_by("customer", "pk")
    phones = [
        (pk, plain_phone(phone)) for pk, phone in told.exclude(phone="").values_list("customer", "phone")
    ]
    emails = [(pk, mail.lower()) for pk, mail in told.exclude(email="").values_list("customer", "email")]
    return pairs(asked, phones, emails)


def annual_amounts(pks: set[int]) -> dict[int, int]:
    wanted, found = sorted(pks), {}
    for start in range(0, len(wanted), BATCH):
        rows = Standing.objects.filter(customer__in=wanted[start : start + BATCH])
        found.update({pk: amount or 0 for pk, amount in rows.values_list("customer", "annual_amount")})
    return found


def tell_apart(pair: Duplicate, *, by: User, at: datetime) -> bool:
    """They are two. Remembered; False where somebody has said so already."""
    still_open = Duplicate.objects.filter(pk=pair.pk, dismissed_at=None)
    return bool(still_open.update(dismissed_at=at, dismissed_by=by))


def put_back(pair: Duplicate) -> None:
    """On the list again."""
    Duplicate.objects.filter(pk=pair.pk).update(dismissed_at=None, dismissed_by=None)


def like(name: str, *, user: User) -> list[Customer]:
    """Active customers of this user whose name is the same or nearly; the nearest first."""
    [asked] = names.of([name.replace("\n", " ")])
    beginning = asked.core[: max(names.SHORTEST, len(asked.core) // 2)]
    if len(asked.core) < names.SHORTEST:
        return []
    rows = Customer.objects.visible_to(user).active().matching(beginning).for_list()
    known = list(rows.order_by("pk")[:LOOKED_AT])
    shares = {
        customer: how_alike(asked, called)
        for customer, called in zip(known, names.of(c.name for c in known), strict=True)
    }
    near = [customer for customer in known if shares[customer]]
    return sorted(near, key=lambda customer: (-shares[customer], customer.pk))[:SHOWN]


def of(customer: Customer, *, user: User) -> list[tuple[Customer, list[Reason]]]:
    """Who may be the same as this one, with why."""
    mine = Q(first=customer) | Q(second=customer)
    rows = Duplicate.objects.visible_to(user).open().filter(mine).with_customers().order_by("-amount", "-pk")
    return [
        (pair.second if pair.first_id == customer.pk else pair.first, pair.reasons) for pair in rows[:SHOWN]
    ]
