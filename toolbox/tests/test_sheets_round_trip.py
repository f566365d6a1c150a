"""What we write we read back: every text a workbook can hold, every number it can keep."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from toolbox import sheets
from toolbox.sheetfiles.guarding import guarded
from toolbox.sheetfiles.texts import kept_text
from toolbox.sheets import Column, write

slow = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ODD = st.sampled_from(
    ["𠀀", "𪚥", "𰻞", "\U00030729", "=1+1", "+86", "-5", "@SUM(A1)", "\t=1", "a\nb", "a\r\nb", "\u200b", "\ufeff", "👩‍👩‍👧", "_x0041_",
     "_x005F_", " ", "  a ", "&lt;", "<&>", "]]>", "'", '"', "#N/A", "TRUE", "007", "2026-01-01", "\u2028", "é", "e\u0301"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PLAIN, ODD, st.tuples(ODD, PLAIN).map("".join)), min_size=30, max_size=60)


def read_back(columns: list[Column], rows: list[list[Any]]) -> list[list[Any]]:
    stream = io.BytesIO()
    write("x", columns, rows, stream=stream)
    (sheet,) = sheets.read(stream, name="x")
    by_number = {row.number: row.values for row in sheet.rows()}
    width = len(columns)
    return [[*by_number.get(n, []), *[None] * width][:width] for n in range(2, len(rows) + 2)]


@slow
@given(TEXTS)
def test_every_text_is_read_back(texts: list[str]) -> None:
    """One without characters is an empty cell."""
    kept = [kept_text(text) for text in texts]
    assert [row[0] for row in read_back([Column("x")], [[text] for text in texts])] == [
        text or None for text in kept
    ]


@slow
@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=30, max_size=60))
def test_every_number_of_up_to_15_digits_is_read_back(numbers: list[int]) -> None:
    columns = [Column("a", kind="integer"), Column("b", kind="money")]
    for number, (whole, money) in zip(numbers, read_back(columns, [[n, n] for n in numbers]), strict=True):
        assert Decimal(sheets.text_of(whole)) == number
        assert sheets.parse_money(money) == number


@slow
@given(st.lists(st.integers(0, 10_000), min_size=30, max_size=60))
def test_every_share_is_read_back(shares: list[int]) -> None:
    found = read_back([Column("a", kind="percent")], [[share] for share in shares])
    assert [sheets.parse_percent_bp(row[0]) for row in found] == shares


@slow
@given(st.lists(st.dates(min_value=date(1900, 3, 1)), min_size=30, max_size=60))
def test_every_day_is_read_back(days: list[object]) -> None:
    assert [row[0] for row in read_back([Column("a", kind="date")], [[day] for day in days])] == days


@slow
@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), st.sampled_from([",", "\t", ";"]))
def test_every_text_is_read_back_from_a_text_file(texts: list[str], encoding: str, separator: str) -> None:
    import csv

    texts = [text.replace("\0", "") for text in texts]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([["编号", "名称"], *[["x", guarded(text)] for text in texts]])
    data = stream.getvalue().encode(encoding)
    given_encoding = {"utf-8-sig": "utf-8", "utf-16": ""}.get(encoding, encoding)
    book = sheets.read(io.BytesIO(data), name="x", encoding=given_encoding, separator=separator)
    assert [row.values for row in book[0].rows()] == [
        ["编号", "名称"],
        *[["x", text] if text else ["x"] for text in texts],
    ]
