"""The life of an export: at once, in the background, downloaded, deleted; and its record."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.exports import keeping, writing
from accounts.models import ColumnSet, Export, Notice, User
from customers.models import Customer
from customers.tests.making import a_customer
from toolbox import failpoints

State = Export.State
URL = "/account/exports/new/customers/"
MINE = reverse("accounts:exports")
DEFAULT = ["code", "name"]


@pytest.fixture
def enter() -> Callable[[User], Client]:
    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter


@pytest.fixture(autouse=True)
def customers(alice: User, carol: User) -> list[Customer]:
    return [
        a_customer("=Acme, Ltd", owner=alice, code="007"),
        a_customer("Beta", owner=alice, code="008"),
        a_customer("Gamma", owner=carol, code="009"),
    ]


@pytest.fixture
def small(settings: Settings) -> None:
    """One row comes at once."""
    settings.EXPORT_AT_ONCE = 1


def asked(user: User, query: str = "", **more: Any) -> Export:
    told = {"columns": DEFAULT, "kind": "csv", "about": None} | more
    wish = keeping.wish("customers", query=QueryDict(query), by=user, **told)
    return keeping.queue(wish, at=timezone.now())


def rows(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def file_of(client: Client, export: Export) -> bytes:
    return content(client.get(reverse("accounts:export_file", args=[export.pk])))


def test_a_short_list_comes_at_once_in_the_chosen_columns_and_is_logged(
    enter: Callable[[User], Client], alice: User, dora: User
) -> None:
    response = enter(alice).post(
        f"{URL}?sort=-code&lifecycle=prospect&cursor=x", {"format": "csv", "columns": ["name", "code"]}
    )
    assert "attachment" in response.headers["Content-Disposition"]
    assert rows(content(response)) == [
        ["Customer name", "Customer code"],
        ["Beta", "008"],
        ["'=Acme, Ltd", "007"],
    ]
    made = Export.objects.get()
    assert (made.by, made.state, made.total, made.format, made.columns) == (
        alice,
        State.TAKEN,
        2,
        "csv",
        ["name", "code"],
    )
    assert QueryDict(made.query).dict() == {"sort": "-code", "lifecycle": "prospect"}
    assert made.words["en"] == "Lifecycle: Prospect"
    page = enter(dora).get(reverse("accounts:export_log")).content.decode()
    assert "Lifecycle: Prospect" in page
    assert "alice" in page


def test_the_record_says_about_whom_a_list_was_and_finds_lists_of_one_name_together(
    enter: Callable[[User], Client], alice: User, dora: User, customers: list[Customer]
) -> None:
    for address in (
        URL.replace("customers", "orders"),
        f"/account/exports/new/customer-orders/{customers[1].pk}/",
    ):
        content(enter(alice).post(address, {"format": "csv", "columns": ["code"]}))
    of_all, of_one = Export.objects.order_by("pk")
    assert (of_all.words["en"], of_one.words["en"]) == ("", "Customer: 008 · Beta")
    assert of_one.words["zh-hans"] == "客户: 008 · Beta"
    page = enter(dora).get(reverse("accounts:export_log")).context
    [choice] = [key for key, name in page["form"].fields["list"].choices if name == "Orders"]
    found = enter(dora).get(reverse("accounts:export_log"), {"list": choice}).context["rows"]
    assert {export for export, _listing in found} == {of_all, of_one}


def test_what_is_not_understood_is_refused_and_nothing_is_lost(
    enter: Callable[[User], Client], alice: User
) -> None:
    client = enter(alice)
    for sent in (
        {"format": "pdf", "columns": ["code"]},
        {"format": "csv"},
        {"format": "csv", "columns": ["no"]},
    ):
        response = client.post(URL, sent)
        assert response.status_code == 422
    response = client.post(URL, {"format": "csv", "columns": ["name", "no-such"]})
    assert "no-such" in response.content.decode()
    assert response.context["ticked"] == ["name", "no-such"]
    assert (
        client.post(f"{URL}?tier=x", {"format": "csv", "columns": ["code"]})
        .headers["Location"]
        .startswith("/customers/?")
    )
    assert not Export.objects.exists()


def test_a_long_list_is_written_in_the_background_for_its_maker_alone(
    enter: Callable[[User], Client],
    alice: User,
    dora: User,
    small: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = enter(alice)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(URL, {"format": "xlsx", "columns": DEFAULT})
    assert response.headers["Location"] == MINE
    made = Export.objects.get()
    assert (made.state, made.total, made.done, made.attempts) == (State.READY, 2, 2, 1)
    assert file_of(client, made)[:2] == b"PK"
    assert "Download" in client.get(MINE).content.decode()
    for other in (dora, User.objects.get(username="carol")):
        assert enter(other).get(reverse("accounts:export_file", args=[made.pk])).status_code == 404
    notice = Notice.objects.get(recipient=alice)
    assert enter(alice).get(reverse("accounts:notice", args=[notice.pk])).headers["Location"] == MINE


def test_who_asks_twice_gets_one(alice: User) -> None:
    assert asked(alice) == asked(alice) != asked(alice, "sort=name")


def test_rights_are_those_of_the_moment_of_writing(
    enter: Callable[[User], Client], alice: User, customers: list[Customer], carol: User
) -> None:
    made = asked(alice)
    Customer.objects.filter(pk=customers[0].pk).update(owner=carol, team=carol.team)
    keeping.write(made.pk)
    made.refresh_from_db()
    assert [row[0] for row in rows(file_of(enter(alice), made))] == ["Customer code", "008"]


def test_a_closed_account_gets_nothing(alice: User) -> None:
    made = asked(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    keeping.write(made.pk)
    made.refresh_from_db()
    assert (made.state, bool(made.file)) == (State.FAILED, False)
    assert "closed" in made.error


def test_a_list_that_the_role_lost_is_refused(audrey: User) -> None:
    wish = keeping.wish("re-grades", about=None, query=QueryDict(), columns=["period"], kind="csv", by=audrey)
    made = keeping.queue(wish, at=timezone.now())
    User.objects.filter(pk=audrey.pk).update(role="account_manager")
    keeping.write(made.pk)
    made.refresh_from_db()
    assert (made.state, made.error) == (
        State.FAILED,
        "This list is no longer there, or no longer yours to see.",
    )


def test_a_message_that_comes_twice_writes_once(alice: User) -> None:
    made = asked(alice)
    keeping.write(made.pk)
    first = Export.objects.get(pk=made.pk)
    keeping.write(made.pk)
    assert Export.objects.get(pk=made.pk).file == first.file
    assert (first.attempts, Notice.objects.count()) == (1, 1)


@pytest.mark.parametrize("point", ["export.progress", "export.written", "export.stored"])
def test_what_breaks_is_said_and_written_again_on_request(
    alice: User, point: str, enter: Callable[[User], Client], request: pytest.FixtureRequest
) -> None:
    made = asked(alice)
    request.addfinalizer(lambda: failpoints.arm(""))
    failpoints.arm(f"{point}=raise")
    with pytest.raises(failpoints.FailpointError):
        keeping.write(made.pk)
    made.refresh_from_db()
    assert (made.state, bool(made.file)) == (State.FAILED, False)
    assert "FailpointError" in made.error
    failpoints.arm("")
    client = enter(alice)
    assert "Write it again" in client.get(MINE).content.decode()
    client.post(reverse("accounts:export_again", args=[made.pk]))
    keeping.write(made.pk)
    made.refresh_from_db()
    assert (made.state, made.total) == (State.READY, 2)


def test_a_lost_worker_is_replaced_and_can_no_longer_finish(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back from a long sleep after another has taken over: its file is thrown away."""
    before = stored()
    made = asked(alice)
    real = writing.write

    def sleepy(*args: Any, **more: Any) -> int:
        count: int = real(*args, **more)
        monkeypatch.setattr(writing, "write", real)
        later = timezone.now() + keeping.STALE_AFTER * 2
        assert keeping.stale(at=later) == [made.pk]
        keeping.write(made.pk)
        return count

    monkeypatch.setattr(writing, "write", sleepy)
    keeping.write(made.pk)
    made.refresh_from_db()
    assert (made.state, made.attempts, Notice.objects.count()) == (State.READY, 2, 1)
    assert stored() - before == {Path(str(made.file.name)).name}


