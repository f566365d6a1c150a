"""The admin as a whole: every page under the security policy, periodic tasks, the look."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, PeriodicTask, SolarSchedule
from rest_framework.authtoken.models import Token

from accounts.models import User
from customers.models import Customer, Order, ServiceRequest
from customers.tests.making import a_contact, a_customer, a_rating, a_request, a_talk, an_order
from tiering import services
from tiering.models import Override, Scheme
from tiering.tests.conftest import AT, Q3, regraded, tier
from toolbox.tests.admin_pages import LANGUAGES, models_of, open_pages, refusals, status_of_pages, url

if TYPE_CHECKING:
    from playwright.sync_api import Page


SCHEDULES = models_of("django_celery_beat")


@pytest.fixture
def every_schedule(db: None) -> None:
    ClockedSchedule.objects.create(clocked_time=AT)
    SolarSchedule.objects.create(event="sunrise", latitude=31, longitude=121)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", SCHEDULES)
def test_schedules_are_run_from_here(
    client: Client, adam: User, every_schedule: None, model: type[Model], language: str
) -> None:
    client.force_login(adam)
    assert status_of_pages(client, model, language=language) == open_pages(add=True)


@pytest.fixture
def clerk(dora: User) -> User:
    """Signs in here with every permission that Django knows, and is no administrator."""
    User.objects.filter(pk=dora.pk).update(is_staff=True)
    dora.user_permissions.set(Permission.objects.all())
    return User.objects.get(pk=dora.pk)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", SCHEDULES)
def test_schedules_are_written_by_administrators_alone(
    client: Client, clerk: User, every_schedule: None, model: type[Model], language: str
) -> None:
    client.force_login(clerk)
    assert status_of_pages(client, model, language=language) == open_pages(add=False)
    assert refusals(client, model) == {403}


def test_nothing_is_written_here_by_whoever_is_no_administrator(rf: RequestFactory, clerk: User) -> None:
    """Whatever is registered, by us or by a package."""
    request = rf.get("/")
    request.user = clerk
    allowed = {
        (model.__name__, verb)
        for model, its_admin in admin.site._registry.items()
        for verb in ("add", "change", "delete")
        if getattr(its_admin, f"has_{verb}_permission")(request)
    }
    assert allowed == set()


def pressed(client: Client, action: str, *tasks: PeriodicTask) -> list[str]:
    """What was said so far, after an action on these periodic tasks."""
    data = {"action": action, ACTION_CHECKBOX_NAME: [task.pk for task in tasks]}
    address = url(PeriodicTask, "changelist")
    return [str(message) for message in get_messages(client.post(address, data).wsgi_request)]


def test_tasks_are_switched_off_and_on_and_run(client: Client, adam: User) -> None:
    client.force_login(adam)
    task = PeriodicTask.objects.get(task="tiering.tasks.end_expired_overrides")
    services.set_by_hand(
        a_customer(), tier=tier("core"), reason="Asked.", expires_on=date(2026, 10, 31), by=adam, at=AT
    )
    for action, enabled in (("switch_off", False), ("switch_on", True)):
        pressed(client, action, task)
        assert PeriodicTask.objects.get(pk=task.pk).enabled is enabled
    said = pressed(client, "run_now", task)
    assert said == ["1 task changed.", "1 task changed.", "1 task was sent to the workers."]
    assert Override.objects.get().ended_at is not None


def test_tasks_are_not_run_by_whoever_is_no_administrator(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    tasks = list(PeriodicTask.objects.all())
    for action in ("switch_off", "run_now", "enable_tasks", "run_tasks", "delete_selected"):
        assert pressed(client, action, *tasks) == []
    assert PeriodicTask.objects.filter(enabled=True).count() == len(tasks)


def test_every_task_that_ships_says_what_it_does(client: Client, adam: User) -> None:
    client.force_login(adam)
    page = client.get(url(PeriodicTask, "changelist")).text
    said = PeriodicTask.objects.values_list("description", flat=True)
    assert {text: bool(text) and text in page for text in said} == dict.fromkeys(said, True)


def test_schedules_have_their_names_in_chinese(client: Client, adam: User) -> None:
    client.force_login(adam)
    page = client.get(reverse("admin:index"), headers={"accept-language": "zh-hans"}).text
    assert [name in page for name in ("周期任务", "间隔")] == [True, True]
    task = PeriodicTask.objects.get(task="tiering.tasks.regrade_when_due")
    address = url(PeriodicTask, "change", task.pk)
    assert "在 02:00 (Asia/Shanghai)" in client.get(address, headers={"accept-language": "zh-hans"}).text
    assert "At 02:00 AM (Asia/Shanghai)" in client.get(address, headers={"accept-language": "en"}).text


@pytest.fixture
def book(transactional_db: None, adam: User) -> Customer:
    """Something on every page."""
    customer = a_customer("杭州精工机电", owner=adam)
    an_order(customer, Q3, 820_000_00)
    a_rating(customer, adam, Q3, 4, "expansion_plan")
    a_request(customer, adam)
    a_contact(customer)
    a_talk(customer, adam)
    Token.objects.create(user=adam)
    scheme = Scheme.objects.get(is_default=True)
    services.copy_version(scheme.published(), by=adam)
    regraded(scheme)
    services.set_by_hand(customer, tier=tier("core"), reason="They asked.", expires_on=Q3, by=adam, at=AT)
    return customer


def addresses(user: User) -> Iterator[str]:
    """The list, the newest row, its history and a new row of every model."""
    request = RequestFactory().get("/")
    request.user = user
    yield reverse("admin:index")
    for model, its_admin in admin.site._registry.items():
        yield url(model, "changelist")
        if row := model._default_manager.order_by("-pk").first():
            yield url(model, "change", row.pk)
            yield url(model, "history", row.pk)
        if its_admin.has_add_permission(request):
            yield url(model, "add")


def test_no_page_breaks_the_security_policy(
    sign_in: "Callable[[User], Page]", adam: User, book: Customer
) -> None:
    """The page fixture fails on whatever the browser complains of. In Chinese, whose calendars are translated."""
    User.objects.filter(pk=adam.pk).update(language="zh-hans")
    page = sign_in(adam)
    for address in addresses(adam):
        answer = page.goto(address)
        assert answer is not None
        assert (address, answer.status) == (address, 200)


def test_calendars_and_pick_lists_work(sign_in: "Callable[[User], Page]", adam: User, book: Customer) -> None:
    page = sign_in(adam)
    page.goto(url(Order, "add"))
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("hzjg")
    page.locator(".select2-results__option", has_text="杭州精工机电").click()
    page.fill("#id_number", "N-1")
    page.locator("#id_ordered_on + .datetimeshortcuts a").first.click()
    page.fill("#id_amount", "12万")
    page.locator("input[name=_save]").first.click()
    order = Order.objects.get(number="N-1")
    assert (order.customer, order.amount, order.ordered_on) == (book, 12_000_000, timezone.localdate())
    page.goto(url(ServiceRequest, "add"))
    page.locator("#id_opened_at_0 + .datetimeshortcuts a").first.click()
    page.locator("#id_opened_at_1 + .datetimeshortcuts a").first.click()
    assert page.input_value("#id_opened_at_0") != ""
