"""What a tier sheet is refused for, and where exactly. One error, and nothing of it is loaded."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from accounts.models import User
from customers import services
from customers.imports import life
from customers.models import Assessment, Customer, Figure, Import, Tier
from customers.tests.making import a_customer, a_figure, a_rating
from tiering.models import Override
from tiering.services import set_by_hand
from tiering.tests.sheets_making import changes, edited, exported, loaded, put, saved, sent, sheet_of
from toolbox import failpoints

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=30)


@pytest.fixture
def book(alice: User, carol: User, dora: User) -> None:
    for code, owner in (("A1", alice), ("A2", alice), ("C1", carol)):
        customer = a_customer(f"Name of {code}", code=code, owner=owner, notes="as it was")
        a_rating(customer, alice, TODAY, 4, "service_response")
        a_figure(customer, alice, TODAY, 75, "industry_outlook")
        set_by_hand(
            customer, tier=tier("regular"), reason="Start", expires_on=SOON, by=dora, at=timezone.now()
        )


def tier(key: str) -> Tier:
    return Tier.objects.get(scale="b2b", key=key)


def where(upload: Import) -> list[tuple[str, str, str, str]]:
    """(sheet and cell, header, value, problem)"""
    return [
        (
            f"{error['sheet']}!{error['column']}{error['row']}",
            error["header"],
            error["value"],
            error["problem"],
        )
        for error in upload.errors
    ]


def nothing_changed() -> bool:
    facts = Assessment.objects.count(), Figure.objects.count(), Override.objects.count()
    profiles = set(Customer.objects.values_list("version", "notes", "standing__tier__key"))
    return facts == (3, 3, 3) and profiles == {(1, "as it was", "regular")}


UNKNOWN = "There is no customer with this code among those you may see."
UNREADABLE = "This is not a whole number."
RATING, INDEX = "Enter a whole number from 1 to 5.", "Enter a whole number from 0 to 100."
BEYOND = "The value is out of range."


@pytest.mark.parametrize(
    "header, value, shown, problem, remedy",
    [
        ("客户等级", "Platinum", "Platinum", "There is no tier of this name.",
         "Choose one of Core, Important, Regular, Potential."),
        ("服务响应要求", 6, "6", BEYOND, RATING),
        ("服务响应要求", 0, "0", BEYOND, RATING),
        ("服务响应要求", 3.5, "3.5", UNREADABLE, "Enter a whole number."),
        ("服务响应要求", "high", "high", UNREADABLE, "Enter a whole number."),
        ("服务响应要求", date(2026, 1, 4), "2026-01-04", "The cell is formatted as a date or time.", "Enter a whole number."),
        ("服务响应要求", True, "TRUE", UNREADABLE, "Enter a whole number."),
        ("行业发展前景", 101, "101", BEYOND, INDEX),
        ("行业发展前景", -1, "-1", BEYOND, INDEX),
        ("行业发展前景", 1e300, None, "The number has more than 15 digits, and Excel keeps only 15: the last ones are lost.",
         "Format the cell as text, and enter the number again."),
        ("备注", "x" * 10_001, "x" * 10_001, "The text has 10001 characters.", "Shorten it to 10000 characters."),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_taken_is_named(
    book: None, dora: User, header: str, value: Any, shown: str | None, problem: str, remedy: str
) -> None:
    rows = [["Title"], [], ["x", header, "客户编号"], [None, value, "A2"], [None, None, "A1"]]
    upload = sent(sheet_of(rows, title="第一季度"), dora)
    [error] = upload.errors
    assert error | {"value": ""} == {
        "sheet": "第一季度", "row": 4, "column": "B", "header": header, "value": "", "problem": problem, "remedy": remedy,
    }  # fmt: skip
    assert shown is None or error["value"] == shown
    assert (upload.error_count, upload.may_be_committed) == (1, False)


def test_codes_must_be_known_once_and_there(book: None, alice: User) -> None:
    rows = [
        ["客户编号", "备注"],
        ["A1", "as it was"],
        ["C1", "foreign"],
        ["A9", "nobody"],
        [None, "no code"],
        ["A1", "twice"],
        [12, "a number"],
    ]
    upload = sent(sheet_of(rows), alice)
    assert where(upload) == [
        ("Mine!A3", "客户编号", "C1", UNKNOWN),
        ("Mine!A4", "客户编号", "A9", UNKNOWN),
        ("Mine!A5", "客户编号", "", "“Customer code” is missing."),
        ("Mine!A6", "客户编号", "A1", "This customer stands in row 2 already."),
        ("Mine!A7", "客户编号", "12", UNKNOWN),
    ]
    assert upload.errors[0]["remedy"] == "Correct it, or import the customer first."


def test_with_one_error_nothing_is_loaded(book: None, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customers.imports.planning.BATCH", 1)  # the error comes in another batch
    rows = [["code", "notes", "Service-response requirement"], ["A1", "new", 5], ["A2", "new", 9]]
    upload = sent(sheet_of(rows), alice)
    assert where(upload) == [("Mine!C3", "Service-response requirement", "9", BEYOND)]
    with pytest.raises(AssertionError):
        loaded(upload)
    assert nothing_changed()


def test_only_so_many_errors_are_kept_and_all_are_counted(
    book: None, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.imports.planning.MOST_ERRORS", 2)
    upload = sent(sheet_of([["code"], *[[f"no{n}"] for n in range(5)]]), alice)
    assert (len(upload.errors), upload.error_count) == (2, 5)


def test_error_cells_and_formulas_without_a_result_are_not_taken_for_empty_ones(
    book: None, alice: User
) -> None:
    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "=1/0")  # openpyxl writes no result
        put(sheet, "A2", "Expansion plan", "#N/A")
        sheet["N7"].data_type = "e"

    upload = sent(edited(exported(alice), edit), alice)
    assert where(upload) == [
        ("Tier sheet!S6", "Customer notes", "=1/0", "The cell holds a formula whose result was not saved."),
        ("Tier sheet!N7", "Expansion plan (1–5)", "#N/A", "The cell holds the error #N/A."),
    ]
    assert upload.errors[1]["remedy"] == "Replace it by the value itself."


@pytest.mark.parametrize(
    "content, name, problem",
    [
        (lambda: sheet_of([["天气", "心情"], ["晴", "x"]]), "x.xlsx",
         "No row of headers was recognised in sheet “Mine”. Put headers such as Customer code, Customer name, Customer tier above the columns, or say which column is which."),
        (lambda: b"", "x.xlsx", "The file is empty."),
        (lambda: b"\x00\x01\x02", "x.xlsx",
         "This is neither a workbook nor a text file. Save it as .xlsx or as CSV in UTF-8."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_tier_sheet_is_refused_as_a_whole(
    book: None, alice: User, content: Callable[[], bytes], name: str, problem: str
) -> None:
    upload = sent(content(), alice, name=name)
    assert (upload.state, [error["problem"] for error in upload.errors]) == ("failed", [problem])


def test_the_table_may_stand_on_a_later_sheet_but_not_on_a_hidden_one(book: None, alice: User) -> None:
    workbook = openpyxl.Workbook()
    first: Any = workbook.active
    first.append(["Read this first"])
    hidden: Any = workbook.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["code", "notes"])
    hidden.append(["A1", "hidden"])
    table: Any = workbook.create_sheet("Table")
    table.append(["code", "notes"])
    table.append(["A1", "shown"])
    assert changes(sent(saved(workbook), alice)) == [("A1", "Customer notes", "as it was", "shown")]


# Tiers


def test_who_may_not_grade_may_not_set_a_tier_by_a_sheet_either(book: None, alice: User, bob: User) -> None:
    for user in (alice, bob):
        upload = sent(sheet_of([["code", "tier"], ["A1", "core"], ["A2", "常规"]]), user)
        assert where(upload) == [
            ("Mine!B2", "tier", "core", "Only a sales director or an administrator may set a tier.")
        ]
        assert upload.errors[0]["remedy"] == "Put “Regular” back, or ask one of them to load the sheet."


@pytest.mark.parametrize(
    "reason, expires_on, problem",
    [
        ("", SOON, "Reason: This field is required."),
        ("Why", None, "Valid until: This field is required."),
        ("Why", TODAY - timedelta(days=1), "Valid until: Choose a day from today up to one year ahead."),
        ("Why", TODAY + timedelta(days=367), "Valid until: Choose a day from today up to one year ahead."),
    ],
)
def test_tiers_are_not_set_without_a_reason_and_a_last_day(
    book: None, dora: User, reason: str, expires_on: date | None, problem: str
) -> None:
    upload = sent(sheet_of([["code", "tier", "notes"], ["A1", "核心", "x"]]), dora)
    assert (upload.counts["cells"]["tier"], upload.errors) == (1, [])
    with pytest.raises(life.UnansweredError, match=problem):
        loaded(upload, reason=reason, expires_on=expires_on)
    assert nothing_changed()


def test_a_last_day_that_is_over_when_the_worker_comes_sets_no_tier(book: None, dora: User) -> None:
    upload = sent(sheet_of([["code", "tier", "notes"], ["A1", "核心", "x"]]), dora)
    answers = {"reason": "Why", "expires_on": TODAY.isoformat()}
    assert life.ask_to_commit(upload, leaves_out_likely=False, answers=answers)
    over = (TODAY - timedelta(days=1)).isoformat()
    Import.objects.update(answers={"reason": "Why", "expires_on": over})
    life.work(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, [error["problem"] for error in upload.errors]) == (
        "failed", ["The day until which the tiers hold is over. Compare again, and choose another one."],
    )  # fmt: skip
    assert nothing_changed()


# Between the preview and the load


def edits_of_others(dora: User, alice: User) -> dict[str, Callable[[Customer], object]]:
    return {
        "edit": lambda c: services.save_customer(c, version=c.version, by=dora),
        "assignment": lambda c: services.assign([c.pk], by=dora, owner=dora),
        "archive": lambda c: services.archive([c.pk], by=dora, at=timezone.now()),
        "tier": lambda c: set_by_hand(
            c, tier=tier("core"), reason="x", expires_on=SOON, by=dora, at=timezone.now()
        ),
        "rating": lambda c: a_rating(c, dora, TODAY, 1, "service_response"),
        "figure": lambda c: a_figure(c, dora, TODAY, 1, "industry_outlook"),
        "demotion": lambda _c: User.objects.filter(pk=alice.pk).update(role="auditor"),
    }


@pytest.mark.parametrize("what", ["edit", "assignment", "archive", "tier", "rating", "figure", "demotion"])
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    book: None, alice: User, dora: User, what: str
) -> None:
    rows = [
        ["备注", "客户编号", "服务响应要求", "行业发展前景"],
        ["as it was", "A2", 4, 75],
        ["new", "A1", 5, 80],
    ]
    upload = sent(sheet_of(rows), alice)
    edits_of_others(dora, alice)[what](Customer.objects.get(code="A1"))
    before = Assessment.objects.count(), Figure.objects.count()
    upload = loaded(upload)
    if what == "demotion":
        assert upload.state == "failed"
        assert [error["problem"] for error in upload.errors] == ["You may not import this kind of rows."]
    else:
        assert (upload.state, [one["label"] for one in upload.obstacles]) == ("stale", ["A1 · Name of A1"])
    assert Customer.objects.get(code="A1").notes == "as it was"
    assert (Assessment.objects.count(), Figure.objects.count()) == before


def test_what_changed_in_rows_the_sheet_leaves_alone_does_not_matter(
    book: None, alice: User, dora: User
) -> None:
    upload = sent(edited(exported(alice), lambda sheet: put(sheet, "A1", "Customer notes", "new")), alice)
    other = Customer.objects.get(code="A2")
    services.save_customer(other, version=other.version, by=dora)
    assert loaded(upload).state == "done"
    assert Customer.objects.get(code="A1").notes == "new"


def test_what_goes_wrong_at_the_end_takes_everything_back(book: None, dora: User) -> None:
    upload = sent(sheet_of([["code", "notes", "tier", "服务响应要求"], ["A1", "new", "core", 5]]), dora)
    failpoints.arm("import.batch=raise")
    try:
        with pytest.raises(failpoints.FailpointError):
            loaded(upload, reason="Why", expires_on=SOON)
    finally:
        failpoints.arm("")
    assert nothing_changed()
