"""Files with a row for each line of an order: added up, with the customers they bring; the orders are taken back."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.imports import undoing
from customers.models import Correction, Customer, Lifecycle, Order
from customers.tests.imports_making import commit, committed, counted, planned, said, undo
from customers.tests.making import a_contact, a_customer, an_order

pytestmark = pytest.mark.django_db
HEAD = "订单号,客户编号,客户名称,订单日期,数量,单价,产品类别,省份\n"
LINES = HEAD + (
    "S1,A1,,2026-01-05,2,10.50,齿轮,\n"
    "S2,N1,新客户,2026-01-06,1,5,轴承,江苏\n"
    "S1,A1,,2026-01-05,3,100,电机,\n"
    "S1,A1,,2026-01-05,2,10.50,齿轮,\n"
    "S3,N1,新客户,2026-02-06,-1,5,轴承,江苏\n"
)


@pytest.fixture
def acme(dora: User) -> Customer:
    return a_customer("Acme", owner=dora, code="A1")


def orders() -> list[tuple[str, str, int, str]]:
    rows = Order.objects.order_by("number").values_list("number", "customer__code", "amount", "category")
    return list(rows)


def test_lines_are_added_up_and_new_customers_come_along_and_all_of_it_goes_again(
    acme: Customer, dora: User
) -> None:
    parent = planned(LINES, "order_lines", dora)
    assert (counted(parent), parent.errors) == ((3, 0, 0, 0, 0), [])
    assert [remark["problem"] for remark in parent.remarks] == [
        "1 line of this order equals another one. It is taken for a second purchase and counted."
    ]
    assert Customer.objects.count() == 1
    parent = commit(parent)
    assert orders() == [("S1", "A1", 342_00, "电机"), ("S2", "N1", 5_00, "轴承"), ("S3", "N1", -5_00, "轴承")]
    new = Customer.objects.get(code="N1")
    assert (new.name, new.province, new.cooperation_since, new.lifecycle) == (
        "新客户", "32", date(2026, 1, 6), Lifecycle.NEW,
    )  # fmt: skip
    assert counted(planned(LINES, "order_lines", dora)) == (0, 0, 3, 0, 0)
    assert undo(parent).state == "undone"
    assert orders() == []
    assert list(Customer.objects.values_list("code", flat=True)) == ["A1"]
    assert list(Customer.history.filter(code="N1").order_by("pk").values_list("history_type", flat=True)) == [
        "+", "-",
    ]  # fmt: skip
    kept = Correction.objects.values_list("customer__code", "changes__number")
    assert list(kept) == [("A1", ["S1", None])]
    again = commit(planned(LINES, "order_lines", dora))
    assert (counted(again), len(orders()), Customer.objects.count()) == ((3, 0, 0, 0, 0), 3, 2)
    assert (undo(again).state, orders(), Customer.objects.count()) == ("undone", [], 1)


@pytest.mark.parametrize(
    "what, problem",
    [
        ("contact", "Something hangs on this customer by now: contacts."),
        ("order", "Something hangs on this customer by now: orders."),
        ("name", "This customer was edited since."),
    ],
)
def test_a_customer_who_came_along_stays_where_something_hangs_on_them_and_the_rest_can_go(
    acme: Customer, dora: User, what: str, problem: str
) -> None:
    parent = committed(LINES + "S4,N2,另一家,2026-02-06,1,5,轴承,\n", "order_lines", dora)
    new = Customer.objects.get(code="N1")
    if what == "contact":
        a_contact(new, "韩梅梅")
    elif what == "order":
        an_order(new, date(2026, 3, 1))
    else:
        new.notes = "later"
        services.save_customer(new, version=new.version, by=dora)
    before = orders()
    found = [(row["row"], row["label"], row["problem"]) for row in undoing.obstacles(parent).shown]
    assert found == [(3, "新客户", problem)]
    parent = undo(parent)
    assert (parent.state, orders(), parent.counts["obstacles"]) == ("done", before, 1)
    assert [(row["row"], row["label"], row["problem"]) for row in parent.obstacles] == found
    assert undo(parent, leaves_obstacles=True).state == "undone"
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "N1"]
    assert Order.objects.count() == (what == "order")


def test_a_customer_whom_somebody_recorded_before_the_commit_is_not_of_the_sheet(
    acme: Customer, dora: User
) -> None:
    parent = planned(LINES, "order_lines", dora)
    a_customer("新客户", owner=dora, code="N1")
    parent = undo(commit(parent))
    assert (parent.state, orders()) == ("undone", [])
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "N1"]


def test_lines_of_one_order_agree_and_what_cannot_be_read_is_named(acme: Customer, dora: User) -> None:
    text = HEAD + (
        "S1,A1,,2026-01-05,2,10,齿轮,\n"
        "S1,B9,,2026-01-05,1,10,齿轮,\n"
        "S1,A1,,2026-01-06,1,10,齿轮,\n"
        "S2,A1,,2026-01-06,many,10,齿轮,\n"
        "S3,N1,X,2026-01-06,1,10,,Atlantis\n"
    )
    parent = planned(text, "order_lines", dora)
    assert [(row, column) for row, column, _problem in said(parent)] == [
        (3, "A"), (4, "A"), (5, "E"), (6, "H"),
    ]  # fmt: skip
    assert not parent.may_be_committed


def test_an_amount_column_goes_before_quantity_and_price(acme: Customer, dora: User) -> None:
    text = (
        "订单号,客户编号,订单日期,数量,单价,金额\nS1,A1,2026-01-05,2,10,19.90\nS1,A1,2026-01-05,1,10,9.95\n"
    )
    committed(text, "order_lines", dora)
    assert orders() == [("S1", "A1", 29_85, "")]


def test_a_price_is_in_the_unit_of_its_header(acme: Customer, dora: User) -> None:
    text = "订单号,客户编号,订单日期,数量,单价（万元）\nS1,A1,2026-01-05,2,1.5\n"
    foreign = planned(text.replace("万元", "美元"), "order_lines", dora)
    assert [(row, column) for row, column, _problem in said(foreign)] == [(2, "E")]
    committed(text, "order_lines", dora)
    assert orders() == [("S1", "A1", 30_000_00, "")]


def test_an_order_on_record_is_changed_only_after_it_was_shown(acme: Customer, dora: User) -> None:
    committed(LINES, "order_lines", dora)
    parent = planned(
        LINES.replace("S2,N1,新客户,2026-01-06,1,5", "S2,N1,新客户,2026-01-06,2,5"), "order_lines", dora
    )
    assert (counted(parent), parent.counts["cells"]) == ((0, 1, 2, 0, 0), {"amount": 1})
    assert undo(commit(parent)).state == "undone"
    assert Order.objects.get(number="S2").amount == 5_00


def test_who_may_not_load_orders_may_not_import_their_lines(acme: Customer, alice: User) -> None:
    parent = planned(LINES, "order_lines", alice)
    assert (parent.state, Order.objects.count(), timezone.now() > parent.created_at) == ("failed", 0, True)
