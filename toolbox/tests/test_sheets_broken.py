import io
import time
from contextlib import suppress
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from toolbox import sheets
from toolbox.sheets.broken import broken_cells

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def workbook(cells: str = "") -> io.BytesIO:
    """Two sheets; the second, "B & C", has these cells, written by hand."""
    book = openpyxl.Workbook()
    first: Any = book.active
    first["A1"] = "=1/0"
    book.create_sheet("B & C")
    plain = io.BytesIO()
    book.save(plain)
    made = io.BytesIO()
    with ZipFile(plain) as source, ZipFile(made, "w") as target:
        for part in source.namelist():
            is_second = part == "xl/worksheets/sheet2.xml"
            target.writestr(part, SHEET.format(cells) if is_second else source.read(part))
    return made


@pytest.mark.parametrize(
    "cell, is_broken",
    [
        ('<c r="B3" t="e"><v>#N/A</v></c>', True),
        ('<c t="e" s="1" r="B3"><f>1/0</f><v>#DIV/0!</v></c>', True),
        ('<c r="B3"><f>A1+1</f></c>', True),
        ('<c r="B3"><f>A1+1</f><v/></c>', True),
        ('<c r="B3"><f t="shared" si="0"/><v></v></c>', True),
        ('<c r="B3"><f>A1+1</f><v>2</v></c>', False),
        ('<c r="B3"><f t="shared" si="0"/><v>2</v></c>', False),
        ('<c r="B3" t="str"><f>""</f><v></v></c>', False),
        ('<c r="B3" t="inlineStr"><is><t>e</t></is></c>', False),
        ('<c r="B3" s="4"/>', False),
        ('<c r="B3"><v>2</v></c>', False),
    ],
)
def test_errors_and_formulas_without_a_result_are_found(cell: str, is_broken: bool) -> None:
    stream = workbook(f'<row r="3"><c r="A3" s="1"/>{cell}<c r="AA3"><v>1</v></c></row>')
    assert broken_cells(stream, "B & C") == ({(3, 1)} if is_broken else set())
    assert broken_cells(stream, "Sheet") == {(1, 0)}
    assert broken_cells(stream, "Nowhere") == set()


def test_a_cell_that_reads_as_empty_is_told_apart() -> None:
    stream = workbook('<row r="1"><c r="A1" t="e"><v>#REF!</v></c><c r="B1"><v>1</v></c></row>')
    assert [list(row.values) for row in sheets.read(stream, name="x")[1].rows()] == [[None, 1]]
    assert broken_cells(stream, "B & C") == {(1, 0)}


def test_columns_beyond_z_are_counted_on() -> None:
    assert broken_cells(workbook('<row r="9"><c r="AB9" t="e"/></row>'), "B & C") == {(9, 27)}


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 broken"])
def test_other_files_have_none_that_are_known(content: bytes) -> None:
    assert broken_cells(io.BytesIO(content), "x") == set()


def test_declared_entities_are_not_read() -> None:
    made = io.BytesIO()
    with ZipFile(workbook()) as source, ZipFile(made, "w") as target:
        for part in source.namelist():
            text = source.read(part)
            if part == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "b">]>' + text
            target.writestr(part, text)
    assert broken_cells(made, "Sheet") == set()


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A1"><f>' * 100_000,
        "<c " * 300_000,
        '<c r="A1" t="str"><f>' + "<v " * 200_000,
        '<c r="A1">' + '<x t="str"/>' * 100_000 + "</c>",
        "<c " + "r" + " " * 500_000 + "></c>",
    ],
)
def test_a_file_that_means_harm_takes_no_time(cells: str) -> None:
    stream = workbook(cells)
    began = time.perf_counter()
    with suppress(sheets.SheetError):
        assert broken_cells(stream, "B & C") == set()
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_sheet_that_declares_entities_is_refused(encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]><c r="A1">&a;</c>'
    made = io.BytesIO()
    with ZipFile(workbook()) as source, ZipFile(made, "w") as target:
        for part in source.namelist():
            is_second = part == "xl/worksheets/sheet2.xml"
            target.writestr(part, xml.encode(encoding) if is_second else source.read(part))
    with pytest.raises(sheets.SheetError, match="damaged"):
        broken_cells(made, "B & C")
