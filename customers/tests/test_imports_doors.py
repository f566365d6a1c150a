"""Imports over the API and from the command line: the rules and messages of the page."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from customers.models import Customer, Import, Seat
from customers.tests.imports_making import State, a_text
from customers.tests.making import a_customer

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]
TEXT = "代号,客户名称,备注\nA1,Acme,new\nB1,重庆长安,\n"


def test_a_file_is_planned_committed_and_undone_over_the_api(
    client: Client, alice: User, bob: User, django_capture_on_commit_callbacks: Capture
) -> None:
    a_customer("Acme", owner=alice, code="A1", notes="old")
    client.force_login(alice)
    asked = {"file": a_text(TEXT), "kind": "customers", "map": json.dumps({"代号": "code"})}
    dry = client.post("/api/v1/imports/", asked | {"file": a_text(TEXT), "dry_run": "true"})
    assert (dry.status_code, dry.json()["counts"]["new"], Import.objects.get().state) == (
        200,
        1,
        State.DISCARDED,
    )
    answer = client.post("/api/v1/imports/", asked)
    plan = answer.json()
    assert (answer.status_code, plan["state"], plan["mapping"]) == (
        201, "planned", {"code": "A", "name": "B", "notes": "C"},
    )  # fmt: skip
    assert plan["rows"]["changed"][0]["cells"] == [
        {
            "key": "notes",
            "label": "Customer notes",
            "old": "old",
            "new": "new",
            "was": "old",
            "becomes": "new",
        }
    ]
    address = f"/api/v1/imports/{plan['id']}/"
    client.force_login(bob)
    assert client.get(address).status_code == 404
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{address}commit/").status_code == 202
    assert client.get(address).json()["state"] == "done"
    assert client.post(f"{address}commit/").status_code == 409
    assert Customer.objects.count() == 2
    assert client.get(f"{address}rows/?outcome=new").json()["results"][0]["label"] == "B1 · 重庆长安"
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"{address}undo/").status_code == 202
    assert (client.get(address).json()["state"], Customer.objects.get().notes) == ("undone", "old")


def test_what_is_wrong_is_said_over_the_api_in_the_language_of_the_request(
    client: Client, alice: User
) -> None:
    client.force_login(alice)
    text = a_text("客户编号,客户名称,省份\nK1,A,Atlantis\n")
    plan = client.post("/api/v1/imports/", {"file": text, "kind": "customers"}).json()
    assert plan["errors"] == [
        {
            "sheet": "sheet", "row": 2, "column": "C", "header": "省份", "value": "Atlantis",
            "problem": "This province is not known.", "remedy": "Enter a province such as 江苏 or Jiangsu.",
        }
    ]  # fmt: skip
    bad = client.post("/api/v1/imports/", {"file": a_text("x"), "kind": "nonsense"})
    assert (bad.status_code, list(bad.json())) == (400, ["kind"])
    broken = client.post("/api/v1/imports/", {"file": a_text("PK\x03\x04 no"), "kind": "customers"})
    assert (broken.status_code, broken.json()["state"]) == (422, "failed")


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def test_the_command_says_what_it_would_do_and_does_it_when_told(alice: User, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(TEXT, encoding="gb18030")
    said = run("customers", file, "--as", "alice", "--map", "代号=code", "--dry-run")
    assert "new: 2" in said
    assert (Customer.objects.count(), Import.objects.get().state) == (0, State.DISCARDED)
    assert "Committed." in run("customers", file, "--as", "alice", "--map", "代号=code", "--commit")
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "B1"]
    assert "Nothing is new." in run("customers", file, "--as", "alice", "--map", "代号=code", "--commit")


def test_the_command_refuses_with_the_errors_of_the_page(alice: User, audrey: User, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("客户编号,客户名称,省份\nK1,A,Atlantis\n")
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 errors\. Nothing was committed\."):
        call_command("import", "customers", str(file), "--as", "alice", "--commit", stdout=out, stderr=out)
    assert "sheet customers" in out.getvalue()
    assert "C2 (省份): “Atlantis”: This province is not known." in out.getvalue()
    with pytest.raises(CommandError, match="You may not import"):
        run("customers", file, "--as", "audrey")
    with pytest.raises(CommandError, match="There is no user"):
        run("customers", file, "--as", "nobody")


def test_a_large_file_is_planned_by_a_worker_and_asked_for_again(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Capture
) -> None:
    monkeypatch.setattr("customers.api.PLANNED_AT_ONCE", 10)
    client.force_login(alice)
    asked = {
        "file": a_text(TEXT),
        "kind": "customers",
        "map": json.dumps({"代号": "code"}),
        "dry_run": "true",
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/api/v1/imports/", asked)
    assert (answer.status_code, answer.json()["state"]) == (202, "reading")
    address = f"/api/v1/imports/{answer.json()['id']}/"
    plan = client.get(address).json()
    assert (plan["state"], [row["label"] for row in plan["rows"]["new"]]) == (
        "planned", ["A1 · Acme", "B1 · 重庆长安"],
    )  # fmt: skip
    assert client.post(f"{address}discard/").json()["state"] == "discarded"
    assert client.post(f"{address}discard/").status_code == 409
    assert Customer.objects.count() == 0


def test_the_command_leaves_out_rows_and_reads_by_another_separator(alice: User, tmp_path: Path) -> None:
    a_customer("重庆长安汽车", owner=alice, code="A1")
    file = tmp_path / "customers.csv"
    file.write_text("客户编号|客户名称\nN1|重庆市长安汽车\nN2|Other\n")
    with pytest.raises(CommandError, match="no possible duplicates: 3"):
        run("customers", file, "--as", "alice", "--leave-out-rows", "2,3")
    said = run("customers", file, "--as", "alice", "--separator", "bar", "--leave-out-rows", "2", "--commit")
    assert "row 2, N1 · 重庆市长安汽车: may be 重庆长安汽车" in said
    assert sorted(Customer.objects.values_list("code", flat=True)) == ["A1", "N2"]


def test_the_service_team_comes_in_over_the_api_and_by_command(
    client: Client, alice: User, tess: User, tmp_path: Path, django_capture_on_commit_callbacks: Capture
) -> None:
    a_customer("Acme", owner=alice, code="A1")
    client.force_login(alice)
    wrong = a_text("Customer code,Technical adviser\nA1,alice\n")
    plan = client.post("/api/v1/imports/", {"file": wrong, "kind": "customers"}).json()
    assert [error["problem"] for error in plan["errors"]] == ["Nobody of this name works in the department."]
    text = "Customer code,Technical adviser\nA1,tess\n"
    plan = client.post("/api/v1/imports/", {"file": a_text(text), "kind": "customers"}).json()
    (cell,) = plan["rows"]["changed"][0]["cells"]
    assert (cell["label"], cell["was"], cell["becomes"]) == ("Technical adviser", None, "tess")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/api/v1/imports/{plan['id']}/commit/").status_code == 202
    team = client.get(f"/api/v1/customers/{Customer.objects.get().pk}/team/").json()
    assert team == {"technical": tess.pk, "service": None, "logistics": None}
    file = tmp_path / "customers.csv"
    file.write_text("客户编号,客户名称,技术顾问\nA1,Acme,tess\nB1,Beta,tess\n")
    assert "Committed." in run("customers", file, "--as", "alice", "--commit")
    assert Seat.objects.taken().filter(person=tess).count() == 2
