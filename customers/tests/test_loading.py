"""Files of orders laid beside the book, and written into it: all or nothing."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from customers.imports import loading
from customers.imports.mappings import Columns
from customers.imports.orders import PARTS, Found, FoundCustomer, FoundOrder, Place
from customers.models import Customer, Lifecycle, Order, Source, Standing
from customers.tests.making import a_customer, an_order

pytestmark = pytest.mark.django_db
HEADER = "订单号,客户编号,客户名称,日期,金额,产品类别,省份\n"


@pytest.fixture
def load(tmp_path: Path) -> "Load":
    return Load(tmp_path)


class Load:
    """`load(rows, …)` runs the command on generic files of these rows."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *files: str, **options: object) -> str:
        paths = []
        for n, rows in enumerate(files, start=1):
            paths.append(self.directory / f"orders{n}.csv")
            paths[-1].write_text(HEADER + rows, encoding="utf-8")
        out = StringIO()
        call_command("load_orders", *map(str, paths), stdout=out, **options)
        return out.getvalue()

    def refused(self, *files: str) -> list[str]:
        """The lines of errors."""
        err = StringIO()
        with pytest.raises(CommandError, match=r"Nothing was loaded\.$"):
            self(*files, stderr=err)
        return err.getvalue().splitlines()


TWO = "1,K1,苏州精工,2026-01-02,100,齿轮,江苏\n2,K1,苏州精工,2026-10-30,50.5,,江苏\n3,K2,广州五金,2025-01-02,-7,,\n"


def test_new_customers_come_with_standing_history_and_search(load: Load) -> None:
    assert "Loaded." in load(TWO)
    first, second = Customer.objects.order_by("code")
    assert (first.code, first.name, first.province, first.source) == ("K1", "苏州精工", "32", Source.IMPORT)
    assert (first.cooperation_since, first.lifecycle) == (date(2026, 1, 2), Lifecycle.ACTIVE)
    assert (second.cooperation_since, second.lifecycle) == (date(2025, 1, 2), Lifecycle.LOST)
    assert (first.initials, first.name_key, first.version) == ("SZJG", "su zhou jing gong", 1)
    assert list(Customer.objects.matching("szjg")) == [first]
    assert Standing.objects.get(customer=first).tier is None
    assert [(h.name, h.history_type, h.history_user) for h in first.history.all()] == [
        ("苏州精工", "+", None)
    ]
    orders = Order.objects.order_by("number").values_list(
        "number", "customer__code", "ordered_on", "amount", "category", "customised_share"
    )
    assert list(orders) == [
        ("1", "K1", date(2026, 1, 2), 100_00, "齿轮", None),
        ("2", "K1", date(2026, 10, 30), 50_50, "", None),
        ("3", "K2", date(2025, 1, 2), -7_00, "", None),
    ]


def test_the_same_file_again_changes_nothing_and_says_so(load: Load) -> None:
    load(TWO)
    before = list(Order.objects.order_by("pk").values()), list(Customer.objects.order_by("pk").values())
    said = load(TWO)
    assert "Nothing is new." in said
    assert "customers: 0 new, 2 known" in said
    assert "orders: 0 new and 0 returns new, 3 known" in said
    assert before == (
        list(Order.objects.order_by("pk").values()),
        list(Customer.objects.order_by("pk").values()),
    )


def test_a_known_customer_keeps_its_profile_and_gets_the_orders(load: Load) -> None:
    acme = a_customer("Acme", code="K1", lifecycle=Lifecycle.DORMANT)
    load(TWO)
    acme.refresh_from_db()
    assert (acme.name, acme.lifecycle, acme.version, acme.orders.count()) == ("Acme", "dormant", 1, 2)


def test_an_order_on_record_with_other_content_refuses_the_file(load: Load) -> None:
    an_order(a_customer("Acme", code="K1"), date(2026, 1, 2), 99_00, number="1")
    said = load.refused(TWO)
    assert " ".join(said) == (
        "orders1.csv, orders1, A2 (订单号): “1”: The order is on record with other content: customer K1, "
        "2026-01-02, ¥99. Correct the file, or have an administrator correct the order on record, then send "
        "the file again."
    )
    assert (Customer.objects.count(), Order.objects.count()) == (1, 1)


def test_a_file_with_one_bad_cell_is_refused_as_a_whole(load: Load) -> None:
    said = load.refused(TWO + "4,K3,C,2026-13-01,1,,\n")
    assert " ".join(said) == (
        "orders1.csv, orders1, D5 (日期): “2026-13-01”: There is no day 2026-13-01. "
        "Enter a date such as 2026-09-30."
    )
    assert (Customer.objects.count(), Order.objects.count()) == (0, 0)


def test_a_dry_run_says_the_same_and_writes_nothing(load: Load) -> None:
    foreseen = load(TWO, dry_run=True)
    assert Order.objects.count() == 0
    done = load(TWO)
    assert foreseen.splitlines()[:-1] == done.splitlines()[:-1]
    assert foreseen.splitlines()[-1] == "Checked; nothing was changed."


def test_what_fails_half_way_leaves_nothing() -> None:
    """The last table refuses an amount that no file is let through with: neither customers nor standings stay."""
    place = Place("orders.csv", "orders", Columns({}, []))
    order = FoundOrder("1", "K1", date(2026, 1, 2), place, row=2, parts=10**16 * PARTS)
    found = Found(orders={"1": order}, customers={"K1": FoundCustomer("K1", "苏州精工")})

    with pytest.raises(IntegrityError):
        loading.load_found(found, by=None)

    assert not Customer.objects.exists()
    assert not Standing.objects.exists()
    assert not Customer.history.exists()


def test_two_files_share_an_order(load: Load) -> None:
    said = load(TWO, "1,K1,苏州精工,2026-01-02,100,齿轮,江苏\n4,K1,苏州精工,2026-01-02,1,,\n")
    assert "in orders that stand in two files or sheets: 1" in said
    assert Order.objects.count() == 4


@pytest.mark.parametrize("rows", [1, 300])
def test_a_load_asks_as_much_for_many_as_for_one(
    load: Load, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(23):
        load("".join(f"{n},K{n},Customer {n},2026-01-02,1,,\n" for n in range(rows)))
    assert Order.objects.count() == rows


def test_a_missing_file_is_said_calmly(load: Load) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("load_orders", "/nowhere/orders.csv")
