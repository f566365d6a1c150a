"""The pages of imports: from the file to the result, in steps."""

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from accounts.models import User
from customers import services
from customers.imports.kind import row_kinds
from customers.models import Customer, Import, SavedMapping, Seat
from customers.tests.imports_making import State, a_sheet, a_text, committed, planned
from customers.tests.making import a_customer
from toolbox import sheets

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]
TEXT = "编号,抬头,备注,杂项\nK1,苏州精工,x,1\nA1,Acme,new,2\n"


def url(name: str, *args: object) -> str:
    return reverse(f"customers:{name}", args=args)


def test_a_sheet_goes_from_file_to_result_in_steps_and_back(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    a_customer("Acme", owner=alice, code="A1", notes="old")
    client.force_login(alice)
    assertContains(client.get(url("imports")), "Nothing was imported yet")
    page = client.get(url("import_new", "customers"))
    assertContains(page, "50,000 rows")
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url("import_new", "customers"), {"file": a_text(TEXT), "mode": "both"})
    parent = Import.objects.get()
    assert response.headers["Location"] == url("import", parent.pk)
    assertRedirects(client.get(url("import", parent.pk)), url("import_columns", parent.pk))
    polled = client.get(url("import", parent.pk), headers={"HX-Request": "true"})
    assert polled.headers["HX-Redirect"] == url("import_columns", parent.pk)
    columns = client.get(url("import_columns", parent.pk))
    assertContains(columns, "苏州精工 · Acme")
    twice = {"column_0": "code", "column_1": "name", "column_2": "name", "mode": "both", "save_as": ""}
    assertContains(
        client.post(url("import_columns", parent.pk), twice),
        "Column B stands for it already.",
        status_code=422,
    )
    nobody = dict.fromkeys(twice, "") | {"mode": "both", "column_2": "notes"}
    assertContains(
        client.post(url("import_columns", parent.pk), nobody),
        "There is no column “Customer code” or “Customer name” in sheet “sheet”.",
        status_code=422,
    )
    good = twice | {"column_2": "notes", "save_as": "ERP", "is_shared": "on"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_columns", parent.pk), good)
    page = client.get(url("import", parent.pk))
    assertContains(page, "1 rows would be created and 1 changed.")
    assertContains(page, "<del>old</del> → <ins>new</ins>", html=False)
    assertContains(client.get(url("import", parent.pk) + "?tab=new"), "苏州精工")
    assert Customer.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_commit", parent.pk), {})
    assertContains(client.get(url("import", parent.pk)), "Committed: 1 new rows, 1 changed.")
    assert Customer.objects.count() == 2
    assertContains(client.get(url("imports")), "ERP")
    assertContains(client.get(url("import_undo", parent.pk)), "Nothing stands in the way")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_undo", parent.pk), {})
    assertContains(client.get(url("import", parent.pk)), "Undone: everything is as it was before.")
    assert Customer.objects.get().notes == "old"
    client.post(url("import_forget", SavedMapping.objects.get().pk))
    assert not SavedMapping.objects.exists()


def test_of_columns_that_could_each_be_one_of_ours_somebody_says_which_is(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    client.force_login(alice)
    file = a_text("客户编号,客户名称,备注,备注\nK1,A,x,y\n")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_new", "customers"), {"file": file, "mode": "both"})
    parent = Import.objects.get()
    page = url("import_columns", parent.pk)
    assertContains(client.get(page), "– please choose –", count=2)
    said = {"column_0": "code", "column_1": "name", "mode": "both", "save_as": ""}
    assertContains(
        client.post(page, said),
        "In sheet “sheet”, columns C, D could each be “Customer notes”. Say which one is.",
        status_code=422,
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, said | {"column_2": "-", "column_3": "-"})
    parent.refresh_from_db()
    assert (parent.state, parent.mapping) == (Import.State.PLANNED, {"code": 0, "name": 1})
    assertContains(client.get(page), '<option value="-" selected>', count=2)
    assertNotContains(client.get(page), "Several columns could be it")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, said | {"column_2": "-", "column_3": "notes"})
    parent.refresh_from_db()
    assert parent.mapping == {"code": 0, "name": 1, "notes": 3}


def test_errors_are_listed_and_come_back_marked_in_the_workbook(client: Client, alice: User) -> None:
    sheet = a_sheet(["客户编号", "客户名称", "省份"], ["K1", "A", "Atlantis"])
    parent = planned(sheet, "customers", alice)
    client.force_login(alice)
    page = client.get(url("import", parent.pk))
    for words in ("C2", "省份", "Atlantis", "This province is not known.", "Enter a province such as"):
        assertContains(page, words)
    assertNotContains(page, "Commit</button>")
    answer = client.get(url("import_marked", parent.pk))
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert "This province is not known." in book.worksheets[0]["C2"].comment.text


def test_sheet_and_header_can_be_corrected(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    text = "客户编号,客户名称\nK0,Z\n客户编号,客户名称\nK1,A\nK2,B\n"
    parent = planned(a_text(text), "customers", alice)
    client.force_login(alice)
    assertContains(client.get(url("import_sheet", parent.pk)), "Header again")
    bad = client.post(url("import_sheet", parent.pk), {"header_rows": "three", "encoding": "utf-8"})
    assertContains(bad, "Enter row numbers such as 3", status_code=422)
    assertContains(bad, 'value="three"', status_code=422)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            url("import_sheet", parent.pk), {"header_rows": "3", "last_row": "4", "encoding": "utf-8"}
        )
    parent.refresh_from_db()
    assert (parent.found["header_rows"], parent.total) == ([3], 1)


def test_what_is_no_sheet_is_refused_with_its_reason(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            url("import_new", "customers"), {"file": a_text("PK\x03\x04 no", name="a.xlsx"), "mode": "both"}
        )
    parent = Import.objects.get()
    assert parent.state == State.FAILED
    assertContains(client.get(url("import", parent.pk)), "The workbook is damaged or not complete.")
    client.post(url("import_discard", parent.pk))
    parent.refresh_from_db()
    assert (parent.state, parent.file.name) == (State.DISCARDED, "")


@pytest.mark.parametrize("text", ["no table\nat all\n", "x\n"])
def test_a_file_without_headers_is_refused_and_can_be_read_in_another_way(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture, text: str
) -> None:
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_new", "customers"), {"file": a_text(text), "mode": "both"})
    parent = Import.objects.get()
    page = client.get(url("import", parent.pk))
    assertContains(page, "No row of headers was recognised in sheet “sheet”.")
    assertContains(page, url("import_sheet", parent.pk))
    assert client.get(url("import_sheet", parent.pk)).status_code == 200


def test_nobody_else_goes_on_with_an_import(client: Client, alice: User, bob: User, adam: User) -> None:
    parent = planned(TEXT, "customers", alice, reading={"map": {"编号": "code", "抬头": "name"}})
    for user, status in ((bob, 404), (adam, 302)):
        client.force_login(user)
        assert client.post(url("import_commit", parent.pk)).status_code == status
        parent.refresh_from_db()
        assert parent.state == State.PLANNED


def test_templates_come_in_with_what_their_sample_says(client: Client, dora: User) -> None:
    client.force_login(dora)
    for kind in ("customers",):
        answer = client.get(url("import_template", kind) + "?sample")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        from django.core.files.uploadedfile import SimpleUploadedFile

        parent = planned(SimpleUploadedFile("t.xlsx", content), kind, dora)
        assert (parent.errors, parent.counts["new"]) == ([], 1)


@pytest.mark.usefixtures("libreoffice")
def test_libreoffice_opens_templates_samples_and_marked_workbooks(
    client: Client, dora: User, tmp_path: Path
) -> None:
    client.force_login(dora)
    for kind in row_kinds:
        for name, query in (("template", ""), ("sample", "?sample")):
            answer = client.get(url("import_template", kind) + query)
            (tmp_path / f"{kind}-{name}.xlsx").write_bytes(b"".join(answer))
    wrong = planned(
        a_sheet(["客户编号", "客户名称", "省份"], ["00𠮷", "+86公司", "Atlantis"]), "customers", dora
    )
    answer = client.get(url("import_marked", wrong.pk))
    (tmp_path / "marked.xlsx").write_bytes(b"".join(answer))
    files = sorted(tmp_path.glob("*.xlsx"))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "xlsx",
         "--outdir", tmp_path / "made", *files],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    for file in files:
        written, opened = (
            [list(sheet.rows()) for sheet in read(path)] for path in (file, tmp_path / "made" / file.name)
        )
        assert opened == written, file.name


