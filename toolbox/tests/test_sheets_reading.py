import gzip
import io
import json
import struct
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from django.utils.translation import gettext_lazy

from toolbox import sheets
from toolbox.sheets import CellError, Limits, SheetError, column_letter

TABLE = '编号,名称\n001,重庆长安\n\n002,"a,\nb"\n'
ROWS = [(1, ["编号", "名称"]), (2, ["001", "重庆长安"]), (4, ["002", "a,\nb"])]


def found(data: bytes, name: str = "file.bin", **limits: Any) -> dict[str, list[tuple[int, list[Any]]]]:
    return {
        sheet.name: [(row.number, row.values) for row in sheet.rows()]
        for sheet in sheets.read(io.BytesIO(data), name=name, limits=Limits(**limits))
    }


def workbook(cells: dict[str, Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for position, value in cells.items():
        sheet[position] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


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


def test_hidden_sheets_are_not_data() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("lists").sheet_state = "hidden"
    book.create_sheet("more").append([1])
    stream = io.BytesIO()
    book.save(stream)
    assert found(stream.getvalue()) == {"Sheet": [], "more": [(1, [1])]}


def test_rows_may_be_asked_twice() -> None:
    (sheet,) = sheets.read(io.BytesIO(workbook({"A1": "x"})), name="x")
    assert list(sheet.rows()) == list(sheet.rows()) != []


def packed(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def liar(size: int) -> bytes:
    """A zip whose one part says it is a byte long."""
    data = bytearray(packed({"xl/workbook.xml": b"0" * size}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 1)
    data[central + 16 : central + 20] = struct.pack("<I", zlib.crc32(b"0"))
    return bytes(data)


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"", "empty"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\xd0\xcf\x11\xe0 and no more", "damaged"),
        (workbook({"A1": 1})[:-300], "damaged"),
        (packed({"readme.txt": b"x"}), "damaged"),
        (packed({"mimetype": b"application/vnd.oasis"}), "Only .xlsx and .xls"),
        (packed({"xl/workbook.bin": b""}), "Only .xlsx and .xls"),
        (packed({"xl/media/big.xml": b"0" * 3_000_000}), "2 MB unpacked"),
        (liar(3_000_000), "2 MB unpacked"),
        (workbook({"A1": 1, "XFD1": 1}), "at most 256 columns"),
        (workbook({"A1": 1, "Z1048576": 1}), "at most 12000000 cells"),
        (b"\x1f\x8b and no more", "damaged"),
        (gzip.compress(b"0" * 3_000_000), "2 MB unpacked"),
        (gzip.compress(workbook({"A1": 1})), "inside a compressed file"),
        (b"0" * 1_100_000, "larger than 1 MB"),
        (bytes(range(256)) * 9, "neither a workbook nor a text"),
        (b"\x00\x01\x02", "neither a workbook nor a text"),
        (b"<html><table><tr><td>1", "web page"),
        (b'<?xml version="1.0"?><Workbook>', "web page"),
        (b"a,b\n" + b'"' + b"x" * 200_000, "not closed"),
        (b"," * 300, "at most 256 columns"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, problem: str) -> None:
    with pytest.raises(SheetError, match=problem):
        found(data, megabytes=1, unpacked_megabytes=2)


@pytest.mark.parametrize(
    "limits, problem", [({"rows": 2}, "at most 2 rows"), ({"cells": 3}, "at most 3 cells")]
)
def test_large_tables_are_refused(limits: dict[str, Any], problem: str) -> None:
    for data in (b"a,b\nc,d\ne,f\n", workbook({"A1": 1, "B3": 1})):
        with pytest.raises(SheetError, match=problem):
            found(data, **limits)


def test_a_panic_of_the_library_is_an_error_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine

    class PanicException(BaseException):
        pass

    class Panics:
        @staticmethod
        def from_filelike(_stream: Any) -> None:
            raise PanicException

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Panics)
    with pytest.raises(SheetError, match="damaged"):
        found(workbook({"A1": 1}))


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


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 9, 3),
        datetime(2026, 9, 3, 23, 59),  # noqa: DTZ001 - cells know no zones
        "2026-09-03",
        "2026/9/3",
        "2026.9.3",
        "2026年9月3日",
        "２０２６-09-03",
        "20260903",
        20260903.0,
        "2026-09-03 12:30:00",
        "2026-09-03T12:30",
    ],
)
def test_a_date_is_read(value: Any) -> None:
    assert sheets.parse_date(value) == date(2026, 9, 3)


@pytest.mark.parametrize(
    "value",
    [None, "", "03/04/2026", "2026-02-30", "26-01-01", "2026-13-01", 5, True, time(1), date(1, 1, 1), "x"],
)
def test_what_is_no_date_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="2026-09-30"):
        sheets.parse_date(value)


@pytest.mark.parametrize(
    "value, fen", [(1234.56, 123_456), (0.1 + 0.2, 30), (5, 500), ("12万", 12_000_000), (-0.5, -50)]
)
def test_an_amount_is_read(value: Any, fen: int) -> None:
    assert sheets.parse_money(value) == fen


@pytest.mark.parametrize(
    "value", [None, True, float("nan"), float("inf"), 1e300, 33.333333, date(2026, 1, 1), "x"]
)
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"amount"):
        sheets.parse_money(value)


@pytest.mark.parametrize(
    "value, number", [(5.0, 5), ("1,234", 1234), ("-7", -7), ("５", 5), ("5.0", 5), (7, 7)]
)
def test_a_whole_number_is_read(value: Any, number: int) -> None:
    assert sheets.parse_int(value) == number


@pytest.mark.parametrize(
    "value", [None, "", 5.5, "5.5", True, "1e3", "9" * 17, "9" * 5000, float("inf"), "1,23"]
)
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="number"):
        sheets.parse_int(value)


@pytest.mark.parametrize(
    "value, basis_points",
    [("92%", 9_200), ("92.5 %", 9_250), ("0.5%", 50), (0.92, 9_200), ("92", 9_200), (1, 10_000), (0, 0),
     ("９２％", 9_200), (1 / 3, 3_333), ("33.335%", 3_334), (".5", 5_000), (100, 10_000)],
)  # fmt: skip
def test_a_percentage_is_read(value: Any, basis_points: int) -> None:
    assert sheets.parse_percent_bp(value) == basis_points


@pytest.mark.parametrize("value", [None, "", "x", -0.1, "101%", 101, True, float("nan"), "%"])
def test_what_is_no_percentage_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="percentage"):
        sheets.parse_percent_bp(value)
