"""The log-in page of the demo, in the browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]


@pytest.fixture(autouse=True)
def _demo(settings: Settings) -> None:
    settings.DEMO = True


def test_choosing_somebody_by_keyboard_fills_in_the_form(page: Page, alice: User, bob: User) -> None:
    page.goto("/account/login/")
    bobs = page.get_by_role("button", name="bob")
    bobs.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Username")).to_have_value("bob")
    expect(bobs).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Log in")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("/")


@pytest.mark.parametrize("width", [1440, 390])
def test_it_can_be_used_by_everybody(page: Page, alice: User, bob: User, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/account/login/")
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_names_and_password_are_read_without_script(page: Page, alice: User) -> None:
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/account/login/")
    expect(page.get_by_text("alice").first).to_be_visible()
    expect(page.locator("code")).to_have_text("tierbook")
