"""Every list as a file: the page's filter, order and rights, whatever opens it."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.exports import keeping, lists, writing
from accounts.exports.lists import Listing
from accounts.models import User
from customers.columns import COLUMNS
from customers.listings.book import SPLIT, all_columns
from customers.models import Customer
from tests.book import small_book
from tiering.services import make_aim
from toolbox import sheets
from toolbox.sheets import text_of

pytestmark = pytest.mark.django_db(transaction=True)

NO_LISTS = {
    "accounts/notices.html": "what one was told; read, not worked with",
    "accounts/exports.html": "the exports themselves; their record is a list",
    "maintenance/my_day.html": "promises, which are a list",
    "maintenance/my_cases.html": "cases, which are a list",
    "maintenance/letters.html": "mails that are nobody's yet; sorted, not worked with",
    "customers/imports.html": "what one sent oneself",
    "customers/handovers.html": "worked through one by one; what moved stands on each customer's timeline",
    "accounts/webhook_log.html": "what other programs were told",
}
ABOUT = {
    "customers:": "rising",
    "tiering:run_": "run",
    "tiering:simulation": "version",
    "maintenance:": "version",
}
QUERIES = {
    "customers": ["", "sort=-name", "tier={core}", "sort=amount&lifecycle=active&rows=25", "archived=true", "q=Ris"],
    "orders": ["", "q=Ris"],
    "tier-changes": ["", "direction=up", "direction=first"],
    "nurture": ["", "state=all"],
    "customer-timeline": ["", "department=sales", "kind=contact"],
    "deciding": [""],
    "tiers-by-hand": ["", "ending=soon"],
    "all-ratings": ["", "change=first"],
    "cases": ["", "state=closed", "clock=breached"],
    "survey-answers": ["", "words=on"],
    "invitations": ["", "state=open"],
    "meetings": ["", "state=open"],
    "meeting-tasks": ["", "state=done", "whose=mine"],
    "promises": ["", "state=done", "overdue=true", "department=sales"],
    "movers": ["", "direction=up"],
    "held-back": ["", "by=margin"],
    "simulated": ["", "direction=all", "direction=stays"],
    "duplicates": ["", "show=apart"],
    "exports": ["", "list=customers"],
}  # fmt: skip


@pytest.fixture
def book(cast: dict[str, User]) -> dict[str, int]:
    found = small_book(cast)
    make_aim(
        Customer.objects.get(pk=found["rising"]), what="Sell more.", due_on=timezone.localdate(), assignee=cast["alice"],
        tier=None, by=cast["alice"], at=timezone.now(),
    )  # fmt: skip
    first = keeping.wish(
        "groups", about=None, query=QueryDict(), columns=["name"], kind="csv", by=cast["dora"]
    )
    keeping.write_now(first, io.BytesIO(), at=timezone.now())
    core = Customer.objects.exclude(standing__tier=None).first()
    return found | {"core": core.standing.tier_id if core and core.standing.tier_id else 0}


def about(listing: Listing, book: dict[str, int]) -> int | None:
    if not listing.of:
        return None
    return book[next(kind for start, kind in ABOUT.items() if listing.page.startswith(start))]


def asked(book: dict[str, int]) -> Iterator[tuple[Listing, int | None, str]]:
    for listing in lists.lists.values():
        for query in QUERIES.get(listing.key, [""]):
            yield listing, about(listing, book), query.format_map(book)


def exported(
    client: Client, listing: Listing, pk: int | None, query: str, *, kind: str = "csv", columns: Any = None
) -> bytes:
    url = lists.export_url(listing, pk, QueryDict(query))
    keys = columns or [column.key for column in listing.columns()]
    response: Any = client.post(url, {"do": "export", "format": kind, "columns": keys})
    assert response.status_code == 200, (listing.key, query, response)
    return b"".join(response.streaming_content)


def rows_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_every_page_that_has_pages_has_a_button_for_its_export() -> None:
    templates = Path(settings.BASE_DIR) / "templates"
    paged = {
        str(path.relative_to(templates)): path.read_text()
        for path in templates.rglob("*.html")
        if "components/_pager.html" in path.read_text()
    }
    without = {name for name, text in paged.items() if "{% export_button " not in text}
    assert without == set(NO_LISTS)
    named = re.findall(
        r'export_button "([\w-]+)"', "".join(path.read_text() for path in templates.rglob("*.html"))
    )
    assert not set(named) - set(lists.lists)


def test_every_list_is_exported_as_its_page_shows_it(
    client: Client, dora: User, book: dict[str, int]
) -> None:
    """Through all pages of each list, with each filter, row by row."""
    client.force_login(dora)
    filled = set()
    for listing, pk, query in asked(book):
        response = client.get(listing.page_url(pk, query))
        assert response.status_code == 200, (listing.key, query)
        button = lists.export_url(listing, pk, QueryDict(query)).replace("&", "&amp;")
        if listing.page != "customers:list" or listing.key == "customers":
            assert button in response.content.decode(), (listing.key, query)
        found = listing.find(dora, QueryDict(query), pk)
        has_page = listing.page != "customers:list" or listing.key == "customers"
        if isinstance(found.rows, QuerySet) and has_page:
            shown = list(through(client, listing, pk, query))
            if shown:
                ids = [row[0] for row in found.in_order.values_list("pk")]
                assert ids == shown, (listing.key, query)
        count = found.count(most=10_000)
        rows = rows_of(exported(client, listing, pk, query))
        assert len(rows) - 1 == count, (listing.key, query)
        if len(rows) > 1:
            filled.add(listing.key)
    empty = set(lists.lists) - filled
    assert empty <= {"raters-drift", "raters-rising", "raters-late", "held-back", "figures", "deciding"}, (
        empty
    )


def through(client: Client, listing: Listing, pk: int | None, query: str) -> Iterator[Any]:
    """The ids of a list's rows, page by page."""
    cursor = ""
    while True:
        data = [*parse_qsl(query), ("cursor", cursor)]
        context = client.get(listing.page_url(pk), dict(data)).context
        page = context.get("page")
        if page is None or not hasattr(page.rows, "__iter__") or not hasattr(page.rows, "append"):
            return
        yield from (row.pk for row in page.rows)
        cursor = page.next_cursor
        if not cursor:
            return


