import pytest
from django.db import connection

from accounts.models import User
from customers.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(alice: User) -> list[Customer]:
    return [Customer.objects.create(code=f"A{n}", name=f"客户{n}", owner=alice) for n in range(3)]


def test_finds_numbers_texts_and_what_keys_point_to(customers: list[Customer], alice: User) -> None:
    pks = [customer.pk for customer in customers]

    assert list(Customer.objects.filter(pk__among=pks[:2]).order_by("pk")) == customers[:2]
    assert list(Customer.objects.filter(code__among={"A2", "B1"})) == customers[2:]
    assert Customer.objects.filter(owner__among=[alice.pk, alice.pk]).count() == 3
    assert Customer.objects.filter(owner__pk__among=[alice.pk + 1]).count() == 0


def test_nothing_is_among_nothing(customers: list[Customer]) -> None:
    assert not Customer.objects.filter(pk__among=[])
    assert len(Customer.objects.exclude(pk__among=[])) == 3


@pytest.mark.postgres
def test_many_are_one_parameter() -> None:
    sql, params = (
        Customer.objects.filter(pk__among=range(10_000)).query.get_compiler(connection=connection).as_sql()
    )

    assert "= ANY(%s::bigint[])" in sql
    assert len(params) == 1