def stored() -> set[str]:
    return set(default_storage.listdir("exports")[1]) if default_storage.exists("exports") else set()


def test_the_third_lost_worker_is_the_last(alice: User) -> None:
    made = asked(alice)
    for attempt in (1, 2, 3):
        Export.objects.filter(pk=made.pk).update(
            state=State.WRITING, attempts=attempt, touched_at=timezone.now() - timedelta(hours=1)
        )
        woken = keeping.stale(at=timezone.now())
        assert woken == ([] if attempt == 3 else [made.pk])
    made.refresh_from_db()
    assert (made.state, "3 times" in made.error) == (State.FAILED, True)


def test_a_lost_message_is_sent_again_after_a_minute(alice: User) -> None:
    made = asked(alice)
    now = timezone.now()
    assert keeping.stale(at=now) == []
    assert keeping.stale(at=now + timedelta(minutes=2)) == [made.pk]
    assert keeping.stale(at=now + timedelta(minutes=2)) == []


def test_after_a_day_the_file_is_gone_and_the_record_stays(
    enter: Callable[[User], Client], alice: User
) -> None:
    made = asked(alice)
    keeping.write(made.pk)
    made.refresh_from_db()
    name = str(made.file.name)
    orphan = default_storage.save("exports/0-lost.csv", io.BytesIO(b"x"))
    path = reverse("accounts:export_file", args=[made.pk])
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=1), tick=False):
        client = enter(alice)
        assert client.get(path).headers["Location"] == MINE  # before the night has come
        keeping.delete_old_files(at=timezone.now() + timedelta(minutes=1))
    made.refresh_from_db()
    assert (made.state, made.file.name, made.total) == (State.DELETED, "", 2)
    assert not default_storage.exists(name)
    assert not default_storage.exists(orphan)


