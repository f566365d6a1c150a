"""Contacts, orders, payments and contracts as rows of a sheet."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.models import Contact, Contract, Correction, Customer, Order, Payment
from customers.services import as_they_stood
from customers.tests.imports_making import State, a_sheet, commit, committed, counted, planned, said, undo
from customers.tests.making import a_contact, a_customer, a_payment, an_order
from toolbox.tests.sheets_making import workbook

pytestmark = pytest.mark.django_db
ORDERS = "订单号,客户编号,客户名称,订单日期,金额（万元）,产品类别,定制化占比\n"
SHEETS = {
    "contacts": "客户编号,联系人,职务,手机,邮箱,主要联系人\nA1,李雷,采购经理,13800138000,li@example.com,是\nA1,韩梅梅,,,,\n",
    "orders": ORDERS + "D1,A1,Acme,2026-01-05,12.5,齿轮,30%\nD2,A1,,2026年2月1日,(0.2),,\n",
    "payments": "客户编号,订单号,金额,到期日,付款日期\nA1,,100,2026-03-01,\nA1,,100,2026-03-01,2026-02-25\n",
    "contracts": "合同编号,客户名称,合同名称,合同金额,开始日期,结束日期,续签日期\nH1,Acme,框架,50万,2025-01-01,2025-12-31,2025-12-01\n",
}


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, code="A1")


def everything() -> dict[str, list[Any]]:
    return {
        "contacts": list(Contact.objects.order_by("pk").values_list("name", "title", "phone", "email", "is_primary")),
        "orders": list(Order.objects.order_by("pk").values_list("number", "ordered_on", "amount", "category", "customised_share")),
        "payments": list(Payment.objects.order_by("pk").values_list("amount", "due_on", "paid_on")),
        "contracts": list(Contract.objects.order_by("pk").values_list("number", "subject", "amount", "ends_on", "renewed_on")),
    }  # fmt: skip


NOTHING: dict[str, list[Any]] = {"contacts": [], "orders": [], "payments": [], "contracts": []}
WHOLE: dict[str, list[Any]] = {
    "contacts": [("李雷", "采购经理", "13800138000", "li@example.com", True), ("韩梅梅", "", "", "", False)],
    "orders": [
        ("D1", date(2026, 1, 5), 125_000_00, "齿轮", 3_000),
        ("D2", date(2026, 2, 1), -2_000_00, "", None),
    ],
    "payments": [(100_00, date(2026, 3, 1), None), (100_00, date(2026, 3, 1), date(2026, 2, 25))],
    "contracts": [("H1", "框架", 500_000_00, date(2025, 12, 31), date(2025, 12, 1))],
}


@pytest.mark.parametrize("kind", sorted(SHEETS))
def test_every_kind_comes_in_exactly_once_and_goes_again(acme: Customer, alice: User, kind: str) -> None:
    parent = committed(SHEETS[kind], kind, alice)
    assert everything() == NOTHING | {kind: WHOLE[kind]}
    assert counted(planned(SHEETS[kind], kind, alice)) == (0, 0, len(WHOLE[kind]), 0, 0)
    assert undo(parent).state == State.UNDONE
    assert everything() == NOTHING
    if kind == "contacts":
        assert not Customer.objects.matching("李雷").exists()
        committed(SHEETS[kind], kind, alice)
        assert Customer.objects.matching("李雷").get() == acme


def test_a_payment_that_was_open_is_paid_by_a_later_sheet(acme: Customer, alice: User) -> None:
    order = an_order(acme, date(2026, 1, 1), number="D1")
    head = "客户编号,订单号,金额,到期日,付款日期\n"
    committed(head + "A1,D1,100,2026-03-01,\n", "payments", alice)
    parent = committed(head + "A1,D1,100,2026-03-01,2026-02-25\n", "payments", alice)
    assert counted(parent) == (0, 1, 0, 0, 0)
    paid = Payment.objects.get()
    assert (paid.order, paid.paid_on) == (order, date(2026, 2, 25))
    assert Correction.objects.get().changes == {"paid_on": [None, "2026-02-25"]}
    undo(parent)
    paid.refresh_from_db()
    assert paid.paid_on is None


def test_orders_on_record_are_changed_by_directors_alone_and_read_as_they_stood(
    acme: Customer, alice: User, dora: User
) -> None:
    an_order(acme, date(2026, 1, 5), number="D1", amount=5_00)
    text = "订单号,客户编号,订单日期,金额\nD1,A1,2026-01-05,6\n"
    refused = planned(text, "orders", alice)
    assert said(refused) == [(2, "D", "This is on record with other content, and you may not change it.")]
    before = timezone.now()
    committed(text, "orders", dora)
    assert Order.objects.get().amount == 6_00
    with transaction.atomic(), as_they_stood(before, first=acme.pk, last=acme.pk):
        assert Order.objects.get().amount == 5_00


def test_what_was_taken_back_is_there_for_whoever_froze_before(acme: Customer, alice: User) -> None:
    parent = committed(SHEETS["orders"], "orders", alice)
    before = timezone.now()
    undo(parent)
    assert not Order.objects.exists()
    with transaction.atomic(), as_they_stood(before, first=acme.pk, last=acme.pk):
        assert sorted(Order.objects.values_list("amount", flat=True)) == [-2_000_00, 125_000_00]


def test_foreign_and_missing_customers_are_refused_alike(acme: Customer, alice: User, carol: User) -> None:
    foreign = a_customer("Foreign", owner=carol, code="F1")
    an_order(foreign, date(2026, 1, 1), number="X1")
    text = ORDERS + (
        "D1,F1,,2026-01-05,1,,\n"
        "D2,F9,,2026-01-05,1,,\n"
        "X1,A1,,2026-01-05,1,,\n"
        "D3,A1,Beta,2026-01-05,1,,\n"
        "D4,A1,Acme,,1,,\n"
        "D5,A1,Acme,2999-01-05,1,,\n"
        "D6,,,2026-01-05,1,,\n"
        "D6,A1,,2026-01-05,1,,\n"
    )
    missing = "There is no customer with this code among those you may see."
    assert said(planned(text, "orders", alice)) == [
        (2, "B", missing),
        (3, "B", missing),
        (4, "A", "This number is taken, and not by one of yours."),
        (5, "C", "The customer with this code is called “Acme”."),
        (6, "D", "“Ordered on” is missing."),
        (7, "D", "The year cannot be right."),
        (8, "B", "“Customer code” is missing."),
        (9, "A", "This number stands in row 8 already."),
    ]


def test_amounts_in_another_currency_are_refused(acme: Customer, alice: User) -> None:
    parent = planned("订单号,客户编号,订单日期,金额（美元）\nD1,A1,2026-01-05,100\n", "orders", alice)
    assert said(parent) == [(2, "D", "The column is in USD, and amounts are kept in CNY.")]


def test_characters_that_nobody_sees_are_none(acme: Customer, alice: User) -> None:
    text = "订单号,客户编号,订单日期,金额\nD1,\u202aA1\u202c,2026-01-05\u200b,￥1\u200b00\nD2\ufeff,A1\u200b,\u202a2026年1月5日,\xa05\n"
    committed(text, "orders", alice)
    rows = Order.objects.order_by("number").values_list("number", "customer__code", "ordered_on", "amount")
    assert list(rows) == [("D1", "A1", date(2026, 1, 5), 100_00), ("D2", "A1", date(2026, 1, 5), 5_00)]
    inside = planned(text.replace("D1", "D\u200b1"), "orders", alice)
    assert [row[:2] for row in said(inside)] == [(2, "A")]


@pytest.mark.parametrize(
    "shares, wrong",
    [
        (["0.3", "1", "0", "30%"], []),
        (["30", "2.5", "0", "0.5%"], []),
        (["30", "1"], [3]),
        (["0.3", "30", "0.5"], [3]),
    ],
)
def test_a_column_of_shares_has_fractions_or_percents(
    acme: Customer, alice: User, shares: list[str], wrong: list[int]
) -> None:
    rows = "".join(f"D{n},A1,2026-01-05,5,{share}\n" for n, share in enumerate(shares))
    parent = planned(f"订单号,客户编号,订单日期,金额,定制化占比\n{rows}", "orders", alice)
    assert [(row, column) for row, column, _problem in said(parent)] == [(row, "E") for row in wrong]


@pytest.mark.parametrize(
    "code, is_taken",
    [
        ("[$$-409]#,##0.00", False),
        ('"US$"#,##0.00', False),
        ("#,##0.00\\ [$€-407]", False),
        ("[$HK$-C04]#,##0.00", False),
        ('"¥"#,##0.00;[Red]\\-"¥"#,##0.00', True),
        ("[$-804]#,##0.00", True),
        ("[$￥-804]#,##0.00", True),
        ("#,##0.00_);[Red](#,##0.00)", True),
    ],
)
def test_amounts_that_are_shown_in_another_currency_are_refused(
    acme: Customer, dora: User, code: str, is_taken: bool
) -> None:
    cells = dict(
        zip(("A1", "B1", "C1", "D1", "E1"), ("订单号", "客户编号", "订单日期", "数量", "单价"), strict=True)
    )
    data = workbook({**cells, "A2": "D1", "B2": "A1", "C2": "2026-01-05", "D2": 2, "E2": 5}, {"E2": code})
    lines = planned(SimpleUploadedFile("x.xlsx", data), "order_lines", dora)
    assert [row[:2] for row in said(lines)] == ([] if is_taken else [(2, "E")])
    whole = workbook(
        {**cells, "E1": "金额", "A2": "D1", "B2": "A1", "C2": "2026-01-05", "E2": 5}, {"E2": code}
    )
    orders = planned(SimpleUploadedFile("x.xlsx", whole), "orders", dora)
    assert [row[:2] for row in said(orders)] == ([] if is_taken else [(2, "E")])


def test_a_row_in_another_currency_is_refused(acme: Customer, dora: User) -> None:
    text = "订单号,客户编号,订单日期,金额,币种\nD1,A1,2026-01-05,5,人民币\nD2,A1,2026-01-05,5,美元\nD3,A1,2026-01-05,5,\n"
    for kind in ("orders", "order_lines"):
        parent = planned(text, kind, dora)
        assert said(parent) == [
            (3, "E", "The amounts of this row are in another currency, and amounts are kept in CNY.")
        ]
    assert committed(text.replace("美元", "RMB"), "orders", dora).counts["new"] == 3


@pytest.mark.parametrize(
    "kind, text",
    [
        ("contacts", "单位名称,姓名,职位,移动电话,邮箱地址\nAcme,李雷,采购经理,13800138000,li@example.com\n"),
        (
            "orders",
            "单据日期,单据编号,购货单位代码,购货单位,价税合计(本位币),货物名称\n2026-1-5,D1,A1,Acme,1130,齿轮\n",
        ),
        ("payments", "付款单位,应收账款,应收日,实收日期\nAcme,1130,2026/1/5,2026/1/4\n"),
        (
            "contracts",
            "合同号,甲方,项目名称,合同总价,签约日期,合同终止日期\nH1,Acme,框架,50万,2025-1-1,2025-12-31\n",
        ),
    ],
)
def test_sheets_of_other_programs_are_known(acme: Customer, alice: User, kind: str, text: str) -> None:
    parent = committed(text, kind, alice)
    assert len(parent.mapping) == len(parent.found["headers"])


def test_a_unit_above_the_table_counts(acme: Customer, alice: User) -> None:
    remark = ["编制单位：甲公司", None, None, "单位：万元"]
    head = ["订单号", "客户编号", "订单日期", "金额"]
    committed(a_sheet(["订单表"], remark, head, ["D1", "A1", "2026-01-05", 12.5]), "orders", alice)
    assert Order.objects.get().amount == 125_000_00


def test_a_correction_since_stands_in_the_way_of_an_undo(acme: Customer, alice: User) -> None:
    parent = committed(SHEETS["contacts"], "contacts", alice)
    one = Contact.objects.get(name="李雷")
    one.phone = "13900139000"
    services.save_fact(one, changed=["phone"], by=alice)
    parent = undo(parent)
    assert [(row["row"], row["problem"]) for row in parent.obstacles] == [(2, "It was corrected since.")]
    undo(parent, leaves_obstacles=True)
    assert list(Contact.objects.values_list("name", flat=True)) == ["李雷"]


def test_facts_of_a_customer_who_was_merged_go_to_who_stayed(acme: Customer, alice: User, dora: User) -> None:
    gone = a_customer("Old Acme", owner=alice, code="OLD")
    services.merge(acme, gone, fields={}, by=dora, at=timezone.now())
    committed("订单号,客户编号,订单日期,金额\nD1,OLD,2026-01-05,6\n", "orders", alice)
    assert Order.objects.get().customer == acme


def test_a_customer_given_away_meanwhile_stops_the_commit(
    acme: Customer, alice: User, carol: User, dora: User
) -> None:
    parent = planned(SHEETS["orders"], "orders", alice)
    services.assign([acme.pk], by=dora, owner=carol)
    assert commit(parent).state == State.STALE
    assert not Order.objects.exists()


def test_contracts_do_not_end_before_they_start(acme: Customer, alice: User) -> None:
    text = "合同编号,客户编号,开始日期,结束日期\nH1,A1,2026-02-01,2026-01-01\n"
    assert said(planned(text, "contracts", alice)) == [(2, "D", "A contract cannot end before it starts.")]


def test_two_contacts_of_a_name_are_not_told_apart_by_guessing(acme: Customer, alice: User) -> None:
    for _twice in range(2):
        a_contact(acme, "李雷")
    parent = planned("客户编号,联系人,手机\nA1,李雷,13800138000\n", "contacts", alice)
    assert said(parent) == [(2, "B", "The customer has several contacts of this name.")]


def test_the_same_payment_on_record_twice_is_matched_one_by_one(acme: Customer, alice: User) -> None:
    for _twice in range(2):
        a_payment(acme, date(2026, 3, 1), amount=100_00)
    text = "客户编号,金额,到期日\n" + "A1,100,2026-03-01\n" * 3
    assert counted(planned(text, "payments", alice)) == (1, 0, 2, 0, 0)
