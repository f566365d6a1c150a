"""A sheet goes out to be edited and comes back: cell by cell, while others work."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, example, given, settings, strategies as st
from openpyxl import Workbook, load_workbook

from accounts.models import Export, User
from customers import services
from customers.imports import batches, editing, life, telling
from customers.imports.kind import row_kinds
from customers.models import (
    Assessment,
    Contact,
    Contract,
    Customer,
    Figure,
    Import,
    Order,
    Payment,
    Seat,
)
from customers.tests.imports_making import State, commit, counted, planned, said, undo
from customers.tests.making import a_contact, a_customer, a_payment, an_order
from toolbox.sheets import keys, limits_in_force

pytestmark = pytest.mark.django_db
KINDS: Final = ("customers", "contacts", "orders", "payments", "contracts", "ratings", "figures")
Edit = Callable[[Any], object]


def exported(kind: str, by: User, *, language: str = "zh-hans") -> bytes:
    stream = BytesIO()
    with translation.override(language):
        opened = row_kinds[kind](by=by, at=timezone.now())
        customers = Customer.objects.visible_to(by).order_by("pk")
        editing.write(opened, customers, stream=stream)
    return stream.getvalue()


def edited(content: bytes, edit: Edit) -> bytes:
    book = load_workbook(BytesIO(content))
    edit(book.worksheets[0])
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def sent(content: bytes, kind: str, by: User, **more: Any) -> Import:
    return planned(SimpleUploadedFile("sheet.xlsx", content), kind, by, **more)


def column(sheet: Any, header: str) -> int:
    return int(next(cell.column for cell in sheet[1] if cell.value == header))


def setting(header: str, value: Any, *, row: int = 2) -> Edit:
    def edit(sheet: Any) -> None:
        sheet.cell(row, column(sheet, header)).value = value

    return edit


def all_rows() -> dict[str, list[Any]]:
    """Everything on record, ids and versions included."""
    models: Any = (Customer, Contact, Order, Payment, Contract, Assessment, Figure)
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in models}


@pytest.fixture
def acme(alice: User) -> Customer:
    return a_customer("Acme", owner=alice, code="A1", notes="as it was")


def a_book(by: User) -> None:
    one = a_customer("𠮷野家𪚥 =SUM(A1)", owner=by, code="00123", notes="=1+1\n@x\n 'quoted'", industry="C34")
    other = a_customer(
        "合计", owner=by, code="12345678901234567890", notes="备注：无", province="32", city="3205"
    )
    for customer in (one, other):
        a_contact(customer, "+小王", title="-经理", phone="023-6879 0000 转 12", wechat="'0012")
        a_contact(customer, "ＦＵＬＬ　ｗｉｄｔｈ", email="a@example.com")
        an_order(customer, date(2026, 1, 5), 12_34, category="@齿轮", customised_share=3_333)
        an_order(customer, date(2026, 1, 6), -1, number=f"000{customer.pk}")
        a_payment(customer, date(2026, 2, 1), amount=1)
        a_payment(customer, date(2026, 2, 1), amount=1)
        Contract.objects.create(
            customer=customer, number=f"=H{customer.pk}", subject="框架\n协议", amount=99_999_999_99,
            starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), recorded_at=timezone.now(),
        )  # fmt: skip
        Assessment.objects.create(
            customer=customer, indicator="expansion_plan", rating=4, evidence="=季度拜访", rater=by, rated_on=date(2026, 1, 1)
        )  # fmt: skip
        Figure.objects.create(
            customer=customer, indicator="industry_outlook", value=75, source="+报告", by=by, as_of=date(2026, 1, 1)
        )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_out_and_in_five_times_changes_nothing(dora: User, kind: str) -> None:
    a_book(dora)
    before = all_rows()
    for time in range(5):
        language = ("zh-hans", "en")[time % 2]
        parent = sent(exported(kind, dora, language=language), kind, dora)
        assert parent.errors == []
        assert (parent.state, counted(parent)[:2]) == (State.PLANNED, (0, 0))
        assert counted(parent)[2] == parent.counts["keys"]["taken"] >= 2
        assert not life.ask_to_commit(parent, leaves_out_likely=False)
    assert all_rows() == before


@pytest.mark.usefixtures("libreoffice")
@pytest.mark.parametrize("kind", KINDS)
def test_what_libreoffice_saves_again_is_the_same(dora: User, kind: str, tmp_path: Path) -> None:
    a_book(dora)
    (tmp_path / "sheet.xlsx").write_bytes(exported(kind, dora))
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    asked = ["soffice", home, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(tmp_path / "sheet.xlsx")]  # fmt: skip
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    parent = sent((tmp_path / "out" / "sheet.xlsx").read_bytes(), kind, dora)
    assert parent.errors == []
    assert counted(parent)[:2] == (0, 0)
    assert parent.counts["keys"] == {"taken": counted(parent)[2]}


TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
@example(
    texts=[
        "=1+1",
        "+1",
        "-1",
        "@x",
        "'x",
        "''",
        "_x0041_",
        "\t=1",
        " a ",
        "００1",
        "𠮷" * 310,
        "a\r\nb\rc",
        "\x01",
        "合计",
        "#N/A",
        "TRUE",
    ]
)
def test_every_text_comes_back_as_it_went(dora: User, texts: list[str]) -> None:
    Customer.objects.all().delete()
    for n, text in enumerate(texts):
        customer = a_customer(f"C{n}", owner=dora, code=f"T{n}")
        Customer.objects.filter(pk=customer.pk).update(notes=text)
    parent = sent(exported("customers", dora), "customers", dora)
    assert parent.errors == []
    assert counted(parent) == (0, 0, len(texts), 0, 0)


def test_a_cell_changed_here_stays_one_changed_in_the_sheet_is_written(acme: Customer, alice: User) -> None:
    content = edited(exported("customers", alice), setting("客户名称", "Acme 2"))
    Customer.objects.filter(pk=acme.pk).update(notes="written here")
    parent = sent(content, "customers", alice)
    assert (parent.counts["changed"], parent.counts["moved"], parent.open_conflicts) == (1, 1, 0)
    commit(parent)
    acme.refresh_from_db()
    assert (acme.name, acme.notes) == ("Acme 2", "written here")
    assert undo(parent).state == State.UNDONE
    acme.refresh_from_db()
    assert (acme.name, acme.notes) == ("Acme", "written here")


@pytest.mark.parametrize("ruling, notes", [("sheet", "sheet's"), ("here", "ours")])
def test_nothing_is_committed_while_a_conflict_is_open(
    acme: Customer, alice: User, bob: User, ruling: str, notes: str
) -> None:
    def edit(sheet: Any) -> None:
        setting("客户备注", "sheet's")(sheet)
        setting("客户名称", "Acme 2")(sheet)

    content = edited(exported("customers", alice), edit)
    services.change_profiles({acme.pk: {"notes": "ours"}}, by=bob, at=timezone.now())
    parent = sent(content, "customers", alice)
    assert (parent.counts["conflict"], parent.open_conflicts) == (1, 1)
    assert not life.ask_to_commit(parent, leaves_out_likely=False)
    [cell] = life.conflicts(parent)
    assert cell == "2.notes"
    [row] = [row for rows in batches.of(parent, "conflict") for row in rows[1]]
    assert (row.was["notes"], row.values["notes"], row.moved["notes"][:2]) == (
        "ours",
        "sheet's",
        ("as it was", bob.name),
    )
    assert life.rule(parent, {cell: ruling})
    commit(parent)
    acme.refresh_from_db()
    assert (acme.name, acme.notes) == ("Acme 2", notes)
    undo(parent)
    acme.refresh_from_db()
    assert (acme.name, acme.notes) == ("Acme", "ours")


def test_both_saying_the_same_is_no_conflict(acme: Customer, alice: User) -> None:
    content = edited(exported("customers", alice), setting("客户备注", "agreed"))
    Customer.objects.filter(pk=acme.pk).update(notes="agreed")
    assert counted(sent(content, "customers", alice)) == (0, 0, 1, 0, 0)


def test_a_decision_falls_when_the_sheet_is_compared_again(acme: Customer, alice: User) -> None:
    content = edited(exported("customers", alice), setting("客户备注", "sheet's"))
    Customer.objects.filter(pk=acme.pk).update(notes="ours")
    parent = sent(content, "customers", alice)
    life.rule(parent, {}, every="sheet")
    Customer.objects.filter(pk=acme.pk).update(notes="ours again")
    assert commit(parent).state == State.STALE
    life.ask_to_plan(parent)
    life.work(parent.pk)
    parent.refresh_from_db()
    assert (parent.state, parent.open_conflicts, parent.rulings) == (State.PLANNED, 1, {})
    acme.refresh_from_db()
    assert acme.notes == "ours again"


def test_an_emptied_cell_empties_and_a_deleted_column_leaves(acme: Customer, alice: User) -> None:
    emptied = sent(edited(exported("customers", alice), setting("客户备注", None)), "customers", alice)
    assert counted(emptied) == (0, 1, 0, 0, 0)
    deleted = edited(exported("customers", alice), lambda sheet: sheet.delete_cols(column(sheet, "客户备注")))
    assert counted(sent(deleted, "customers", alice)) == (0, 0, 1, 0, 0)
    commit(emptied)
    acme.refresh_from_db()
    assert acme.notes == ""


def test_the_service_team_goes_out_and_comes_back(
    acme: Customer, alice: User, tess: User, dan: User, logan: User
) -> None:
    team: dict[str, User | None] = {"technical": tess, "service": dan}
    services.seat([acme.pk], team=team, by=alice, at=timezone.now())
    content = exported("customers", alice)
    assert counted(sent(content, "customers", alice)) == (0, 0, 1, 0, 0)
    content = edited(content, setting("技术顾问", None))  # anybody in the department
    content = edited(content, setting("售后专员", "dan"))
    content = edited(content, setting("物流专员", "logan"))
    services.seat([acme.pk], team={"service": None}, by=alice, at=timezone.now())
    parent = sent(content, "customers", alice)
    assert (counted(parent), parent.open_conflicts) == ((0, 1, 0, 0, 0), 0)
    (moved,) = batches.moved(parent, start=0, size=9)
    assert (moved.moved["service"].was, moved.moved["service"].by) == ("dan", "alice")
    commit(parent)
    assert dict(Seat.objects.taken().values_list("department", "person__username")) == {"logistics": "logan"}
    undo(parent)
    assert dict(Seat.objects.taken().values_list("department", "person__username")) == {"technical": "tess"}


def test_a_service_team_changed_here_and_in_the_sheet_is_decided_by_a_person(
    acme: Customer, alice: User, tess: User
) -> None:
    other = User.objects.create_user("tom", role="technical")
    content = edited(exported("customers", alice), setting("技术顾问", "tess"))
    services.seat([acme.pk], team={"technical": other}, by=alice, at=timezone.now())
    parent = sent(content, "customers", alice)
    assert parent.open_conflicts == 1
    life.rule(parent, {}, every="sheet")
    commit(parent)
    assert Seat.objects.taken().get().person == tess


def test_sorted_filtered_copied_and_shortened_it_is_the_same_sheet(alice: User) -> None:
    for n in range(6):
        a_contact(a_customer(f"C{n}", owner=alice, code=f"K{n}"), "Li", title=f"t{n}")
    before = all_rows()
    source = load_workbook(BytesIO(exported("contacts", alice))).worksheets[0]
    header, *rows = [[cell.value for cell in row] for row in source.iter_rows()]
    book = Workbook()
    sheet: Any = book.active
    kept = [0, *range(len(header) - 1, 2, -1)]  # without the customers' columns, the others in another order
    sheet.append(["", "", *(header[at] for at in kept)])
    for row in reversed(rows[1:]):  # one row deleted
        sheet.append(["", "", *(row[at] for at in kept)])
    sheet.cell(2, 2 + len(kept) - kept[::-1].index(header.index("职务"))).value = "boss"
    stream = BytesIO()
    book.save(stream)
    parent = sent(stream.getvalue(), "contacts", alice)
    assert parent.errors == []
    assert counted(parent) == (0, 1, 4, 0, 0)
    commit(parent)
    assert Contact.objects.get(title="boss").customer.code == "K5"
    assert {name: len(rows) for name, rows in all_rows().items()} == {name: len(rows) for name, rows in before.items()}  # fmt: skip


def test_the_key_lets_an_amount_be_corrected_and_an_undo_takes_it_back(acme: Customer, alice: User) -> None:
    first = a_payment(acme, date(2026, 2, 1), amount=100_00)
    second = a_payment(acme, date(2026, 2, 1), amount=100_00)
    content = edited(exported("payments", alice), setting("应付金额", 120.5, row=3))
    parent = sent(content, "payments", alice)
    assert counted(parent) == (0, 1, 1, 0, 0)
    commit(parent)
    assert list(Payment.objects.order_by("pk").values_list("pk", "amount")) == [
        (first.pk, 100_00),
        (second.pk, 120_50),
    ]
    undo(parent)
    assert list(Payment.objects.order_by("pk").values_list("amount", flat=True)) == [100_00, 100_00]


def test_a_row_without_a_key_beside_one_that_says_the_same_is_a_second_payment(
    acme: Customer, alice: User
) -> None:
    a_payment(acme, date(2026, 2, 1), amount=100_00)

    def edit(sheet: Any) -> None:
        sheet.append([None, *[cell.value for cell in sheet[2]][1:]])

    content = edited(exported("payments", alice), edit)
    assert commit(sent(content, "payments", alice)).state == State.DONE
    assert list(Payment.objects.values_list("amount", flat=True)) == [100_00, 100_00]
    assert counted(sent(content, "payments", alice)) == (0, 0, 2, 0, 0)


def test_a_row_whose_key_is_missing_doubled_or_forged_is_found_by_what_it_says(
    acme: Customer, alice: User
) -> None:
    for number in ("N1", "N2", "N3"):
        an_order(acme, date(2026, 1, 5), number=number)
    an_order(acme, date(2026, 1, 5), number="N4")

    def edit(sheet: Any) -> None:
        at = column(sheet, "订单号")
        sheet.cell(2, 1).value = None
        sheet.cell(3, 1).value = TimestampSigner().sign("orders:1")
        copied = [cell.value for cell in sheet[4]]
        copied[at - 1] = "N5"
        sheet.append(copied)

    parent = sent(edited(exported("orders", alice), edit), "orders", alice)
    assert parent.errors == []
    assert counted(parent) == (1, 0, 4, 0, 0)
    assert parent.counts["keys"] == {
        "taken": 1,
        "missing": {"count": 1, "rows": [2]},
        "unknown": {"count": 1, "rows": [3]},
        "doubled": {"count": 2, "rows": [4, 6]},
    }


def test_of_a_row_and_its_unchanged_copies_one_is_taken(acme: Customer, alice: User) -> None:
    """A payment that somebody copied by mistake does not become two."""
    a_payment(acme, date(2026, 2, 1), amount=100_00)

    def edit(sheet: Any) -> None:
        setting("付款日期", date(2026, 2, 3))(sheet)
        for _time in range(2):
            sheet.append([cell.value for cell in sheet[2]])

    parent = sent(edited(exported("payments", alice), edit), "payments", alice)
    assert counted(parent) == (0, 1, 0, 2, 0)
    assert parent.counts["keys"] == {"taken": 1}
    copies = [row for _batch, rows in batches.of(parent, "left_out") for row in rows]
    with translation.override("en"):
        again = sent(edited(exported("payments", alice), edit), "payments", alice)
        assert [row.why for _batch, rows in batches.of(again, "left_out") for row in rows] == [
            "It is a copy of row 2 that says the same."
        ] * 2
    assert [row.number for row in copies] == [3, 4]
    commit(parent)
    assert list(Payment.objects.values_list("amount", "paid_on")) == [(100_00, date(2026, 2, 3))]


def test_rows_exported_as_another_kind_of_sheet_are_named_with_where_they_belong(
    acme: Customer, alice: User
) -> None:
    parent = sent(edited(exported("customers", alice), setting("客户备注", "x")), "contacts", alice)
    assert parent.counts["keys"] == {"taken": 0, "kind": "customers", "foreign": {"count": 1, "rows": [2]}}
    with translation.override("en"):
        assert telling.keys_shown(parent) == [
            "Rows that were exported as “Customers” are found by what they say: 2. Send the file as “Customers” to have it merged cell by cell."
        ]


def test_a_key_reaches_no_row_that_its_sender_may_not_see(acme: Customer, alice: User, carol: User) -> None:
    foreign = a_customer("Carol's", owner=carol, code="C1", notes="hers")

    def edit(sheet: Any) -> None:
        setting("客户备注", "mine now")(sheet)
        setting("客户编号", None)(sheet)
        setting("客户名称", "As I call it")(sheet)

    parent = sent(edited(exported("customers", carol), edit), "customers", alice)
    assert counted(parent) == (0, 0, 0, 1, 0)
    [row] = [row for _batch, rows in batches.of(parent, "left_out") for row in rows]
    assert row.label == "As I call it"
    assert "hers" not in row.why
    assert "Carol" not in row.why
    foreign.refresh_from_db()
    assert foreign.notes == "hers"


def test_the_hidden_cell_gives_nothing_away(acme: Customer, alice: User) -> None:
    sheet = load_workbook(BytesIO(exported("customers", alice))).worksheets[0]
    assert sheet.column_dimensions["A"].hidden
    key = str(sheet["A2"].value)
    found = keys.unseal(key)
    assert found
    assert (found.kind, found.pk, found.by) == ("customers", acme.pk, alice.pk)
    assert keys.unseal(key[:-4] + "AAA=") is None
    assert keys.unseal("k" * 40_000) is None


def test_a_fact_stays_where_it_is_and_an_error_says_what_to_do(acme: Customer, alice: User) -> None:
    a_customer("Other", owner=alice, code="A2")
    an_order(acme, date(2026, 1, 5), number="N1")
    other_customer = edited(exported("orders", alice), setting("客户编号", "A2"))
    assert [(row, letter) for row, letter, _problem in said(sent(other_customer, "orders", alice))] == [
        (2, "C")
    ]
    other_number = edited(exported("orders", alice), setting("订单号", "N2"))
    assert [(row, letter) for row, letter, _problem in said(sent(other_number, "orders", alice))] == [
        (2, "B")
    ]


def test_a_customer_renamed_here_is_in_nobodys_way(acme: Customer, alice: User) -> None:
    a_contact(acme, "Li", title="buyer")
    content = edited(exported("contacts", alice), setting("职务", "boss"))
    Customer.objects.filter(pk=acme.pk).update(name="Quite Another Ltd", code="B9")
    parent = sent(content, "contacts", alice)
    assert parent.errors == []
    commit(parent)
    assert Contact.objects.get().title == "boss"


def test_what_was_archived_or_emptied_is_left_out(acme: Customer, alice: User) -> None:
    other = a_customer("Other", owner=alice, code="A2")

    def edit(sheet: Any) -> None:
        for cell in sheet[3][1:]:
            cell.value = None

    content = edited(exported("customers", alice), edit)
    services.archive([acme.pk], by=alice, at=timezone.now())
    parent = sent(content, "customers", alice)
    assert counted(parent) == (0, 0, 0, 2, 0)
    assert [row.label for _batch, rows in batches.of(parent, "left_out") for row in rows] == [
        "A1 · Acme",
        "A2 · Other",
    ]
    other.refresh_from_db()
    assert other.name == "Other"


# By page, API and command


def a_conflict(acme: Customer, by: User) -> bytes:
    content = edited(exported("customers", by), setting("客户备注", "sheet's"))
    Customer.objects.filter(pk=acme.pk).update(notes="ours")
    return content


def test_the_list_comes_as_it_is_filtered_with_the_rights_of_the_reader(
    client: Client, acme: Customer, alice: User, carol: User
) -> None:
    a_customer("Beta", owner=alice, code="B1", industry="C34")
    a_customer("Foreign", owner=carol, code="C1", industry="C34")
    client.force_login(alice)
    answer = client.get("/imports/edit/customers/?industry=C")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]  # type: ignore[attr-defined]
    assert [[cell.value for cell in row][1:3] for row in sheet.iter_rows(min_row=2)] == [["B1", "Beta"]]
    assert [(one.by, one.listing, one.total) for one in Export.objects.all()] == [
        (alice, "edit-customers", 1)
    ]


def test_a_long_sheet_for_editing_is_written_in_the_background_for_whoever_asked(
    client: Client,
    acme: Customer,
    alice: User,
    bob: User,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.EXPORT_AT_ONCE = 0
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.get("/imports/edit/customers/?q=Acme")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/exports/")
    export = Export.objects.get()
    assert (export.state, export.total, export.listing) == ("ready", 1, "edit-customers")
    assert export.expires_at
    assert "Customers for editing" in client.get("/account/exports/").text
    assert "Your export is ready: Customers for editing, 1 rows" in client.get("/account/notices/").text
    file = client.get(f"/account/exports/{export.pk}/file/")
    assert "Customers for editing" in file.headers["Content-Disposition"]
    content = edited(
        b"".join(file.streaming_content),  # type: ignore[attr-defined]
        lambda sheet: setting(column_of(sheet, "as it was"), "new")(sheet),
    )
    assert counted(sent(content, "customers", alice)) == (0, 1, 0, 0, 0)
    client.force_login(bob)
    assert client.get(f"/account/exports/{export.pk}/file/").status_code == 404
    client.force_login(alice)
    refused = client.get("/api/v1/imports/edit/customers/")
    assert (refused.status_code, refused.json()["list"]) == (413, "edit-customers")
    with django_capture_on_commit_callbacks(execute=True):
        asked = client.post("/api/v1/exports/", {"list": "edit-customers"})
    assert asked.status_code in {201, 202}
    assert Export.objects.latest("pk").state == "ready"


def test_more_rows_than_an_import_takes_are_refused_in_the_background_too(
    client: Client, acme: Customer, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "limits_in_force", lambda: replace(limits_in_force(), rows=1))
    client.force_login(alice)
    assert client.get("/imports/edit/customers/").headers["Location"] == "/customers/?"
    answer = client.get("/api/v1/imports/edit/customers/")
    assert answer.status_code == 400
    assert "more than an import takes back" in answer.json()["detail"]
    assert not Export.objects.exists()


def test_conflicts_are_decided_on_the_page(client: Client, acme: Customer, alice: User) -> None:
    parent = sent(a_conflict(acme, alice), "customers", alice)
    client.force_login(alice)
    page, rule = f"/imports/{parent.pk}/", f"/imports/{parent.pk}/rule/"
    shown = client.get(page).content.decode()
    assert all(text in shown for text in ("as it was", "sheet&#x27;s", "ours", 'name="cell.2.notes"'))
    assert f"/imports/{parent.pk}/commit/" not in shown
    client.post(rule, {"cell.2.notes": "neither", "cell.3.notes": "sheet"})
    parent.refresh_from_db()
    assert parent.rulings == {}
    client.post(rule, {"every": "here"})
    client.post(rule, {"cell.2.notes": "sheet"})
    parent.refresh_from_db()
    assert (parent.rulings, parent.may_be_committed) == ({"2.notes": "sheet"}, True)
    assert f"/imports/{parent.pk}/commit/" in client.get(page).content.decode()


def test_what_is_decided_for_the_sheet_is_counted_before_the_commit_and_before_the_undo(
    client: Client, acme: Customer, alice: User
) -> None:
    parent = sent(a_conflict(acme, alice), "customers", alice)
    client.force_login(alice)
    page, rule = f"/imports/{parent.pk}/", f"/imports/{parent.pk}/rule/"
    client.post(rule, {"every": "here"})
    assert "0 rows would be created and 0 changed." in client.get(page).content.decode()
    client.post(rule, {"every": "sheet"})
    assert "0 rows would be created and 1 changed." in client.get(page).content.decode()
    parent.refresh_from_db()
    commit(parent)
    assert "Cells of 1 rows get the values back" in client.get(f"{page}undo/").content.decode()


def test_conflicts_are_decided_over_the_api(client: Client, acme: Customer, alice: User, bob: User) -> None:
    client.force_login(alice)
    sheet = b"".join(client.get("/api/v1/imports/edit/customers/").streaming_content)  # type: ignore[attr-defined]
    Customer.objects.filter(pk=acme.pk).update(notes="ours")
    content = edited(sheet, lambda sheet: setting(column_of(sheet, "as it was"), "sheet's")(sheet))
    file = SimpleUploadedFile("sheet.xlsx", content)
    plan = client.post("/api/v1/imports/", {"file": file, "kind": "customers"}).json()
    [cell] = plan["rows"]["conflict"][0]["conflicts"]
    assert {key: cell[key] for key in ("cell", "was", "sheet", "here", "ruling")} == {
        "cell": "2.notes", "was": "as it was", "sheet": "sheet's", "here": "ours", "ruling": "",
    }  # fmt: skip
    rule = f"/api/v1/imports/{plan['id']}/rule/"
    wrongs: Any = (
        {},
        {"every": "mine"},
        {"cells": {"9.notes": "sheet"}},
        {"cells": {"2.notes": ["sheet"]}},
        {"cells": []},
    )
    for wrong in wrongs:  # fmt: skip
        assert client.post(rule, wrong, "application/json").status_code == 400
    assert client.post(f"/api/v1/imports/{plan['id']}/commit/").status_code == 409
    told = client.post(rule, {"cells": {"2.notes": "sheet"}}, "application/json").json()
    assert (told["open_conflicts"], told["may_be_committed"]) == (0, True)


def column_of(sheet: Any, text: str) -> str:
    return str(next(sheet.cell(1, cell.column).value for cell in sheet[2] if cell.value == text))


def test_conflicts_are_decided_by_command(acme: Customer, alice: User, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    call_command("export_for_editing", "customers", str(path), "--as", "alice", "--language", "zh-hans")
    path.write_bytes(edited(path.read_bytes(), setting("客户备注", "sheet's")))
    Customer.objects.filter(pk=acme.pk).update(notes="ours")
    told = StringIO()
    with pytest.raises(CommandError, match="1 cells were changed in the sheet and here"):
        call_command("import", "customers", str(path), "--as", "alice", "--commit", stdout=told)
    assert "was “as it was”, sheet “sheet's”, here “ours”" in told.getvalue()
    call_command(
        "import", "customers", str(path), "--as", "alice", "--commit", "--conflicts", "sheet", stdout=told
    )
    acme.refresh_from_db()
    assert acme.notes == "sheet's"
    Customer.objects.filter(pk=acme.pk).update(name="Acme again")
    call_command("import", "customers", str(path), "--as", "alice", "--dry-run", stdout=told)
    assert told.getvalue().endswith(
        "changed here and kept: 1 cells\nrow 2, A1 · Acme again, Customer name: was “Acme”, here “Acme again”\nNothing was changed.\n"
    )
