"""Each cell is what it is in the file: every kind of cell, in every kind of workbook."""

import io
import struct
import subprocess
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest

from toolbox import sheets
from toolbox.sheetfiles.cells import Serial1904
from toolbox.sheets import Book, Broken, Padded, Percent, text_of
from toolbox.tests.sheets_making import (
    binary,
    ods,
    packed,
    record,
    saved,
    wide,
    workbook,
    xls,
    xlsb,
    xlsx,
    xlsx_parts,
)

DATE, MOMENT, PERCENT, FINER, PADDED, CHINESE, LENGTH, TEXT, PLACES = range(1, 10)
FORMATS: Final = (0, 14, 22, 9, "0.00%;[Red]-0.00%", "00000", 31, "[h]:mm:ss", "@", '#,##0.00"元"')


def book(data: bytes, **more: Any) -> Book:
    return sheets.read(io.BytesIO(data), name="x", **more)


def cells(data: bytes) -> list[Any]:
    """The rows of the first sheet, each with what kind of number it holds."""
    return [[shown(value) for value in row.values] for row in book(data)[0].rows()]


def shown(value: Any) -> Any:
    """Percent and Padded are equal to the number they hold."""
    return (type(value).__name__, text_of(value)) if type(value) in {Percent, Padded, Serial1904} else value


def cell(inner: str, **more: Any) -> Any:
    [[found]] = cells(xlsx(f'<row r="1">{inner}</row>', formats=FORMATS, **more))
    return found


def number(value: str, style: int = 0) -> str:
    return f'<c r="A1" s="{style}"><v>{value}</v></c>'


@pytest.mark.parametrize(
    "inner, value",
    [
        (number("5"), 5.0),
        (number("1234.56"), 1234.56),
        (number("-0.1"), -0.1),
        (number("1E-7"), 1e-7),
        (number("0.30000000000000004"), 0.1 + 0.2),
        (number("999999999999999"), 999_999_999_999_999.0),
        (number("0.92", PERCENT), ("Percent", "92%")),
        (number("0.9253", FINER), ("Percent", "92.53%")),
        (number("-1", PERCENT), ("Percent", "-100%")),
        (number("123", PADDED), ("Padded", "00123")),
        (number("1234567", PADDED), 1_234_567.0),
        (number("1.5", PADDED), 1.5),
        (number("5", TEXT), 5.0),
        (number("5", PLACES), 5.0),
        (number("46268", DATE), date(2026, 9, 3)),
        (number("46268", CHINESE), date(2026, 9, 3)),
        (number("46268.5", MOMENT), datetime(2026, 9, 3, 12)),  # noqa: DTZ001 - cells know no zones
        (number("46268.520844907405", MOMENT), datetime(2026, 9, 3, 12, 30, 1)),  # noqa: DTZ001 - as above
        (number("0.25", MOMENT), time(6)),
        (number("1.25", LENGTH), timedelta(days=1, hours=6)),
        (number("1", DATE), date(1900, 1, 1)),
        (number("59", DATE), date(1900, 2, 28)),
        (number("60", DATE), Broken("day", "1900-02-29")),
        (number("60.5", DATE), Broken("day", "1900-02-29")),
        (number("60"), 60.0),
        (number("61", DATE), date(1900, 3, 1)),
        ('<c r="A1" t="d"><v>2026-09-03</v></c>', date(2026, 9, 3)),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="e"><v>#N/A</v></c>', Broken("error", "#N/A")),
        ('<c t="e" s="1" r="A1"><f>1/0</f><v>#DIV/0!</v></c>', Broken("error", "#DIV/0!")),
        ('<c r="A1" t="e"><f t="shared" si="0"/><v>#REF!</v></c>', Broken("error", "#REF!")),
        ("<c r='A1' t='e'><v>#NUM!</v></c>", Broken("error", "#NUM!")),
        ('<c t="e"><v>#NAME?</v></c>', Broken("error", "#NAME?")),
        ('<c r="A1"><f>B1&lt;2</f></c>', Broken("formula", "=B1<2")),
        ('<c r="A1"><f>B1+1</f><v/></c>', Broken("formula", "=B1+1")),
        ('<c r="A1"><f t="shared" si="0"/><v></v></c>', Broken("formula")),
        ('<c r="A1" s="3"><f>B1+1</f><v>0.5</v></c>', ("Percent", "50%")),
        ('<c r="A1"><f>B1+1</f>\n  <v>2</v></c>', 2.0),
        ('<c r="A1"><f t="shared" si="0"/><v>2</v></c>', 2.0),
        ('<c r="A1" t="str"><f>B1</f><v>x</v></c>', "x"),
        ('<c r="A1" t="inlineStr"><is><t>e</t></is></c>', "e"),
        ('<c r="A1" t="inlineStr"><is><r><t>红</t></r><r><t xml:space="preserve"> 字</t></r></is></c>', "红 字"),
        ('<c r="A1" t="str"><v>001</v></c>', "001"),
        ('<c r="A1" t="str"><v>\'001</v></c>', "'001"),
        ('<c r="A1" t="str"><v>=1+1</v></c>', "=1+1"),
        ('<c r="A1" t="str" s="3"><v>0.5</v></c>', "0.5"),
    ],
)  # fmt: skip
def test_a_cell_of_an_xlsx_is_exact(inner: str, value: Any) -> None:
    found = cell(inner)
    assert (type(found), found) == (type(value), value)


