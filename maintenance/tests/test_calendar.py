"""The week: what stands in it, for whom, and moving a promise to another day."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from customers.models import Customer, KeyDate
from maintenance import agenda, casework
from maintenance.models import CalendarOverride, Case, Obligation, Snooze
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan
from toolbox.calendars import monday_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

HTMX = {"HX-Request": "true"}
MONDAY = date(2026, 11, 16)
pytestmark = pytest.mark.django_db


@pytest.fixture
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00+08:00", tick=False):
        yield


def one_promise(customer: Customer, on: date, today: date = TODAY) -> Obligation:
    plan(customer, today=today)
    row = owed(customer, "contact")
    Obligation.objects.filter(customer=customer).exclude(pk=row.pk).delete()
    Obligation.objects.filter(pk=row.pk).update(due_on=on, originally_due_on=on)
    row.refresh_from_db()
    return row


def a_case(customer: Customer, by: User, due_at: datetime) -> Case:
    case = casework.open_case(
        customer, kind="complaint", subject="Gears", department="sales", by=by, at=timezone.now()
    )
    Case.objects.filter(pk=case.pk).update(due_at=due_at)
    return case


def seen(user: User, person: User | None = None, monday: date = MONDAY) -> dict[str, set[str]]:
    """By the weekday's name, what stands there."""
    days = agenda.week(user, monday=monday, person=person, today=TODAY, at=timezone.now())
    found = {
        f"{day.day:%a}": {line.obligation.customer.name for line in day.promises}
        | {f"case of {each.case.customer.name}" for each in day.cases}
        | {f"{each.label} of {each.customer.name}" for each in day.key_dates}
        for day in days
    }
    return {name: what for name, what in found.items() if what}