def test_columns_are_kept_under_a_name_and_shared_by_directors(
    enter: Callable[[User], Client], alice: User, carol: User, dora: User
) -> None:
    client = enter(alice)
    client.post(URL, {"do": "keep", "name": "Mine", "columns": ["score", "code"], "is_shared": "on"})
    enter(dora).post(URL, {"do": "keep", "name": "All", "columns": ["name"], "is_shared": "on"})
    mine, shared = ColumnSet.objects.order_by("pk")
    assert (mine.columns, mine.is_shared, shared.is_shared) == (["score", "code"], False, True)
    assert client.get(URL, {"column_set": mine.pk}).context["ticked"] == ["score", "code"]
    other = enter(carol)
    assert [one.name for one, _own in other.get(URL).context["sets"]] == ["All"]
    assert other.get(URL, {"column_set": mine.pk}).context["ticked"] == client.get(URL).context["ticked"]
    other.post(f"{URL}?column_set={shared.pk}", {"do": "forget"})
    client.post(URL, {"do": "keep", "name": "Mine", "columns": ["code"]})
    client.post(URL, {"do": "keep", "name": "", "columns": ["code"]})
    assert [(one.name, one.columns) for one in ColumnSet.objects.order_by("pk")] == [
        ("Mine", ["code"]),
        ("All", ["name"]),
    ]
    client.post(f"{URL}?column_set={mine.pk}", {"do": "forget"})
    assert [one.name for one in ColumnSet.objects.all()] == ["All"]


# Command and API


def test_the_command_writes_what_the_user_sees(tmp_path: Path, alice: User, capsys: Any) -> None:
    file = tmp_path / "customers.csv"
    call_command("export", "customers", str(file), user="alice", filter="sort=-code", columns="code")
    assert rows(file.read_bytes()) == [["Customer code"], ["008"], ["007"]]
    assert Export.objects.get().by == alice
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


@pytest.mark.parametrize(
    "more, said",
    [
        ({"user": "nobody"}, "no active user nobody"),
        ({"list": "no-such"}, "sees no list no-such"),
        ({"list": "re-grades"}, "sees no list re-grades"),
        ({"columns": "code,nonsense"}, "nonsense"),
        ({"filter": "tier=x"}, "filter of this list is not understood"),
        ({"file": "x.pdf"}, "xlsx and csv"),
        ({"list": "edit-payments"}, "This sheet comes as xlsx alone"),
        ({"list": "customer-orders"}, "say its id, as in the address, with --about"),
        ({"language": "fr"}, "zh-hans, en"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path: Path, alice: User, more: dict[str, str], said: str) -> None:
    asked = {"list": "customers", "file": "x.csv", "user": "alice"} | more
    with pytest.raises(CommandError, match=said):
        call_command("export", asked.pop("list"), str(tmp_path / asked.pop("file")), **asked)
    assert list(tmp_path.iterdir()) == []


def test_the_api_gives_a_list_as_a_file(
    enter: Callable[[User], Client], alice: User, settings: Settings
) -> None:
    client = enter(alice)
    response = client.get("/api/v1/customers/export/?format=csv&columns=code,name&sort=code")
    assert rows(content(response)) == [
        ["Customer code", "Customer name"],
        ["007", "'=Acme, Ltd"],
        ["008", "Beta"],
    ]
    book = client.get("/api/v1/customers/export/")
    assert content(book)[:2] == b"PK"
    for wrong in ("tier=x", "columns=no", "format=csv&columns=no", "format=pdf"):
        refused = client.get(f"/api/v1/customers/export/?{wrong}")
        assert (refused.status_code, list(refused.json())) == (400, ["detail"])
    settings.EXPORT_AT_ONCE = 1
    assert client.get("/api/v1/customers/export/?format=csv").status_code == 413


def test_the_api_takes_orders_for_large_exports(
    enter: Callable[[User], Client], alice: User, carol: User, django_capture_on_commit_callbacks: Any
) -> None:
    client = enter(alice)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            "/api/v1/exports/", {"list": "customers", "format": "csv", "filter": "sort=code"}
        )
    assert response.status_code == 202
    made = client.get(f"/api/v1/exports/{response.json()['id']}/").json()
    assert (made["state"], made["total"]) == ("ready", 2)
    assert len(rows(content(client.get(made["file"])))) == 3
    assert enter(carol).get(made["file"]).status_code == 404
    assert enter(carol).get("/api/v1/exports/").json()["results"] == []
    assert client.post("/api/v1/exports/", {"list": "re-grades"}).status_code == 404
    assert client.post("/api/v1/exports/", {"list": "customers", "filter": "tier=x"}).status_code == 400