def test_a_formula_whose_result_is_an_empty_text_is_empty() -> None:
    assert cells(xlsx('<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1"><v>1</v></c></row>')) == [
        [None, 1]
    ]


def test_a_result_of_0_that_nobody_reckoned_is_none() -> None:
    """As XlsxWriter writes: it asks Excel to reckon when the workbook is opened."""
    row = (
        '<row r="1"><c r="A1"><f>B1</f><v>0</v></c><c r="B1"><v>0</v></c><c r="C1"><f>1/2</f><v>0.5</v></c>'
        '<c r="D1"><f t="shared" si="0"/><v>0</v></c></row>'
    )
    assert cells(xlsx(row, properties='<calcPr fullCalcOnLoad="1"/>')) == [
        [Broken("formula", "=B1"), 0, 0.5, Broken("formula")]
    ]
    assert cells(xlsx(row)) == [[0, 0, 0.5, 0]]


@pytest.mark.parametrize(
    "is_calculated, options, value",
    [(False, 0, Broken("formula")), (True, 2, Broken("formula")), (True, 0, 0.0)],
)
def test_an_xls_of_a_program_that_does_not_reckon_has_no_results(
    is_calculated: bool, options: int, value: Any
) -> None:
    result = struct.pack("<HHHdH", 0, 0, 0, 0.0, options) + b"\0" * 6
    data = xls(
        record(0x0006, result) + record(0x0203, struct.pack("<HHHd", 0, 1, 0, 5)),
        globals_=record(0x01C1, b"\xc1\1\0\0\0\0\0\0") if is_calculated else b"",
    )
    assert cells(data) == [[value, 5]]


def test_phonetic_guides_do_not_come_into_the_text() -> None:
    text = '<t>重慶</t><rPh sb="0" eb="2"><t>ジュウケイ</t></rPh><phoneticPr fontId="1"/>'
    assert cell('<c r="A1" t="s"><v>0</v></c>', strings=[text]) == "重慶"


def test_days_are_counted_from_1904_where_the_workbook_does() -> None:
    row = "".join(
        f'<c r="{letter}1" s="{style}"><v>{value}</v></c>'
        for letter, style, value in (
            ("A", DATE, 44806),
            ("B", 0, 44806),
            ("C", PERCENT, 0.5),
            ("D", DATE, 60),
        )
    )
    data = xlsx(f'<row r="1">{row}</row>', formats=FORMATS, properties='<workbookPr date1904="1"/>')
    assert book(data).is_1904
    [found] = cells(data)
    assert found == [date(2026, 9, 3), ("Serial1904", "44806"), ("Percent", "50%"), date(1904, 3, 1)]
    [only] = book(data)[0].rows()
    assert sheets.parse_date(only.values[1]) == date(2026, 9, 3)


@pytest.mark.parametrize("prefix", ["x:", ""])
def test_cells_that_do_not_say_where_they_stand_are_counted(prefix: str) -> None:
    rows = '<row><c s="3"><v>0.5</v></c><c/><c t="e"><v>#N/A</v></c></row><row r="5"><c r="C5" t="e"><v>#REF!</v></c><c t="e"><v>#NUM!</v></c></row>'
    worksheet = f'<worksheet xmlns{":x" if prefix else ""}="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
    if prefix:
        worksheet = (
            worksheet.replace("</", "</x:")
            .replace("<row", "<x:row")
            .replace("<c", "<x:c")
            .replace("<v", "<x:v")
        )
        worksheet = worksheet.replace("<worksheet", "<x:worksheet").replace("<sheetData", "<x:sheetData")
    [sheet] = book(xlsx("", worksheet=worksheet, formats=FORMATS))
    assert [(row.number, [shown(value) for value in row.values]) for row in sheet.rows()] == [
        (1, [("Percent", "50%"), None, Broken("error", "#N/A")]),
        (5, [None, None, Broken("error", "#REF!"), Broken("error", "#NUM!")]),
    ]


