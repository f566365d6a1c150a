import gzip
import io
import json
from datetime import date, datetime, time
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from toolbox import sheets
from toolbox.sheets import CellError, Limits, Percent, SheetError, column_letter, limits_in_force
from toolbox.tests.sheets_making import workbook

TABLE = '编号,名称\n001,重庆长安\n\n002,"a,\nb"\n'
ROWS = [(1, ["编号", "名称"]), (2, ["001", "重庆长安"]), (4, ["002", "a,\nb"])]


def found(data: bytes, name: str = "file.bin", **limits: Any) -> dict[str, list[tuple[int, list[Any]]]]:
    return {
        sheet.name: [(row.number, row.values) for row in sheet.rows()]
        for sheet in sheets.read(io.BytesIO(data), name=name, limits=Limits(**limits))
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_csv_is_read_in_any_usual_encoding_and_separator(encoding: str, delimiter: str) -> None:
    text = TABLE.replace(",", delimiter).replace(f"a{delimiter}", "a,") + "".join(
        f"00{n}{delimiter}latin{n}\r\n" for n in range(20)
    )
    data = text.encode(encoding)
    more = [(n + 5, [f"00{n}", f"latin{n}"]) for n in range(20)]
    assert found(data, "orders.2026.csv") == {"orders": [*ROWS, *more]}
    assert found(gzip.compress(data), "orders.csv.gz") == {"orders": [*ROWS, *more]}


def test_a_separator_that_the_file_names_is_used() -> None:
    assert found(b"sep=;\r\na;b,c\r\n1;2,3\r\n") == {"file": [(2, ["a", "b,c"]), (3, ["1", "2,3"])]}


def test_a_csv_of_one_column_is_one() -> None:
    assert found("名称\n重庆\n".encode()) == {"file": [(1, ["名称"]), (2, ["重庆"])]}


def test_a_workbook_keeps_positions_and_types() -> None:
    data = workbook(
        {
            "B3": "x",
            "D3": 5,
            "C5": date(2026, 1, 1),
            "D6": datetime(2026, 1, 1, 3),  # noqa: DTZ001 - cells know no zones
            "E6": True,
        }
    )
    assert found(data, "wrong.csv") == {
        "Sheet": [
            (3, [None, "x", None, 5]),
            (5, [None, None, date(2026, 1, 1)]),
            (6, [None, None, None, datetime(2026, 1, 1, 3), True]),  # noqa: DTZ001 - as above
        ]
    }


def test_rows_may_be_asked_twice() -> None:
    (sheet,) = sheets.read(io.BytesIO(workbook({"A1": "x"})), name="x")
    assert list(sheet.rows()) == list(sheet.rows()) != []


@pytest.mark.parametrize(
    "data", [b"a,b\nc,d\ne,f\n", workbook({"A1": 1, "A2": 1, "B3": 1})], ids=["text", "xlsx"]
)
def test_large_tables_are_refused(data: bytes) -> None:
    small: list[tuple[dict[str, Any], str]] = [
        ({"rows": 2}, "at most 2 rows"),
        ({"columns": 1}, "at most 1 columns"),
    ]
    for limits, problem in small:
        with pytest.raises(SheetError, match=problem):
            found(data, **limits)


def test_limits_are_what_the_settings_say(settings: Any) -> None:
    settings.SHEET_LIMIT_ROWS, settings.UPLOAD_LIMIT_MB = 7, 3
    assert (limits_in_force().rows, limits_in_force().megabytes, limits_in_force().columns) == (7, 3, 200)


def test_the_encoding_and_the_separator_are_said_and_may_be_given() -> None:
    data = "编号;名称\n001;重庆\n".encode("gb18030")
    book = sheets.read(io.BytesIO(data), name="x")
    assert (book.kind, book.encoding, book.separator) == ("text", "gb18030", ";")
    book = sheets.read(io.BytesIO("編號;名稱\n".encode("big5")), name="x", encoding="big5", separator=",")
    assert (book.encoding, book.separator, [row.values for row in book[0].rows()]) == (
        "big5",
        ",",
        [["編號;名稱"]],
    )
    with pytest.raises(SheetError, match="not written in utf-8"):
        sheets.read(io.BytesIO(data), name="x", encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_chinese_without_latin_letters_is_recognised(encoding: str) -> None:
    text = "客户名称,省份\n" + "重庆长安汽车股份有限公司,重庆\n上海汽车集团股份有限公司,上海\n" * 200
    book = sheets.read(io.BytesIO(text.encode(encoding)), name="x")
    assert (book.encoding, book[0].count) == (encoding, 401)


@pytest.mark.parametrize("index, letter", [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_letters(index: int, letter: str) -> None:
    assert column_letter(index) == letter


def test_a_cell_error_can_be_stored() -> None:
    error = CellError(
        sheet="Orders",
        row=5,
        column=27,
        header="Date",
        value=datetime(2026, 1, 1),  # noqa: DTZ001 - cells know no zones
        problem=gettext_lazy("Too early."),
        remedy="Ask.",
    )
    assert error.position == "AB5"
    assert json.loads(json.dumps(error.as_json())) == {
        "sheet": "Orders",
        "row": 5,
        "column": "AB",
        "header": "Date",
        "value": "2026-01-01",
        "problem": "Too early.",
        "remedy": "Ask.",
    }


@pytest.mark.parametrize(
    "value, text",
    [
        (None, ""),
        (" x ", "x"),
        (20250001.0, "20250001"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1000000000000000"),
        (Percent(0.925), "92.5%"),
        (-0.0, "0"),
        (float("nan"), "nan"),
        (7, "7"),
        (True, "TRUE"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(9, 30), "09:30:00"),
    ],
)
def test_a_cell_is_the_text_one_saw(value: Any, text: str) -> None:
    assert sheets.text_of(value) == text
