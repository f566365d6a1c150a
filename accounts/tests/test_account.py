"""Logging in and out, the own password, the own settings."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from conftest import PASSWORD

LOGIN = reverse("accounts:login")
NEW = "quite-another-9"


def log_in(client: Client, username: str, password: str, **more: str) -> int:
    return client.post(LOGIN, {"username": username, "password": password, **more}).status_code


def test_who_knows_the_password_comes_in_and_goes_out(client: Client, alice: User) -> None:
    assert log_in(client, "alice", PASSWORD) == 302
    assert client.get(reverse("accounts:settings")).status_code == 200
    assert client.post(reverse("accounts:logout")).status_code == 302
    assert client.get(reverse("accounts:settings")).status_code == 302


def test_one_comes_to_where_one_wanted_to_go(client: Client, alice: User) -> None:
    wanted = reverse("accounts:settings")
    asked = client.get(wanted)
    assert asked.headers["Location"] == f"{LOGIN}?next={wanted}"
    answer = client.post(LOGIN, {"username": "alice", "password": PASSWORD, "next": wanted})
    assert answer.headers["Location"] == wanted


def test_one_is_sent_to_no_other_site(client: Client, alice: User) -> None:
    answer = client.post(
        LOGIN, {"username": "alice", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("username, password", [("alice", "wrong"), ("nobody", PASSWORD), ("alice", "")])
def test_others_stay_outside_and_are_told(client: Client, alice: User, username: str, password: str) -> None:
    answer = client.post(
        LOGIN, {"username": username, "password": password}, headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_guesses_too_often_waits(client: Client, alice: User, bob: User, settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    for _guess in range(9):
        log_in(client, "alice", "wrong")
    assert log_in(client, "alice", PASSWORD) == 302  # she mistyped, and begins anew
    client.logout()
    for guess in range(10):
        log_in(client, "Alice" if guess % 2 else "alice", "wrong")
        log_in(client, "alice", "")

    answer = client.post(
        LOGIN, {"username": "alice", "password": PASSWORD}, headers={"Accept-Language": "en"}
    )
    assert "Too many attempts to log in." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert log_in(client, "bob", PASSWORD) == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere, "alice", PASSWORD) == 302


def test_who_left_the_company_stays_outside(client: Client, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert log_in(client, "alice", PASSWORD) == 200


def test_who_is_in_does_not_see_the_log_in_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(LOGIN).headers["Location"] == "/"


def test_the_log_in_page_names_nobody(client: Client, alice: User) -> None:
    assert "alice" not in client.get(LOGIN).content.decode()


def test_in_the_demo_it_lists_whom_one_can_be(
    client: Client, settings: Settings, alice: User, bob: User
) -> None:
    settings.DEMO = True
    bob.is_active = False
    bob.save()
    page = client.get(LOGIN, headers={"Accept-Language": "en"}).content.decode()
    assert 'data-username="alice" data-password="tierbook"' in page
    assert "Account manager · East" in page
    assert "bob" not in page


def test_the_password_is_changed_and_the_session_goes_on(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = reverse("accounts:password")
    assert client.get(page).status_code == 200
    answer = client.post(
        page, {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}, follow=True
    )
    assert [path for path, _status in answer.redirect_chain] == [
        reverse("accounts:password_changed"),
        reverse("accounts:settings"),
    ]
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.parametrize(
    "old, first, second",
    [
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, "different-9"),
        (PASSWORD, "12345678", "12345678"),
        (PASSWORD, "", ""),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_bad_one(
    client: Client, alice: User, old: str, first: str, second: str
) -> None:
    client.force_login(alice)
    answer = client.post(
        reverse("accounts:password"), {"old_password": old, "new_password1": first, "new_password2": second}
    )
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_people_change_their_own_settings_and_not_their_role(client: Client, alice: User) -> None:
    client.force_login(alice)
    mine = {
        "display_name": "Alice Zhang",
        "email": "alice@example.com",
        "phone": "13800000001",
        "language": "en",
    }
    answer = client.post(
        reverse("accounts:settings"), {**mine, "role": "administrator", "is_superuser": "on"}
    )
    assert answer.headers["Location"] == reverse("accounts:settings")
    alice.refresh_from_db()
    assert {key: getattr(alice, key) for key in mine} == mine
    assert (alice.role, alice.is_superuser) == ("account_manager", False)


def test_a_wrong_address_is_told_and_nothing_saved(client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = client.post(
        reverse("accounts:settings"), {"display_name": "X", "email": "no address", "language": ""}
    )
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert alice.display_name == ""
