"""Customers and their facts for tests, with no more said than a test is about."""

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Department, User
from customers import services
from customers.models import (
    Assessment,
    Contact,
    Contract,
    Customer,
    Figure,
    Group,
    Interaction,
    Memo,
    Order,
    Payment,
    ServiceRequest,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_numbers = count(1)


def a_customer(name: str = "Acme", *, owner: User | None = None, **more: Any) -> Customer:
    """Here since long ago, so that every re-grade sees it."""
    customer = Customer(**{"name": name, "owner": owner, "team": owner.team if owner else None} | more)
    customer._history_date = LONG_AGO  # simple_history's own way
    services.create_customer(customer, by=owner)
    del customer._history_date
    customer.created_at = LONG_AGO
    Customer.objects.filter(pk=customer.pk).update(created_at=LONG_AGO)
    return customer


def a_group(name: str, *customers: Customer, by: User) -> Group:
    now = timezone.now()
    group = services.create_group(name=name, description="", by=by, at=now)
    services.add_to_group(group, [customer.pk for customer in customers], by=by, at=now)
    return group


def at(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def an_order(customer: Customer, on: date, amount: int = 1_000_00, **more: Any) -> Order:
    """Amount in fen; known to us at noon of its day unless `recorded_at` says otherwise."""
    more = {"number": f"N{next(_numbers)}", "recorded_at": at(on)} | more
    return Order.objects.create(customer=customer, ordered_on=on, amount=amount, **more)


def a_payment(customer: Customer, due: date, *, paid: date | None = None, amount: int = 1_000_00) -> Payment:
    return Payment.objects.create(
        customer=customer, due_on=due, paid_on=paid, amount=amount, recorded_at=LONG_AGO
    )


def a_contract(customer: Customer, ends: date, *, renewed: date | None = None) -> Contract:
    return Contract.objects.create(
        customer=customer,
        number=f"K{next(_numbers)}",
        starts_on=date(2015, 1, 1),
        ends_on=ends,
        renewed_on=renewed,
        recorded_at=LONG_AGO,
    )


def a_request(
    customer: Customer,
    by: User,
    *,
    department: str = Department.TECHNICAL,
    opened: datetime | None = None,
    **more: Any,
) -> ServiceRequest:
    opened = opened or timezone.now()
    more = {"subject": "How does it work?", "recorded_at": opened} | more
    return ServiceRequest.objects.create(
        customer=customer, department=department, opened_at=opened, opened_by=by, **more
    )


def a_rating(customer: Customer, by: User, on: date, rating: int, indicator: str, **more: Any) -> Assessment:
    more = {"recorded_at": at(on)} | more
    return Assessment.objects.create(
        customer=customer, indicator=indicator, rating=rating, evidence="Seen.", rater=by, rated_on=on, **more
    )


def a_figure(customer: Customer, by: User, on: date, value: int, indicator: str, **more: Any) -> Figure:
    more = {"recorded_at": at(on)} | more
    return Figure.objects.create(
        customer=customer, indicator=indicator, value=value, as_of=on, source="A report", by=by, **more
    )


def a_contact(customer: Customer, name: str = "李雷", **more: Any) -> Contact:
    contact = services.add_fact(Contact(customer=customer, name=name, **more))
    assert isinstance(contact, Contact)
    return contact


def a_talk(
    customer: Customer, by: User, note: str = "Talked.", *, when: datetime | None = None
) -> Interaction:
    return services.log_interaction(customer, by=by, at=when or timezone.now(), channel="phone", note=note)


def a_file(name: str = "offer.pdf", content: bytes = b"%PDF-1.7 ...") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def a_note(
    customer: Customer,
    by: User,
    words: str = "Look at this.",
    *files: SimpleUploadedFile,
    when: datetime | None = None,
) -> Memo:
    return services.write_note(
        customer,
        by=by,
        at=when or timezone.now(),
        words=words,
        files=[services.Checked(file=file, media_type="application/pdf") for file in files],
    )


def serves(customer: Customer, by: User, **team: User | None) -> None:
    services.seat([customer.pk], team=team, by=by, at=timezone.now())
