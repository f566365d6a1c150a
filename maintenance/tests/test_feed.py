"""The calendar feed: a private address, and what a calendar program reads there."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from accounts import feeds
from accounts.models import CalendarFeed, User
from customers.models import Contact, Customer, KeyDate
from maintenance import casework, feed, services
from maintenance.models import Case, Obligation
from maintenance.tests.conftest import TODAY, MakeCustomer, owed, plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_noon")]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def _noon() -> Iterator[None]:
    with time_machine.travel("2026-11-18T12:00+08:00", tick=False):
        yield


@pytest.fixture
def address(alice: User) -> str:
    return feeds.make(alice, at=timezone.now()).removeprefix(settings.PUBLIC_URL)


@pytest.fixture
def call(make_customer: MakeCustomer, alice: User) -> Obligation:
    acme = make_customer("Acme, Gears; Co", owner=alice)
    plan(acme)
    row = owed(acme, "contact")
    Obligation.objects.filter(customer=acme).exclude(pk=row.pk).delete()
    Obligation.objects.filter(pk=row.pk).update(due_on=TODAY, originally_due_on=TODAY)
    row.refresh_from_db()
    return row


def read(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return bytes(answer.content)


def events(body: bytes) -> dict[str, Any]:
    return {str(event["UID"]): event for event in icalendar.Calendar.from_ical(body).walk("VEVENT")}


def test_the_address_is_kept_nowhere_and_works_without_signing_in(address: str, call: Obligation) -> None:
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    kept = CalendarFeed.objects.get()
    assert token not in str(CalendarFeed.objects.values().get())
    assert (len(token), len(kept.token_hash), kept.read_at) == (32, 64, None)
    assert list(events(read(Client(), address))) == [f"promise-{call.pk}@localhost"]
    kept.refresh_from_db()
    assert kept.read_at == timezone.now()


def test_what_opens_nothing_is_as_good_as_missing(client: Client, alice: User, address: str) -> None:
    """A wrong address, an old one, a revoked one and one of somebody who left."""
    missing = client.get("/calendar/feed/nonsense.ics")
    assert missing.status_code == 404
    assert client.get(f"/calendar/feed/{'x' * 200}.ics").status_code == 404
    renewed = feeds.make(alice, at=timezone.now()).removeprefix(settings.PUBLIC_URL)
    assert [client.get(each).status_code for each in (address, renewed)] == [404, 200]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(renewed).status_code == 404
    User.objects.filter(pk=alice.pk).update(is_active=True)
    feeds.revoke(alice)
    assert client.get(renewed).status_code == 404


def test_it_is_a_calendar_as_rfc_5545_wants_it(
    client: Client, address: str, alice: User, make_customer: MakeCustomer, call: Obligation
) -> None:
    long = make_customer("Long", owner=alice)
    Customer.objects.filter(pk=long.pk).update(name="无锡" * 45)
    case = casework.open_case(
        long,
        kind="complaint",
        subject="齿轮；破裂, 两件\n急",
        department="sales",
        by=alice,
        at=timezone.now(),
    )
    due = datetime(2026, 11, 19, 15, 30, tzinfo=SHANGHAI)
    Case.objects.filter(pk=case.pk).update(due_at=due)
    body = read(client, address)

    lines = body.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)  # folded, between characters:
    assert all(line.decode() is not None for line in lines)
    assert rb"Acme\, Gears\; Co" in body
    calendar = icalendar.Calendar.from_ical(body)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    found = events(body)
    promise, clock = found[f"promise-{call.pk}@localhost"], found[f"case-{case.pk}@localhost"]
    assert (promise.decoded("DTSTART"), promise.decoded("DTEND")) == (TODAY, TODAY + timedelta(days=1))
    assert promise["DTSTART"].params["VALUE"] == "DATE"
    assert str(promise["SUMMARY"]).endswith("· Acme, Gears; Co")
    assert str(promise["URL"]) == f"{settings.PUBLIC_URL}/obligations/{call.pk}/"
    assert clock.decoded("DTEND") == due
    assert clock["DTEND"].params["TZID"] == "Asia/Shanghai"
    assert "齿轮；破裂, 两件" in str(clock["SUMMARY"])
    for event in found.values():
        assert {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"} <= set(event)
        assert event.decoded("DTSTAMP").tzname() == "UTC"


def test_what_is_moved_keeps_its_name_and_says_that_it_changed(
    client: Client, address: str, alice: User, call: Obligation
) -> None:
    uid = f"promise-{call.pk}@localhost"
    before = events(read(client, address))[uid]
    with time_machine.travel("2026-11-18T15:00+08:00", tick=False):
        services.snooze(call, by=alice, at=timezone.now(), until=date(2026, 11, 20), reason="Later.")
        after = events(read(client, address))[uid]
    assert [event.decoded("DTSTART") for event in (before, after)] == [TODAY, date(2026, 11, 20)]
    assert [event["SEQUENCE"] for event in (before, after)] == [0, 1]
    assert after.decoded("LAST-MODIFIED") - before.decoded("LAST-MODIFIED") == timedelta(hours=3)
    services.skip(call, by=alice, at=timezone.now(), reason="No.")
    assert uid not in events(read(client, address))


def test_what_has_not_changed_is_not_sent_again(client: Client, address: str, call: Obligation) -> None:
    first = client.get(address)
    assert first["Cache-Control"] == "private, max-age=300"
    with time_machine.travel("2026-11-18T18:00+08:00", tick=False):
        again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Obligation.objects.filter(pk=call.pk).update(due_on=TODAY + timedelta(days=1))
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
    assert client.post(address).status_code == 405


def test_it_holds_one_s_own_work_without_people_s_names(
    client: Client, address: str, cast: dict[str, User], make_customer: MakeCustomer, call: Obligation
) -> None:
    theirs = make_customer("Foreign", owner=cast["carol"])
    plan(theirs)
    acme = call.customer
    Contact.objects.create(customer=acme, name="Ms Li", phone="010-1234", is_primary=True)
    Obligation.objects.filter(pk=call.pk).update(reason="")
    for customer in (acme, theirs):
        KeyDate.objects.create(customer=customer, label="Company anniversary", on=date(1996, 12, 3))
        KeyDate.objects.create(customer=customer, label="Birthday of Ms Li", on=date(1980, 12, 4))
    KeyDate.objects.create(customer=acme, label="Leap", on=date(1996, 2, 29))
    KeyDate.objects.create(customer=acme, label="Not before next year", on=date(2027, 12, 5))
    body = read(client, address).decode().replace("\r\n ", "")

    assert "Foreign" not in body
    assert "Ms Li" not in body
    assert "010-1234" not in body
    summaries = {str(event["SUMMARY"]): event.decoded("DTSTART") for event in events(body.encode()).values()}
    assert summaries.pop("Company anniversary · Acme, Gears; Co") == date(2026, 12, 3)
    assert summaries.pop("重要日期 · Acme, Gears; Co") == date(2026, 12, 4)
    assert len(summaries) == 1
    # Who sees the whole book is told of what they own, not of everybody's.
    assert events(feed.calendar_of(cast["dora"], at=timezone.now())) == {}
    assert events(feed.calendar_of(cast["audrey"], at=timezone.now())) == {}


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", "Weekly call by the account manager"),
        ("zh-hans", "客户经理每周电话联系"),
        ("", "客户经理每周电话联系"),
    ],
)
def test_it_speaks_the_user_s_language(
    client: Client, alice: User, address: str, call: Obligation, language: str, said: str
) -> None:
    User.objects.filter(pk=alice.pk).update(language=language)
    [event] = events(client.get(address, headers={"accept-language": "en"}).content).values()
    assert str(event["SUMMARY"]) == f"{said} · Acme, Gears; Co"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_longer_calendar_asks_no_more(
    client: Client, alice: User, address: str, make_customer: MakeCustomer, rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    """The address, that it was read; promises, cases with their clocks, key dates."""
    for n in range(rows):
        acme = make_customer(f"C{n}", owner=alice)
        plan(acme)
        casework.open_case(
            acme, kind="complaint", subject="Gears", department="sales", by=alice, at=timezone.now()
        )
        KeyDate.objects.create(customer=acme, label="Founding", on=date(1996, 12, 3))
    with django_assert_num_queries(6):
        read(client, address)


def test_the_address_is_made_renewed_and_taken_back_on_the_page(client: Client, alice: User) -> None:
    client.force_login(alice)
    assertContains(client.get("/account/notifications/"), "Make an address")
    made = client.post("/account/notifications/calendar/", {"do": "make"})
    first = made.context["address"]
    assertContains(made, f'value="{first}"')
    assert made["Cache-Control"].startswith("max-age=0")
    page = client.get("/account/notifications/")
    assertContains(page, "There is an address")
    assertNotContains(page, first)
    second = client.post("/account/notifications/calendar/", {"do": "make"}).context["address"]
    status = {url: Client().get(url.removeprefix(settings.PUBLIC_URL)).status_code for url in (first, second)}
    assert status == {first: 404, second: 200}
    gone = client.post("/account/notifications/calendar/", {"do": "revoke"}, follow=True)
    assertContains(gone, "The address opens nothing any more.")
    assert Client().get(second.removeprefix(settings.PUBLIC_URL)).status_code == 404
