"""Where the table is in a sheet, and which column is which: as people make sheets."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from toolbox import sheets
from toolbox.sheets import Book, Header, KnownColumn, SheetError, Table, find_table, match, read_header
from toolbox.tests.sheets_making import rows_of, saved

KNOWN = [
    KnownColumn("code", ("客户编号", "Customer code", "编号"), is_required=True),
    KnownColumn("name", ("客户名称", "Customer name", "公司名称", "名称")),
    KnownColumn("number", ("订单号", "订单编号", "Order number")),
    KnownColumn("amount", ("金额", "订单金额", "Amount")),
    KnownColumn("date", ("订单日期", "日期", "Date")),
    KnownColumn("share", ("占比", "Share")),
]
HEAD: list[Any] = ["客户编号", "客户名称", "金额", "日期"]
DATA: list[list[Any]] = [["001", "甲公司", 1.5, "2026-01-02"], ["002", "乙公司", 2, "2026-01-03"]]


def opened(data: bytes, name: str = "x.csv") -> Book:
    return sheets.read(io.BytesIO(data), name=name)


def table(rows: list[list[Any]], merged: tuple[str, ...] = (), **more: Any) -> Table:
    return find_table(opened(rows_of(rows, merged=merged)), KNOWN, **more)


def values(found: Table) -> list[list[Any]]:
    return [row.values for row in found.rows()]


def recognised(found: Table) -> tuple[tuple[int, ...], int, int, int]:
    return (found.header_rows, found.first_row, found.last_row, found.count)


def test_a_plain_table_is_found() -> None:
    found = table([HEAD, *DATA])
    assert recognised(found) == ((1,), 2, 3, 2)
    assert values(found) == DATA
    assert dict(found.matches.at) == {"code": 0, "name": 1, "amount": 2, "date": 3}
    assert found.samples == [["001", "002"], ["甲公司", "乙公司"], ["1.5", "2"], ["2026-01-02", "2026-01-03"]]
    assert (found.skipped, found.nameless, found.duplicates) == ([], [], {})


def test_titles_notes_and_blank_rows_may_stand_above_and_columns_may_be_empty() -> None:
    rows: list[list[Any]] = [
        ["2026年客户订单明细表"],
        ["单位：元", None, None, None, "日期：2026-01-31"],
        ["本表由销售部填写，客户编号请勿修改。"],
        [],
        [None, None, *HEAD],
        *[[None, None, *row] for row in DATA],
    ]
    found = table(rows, merged=("A1:F1",))
    assert recognised(found) == ((5,), 6, 7, 2)
    assert dict(found.matches.at) == {"code": 2, "name": 3, "amount": 4, "date": 5}


@pytest.mark.parametrize(
    "remark, unit, factor, currency",
    [
        ("单位：万元", "万元", 10_000, ""),
        ("金额单位：人民币千元", "人民币千元", 1_000, ""),
        ("单位：美元", "美元", 1, "USD"),
        ("编制单位：万元公司", "", 1, ""),
        ("计量单位：吨", "", 1, ""),
    ],
)
def test_a_unit_above_the_table_is_that_of_its_amounts(
    remark: str, unit: str, factor: int, currency: str
) -> None:
    found = table([["订单表"], ["编制：甲公司", None, None, remark], HEAD, *DATA])
    assert (recognised(found), found.unit) == (((3,), 4, 5, 2), unit)
    header = found.header("amount")
    assert (header.text, header.plain, header.factor, header.currency) == ("金额", "金额", factor, currency)


def test_a_header_with_a_unit_of_its_own_keeps_it() -> None:
    found = table([["单位：万元"], ["客户编号", "客户名称", "金额（元）", "占比%"], ["1", "甲", 1, 2]])
    assert [(header.factor, header.is_percent) for header in found.headers] == [
        (10_000, False), (10_000, False), (1, False), (1, True),
    ]  # fmt: skip


def test_two_header_rows_are_joined() -> None:
    rows: list[list[Any]] = [
        ["客户", None, "订单", None, None],
        ["编号", "名称", "订单号", "金额", "日期"],
        ["001", "甲", "D1", 1, "2026-01-02"],
    ]
    found = table(rows, merged=("A1:B1", "C1:E1"))
    assert recognised(found) == ((1, 2), 3, 3, 1)
    assert [header.text for header in found.headers] == [
        "客户 / 编号",
        "客户 / 名称",
        "订单 / 订单号",
        "订单 / 金额",
        "订单 / 日期",
    ]
    assert dict(found.matches.at) == {"code": 0, "name": 1, "number": 2, "amount": 3, "date": 4}


def test_headers_merged_downwards_stand_there_once() -> None:
    rows: list[list[Any]] = [
        ["销售报表"],
        ["客户编号", "客户名称", "订单", None],
        [None, None, "金额", "日期"],
        *DATA,
    ]
    found = table(rows, merged=("A1:D1", "A2:A3", "B2:B3", "C2:D2"))
    assert recognised(found) == ((2, 3), 4, 5, 2)
    assert [header.text for header in found.headers] == ["客户编号", "客户名称", "订单 / 金额", "订单 / 日期"]
    assert dict(found.matches.at) == {"code": 0, "name": 1, "amount": 2, "date": 3}


def test_two_header_rows_of_a_text_file_are_joined_too() -> None:
    data = "客户编号,客户名称,订单,\n,,金额,日期\n001,甲,1,2026-01-02\n"
    found = find_table(opened(data.encode()), KNOWN)
    assert recognised(found) == ((1, 2), 3, 3, 1)
    assert [header.text for header in found.headers] == ["客户编号", "客户名称", "订单 / 金额", "订单 / 日期"]


def test_a_first_row_of_texts_is_no_second_header() -> None:
    rows: list[list[Any]] = [["客户编号", "客户名称", "日期"], ["A1", "甲", "2026-01-02"], ["A2", None, None]]
    assert recognised(table(rows)) == ((1,), 2, 3, 2)


@pytest.mark.parametrize(
    "word",
    ["合计", "总计：", "小 计", "合计（元）", "本页小计", "Total", "Grand total", "一季度合计", "合計"],
)
def test_totals_are_skipped_and_said(word: str) -> None:
    found = table([HEAD, DATA[0], [word, None, 1.5], DATA[1], [None, word, 3.5, None]])
    assert values(found) == DATA
    assert [(skipped.row, skipped.why) for skipped in found.skipped] == [(3, "total"), (5, "total")]
    assert recognised(found) == ((1,), 2, 4, 2)


@pytest.mark.parametrize(
    "row",
    [
        ["苏州精工机械有限公司 汇总", None, 3.5],
        ["001", "小计", 3.5],
        [None, "合计", 3.5],
        ["Acme Total", None, 3.5],
    ],
)
def test_sums_of_a_group_are_skipped(row: list[Any]) -> None:
    found = table([HEAD, DATA[0], row, DATA[1]])
    assert values(found) == DATA
    assert [(skipped.row, skipped.why) for skipped in found.skipped] == [(3, "total")]


def test_what_is_to_be_filled_in_and_examples_are_skipped() -> None:
    demands = ["（必填）", "必填", None, "选填"]
    found = table([HEAD, demands, ["示例：001", "示例公司", 1, "2026-01-01"], *DATA])
    assert (values(found), found.first_row) == (DATA, 4)
    assert [(skipped.row, skipped.why) for skipped in found.skipped] == [(2, "header"), (3, "note")]
    later = [["示例公司", "必填公司", None, None], ["示例：002", "x", None, None]]
    assert len(values(table([HEAD, *DATA, *later]))) == 4


def test_what_is_merged_downwards_counts_for_each_row_but_an_amount_does_not() -> None:
    rows: list[list[Any]] = [
        ["客户名称", "订单号", "日期", "金额", "占比"],
        ["甲公司", "D1", date(2026, 1, 2), 5, "1,200元"],
        [None, "D2", None, None, None],
        [None, "小计", None, 5, None],
        ["乙公司", "D3", date(2026, 1, 3), 7, None],
    ]
    found = table(rows, merged=("A2:A4", "C2:C3", "D2:D3", "E2:E3"))
    assert values(found) == [
        ["甲公司", "D1", date(2026, 1, 2), 5, "1,200元"],
        ["甲公司", "D2", date(2026, 1, 2)],
        ["乙公司", "D3", date(2026, 1, 3), 7],
    ]


def test_a_company_called_total_is_data() -> None:
    rows: list[list[Any]] = [
        ["001", "Total", 5, "2026-01-02"],
        ["合计科技", "合计科技有限公司", 5, "2026-01-02"],
    ]
    assert values(table([HEAD, *rows])) == rows


def test_a_header_that_comes_again_is_skipped() -> None:
    found = table([HEAD, DATA[0], HEAD, DATA[1]])
    assert values(found) == DATA
    assert [(skipped.row, skipped.why) for skipped in found.skipped] == [(3, "header")]


def test_notes_below_are_skipped_and_said() -> None:
    notes: list[list[Any]] = [
        ["注：金额含税"],
        ["制表人：张三", None, "审核：李四"],
        ["以上数据由各分公司财务部门于每月五日之前提供并经总部财务部门核对无误后方可使用，解释权归总部"],
    ]
    found = table([HEAD, *DATA, [], *notes])
    assert values(found) == DATA
    assert [(skipped.row, skipped.why) for skipped in found.skipped] == [
        (5, "note"),
        (6, "note"),
        (7, "note"),
    ]
    assert found.last_row == 3


def test_who_made_checked_and_signed_it_may_stand_beside_each_other() -> None:
    signed = ["制表：张三", "审核：李四", "财务主管：", "日期：2026-02-01"]
    head, row = [*HEAD, "x"], [*DATA[0], "y"]
    found = table([head, row, signed])
    assert (values(found), [one.why for one in found.skipped]) == ([row], ["note"])
    assert values(table([head, ["采购人", *row[1:]]])) == [["采购人", *row[1:]]]


def test_one_long_header_does_not_hide_the_others() -> None:
    assert values(table([[*HEAD, "填写" * 60], [*DATA[0], "x"]])) == [[*DATA[0], "x"]]


def test_points_of_a_note_are_part_of_it() -> None:
    found = table([HEAD, *DATA, [], ["注：1、本表由销售部填写"], ["2、请勿修改表头"], ["（3）完"]])
    assert values(found) == DATA
    assert [skipped.row for skipped in found.skipped] == [5, 6, 7]


def test_what_looks_like_a_note_in_the_middle_is_data() -> None:
    rows: list[list[Any]] = [DATA[0], ["备注：作废"], DATA[1]]
    assert values(table([HEAD, *rows])) == rows


def test_a_person_may_say_where_the_table_is() -> None:
    rows: list[list[Any]] = [
        ["客户编号", "金额"],
        ["a", "b"],
        ["编号", "名称"],
        *DATA,
        ["合计", 5],
        ["注：x"],
    ]
    found = table(rows, header_rows=[3], first_row=5, last_row=7)
    assert recognised(found) == ((3,), 5, 7, 2)
    assert values(found) == [DATA[1], ["注：x"]]
    assert table(rows, header_rows=[1, 2]).headers[0].text == "客户编号 / a"


def test_a_header_far_down_may_be_given() -> None:
    found = table([["x", n] for n in range(100)] + [HEAD, *DATA], header_rows=[101])
    assert recognised(found) == ((101,), 102, 103, 2)


def test_the_sheet_with_most_of_our_columns_is_taken_or_the_one_that_was_given() -> None:
    book = openpyxl.Workbook()
    first: Any = book.active
    first.title = "说明"
    first.append(["编号", "说明"])
    for title, rows in (("数据", [HEAD, *DATA]), ("旧数据", [HEAD[:2], DATA[0][:2]])):
        sheet: Any = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = opened(saved(book))
    assert find_table(data, KNOWN).sheet.name == "数据"
    assert find_table(data, KNOWN, sheet="旧数据").count == 1
    with pytest.raises(SheetError, match="no sheet “none”"):
        find_table(data, KNOWN, sheet="none")


def test_a_sheet_with_nothing_of_ours_still_has_a_header() -> None:
    found = table([["报表"], ["品名", "产地", "库存"], ["苹果", "烟台", 5], ["梨", "赵县", 7]])
    assert recognised(found) == ((2,), 3, 4, 2)
    assert (found.matches.at, found.matches.missing) == ({}, ["code"])
    assert list(found.matches.unknown) == [0, 1, 2]


def test_nothing_in_the_file_is_said() -> None:
    with pytest.raises(SheetError, match="holds no rows"):
        find_table(opened(rows_of([])), KNOWN)


def test_columns_without_a_name_or_with_the_same_one_are_said() -> None:
    found = table([["编号", None, "金额", "金额"], ["001", "?", 1, 2, 3]])
    assert (found.nameless, found.duplicates) == ([1, 4], {"金额": [2, 3]})
    assert (found.matches.at, found.matches.ambiguous) == ({"code": 0}, {"amount": [2, 3]})


def test_cells_and_errors_name_their_place() -> None:
    found = table([["表"], [None, *HEAD], [None, "001", None, 1.5]])
    [row] = found.rows()
    assert [found.cell(row, key) for key in ("code", "name", "amount", "date", "share")] == [
        "001",
        None,
        1.5,
        None,
        None,
    ]
    assert found.error(row, "amount", "Wrong.", "Mend.").as_json() == {
        "sheet": "Sheet", "row": 3, "column": "D", "header": "金额", "value": "1.5", "problem": "Wrong.", "remedy": "Mend.",
    }  # fmt: skip


# Headers


@pytest.mark.parametrize(
    "text, plain, unit, factor, is_percent, currency",
    [
        ("金额", "金额", "", 1, False, ""),
        (" 客户 编号* ", "客户编号", "", 1, False, ""),
        ("＊客户编号：", "客户编号", "", 1, False, ""),
        ("客戶編號", "客户编号", "", 1, False, ""),
        ("訂單金額（萬元）", "订单金额", "万元", 10_000, False, ""),
        ("金额（万元）", "金额", "万元", 10_000, False, ""),
        ("金额(单位：亿元)", "金额", "单位:亿元", 100_000_000, False, ""),
        ("金额【千元】", "金额", "千元", 1_000, False, ""),
        ("金额/万元", "金额", "万元", 10_000, False, ""),
        ("金额 (RMB)", "金额", "rmb", 1, False, ""),
        ("单价（元/件）", "单价", "元/件", 1, False, ""),
        ("Amount (CNY, k)", "amount", "k", 1_000, False, ""),
        ("Amount (k, USD)", "amount", "k", 1_000, False, "USD"),
        ("金额（人民币：万元，含税）", "金额", "人民币:万元", 10_000, False, ""),
        ("金额（港币万元）", "金额", "港币万元", 10_000, False, "HKD"),
        ("订单金额万元", "订单金额", "万元", 10_000, False, ""),
        ("金额百万元", "金额", "百万元", 1_000_000, False, ""),
        ("万元金额", "万元金额", "万元", 10_000, False, ""),
        ("业务单元", "业务单元", "", 1, False, ""),
        ("美元金额", "美元金额", "", 1, False, "USD"),
        ("Amount USD", "amountusd", "", 1, False, "USD"),
        ("Entrepreneur", "entrepreneur", "", 1, False, ""),
        ("Amount (k CNY)", "amount", "k cny", 1_000, False, ""),
        ("金额（美元）", "金额", "美元", 1, False, "USD"),
        ("Amount ($)", "amount", "$", 1, False, "USD"),
        ("占比（%）", "占比", "%", 1, True, ""),
        ("占比%", "占比", "%", 1, True, ""),
        ("占比 %", "占比", "%", 1, True, ""),
        ("客户名称（必填）", "客户名称", "", 1, False, ""),
        ("Customer_Code", "customercode", "", 1, False, ""),
        ("(备注)", "备注", "", 1, False, ""),
        ("订单\n金额", "订单金额", "", 1, False, ""),
    ],
)  # fmt: skip
def test_a_header_is_taken_apart(
    text: str, plain: str, unit: str, factor: int, is_percent: bool, currency: str
) -> None:
    assert read_header(text) == Header(" ".join(text.split()), plain, unit, factor, is_percent, currency)


def matched(*headers: str) -> dict[str, int]:
    return dict(match([read_header(header) for header in headers], KNOWN).at)


def test_the_better_name_goes_before_and_each_column_is_taken_once() -> None:
    assert matched("名称", "客户名称", "编号") == {"name": 1, "code": 2}
    assert matched("金额", "订单金额") == {"amount": 0}
    assert matched("CUSTOMER CODE", "ｄａｔｅ") == {"code": 0, "date": 1}


def test_a_header_that_only_contains_a_name_is_likely() -> None:
    found = match([read_header("所属客户名称"), read_header("客户编号")], KNOWN)
    assert (found.at, found.likely) == ({"code": 1, "name": 0}, frozenset({"name"}))
    assert match([read_header("去年全年订单总金额明细说明")], KNOWN).at == {}


def test_equal_headers_are_ambiguous_and_none_is_taken() -> None:
    found = match([read_header("金额（元）"), read_header("金额（万元）"), read_header("编号")], KNOWN)
    assert (found.at, found.ambiguous, found.unknown, found.missing) == (
        {"code": 2},
        {"amount": [0, 1]},
        [],
        [],
    )
