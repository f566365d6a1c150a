"""A tier sheet goes out and comes back while others edit the same customers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from customers import services as customer_services
from customers.imports import uploads
from customers.models import Assessment, Customer, Upload
from customers.services import write_notes
from customers.tests.making import a_customer, a_rating
from tiering import services
from tiering.tests.conftest import tier
from tiering.tests.sheets_making import (
    changes,
    column_of,
    edited,
    head_of,
    keyed,
    loaded,
    opened,
    put,
    remarks,
    row_of,
    sent,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
RATED = "Service-response requirement"


@pytest.fixture
def book(alice: User) -> dict[str, Customer]:
    made = {
        code: a_customer(f"Customer {code}", code=code, owner=alice, notes=f"{code} as it was")
        for code in ("A1", "A2", "A3")
    }
    for customer in made.values():
        a_rating(customer, alice, TODAY, 3, "service_response")
    return made


def ratings() -> dict[str, int]:
    rows = Assessment.objects.order_by("rated_on", "pk").values_list("customer__code", "rating")
    return dict(rows)


def notes() -> dict[str, str]:
    return dict(Customer.objects.values_list("code", "notes"))


def test_out_and_in_five_times_changes_nothing(book: dict[str, Customer], dora: User) -> None:
    Customer.objects.filter(code="A2").update(notes="=1+1\n𠮷 'x' " + "長" * 600)
    for _time in range(5):
        upload = sent(keyed(dora), dora)
        assert (upload.state, upload.report["unchanged"], changes(upload)) == (Upload.State.CHECKED, 3, [])
        assert (remarks(upload), upload.report["moved"]) == ([], [])


def test_the_key_is_hidden_and_goes_with_its_row(book: dict[str, Customer], dora: User) -> None:
    sheet = opened(keyed(dora))
    assert [letter for letter, column in sheet.column_dimensions.items() if column.hidden] == [
        sheet.cell(1, sheet.max_column).column_letter
    ]


def test_a_sheet_comes_back_while_two_others_edit_the_same_customers(
    book: dict[str, Customer], dora: User, alice: User, bob: User
) -> None:
    """Of every cell: who changed it, and what becomes of it."""

    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "A1 of the sheet")
        put(sheet, "A1", RATED, 5)
        put(sheet, "A2", "Customer notes", "A2 of the sheet")
        put(sheet, "A2", "Customer tier", "Core")
        put(sheet, "A3", RATED, 2)

    content = edited(keyed(dora), edit)
    write_notes({book["A1"].pk: "A1 of Bob", book["A3"].pk: "A3 of Bob"}, by=bob)
    a_rating(book["A1"], alice, TODAY, 4, "service_response")  # in conflict
    a_rating(book["A2"], alice, TODAY, 1, "service_response")  # changed here alone
    a_rating(book["A3"], alice, TODAY, 2, "service_response")  # both say the same
    upload = sent(content, dora)

    report = upload.report
    in_conflict = [
        (row["code"], cell["label"], cell["exported"], cell["new"], cell["old"], cell["by"])
        for row in report["rows"] for cell in row["cells"] if "exported" in cell
    ]  # fmt: skip
    assert sorted(in_conflict) == [
        ("A1", "Customer notes", "A1 as it was", "A1 of the sheet", "A1 of Bob", bob.name),
        ("A1", RATED, "3 of 5", "5 of 5", "4 of 5", alice.name),
    ]
    assert sorted((m["code"], m["label"], m["exported"], m["here"]) for m in report["moved"]) == [
        ("A2", RATED, "3 of 5", "1 of 5"),
        ("A3", "Customer notes", "A3 as it was", "A3 of Bob"),
    ]
    more: Any = {"reason": "Strategic.", "expires_on": TODAY + timedelta(days=30)}
    assert loaded(upload, **more).state == Upload.State.REFUSED
    assert notes() == {"A1": "A1 of Bob", "A2": "A2 as it was", "A3": "A3 of Bob"}

    again = sent(content, dora)
    row = next(row["row"] for row in again.report["rows"] if row["code"] == "A1")
    again.options |= {f"conflict-{row}-notes": "here", "conflicts": "sheet"}
    assert loaded(again, **more).state == Upload.State.LOADED
    assert notes() == {"A1": "A1 of Bob", "A2": "A2 of the sheet", "A3": "A3 of Bob"}
    assert ratings() == {"A1": 5, "A2": 1, "A3": 2}
    assert Customer.objects.get(code="A2").standing.tier == tier("core")


def test_a_tier_set_here_meanwhile_is_nobodys_error(
    book: dict[str, Customer], dora: User, alice: User
) -> None:
    content = edited(keyed(alice), lambda sheet: put(sheet, "A2", "Customer notes", "new"))
    more: Any = {
        "reason": "Strategic.",
        "expires_on": TODAY + timedelta(days=30),
        "by": dora,
        "at": timezone.now(),
    }
    services.set_by_hand(book["A1"], tier=tier("core"), **more)
    customer_services.change_profiles({book["A2"].pk: {"code": "Z9"}}, by=dora, at=timezone.now())
    upload = sent(content, alice)
    assert (upload.state, upload.errors) == (Upload.State.CHECKED, [])
    assert [(moved["code"], moved["here"]) for moved in upload.report["moved"]] == [("A1", "Core")]
    assert loaded(upload).state == Upload.State.LOADED
    assert notes()["Z9"] == "new"


def test_a_key_that_is_not_of_its_row_is_left_aside(book: dict[str, Customer], dora: User) -> None:
    def swap(sheet: Any) -> None:
        at, first, second = sheet.max_column, row_of(sheet, "A1"), row_of(sheet, "A2")
        sheet.cell(first, at).value = sheet.cell(second, at).value
        sheet.cell(second, at).value = "forged"
        put(sheet, "A1", "Customer notes", "new")

    upload = sent(edited(keyed(dora), swap), dora)
    assert changes(upload) == [("A1", "Customer notes", "A1 as it was", "new")]
    assert len(remarks(upload)) == 2
    assert column_of(opened(keyed(dora)), "Customer code") == 1
    assert head_of(opened(keyed(dora))) > 1


def test_conflicts_are_decided_on_the_page_which_keeps_what_was_typed(
    client: Client, book: dict[str, Customer], dora: User, bob: User
) -> None:
    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "of the sheet")
        put(sheet, "A2", "Customer tier", "Core")

    content = edited(keyed(dora), edit)
    write_notes({book["A1"].pk: "of Bob"}, by=bob)
    upload = sent(content, dora)
    client.force_login(dora)
    page, load = (reverse(f"customers:{name}", args=[upload.pk]) for name in ("upload", "upload_load"))
    name = f"conflict-{upload.report['rows'][0]['row']}-notes"
    assert name in client.get(page).text
    answer = client.post(load, {"reason": "Strategic & typed.", "expires_on": TODAY.isoformat()})
    assert answer.status_code == 422
    assert "Strategic &amp; typed." in answer.text
    upload.refresh_from_db()
    assert upload.state == Upload.State.CHECKED
    answer = client.post(load, {name: "here", "reason": "Strategic.", "expires_on": TODAY.isoformat()})
    assert answer.status_code == 302
    uploads.load(upload.pk)
    assert notes()["A1"] == "of Bob"
    assert Customer.objects.get(code="A2").standing.tier == tier("core")
