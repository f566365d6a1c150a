"""The tier sheet goes out, and comes back with edits."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from customers import services
from customers.imports import telling
from customers.models import Assessment, Customer, Figure, Import, Tier
from customers.tests.making import a_customer, a_figure, a_payment, a_rating, an_order
from tiering import regrade
from tiering.beside import possible_tiers
from tiering.models import Override, Run, Scheme, TierChange
from tiering.tests.conftest import unguarded
from tiering.tests.sheets_making import (
    at,
    changes,
    edited,
    exported,
    keyed,
    loaded,
    opened,
    put,
    remarks,
    sent,
    sheet_of,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
AWKWARD = '=HYPERLINK("http://x")\r\n+1 @SUM 𠮷 _x0041_ \x01 '
HEADERS = [
    "Customer code",
    "Customer name",
    "Customer tier",
    "Annual cooperation amount (¥)",
    "Single-order amount (¥)",
    "Payment timeliness",
    "Years of cooperation (years)",
    "Order frequency (times)",
    "Contract renewal rate",
    "Share of customised demand",
    "Service-response requirement (1–5)",
    "Technical-support need (times)",
    "Industry outlook (0–100)",
    "Expansion plan (1–5)",
    "Referral ability (1–5)",
    "Total score",
    "Coverage",
    "Reason for the last tier change",
    "Customer notes",
    "Updated on",
    "Lowest possible score",
    "Highest possible score",
    "Possible tiers",
    "Computed tier",
]


def tier(key: str) -> Tier:
    return Tier.objects.get(scale="b2b", key=key)


def regraded() -> None:
    """Everybody, as of today, at once."""
    unguarded()
    scheme = Scheme.objects.get(is_default=True)
    regrade.start(scheme, as_of=TODAY, trigger=Run.Trigger.COMMAND, at=timezone.now())
    run = Run.objects.latest("pk")
    for chunk in run.chunks.all():
        regrade.grade_chunk(chunk.pk, at=timezone.now())
    run.refresh_from_db()
    assert run.state == Run.State.PUBLISHED


@pytest.fixture
def book(alice: User, carol: User, dora: User) -> dict[str, Customer]:
    """Two customers of Alice's and a stranger's; A1 is graded on all that a tier sheet shows."""
    made = {
        "A1": a_customer(
            "Acme 电子", code="A1", owner=alice, notes=AWKWARD, cooperation_since=date(2020, 5, 1)
        ),
        "A2": a_customer("=Blank & Co", code="A2", owner=alice),
        "C1": a_customer("Foreign", code="C1", owner=carol),
    }
    for customer in (made["A1"], made["C1"]):
        an_order(customer, TODAY - timedelta(days=40), 1_234_567_89, customised_share=3_333)
        an_order(customer, TODAY - timedelta(days=90), 200_000_05, customised_share=0)
        a_payment(customer, TODAY - timedelta(days=10), paid=TODAY - timedelta(days=11), amount=700_00)
        a_payment(customer, TODAY - timedelta(days=9), paid=None, amount=60_00)
        a_rating(customer, alice, TODAY, 4, "service_response")
        a_rating(customer, alice, TODAY, 2, "expansion_plan")
        a_figure(customer, alice, TODAY, 75, "industry_outlook")
    regraded()
    return made


# Out


def test_the_sheet_shows_each_customer_in_its_units(book: dict[str, Customer], alice: User) -> None:
    sheet = opened(exported(alice))
    assert [cell.value for cell in sheet[5]] == HEADERS
    assert sheet.freeze_panes == "C6"
    standing = Customer.objects.get(code="A1").standing
    shown = {header: at(sheet, "A1", header.split(" (")[0]) for header in HEADERS}
    assert shown["Customer name"] == "Acme 电子"
    assert shown["Customer tier"] == standing.tier.name_en  # type: ignore[union-attr]
    assert shown["Annual cooperation amount (¥)"] == 1_434_567.94
    assert shown["Payment timeliness"] == 0.9211
    assert shown["Years of cooperation (years)"] == (TODAY - date(2020, 5, 1)).days * 100 // 365 / 100
    assert shown["Order frequency (times)"] == 2
    assert shown["Contract renewal rate"] is None
    assert shown["Service-response requirement (1–5)"] == 4
    assert shown["Industry outlook (0–100)"] == 75
    assert shown["Referral ability (1–5)"] is None
    assert shown["Total score"] == (standing.total or 0) // 10_000 / 100
    assert shown["Coverage"] == (standing.coverage or 0) / 10_000
    assert shown["Reason for the last tier change"].startswith("First grading: ")
    assert shown["Updated on"].date() == TODAY
    assert shown["Lowest possible score"] == (standing.low or 0) // 10_000 / 100
    assert shown["Highest possible score"] == (standing.high or 0) // 10_000 / 100
    assert shown["Possible tiers"] == ", ".join(
        tier.name for tier in possible_tiers([standing.customer])[standing.pk]
    )
    formats = [cell.number_format for cell in sheet[6]]
    assert formats[3:6] == ["#,##0.00", "#,##0.00", "0.00%"]


def test_text_is_never_a_formula(book: dict[str, Customer], alice: User) -> None:
    sheet = opened(exported(alice))
    types = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in types
    assert at(sheet, "A2", "Customer name") == "=Blank & Co"


def test_tiers_and_ratings_are_chosen_from_lists(book: dict[str, Customer], alice: User) -> None:
    sheet = opened(exported(alice))
    found = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    ratings = '"1,2,3,4,5"'
    assert found == {
        "C6:C1048576": '"Core,Important,Regular,Potential"',
        "K6:K1048576": ratings,
        "N6:N1048576": ratings,
        "O6:O1048576": ratings,
    }


def test_ratings_and_figures_are_those_of_today_even_if_no_run_saw_them(
    book: dict[str, Customer], alice: User
) -> None:
    a_rating(book["A2"], alice, TODAY - timedelta(days=3), 5, "referral_ability")
    a_rating(book["A2"], alice, TODAY - timedelta(days=2), 3, "referral_ability")
    a_figure(book["A2"], alice, TODAY, 0, "industry_outlook")
    sheet = opened(exported(alice))
    assert (at(sheet, "A2", "Referral ability"), at(sheet, "A2", "Industry outlook")) == (3, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_batch_costs_the_same_queries_however_long(
    alice: User, client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        customer = a_customer(f"N{n}", code=f"N{n}", owner=alice)
        an_order(customer, TODAY - timedelta(days=40))
        a_rating(customer, alice, TODAY, 4, "service_response")
    regraded()
    client.force_login(alice)
    with django_assert_num_queries(27):
        answer = client.get(reverse("tiering:sheet_export"))
        assert opened(answer.getvalue()).max_row == rows + 5


def test_the_export_is_the_list_as_filtered_and_sorted(
    book: dict[str, Customer], alice: User, carol: User, dora: User, audrey: User, client: Client
) -> None:
    def codes(user: User, query: str = "") -> list[str]:
        client.force_login(user)
        answer = client.get(f"{reverse('tiering:sheet_export')}?{query}")
        assert answer.status_code == 200
        return [row[0].value for row in opened(answer.getvalue()).iter_rows(min_row=6)]

    assert codes(alice, "sort=code") == ["A1", "A2"]
    assert codes(alice, "sort=-code") == ["A2", "A1"]
    assert codes(alice) == ["A1", "A2"]
    assert codes(alice, "sort=-score") == ["A2", "A1"]
    assert codes(alice, "q=blank") == ["A2"]
    assert codes(alice, "graded=true") == ["A1"]
    assert codes(carol, "sort=code") == ["C1"]
    assert codes(dora, "sort=code") == codes(audrey, "sort=code") == ["A1", "A2", "C1"]
    services.archive([book["A2"].pk], by=dora, at=timezone.now())
    assert codes(dora, "sort=-code") == ["C1", "A1"]
    assert codes(dora, "archived=true") == ["A2"]


def test_a_list_too_long_for_a_sheet_is_refused(
    book: dict[str, Customer], alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiering.sheets.writing.MOST_ROWS", 1)
    client.force_login(alice)
    answer = client.get(reverse("tiering:sheet_export") + "?sort=code")
    assert (answer.status_code, answer["Location"]) == (302, "/customers/?sort=code")


# Back


def test_an_unedited_sheet_changes_nothing(book: dict[str, Customer], alice: User) -> None:
    for _time in range(2):
        upload = sent(exported(alice), alice)
        assert (upload.state, upload.errors, upload.remarks) == ("planned", [], [])
        assert (upload.total, upload.counts["unchanged"], changes(upload)) == (2, 2, [])
        assert not upload.may_be_committed
    assert Customer.objects.get(code="A1").version == 1
    assert (Assessment.objects.count(), Figure.objects.count(), Override.objects.count()) == (4, 2, 0)


def test_a_sheet_goes_out_in_one_language_and_comes_back_in_another(
    book: dict[str, Customer], alice: User
) -> None:
    with translation.override("zh-hans"):
        content = exported(alice)
        assert "年度合作金额（¥）" in [cell.value for cell in opened(content)[5]]
    upload = sent(content, alice)
    assert (upload.errors, upload.remarks, telling.unmapped(upload), changes(upload)) == ([], [], {}, [])


def test_every_kind_of_edit_is_shown_first_and_then_done(book: dict[str, Customer], dora: User) -> None:
    was = Customer.objects.get(code="A1").standing.tier
    assert was
    new = tier("important" if was.key == "core" else "core")

    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "New words\nand more")
        put(sheet, "A1", "Service-response requirement", 5)
        put(sheet, "A1", "Industry outlook", 80)
        put(sheet, "A1", "Customer tier", new.name_en)
        put(sheet, "A2", "Referral ability", "1")

    content = edited(exported(dora), edit)
    upload = sent(content, dora)
    assert (upload.state, upload.errors, upload.counts["unchanged"]) == ("planned", [], 1)
    assert sorted(changes(upload)) == sorted([
        ("A1", "Customer tier", was.name_en, new.name_en),
        ("A1", "Service-response requirement", "4 of 5", "5 of 5"),
        ("A1", "Industry outlook", "75", "80"),
        ("A1", "Customer notes", AWKWARD, "New words\nand more"),
        ("A2", "Referral ability", "", "1 of 5"),
    ])  # fmt: skip
    assert Customer.objects.get(code="A1").version == 1
    assert Assessment.objects.count() == 4

    upload = loaded(upload, reason="Agreed with the board", expires_on=TODAY + timedelta(days=30))
    assert (upload.state, upload.errors, upload.done) == ("done", [], 3)
    acme = Customer.objects.get(code="A1")
    assert (acme.notes, acme.version, acme.standing.tier, acme.standing.is_overridden) == (
        "New words\nand more", 2, new, True,
    )  # fmt: skip
    assert acme.history.latest().history_user == dora
    override = Override.objects.get()
    assert (override.tier, override.reason, override.expires_on, override.by) == (
        new, "Agreed with the board", TODAY + timedelta(days=30), dora,
    )  # fmt: skip
    assert TierChange.objects.latest("pk").words == "Agreed with the board"
    rating = Assessment.objects.get(rating=5)
    assert (rating.customer, rating.indicator, rating.evidence, rating.rater, rating.rated_on) == (
        acme, "service_response", "sheet tiers.xlsx", dora, TODAY,
    )  # fmt: skip
    figure = Figure.objects.latest("pk")
    assert (figure.customer, figure.value, figure.source, figure.by, figure.as_of) == (
        acme, 80, "sheet tiers.xlsx", dora, TODAY,
    )  # fmt: skip

    again = sent(content, dora)
    assert (again.errors, changes(again), again.counts["unchanged"]) == ([], [], 3)
    assert (Assessment.objects.count(), Figure.objects.count(), Override.objects.count()) == (6, 3, 1)


def test_computed_cells_are_left_alone_and_never_in_silence(book: dict[str, Customer], alice: User) -> None:
    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Annual cooperation amount", 9_999_999)
        put(sheet, "A1", "Total score", None)
        put(sheet, "A1", "Reason for the last tier change", "Because")
        put(sheet, "A2", "Payment timeliness", 1)
        put(sheet, "A1", "Customer tier", None)
        put(sheet, "A1", "Expansion plan", None)
        put(sheet, "A1", "Updated on", "whenever")

    upload = sent(edited(exported(alice), edit), alice)
    assert (upload.state, changes(upload)) == ("planned", [])
    assert remarks(upload) == [
        ("D6", "“Annual cooperation amount” is computed and was left as it is."),
        ("R6", "“Reason for the last tier change” is computed and was left as it is."),
        ("F7", "“Payment timeliness” is computed and was left as it is."),
    ]


def test_a_row_edited_here_after_the_sheet_was_written_is_remarked(
    book: dict[str, Customer], alice: User
) -> None:
    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "x")
        put(sheet, "A1", "Updated on", TODAY - timedelta(days=1))

    [(position, problem)] = remarks(sent(edited(exported(alice), edit), alice))
    assert (position, problem.split(" on ")[0]) == ("T6", "This customer was edited")


def test_of_an_archived_customer_a_sheet_with_keys_changes_nothing(
    book: dict[str, Customer], alice: User
) -> None:
    content = edited(keyed(alice), lambda sheet: put(sheet, "A1", "Customer notes", "x"))
    services.archive([book["A1"].pk], by=alice, at=timezone.now())
    upload = sent(content, alice)
    assert (upload.errors, changes(upload), upload.counts["left_out"]) == ([], [], 1)


def test_another_name_beside_the_code_is_an_error(book: dict[str, Customer], alice: User) -> None:
    upload = sent(edited(exported(alice), lambda sheet: put(sheet, "A2", "Customer name", "Somebody")), alice)
    assert [error["problem"] for error in upload.errors] == [
        "The customer with this code is called “=Blank & Co”."
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ("备注", "客户 编号*", "行业发展前景（0–100）", "Mood", None, "引荐"),
        ("customer notes", "Customer Code", "Industry outlook", "Mood", None, "?"),
        ("Customer_notes", "CODE", "industry_outlook", "Mood", None, "?"),
    ],
)
def test_columns_are_found_by_name_in_any_order(
    book: dict[str, Customer], alice: User, headers: tuple[str | None, ...]
) -> None:
    rows = [["My customers, autumn"], [], headers, ["Hello", "A2", 60, "good", None, 5]]
    upload = sent(sheet_of(rows), alice)
    assert upload.errors == []
    assert sorted((code, new) for code, _label, _old, new in changes(upload)) == [
        ("A2", "60"),
        ("A2", "Hello"),
    ]
    loaded(upload)
    assert Customer.objects.get(code="A2").notes == "Hello"


def test_a_csv_saved_from_the_sheet_reads_the_same(book: dict[str, Customer], alice: User) -> None:
    lines = [
        "客户编号,客户名称,年度合作金额（¥）,付款及时性,总分,服务响应要求,备注",
        'A1,Acme 电子,"¥1,434,567.94",92.11%,{total},5,"{notes}"',
    ]
    total = (Customer.objects.get(code="A1").standing.total or 0) // 10_000 / 100
    notes = AWKWARD.replace('"', '""').replace("\x01", "\ufffd")
    text = "\n".join(lines).format(total=f"{total:.2f}", notes=notes)
    for encoding in ("utf-8-sig", "gb18030"):
        upload = sent(text.encode(encoding), alice, name="tiers.csv")
        assert (upload.errors, remarks(upload)) == ([], [])
        assert changes(upload) == [("A1", "Service-response requirement", "4 of 5", "5 of 5")]


# Who may


def test_a_stranger_s_customer_is_as_unknown_as_none(book: dict[str, Customer], alice: User) -> None:
    rows = [["code", "notes"], ["C1", "mine now"], ["nobody", "x"]]
    upload = sent(sheet_of(rows), alice)
    problem = "There is no customer with this code among those you may see."
    assert len(upload.errors) == 2
    assert [error["problem"] for error in upload.errors] == [problem, problem]


def test_of_a_customer_who_is_not_found_nothing_else_is_refused(
    book: dict[str, Customer], alice: User
) -> None:
    upload = sent(sheet_of([["code", "tier"], ["C1", "Core"]]), alice)
    assert [error["problem"] for error in upload.errors] == [
        "There is no customer with this code among those you may see."
    ]


def test_the_sender_must_still_see_the_customer_when_it_is_loaded(
    book: dict[str, Customer], alice: User, carol: User
) -> None:
    upload = sent(sheet_of([["code", "notes"], ["A2", "x"]]), alice)
    Customer.objects.filter(code="A2").update(owner=carol, team=carol.team)
    assert loaded(upload).state == "stale"
    assert Customer.objects.get(code="A2").notes == ""


@pytest.mark.parametrize(
    "name, imports, exports",
    [
        ("alice", 200, 200), ("bob", 200, 200), ("dora", 200, 200), ("adam", 200, 200),
        ("audrey", 403, 200), ("dan", 403, 200), ("tess", 403, 200), ("logan", 403, 200),
    ],
)  # fmt: skip
def test_who_may_import_and_export(
    cast: dict[str, User], client: Client, name: str, imports: int, exports: int
) -> None:
    client.force_login(cast[name])
    assert client.get(reverse("customers:import_new", args=["tiers"])).status_code == imports
    assert client.get(reverse("tiering:sheet_import")).status_code == (403 if imports == 403 else 302)
    answer = client.get(reverse("tiering:sheet_export"))
    assert answer.status_code == exports
    answer.getvalue()  # to the end, which closes the file
    assert Import.objects.count() == 0
