"""The file given back with its errors marked: the same cells, filled, commented and listed."""

import gzip
import io
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from toolbox import sheets
from toolbox.sheetfiles.marking import AUTHOR, FILL
from toolbox.sheets import CellError, Limits, SheetError, keys, mark
from toolbox.tests.sheets_making import ods, record, repacked, rows_of, saved, xls

ROWS: list[list[Any]] = [["编号", "金额"], ["001", "x"], ["002", 5], ["=1+1", "𠮷"]]


def error(
    row: int, column: int, problem: str = "This is not an amount.", sheet: str = "Sheet"
) -> dict[str, Any]:
    return CellError(
        sheet=sheet,
        row=row,
        column=column,
        header="金额",
        value="x",
        problem=problem,
        remedy="Enter an amount.",
    ).as_json()


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def marked(data: bytes, errors: list[dict[str, Any]], name: str = "x.xlsx", **more: Any) -> Any:
    return opened(mark(io.BytesIO(data), errors, name=name, **more))


def comments(sheet: Any) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}


def fills(sheet: Any) -> list[str]:
    return [cell.coordinate for row in sheet for cell in row if cell.fill.fgColor.rgb == FILL.fgColor.rgb]


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet]


def test_wrong_cells_are_filled_commented_and_listed() -> None:
    book = marked(rows_of(ROWS), [error(2, 1), error(2, 1, "And more."), error(9, 3)])
    sheet, listed = book.worksheets
    assert comments(sheet) == {
        "B2": "This is not an amount. Enter an amount.\nAnd more. Enter an amount.",
        "D9": "This is not an amount. Enter an amount.",
    }
    assert fills(sheet) == ["B2", "D9"]
    assert listed.title == "Errors"
    assert values(listed)[:2] == [
        ["Sheet", "Row", "Column", "Header", "Value", "What is wrong", "How to mend it"],
        ["Sheet", 2, "B", "金额", "x", "This is not an amount.", "Enter an amount."],
    ]
    assert listed["C2"].hyperlink.location == "'Sheet'!B2" or listed["C2"].hyperlink.target == "#'Sheet'!B2"


def test_the_rest_of_the_workbook_stays() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["编号", "金额"])
    sheet.append(["001", "=1+1"])
    sheet["A2"].number_format = "@"
    sheet["A2"].comment = openpyxl.comments.Comment("theirs", "Somebody")
    sheet.column_dimensions["A"].width = 33
    sheet.merge_cells("A5:C5")
    book.create_sheet("hid").sheet_state = "hidden"
    found = marked(saved(book), [error(2, 0), error(5, 2)])
    sheet = found["Sheet"]
    assert found.sheetnames == ["Sheet", "hid", "Errors"]
    assert (found["hid"].sheet_state, sheet["B2"].value, sheet["A2"].number_format) == ("hidden", "=1+1", "@")
    assert sheet.column_dimensions["A"].width == 33
    assert set(comments(sheet)) == {"A2", "A5"}
    assert comments(sheet)["A2"].endswith("theirs")


def test_a_marked_workbook_that_comes_again_has_its_old_marks_taken_away() -> None:
    first = mark(io.BytesIO(rows_of(ROWS)), [error(2, 1)], name="x.xlsx")
    book = marked(first, [error(3, 1)])
    assert book.sheetnames == ["Sheet", "Errors"]
    assert (list(comments(book["Sheet"])), fills(book["Sheet"])) == (["B3"], ["B3"])
    assert book["Sheet"]["B3"].comment.author == AUTHOR


@pytest.mark.parametrize(
    "data, name",
    [
        ("编号,金额\n001,x\n002,5\n=1+1,𠮷\n".encode(), "x.csv"),
        ("编号\t金额\n001\tx\n002\t5\n=1+1\t𠮷\n".encode("gb18030"), "x.tsv"),
        (gzip.compress("编号,金额\n001,x\n002,5\n=1+1,𠮷\n".encode()), "x.csv.gz"),
    ],
    ids=["csv", "tsv", "gz"],
)
def test_a_text_file_becomes_a_workbook_with_the_same_cells(data: bytes, name: str) -> None:
    sheet = marked(data, [error(2, 1, sheet="x")], name=name)["x"]
    assert values(sheet) == [["编号", "金额"], ["001", "x"], ["002", "5"], ["=1+1", "𠮷"]]
    assert {cell.data_type for row in sheet for cell in row} == {"s"}
    assert (list(comments(sheet)), fills(sheet)) == (["B2"], ["B2"])


