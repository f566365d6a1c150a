"""Files that mean harm, or are no sheets: each ends in a sentence, within the limits, and never in a crash."""

import gzip
import io
import os
import signal
import struct
import subprocess
import sys
import textwrap
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import psutil
import pytest

from toolbox import sheets
from toolbox.sheetfiles.limits import Limits
from toolbox.sheets import SheetError, process
from toolbox.tests.sheets_making import (
    HEAD,
    MAIN,
    compound,
    ods,
    packed,
    record,
    repacked,
    rows_of,
    workbook,
    xls,
    xlsb,
    xlsx,
    xlsx_parts,
)

ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
BOMB = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>' + " " * 60_000_000
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def refusal(data: bytes, name: str = "file.xlsx", **limits: Any) -> str:
    with pytest.raises(SheetError) as refused:
        list(sheets.read(io.BytesIO(data), name=name, limits=Limits(**limits)))
    return str(refused.value)


def liar(size: int) -> bytes:
    """A zip whose one large part says it is a byte long."""
    data = bytearray(packed(xlsx_parts(ONE) | {"xl/worksheets/sheet1.xml": b"0" * size}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 1)
    data[central + 16 : central + 20] = struct.pack("<I", zlib.crc32(b"0"))
    return bytes(data)


def twice(name: str) -> bytes:
    """A zip with two parts of one name, and different content."""
    stream = io.BytesIO(packed(xlsx_parts(ONE)))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(name, b"<other/>")
    return stream.getvalue()


def nested(depth: int) -> bytes:
    return xlsx('<row r="1"><c r="A1" t="inlineStr">' + "<is>" * depth + "</is>" * depth + "</c></row>")


@pytest.mark.parametrize(
    "data, problem",
    [
        pytest.param(b"", "The file is empty", id="an empty file"),
        pytest.param(b"PK\x03\x04 and no more", "damaged", id="the beginning of a zip"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "an archive and no workbook", id="a zip of nothing"),
        pytest.param(b"\xd0\xcf\x11\xe0 and no more", "damaged", id="the beginning of an xls"),
        pytest.param(workbook({"A1": 1})[:-300], "damaged", id="an xlsx without its end"),
        pytest.param(workbook({"A1": 1})[:2_000], "damaged", id="half an xlsx"),
        pytest.param(xls(b"")[:1_500], "damaged", id="half an xls"),
        pytest.param(xls(b"")[:4_608] + b"\0" * 512 + xls(b"")[5_120:], "damaged", id="an xls without its list of contents"),
        pytest.param(packed({"readme.txt": b"x"}), "an archive and no workbook", id="a zip of something else"),
        pytest.param(
            packed({"_rels/.rels": b"<a/>", "word/document.xml": b"<a/>"}), "an archive and no workbook", id="a Word file"
        ),
        pytest.param(compound({"WordDocument": b"x" * 5_000}), "another kind", id="a doc of old Word"),
        pytest.param(compound({"EncryptedPackage": b"x" * 5_000}), "password", id="an xlsx with a password"),
        pytest.param(xls(b"", globals_=record(0x2F, b"\0" * 6)), "password", id="an xls with a password"),
        pytest.param(
            ods("", more={"META-INF/manifest.xml": b"<manifest:encryption-data/>"}), "password", id="an ods with a password"
        ),
        pytest.param(
            packed(xlsx_parts(ONE), method=zipfile.ZIP_STORED).replace(b"<v>1", b"<v>2"), "damaged", id="bytes of a part that were changed"
        ),
        pytest.param(packed({"mimetype": b"application/vnd.oasis.opendocument.text"}), "an archive and no", id="an odt"),
        pytest.param(repacked(workbook({"A1": 1}), {"xl/workbook.xml": None}), "damaged", id="an xlsx without its book"),
        pytest.param(
            repacked(workbook({"A1": 1}), {"xl/worksheets/sheet1.xml": None}), "damaged", id="an xlsx without its sheet"
        ),
        pytest.param(xlsx(ONE + "<row"), "damaged", id="a sheet that ends in a tag"),
        pytest.param(xlsx('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "damaged", id="a text that is nowhere"),
        pytest.param(xlsx("", worksheet=BOMB), "many times its size", id="a zip bomb of one part"),
        pytest.param(liar(3_000_000), "damaged", id="a zip that lies about sizes"),
        pytest.param(packed({f"x{n}.xml": b"" for n in range(5_001)}), "more than 5000 parts", id="a zip of many parts"),
        pytest.param(twice("xl/workbook.xml"), "damaged", id="two parts of one name"),
        pytest.param(
            repacked(workbook({"A1": 1}), {"xl/workbook.xml": LAUGHS + "<a>&b;</a>"}), "declares entities", id="a DTD in the book"
        ),
        pytest.param(xlsx("", worksheet=f"{LAUGHS}<worksheet/>"), "declares entities", id="a DTD in a sheet"),
        pytest.param(
            repacked(workbook({"A1": 1}), {"xl/sharedStrings.xml": LAUGHS + "<sst/>"}), "declares entities",
            id="a DTD among the texts",
        ),
        pytest.param(
            repacked(workbook({"A1": 1}), {"docProps/core.xml": LAUGHS + "<a/>"}), "declares entities", id="a DTD in the properties"
        ),
        pytest.param(xlsx("", worksheet=f"{LAUGHS}<worksheet/>".encode("utf-16")), "unusual way", id="a DTD in UTF-16"),
        pytest.param(
            packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": LAUGHS + "<a>&b;</a>"}),
            "declares entities", id="a DTD in an ods",
        ),
        pytest.param(
            packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a>" * 5_000}),
            "damaged", id="an ods nested deeply",
        ),
        pytest.param(workbook({"A1": 1, "XFD1": 1}), "at most 200 columns, and something stands in XFD1", id="a far column"),
        pytest.param(workbook({"A1": 1, "XFD1048576": 1}), "300 MB of memory", id="A1 and XFD1048576"),
        pytest.param(
            ods('<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" '
                'office:value="1"/></table:table-row>'),
            "at most 50000 rows", id="an ods row repeated a million times",
        ),
        pytest.param(
            ods('<table:table-row><table:table-cell table:number-columns-repeated="16384" office:value-type="float" '
                'office:value="1"/></table:table-row>'),
            "at most 200 columns", id="an ods cell repeated over all columns",
        ),
        pytest.param(rows_of([[n] for n in range(50_001)]), "at most 50000 rows, and “Sheet” has more", id="too many rows"),
        pytest.param(b"a\n" * 50_001, "at most 50000 rows", id="too many lines"),
        pytest.param(
            xlsx(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * 32_768}</t></is></c></row>'),
            "at most 32767 characters; A1 of “S” holds", id="a long text in a cell",
        ),
        pytest.param(b"a,b\n1," + b"x" * 32_768, "at most 32767 characters; B2 of “file” holds more", id="a long text in a line"),
        pytest.param(
            b'a,"b\nc"\n1,"x\n"\n2,"""' + b"y,\n" * 11_000 + b'"\n', "B3 of “file” holds more",
            id="a long text in quotation marks",
        ),
        pytest.param(
            b"a,b\n" + b'"' + b'""' * 32_767 + b'",' + b"x" * 32_768, "B2 of “file” holds more",
            id="a text as long as may be, and a longer one",
        ),
        pytest.param(b"a,b\n1,2\n3," + b'"' + b"x\n" * 2_000, "from row 3 on: a quotation mark", id="a quote that never ends"),
        pytest.param(b'a,b\n1,"x"y\n', "from row 2 on: a quotation mark", id="text behind a quote"),
        pytest.param(b"\x1f\x8b and no more", "compressed file is damaged", id="the beginning of a gz"),
        pytest.param(gzip.compress(b"a,b\n" * 9_999)[:-20], "compressed file is damaged", id="half a gz"),
        pytest.param(gzip.compress(b"0" * 500_000_000, 1), "400 MB unpacked", id="a gz bomb"),
        pytest.param(gzip.compress(workbook({"A1": 1})), "inside a compressed file", id="a workbook in a gz"),
        pytest.param(b"0" * 21_000_000, "larger than 20 MB", id="a large file"),
        pytest.param(bytes(range(256)) * 9, "neither a workbook nor a text", id="any bytes"),
        pytest.param(b"a,b\n1,\0\n", "Row 2 of the text file holds a character that no text has", id="a NUL"),
        pytest.param("客户,城市\n重庆,\0\n".encode("gb18030"), "Row 2 of the text file holds", id="a NUL in GB18030"),
        pytest.param(b"a,b\0\n1,2\n\0", "Row 1 of the text file holds a character", id="more NULs"),
        pytest.param("编号,名称\n1,重".encode()[:-1], "breaks off", id="UTF-8 that breaks off"),
        pytest.param("编号,名称".encode("utf-16-le")[:-1], "neither a workbook nor a text", id="UTF-16 that breaks off"),
        pytest.param(b"<html><table><tr><td>1", "web page", id="a web page"),
        pytest.param(b"<style>td {}</style><table><tr><td>1", "web page", id="a web page that begins with its style"),
        pytest.param(b"<!-- ERP --><div><table>", "web page", id="a web page that begins with a comment"),
        pytest.param(b"MIME-Version: 1.0\nX-Document-Type: Workbook\n", "web page", id="a web archive"),
        pytest.param(b'\xef\xbb\xbf<?xml version="1.0"?><Workbook>', "written as XML", id="SpreadsheetML of 2003"),
        pytest.param(
            '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Data>重</Data>'.encode("gb18030"), "written as XML",
            id="SpreadsheetML in GB18030",
        ),
        pytest.param(b'<?xml version="1.0"?><office:document xmlns:office="x">', "written as XML", id="a flat ods"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\x00\n", "document of another kind", id="a PDF"),
        pytest.param(b"{\\rtf1\\ansi hello}", "document of another kind", id="an RTF"),
        pytest.param(b"7z\xbc\xaf\x27\x1c" + b"\1" * 99, "an archive and no workbook", id="a 7z"),
        pytest.param(
            "编号,名称\n1,甲\n".encode() + "2,乙公司\n".encode("gb18030"), "different encodings; row 3",
            id="a row in GB18030 below UTF-8",
        ),
        pytest.param(
            "编号,名称\n1,甲\n".encode("gb18030") + "2,乙公司\n".encode(), "different encodings; row 3",
            id="a row in UTF-8 below GB18030",
        ),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither a workbook nor a text", id="a picture"),
    ],
)  # fmt: skip
def test_it_is_refused_with_what_to_do(data: bytes, problem: str) -> None:
    began = time.perf_counter()
    assert problem in refusal(data)
    assert time.perf_counter() - began < 25


def test_a_nest_of_tags_takes_no_stack() -> None:
    (sheet,) = sheets.read(io.BytesIO(nested(500_000)), name="x")
    assert list(sheet.rows()) == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(xlsx(ONE, before='<dimension ref="A1:XFD1048576"/>'), id="a false dimension"),
        pytest.param(
            xlsx(ONE + "".join(f'<row r="{n}"><c r="A{n}"/><c r="XFD{n}"/></row>' for n in range(2, 100_000))),
            id="blank cells to the last column",
        ),
        pytest.param(xlsx(ONE + "".join(f'<row r="{n}"/>' for n in range(2, 1_048_577))), id="a million blank rows"),
        pytest.param(
            ods('<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
                '<table:table-row table:number-rows-repeated="1048575"><table:table-cell '
                'table:number-columns-repeated="16384"/></table:table-row>'),
            id="an ods with a million blank rows",
        ),
        pytest.param(
            repacked(xlsx(ONE), {"xl/vbaProject.bin": b"\0" * 999, "xl/externalLinks/externalLink1.xml": "<a/>"}),
            id="macros and external links",
        ),
        pytest.param(repacked(xlsx(ONE), {"xl/media/big.png": b"0" * 600_000_000}), id="a picture that would be large"),
    ],
)  # fmt: skip
def test_what_only_looks_large_or_dangerous_is_read(data: bytes) -> None:
    (sheet,) = sheets.read(io.BytesIO(data), name="x")
    assert [(row.number, row.values) for row in sheet.rows()] == [(1, [1])]


def test_a_suffix_decides_nothing() -> None:
    for name in ("x.csv", "x.pdf", "x"):
        assert sheets.read(io.BytesIO(workbook({"A1": 1})), name=name).kind == "xlsx"
    assert sheets.read(io.BytesIO(b"a,b\n1,2\n"), name="x.xlsx").kind == "text"


def test_bytes_are_changed_one_by_one_and_no_process_crashes_ours() -> None:
    for whole in (
        workbook({"A1": "x", "B2": 5}),
        xls(record(0x0203, struct.pack("<HHHd", 0, 0, 0, 5))),
        xlsb(b""),
    ):
        for at in range(7, len(whole), len(whole) // 12):
            data = bytearray(whole)
            data[at] ^= 0xFF
            try:
                for sheet in sheets.read(io.BytesIO(bytes(data)), name="x", limits=Limits(seconds=10)):
                    list(sheet.rows())
            except SheetError:
                pass


# The limits themselves


def job(code: str, **limits: Any) -> str:
    """What is said when a process that reads does this instead."""
    starting = process._START
    process._START = starting.replace(
        "main()",
        f"child = __import__('toolbox.sheetfiles.child', fromlist=['x']); child.run = lambda *_: exec({code!r}); main()",
    )
    try:
        return refusal(b"a,b\n", **limits)
    finally:
        process._START = starting


@pytest.mark.parametrize(
    "code, said",
    [
        pytest.param("x = bytearray(400_000_000)", "more than 300 MB of memory", id="takes memory"),
        pytest.param("x = [0]\nwhile True: x = x + x", "more than 300 MB of memory", id="takes more and more"),
        pytest.param("while True: pass", "longer than 1 seconds", id="computes for ever"),
        pytest.param("import time; time.sleep(60)", "longer than 1 seconds", id="waits for ever"),
        pytest.param("import os; os.abort()", "damaged or of an unknown kind", id="aborts"),
        pytest.param("import os; os.kill(os.getpid(), 11)", "damaged or of an unknown kind", id="breaks"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "longer than 1 seconds", id="is killed"),
        pytest.param("raise RuntimeError('odd')", "damaged or of an unknown kind", id="has a bug"),
        pytest.param("import os; os._exit(0)", "damaged or of an unknown kind", id="says nothing"),
        pytest.param("import os\nwhile True: os.write(1, bytes(10**6))", "400 MB unpacked", id="fills the disk"),
    ],
)  # fmt: skip
def test_whatever_the_process_does_there_is_a_sentence(code: str, said: str) -> None:
    assert said in job(code, seconds=1 if "seconds" in said else 20)


def test_a_panic_of_the_library_is_an_error_like_others() -> None:
    code = """
from toolbox.sheetfiles.calamine import damage_as_refusal
from toolbox.sheetfiles.spool import Writer
class PanicException(BaseException): pass
from toolbox.sheetfiles.refusals import RefusedError
try:
    with damage_as_refusal():
        raise PanicException
except RefusedError as refused:
    with open(1, "wb", closefd=False) as out: Writer(out).close({"refused": refused.word, "values": refused.values})
"""
    assert "damaged or not complete" in job(code)


def test_the_process_has_nothing_of_ours() -> None:
    code = """
import os, sys, resource
from toolbox.sheetfiles.spool import Writer
said = [sorted(os.listdir("/proc/self/fd")), dict(os.environ), "django" in sys.modules,
        resource.getrlimit(resource.RLIMIT_CORE)[0], resource.getrlimit(resource.RLIMIT_AS)[0]]
with open(1, "wb", closefd=False) as out: Writer(out).close({"refused": "sheet", "values": {"sheet": repr(said)}})
"""
    with Path("/dev/null").open() as held:
        os.set_inheritable(held.fileno(), True)
        said = job(code)
    assert "['0', '1', '2', '3']" in said  # the last one lists the folder
    assert "'LC_CTYPE': 'C.UTF-8'}, False, 0, 314572800" in said or "{}, False, 0, 314572800" in said


def test_the_process_dies_with_whoever_started_it(tmp_path: Path) -> None:
    """The parent is killed in the middle: nobody is left who reads."""
    script = textwrap.dedent(f"""
        import os, io
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django; django.setup()
        from toolbox.sheets import process, read
        process._START = process._START.replace("main()", "import time; from toolbox.sheetfiles import child; child.run = lambda *_: time.sleep(60); main()")
        read(io.BytesIO(b"a"), name="{tmp_path.name}")
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=process.ROOT)
    children: list[psutil.Process] = []
    deadline = time.monotonic() + 20
    while not children and time.monotonic() < deadline:
        children = psutil.Process(parent.pid).children()
        time.sleep(0.05)
    time.sleep(0.5)  # it must have come to its limits
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _gone, alive = psutil.wait_procs(children, timeout=5)
    assert children
    assert not alive


def test_reading_starts_quickly() -> None:
    took = []
    for _n in range(5):
        began = time.perf_counter()
        sheets.read(io.BytesIO(b"a,b\n"), name="x")
        took.append(time.perf_counter() - began)
    assert min(took) < 2  # 0.07 on a machine that does nothing else
