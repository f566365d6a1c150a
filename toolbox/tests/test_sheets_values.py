"""What is made of a cell: exactly that, or an error that says what is wrong and how to mend it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, strategies as st

from toolbox import sheets
from toolbox.sheetfiles.cells import Serial1904
from toolbox.sheets import Broken, Padded, Percent, WrongValueError
from toolbox.sheets.cells import plain_number


def problem(parse: Callable[..., Any], value: Any, **more: Any) -> str:
    with pytest.raises(WrongValueError) as wrong:
        parse(value, **more)
    assert str(wrong.value.remedy)
    return str(wrong.value.problem)


@pytest.mark.parametrize(
    "value, fen",
    [
        (1234.5, 123_450), (0.1 + 0.2, 30), (5, 500), (-0.5, -50), (1e3, 100_000), (Padded(123, 5), 12_300),
        ("1,234.50", 123_450), ("¥1,234.50", 123_450), ("￥ 1,234.50", 123_450), ("1234.5元", 123_450),
        ("RMB 1,234.50", 123_450), ("人民币1234.50元", 123_450), ("CNY 5", 500), ("5 CNY", 500),
        ("12.5万", 12_500_000), ("12.5万元", 12_500_000), ("1.2亿", 12_000_000_000), ("３千", 300_000),
        ("１，２３４．５０", 123_450), ("(1,200)", -120_000), ("（1,200.00）", -120_000), ("−1,200", -120_000),
        ("-1,200", -120_000), ("-¥5", -500), ("¥-5", -500), ("(¥5)", -500), ("1 234 567.89", 123_456_789),
        ("1234.5000", 123_450), ("壹仟贰佰元整", 120_000), ("人民币壹万零伍拾元叁角肆分", 1_005_034), ("壹拾贰万叁仟肆佰伍拾陆元整", 12_345_600), ("拾亿元整", 100_000_000_000),
    ],
)  # fmt: skip
def test_money_is_taken_to_the_fen(value: Any, fen: int) -> None:
    assert sheets.parse_money(value) == fen


@pytest.mark.parametrize(
    "value, said",
    [
        ("1.005", "more than two decimals"), (33.333333, "more than two decimals"), ("1.500", "more than two decimals"),
        ("12.3456789万", "more than two decimals"),
        (1e15, "more than 15 digits"), (12345678901234567.0, "more than 15 digits"),
        ("99999999999999", "too large"), (float("nan"), "not an amount"), (float("inf"), "not an amount"),
        ("NaN", "not an amount"), ("inf", "not an amount"), ("1.234,50", "not an amount"), ("1,23", "not an amount"),
        ("$5", "not an amount"), ("12 34", "not an amount"), ("约100", "not an amount"), ("100-200", "not an amount"),
        ("10²", "not an amount"), ("①", "not an amount"), ("壹贰叁元整", "not an amount"), ("壹拾贰佰元整", "not an amount"),
        ("1.2E+05", "was shortened"), (None, "empty"), ("", "empty"), ("  ", "empty"), (True, "not an amount"),
        (date(2026, 9, 3), "formatted as a date"), (time(9), "formatted as a date"), (timedelta(1), "formatted as a date"),
        (Percent(0.5), "formatted as a percentage"), ("50%", "not an amount"),
        (Broken("error", "#N/A"), "the error #N/A"), (Broken("formula", "=A1"), "result was not saved"),
    ],
)  # fmt: skip
def test_money_that_is_none_is_refused(value: Any, said: str) -> None:
    assert said in problem(sheets.parse_money, value)


@pytest.mark.parametrize(
    "value, factor, fen",
    [
        (12.5, 10_000, 12_500_000), ("12.5", 10_000, 12_500_000), ("1,234.5678", 10_000, 1_234_567_800),
        ("12.5万", 10_000, 12_500_000), ("¥12.5", 10_000, 12_500_000), (3, 1_000, 300_000), ("(2)", 10_000, -2_000_000),
        (1.5, 100_000_000, 15_000_000_000), ("1.2亿", 10_000, 12_000_000_000),
    ],
)  # fmt: skip
def test_the_unit_of_a_column_counts_unless_the_cell_has_its_own(value: Any, factor: int, fen: int) -> None:
    assert sheets.parse_money(value, factor=factor) == fen


def test_a_cell_that_contradicts_its_column_is_refused() -> None:
    assert (
        problem(sheets.parse_money, "125000元", factor=10_000)
        == "The cell is in another unit than its column."
    )
    assert "two decimals" in problem(sheets.parse_money, 1.2345678, factor=10_000)


@given(st.integers(-(10**13), 10**13))
def test_every_amount_of_up_to_15_digits_is_read_back_from_a_number_cell(fen: int) -> None:
    assert sheets.parse_money(float(Decimal(fen).scaleb(-2))) == fen


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-10, 10))
def test_a_number_of_15_digits_is_exact_in_a_float(digits: int, exponent: int) -> None:
    """Why floats are enough: what Excel keeps comes back digit by digit."""
    number = Decimal(digits).scaleb(exponent)
    if abs(number) < 10**15:
        assert Decimal(plain_number(float(number))) == number


@pytest.mark.parametrize(
    "value, number",
    [
        (5.0, 5),
        ("1,234", 1234),
        ("-7", -7),
        ("５", 5),
        ("5.0", 5),
        (7, 7),
        ("1.2万", 12_000),
        (Padded(7, 3), 7),
        ("(3)", -3),
    ],
)
def test_a_whole_number_is_taken(value: Any, number: int) -> None:
    assert sheets.parse_int(value) == number


@pytest.mark.parametrize(
    "value, said",
    [
        (5.5, "not a whole number"), ("5.5", "not a whole number"), (True, "not a whole number"), ("1e3", "shortened"),
        (Percent(1), "as a percentage"), (1e15, "15 digits"), ("9" * 17, "too large"), ("9" * 500, "too large"),
        ("", "empty"), (float("inf"), "not a whole number"),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_refused(value: Any, said: str) -> None:
    assert said in problem(sheets.parse_int, value)


def test_a_number_has_so_many_decimals_and_no_more() -> None:
    assert sheets.parse_decimal("2.5", places=3) == 2_500
    assert sheets.parse_decimal("¥0.0125", places=6, is_price=True) == 12_500
    assert sheets.parse_decimal(1.5, places=2, factor=10_000) == 1_500_000
    assert problem(sheets.parse_decimal, "0.1234", places=3) == "The number has more than 3 decimals."
    assert problem(sheets.parse_decimal, "¥5", places=3) == "This is not a number."


@pytest.mark.parametrize(
    "value, basis_points",
    [
        (Percent(0.92), 9_200), (Percent(1), 10_000), (Percent(0.005), 50), ("92%", 9_200), ("92.5 %", 9_250),
        ("９２％", 9_200), ("0.5%", 50), (0.92, 9_200), ("0.92", 9_200), ("92", 9_200), (92.0, 9_200), (1, 10_000), (0, 0),
    ],
)  # fmt: skip
def test_a_percentage_is_taken_exactly(value: Any, basis_points: int) -> None:
    assert sheets.parse_percent_bp(value) == basis_points


def test_a_header_in_percent_makes_a_bare_number_percents() -> None:
    assert sheets.parse_percent_bp(0.92, is_percent=True) == 92
    assert sheets.parse_percent_bp("1", is_percent=True) == 100
    assert sheets.parse_percent_bp(Percent(0.92), is_percent=True) == 9_200


@pytest.mark.parametrize(
    "value, said",
    [
        (Percent(1.01), "outside of 0% to 100%"), ("101%", "outside"), ("-1%", "outside"), (-0.1, "outside"),
        (1 / 3, "more than two decimals"), ("33.335%", "more than two decimals"), ("x", "not a percentage"),
        (True, "not a percentage"), (float("nan"), "not a percentage"), (Percent("nan"), "not a percentage"),
        (None, "empty"), (date(2026, 1, 1), "formatted as a date"),
    ],
)  # fmt: skip
def test_what_is_no_percentage_is_refused(value: Any, said: str) -> None:
    assert said in problem(sheets.parse_percent_bp, value)


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 9, 3), datetime(2026, 9, 3, 23, 59),  # noqa: DTZ001 - cells know no zones
        46268.0, 46268.75, Serial1904(44806), 20260903.0, "20260903",
        "2026-09-03", "2026-9-3", "2026/9/3", "2026.9.3", "2026年9月3日", "2026 年 9 月 3 日", "2026年9月3号",
        "２０２６-09-03", "2026-09-03 12:30:00", "2026-09-03T12:30", "2026/9/3 0:00:00", "2026年9月3日 14时30分",
        "2026年9月3日 星期四", "2026-09-03 上午 9:30", "二〇二六年九月三日", "3-Sep-2026", "Sep 3, 2026", "September 3rd, 2026",
        " 2026-09-03 ",
    ],
)  # fmt: skip
def test_a_day_is_taken(value: Any) -> None:
    assert sheets.parse_date(value) == date(2026, 9, 3)


def test_a_day_behind_its_month_is_taken_where_it_can_be_no_month() -> None:
    assert sheets.parse_date("31/12/2026") == sheets.parse_date("12/31/2026") == date(2026, 12, 31)
    assert sheets.parse_date("5/5/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    "value, said",
    [
        ("03/04/2026", "Day and month could be taken for each other."), ("9月3日", "The date has no year."), ("9-3", "no year"),
        ("2026-9", "The date has no day."), ("2026年9月", "no day"), ("2026", "no day"), ("26-09-03", "only two digits"),
        ("03/09/26", "only two digits"), ("2026-02-30", "There is no day 2026-02-30."), ("2月30日", "no year"),
        ("2026年2月30日", "There is no day 2026-02-30."), ("2026-13-01", "There is no day"), ("20260230", "There is no day"),
        ("2026-09-03 25:00", "no such time"), ("2026-09-03T12:30:00Z", "time zone"), ("2026-09-03T12:30+08:00", "time zone"),
        ("昨天", "not a date"), ("2026-09-0³", "not a date"), ("46268", "not a date"), (5.0, "not a date"), (float("nan"), "not a date"),
        (float("inf"), "not a date"), (True, "not a date"), (None, "empty"), (time(9), "a time without a day"),
        (timedelta(1), "a time without a day"), (date(1, 1, 1), "year cannot be right"), ("1066-10-14", "year cannot be right"),
        (Broken("day", "1900-02-29"), "There is no day 1900-02-29."), (Broken("error", "#VALUE!"), "the error #VALUE!"),
    ],
)  # fmt: skip
def test_what_is_no_day_or_could_be_two_is_refused(value: Any, said: str) -> None:
    assert said in problem(sheets.parse_date, value)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back_however_it_is_written(day: date) -> None:
    for text in (
        f"{day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
    ):
        assert sheets.parse_date(text) == day
    if date(1932, 1, 1) <= day < date(2170, 1, 1):
        assert sheets.parse_date(float((day - date(1899, 12, 30)).days)) == day
        assert sheets.parse_date(Serial1904((day - date(1904, 1, 1)).days)) == day


@pytest.mark.parametrize("value", ["是", "有", "yes", "Y", "TRUE", "√", "1", 1.0, True, "✔"])
def test_yes_is_yes(value: Any) -> None:
    assert sheets.parse_bool(value) is True


@pytest.mark.parametrize("value", ["否", "无", "no", "N", "false", "×", "0", 0.0, False])
def test_no_is_no(value: Any) -> None:
    assert sheets.parse_bool(value) is False


@pytest.mark.parametrize(
    "value", ["", None, "也许", 2, date(2026, 1, 1), Broken("error", "#N/A"), Percent(1)]
)
def test_anything_else_is_neither(value: Any) -> None:
    assert problem(sheets.parse_bool, value)


@pytest.mark.parametrize(
    "value, code",
    [
        ("001", "001"), (" K-001 ", "K-001"), (20250001.0, "20250001"), (123_456_789_012_345.0, "123456789012345"),
        (Padded(123, 5), "00123"), ("12345678901234567890", "12345678901234567890"), ("'001", "001"), ('="001"', "001"),
        ("1E5", "1E5"), ("", ""), (None, ""), ("𠮷1", "𠮷1"),
    ],
)  # fmt: skip
def test_a_code_keeps_its_zeros_and_digits(value: Any, code: str) -> None:
    assert sheets.parse_code(value) == code


@pytest.mark.parametrize(
    "value, said",
    [
        (1234567890123456.0, "15 digits"), (1e22, "15 digits"), (1.5, "may have cut zeros"), ("1.23457E+11", "shortened"),
        (date(2026, 2, 3), "something else"), (Percent(0.5), "something else"), (True, "something else"),
        (float("nan"), "something else"), (Broken("error", "#REF!"), "#REF!"),
    ],
)  # fmt: skip
def test_a_code_that_excel_changed_is_refused(value: Any, said: str) -> None:
    assert said in problem(sheets.parse_code, value)


@given(st.integers(0, 10**15 - 1))
def test_a_code_in_a_number_cell_is_read_digit_by_digit(code: int) -> None:
    assert sheets.parse_code(float(code)) == str(code)


@pytest.mark.parametrize(
    "value, phone",
    [
        (13800138000.0, "13800138000"), ("138-0013-8000", "138-0013-8000"), ("+86 138 0013 8000", "+86 138 0013 8000"),
        ("023-68790000转12", "023-68790000转12"), ("（023）6879 0000", "(023)6879 0000"), ("400 820 8820 ext. 5", "400 820 8820 ext. 5"),
    ],
)  # fmt: skip
def test_a_telephone_number_is_taken_as_written(value: Any, phone: str) -> None:
    assert sheets.parse_phone(value) == phone


@pytest.mark.parametrize(
    "value", ["", "无", "138", "a@b.c", "1.38E+10", 1.5, Broken("error", "#N/A"), "1" * 30]
)
def test_what_is_no_telephone_number_is_refused(value: Any) -> None:
    assert problem(sheets.parse_phone, value)


def test_a_text_is_what_one_saw() -> None:
    assert [sheets.parse_text(value) for value in (" x ", 5.0, True, None, Percent(0.5), date(2026, 1, 2))] == [
        "x", "5", "TRUE", "", "50%", "2026-01-02",
    ]  # fmt: skip
    assert "#N/A" in problem(sheets.parse_text, Broken("error", "#N/A"))
    assert "15 digits" in problem(sheets.parse_text, 1e17)


def test_errors_are_in_the_readers_language() -> None:
    with override("zh-hans"):
        assert problem(sheets.parse_date, "9月3日") != "The date has no year."