def test_other_workbooks_become_an_xlsx_with_the_same_cells() -> None:
    import struct

    data = xls(record(0x0203, struct.pack("<HHHd", 1, 1, 1, 0.92)), styles=(0, 9))
    sheet = marked(data, [error(2, 1, sheet="S"), error(4, 0, sheet="S")])["S"]
    assert (sheet["B2"].value, sheet["B2"].number_format) == (0.92, "0.00%")
    assert list(comments(sheet)) == ["B2", "A4"]
    row = '<table:table-row><table:table-cell office:value-type="date" office:date-value="2026-09-03"/></table:table-row>'
    sheet = marked(ods(row), [error(1, 0, sheet="S")])["S"]
    assert (str(sheet["A1"].value), list(comments(sheet))) == ("2026-09-03 00:00:00", ["A1"])


def test_the_column_of_keys_is_hidden_in_a_copy() -> None:
    book = marked(f"{keys.HEADER},金额\ngAAAA,x\n".encode(), [error(2, 1, sheet="x")], name="x.csv")
    assert {letter: column.hidden for letter, column in book.worksheets[0].column_dimensions.items()} == {
        "A": True
    }
    assert values(book.worksheets[0]) == [[keys.HEADER, "金额"], ["gAAAA", "x"]]


def test_what_openpyxl_cannot_open_becomes_a_new_workbook() -> None:
    broken = repacked(
        rows_of(ROWS), {"xl/styles.xml": "<styleSheet><broken/></styleSheet>", "xl/theme/theme1.xml": "<"}
    )
    sheet = marked(broken, [error(2, 1)])["Sheet"]
    assert (sheet["A2"].value, list(comments(sheet))) == ("001", ["B2"])


def test_a_large_workbook_is_marked_within_the_limits() -> None:
    data = rows_of(
        [["编号", "金额", "c", "d", "e"], *[[f"K{n}", n, "x" * 10, "y", n / 3] for n in range(20_000)]]
    )
    sheet = marked(data, [error(20_001, 1)], limits=Limits(memory_megabytes=120))["Sheet"]
    assert (list(comments(sheet)), sheet.max_row) == (["B20001"], 20_001)


def test_errors_beyond_the_cap_are_counted() -> None:
    book = marked(rows_of(ROWS), [error(n, 1) for n in range(1, 2_101)], count=5_000)
    assert values(book["Errors"])[-1][0] == "… and 3000 more"
    assert book["Errors"].max_row == 2_002


def test_the_list_is_in_the_readers_language() -> None:
    with override("zh-hans"):
        book = marked(rows_of(ROWS), [error(2, 1)])
    assert [cell.value for cell in book.worksheets[1][1]][:3] == ["工作表", "行", "列"]


def test_a_title_that_is_taken_gets_another() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Errors"
    assert marked(saved(book), [error(1, 0, sheet="Errors")]).sheetnames == ["Errors", "Errors1"]


def test_what_cannot_be_read_cannot_be_marked() -> None:
    with pytest.raises(SheetError):
        mark(io.BytesIO(b"PK\x03\x04"), [], name="x")


def test_a_mended_workbook_is_read_again() -> None:
    data = mark(io.BytesIO(rows_of(ROWS)), [error(2, 1)], name="x.xlsx")
    book = sheets.read(io.BytesIO(data), name="x")
    known = [sheets.KnownColumn("code", ("编号",)), sheets.KnownColumn("amount", ("金额",))]
    found = sheets.find_table(book, known)
    assert (found.sheet.name, [row.values for row in found.rows()]) == (
        "Sheet",
        [*ROWS[1:3], [sheets.Broken("formula", "=1+1"), "𠮷"]],
    )
