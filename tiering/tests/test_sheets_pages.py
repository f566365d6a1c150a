"""The journey of a tier sheet through its pages."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from customers.models import Customer, Upload
from customers.tests.making import a_customer, a_rating
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

    def send(self, content: bytes, name: str = "tiers.xlsx") -> Upload:
        answer = self.post(reverse("tiering:sheet_import"), file=SimpleUploadedFile(name, content))
        upload = Upload.objects.latest("pk")
        assert (answer.status_code, answer["Location"]) == (
            302,
            reverse("customers:upload", args=[upload.pk]),
        )
        return upload

    def look(self, upload: Upload) -> str:
        return html.unescape(self.client.get(reverse("customers:upload", args=[upload.pk])).text)


@pytest.fixture
def browser_of(client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    return lambda user: Browser(client, user, django_capture_on_commit_callbacks)


def test_a_sheet_is_sent_looked_at_and_loaded(acme: Customer, alice: User, browser_of: Any) -> None:
    here = browser_of(alice)
    assert "Not the tier" in here.client.get(reverse("tiering:sheet_import")).text

    def edit(sheet: Any) -> None:
        put(sheet, "A1", "Customer notes", "A <script> & more")
        put(sheet, "A1", "Service-response requirement", 5)
        put(sheet, "A1", "Customer name", "Other")

    upload = here.send(edited(exported(alice), edit))
    page = here.look(upload)
    for text in ("What will change", "as it was", "A <script> & more", "4 of 5", "5 of 5", "1 remark", "B6"):
        assert text in page
    assert "Reason" not in page
    assert Customer.objects.get().notes == "as it was"
    answer = here.post(reverse("customers:upload_load", args=[upload.pk]))
    assert answer.status_code == 302
    assert "What was changed" in here.look(upload)
    assert Customer.objects.get().notes == "A <script> & more"


def test_before_tiers_are_set_their_reason_is_asked_for(acme: Customer, dora: User, browser_of: Any) -> None:
    here = browser_of(dora)
    upload = here.send(sheet_of([["code", "tier"], ["A1", "核心"]]))
    load = reverse("customers:upload_load", args=[upload.pk])
    assert 'name="reason"' in here.look(upload)
    assert 'form="load"' in here.look(upload)
    late = (TODAY + timedelta(days=400)).isoformat()
    answer = here.post(load, reason="Why not", expires_on=late)
    assert answer.status_code == 422
    assert "Choose a day from today up to one year ahead." in answer.text
    assert "Why not" in answer.text
    assert Customer.objects.get().standing.tier is None
    assert here.post(load, reason="Why not", expires_on=TODAY.isoformat()).status_code == 302
    tier = Customer.objects.get().standing.tier
    assert tier
    assert tier.key == "core"
    assert 'name="reason"' not in here.look(upload)


def test_a_refused_sheet_says_why_and_cannot_be_loaded(acme: Customer, alice: User, browser_of: Any) -> None:
    here = browser_of(alice)
    upload = here.send(sheet_of([["code", "notes"], ["A9", "<i>"], ["A1", "new"]]))
    page = here.look(upload)
    assert "There is no customer with this code among those you may see." in page
    assert "1 error" in page
    here.post(reverse("customers:upload_load", args=[upload.pk]))
    assert Customer.objects.get().notes == "as it was"


def test_an_unedited_sheet_says_that_it_changes_nothing(acme: Customer, alice: User, browser_of: Any) -> None:
    here = browser_of(alice)
    content = here.client.get(reverse("tiering:sheet_export")).getvalue()
    assert "The sheet changes nothing" in here.look(here.send(content))


def test_a_file_too_large_or_missing_is_refused_at_once(
    acme: Customer, alice: User, browser_of: Any, settings: Any
) -> None:
    here = browser_of(alice)
    settings.UPLOAD_LIMIT_MB = 0
    answer = here.post(reverse("tiering:sheet_import"), file=SimpleUploadedFile("x.xlsx", b"x"))
    assert answer.status_code == 422
    assert "The file is larger than 0 MB." in answer.text
    assert here.post(reverse("tiering:sheet_import")).status_code == 422
    assert Upload.objects.count() == 0


def test_the_list_links_to_its_own_export(acme: Customer, alice: User, audrey: User, browser_of: Any) -> None:
    here = browser_of(alice)
    page = here.client.get(reverse("customers:list") + "?sort=code&q=acme").text
    assert 'href="/customers/sheet/?sort=code&amp;q=acme"' in page
    assert reverse("tiering:sheet_import") in page
    page = browser_of(audrey).client.get(reverse("customers:list")).text
    assert reverse("tiering:sheet_export") in page
    assert reverse("tiering:sheet_import") not in page
