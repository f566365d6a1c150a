"""What people come for, clicked through as they would."""

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from conftest import PASSWORD
from customers.models import Customer
from maintenance.models import Obligation
from tests.book import TODAY, graded_once, no_worker
from tiering.models import Chunk
from tiering.tasks import grade_chunk
from tiering.tests.sheets_making import put

expect.set_options(timeout=15_000)  # a busy machine is no error
pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Page]


@pytest.fixture
def book(alice: User, dora: User) -> dict[str, Customer]:
    return graded_once(alice, dora)


@pytest.fixture
def another_page(new_context: Callable[..., BrowserContext], live_server: LiveServer) -> Callable[..., Page]:
    """`another_page(bob)`: somebody else, at a machine of their own."""

    def another_page(user: User, **more: object) -> Page:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context = new_context(**more)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return context.new_page()

    return another_page


def log_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Good day, {user.name}")


def start_a_regrade(page: Page) -> None:
    page.get_by_role("link", name="Re-grade the book").click()
    page.get_by_role("button", name="Start the re-grade").click()


def numbers(cells: Locator) -> list[Decimal]:
    return [Decimal(text) for text in cells.all_inner_texts()]


def promise(page: Page, row: Obligation) -> Locator:
    return page.locator(f"#obligation-{row.pk}")


def timeline(page: Page) -> Locator:
    return page.get_by_role("region", name="Timeline")


# The director's journey


def test_a_regrade_is_started_watched_and_explained(
    page: Page, dora: User, book: dict[str, Customer]
) -> None:
    log_in(page, dora)
    with no_worker():
        start_a_regrade(page)
        progress = page.locator("#progress")
        expect(progress).to_contain_text("Waiting to start · 0 of 3 customers graded")
        grade_chunk(Chunk.objects.exclude(state="done").get().pk)
    expect(page.get_by_text("Published · 3 of 3 customers graded")).to_be_visible()  # the page asks by itself

    page.get_by_role("link", name="1 upgrade").click()
    expect(page.get_by_text("1 tier change", exact=False).first).to_be_visible()
    page.locator("a.reason").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Why {book['rising'].name} changed tier")
    lines = page.get_by_role("region", name="The change, line by line")
    before, *parts, change, now = numbers(lines.locator("tbody td:last-child"))
    assert len(parts) > 3
    assert (before + sum(parts), sum(parts)) == (now, change)
    expect(page.locator("[data-chart=waterfall] svg")).to_be_visible()


@pytest.mark.postgres
def test_a_real_worker_grades_while_the_page_watches(
    page: Page, dora: User, book: dict[str, Customer], celery_worker_process: "subprocess.Popen[bytes]"
) -> None:
    log_in(page, dora)
    start_a_regrade(page)
    expect(page.get_by_text("Published · 3 of 3 customers graded")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Who moved where")).to_be_visible()


# The account manager's


def test_a_customer_s_page_shows_where_it_stands_and_why(
    page: Page, alice: User, book: dict[str, Customer]
) -> None:
    log_in(page, alice)
    page.get_by_role("searchbox", name="Search customers").fill("hzjgjd")
    page.get_by_role("searchbox", name="Search customers").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(book["rising"].name)
    expect(page.locator("[data-chart=radar] svg")).to_be_visible()
    page.get_by_text("Points per indicator").click()
    points = page.get_by_role("region", name="Points per indicator")
    expect(points.get_by_role("row", name="Annual cooperation amount")).to_contain_text("¥4,000")
    expect(points.get_by_role("row", name="Service-response requirement")).to_contain_text("2 of 5")
    page.get_by_text("Score history").click()
    expect(page.locator(".tier-history")).to_contain_text("First grading")
    expect(page.get_by_role("heading", name="What is promised")).to_be_visible()


def test_a_promise_is_kept_in_place_and_stands_on_the_timeline(
    sign_in: SignIn, alice: User, book: dict[str, Customer]
) -> None:
    row = Obligation.objects.open().filter(customer=book["falling"], department="sales").earliest("due_on")
    page = sign_in(alice)
    page.goto(f"/customers/{book['falling'].pk}/")
    promise(page, row).get_by_role("link", name="Complete").click()
    expect(promise(page, row).get_by_label("Note")).to_be_focused()
    promise(page, row).get_by_label("Channel").select_option("Visit")
    page.keyboard.type("They plan a second line.")
    promise(page, row).get_by_role("button", name="Log and complete").click()
    expect(promise(page, row)).to_contain_text("Visit logged. The next one is due on")
    expect(timeline(page)).to_contain_text("They plan a second line.")
    row.refresh_from_db()
    assert row.completed_by == alice


def test_a_promise_is_put_off_with_a_reason(sign_in: SignIn, alice: User, book: dict[str, Customer]) -> None:
    row = Obligation.objects.open().filter(customer=book["falling"], department="sales").earliest("due_on")
    Obligation.objects.filter(pk=row.pk).update(due_on=TODAY, originally_due_on=TODAY)
    page = sign_in(alice)
    page.goto("/my-day/")
    due_today = page.locator("#today-count")
    before = int(due_today.inner_text())
    promise(page, row).get_by_role("link", name="Snooze").click()
    promise(page, row).get_by_label("Until").fill((TODAY + timedelta(days=9)).isoformat())
    promise(page, row).get_by_label("Reason").fill("On holiday.")
    promise(page, row).get_by_role("button", name="Snooze").click()
    expect(promise(page, row)).to_contain_text("Snoozed until")
    expect(due_today).to_have_text(str(before - 1))
    promise(page, row).get_by_role("link", name=row.promise.title).first.click()
    expect(page.get_by_text("On holiday.")).to_be_visible()


def test_a_contact_is_logged_in_place(sign_in: SignIn, alice: User, book: dict[str, Customer]) -> None:
    page = sign_in(alice)
    page.goto(f"/customers/{book['steady'].pk}/")
    page.get_by_role("link", name="Log contact").click()
    note = timeline(page).get_by_role("textbox", name="Note").first
    expect(note).to_be_focused()
    page.keyboard.type("Samples arrived.")
    page.get_by_role("button", name="Log contact").click()
    expect(page.get_by_role("status").filter(has_text="Logged.")).to_be_visible()
    expect(timeline(page)).to_contain_text("Samples arrived.")
    expect(note).to_have_value("")


def test_the_tier_sheet_goes_out_and_comes_back(
    sign_in: SignIn, alice: User, book: dict[str, Customer], tmp_path: Path
) -> None:
    page = sign_in(alice)
    page.goto("/customers/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export tier sheet").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    sheet = openpyxl.load_workbook(path)
    put(sheet.worksheets[0], "SZ03", "Customer notes", "Wants a monthly summary.")
    sheet.save(path)

    page.get_by_role("link", name="Import tier sheet").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Send and read").click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    if "columns" in page.url:
        page.get_by_role("button", name="Compare and preview").click()
    row = page.get_by_role("row").filter(has_text="SZ03")
    expect(row).to_contain_text("Wants a quarterly summary.")
    expect(row).to_contain_text("Wants a monthly summary.")
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_role("link", name="Undo")).to_be_visible()
    page.goto(f"/customers/{Customer.objects.get(code='SZ03').pk}/")
    expect(page.get_by_role("region", name="Who they are")).to_contain_text("Wants a monthly summary.")


