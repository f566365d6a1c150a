"""Reading order files: no database here."""

import gzip
import io
from datetime import date

import pytest
from hypothesis import given, strategies as st
from openpyxl import Workbook

from customers.imports import orders
from customers.imports.mappings import GENERIC, ONLINE_RETAIL, Mapping
from customers.imports.orders import PARTS, File, Found, FoundCustomer, FoundOrder
from customers.models import Lifecycle
from toolbox.sheets import SheetError

TODAY = date(2026, 11, 22)
RETAIL_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def read(*texts: str, mapping: Mapping = GENERIC) -> Found:
    files = [File(f"file{n}.csv", io.BytesIO(text.encode())) for n, text in enumerate(texts, start=1)]
    return orders.read_orders(files, mapping, today=TODAY)


def retail(*lines: str) -> str:
    return "\n".join([RETAIL_HEADER, *lines])


def amounts(found: Found) -> dict[str, int]:
    return {number: order.amount for number, order in found.orders.items()}


def errors(found: Found) -> list[tuple[str, str, str]]:
    return [(f"{e['column']}{e['row']}", e["value"], e["problem"]) for e in found.errors.shown]


def test_chinese_headers_below_a_title_are_found() -> None:
    found = read(
        "2026年订单明细\n\n"
        "序号,订单编号,客户编号,客户名称,下单日期,金额（元）,产品类别,省份\n"
        '1,DD-1,K001,苏州精工机械有限公司,2026/3/5,"12,300.50",齿轮,江苏省\n'
        "2,DD-2,K002,广州五金行,2026年3月6日,-80,,广东\n"
    )
    assert errors(found) == []
    assert amounts(found) == {"DD-1": 1_230_050, "DD-2": -80_00}
    assert [(o.customer, o.on, o.category, o.row) for o in found.orders.values()] == [
        ("K001", date(2026, 3, 5), "齿轮", 4),
        ("K002", date(2026, 3, 6), "", 5),
    ]
    assert [(c.name, c.province) for c in found.customers.values()] == [
        ("苏州精工机械有限公司", "32"),
        ("广州五金行", "44"),
    ]


def test_english_headers_in_any_order_and_no_names() -> None:
    found = read("Date;Order no.;Unit Price;QTY;Customer ID\n2026-01-02;A;2.50;4;X\n")
    assert amounts(found) == {"A": 10_00}
    assert found.customers["X"].name == "X"


def test_rows_of_an_order_are_added_up_and_the_largest_names_the_category() -> None:
    found = read(
        "订单号,客户编号,日期,数量,单价,品名\n1,K,2026-01-02,2.5,0.333,small\n1,K,2026-01-02,1000,0.0125,  large   one \n"
    )
    order = found.orders["1"]
    assert (order.amount, order.lines, order.category) == (13_33, 2, "large one")  # 0.8325 + 12.50


def test_what_cannot_be_seen_makes_no_other_customer_and_no_other_order() -> None:
    found = read(
        "订单号,客户编号,日期,金额\n1,C1,2026-01-02,1\n\u200b1,C1\u200b,2026-01-02,2\n2,\ufeffC1 ,2026-01-02,4\n"
    )
    assert errors(found) == []
    assert amounts(found) == {"1": 3_00, "2": 4_00}
    assert [(key, customer.code) for key, customer in found.customers.items()] == [("C1", "C1")]


@pytest.mark.parametrize("field", ["订单号", "客户编号"])
def test_a_number_or_code_of_nothing_that_can_be_seen_is_missing(field: str) -> None:
    found = read(
        "订单号,客户编号,日期,金额\n"
        + {"订单号": "\u200b,C1", "客户编号": "1,\u200b"}[field]
        + ",2026-01-02,1\n"
    )
    assert [problem for _cell, _value, problem in errors(found)] == [
        {"订单号": "The order number is missing.", "客户编号": "The customer code is missing."}[field]
    ]


def test_an_order_is_rounded_once_and_away_from_zero() -> None:
    found = read(
        "订单号,客户编号,日期,数量,单价\n"
        "up,K,2026-01-02,1,0.004\nup,K,2026-01-02,1,0.004\n"
        "half,K,2026-01-02,1,0.005\nback,K,2026-01-02,-1,0.005\n"
    )
    assert amounts(found) == {"up": 1, "half": 1, "back": -1}


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_adding_up_loses_nothing(cents: list[int]) -> None:
    order = FoundOrder("1", "K", TODAY, orders.Place("", "", None), 1)  # type: ignore[arg-type]
    for n in cents:
        sign = "-" if n < 0 else ""
        order.parts += orders.parse_price(f"{sign}{abs(n) // 100}.{abs(n) % 100:02}") * orders.parse_quantity(
            "1"
        )
    assert order.amount == sum(cents)
    assert order.parts % PARTS == 0


