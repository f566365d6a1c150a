"""The journey of a tier sheet through its pages."""

import html
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Import
from customers.tests.making import a_customer, a_rating
from tiering.models import Override
from tiering.tests.sheets_making import edited, exported, put, sheet_of

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def acme(alice: User, dora: User) -> Customer:
    customer = a_customer("Acme <b>", code="A1", owner=alice, notes="as it was")
    a_rating(customer, alice, TODAY, 4, "service_response")
    return customer


class Browser:
    """Somebody at the pages; tasks run when a request is committed."""

    def __init__(self, client: Client, user: User, on_commit: DjangoCaptureOnCommitCallbacks) -> None:
        self.client, self.on_commit = client, on_commit
        client.force_login(user)

    def post(self, address: str, **data: Any) -> Any:
        with self.on_commit(execute=True):
            return self.client.post(address, data)

    def send(self, content: bytes, name: str = "tiers.xlsx") -> Import:
        """Through the page of columns, which are taken as they were recognised."""
        file = SimpleUploadedFile(name, content)
        self.post(reverse("customers:import_new", args=["tiers"]), file=file, mode="both")
        parent = Import.objects.latest("pk")
        form = self.client.get(reverse("customers:import_columns", args=[parent.pk])).context["form"]
        chosen = {f"column_{at}": form[f"column_{at}"].value() for at in form.places}
        self.post(reverse("customers:import_columns", args=[parent.pk]), mode="both", **chosen)
        parent.refresh_from_db()
        return parent

    def look(self, parent: Import, tab: str = "") -> str:
        query = f"?tab={tab}" if tab else ""
        return html.unescape(self.client.get(reverse("customers:import", args=[parent.pk]) + query).text)


@pytest.fixture
def browser_of(client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    return lambda user: Browser(client, user, django_capture_on_commit_callbacks)


def test_a_sheet_is_sent_looked_at_committed_and_undone(acme: Customer, alice: User, browser_of: Any) -> None:
    here = browser_of(alice)

    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "A <script> & more")
        put(sheet, "A1", "Service-response requirement", 5)
        put(sheet, "A1", "Total score", 99)

    parent = here.send(edited(exported(alice), edit))
    page = here.look(parent)
    for text in ("as it was", "A <script> & more", "4 of 5", "5 of 5", "Remarks"):
        assert text in page
    assert "“Total score” is computed and was left as it is." in here.look(parent, "remarks")
    assert 'name="reason"' not in page
    assert Customer.objects.get().notes == "as it was"
    here.post(reverse("customers:import_commit", args=[parent.pk]))
    assert Customer.objects.get().notes == "A <script> & more"
    here.post(reverse("customers:import_undo", args=[parent.pk]))
    assert Customer.objects.get().notes == "as it was"


def test_before_tiers_are_set_their_reason_is_asked_for(acme: Customer, dora: User, browser_of: Any) -> None:
    here = browser_of(dora)
    parent = here.send(sheet_of([["code", "tier"], ["A1", "核心"]]))
    commit = reverse("customers:import_commit", args=[parent.pk])
    assert 'name="reason"' in here.look(parent)
    assert 'form="commit"' in here.look(parent)
    late = (TODAY + timedelta(days=400)).isoformat()
    answer = here.post(commit, reason="Why not", expires_on=late)
    assert answer.status_code == 422
    assert "Choose a day from today up to one year ahead." in answer.text
    assert "Why not" in answer.text
    assert Customer.objects.get().standing.tier is None
    assert here.post(commit, reason="Why not", expires_on=TODAY.isoformat()).status_code == 302
    tier = Customer.objects.get().standing.tier
    assert tier
    assert tier.key == "core"
    assert 'name="reason"' not in here.look(parent)


def test_tiers_come_back_over_the_api_and_by_command_with_the_same_questions(
    acme: Customer, dora: User, client: Client, tmp_path: Path, browser_of: Any
) -> None:
    here = browser_of(dora)
    content = sheet_of([["code", "tier"], ["A1", "核心"]])
    file = SimpleUploadedFile("tiers.xlsx", content)
    plan = here.post("/api/v1/imports/", kind="tiers", file=file).json()
    assert (plan["state"], plan["asked"]) == ("planned", {"reason": "Reason", "expires_on": "Valid until"})
    refused = here.post(f"/api/v1/imports/{plan['id']}/commit/", reason="Why")
    assert (refused.status_code, refused.json()) == (400, {"expires_on": ["This field is required."]})
    done = here.post(f"/api/v1/imports/{plan['id']}/commit/", reason="Why", expires_on=TODAY.isoformat())
    assert done.status_code == 202
    assert Override.objects.get().reason == "Why"
    (tmp_path / "tiers.xlsx").write_bytes(sheet_of([["code", "tier"], ["A1", "常规"]]))
    said: list[str] = ["import", "tiers", str(tmp_path / "tiers.xlsx"), "--as", "dora", "--commit"]
    with pytest.raises(CommandError, match="Reason: This field is required"):
        call_command(*said)
    call_command(*said, "--answer", "reason=Again", "--answer", f"expires_on={TODAY.isoformat()}")
    assert Override.objects.get(ended_at=None).reason == "Again"


def test_the_list_links_to_its_own_export(acme: Customer, alice: User, audrey: User, browser_of: Any) -> None:
    here = browser_of(alice)
    page = here.client.get(reverse("customers:list") + "?sort=code&q=acme").text
    assert 'href="/customers/sheet/?sort=code&amp;q=acme"' in page
    assert reverse("customers:import_new", args=["tiers"]) in page
    page = browser_of(audrey).client.get(reverse("customers:list")).text
    assert reverse("tiering:sheet_export") in page
    assert reverse("customers:import_new", args=["tiers"]) not in page


@pytest.mark.parametrize("kind, asks", [("tiers", False), ("contacts", True)])
def test_what_to_do_is_asked_only_where_rows_can_be_new(
    client: Client, alice: User, kind: str, asks: bool
) -> None:
    client.force_login(alice)
    assert ('name="mode"' in client.get(reverse("customers:import_new", args=[kind])).text) is asks