def read(path: Path) -> sheets.Book:
    with path.open("rb") as stream:
        return sheets.read(stream, name=path.name)


def test_a_committed_import_is_listed_with_its_counts(client: Client, alice: User) -> None:
    committed("客户编号,客户名称\nK1,A\n", "customers", alice)
    client.force_login(alice)
    assertContains(client.get(url("imports")), "Committed")


@pytest.mark.parametrize(
    "text, said",
    [
        ("客户编号,客户名称\nK1,A\n", "Ready to commit"),
        ("客户编号,客户名称\nK1,\n", "Has errors"),
        ("客户编号,备注\nA1,old\n", "Nothing to commit"),
    ],
)
def test_page_and_list_say_the_same_of_a_plan(client: Client, alice: User, text: str, said: str) -> None:
    a_customer("Acme", owner=alice, code="A1", notes="old")
    parent = planned(text, "customers", alice)
    client.force_login(alice)
    assertContains(client.get(url("import", parent.pk)), f"<strong>{said}</strong>", html=True)
    assertContains(client.get(url("imports")), f'<td data-label="State">{said}</td>', html=True)


ALIKE = "客户编号,客户名称\nN1,重庆市长安汽车\nN2,苏州精工机械厂\nN3,Nobody knows\n"


def alike(by: User) -> Import:
    a_customer("重庆长安汽车", owner=by, code="A1")
    a_customer("苏州精工机械", owner=by, code="A2")
    parent = planned(ALIKE, "customers", by)
    assert parent.counts["likely"] == 2
    return parent


