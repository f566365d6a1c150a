"""The tier sheet as companies know it: title, legend, colours, summary, and the scoring sheet reckoned by LibreOffice."""

import io
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from customers.columns import ORDERS
from customers.models import Customer, Tier
from customers.tests.making import a_customer, a_figure, a_group, a_payment, a_rating, an_order
from tiering import regrade, sheets
from tiering.models import Assignment, Grading, Indicator, Run, Scheme, SchemeVersion, scheme
from tiering.sheets.customer_columns import FILLS
from tiering.tests.conftest import unguarded
from tiering.tests.sheets_making import at, changes, edited, put, sent
from toolbox import append_only
from toolbox.pages import ordered

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 29, 4, 5, tzinfo=UTC)
CUSTOMERS = 25


@pytest.fixture
def missing(request: pytest.FixtureRequest, db: None) -> str:
    """What an unknown value does in the scheme in force."""
    with append_only.unlocked(connection):
        Indicator.objects.update(missing=request.param)
    scheme.KEPT_RULES.clear()
    return str(request.param)


@pytest.fixture
def book(alice: User) -> list[Customer]:
    """Customers of whom different things are known, and different values: edges of curves among them."""
    unguarded()
    today = timezone.localdate()
    made = []
    for n in range(CUSTOMERS):
        customer = a_customer(
            f"客户{n}", owner=alice, code=f"K{n:02}", cooperation_since=today - timedelta(days=97 * n)
        )
        if n % 4 != 3:
            for day in range(1 + n % 5):
                an_order(customer, today - timedelta(days=20 + 30 * day), 333_333_33 // (1 + n) + n)
            a_payment(customer, today - timedelta(days=60), paid=today - timedelta(days=60 - n))
        if n % 3 == 0:
            a_rating(customer, alice, today, 1 + n % 5, "service_response")
        if n % 5 == 0:
            a_figure(customer, alice, today, 4 * n, "industry_outlook")
        made.append(customer)
    run = regrade.start(
        Scheme.objects.get(is_default=True), as_of=today, trigger=Run.Trigger.COMMAND, at=timezone.now()
    )
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED
    return made


def written(user: User, **more: Any) -> bytes:
    stream = io.BytesIO()
    rows = ordered(Customer.objects.visible_to(user).for_list(), order=ORDERS["code"])
    sheets.export(rows, today=date(2026, 11, 29), stream=stream, by=user, at=NOW, **more)
    return stream.getvalue()


def test_it_says_what_it_is_and_shows_tiers_in_their_colours(book: list[Customer], alice: User) -> None:
    with override("zh-hans"):
        sheet: Any = openpyxl.load_workbook(io.BytesIO(written(alice))).worksheets[0]
    assert [sheet.cell(row, 1).value for row in (1, 2)] == [
        "分级表",
        "截至 2026年11月29日 · 由 alice 于 2026-11-29 12:05 导出 · 25 个客户",
    ]
    tiers = list(Tier.objects.filter(scale="b2b").order_by("rank"))
    legend = [(cell.value, cell.fill.fgColor.rgb) for cell in sheet[3][1 : 1 + len(tiers)]]
    assert legend == [(tier.name_zh, f"00{FILLS[tier.colour]}") for tier in tiers]
    coloured = {
        rule.formula[0]: (str(area.sqref), rule.dxf.fill.bgColor.rgb)
        for area, rules in sheet.conditional_formatting._cf_rules.items()
        for rule in rules
    }
    assert coloured == {f'"{tier.name_zh}"': ("C6:C1048576", f"00{FILLS[tier.colour]}") for tier in tiers}
    assert (sheet.freeze_panes, sheet.auto_filter.ref.split(":")[0]) == ("C6", "A5")


def test_the_summary_agrees_with_the_rows(book: list[Customer], alice: User) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(written(alice)))
    rows: list[Any] = list(workbook["Summary"].iter_rows(min_row=2, values_only=True))
    standings = [customer.standing for customer in Customer.objects.for_list()]
    expected: list[Any] = []
    whole = sum(standing.annual_amount or 0 for standing in standings)
    for tier in [*Tier.objects.filter(scale="b2b").order_by("rank"), None]:
        own = [standing for standing in standings if standing.tier == tier]
        fen = sum(standing.annual_amount or 0 for standing in own)
        if own or tier:
            expected.append(
                (
                    tier.name if tier else "Not yet graded",
                    len(own),
                    len(own) / CUSTOMERS,
                    fen / 100,
                    fen / whole,
                )
            )
    assert rows[:-1] == [(*row[:2], *map(pytest.approx, row[2:])) for row in expected]
    assert rows[-1] == ("All", CUSTOMERS, 1, pytest.approx(whole / 100), 1)


