import pytest
from django import forms
from django.contrib.admin.widgets import AdminBigIntegerFieldWidget
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st

from toolbox.money import (
    LARGEST,
    MoneyField,
    MoneyFormField,
    format_money,
    format_money_short,
    parse_money,
    plain_money,
)


class Bill(forms.Form):
    amount = MoneyFormField(required=False, min_value=0)


@pytest.mark.parametrize(
    "text, fen",
    [
        ("1,234.56", 123_456),
        ("¥ 1,234.5", 123_450),
        ("￥１，２３４．５", 123_450),
        ("12万", 12_000_000),
        ("1.5亿", 15_000_000_000),
        ("12.345678万", 12_345_678),
        ("3百万元", 300_000_000),
        ("RMB 5", 500),
        ("5 CNY", 500),
        ("5元", 500),
        ("-5", -500),
        ("−5", -500),
        ("-¥5", -500),
        ("¥-5", -500),
        ("(300.10)", -30_010),
        (".5", 50),
        ("1.", 100),
        ("0", 0),
        ("-0", 0),
        ("007", 700),
        ("1 234 567.89", 123_456_789),
        ("10,000,000,000,000", LARGEST),
    ],
)
def test_yuan_as_people_write_them_are_fen(text: str, fen: int) -> None:
    assert parse_money(text) == fen


@pytest.mark.parametrize(
    "text, problem",
    [
        ("1.234", "at most two decimals"),
        ("1.500", "at most two decimals"),
        ("12.3456789万", "at most two decimals"),
        ("10000000000000.01", "too large"),
        ("-10000000000000.01", "too large"),
        ("9" * 5000, "too large"),
        ("10万亿", "such as"),
        ("NaN", "such as"),
        ("inf", "such as"),
        ("Infinity", "such as"),
        ("1e5", "such as"),
        ("0x10", "such as"),
        ("1,23", "such as"),
        ("1.5.5", "such as"),
        ("١٢", "such as"),
        ("$5", "such as"),
        ("元", "such as"),
        ("--5", "such as"),
        ("5\0", "such as"),
        ("", "such as"),
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        parse_money(text)


@given(st.integers(-LARGEST, LARGEST))
def test_what_is_shown_can_be_typed(fen: int) -> None:
    assert parse_money(plain_money(fen)) == parse_money(format_money(fen, language="en")) == fen


@pytest.mark.parametrize(
    "fen, text",
    [
        (123_456, "¥1,234.56"),
        (123_400, "¥1,234"),
        (123_450, "¥1,234.50"),
        (-500, "-¥5"),
        (-5, "-¥0.05"),
        (0, "¥0"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_amount_is_shown_exactly(fen: int, text: str, language: str) -> None:
    assert format_money(fen, language=language) == text


@pytest.mark.parametrize(
    "yuan, english, chinese",
    [
        (0, "¥0", "¥0"),
        (9_999, "¥9,999", "¥9,999"),
        (10_000, "¥10K", "¥1.0万"),
        (820_000, "¥820K", "¥82.0万"),
        (999_499, "¥999K", "¥99.9万"),
        (999_500, "¥1.0M", "¥100.0万"),
        (1_200_000, "¥1.2M", "¥120.0万"),
        (-1_250_000, "-¥1.3M", "-¥125.0万"),
        (95_000_000, "¥95.0M", "¥9,500.0万"),
        (99_999_499, "¥100.0M", "¥9,999.9万"),
        (99_999_500, "¥100.0M", "¥1.0亿"),
        (120_000_000, "¥120.0M", "¥1.2亿"),
        (2_000_000_000, "¥2.0B", "¥20.0亿"),
    ],
)
def test_a_short_amount_is_rounded_in_the_readers_units(yuan: int, english: str, chinese: str) -> None:
    assert format_money_short(yuan * 100, language="en") == english
    assert format_money_short(yuan * 100, language="zh-hans") == chinese


def test_the_currency_is_the_books(settings: object) -> None:
    settings.BOOK_CURRENCY = "GBP"  # type: ignore[attr-defined]
    assert format_money(500, language="en") == "£5"
    assert parse_money("£5") == parse_money("5") == 500
    with pytest.raises(ValidationError):
        parse_money("5元")


def test_the_form_takes_yuan_and_gives_fen() -> None:
    form = Bill({"amount": " 1,234.50 "})
    assert form.is_valid()
    assert form.cleaned_data == {"amount": 123_450}
    assert 'value=" 1,234.50 "' in str(form["amount"])


def test_the_form_shows_plain_yuan() -> None:
    html = str(Bill(initial={"amount": 123_450})["amount"])
    assert 'value="1234.50"' in html
    assert 'inputmode="decimal"' in html
    assert 'type="text"' in html


@pytest.mark.parametrize("text, problem", [("x", "such as"), ("-1", "¥0 or more"), ("1.005", "two decimals")])
def test_the_form_says_what_is_wrong(text: str, problem: str) -> None:
    form = Bill({"amount": text})
    assert problem in form.errors["amount"][0]


def test_an_empty_amount_is_none() -> None:
    form = Bill({"amount": " "})
    assert form.is_valid()
    assert form.cleaned_data == {"amount": None}


@pytest.mark.parametrize("text, changed", [("1234.5", False), ("1,234.50", False), ("5", True), ("x", True)])
def test_the_same_amount_written_otherwise_is_no_change(text: str, changed: bool) -> None:
    form = Bill({"amount": text}, initial={"amount": 123_450})
    assert form.has_changed() is changed


def test_a_disabled_amount_stays_itself() -> None:
    form = Bill({}, initial={"amount": 123_450})
    form.fields["amount"].disabled = True
    assert form.is_valid()
    assert form.cleaned_data == {"amount": 123_450}


def test_the_model_field_brings_the_form_field_even_in_the_admin() -> None:
    field = MoneyField(null=True, blank=True).formfield(widget=AdminBigIntegerFieldWidget)
    assert isinstance(field, MoneyFormField)
    assert not isinstance(field.widget, forms.NumberInput)
    assert field.required is False
