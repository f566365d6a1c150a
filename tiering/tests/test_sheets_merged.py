"""A tier sheet goes out and comes back while others edit the same customers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from customers import services as customer_services
from customers.imports import batches, life, telling
from customers.models import Assessment, Customer, Import
from customers.services import write_notes
from customers.tests.making import a_customer, a_rating
from tiering import services
from tiering.models import Override
from tiering.tests.conftest import tier
from tiering.tests.sheets_making import (
    changes,
    edited,
    keyed,
    loaded,
    opened,
    put,
    remarks,
    row_of,
    sent,
    undone,
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
        assert (upload.state, upload.counts["unchanged"], changes(upload)) == ("planned", 3, [])
        assert (remarks(upload), upload.counts["moved"]) == ([], 0)


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
    now = {"recorded_at": timezone.now()}
    a_rating(book["A1"], alice, TODAY, 4, "service_response", **now)  # in conflict
    a_rating(book["A2"], alice, TODAY, 1, "service_response", **now)  # changed here alone
    a_rating(book["A3"], alice, TODAY, 2, "service_response", **now)  # both say the same
    upload = sent(content, dora)

    assert sorted(in_conflict(upload)) == [
        ("A1", "Customer notes", "A1 as it was", "A1 of the sheet", "A1 of Bob", bob.name),
        ("A1", RATED, "3 of 5", "5 of 5", "4 of 5", alice.name),
    ]
    assert sorted(moved(upload)) == [
        ("A2", RATED, "3 of 5", "1 of 5"),
        ("A3", "Customer notes", "A3 as it was", "A3 of Bob"),
    ]
    assert not upload.may_be_committed
    [row] = {row for row, _key in life.cells_in_conflict(upload)}
    life.rule(upload, {}, every="sheet")
    life.rule(upload, {f"{row}.notes": "here"})
    more: Any = {"reason": "Strategic.", "expires_on": TODAY + timedelta(days=30)}
    done = loaded(upload, **more)
    assert done.state == "done"
    assert notes() == {"A1": "A1 of Bob", "A2": "A2 of the sheet", "A3": "A3 of Bob"}
    assert ratings() == {"A1": 5, "A2": 1, "A3": 2}
    assert Customer.objects.get(code="A2").standing.tier == tier("core")

    assert undone(done).state == "undone"
    assert notes() == {"A1": "A1 of Bob", "A2": "A2 as it was", "A3": "A3 of Bob"}
    assert ratings() == {"A1": 4, "A2": 1, "A3": 2}
    standing = Customer.objects.get(code="A2").standing
    assert (standing.tier, standing.is_overridden) == (None, False)


def in_conflict(parent: Import) -> list[tuple[str, str, str, str, str, str]]:
    """Code, column, as exported, in the sheet, here, by whom."""
    kind = life.kind_of(parent, at=timezone.now())
    return [
        (row.label.split(" · ")[0], cell["label"], cell["was"], cell["sheet"], cell["here"], cell["by"])
        for _batch, rows in batches.of(parent, "conflict")
        for row in rows
        for cell in telling.conflicts_shown(parent, kind, row)
    ]


def moved(parent: Import) -> list[tuple[str, str, str, str]]:
    kind = life.kind_of(parent, at=timezone.now())
    return [
        (row.label.split(" · ")[0], cell["label"], cell["was"], cell["here"])
        for row in batches.moved(parent, start=0, size=50)
        for cell in telling.moved_shown(kind, row)
    ]


def test_who_renamed_a_customer_is_told(book: dict[str, Customer], dora: User, bob: User) -> None:
    content = keyed(dora)
    customer_services.change_profiles({book["A1"].pk: {"name": "Renamed"}}, by=bob, at=timezone.now())
    upload = sent(content, dora)
    [row] = batches.moved(upload, start=0, size=50)
    assert [
        (cell["label"], cell["by"])
        for cell in telling.moved_shown(life.kind_of(upload, at=timezone.now()), row)
    ] == [("Customer name", bob.name)]


def test_without_the_column_of_keys_it_is_said_that_nobody_can_be_told_apart(
    book: dict[str, Customer], dora: User
) -> None:
    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "of the sheet")
        sheet.delete_cols(sheet.max_column)

    content = edited(keyed(dora), edit)
    write_notes({book["A2"].pk: "A2 of somebody else"}, by=dora)
    upload = sent(content, dora)
    assert upload.counts["changed"] == 2
    [sentence] = telling.keys_shown(upload)
    assert sentence.startswith("This sheet has no hidden column with keys.")


# Taken back


def by_hand(customer: Customer, key: str, by: User) -> Override:
    return services.set_by_hand(
        customer,
        tier=tier(key),
        reason="Agreed.",
        expires_on=TODAY + timedelta(days=9),
        by=by,
        at=timezone.now(),
    )


MORE: Any = {"reason": "Strategic.", "expires_on": TODAY + timedelta(days=30)}


def with_core(sheet: Any) -> None:
    for code in ("A1", "A2"):
        put(sheet, code, "Customer tier", "Core")


def test_an_undo_gives_back_the_tier_that_was_set_by_hand_before(
    book: dict[str, Customer], dora: User
) -> None:
    before = by_hand(book["A1"], "regular", dora)
    done = loaded(sent(edited(keyed(dora), with_core), dora), **MORE)
    assert Override.objects.filter(ended_at=None, tier=tier("core")).count() == 2
    assert undone(done).state == "undone"
    first, second = (Customer.objects.get(code=code).standing for code in ("A1", "A2"))
    assert (first.tier, first.is_overridden, second.tier, second.is_overridden) == (
        tier("regular"), True, None, False,
    )  # fmt: skip
    assert list(Override.objects.filter(ended_at=None)) == [before]


def test_a_tier_set_again_since_stands_in_the_way_of_an_undo(book: dict[str, Customer], dora: User) -> None:
    done = loaded(sent(edited(keyed(dora), with_core), dora), **MORE)
    by_hand(book["A1"], "core", dora)
    back = undone(done)
    assert (back.state, [(one["label"], one["problem"]) for one in back.obstacles]) == (
        "done", [("A1 · Customer A1", "The tier was set by hand again since, or that has ended.")],
    )  # fmt: skip
    assert Customer.objects.get(code="A2").standing.tier == tier("core")


def test_tiers_are_set_and_taken_back_in_as_many_queries_for_one_as_for_three(
    book: dict[str, Customer], dora: User
) -> None:
    def queries(*codes: str) -> tuple[int, int]:
        def edit(sheet: Any) -> None:
            for code in codes:
                put(sheet, code, "Customer tier", "Core")
                put(sheet, code, "Customer notes", "new")

        parent = sent(edited(keyed(dora), edit), dora)
        with CaptureQueriesContext(connection) as there:
            loaded(parent, **MORE)
        with CaptureQueriesContext(connection) as back:
            undone(parent)
        return len(there), len(back)

    queries("A1")  # what is read once and kept
    assert queries("A1") == queries("A1", "A2", "A3")


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
    assert (upload.state, upload.errors) == ("planned", [])
    assert [(one[0], one[1], one[3]) for one in moved(upload)] == [("A1", "Customer tier", "Core")]
    assert loaded(upload).state == "done"
    assert notes()["Z9"] == "new"


def test_rows_whose_keys_were_swapped_are_refused(book: dict[str, Customer], dora: User) -> None:
    def swap(sheet: Any) -> None:
        at, first, second = sheet.max_column, row_of(sheet, "A1"), row_of(sheet, "A2")
        one, other = sheet.cell(first, at), sheet.cell(second, at)
        one.value, other.value = other.value, one.value
        put(sheet, "A1", "Customer notes", "new")

    upload = sent(edited(keyed(dora), swap), dora)
    assert {error["problem"].split("“")[0] for error in upload.errors} == {"This row was exported as "}
    assert {error["remedy"] for error in upload.errors} == {
        "Put that back. When you sort, take the hidden column along."
    }


def test_a_forged_key_is_left_aside(book: dict[str, Customer], dora: User) -> None:
    def forge(sheet: Any) -> None:
        sheet.cell(row_of(sheet, "A1"), sheet.max_column).value = "forged"
        put(sheet, "A1", "Customer notes", "new")

    upload = sent(edited(keyed(dora), forge), dora)
    assert changes(upload) == [("A1", "Customer notes", "A1 as it was", "new")]
    assert upload.counts["keys"]["unknown"]["count"] == 1