def test_marks_are_right_over_many_pieces() -> None:
    """A sheet larger than what is unpacked at once, with a mark in each row."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{"长" * 40}{n}</t></is></c><c r="B{n}" s="3"><v>0.{n:05}1</v></c>'
        f'<c r="C{n}" t="e"><v>#N/A</v></c></row>'
        for n in range(1, 20_001)
    )
    [sheet] = book(xlsx(rows, formats=FORMATS))
    for row in sheet.rows():
        assert row.values == [
            "长" * 40 + str(row.number),
            float(f"0.{row.number:05}1"),
            Broken("error", "#N/A"),
        ]
        assert type(row.values[1]) is Percent
    assert sheet.count == 20_000


def test_hidden_sheets_are_left_out_unless_they_are_chosen() -> None:
    made = openpyxl.Workbook()
    first: Any = made.active
    first["A1"] = "seen"
    for title, state in (("hid", "hidden"), ("very", "veryHidden")):
        sheet: Any = made.create_sheet(title)
        sheet["A1"], sheet.sheet_state = title, state
    data = saved(made)
    found = book(data)
    assert ([sheet.name for sheet in found], found.skipped) == (["Sheet"], ["hid", "very"])
    found = book(data, sheets=["very"])
    assert [(s.name, s.visibility, [r.values for r in s.rows()]) for s in found] == [
        ("very", "very hidden", [["very"]])
    ]
    with pytest.raises(sheets.SheetError, match="no sheet “none”"):
        book(data, sheets=["none"])


def test_hidden_rows_and_columns_are_read_and_said() -> None:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    for _n in range(3):
        sheet.append(["a", "b", "c"])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.merge_cells("A3:B3")
    [found] = book(saved(made))
    assert (found.count, found.hidden_rows, found.hidden_columns, found.merged) == (
        3,
        [2],
        [1],
        [(3, 0, 3, 1)],
    )


def test_charts_are_no_sheets() -> None:
    parts = xlsx_parts('<row r="1"><c r="A1"><v>1</v></c></row>')
    chart = '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartsheet" Target="chartsheets/sheet1.xml"/>'
    rels = "xl/_rels/workbook.xml.rels"
    parts |= {
        rels: str(parts[rels]).replace("</R", chart + "</R"),
        "xl/chartsheets/sheet1.xml": "<chartsheet/>",
    }
    parts["xl/workbook.xml"] = str(parts["xl/workbook.xml"]).replace(
        "</sheets>", '<sheet name="C" sheetId="2" r:id="rId9"/></sheets>'
    )
    assert [sheet.name for sheet in book(packed(parts))] == ["S"]


def test_parts_may_lie_where_the_workbook_says() -> None:
    parts = xlsx_parts('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>')
    parts["xl/worksheets/other.xml"] = parts.pop("xl/worksheets/sheet1.xml")
    parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace(
        "worksheets/sheet1", "/xl/worksheets/other"
    )
    assert cells(packed(parts)) == [[Broken("error", "#N/A")]]


# The other kinds


def test_cells_of_an_xls_are_exact() -> None:
    at = struct.pack
    data = xls(
        record(0x0208, at("<HHHHIHH", 0, 0, 9, 255, 0, 0x20, 0)[:12] + at("<HH", 0x20, 0))
        + record(0x007D, at("<HHHHHH", 3, 3, 2_000, 0, 1, 0))
        + record(0x0203, at("<HHHd", 0, 0, 0, 1234.56))
        + record(0x0203, at("<HHHd", 0, 1, 1, 0.92))
        + record(0x0203, at("<HHHd", 0, 2, 2, 123))
        + record(0x0203, at("<HHHd", 0, 3, 3, 46268))
        + record(0x0205, at("<HHHBB", 0, 4, 0, 0x2A, 1))
        + record(0x0205, at("<HHHBB", 0, 5, 0, 1, 0))
        + record(0x00BD, at("<HH", 0, 6) + at("<HI", 1, 50 << 2 | 3) + at("<HI", 0, 7 << 2 | 2) + at("<H", 7))
        + record(0x0006, at("<HHH", 0, 8, 0) + b"\x02\0\x07\0\0\0\xff\xff" + b"\0" * 8),
        styles=(0, 9, 164, 14), formats={164: "00000"},
    )  # fmt: skip
    assert cells(data) == [
        [
            1234.56, ("Percent", "92%"), ("Padded", "00123"), date(2026, 9, 3), Broken("error", "#N/A"), True,
            ("Percent", "50%"), 7, Broken("error", "#DIV/0!"),
        ]
    ]  # fmt: skip
    [sheet] = book(data)
    assert (sheet.hidden_rows, sheet.hidden_columns) == ([1], [3])


def test_cells_of_an_xlsb_are_exact() -> None:
    def placed(column: int, style: int) -> bytes:
        return struct.pack("<I", column) + struct.pack("<I", style)[:3] + b"\0"

    data = xlsb(
        binary(0, struct.pack("<IIHHBI", 0, 0, 300, 0, 0, 0))
        + binary(5, placed(0, 0) + struct.pack("<d", 1234.56))
        + binary(5, placed(1, 1) + struct.pack("<d", 0.92))
        + binary(5, placed(2, 2) + struct.pack("<d", 123))
        + binary(3, placed(3, 0) + b"\x2a")
        + binary(6, placed(4, 0) + wide("文本")),
        formats=(0, 9, 164), codes={164: "00000"},
    )  # fmt: skip
    found = cells(data)
    assert found == [[1234.56, ("Percent", "92%"), ("Padded", "00123"), Broken("error", "#N/A"), "文本"]]


def test_cells_of_an_ods_are_exact() -> None:
    row = """
    <table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>
    <table:table-row table:visibility="filter">
      <table:table-cell office:value-type="float" office:value="1234.56"><text:p>1,234.56</text:p></table:table-cell>
      <table:table-cell office:value-type="percentage" office:value="0.92"><text:p>92%</text:p></table:table-cell>
      <table:table-cell table:style-name="ce1" office:value-type="float" office:value="123"><text:p>00123</text:p></table:table-cell>
      <table:table-cell office:value-type="date" office:date-value="2026-09-03"/>
      <table:table-cell office:value-type="date" office:date-value="2026-09-03T12:30:01"/>
      <table:table-cell office:value-type="time" office:time-value="PT09H30M00S"/>
      <table:table-cell office:value-type="time" office:time-value="PT30H00M00S"/>
      <table:table-cell office:value-type="boolean" office:boolean-value="true"/>
      <table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>
      <table:table-cell table:formula="of:=1+1"/>
      <table:table-cell table:number-columns-repeated="2"/>
      <table:table-cell office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation
        ><text:p>a<text:s text:c="2"/>b<text:tab/><text:span>c</text:span></text:p><text:p>𠮷</text:p></table:table-cell>
      <table:table-cell office:value-type="currency" office:value="5"/>
      <table:table-cell table:number-columns-repeated="16370"/>
    </table:table-row>
    <table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>
    <table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"
      table:number-columns-spanned="2" office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>
    """
    styles = (
        '<number:number-style style:name="N1"><number:number number:decimal-places="0" number:min-integer-digits="5"/>'
        '</number:number-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
    )
    [sheet] = book(ods(row, styles=styles))
    assert [(row.number, [shown(value) for value in row.values]) for row in sheet.rows()] == [
        (
            1,
            [
                1234.56, ("Percent", "92%"), ("Padded", "00123"), date(2026, 9, 3),
                datetime(2026, 9, 3, 12, 30, 1), time(9, 30), timedelta(hours=30), True,  # noqa: DTZ001 - cells know no zones
                Broken("error", "#N/A"), Broken("formula", "of:=1+1"), None, None, "a  b\tc\n𠮷", 5.0,
            ],
        ),
        (5, ["x", "x"]),
        (6, ["x", "x"]),
    ]  # fmt: skip
    assert (sheet.hidden_rows, sheet.hidden_columns) == ([1], [2])


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_libreoffice_writes_is_read_exactly(tmp_path: Path, kind: str) -> None:
    moment = datetime(2026, 9, 3, 12, 30, 1)  # noqa: DTZ001 - cells know no zones
    source = tmp_path / "source.xlsx"
    source.write_bytes(
        workbook(
            {"A1": "001", "B1": 1234.5, "C1": 0.92, "D1": date(2026, 9, 3), "E1": moment, "F1": time(9, 30), "G1": 123,
             "H1": "=1/0", "I1": " 𠮷\n=+-@😀", "J1": "=1+1"},
            {"C1": "0.00%", "G1": "00000"},
        )
    )  # fmt: skip
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", kind,
         "--outdir", tmp_path / "made", source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert cells((tmp_path / "made" / f"source.{kind}").read_bytes()) == [
        [
            "001", 1234.5, ("Percent", "92%"), date(2026, 9, 3), moment, time(9, 30), ("Padded", "00123"),
            Broken("error", "#DIV/0!"), " 𠮷\n=+-@😀", 2,
        ]
    ]  # fmt: skip