@pytest.mark.usefixtures("_noon")
def test_a_week_holds_promises_cases_and_key_dates_of_its_days(
    cast: dict[str, User], make_customer: MakeCustomer
) -> None:
    """The edges of the week are in it; the days beyond are not; the evening belongs to its day in Shanghai."""
    for name, on in (
        ("Monday", MONDAY),
        ("Sunday", MONDAY + timedelta(days=6)),
        ("Next", MONDAY + timedelta(days=7)),
    ):
        one_promise(make_customer(name, owner=cast["alice"]), on)
    acme = make_customer("Acme", owner=cast["alice"], tier=None)
    evening = datetime(2026, 11, 20, 23, 30, tzinfo=timezone.get_default_timezone())
    for days in (0, 3):
        a_case(acme, cast["alice"], evening + timedelta(days=days))
    for label, on, repeats in (
        ("Founding", date(1996, 11, 17), True),
        ("To come", date(2027, 11, 17), True),
        ("Once", date(2026, 11, 19), False),
        ("Long ago", date(2020, 11, 19), False),
        ("December", date(1996, 12, 17), True),
    ):
        KeyDate.objects.create(customer=acme, label=label, on=on, repeats=repeats)
    theirs = make_customer("Foreign", owner=cast["carol"])
    one_promise(theirs, MONDAY)
    a_case(theirs, cast["carol"], evening)
    KeyDate.objects.create(customer=theirs, label="Founding", on=date(1996, 11, 17))

    mine = {
        "Mon": {"Monday"},
        "Tue": {"Founding of Acme"},
        "Thu": {"Once of Acme"},
        "Fri": {"case of Acme"},
        "Sun": {"Sunday"},
    }
    both = mine | {
        "Mon": {"Monday", "Foreign"},
        "Tue": {"Founding of Acme", "Founding of Foreign"},
        "Fri": {"case of Acme", "case of Foreign"},
    }
    assert seen(cast["alice"]) == mine
    assert seen(cast["bob"]) == mine
    assert seen(cast["dora"]) == both
    assert seen(cast["dora"], person=cast["alice"]) == mine
    assert seen(cast["tess"]) == {}
    assert seen(cast["alice"], monday=MONDAY + timedelta(days=7)) == {"Mon": {"Next", "case of Acme"}}


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("rows", [1, 3])
def test_a_longer_week_asks_no_more(
    client: Client,
    alice: User,
    make_customer: MakeCustomer,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user and team; promises, cases, their clocks, key dates, two of the calendar."""
    for n in range(rows):
        acme = make_customer(f"C{n}", owner=alice)
        one_promise(acme, TODAY)
        a_case(acme, alice, timezone.now())
        KeyDate.objects.create(customer=acme, label="Founding", on=date(1996, 11, 18))
    client.force_login(alice)
    with django_assert_num_queries(9):
        response = client.get("/calendar/")
    [today] = [day for day in response.context["days"] if day.is_today]
    assert [len(today.promises), len(today.cases), len(today.key_dates)] == [rows] * 3


@pytest.mark.usefixtures("_noon")
def test_a_full_day_shows_the_most_urgent_and_says_how_many_more(
    client: Client,
    alice: User,
    bob: User,
    dora: User,
    make_customer: MakeCustomer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for n in range(4):
        one_promise(make_customer(f"C{n}", owner=alice, amount=(n + 1) * 10**8), TODAY)
    days = agenda.week(alice, monday=MONDAY, person=None, today=TODAY, at=timezone.now(), shown=2)
    [today] = [day for day in days if day.is_today]
    assert [line.obligation.customer.name for line in today.promises] == ["C3", "C2"]
    assert today.more_promises == 2
    monkeypatch.setattr(agenda.week, "__kwdefaults__", {"shown": 2})
    client.force_login(alice)
    link = 'href="/obligations/?due_after=2026-11-18&amp;due_before=2026-11-18{}">2 more promises</a>'
    assertContains(client.get("/calendar/"), link.format(f"&amp;assignee={alice.pk}"))
    for reader, asked, more in (
        (dora, "", ""),
        (dora, f"?person={alice.pk}", f"&amp;assignee={alice.pk}"),
        (bob, "", "&amp;department=sales"),
    ):
        client.force_login(reader)
        assertContains(client.get(f"/calendar/{asked}"), link.format(more))
    found = client.get(f"/obligations/?due_after=2026-11-18&due_before=2026-11-18&assignee={alice.pk}")
    assert len(found.context["lines"]) == 4


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize(
    "day, language, is_working, note",
    [
        ("2026-10-01", "en", False, "National Day"),
        ("2026-10-01", "zh-hans", False, "国庆节"),
        ("2026-10-10", "en", True, "Make-up working day"),
        ("2026-10-10", "zh-hans", True, "调休上班"),
        ("2026-11-21", "en", False, ""),
        ("2026-11-19", "en", False, "Stocktaking"),
        ("2026-11-20", "en", True, ""),
    ],
)
def test_holidays_and_make_up_days_are_marked(
    alice: User, day: str, language: str, is_working: bool, note: str
) -> None:
    CalendarOverride.objects.create(day=date(2026, 11, 19), is_working=False, note="Stocktaking")
    on = date.fromisoformat(day)
    with override(language):
        days = agenda.week(alice, monday=monday_of(on), person=None, today=TODAY, at=timezone.now())
    [found] = [each for each in days if each.day == on]
    assert (found.is_working, found.note) == (is_working, note)


@pytest.mark.usefixtures("_noon")
@pytest.mark.parametrize("day", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-11-22"])
def test_any_day_leads_to_a_week(client: Client, alice: User, day: str) -> None:
    client.force_login(alice)
    response = client.get(f"/calendar/?day={day}")
    assert response.context["monday"] == MONDAY
    assertContains(response, "?day=2026-11-09")
    assertContains(response, "?day=2026-11-23")


@pytest.mark.usefixtures("_noon")
def test_a_promise_is_moved_by_the_rules_of_a_snooze(
    client: Client, alice: User, make_customer: MakeCustomer
) -> None:
    row = one_promise(make_customer("Acme", owner=alice), TODAY)
    client.force_login(alice)
    url = f"/calendar/move/{row.pk}/"
    assertContains(client.get(f"{url}?to=2026-11-20", headers=HTMX), 'value="2026-11-20"')
    assertContains(client.get(url), 'value="2026-11-18"')

    for until, reason, said in (
        ("2026-11-17", "Kept.", "Choose a day after today."),
        ("2026-11-20", "", "This field is required."),
        ("2027-11-20", "Kept.", "or earlier: a promise is put off by 90 days at most."),
    ):
        refused = client.post(url, {"until": until, "reason": reason}, headers=HTMX)
        assertContains(refused, said)
        assertContains(refused, f'value="{until}"')
    assert not Snooze.objects.exists()

    done = client.post(url, {"until": "2026-11-21", "reason": "They travel."}, headers=HTMX)
    assert '"moved"' in done["HX-Trigger"]
    row.refresh_from_db()
    assert row.due_on == date(2026, 11, 23)  # the 21st is a Saturday
    assert Snooze.objects.get().reason == "They travel."
    plain = client.post(url, {"until": "2026-11-24", "reason": "Again."})
    assert plain["Location"] == "/calendar/?day=2026-11-24"


@pytest.mark.usefixtures("_noon")
def test_what_is_not_one_s_own_is_not_moved(
    client: Client, cast: dict[str, User], make_customer: MakeCustomer
) -> None:
    row = one_promise(make_customer("Acme", owner=cast["alice"]), TODAY)
    for who, status in (("carol", 404), ("tess", 404), ("audrey", 403), ("bob", 200)):
        client.force_login(cast[who])
        assert client.get(f"/calendar/move/{row.pk}/").status_code == status
    client.force_login(cast["audrey"])
    page = client.get("/calendar/")
    assertContains(page, "Acme")
    assertNotContains(page, 'draggable="true"')
    assertNotContains(page, "/calendar/move/")


@pytest.mark.usefixtures("_noon")
def test_an_empty_week_says_so_day_by_day(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/calendar/")
    assertContains(page, ">Nothing<", count=5)
    assertContains(page, ">Off<", count=2)


@pytest.fixture
def next_monday() -> date:
    """On the browser's own clock, in a week that has all its days before it."""
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday() + 7)