def test_tiers_of_one_name_are_told_apart_and_read_back(book: list[Customer], dora: User) -> None:
    """A second scheme whose tiers have the same names, for one customer."""
    version = Scheme.objects.get(is_default=True).published()
    other = Scheme.objects.create(key="other", name_en="Other", name_zh="另一方案")
    copied = SchemeVersion.objects.create(scheme=other, number=1, state="published", window_months=12)
    for floor in version.floors.all():
        tier = floor.tier
        twin = Tier.objects.create(
            scale="other",
            key=tier.key,
            name_en=tier.name_en,
            name_zh=tier.name_zh,
            rank=tier.rank,
            colour=tier.colour,
        )
        copied.floors.create(tier=twin, total=floor.total)

    group = a_group("Few", book[0], by=dora)
    Assignment.objects.create(scheme=other, position=1, group=group)
    content = written(dora)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    shown = at(sheet, "K01", "Customer tier")
    assert " · " in shown
    assert changes(sent(content, dora)) == []

    def edit(sheet: Any) -> None:
        put(sheet, "K01", "Customer tier", "Core · Other")

    upload = sent(edited(content, edit), dora)
    assert [error["problem"] for error in upload.errors] == ["There is no tier of this name."]


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("missing", ["leave_out", "neutral", "zero"], indirect=True)
def test_the_scoring_sheet_reckons_every_point_score_and_total_as_we_do(
    missing: str, book: list[Customer], alice: User, tmp_path: Path
) -> None:
    version = Scheme.objects.get(is_default=True).published()
    source = tmp_path / "sheet.xlsx"
    source.write_bytes(written(alice, with_scoring=True))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx",
         "--outdir", tmp_path / "made", source],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    workbook: Any = openpyxl.load_workbook(tmp_path / "made" / "sheet.xlsx", data_only=True)
    sheet = next(sheet for sheet in workbook if sheet.title.startswith("Scoring "))
    head = next(row for row in range(1, 60) if sheet.cell(row, 1).value == "Customer code")
    count = len(version.indicators())
    gradings = {
        grading.customer.code: grading
        for grading in Grading.objects.select_related("customer").filter(
            pk__in=Customer.objects.values("standing__grading_id")
        )
    }
    rows = list(sheet.iter_rows(min_row=head + 1, values_only=True))
    assert len(rows) == len(gradings) == CUSTOMERS
    for row in rows:
        grading = gradings[row[0]]
        points = [
            None if cell in {None, ""} else round(cell * 100) for cell in row[2 + count : 2 + 2 * count]
        ]
        scores = [
            None if cell in {None, ""} else round(cell * 10_000)
            for cell in row[2 + 2 * count : 2 + 2 * count + len(grading.dimensions)]
        ]
        total, record, difference = row[2 + 2 * count + len(grading.dimensions) :][:3]
        assert (points, scores) == (grading.points, grading.dimensions), row[0]
        shown = None if grading.total is None else grading.total // 10_000
        assert (None if total in {None, ""} else round(total * 100)) == shown
        assert (record, difference) == ((shown / 100, 0) if shown is not None else (None, difference))
    assert len({grading.total for grading in gradings.values()}) > CUSTOMERS // 2