def test_every_bad_cell_is_named_with_what_to_do() -> None:
    found = read(
        "订单号,客户编号,客户名称,日期,金额,省份\n"
        ",K1,A,2026-01-02,10,\n"
        "2,,A,2026-01-02,10,\n"
        "3,K1,A,31.12.2026,10,\n"
        "4,K1,A,2026-12-31,10,\n"
        "5,K1,A,2026-01-02,ten,\n"
        "6,K1,A,,,\n"
        "7,K7,A,2026-01-02,10,Atlantis\n"
        f"{'8' * 61},K1,A,2026-01-02,10,\n"
        "9,K1,A,2026-01-02,10,\n"
        "9,K2,A,2026-01-02,10,\n"
        "9,K1,A,2026-01-03,10,\n"
        "10,K1,A,2026-01-02,9999999999999,\n"
        "10,K1,A,2026-01-02,9999999999999,\n"
    )
    assert errors(found) == [
        ("A2", "", "The order number is missing."),
        ("B3", "", "The customer code is missing."),
        ("D4", "31.12.2026", "This is not a date."),
        ("D5", "2026-12-31", "The day lies in the future."),
        ("E6", "ten", "This is not an amount."),
        ("E7", "", "“Amount” is empty."),
        ("D7", "", "“Ordered on” is empty."),
        ("F8", "Atlantis", "There is no such province."),
        ("A9", "8" * 61, "“Order number” is too long."),
        ("B11", "K2", "Order 9 belongs to customer K1 in row 10."),
        ("D12", "2026-01-03", "Order 9 has another day in row 10."),
        ("A13", "10", "That amount is too large to be true."),
    ]
    assert all(error["remedy"] for error in found.errors.shown)
    assert found.errors.shown[0] == {
        "file": "file1.csv",
        "sheet": "file1",
        "row": 2,
        "column": "A",
        "header": "订单号",
        "value": "",
        "problem": "The order number is missing.",
        "remedy": "Enter the number, or delete the row.",
    }


@pytest.mark.parametrize(
    "price, problem",
    [
        ("x", "This is not a number."),
        ("1.2345678", "The number has more than 6 decimals."),
        ("1e5", "The number was shortened, and its last digits are lost."),
        ("1,23", "This is not a number."),
        ("1.2.3", "This is not a number."),
        ("nan", "This is not a number."),
        ("--1", "This is not a number."),
    ],
)
def test_a_price_that_is_none_is_an_error(price: str, problem: str) -> None:
    found = read(f'订单号,客户编号,日期,数量,单价\n1,K,2026-01-02,1,"{price}"\n')
    assert errors(found) == [("E2", price, problem)]


def test_errors_are_counted_beyond_the_first_thousand() -> None:
    found = read("订单号,客户编号,日期,金额\n" + "1,K,2026-01-02,x\n" * 1_203)
    assert (len(found.errors.shown), found.errors.count) == (1_000, 1_203)


def test_missing_columns_are_named() -> None:
    found = read("订单号,客户名称,何时\n1,A,2026-01-02\n")
    assert [(e["problem"], e["remedy"]) for e in found.errors.shown] == [
        (
            "There is no column “Customer code”.",
            "Give the column one of these headers: 客户编号, Customer code, 客户代码, 客户编码.",
        ),
        (
            "There is no column “Ordered on”.",
            "Give the column one of these headers: 订单日期, Ordered on, 下单日期, 日期.",
        ),
        (
            "There is no column “Amount”.",
            "Give the column one of these headers: 金额, Amount, 订单金额, 总金额.",
        ),
    ]


def test_a_file_that_is_no_table_is_refused() -> None:
    with pytest.raises(SheetError):
        orders.read_orders([File("a.xlsx", io.BytesIO(b"PK\x03\x04 no"))], GENERIC, today=TODAY)


def test_a_workbook_is_read_sheet_by_sheet() -> None:
    book = Workbook()
    first = book.create_sheet("orders")
    first.append(["订单号", "客户编号", "日期", "金额"])
    first.append([20260001, 7, date(2026, 1, 2), 12.3])
    first.append(["B", "7", "2026-01-03", "8"])
    second = book.create_sheet("more")
    second.append(["日期", "金额", "客户编号", "订单号"])
    second.append(["2026-01-02", 12.30, 7, "20260001"])
    second.append(["2026-01-04", 1, "8", "C"])
    book.create_sheet("notes").append(["nothing here"])
    del book["Sheet"]
    stream = io.BytesIO()
    book.save(stream)
    found = orders.read_orders([File("a.xlsx", stream)], GENERIC, today=TODAY)
    assert errors(found) == []
    assert amounts(found) == {"20260001": 12_30, "B": 8_00, "C": 1_00}
    assert (found.repeated_orders, found.left_out, found.skipped_sheets) == (1, {"repeated": 1}, ["notes"])


