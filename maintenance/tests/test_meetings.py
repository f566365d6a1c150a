"""The weekly meeting: an agenda that nobody typed, minutes that nobody loses, tasks that somebody does."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as post
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from accounts import mail
from accounts.models import Delivery, Notice, User
from customers import services as customers
from customers.models import Contact, Contract, Customer, KeyDate, Standing, Tier
from maintenance import casework, digest, meetings
from maintenance.meetings import agenda
from maintenance.meetings.words import lines
from maintenance.models import Meeting, MeetingTask, Obligation, Point
from maintenance.tests.conftest import MakeCustomer, move, plan
from tiering.models import Aim, Override, TierChange
from toolbox.calendars import monday_of
from toolbox.tests.racing import race

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)  # a Wednesday
TODAY = NOW.date()
MONDAY = date(2026, 11, 16)
A_WEEK = timedelta(days=7)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    return make_customer("Acme", owner=alice, amount=9_000_00)


@pytest.fixture
def beta(make_customer: MakeCustomer, carol: User) -> Customer:
    """Of another team."""
    return make_customer("Beta", owner=carol)


def opened(by: User, *, at: datetime = NOW, team: Any = "own") -> Meeting:
    team = by.team if team == "own" else team
    return meetings.open_meeting(team, by=by, at=at, today=at.date())


def tier(key: str) -> Tier:
    return Tier.objects.get(scale="b2b", key=key)


def moved(
    customer: Customer, *, at: datetime, before: str | None = "core", after: str = "important"
) -> TierChange:
    return TierChange.objects.create(
        customer=customer,
        from_tier=tier(before) if before else None,
        to_tier=tier(after),
        effective_on=at.date(),
        changed_at=at,
        reason={"kind": "override_ended"},
        words="",
    )


def a_case(customer: Customer, by: User, subject: str = "Cracked gears", **more: Any) -> Any:
    said: dict[str, Any] = {
        "kind": "complaint",
        "department": "service",
        "at": NOW - timedelta(hours=1),
    } | more
    return casework.open_case(customer, subject=subject, by=by, **said)


def told(meeting: Meeting, reader: User | None = None, *, at: datetime = NOW) -> dict[str, list[str]]:
    """By section, what stands on the agenda."""
    found = meetings.agenda_of(meeting, reader=reader, at=at)
    said = {line.item.key: line.title for line in lines(found.items)}
    return {section.key: [said[item.key] for item in section.items] for section in found.sections}


NOTHING: dict[str, list[str]] = {"tasks": [], "changes": [], "broken": [], "cases": [], "dates": []}


# The agenda makes itself


def test_the_agenda_holds_what_happened_since_the_last_meeting(
    acme: Customer, beta: Customer, bob: User
) -> None:
    moved(acme, at=NOW - timedelta(days=8))
    moved(acme, at=NOW - timedelta(days=1), before="important", after="core")
    moved(acme, at=NOW - timedelta(days=2), before=None)
    moved(beta, at=NOW - timedelta(days=1))
    assert told(opened(bob)) == NOTHING | {"changes": ["Acme: Important → Core"]}


def test_the_next_meeting_goes_on_where_the_last_one_was_closed(acme: Customer, bob: User) -> None:
    first = opened(bob, at=NOW - A_WEEK)
    meetings.close(first, by=bob, at=NOW - A_WEEK + timedelta(hours=1))
    moved(acme, at=NOW - A_WEEK + timedelta(minutes=30))
    moved(acme, at=NOW - A_WEEK + timedelta(minutes=90), before="important", after="core")
    assert told(opened(bob))["changes"] == ["Acme: Important → Core"]


def test_there_is_one_meeting_a_week_and_team(bob: User, dora: User) -> None:
    first = opened(bob)
    assert opened(bob, at=NOW + timedelta(days=2)).pk == first.pk
    assert (first.week, first.attendants.get()) == (MONDAY, bob)
    book = opened(dora, team=None)
    assert opened(dora, team=None).pk == book.pk != first.pk


def test_broken_promises_since_the_last_meeting_stand_on_it_once(acme: Customer, bob: User) -> None:
    plan(acme, today=TODAY - timedelta(days=30))
    rows = list(Obligation.objects.filter(customer=acme, department="sales").order_by("pk")[:4])
    days = [TODAY - timedelta(days=8), TODAY, TODAY - timedelta(days=3), TODAY]
    for row, day in zip(rows, days, strict=True):
        Obligation.objects.filter(pk=row.pk).update(missed_on=day, due_on=day - timedelta(days=2))
    set_aside = {"state": "excused", "set_aside_by": bob, "set_aside_at": NOW, "reason": "Fair"}
    Obligation.objects.filter(pk=rows[3].pk).update(**set_aside)
    found = meetings.agenda_of(opened(bob), reader=None, at=NOW)
    broken = next(section for section in found.sections if section.key == "broken")
    assert [item.subject for item in broken.items] == [rows[1].pk, rows[2].pk]
    assert [line.why for line in lines(broken.items)] == [
        "Was due on 16 Nov 2026, 2 days late",
        "Was due on 13 Nov 2026, 5 days late",
    ]


def test_a_broken_promise_that_gave_way_to_another_tier_stands_on_it_all_the_same(
    acme: Customer, bob: User
) -> None:
    plan(acme, today=TODAY)
    gone = Obligation.objects.filter(customer=acme, key="contact")
    gone.update(missed_on=TODAY - timedelta(days=1), due_on=TODAY - timedelta(days=4))
    move(acme, "important")
    plan(acme, today=TODAY)
    found = meetings.agenda_of(opened(bob), reader=None, at=NOW)
    broken = next(section for section in found.sections if section.key == "broken")
    assert [line.why for line in lines(broken.items)] == ["Was due on 14 Nov 2026, by now: Withdrawn"]


def test_open_cases_stand_on_it_the_most_urgent_first(acme: Customer, alice: User, bob: User) -> None:
    a_case(acme, alice, "Soon")
    a_case(acme, alice, "Late", at=NOW - timedelta(days=9))
    solved = a_case(acme, alice, "Solved")
    casework.take(solved, "solve", by=bob, at=NOW, words="Sent new ones.", cause="product")
    found = meetings.agenda_of(opened(bob), reader=None, at=NOW)
    cases = lines(next(section for section in found.sections if section.key == "cases").items)
    assert [line.text.split(" ", 1)[1] for line in cases] == ["Late", "Soon"]
    assert [line.is_bad for line in cases] == [True, False]
    assert [line.who for line in cases] == ["Service", "Service"]


def test_next_week_s_dates_come_by_themselves_in_their_order(acme: Customer, dora: User, bob: User) -> None:
    monday, sunday = MONDAY + A_WEEK, MONDAY + 2 * A_WEEK - timedelta(days=1)
    Contact.objects.create(customer=acme, name="Li Lei", birthday=f"{sunday:%m-%d}")
    Contact.objects.create(customer=acme, name="Too late", birthday=f"{sunday + timedelta(days=1):%m-%d}")
    KeyDate.objects.create(customer=acme, label="Founded", on=date(1996, 11, 24))
    KeyDate.objects.create(customer=acme, label="Not before next year", on=date(2027, 11, 24))
    KeyDate.objects.create(customer=acme, label="Once, long ago", on=date(1996, 11, 24), repeats=False)
    KeyDate.objects.create(customer=acme, label="Fair", on=date(2026, 11, 25), repeats=False)
    for number, ends, renewed in (("A1", monday, None), ("A2", monday, TODAY), ("A3", TODAY, None)):
        Contract.objects.create(
            customer=acme, number=number, starts_on=date(2026, 1, 1), ends_on=ends, renewed_on=renewed
        )
    Override.objects.create(
        customer=acme, tier=tier("core"), reason="Asked.", expires_on=date(2026, 11, 27), by=dora, at=NOW
    )
    plan(acme, today=TODAY)
    Obligation.objects.filter(customer=acme).update(due_on=sunday + A_WEEK)
    visit = Obligation.objects.filter(customer=acme, promise__channel="visit", department="sales").earliest(
        "pk"
    )
    call = Obligation.objects.get(customer=acme, promise__key="contact")
    Obligation.objects.filter(pk__in=[visit.pk, call.pk]).update(due_on=date(2026, 11, 26))
    assert told(opened(bob))["dates"] == [
        "Acme: 23 Nov 2026 Contract A1 ends",
        "Acme: 24 Nov 2026 Founded",
        "Acme: 25 Nov 2026 Fair",
        f"Acme: 26 Nov 2026 {visit.promise.title}",
        "Acme: 27 Nov 2026 “Core”, set by hand, ends",
        "Acme: 29 Nov 2026 Birthday of Li Lei",
    ]


def test_who_was_born_on_the_29_february_is_remembered_on_the_28th(acme: Customer, bob: User) -> None:
    at = datetime(2027, 2, 18, 10, tzinfo=SHANGHAI)
    Contact.objects.create(customer=acme, name="Li Lei", birthday="02-29")
    with time_machine.travel(at, tick=False):
        assert told(opened(bob, at=at), at=at)["dates"] == ["Acme: 28 Feb 2027 Birthday of Li Lei"]


def test_nobody_talks_about_more_than_the_largest_and_the_rest_is_counted(
    make_customer: MakeCustomer, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "MOST", 2)
    for n in range(5):
        moved(make_customer(f"C{n}", owner=alice, amount=n), at=NOW - timedelta(hours=1))
        Contact.objects.create(customer=Customer.objects.get(code=f"C{n}"), name="Li", birthday="11-24")
    meeting = opened(bob)
    for _time in range(2):  # open, and closed
        found = meetings.agenda_of(meeting, reader=bob, at=NOW)
        assert [(s.key, len(s.items), s.left_out) for s in found.sections if s.items] == [
            ("changes", 2, 3),
            ("dates", 2, 3),
        ]
        assert told(meeting, bob)["changes"] == ["C4: Core → Important", "C3: Core → Important"]
        meetings.close(meeting, by=bob, at=NOW)
        meeting.refresh_from_db()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_as_much_for_many_as_for_one(
    client: Client,
    make_customer: MakeCustomer,
    alice: User,
    carol: User,
    bob: User,
    rows: int,
    django_assert_max_num_queries: Any,
) -> None:
    a_case(make_customer("Carol's", owner=carol), carol, "Not hers")
    meeting = opened(bob)
    for n in range(rows):
        customer = make_customer(f"Acme {n}", owner=alice)
        a_case(customer, alice, f"Gears {n}")
        moved(customer, at=NOW - timedelta(hours=1))
        Contact.objects.create(customer=customer, name="Li", birthday="11-24")
        meetings.make_task(meeting, what="Call.", due_on=TODAY, assignee=bob, by=bob, at=NOW)
    client.force_login(alice)
    with django_assert_max_num_queries(45):
        page = client.get(f"/meetings/{meeting.pk}/")
    assert [page.text.count(f"Gears {n}") > 0 for n in range(3)] == [n < rows for n in range(3)]
    assertNotContains(page, "Not hers")


# Who sees what


def test_a_narrower_view_sees_fewer_points_open_and_closed(
    acme: Customer, beta: Customer, cast: dict[str, User]
) -> None:
    for customer, by in ((acme, "alice"), (beta, "carol")):
        moved(customer, at=NOW - timedelta(hours=1))
        a_case(customer, cast[by])
    meeting = opened(cast["dora"], team=None)
    of_acme, of_beta = "Acme: Core → Important", "Beta: Core → Important"
    expected = {
        "alice": [of_acme], "bob": [of_acme], "carol": [of_beta], "dora": [of_acme, of_beta],
        "dan": [of_acme, of_beta], "logan": [],
    }  # fmt: skip
    for _time in range(2):
        assert {name: told(meeting, cast[name])["changes"] for name in expected} == expected
        assert {name: len(told(meeting, cast[name])["cases"]) for name in expected} == {
            name: len(found) for name, found in expected.items()
        }
        meetings.close(meeting, by=cast["dora"], at=NOW)
        meeting.refresh_from_db()


def test_a_team_s_meeting_is_there_for_its_people_and_those_above(cast: dict[str, User]) -> None:
    meeting = opened(cast["bob"])
    seen = {name for name, user in cast.items() if Meeting.objects.visible_to(user).exists()}
    assert seen == set(cast) - {"carol"}
    meetings.attend(meeting, [cast["carol"]])
    assert Meeting.objects.visible_to(cast["carol"]).get() == meeting


@pytest.mark.parametrize(
    "who, team, may",
    [
        ("bob", "east", True),
        ("bob", "south", False),
        ("bob", "", False),
        ("dora", "", True),
        ("dora", "south", True),
    ],
)
def test_whoever_leads_opens_and_nobody_else(
    client: Client, cast: dict[str, User], who: str, team: str, may: bool
) -> None:
    teams = {"east": cast["alice"].team_id, "south": cast["carol"].team_id, "": ""}
    client.force_login(cast[who])
    client.post("/meetings/open/", {"team": teams[team]})
    assert Meeting.objects.exists() == may


# Minutes


def wrote(client: Client, meeting: Meeting, case: Any, words: str, version: int, **more: Any) -> Any:
    data = {"words": words, "version": version}
    return client.post(f"/meetings/{meeting.pk}/case/{case.pk}/", data, headers=HTMX, **more)


def test_minutes_are_saved_as_they_are_typed(client: Client, acme: Customer, alice: User, bob: User) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    client.force_login(alice)
    answer = wrote(client, meeting, case, "Send new ones.", 0)
    assertContains(answer, 'name="version" value="1"')
    assertContains(wrote(client, meeting, case, "Send new ones.\nBy Friday.", 1), 'value="2"')
    point = meeting.points.get()
    assert (point.words, point.by, point.customer) == ("Send new ones.\nBy Friday.", alice, acme)
    page = client.get(f"/meetings/{meeting.pk}/")
    assertContains(page, "By Friday.")
    client.force_login(bob)
    assertContains(client.get(f"/meetings/{meeting.pk}/"), "By Friday.")


def test_two_who_write_at_once_lose_nothing(client: Client, acme: Customer, alice: User, bob: User) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    client.force_login(alice)
    wrote(client, meeting, case, "Alice's words.", 0)
    client.force_login(bob)
    answer = wrote(client, meeting, case, "Bob's words.", 0)
    assertContains(answer, "alice wrote meanwhile:", status_code=409)
    assertContains(answer, "Alice&#x27;s words.", status_code=409)
    assert meeting.points.get().words == "Alice's words."
    assertContains(wrote(client, meeting, case, "Both.", 1), 'value="2"')
    assert meeting.points.get().words == "Both."
    data = {"words": "Bob's words.", "version": 0}
    page = client.post(f"/meetings/{meeting.pk}/case/{case.pk}/", data)  # without JavaScript
    assertContains(page, "Bob&#x27;s words.</textarea>", status_code=409)


def test_the_notes_of_the_whole_meeting_go_the_same_way(client: Client, alice: User, bob: User) -> None:
    meeting = opened(bob)
    client.force_login(alice)
    url = f"/meetings/{meeting.pk}/notes/"
    assertContains(client.post(url, {"words": "One.", "version": 0}, headers=HTMX), 'value="1"')
    answer = client.post(url, {"words": "Two.", "version": 0}, headers=HTMX)
    assertContains(answer, "One.", status_code=409)
    assertContains(
        client.post(url, {"words": "x" * 20_001, "version": 1}, headers=HTMX), "20000", status_code=422
    )
    meeting.refresh_from_db()
    assert (meeting.notes, meeting.version, meeting.notes_by) == ("One.", 1, alice)


def test_what_is_foreign_is_not_there_to_write_on(
    client: Client, acme: Customer, beta: Customer, alice: User, carol: User, dora: User
) -> None:
    case, meeting = a_case(beta, carol), opened(dora, team=None)
    client.force_login(alice)
    assert wrote(client, meeting, case, "Hers.", 0).status_code == 404
    assert client.get(f"/meetings/{meeting.pk}/task/?kind=case&subject={case.pk}").status_code == 404
    for kind, subject in (("case", 999_999), ("no-such-kind", case.pk)):
        url = f"/meetings/{meeting.pk}/{kind}/{subject}/"
        assert client.post(url, {"words": "x", "version": 0}).status_code == 404
    assert not Point.objects.exists()


def test_what_left_the_agenda_keeps_its_minutes(acme: Customer, alice: User, bob: User) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    item = agenda.one(meeting, "case", case.pk, reader=bob, at=NOW)
    assert item
    meetings.write(meeting, item, words="Solve it today.", version=0, by=bob, at=NOW)
    casework.take(case, "solve", by=bob, at=NOW, words="Sent new ones.", cause="product")
    assert told(meeting, bob)["cases"] == [f"Acme: {case.number} Cracked gears"]
    meetings.close(meeting, by=bob, at=NOW)
    meeting.refresh_from_db()
    assert told(meeting, bob)["cases"] == [f"Acme: {case.number} Cracked gears"]


# Closing


def test_a_closed_meeting_stays_as_it_was(client: Client, acme: Customer, alice: User, bob: User) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    Contact.objects.create(customer=acme, name="Li Lei", birthday="11-24")
    before = told(meeting, bob)
    assert meetings.close(meeting, by=bob, at=NOW)
    casework.take(case, "solve", by=bob, at=NOW, words="Sent new ones.", cause="product")
    moved(acme, at=NOW)
    Customer.objects.filter(pk=acme.pk).update(name="Acme Holding")
    meeting.refresh_from_db()
    assert told(meeting, bob, at=NOW + timedelta(days=3)) == before
    client.force_login(alice)
    assert wrote(client, meeting, case, "Too late.", 0).status_code == 409
    assert client.post(f"/meetings/{meeting.pk}/attendance/", {}, headers=HTMX).status_code == 422
    assertNotContains(client.get(f"/meetings/{meeting.pk}/"), "<textarea")
    with pytest.raises(ValidationError):
        meetings.make_task(meeting, what="Call.", due_on=TODAY, assignee=bob, by=bob, at=NOW)


def test_whoever_was_there_gets_the_minutes_once_and_only_what_they_may_see(
    acme: Customer, beta: Customer, cast: dict[str, User], settings: Settings
) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    names = ("alice", "carol", "dora")
    for name in names:
        User.objects.filter(pk=cast[name].pk).update(email=f"{name}@example.com", language="en")
    meeting = opened(cast["dora"], team=None)
    meetings.attend(meeting, [cast[name] for name in names])
    for customer, by in ((acme, "alice"), (beta, "carol")):
        item = agenda.one(meeting, "case", a_case(customer, cast[by]).pk, reader=cast["dora"], at=NOW)
        assert item
        words = f"About {customer.name}."
        meetings.write(meeting, item, words=words, version=0, by=cast["dora"], at=NOW)
        meetings.make_task(
            meeting, what=f"Visit {customer.name}.", due_on=TODAY, assignee=cast["dora"], item=item,
            by=cast["dora"], at=NOW,
        )  # fmt: skip
    meetings.write_notes(meeting, words="A good week.", version=0, by=cast["dora"])
    assert [meetings.close(meeting, by=cast["dora"], at=NOW) for _time in range(2)] == [True, False]
    for _time in range(2):
        mail.send_waiting(at=NOW)
    bodies = {letter.to[0].split("@")[0]: letter.body for letter in post.outbox}
    assert len(post.outbox) == len(bodies) == len(names)
    for name, said in (("alice", (True, False)), ("carol", (False, True)), ("dora", (True, True))):
        body = bodies[name]
        assert "A good week." in body
        assert ("About Acme." in body, "About Beta." in body) == said
        assert ("Visit Acme." in body, "Visit Beta." in body) == said
    assert Delivery.objects.count() == len(names)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_close_at_once_close_it_once(acme: Customer, alice: User, bob: User, dora: User) -> None:
    a_case(acme, alice)
    meeting = opened(bob)

    def close(by: User) -> bool:
        return meetings.close(meeting, by=by, at=NOW)

    assert race(lambda: close(bob), lambda: close(dora)) is False
    assert Point.objects.count() == 1
    meeting.refresh_from_db()
    assert meeting.closed_by == bob


# Tasks


def test_a_decision_becomes_a_task_of_the_customer(
    client: Client, acme: Customer, alice: User, bob: User
) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    client.force_login(bob)
    url = f"/meetings/{meeting.pk}/task/?kind=case&subject={case.pk}"
    assertContains(client.get(url), "Cracked gears")
    answer = client.post(url, {"what": "", "due_on": "2026-11-20", "assignee": alice.pk})
    assertContains(answer, "2026-11-20", status_code=422)
    client.post(url, {"what": "Visit them.", "due_on": "2026-11-20", "assignee": alice.pk})
    task = MeetingTask.objects.get()
    assert (task.customer, task.assignee, task.aim and task.aim.what) == (acme, alice, "Visit them.")
    assert task.point
    assert task.point.kind == "case"
    assert Notice.objects.get(recipient=alice, kind="meeting_task").facts == {"task": task.pk}
    assertContains(client.get(f"/meetings/{meeting.pk}/"), "Visit them.", count=2)
    client.force_login(alice)
    client.post(f"/tasks/{task.aim.pk}/done/")  # type: ignore[union-attr]
    assert not MeetingTask.objects.open().exists()
    assert MeetingTask.objects.done().get() == task


def test_a_task_of_the_whole_meeting_needs_no_customer(
    client: Client, bob: User, alice: User, dan: User
) -> None:
    meeting = opened(bob)
    client.force_login(alice)
    form = {"what": "Print the price list.", "due_on": "2026-11-20", "assignee": dan.pk}
    client.post(f"/meetings/{meeting.pk}/task/", form)
    task = MeetingTask.objects.get()
    assert (task.aim, task.customer) == (None, None)
    client.force_login(dan)
    assertContains(client.get("/meetings/tasks/"), "Print the price list.")
    for _time in range(2):
        client.post(f"/meetings/tasks/{task.pk}/done/", {"next": "tasks"})
    task.refresh_from_db()
    assert (task.done_by, task.done_at) == (dan, NOW)
    assertNotContains(client.get("/meetings/tasks/"), "Print the price list.")
    assertContains(client.get("/meetings/tasks/?state=done"), "Print the price list.")


def test_a_task_is_done_by_whose_it_is_or_who_leads(client: Client, cast: dict[str, User]) -> None:
    meeting = opened(cast["bob"])
    task = meetings.make_task(
        meeting, what="Call.", due_on=TODAY, assignee=cast["dan"], by=cast["bob"], at=NOW
    )
    client.force_login(cast["alice"])
    assert client.post(f"/meetings/tasks/{task.pk}/done/").status_code == 403
    client.force_login(cast["carol"])
    assert client.post(f"/meetings/tasks/{task.pk}/done/").status_code == 404
    client.force_login(cast["dora"])
    assert client.post(f"/meetings/tasks/{task.pk}/done/").status_code == 302
    assert MeetingTask.objects.done().get() == task


def test_somebody_of_another_department_comes_to_the_customer_by_the_task(
    acme: Customer, alice: User, bob: User, logan: User
) -> None:
    meeting, case = opened(bob), a_case(acme, alice)
    assert not Customer.objects.visible_to(logan).exists()
    item = agenda.one(meeting, "case", case.pk, reader=bob, at=NOW)
    task = meetings.make_task(
        meeting, what="Trace the parcel.", due_on=TODAY, assignee=logan, item=item, by=bob, at=NOW
    )
    assert Customer.objects.visible_to(logan).get() == acme
    assert meetings.finish_task(task, by=logan, at=NOW)
    assert not Customer.objects.visible_to(logan).exists()


def given_at_once(customer: Customer, *, to: User, by: User) -> None:
    customers.assign([customer.pk], by=by, owner=to)


def edited(customer: Customer, *, to: User, by: User) -> None:
    row = Customer.objects.get(pk=customer.pk)
    row.owner, row.team = to, to.team
    customers.save_customer(row, version=row.version, by=by)


def loaded(customer: Customer, *, to: User, by: User) -> None:
    with transaction.atomic():
        customers.recording()
        changes = {customer.pk: {"owner_id": to.pk, "team_id": to.team_id}}
        customers.change_profiles(changes, by=by, at=NOW)


def merged(customer: Customer, *, to: User, by: User) -> None:
    twin = Customer.objects.create(code="Twin", name="Twin", owner=to, team=to.team)
    Standing.objects.create(customer=twin)
    rows = [Customer.objects.get(pk=row.pk) for row in (customer, twin)]
    customers.merge(rows[0], rows[1], fields={"owner": "taken"}, by=by, at=NOW)


@pytest.mark.parametrize("give", [given_at_once, edited, loaded, merged])
def test_tasks_of_the_account_manager_follow_the_customer_and_are_seen_with_it(
    acme: Customer, beta: Customer, alice: User, carol: User, dora: User, tess: User, give: Any
) -> None:
    """Their own open ones: not what a colleague has to do, not what is done, not of other customers."""
    customers.assign([beta.pk], by=dora, owner=alice)
    changes = {customer: moved(customer, at=NOW - timedelta(hours=1)) for customer in (acme, beta)}
    meeting = opened(dora, team=None)

    def a_task(what: str, customer: Customer, assignee: User) -> MeetingTask:
        item = agenda.one(meeting, "change", changes[customer].pk, reader=dora, at=NOW)
        return meetings.make_task(
            meeting, what=what, due_on=TODAY, assignee=assignee, item=item, by=dora, at=NOW
        )

    done = a_task("Was done.", acme, alice)
    meetings.finish_task(done, by=alice, at=NOW)
    for what, customer, assignee in (
        ("Visit.", acme, alice), ("Measure.", acme, tess), ("Call.", beta, alice),
    ):  # fmt: skip
        a_task(what, customer, assignee)

    give(acme, to=carol, by=dora)

    whose = {"Was done.": "alice", "Visit.": "carol", "Measure.": "tess", "Call.": "alice"}
    assert dict(MeetingTask.objects.values_list("what", "assignee__username")) == whose
    assert dict(Aim.objects.values_list("what", "assignee__username")) == whose
    seen = {
        user.username: set(MeetingTask.objects.visible_to(user).values_list("what", flat=True))
        for user in (alice, carol)
    }
    assert seen == {"alice": {"Call."}, "carol": {"Was done.", "Visit.", "Measure."}}


def test_a_task_about_a_customer_is_not_given_to_who_does_not_see_it(
    client: Client, acme: Customer, alice: User, bob: User, carol: User
) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    client.force_login(bob)
    form = {"what": "Visit them.", "due_on": "2026-11-20", "assignee": carol.pk}
    url = f"/meetings/{meeting.pk}/task/?kind=case&subject={case.pk}"
    assert client.post(url, form).status_code == 422
    assert not MeetingTask.objects.exists()


def test_the_next_meeting_says_what_became_of_the_tasks(acme: Customer, bob: User, alice: User) -> None:
    first = opened(bob, at=NOW - A_WEEK)
    made = [
        meetings.make_task(
            first, what=what, due_on=TODAY - timedelta(days=1), assignee=alice, by=bob, at=NOW - A_WEEK
        )
        for what in ("Done before.", "Done since.", "Still open.")
    ]
    meetings.finish_task(made[0], by=alice, at=NOW - A_WEEK)
    meetings.close(first, by=bob, at=NOW - A_WEEK + timedelta(hours=1))
    meetings.finish_task(made[1], by=alice, at=NOW - timedelta(days=3))
    found = meetings.agenda_of(opened(bob), reader=bob, at=NOW)
    assert [(line.text, line.why, line.who) for line in lines(found.sections[0].items)] == [
        ("Done since.", "Done on 15 Nov 2026", "alice"),
        ("Still open.", "Open, due on 17 Nov 2026", "alice"),
    ]


def test_what_is_due_stands_in_the_daily_summary(bob: User, alice: User) -> None:
    meeting = opened(bob)
    for what, day in (("Today.", TODAY), ("Far off.", TODAY + A_WEEK)):
        meetings.make_task(meeting, what=what, due_on=day, assignee=alice, by=bob, at=NOW)
    found = [
        section for write in digest.more if (section := write(alice, NOW, NOW)) and "meeting" in section.title
    ]
    assert [section.lines for section in found] == [["Today. (alice, until 18 Nov 2026)"]]


# Other doors


def test_the_api_reads_what_the_page_shows(
    client: Client, acme: Customer, beta: Customer, cast: dict[str, User]
) -> None:
    a_case(acme, cast["alice"]), a_case(beta, cast["carol"])
    meeting = opened(cast["dora"], team=None)
    meetings.make_task(meeting, what="Call.", due_on=TODAY, assignee=cast["alice"], by=cast["dora"], at=NOW)
    client.force_login(cast["alice"])
    [row] = client.get("/api/v1/meetings/").json()["results"]
    assert (row["week"], row["team"], row["attendants"]) == ("2026-11-16", None, [cast["dora"].pk])
    agenda_told = client.get(f"/api/v1/meetings/{meeting.pk}/").json()["agenda"]
    assert [(row["section"], row["customer_name"]) for row in agenda_told] == [("cases", "Acme")]
    [task] = client.get("/api/v1/meeting-tasks/?state=open").json()["results"]
    assert (task["what"], task["done_at"]) == ("Call.", None)


def test_the_paper_has_all_of_it_as_text(client: Client, acme: Customer, alice: User, bob: User) -> None:
    case, meeting = a_case(acme, alice), opened(bob)
    client.force_login(alice)
    wrote(client, meeting, case, "Send new ones.", 0)
    page = client.get(f"/meetings/{meeting.pk}/paper/")
    assertContains(page, "Send new ones.")
    assertNotContains(page, "<textarea")


def test_a_merged_customer_keeps_its_points_and_its_tasks_move(
    acme: Customer, make_customer: MakeCustomer, alice: User, bob: User
) -> None:
    from customers.services.merging import merge

    keeper = make_customer("Acme 2", owner=alice)
    case, meeting = a_case(acme, alice), opened(bob)
    item = agenda.one(meeting, "case", case.pk, reader=bob, at=NOW)
    task = meetings.make_task(meeting, what="Call.", due_on=TODAY, assignee=alice, item=item, by=bob, at=NOW)
    meetings.close(meeting, by=bob, at=NOW)
    merge(keeper, acme, fields={}, by=bob, at=NOW)
    task.refresh_from_db()
    assert (task.customer, task.aim and task.aim.customer) == (keeper, keeper)
    assert {point.customer for point in meeting.points.all()} == {acme}
    meeting.refresh_from_db()
    assert told(meeting, alice)["cases"] == [f"Acme: {case.number} Cracked gears"]


def test_both_lists_go_out_as_they_are_shown(
    client: Client, acme: Customer, beta: Customer, cast: dict[str, User]
) -> None:
    meeting = opened(cast["dora"], team=None)
    for customer, by in ((acme, "alice"), (beta, "carol")):
        item = agenda.one(meeting, "case", a_case(customer, cast[by]).pk, reader=cast["dora"], at=NOW)
        meetings.make_task(
            meeting, what=f"Visit {customer.name}.", due_on=TODAY, assignee=cast[by], item=item,
            by=cast["dora"], at=NOW,
        )  # fmt: skip
    client.force_login(cast["alice"])
    for key, columns, expected in (
        ("meetings", ["week", "team"], "2026-11-16,Whole book"),
        (
            "meeting-tasks",
            ["what", "name", "assignee", "due_on", "done_at"],
            "Visit Acme.,Acme,alice,2026-11-18,",
        ),
    ):
        answer: Any = client.post(
            f"/account/exports/new/{key}/", {"do": "export", "format": "csv", "columns": columns}
        )
        told = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert told[1:] == [expected]


def test_a_monday_is_a_monday() -> None:
    assert {monday_of(MONDAY + timedelta(days=n)) for n in range(7)} == {MONDAY}
