"""Which language a page speaks: the user's own setting, then the cookie, then the browser."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

LOGIN = reverse("accounts:login")
SETTINGS = reverse("accounts:settings")
CHOOSE = reverse("accounts:language")


def language(client: Client, page: str, browser: str) -> str:
    return client.get(page, headers={"Accept-Language": browser}).headers["Content-Language"]


@pytest.mark.parametrize(
    "browser, spoken",
    [("zh-CN,zh;q=0.9,en;q=0.5", "zh-hans"), ("en-GB,en;q=0.9", "en"), ("fr-FR,fr;q=0.9", "en"), ("", "en")],
)
def test_as_the_browser_asks(client: Client, db: None, browser: str, spoken: str) -> None:
    assert language(client, LOGIN, browser) == spoken


def test_chosen_before_logging_in_it_is_remembered(client: Client, db: None) -> None:
    answer = client.post(CHOOSE, {"language": "zh-hans", "next": LOGIN})
    assert answer.headers["Location"] == LOGIN
    assert language(client, LOGIN, "en") == "zh-hans"


def test_the_own_setting_goes_before_cookie_and_browser(client: Client, alice: User) -> None:
    client.post(CHOOSE, {"language": "zh-hans", "next": LOGIN})
    alice.language = "en"
    alice.save()
    client.force_login(alice)
    assert language(client, SETTINGS, "zh-CN") == "en"


def test_chosen_by_somebody_signed_in_it_becomes_the_setting(client: Client, alice: User) -> None:
    client.force_login(alice)
    client.post(CHOOSE, {"language": "zh-hans", "next": SETTINGS})
    alice.refresh_from_db()
    assert alice.language == "zh-hans"
    assert language(client, SETTINGS, "en") == "zh-hans"


@pytest.mark.parametrize("chosen", ["xx", "", "zh-hant"])
def test_one_we_do_not_speak_changes_nothing(client: Client, alice: User, chosen: str) -> None:
    client.force_login(alice)
    assert client.post(CHOOSE, {"language": chosen, "next": SETTINGS}).status_code == 302
    alice.refresh_from_db()
    assert alice.language == ""
    assert "language" not in client.cookies


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_choosing_leads_to_no_other_site(client: Client, db: None, elsewhere: str) -> None:
    assert client.post(CHOOSE, {"language": "en", "next": elsewhere}).headers["Location"] == "/"


def test_it_is_chosen_by_post_alone(client: Client, db: None) -> None:
    assert client.get(CHOOSE).status_code == 405


def test_caches_are_told_what_the_page_depends_on(client: Client, db: None) -> None:
    assert {"Accept-Language", "Cookie"} <= set(client.get(LOGIN).headers["Vary"].split(", "))