LINES = (
    "1,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom",
    "1,22041,FRAME,48,2009-12-01 07:45:00,2.1,13085,United Kingdom",
    "1,22041,FRAME,48,2009-12-01 07:45:00,2.1,13085,United Kingdom",
    "1,POST,POSTAGE,1,2009-12-01 07:45:00,18.0,13085,United Kingdom",
    "1,22042,GIFT,1,2009-12-01 07:45:00,0.0,13085,United Kingdom",
    "2,85048,LIGHTS,1,2009-12-01 08:00:00,6.95,,United Kingdom",
    "C3,85048,LIGHTS,-1,2009-12-02 08:00:00,6.95,13085,United Kingdom",
    "4,m,Manual,1,2009-12-03 08:00:00,10.0,12346,France",
    "5,TEST001,A test,1,2009-12-03 08:00:00,10.0,12346,France",
    "6,gift_0001_20,Voucher,1,2009-12-03 08:00:00,10.0,12346,France",
)


def test_online_retail_leaves_out_by_rule_and_counts() -> None:
    found = read(retail(*LINES), mapping=ONLINE_RETAIL)
    assert errors(found) == []
    assert amounts(found) == {"1": 83_40 + 2 * 100_80, "C3": -6_95}
    assert found.orders["1"].identical_lines == 1
    assert found.left_out == {"no_goods": 4, "worthless": 1, "anonymous": 1}
    assert found.rows == sum(o.lines for o in found.orders.values()) + found.left_out.total()
    assert [(c.name, c.first_on, c.lifecycle(date(2009, 12, 9))) for c in found.customers.values()] == [
        ("Customer 13085 (United Kingdom)", date(2009, 12, 1), Lifecycle.NEW),
        ("Customer 12346 (France)", None, Lifecycle.PROSPECT),
    ]


def test_a_cancellation_is_never_worth_more_than_nothing() -> None:
    found = read(retail("C3,85048,LIGHTS,1,2009-12-02,6.95,13085,UK"), mapping=ONLINE_RETAIL)
    assert errors(found) == [("A2", "C3", "A cancellation is worth more than nothing.")]


def test_what_two_files_share_is_counted_once() -> None:
    again = [line.replace("LIGHTS", "LIGHTS ") for line in LINES[:4]]
    other = "7,85048,LIGHTS,1,2010-12-02,6.95,13085,United Kingdom"
    found = read(retail(*LINES), retail(*again, other), mapping=ONLINE_RETAIL)
    assert errors(found) == []
    assert amounts(found) == {"1": 285_00, "C3": -6_95, "7": 6_95}
    assert (found.repeated_orders, found.left_out["repeated"]) == (1, 3)
    assert found.customers["13085"].last_on == date(2010, 12, 2)


def test_what_two_files_tell_differently_is_an_error() -> None:
    found = read(retail(*LINES), retail(LINES[0]), mapping=ONLINE_RETAIL)
    assert errors(found) == [("A2", "1", "The order stands in row 2 of file1 with other content.")]
    assert found.errors.shown[0]["file"] == "file2.csv"


def test_a_gzipped_file_is_read_too() -> None:
    stream = io.BytesIO(gzip.compress(retail(*LINES).encode()))
    found = orders.read_orders([File("a.csv.gz", stream)], ONLINE_RETAIL, today=TODAY)
    assert found.rows == len(LINES)


@pytest.mark.parametrize(
    "first, last, stage",
    [
        (date(2011, 9, 10), date(2011, 9, 10), Lifecycle.NEW),
        (date(2011, 9, 9), date(2011, 12, 1), Lifecycle.ACTIVE),
        (date(2010, 1, 1), date(2011, 6, 12), Lifecycle.ACTIVE),
        (date(2010, 1, 1), date(2011, 6, 11), Lifecycle.DORMANT),
        (date(2010, 1, 1), date(2010, 12, 9), Lifecycle.DORMANT),
        (date(2010, 1, 1), date(2010, 12, 8), Lifecycle.LOST),
        (None, None, Lifecycle.PROSPECT),
    ],
)
def test_the_lifecycle_follows_the_orders(first: date | None, last: date | None, stage: Lifecycle) -> None:
    assert FoundCustomer("1", "A", "", first, last).lifecycle(date(2011, 12, 9)) == stage
