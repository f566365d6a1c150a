"""The plain writers, read back by openpyxl, by LibreOffice and by ourselves."""

import csv
import io
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from toolbox import sheets
from toolbox.sheets import Column, plain, write_csv, write_plain

KINDS = ("text", "integer", "money", "percent", "date", "datetime", "score")
TEXTS = [
    "=1+1", "+86 23", "-5", "@SUM(A1)", "\t=1", "#N/A", "007", "2026-01-01", "TRUE", "12345678901234567890", "1E5", "'=1", "''-x",
    "'quoted'", ' 𠮷 <&> ]]> "x" ', "a\nb", "_x0041_", "\u3000宽", "＝1+1", "a,b;c", "\u200b",
]  # fmt: skip
MOMENT = datetime(2026, 2, 28, 17, 30, 59, 999_999, tzinfo=UTC)


def written(columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str = "Tiers") -> io.BytesIO:
    stream = io.BytesIO()
    write_plain(title, columns, rows, stream=stream)
    return stream


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    stream = io.BytesIO()
    write_csv(columns, rows, stream=stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "kind, value, shown, number_format",
    [
        ("money", 123_456, Decimal("1234.56"), "#,##0.00"),
        ("money", 10**15 - 1, Decimal("9999999999999.99"), "#,##0.00"),
        ("money", -5, Decimal("-0.05"), "#,##0.00"),
        ("money", 10**15, "10000000000000.00", "@"),
        ("money", -(10**15), "-10000000000000.00", "@"),
        ("percent", 9_253, Decimal("0.9253"), "0.00%"),
        ("percent", -1, Decimal("-0.0001"), "0.00%"),
        ("score", 79_996_000, Decimal("79.99"), "0.00"),
        ("score", -1_239_999, Decimal("-1.23"), "0.00"),
        ("integer", 999_999_999_999_999, 999_999_999_999_999, "#,##0"),
        ("integer", 2**53 + 1, str(2**53 + 1), "@"),
        ("date", date(2026, 2, 28), date(2026, 2, 28), "yyyy-mm-dd"),
        ("date", date(1900, 3, 1), date(1900, 3, 1), "yyyy-mm-dd"),
        ("date", date(1900, 2, 28), "1900-02-28", "@"),
        ("date", MOMENT, date(2026, 3, 1), "yyyy-mm-dd"),
        ("datetime", MOMENT, datetime(2026, 3, 1, 1, 30, 59), "yyyy-mm-dd hh:mm:ss"),  # noqa: DTZ001 - cells know no zones
    ],
)
def test_numbers_are_exact_and_formatted(kind: Any, value: Any, shown: Any, number_format: str) -> None:
    cell: Any = openpyxl.load_workbook(written([Column("x", kind=kind)], [[value]])).active["A2"]  # type: ignore[index]
    found = cell.value
    if kind == "date" and not isinstance(shown, str):
        found = found.date()
    elif isinstance(shown, Decimal):
        found = Decimal(str(found))
    assert (found, cell.number_format) == (shown, number_format)


def test_text_stays_text_and_comes_back_as_it_was() -> None:
    stream = written([Column("x")], [[text] for text in TEXTS])
    book: Any = openpyxl.load_workbook(stream).active
    assert {cell.data_type for (cell,) in book.iter_rows(min_row=2)} == {"s"}
    (sheet,) = sheets.read(stream, name="x.xlsx")
    assert [row.values for row in sheet.rows()] == [["x"], *([text] for text in TEXTS)]
    with ZipFile(stream) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_csv_runs_nothing_and_comes_back_as_it_was() -> None:
    raw = as_csv([Column("x"), Column("=y")], [[text, "z"] for text in TEXTS])
    assert raw.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(raw[3:].decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝"))]
    (sheet,) = sheets.read(io.BytesIO(raw), name="x.csv")
    assert [row.values for row in sheet.rows()] == [["x", "=y"], *([text, "z"] for text in TEXTS)]


def test_numbers_of_a_csv_are_plain() -> None:
    columns = [Column(kind, kind=kind) for kind in KINDS]  # type: ignore[arg-type]
    row = ["x", -12, -123_456, 9_250, date(2026, 1, 2), MOMENT, -1_239_999]
    lines = as_csv(columns, [row, [None] * 7]).decode("utf-8-sig").splitlines()
    assert lines[1:] == ["x,-12,-1234.56,92.50%,2026-01-02,2026-03-01 01:30:59,-1.23", ",,,,,,"]


def test_what_a_workbook_cannot_hold_is_replaced_or_visibly_cut() -> None:
    rows = [["a\0b\x1fc"], ["a\ud800"], ["a\r\nb\rc\td"], ["x" * 32_767], ["x" * 32_768], ["😀" * 16_384]]
    (sheet,) = sheets.read(written([Column("x")], rows), name="x.xlsx")
    found = [row.values[0] for row in sheet.rows()][1:]
    assert found == [
        "a\ufffdb\ufffdc", "a\ufffd", "a\nb\nc\td", "x" * 32_767, "x" * 32_766 + "…", "😀" * 16_383 + "…",
    ]  # fmt: skip


def test_a_sheet_has_a_frozen_bold_header_with_a_filter_also_without_rows() -> None:
    for count in (0, 3):
        sheet: Any = openpyxl.load_workbook(
            written([Column("Name", 30), Column("=Code & <x>")], [["a", "b"]] * count)
        ).active
        assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == (
            "Tiers",
            "A2",
            f"A1:B{count + 1}",
        )
        assert [(cell.value, cell.font.b) for cell in sheet[1]] == [("Name", True), ("=Code & <x>", True)]
        assert sheet.column_dimensions["A"].width == 30


def test_what_does_not_fit_goes_to_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LAST_ROW", 4)
    for count, sizes in ((3, [3]), (4, [3, 1]), (7, [3, 3, 1])):
        stream = io.BytesIO()
        assert (
            write_plain("客户", [Column("n", kind="integer")], ([n] for n in range(count)), stream=stream)
            == count
        )
        book = openpyxl.load_workbook(stream)
        assert [(sheet.title, sheet.max_row - 1) for sheet in book] == [
            ("客户" if n == 1 else f"客户 {n}", size) for n, size in enumerate(sizes, start=1)
        ]
        assert [row[0] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)] == list(
            range(count)
        )


@pytest.mark.usefixtures("libreoffice")
def test_libreoffice_reads_what_was_written(tmp_path: Path) -> None:
    columns = [Column(kind, kind=kind) for kind in KINDS]  # type: ignore[arg-type]
    texts = [text for text in TEXTS if "\n" not in text]
    rows = [[text, 12, 123_456, 9_250, date(2026, 1, 2), MOMENT, 79_996_000] for text in texts]
    source = tmp_path / "plain.xlsx"
    source.write_bytes(written(columns, rows).getvalue())
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true", "--outdir", tmp_path, source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    found = list(csv.reader((tmp_path / "plain.csv").read_text().splitlines()))
    assert found == [
        list(KINDS),
        *([text, "12", "1,234.56", "92.50%", "2026-01-02", "2026-03-01 01:30:59", "79.99"] for text in texts),
    ]