@pytest.mark.django_db(transaction=True)
def test_a_promise_is_dragged_to_another_day(
    sign_in: "Callable[[User], Page]", alice: User, make_customer: MakeCustomer, next_monday: date
) -> None:
    CalendarOverride.objects.bulk_create(
        CalendarOverride(day=next_monday + timedelta(days=n), is_working=True) for n in range(5)
    )
    row = one_promise(make_customer("Acme", owner=alice), next_monday, today=timezone.localdate())
    page = sign_in(alice)
    page.goto(f"/calendar/?day={next_monday}")
    wednesday = next_monday + timedelta(days=2)
    page.locator(f"#entry-{row.pk}").drag_to(page.locator(f"[data-day='{wednesday}']"))
    page.locator("#move[open] [name=reason]").wait_for()
    assert page.locator("#move [name=until]").input_value() == str(wednesday)
    page.locator("#move [name=reason]").fill("They travel.")
    page.keyboard.press("Enter")
    page.locator(f"[data-day='{wednesday}'] #entry-{row.pk}:focus").wait_for()
    page.locator("#messages [role=status]", has_text="Acme: moved to").wait_for()
    row.refresh_from_db()
    assert row.due_on == wednesday

    # without a mouse, to a day that is refused
    move = page.locator(f"#entry-{row.pk} a.btn")
    move.focus()
    page.keyboard.press("Enter")
    page.locator("#move[open] [name=reason]").fill("No.")
    page.locator("#move .btn-primary").click()
    page.locator("#move .invalid-feedback", has_text="It is due on that day already.").wait_for()
    page.keyboard.press("Escape")
    page.locator(f"#entry-{row.pk}:focus").wait_for()
    row.refresh_from_db()
    assert row.due_on == wednesday