def test_another_reader_gets_other_rows(client: Client, cast: dict[str, User], book: dict[str, int]) -> None:
    """Whoever may not see a row does not find it in a file, in any list."""
    for name in ("alice", "carol", "dan"):
        user = cast[name]
        client.force_login(user)
        mine = set(Customer.objects.visible_to(user).values_list("code", flat=True))
        foreign = set(Customer.objects.values_list("code", flat=True)) - mine
        assert foreign
        for listing, pk, query in asked(book):
            response = client.get(lists.export_url(listing, pk, QueryDict(query)))
            if response.status_code != 200:
                assert response.status_code in {403, 404}
                continue
            cells = {cell for row in rows_of(exported(client, listing, pk, query)) for cell in row}
            assert not cells & foreign, (name, listing.key)


def test_each_column_of_the_page_of_customers_is_one_of_the_file() -> None:
    with override("en"):
        keys = {column.key for column in all_columns()}
    assert {key for column in COLUMNS for key in SPLIT.get(column, (column,))} <= keys


def test_rows_cost_no_queries(dora: User, book: dict[str, int], django_assert_max_num_queries: Any) -> None:
    for listing, pk, query in asked(book):
        found = listing.find(dora, QueryDict(query), pk)
        columns = listing.columns()
        besides = sum(1 for column in columns if column.beside)
        if isinstance(found.exported, QuerySet):
            with django_assert_max_num_queries(5 + 12 * besides):
                count = sum(1 for _row in writing.lines(found, columns))
            assert count == found.count(most=10_000)


@pytest.mark.usefixtures("libreoffice")
def test_libreoffice_opens_every_export(
    client: Client, dora: User, book: dict[str, int], tmp_path: Path
) -> None:
    """What LibreOffice shows of each workbook is what stands in the text file."""
    dora.language = "zh-hans"
    dora.save()
    client.force_login(dora)
    expected, files = {}, []
    for listing in lists.lists.values():
        if listing.key == "exports":  # it grows while it is exported
            continue
        pk = about(listing, book)
        file = tmp_path / f"{listing.key}.xlsx"
        file.write_bytes(exported(client, listing, pk, "", kind="xlsx"))
        files.append(file)
        (sheet,) = sheets.read(io.BytesIO(exported(client, listing, pk, "")), name="x.csv")
        expected[listing.key] = [[text_of(value) for value in row.values] for row in sheet.rows()]
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true", "--outdir", tmp_path / "made", *files],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    for key, rows in expected.items():
        text = (tmp_path / "made" / f"{key}.csv").read_text()
        opened = [[plain(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
        width = len(rows[0])
        wanted = [[plain(cell) for cell in [*row, *[""] * (width - len(row))]] for row in rows]
        assert opened == wanted, key


def plain(cell: str) -> str:
    """Without the separators of thousands that a workbook shows."""
    shown = re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d\d)?", cell)
    return cell.replace(",", "") if shown else cell.strip()
