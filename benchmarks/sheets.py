"""Reading a sheet of 100,000 rows × 20 columns, beside bare python-calamine: `./run bench sheets [--rows 100000]`.

Bare python-calamine opens the workbook and reads every cell, in a process of its own, and nothing more. Ours reads the
same file with every check, in its process with limits, gives every row, finds the table, and (the third figure) parses
every cell of it. Beside it stands openpyxl in read-only mode. They take turns; the medians are compared.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import psutil

HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS: Final = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
KINDS: Final = ("code", "name", *["text"] * 6, *["money"] * 6, *["integer"] * 3, *["date"] * 2, "percent")
BARE: Final = """
import sys, python_calamine
with open(sys.argv[1], "rb") as file:
    sheet = python_calamine.CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
    print(sum(len(row) for row in sheet.iter_rows()))
"""
OPENPYXL: Final = """
import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).active
print(sum(len(row) for row in sheet.iter_rows(values_only=True)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--openpyxl", action="store_true", help="measure it too; it takes ten times as long")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    import django  # noqa: PLC0415

    django.setup()
    from toolbox import garbage  # noqa: PLC0415

    garbage.settle()  # as in a worker
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        write(file, options.rows)
        size = Path(file.name).stat().st_size / 2**20
        print(f"{options.rows:,} rows × {len(KINDS)} columns, {size:.1f} MB")
        ways: dict[str, Callable[[str], Any]] = {
            "bare python-calamine": bare,
            "ours, every row": rows,
            "ours, table found": table,
            "ours, every cell parsed": parsed,
        }
        if options.openpyxl:
            ways["openpyxl, read-only"] = slow
        took: dict[str, list[float]] = {name: [] for name in ways}
        cells = set()
        for _round in range(options.rounds):
            for name, way in ways.items():
                started = time.perf_counter()
                cells.add(way(file.name))
                took[name].append(time.perf_counter() - started)
        assert len(cells) == 1, cells
        yardstick = statistics.median(took["bare python-calamine"])
        for name, seconds in took.items():
            middle = statistics.median(seconds)
            print(
                f"{name:26} {middle:6.2f} s {middle / yardstick:6.2f} ×   ({min(seconds):.2f} to {max(seconds):.2f})"
            )
        print(
            f"memory of the process that reads: {memory(file.name):.0f} MB at most (limit: {limits(file.name).memory_megabytes})"
        )
    print(f"start of the process that reads: {start_up() * 1_000:.0f} ms")


def bare(path: str) -> int:
    return int(subprocess.check_output([sys.executable, "-c", BARE, path]))


def slow(path: str) -> int:
    return int(subprocess.check_output([sys.executable, "-c", OPENPYXL, path]))


def limits(_path: str = "") -> Any:
    from toolbox.sheets import limits_in_force  # noqa: PLC0415

    return replace(limits_in_force(), rows=2_000_000, seconds=120)


def opened(path: str) -> Any:
    from toolbox import sheets  # noqa: PLC0415

    with Path(path).open("rb") as stream:
        return sheets.read(stream, name=path, limits=limits())


def rows(path: str) -> int:
    return sum(len(row.values) for row in opened(path)[0].rows())


def known() -> list[Any]:
    from toolbox.sheets import KnownColumn  # noqa: PLC0415

    return [KnownColumn(f"{kind}{n}", (f"{kind} {n}",), is_required=n == 0) for n, kind in enumerate(KINDS)]


def table(path: str) -> int:
    from toolbox import sheets  # noqa: PLC0415

    found = sheets.find_table(opened(path), known())
    assert len(found.matches.at) == len(KINDS)
    return len(found.headers) + sum(len(row.values) for row in found.rows())


def parsed(path: str) -> int:
    from toolbox import sheets  # noqa: PLC0415

    parsers: dict[str, Callable[[Any], Any]] = {
        "code": sheets.parse_code, "name": sheets.parse_text, "text": sheets.parse_text, "money": sheets.parse_money,
        "integer": sheets.parse_int, "date": sheets.parse_date, "percent": sheets.parse_percent_bp,
    }  # fmt: skip
    parse = [parsers[kind] for kind in KINDS]
    found = sheets.find_table(opened(path), known())
    count = len(found.headers)
    for row in found.rows():
        count += len([one(value) for one, value in zip(parse, row.values, strict=True)])
    return count


def memory(path: str) -> float:
    """The peak of the process that reads and of those beside it, looked at from outside."""
    most = 0.0
    reading = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from benchmarks import sheets; import os; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'crm.settings'); import django; django.setup(); sheets.opened({path!r})",
        ]
    )
    while reading.poll() is None:
        try:
            for child in psutil.Process(reading.pid).children(recursive=True):
                most = max(most, child.memory_info().rss / 2**20)
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.01)
    return most


def start_up() -> float:
    import io  # noqa: PLC0415

    from toolbox import sheets  # noqa: PLC0415

    took = []
    for _n in range(9):
        started = time.perf_counter()
        sheets.read(io.BytesIO(b"a,b\n"), name="x")
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def write(file: IO[bytes], count: int) -> None:
    """As Excel writes it: shared texts, styles for money, days and percentages."""
    chance = random.Random(1)
    texts: dict[str, int] = {}
    data = "".join(line(number, texts, chance) for number in range(1, count + 2))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts(data, texts):
            archive.writestr(name, HEAD + content)
    file.flush()


def line(number: int, texts: dict[str, int], chance: random.Random) -> str:
    cells = []
    for n, kind in enumerate(KINDS):
        place = f'r="{chr(ord("A") + n)}{number}"'
        if number == 1:
            cells.append(f'<c {place} t="s"><v>{texts.setdefault(f"{kind} {n}", len(texts))}</v></c>')
            continue
        match kind:
            case "code" | "name" | "text":
                text = {"code": f"K{number:06}", "name": f"重庆第{number}有限公司"}.get(
                    kind
                ) or f"城市{chance.randrange(300)}"
                cells.append(f'<c {place} t="s"><v>{texts.setdefault(text, len(texts))}</v></c>')
            case "money":
                cells.append(f'<c {place} s="1"><v>{chance.randrange(10**8) / 100}</v></c>')
            case "integer":
                cells.append(f"<c {place}><v>{chance.randrange(10**5)}</v></c>")
            case "date":
                cells.append(f'<c {place} s="2"><v>{chance.randrange(40_000, 46_000)}</v></c>')
            case _:
                cells.append(f'<c {place} s="3"><v>{chance.randrange(100) / 100}</v></c>')
    return f'<row r="{number}" spans="1:20">{"".join(cells)}</row>'


def parts(data: str, texts: dict[str, int]) -> Iterator[tuple[str, str]]:
    relation = f'<Relationship Id="%s" Type="{OFFICE}/%s" Target="%s"/>'
    yield (
        "_rels/.rels",
        f"<Relationships {RELATIONS}>{relation % ('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
    )
    yield (
        "xl/workbook.xml",
        f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    )
    related = (
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "styles", "styles.xml"),
        ("rId3", "sharedStrings", "sharedStrings.xml"),
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f"<Relationships {RELATIONS}>{''.join(relation % one for one in related)}</Relationships>",
    )
    styles = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 4, 14, 9))
    yield "xl/styles.xml", f"<styleSheet {MAIN}><cellXfs>{styles}</cellXfs></styleSheet>"
    yield "xl/sharedStrings.xml", f"<sst {MAIN}>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>"
    yield "xl/worksheets/sheet1.xml", f"<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>"


if __name__ == "__main__":
    main()
