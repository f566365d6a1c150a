import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from toolbox import sheets
from toolbox.sheets import Column, write


def written(columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str = "Tiers") -> io.BytesIO:
    stream = io.BytesIO()
    write(title, columns, rows, stream=stream)
    return stream


def opened(columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str = "Tiers") -> Any:
    return openpyxl.load_workbook(written(columns, rows, title))


def test_a_sheet_has_a_frozen_bold_header_with_a_filter() -> None:
    stream = io.BytesIO()
    assert write("Tiers", [Column("Name", 30), Column("=Code")], [["a", "b"]] * 3, stream=stream) == 3
    sheet: Any = openpyxl.load_workbook(stream).active
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("Tiers", "A2", "A1:B4")
    assert [(cell.value, cell.data_type, cell.font.b) for cell in sheet[1]] == [
        ("Name", "s", True),
        ("=Code", "s", True),
    ]
    assert sheet.column_dimensions["A"].width == 30


@pytest.mark.parametrize(
    "kind, value, shown, number_format",
    [
        ("money", 123_456, Decimal("1234.56"), "#,##0.00"),
        ("money", 10**15, "10000000000000.00", "@"),
        ("money", 10**15 - 1, Decimal("9999999999999.99"), "#,##0.00"),
        ("money", -5, Decimal("-0.05"), "#,##0.00"),
        ("percent", 9_253, Decimal("0.9253"), "0.00%"),
        ("score", 79_996_000, Decimal("79.99"), "0.00"),
        ("score", -1_239_999, Decimal("-1.23"), "0.00"),
        ("integer", 12_345, 12_345, "#,##0"),
        ("date", date(2026, 2, 28), date(2026, 2, 28), "yyyy-mm-dd"),
        ("date", datetime(2026, 2, 28, 17, tzinfo=UTC), date(2026, 3, 1), "yyyy-mm-dd"),
    ],
)
def test_numbers_are_exact_and_formatted(kind: Any, value: Any, shown: Any, number_format: str) -> None:
    cell = opened([Column("x", kind=kind)], [[value]]).active["A2"]
    found = cell.value
    if kind == "date":
        found = found.date()
    elif not isinstance(shown, str):
        found = Decimal(str(found))
    assert (found, cell.number_format) == (shown, number_format)


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 23", "-5", "@SUM(A1)", "\t=1", "#N/A", "007", "2026-01-01", "TRUE"]
)
def test_text_stays_text(text: str) -> None:
    cell = opened([Column("x")], [[text]]).active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert bool(cell.quotePrefix) is (text[0] in "=+-@\t")


@pytest.mark.parametrize(
    "text, kept",
    [
        ("a\0b\x1fc", "a\ufffdb\ufffdc"),
        ("a\ud800", "a\ufffd"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        (" 重庆 <&> ]]> ", " 重庆 <&> ]]> "),
    ],
)
def test_what_a_workbook_cannot_hold_is_replaced(text: str, kept: str) -> None:
    assert opened([Column("x")], [[text]]).active["A2"].value == kept


def test_a_text_like_an_escape_is_read_back_as_it_was() -> None:
    (sheet,) = sheets.read(written([Column("x")], [["_x0041_"]]), name="x")
    assert [row.values for row in sheet.rows()] == [["x"], ["_x0041_"]]


def test_nothing_is_an_empty_cell() -> None:
    columns = [Column("x", kind=kind) for kind in ("text", "integer", "money", "percent", "date", "score")]
    assert [cell.value for cell in opened(columns, [[None] * 6]).active[2]] == [None] * 6


def test_choices_are_a_drop_down_and_long_ones_stand_on_a_hidden_sheet() -> None:
    many = [f"城市{n}" for n in range(100)]
    book = opened(
        [Column("a", choices=["x", "y"]), Column("b", choices=many), Column("c", choices=["p,q"])], []
    )
    found = {str(v.sqref): v.formula1 for v in book["Tiers"].data_validations.dataValidation}
    assert found == {
        "A2:A1048576": '"x,y"',
        "B2:B1048576": "lists!$A$1:$A$100",
        "C2:C1048576": "lists!$B$1:$B$1",
    }
    assert book["lists"].sheet_state == "hidden"
    assert [row[0].value for row in book["lists"].iter_rows()] == many


@pytest.mark.parametrize(
    "title, kept", [("a/b:c?", "a b c"), ("x" * 40, "x" * 31), ("[]", "Sheet1"), ("'评级'", "评级")]
)
def test_a_title_is_one_a_workbook_takes(title: str, kept: str) -> None:
    assert opened([Column("x")], [], title).active.title == kept


def test_the_file_holds_no_formula() -> None:
    with ZipFile(written([Column("x")], [["=1+1"]])) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