def codes() -> list[str]:
    return sorted(Customer.objects.values_list("code", flat=True))


def test_possible_duplicates_are_decided_row_by_row_or_all_at_once(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    parent = alike(alice)
    client.force_login(alice)
    page, likely = url("import", parent.pk) + "?tab=likely", url("import_likely", parent.pk)
    assertContains(client.get(page), 'name="row.2"')
    assertRedirects(client.post(likely, {"row.2": "leave_out", "row.4": "leave_out", "row.3": "?"}), page)
    parent.refresh_from_db()
    assert (parent.spared, parent.leaves_out_likely, parent.writes(parent.counts)) == ([2], False, 2)
    client.post(likely, {"every": "leave_out"})
    parent.refresh_from_db()
    assert (parent.spared, parent.leaves_out_likely, parent.left_out_likely) == ([], True, 2)
    client.post(likely, {"row.3": "create"})
    parent.refresh_from_db()
    assert (parent.spared, parent.leaves_out_likely) == ([2], False)
    assertContains(client.get(page), "1 of them left out so far")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_commit", parent.pk), {})
    assert codes() == ["A1", "A2", "N2", "N3"]
    assertContains(
        client.get(url("import", parent.pk)), "1 possible duplicate among the new ones was left out."
    )
    assert client.post(likely, {"every": "create"}).status_code == 302
    parent.refresh_from_db()
    assert parent.spared == [2]


def test_possible_duplicates_are_decided_over_the_api(client: Client, alice: User, bob: User) -> None:
    parent = alike(alice)
    address = f"/api/v1/imports/{parent.pk}/likely/"
    client.force_login(alice)
    for wrong in ({"every": "maybe"}, {"rows": {"4": "leave_out"}}, {"rows": {"2": 1}}, {"rows": [2]}):
        assert client.post(address, wrong, "application/json").status_code == 400, wrong
    told = client.post(address, {"rows": {"3": "leave_out"}}, "application/json")
    assert told.status_code == 200
    rows = client.get(f"/api/v1/imports/{parent.pk}/rows/?outcome=likely").json()["results"]
    assert [(row["row"], row["is_left_out"]) for row in rows] == [(2, False), (3, True)]
    client.force_login(bob)
    assert client.post(address, {"every": "create"}, "application/json").status_code == 404


def test_the_separator_can_be_corrected(
    client: Client, alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    text = "客户编号;客户名称,简称\nK1;A,B\nK2;C,D\n"
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_new", "customers"), {"file": a_text(text), "mode": "both"})
    parent = Import.objects.get()
    wrong = "," if parent.found["separator"] == ";" else ";"
    form = {"encoding": "utf-8", "separator": wrong, "header_rows": "1", "last_row": ""}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url("import_sheet", parent.pk), form).status_code == 302
    parent.refresh_from_db()
    assert (parent.found["separator"], len(parent.found["headers"])) == (wrong, 2)
    assertContains(client.get(url("import_sheet", parent.pk)), "Semicolon ;")


def test_the_service_team_is_found_by_its_headers_and_shown_before_it_is_written(
    client: Client, alice: User, tess: User, logan: User, django_capture_on_commit_callbacks: Capture
) -> None:
    customer = a_customer("Acme", owner=alice, code="A1")
    services.seat([customer.pk], team={"technical": tess}, by=alice, at=timezone.now())
    tom = User.objects.create_user("tom", role="technical")
    client.force_login(alice)
    text = "客户编号,客户名称,技术顾问,物流专员\nA1,Acme,tom,logan\n"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_new", "customers"), {"file": a_text(text), "mode": "both"})
    parent = Import.objects.get()
    found = {"column_0": "code", "column_1": "name", "column_2": "technical", "column_3": "logistics"}
    page = client.get(url("import_columns", parent.pk))
    for at, key in found.items():
        assert page.context["form"][at].value() == key
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_columns", parent.pk), found | {"mode": "both", "save_as": ""})
    page = client.get(url("import", parent.pk))
    assertContains(page, "<del>tess</del> → <ins>tom</ins>", html=False)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("import_commit", parent.pk), {})
    assertContains(client.get(url("import", parent.pk)), "Committed: 0 new rows, 1 changed.")
    assert set(Seat.objects.taken().values_list("person", flat=True)) == {tom.pk, logan.pk}