def test_two_people_edit_at_once_and_nothing_is_lost(
    sign_in: SignIn, another_page: Callable[..., Page], alice: User, bob: User, book: dict[str, Customer]
) -> None:
    address = f"/customers/{book['steady'].pk}/edit/"
    hers, his = sign_in(alice), another_page(bob)
    for page, notes in ((hers, "Hers"), (his, "His")):
        page.goto(address)
        page.get_by_label("Notes").fill(notes)
    for page in (his, hers):
        page.get_by_role("button", name="Save").click()
    expect(hers.get_by_role("alert")).to_contain_text("Somebody saved this customer while you were editing")
    differences = hers.get_by_role("region", name="Differences").get_by_role("row", name="Notes")
    expect(differences).to_have_text(re.compile("Notes.*His.*Hers", re.DOTALL))
    hers.get_by_label("Notes").fill("Hers and his")
    hers.get_by_role("button", name="Save").click()
    expect(hers.get_by_text("Customer saved.")).to_be_visible()
    expect(hers.get_by_role("region", name="Who they are")).to_contain_text("Hers and his")


# Everybody's


def test_the_language_is_chosen_once(sign_in: SignIn, alice: User, book: dict[str, Customer]) -> None:
    page = sign_in(alice)
    page.goto("/customers/")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.goto(f"/customers/{book['steady'].pk}/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.locator("main .badge.tier").first).to_have_text("常规")
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(re.compile(f"/customers/{book['steady'].pk}/$"))
    expect(page.locator("main .badge.tier").first).to_have_text("Regular")


def test_more_filters_unfold(sign_in: SignIn, alice: User, book: dict[str, Customer]) -> None:
    page = sign_in(alice)
    page.goto("/customers/")
    page.get_by_text("More filters").click()
    page.locator("select[name=size]").select_option("large")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("size=large"))
    expect(page.locator("select[name=size]")).to_have_value("large")


def tab_to(page: Page, target: Locator) -> None:
    for _step in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"{target} is not reached by keyboard")


def test_a_contact_is_logged_by_keyboard_alone(
    sign_in: SignIn, alice: User, book: dict[str, Customer]
) -> None:
    page = sign_in(alice)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.reload()
    tab_to(page, page.get_by_role("searchbox", name="Search customers"))
    page.keyboard.type("NB02")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(book["falling"].name)
    tab_to(page, page.get_by_role("link", name="Log contact"))
    page.keyboard.press("Enter")
    page.keyboard.type("Called back.")
    tab_to(page, page.get_by_role("button", name="Log contact"))
    page.keyboard.press("Enter")
    expect(timeline(page)).to_contain_text("Called back.")


def test_it_works_without_script(
    another_page: Callable[..., Page], alice: User, book: dict[str, Customer]
) -> None:
    page = another_page(alice, java_script_enabled=False)
    page.goto("/customers/")
    page.get_by_role("link", name=book["falling"].name).click()
    page.get_by_role("link", name="Tier and score").click()
    expect(page.get_by_role("row", name="Annual cooperation amount")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="What is promised").click()
    page.get_by_role("link", name="Complete").first.click()
    page.get_by_label("Note").fill("Said on the phone.")
    page.get_by_role("button", name="Log and complete").click()
    expect(page.get_by_role("status")).to_contain_text("logged.")
    page.goto(f"/customers/{book['falling'].pk}/")
    page.get_by_role("link", name="All entries").click()
    expect(page.get_by_text("Said on the phone.")).to_be_visible()
