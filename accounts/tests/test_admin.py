"""People, teams and tokens in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token, TokenProxy

from accounts.models import Delivery, Letter, Notice, Role, Team, User
from toolbox.tests.admin_pages import LANGUAGES, models_of, open_pages, refusals, status_of_pages, url

MODELS = [*models_of("accounts"), TokenProxy]
LISTS = {User: 6, Team: 4, TokenProxy: 4, Delivery: 4, Letter: 5}


@pytest.fixture
def browser_of_adam(client: Client, adam: User) -> Client:
    client.force_login(adam)
    return client


def test_the_admin_knows_them() -> None:
    assert set(MODELS) == {User, Team, TokenProxy, Delivery, Letter}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(browser_of_adam: Client, bob: User, model: type[Model], language: str) -> None:
    Token.objects.create(user=bob)
    a_delivery(bob)
    pages = status_of_pages(browser_of_adam, model, language=language)
    assert pages == open_pages(add=model not in {Delivery, Letter})


def a_delivery(recipient: User) -> Delivery:
    notice = Notice.objects.create(recipient=recipient, kind="none", key="none", at=timezone.now())
    Letter.objects.create(kind="none", key=recipient.username, address="a@example.com", at=timezone.now())
    return Delivery.objects.create(notice=notice, channel=Delivery.Channel.EMAIL)


def test_the_outbox_is_only_looked_at(browser_of_adam: Client, bob: User) -> None:
    a_delivery(bob)
    assert refusals(browser_of_adam, Delivery) == refusals(browser_of_adam, Letter) == {403}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", MODELS)
def test_a_longer_list_asks_no_more(
    browser_of_adam: Client, south: Team, model: type[Model], rows: int, django_assert_num_queries: object
) -> None:
    people = [User.objects.create(username=f"u{n}", team=south) for n in range(rows)]
    for person in people:
        Token.objects.create(user=person)
        Team.objects.create(name=f"Team of {person}", parent=south)
        a_delivery(person)
    browser_of_adam.get(url(model, "changelist"))
    with django_assert_num_queries(LISTS[model]):  # type: ignore[operator]
        assert browser_of_adam.get(url(model, "changelist")).status_code == 200


def test_whoever_is_no_administrator_is_asked_to_log_in(client: Client, dora: User) -> None:
    for page in (
        url(User, "changelist"),
        url(User, "change", dora.pk),
        f"{reverse('admin:login')}?next=/admin/",
    ):
        assert client.get(page).headers["Location"].startswith(f"{reverse('accounts:login')}?next=/admin/")
    client.force_login(dora)
    for page in (reverse("admin:index"), url(User, "changelist"), url(User, "change", dora.pk)):
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"{reverse('admin:login')}?next={page}",
        )
        assert "dora" in client.get(page, follow=True).text


def test_a_new_user_has_a_role_and_a_team(browser_of_adam: Client, south: Team) -> None:
    answer = browser_of_adam.post(
        url(User, "add"),
        {
            "username": "wangfang",
            "display_name": "王芳",
            "role": Role.TEAM_LEAD,
            "team": south.pk,
            "language": "zh-hans",
            "weekly_hours": 24,
            "usable_password": "true",
            "password1": "a long way home",
            "password2": "a long way home",
        },
    )
    wang = User.objects.get(username="wangfang")
    assert (answer.status_code, wang.weekly_hours) == (302, 24)
    assert (wang.name, wang.role, wang.team, wang.language) == ("王芳", Role.TEAM_LEAD, south, "zh-hans")
    assert wang.check_password("a long way home")


def test_nobody_is_deleted(browser_of_adam: Client, carol: User) -> None:
    assert browser_of_adam.post(url(User, "delete", carol.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=carol.pk).exists()


def test_teams_stand_as_a_tree(browser_of_adam: Client, east: Team, south: Team) -> None:
    Team.objects.create(name="Shanghai", parent=east)
    answer = browser_of_adam.get(url(Team, "changelist"))
    assert [team.name for team in answer.context["cl"].result_list] == ["Sales", "East", "Shanghai", "South"]
    assert "\u2003└ East" in answer.text
    assert "\u2003\u2003└ Shanghai" in answer.text


def test_a_key_is_shown_on_its_own_page_only(browser_of_adam: Client, bob: User) -> None:
    token = Token.objects.create(user=bob)
    assert token.key not in browser_of_adam.get(url(TokenProxy, "changelist")).text
    assert token.key in browser_of_adam.get(url(TokenProxy, "change", bob.pk)).text


def test_the_admin_speaks_the_language_of_the_user(browser_of_adam: Client, adam: User) -> None:
    User.objects.filter(pk=adam.pk).update(language="zh-hans")
    answer = browser_of_adam.get(reverse("admin:index"), headers={"accept-language": "en"})
    assert '<html lang="zh-hans"' in answer.text
    assert "查看站点" in answer.text


def test_an_administrator_who_is_no_superuser_makes_none(client: Client, dora: User, adam: User) -> None:
    dora.role, dora.is_staff = Role.ADMINISTRATOR, True
    dora.save()
    dora.user_permissions.set(Permission.objects.all())
    client.force_login(dora)

    page = client.get(url(User, "change", dora.pk))
    fields = page.context["adminform"].form.fields
    client.post(
        url(User, "change", dora.pk),
        {
            "username": "dora",
            "role": "administrator",
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
        },
    )

    assert "username" in fields
    assert not fields.keys() & {"is_superuser", "groups", "user_permissions"}
    dora.refresh_from_db()
    assert not dora.is_superuser
    assert client.post(url(User, "change", adam.pk), {"username": "eve"}).status_code == 403
    answer = client.post(f"/admin/accounts/user/{adam.pk}/password/", {"password1": "x"})
    assert answer.status_code == 403


def test_the_first_of_all_is_an_administrator(db: None) -> None:
    assert User.objects.create_superuser("root", password="x").role == Role.ADMINISTRATOR
