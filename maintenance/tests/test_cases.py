"""Cases run against the clock of the customer's tier."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client, override_settings
from pytest_django.asserts import assertContains

from accounts import notices
from accounts.models import Endpoint, Notice, Parcel, Team, User
from accounts.webhooks import delivering
from customers import services as customer_services
from customers.models import Correction, Customer, ServiceRequest, Tier
from maintenance import casework
from maintenance.casework import ChangedError
from maintenance.models import CalendarOverride, Case, CaseEvent, Clock, Playbook, Route
from maintenance.sla import OfficeHours
from maintenance.tests.conftest import MakeCustomer, move
from tiering.models import TierChange
from toolbox.tests.racing import race

SHANGHAI = ZoneInfo("Asia/Shanghai")


def on(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


OPENED = on("2026-11-18 10:00")  # a Wednesday


def opened(customer: Customer, by: User, at: datetime = OPENED, **more: str) -> Case:
    said = {"kind": "complaint", "subject": "Cracked gears"} | more
    return casework.open_case(customer, by=by, at=at, **said)  # type: ignore[arg-type]


def due(case: Case) -> dict[str, datetime]:
    return dict(Clock.objects.filter(case=case).values_list("kind", "due_at"))


def clock(case: Case, kind: str) -> Clock:
    return Clock.objects.get(case=case, kind=kind)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def solve(case: Case, by: User, at: datetime) -> Case:
    return casework.take(case, "solve", by=by, at=at, words="Sent new ones.", cause="product")


def told() -> list[tuple[str, str, str]]:
    rows = Notice.objects.filter(kind__startswith="case_").exclude(kind__in=["case_assigned", "case_pool"])
    return sorted(rows.values_list("recipient__username", "kind", "facts__clock"))


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    return make_customer("Acme", owner=alice)


# Clocks


@pytest.mark.parametrize(
    "tier, expected",
    [
        ("core", {"response": on("2026-11-18 11:00"), "solution": on("2026-11-18 18:00")}),
        ("important", {"response": on("2026-11-18 12:00"), "solution": on("2026-11-20 16:00")}),
        ("regular", {"response": on("2026-11-25 13:00")}),  # 48 office hours: 8 + 4 × 9 + 4
        ("potential", {}),
        (None, {}),
    ],
)
def test_the_clocks_are_those_of_the_tier(
    make_customer: MakeCustomer, alice: User, tier: str | None, expected: dict[str, datetime]
) -> None:
    case = opened(make_customer("Acme", tier=tier, owner=alice), alice)
    assert due(case) == expected
    assert fresh(case).due_at == min(expected.values(), default=None)


def test_a_case_opened_friday_ten_to_six_before_a_holiday_breaches_at_the_right_minute(
    acme: Customer, alice: User, dora: User
) -> None:
    """The Dragon Boat Festival of 2025: off until Monday 2 June."""
    case = opened(acme, alice, on("2025-05-30 17:50"), category="price", kind="enquiry")
    for quiet in ("2025-05-30 18:00", "2025-06-01 12:00", "2025-06-03 09:00", "2025-06-03 09:50"):
        casework.escalate(at=on(quiet))
    assert clock(case, "response").breached_at is None
    casework.escalate(at=on("2025-06-03 09:50:01"))
    assert clock(case, "response").breached_at == on("2025-06-03 09:50")
    event = CaseEvent.objects.get(case=case, kind="breach")
    assert (event.at, event.facts, event.by) == (on("2025-06-03 09:50"), {"clock": "response"}, None)


def test_office_hours_and_overrides_are_the_offices_own(acme: Customer, alice: User) -> None:
    CalendarOverride.objects.create(day="2026-11-19", is_working=False)
    with override_settings(OFFICE_HOURS=OfficeHours.parse("09:00-12:00,13:00-17:00")):
        case = opened(acme, alice)
    assert due(case) == {"response": on("2026-11-18 11:00"), "solution": on("2026-11-20 11:00")}


@pytest.mark.parametrize("is_waiting", [False, True])
def test_a_day_taken_off_later_moves_the_clocks_that_run(
    make_customer: MakeCustomer, alice: User, is_waiting: bool
) -> None:
    """24 hours from Wednesday at ten: Friday at four, and Monday at four where Thursday is off. Given back, as before."""
    acme = make_customer("Acme", tier="important", owner=alice)
    case, noon = opened(acme, alice), on("2026-11-18 12:00")
    over = opened(acme, alice, on("2026-11-13 09:00"))
    casework.escalate(at=noon)
    if is_waiting:
        casework.take(case, "wait", by=alice, at=noon, words="Which batch?")
    was = {(clock.case_id, clock.kind): clock.due_at for clock in Clock.objects.all()}

    with time_machine.travel(on("2026-11-18 13:00"), tick=False):
        off = CalendarOverride.objects.create(day=date(2026, 11, 19))
        assert due(case) == {"response": on("2026-11-18 12:00"), "solution": on("2026-11-23 16:00")}
        assert fresh(case).due_at == (None if is_waiting else on("2026-11-18 12:00"))
        assert due(over)["solution"] == was[over.pk, "solution"]
        off.delete()
    assert {(clock.case_id, clock.kind): clock.due_at for clock in Clock.objects.all()} == was

    with time_machine.travel(on("2026-11-18 13:00"), tick=False):
        CalendarOverride.objects.create(day=date(2026, 11, 19))
        if is_waiting:
            casework.take(case, "start", by=alice, at=on("2026-11-20 09:00"), words="")
            assert due(case)["solution"] == on("2026-11-24 13:00")  # 22 hours were left
        else:
            casework.escalate(at=on("2026-11-20 08:00"))
            assert clock(case, "solution").told == 0
            casework.escalate(at=on("2026-11-20 13:00:01"))
            assert clock(case, "solution").told == 1


def test_waiting_for_the_customer_pauses_the_solution(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    casework.take(case, "wait", by=alice, at=on("2026-11-18 10:30"), words="Which batch?")
    assert (clock(case, "response").met_at, fresh(case).due_at) == (on("2026-11-18 10:30"), None)
    assert casework.escalate(at=on("2026-11-20 12:00")) == 0
    casework.take(case, "start", by=alice, at=on("2026-11-20 17:00"))
    assert due(case)["solution"] == fresh(case).due_at == on("2026-11-23 15:30")  # 7.5 h left
    solve(case, alice, on("2026-11-23 15:30"))
    assert clock(case, "solution").breached_at is None


def test_a_late_response_is_a_breach_even_if_nobody_looked(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    casework.take(case, "respond", by=alice, at=on("2026-11-18 11:00:01"), words="Yes.")
    kept = clock(case, "response")
    assert (kept.breached_at, kept.met_at) == (on("2026-11-18 11:00"), on("2026-11-18 11:00:01"))
    casework.escalate(at=on("2026-11-18 12:00"))
    assert CaseEvent.objects.filter(case=case, kind="breach").count() == 1


def test_what_the_customer_said_is_asked_anew_when_it_is_reopened(
    client: Client, acme: Customer, alice: User
) -> None:
    case = opened(acme, alice)
    solve(case, alice, on("2026-11-18 12:00"))
    casework.rate(case, satisfaction=4, words="Quick.")
    casework.take(case, "reopen", by=alice, at=on("2026-11-18 13:00"), words="Cracked again.")
    solve(case, alice, on("2026-11-18 14:00"))
    casework.take(case, "close", by=alice, at=on("2026-11-18 15:00"))

    case = fresh(case)
    assert (case.satisfaction, case.satisfaction_words) == (None, "")
    client.force_login(alice)
    said = "satisfaction until then: 4 of 5 · in their words: Quick."
    assertContains(client.get(f"/cases/{case.pk}/"), f"Reopened: {said}")
    assertContains(client.get(f"/customers/{acme.pk}/timeline/"), said)

    casework.take(case, "reopen", by=alice, at=on("2026-11-18 16:00"), words="And again.")
    assert case.events.latest("pk").facts == {}


def test_reopened_goes_on_with_what_was_left(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    solve(case, alice, on("2026-11-18 12:00"))
    asked = fresh(case).request
    assert (asked.resolved_at, asked.resolution) == (on("2026-11-18 12:00"), "Sent new ones.")
    casework.take(case, "close", by=alice, at=on("2026-11-18 12:05"))
    casework.take(case, "reopen", by=alice, at=on("2026-11-20 09:00"), words="Cracked again.")
    case = fresh(case)
    assert (case.state, case.closed_at, case.request.resolved_at) == ("reopened", None, None)
    assert case.due_at == on("2026-11-20 15:00")  # 6 h left
    solve(case, alice, on("2026-11-20 15:00:01"))
    assert clock(case, "solution").breached_at == on("2026-11-20 15:00")


# Tier changes


def test_a_higher_tier_shortens_from_its_moment_and_a_lower_one_changes_nothing(
    make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", tier="important", owner=alice)
    case = opened(acme, alice)
    move(acme, "core")
    at = on("2026-11-18 11:30")
    assert [casework.faster_for([acme.pk], at=at), casework.faster_for(None, at=at)] == [1, 0]
    assert due(case) == {"response": on("2026-11-18 12:00"), "solution": on("2026-11-19 10:30")}
    assert (fresh(case).tier.key, fresh(case).due_at) == ("core", on("2026-11-18 12:00"))  # type: ignore[union-attr]
    move(acme, "regular")
    assert casework.faster_for([acme.pk], at=on("2026-11-18 11:40")) == 0
    assert due(case)["solution"] == on("2026-11-19 10:30")
    assert CaseEvent.objects.filter(case=case, kind="faster").count() == 1


def test_who_rises_is_given_the_clock_that_the_old_tier_had_not(
    make_customer: MakeCustomer, alice: User
) -> None:
    acme = make_customer("Acme", tier="regular", owner=alice)
    case = opened(acme, alice)
    casework.take(case, "respond", by=alice, at=on("2026-11-18 10:10"), words="Yes.")
    move(acme, "core")
    casework.faster_for([acme.pk], at=on("2026-11-19 09:00"))
    assert due(case) == {"response": on("2026-11-25 13:00"), "solution": on("2026-11-19 17:00")}


def test_while_it_waits_a_rise_counts_from_the_waiting(make_customer: MakeCustomer, alice: User) -> None:
    acme = make_customer("Acme", tier="important", owner=alice)
    case = opened(acme, alice)
    casework.take(case, "wait", by=alice, at=on("2026-11-18 11:00"), words="Which batch?")
    move(acme, "core")
    casework.faster_for([acme.pk], at=on("2026-11-19 17:00"))
    assert fresh(case).due_at is None
    casework.take(case, "start", by=alice, at=on("2026-11-20 09:00"))
    assert due(case)["solution"] == on("2026-11-20 17:00")  # the 8 h of core


def test_the_playbook_is_read_when_a_case_is_opened(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    for minutes in (300, 30):
        Playbook.objects.filter(tier__key="core").update(respond_within_minutes=minutes)
        assert casework.faster_for(None, at=OPENED) == 0
    assert due(case)["response"] == on("2026-11-18 11:00")
    assert due(opened(acme, alice))["response"] == on("2026-11-18 10:30")


def test_in_the_days_of_grace_the_tier_before_is_served(acme: Customer, alice: User) -> None:
    core, regular = (Tier.objects.get(scale="b2b", key=key) for key in ("core", "regular"))
    TierChange.objects.create(
        customer=acme,
        from_tier=core,
        to_tier=regular,
        effective_on=OPENED.date(),
        changed_at=OPENED,
        reason={"kind": "override_ended"},
        grace_until=OPENED.date(),
    )
    move(acme, "regular")
    assert due(opened(acme, alice))["response"] == on("2026-11-18 11:00")
    assert due(opened(acme, alice, on("2026-11-19 10:00"))) == {"response": on("2026-11-26 13:00")}


# Warnings


def test_assignee_lead_and_director_are_warned_once_each_before_it_runs_out(
    acme: Customer, alice: User, bob: User, carol: User, dora: User
) -> None:
    opened(acme, alice, kind="enquiry")
    said = []
    for at in ("10:30", "10:31", "10:46", "10:55", "10:55", "11:01", "11:02"):
        casework.escalate(at=on(f"2026-11-18 {at}"))
        said.append([(who, kind.removeprefix("case_")) for who, kind, clock in told() if clock == "response"])
    first, lead, director = ("alice", "warning"), ("bob", "warning"), ("dora", "warning")
    over = [(who, "ran_out") for who in ("alice", "bob", "dora")]
    assert said == [
        [],
        [first],
        [first, lead],
        [first, lead, director],
        [first, lead, director],
        sorted([first, lead, director, *over]),
        sorted([first, lead, director, *over]),
    ]


def test_a_lead_who_has_the_case_is_not_warned_of_it_twice(
    make_customer: MakeCustomer, bob: User, dora: User
) -> None:
    opened(make_customer("Beta", owner=bob), bob, kind="enquiry")
    for at in ("10:31", "10:46", "10:55"):
        casework.escalate(at=on(f"2026-11-18 {at}"))
    assert [one for one in told() if one[2] == "response"] == [
        ("bob", "case_warning", "response"),
        ("dora", "case_warning", "response"),
    ]


def test_no_two_messages_about_cases_of_a_customer_have_one_subject(
    acme: Customer, alice: User, dora: User
) -> None:
    for subject in ("Gears", "Shafts"):
        opened(acme, alice, kind="enquiry", subject=subject)
    for at in ("2026-11-18 10:31", "2026-11-18 15:00", "2026-11-20 12:00"):
        casework.escalate(at=on(at))
    rows = list(Notice.objects.filter(recipient=alice, kind__in=["case_warning", "case_ran_out"]))
    titles = [said.title for _notice, said in notices.words(rows, alice) if said]
    assert len(rows) == len(set(titles)) == 8


def test_after_a_stop_of_the_schedule_what_is_over_is_told_as_over_alone(
    acme: Customer, alice: User, bob: User, dora: User
) -> None:
    opened(acme, alice, kind="enquiry")
    casework.escalate(at=on("2026-11-20 12:00"))
    assert told() == [
        (who, "case_ran_out", kind) for who in ("alice", "bob", "dora") for kind in ("response", "solution")
    ]


def test_a_departments_pool_is_warned_and_who_left_is_not(
    acme: Customer, alice: User, dan: User, tess: User
) -> None:
    case = opened(acme, alice)  # complaints go to service
    assert (case.department, case.assignee) == ("service", None)
    User.objects.create_user("gone", role="service", is_active=False)
    casework.escalate(at=on("2026-11-18 10:31"))
    assert told() == [("dan", "case_warning", "response")]


@pytest.fixture
def chat(dora: User) -> Endpoint:
    kinds = ["case_warning", "case_ran_out"]
    return Endpoint.objects.create(
        name="Chat", format="wecom", url="https://chat.invalid/", kinds=kinds, language="en", made_by=dora,
        made_at=OPENED,
    )  # fmt: skip


def said_outside() -> list[str]:
    found = [delivering.written(parcel) for parcel in Parcel.objects.order_by("pk")]
    return [message.title if message else "" for message in found]


def test_a_chat_hears_of_each_clock_once_with_the_lead_and_once_when_it_has_run_out(
    acme: Customer, alice: User, chat: Endpoint
) -> None:
    case = opened(acme, alice, kind="enquiry")
    heard = []
    for at in ("10:31", "10:46", "10:55", "11:01", "11:02"):
        casework.escalate(at=on(f"2026-11-18 {at}"))
        heard.append(said_outside())
    soon, over = f"Acme: answer {case.number} soon", f"Acme: {case.number} is not answered in time"
    assert heard == [[], [soon], [soon], ["", over], ["", over]]  # what is over needs no warning any more


def test_a_chat_is_not_warned_of_what_was_done_meanwhile(acme: Customer, alice: User, chat: Endpoint) -> None:
    case = opened(acme, alice, kind="enquiry")
    casework.escalate(at=on("2026-11-18 10:46"))
    casework.take(case, "respond", by=alice, at=on("2026-11-18 10:47"), words="We look into it.")
    assert said_outside() == [""]


# Steps


def test_who_has_a_case_is_told_that_it_is_open_again_and_whoever_opened_it_is_not(
    acme: Customer, alice: User, bob: User, dan: User
) -> None:
    case = opened(acme, alice)  # service's, and nobody's in it
    for by, hour in ((alice, 12), (dan, 14)):
        solve(case, alice, OPENED.replace(hour=hour))
        casework.take(case, "reopen", by=by, at=OPENED.replace(hour=hour + 1), words="It cracks again.")
    [notice] = Notice.objects.filter(kind="case_reopened")
    [(_notice, said)] = notices.words([notice], dan)
    assert notice.recipient == dan
    assert said
    assert (said.title, said.text) == (f"Acme: {case.number} is open again", "It cracks again.")


def test_every_step_is_on_record(acme: Customer, alice: User, dan: User) -> None:
    case = opened(acme, alice)
    casework.take(case, "respond", by=dan, at=on("2026-11-18 10:20"), words="We look into it.")
    casework.take(case, "start", by=dan, at=on("2026-11-18 10:30"))
    solve(case, dan, on("2026-11-18 12:00"))
    casework.take(case, "close", by=alice, at=on("2026-11-18 13:00"))
    rows = CaseEvent.objects.filter(case=case).order_by("at", "pk")
    assert list(rows.values_list("kind", "before", "after", "by__username", "words")) == [
        ("open", "", "new", "alice", ""),
        ("respond", "new", "responded", "dan", "We look into it."),
        ("start", "responded", "in_work", "dan", ""),
        ("solve", "in_work", "solved", "dan", "Sent new ones."),
        ("close", "solved", "closed", "alice", ""),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(words="Other")


def test_who_comes_second_is_told_and_changes_nothing(acme: Customer, alice: User, bob: User) -> None:
    case = opened(acme, alice)
    casework.take(case, "respond", by=alice, at=on("2026-11-18 10:20"), words="Yes.")
    with pytest.raises(ChangedError, match="Responded"):
        casework.take(case, "respond", by=bob, at=on("2026-11-18 10:21"), words="Yes!")
    assert CaseEvent.objects.filter(case=case, kind="respond").count() == 1
    assert clock(case, "response").met_at == on("2026-11-18 10:20")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_time_one_responds(acme: Customer, alice: User, bob: User) -> None:
    case = opened(acme, alice)

    def respond(by: User) -> str:
        try:
            casework.take(case, "respond", by=by, at=on("2026-11-18 10:20"), words="Yes.")
        except ChangedError:
            return "too late"
        return "responded"

    assert race(lambda: respond(alice), lambda: respond(bob)) == "too late"
    assert CaseEvent.objects.get(case=case, kind="respond").by == alice


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_schedules_at_the_same_time_tell_once(acme: Customer, alice: User) -> None:
    opened(acme, alice, kind="enquiry")
    at = on("2026-11-18 11:00:01")
    assert race(lambda: casework.escalate(at=at), lambda: casework.escalate(at=at)) == 0
    assert CaseEvent.objects.filter(kind="breach").count() == 1
    assert told() == [("alice", "case_ran_out", "response")]


def test_nothing_is_solved_without_words_and_cause(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    with pytest.raises(ValidationError):
        casework.take(case, "solve", by=alice, at=OPENED, words="Done")
    assert (fresh(case).state, clock(case, "solution").met_at) == ("new", None)


def test_satisfaction_is_asked_once_it_is_solved(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    with pytest.raises(ChangedError):
        casework.rate(case, satisfaction=5, words="")
    solve(case, alice, on("2026-11-18 12:00"))
    casework.rate(case, satisfaction=2, words="Slow.")
    assert (fresh(case).satisfaction, fresh(case).satisfaction_words) == (2, "Slow.")


# Facts


def test_a_case_is_one_request_and_handing_it_over_corrects_the_fact(
    acme: Customer, alice: User, tess: User
) -> None:
    case = opened(acme, alice)
    assert ServiceRequest.objects.get() == case.request
    casework.hand_over(
        case, department="technical", assignee=tess, by=alice, at=OPENED, words="A question of use."
    )
    case = fresh(case)
    assert (ServiceRequest.objects.count(), case.department, case.assignee) == (1, "technical", tess)
    correction = Correction.objects.get()
    assert (correction.kind, correction.changes) == (
        "servicerequest",
        {"department": ["service", "technical"]},
    )
    assert Notice.objects.get(recipient=tess).kind == "case_assigned"


def test_whoever_can_take_a_new_case_is_told_at_once_and_once(
    acme: Customer, alice: User, dan: User, tess: User, dora: User
) -> None:
    """Where the tier promises no time, too; who opened it knows it."""
    move(acme, "potential")
    other = User.objects.create_user("dina", role=dan.role)
    case = opened(acme, dan)  # service's, and nobody's in it
    for department in ("technical", "service"):
        casework.hand_over(case, department=department, assignee=None, by=dora, at=OPENED)

    rows = Notice.objects.filter(kind="case_pool").order_by("pk")
    assert [row.recipient for row in rows] == [other, tess, dan]
    [(_notice, said)] = notices.words([rows[0]], other)
    assert said
    assert (said.title, said.text, said.url) == (
        "Acme: a case for whoever takes it", f"{case.number} Cracked gears", f"/cases/{case.pk}/",
    )  # fmt: skip


def test_a_case_follows_its_customer_in_a_merge(
    acme: Customer, make_customer: MakeCustomer, alice: User, dora: User
) -> None:
    case = opened(acme, alice)
    keeper = make_customer("Keeper", owner=alice)
    customer_services.merge(keeper, acme, fields={}, by=dora, at=OPENED + timedelta(hours=1))
    assert fresh(case).customer == keeper
    assert list(Case.objects.of(keeper)) == [case]
    solve(case, alice, on("2026-11-18 12:00"))


def test_nothing_is_opened_for_an_archived_customer(acme: Customer, alice: User) -> None:
    customer_services.archive([acme.pk], by=alice, at=OPENED)
    with pytest.raises(ValidationError, match="archived"):
        opened(Customer.objects.get(pk=acme.pk), alice)


# Who answers


def test_the_first_rule_that_fits_says_who_answers(
    acme: Customer, alice: User, carol: User, tess: User, dan: User, sales: Team
) -> None:
    Route.objects.all().delete()
    rules: list[dict[str, Any]] = [
        {"kind": "complaint", "category": "use", "department": "technical", "assignee": tess},
        {"team": sales, "category": "use", "department": "service"},  # with the teams below it
        {"kind": "custom_order", "department": "sales", "assignee": carol},  # who does not see the customer
        {"team": carol.team, "department": "logistics"},
    ]
    for position, rule in enumerate(rules):
        Route.objects.create(position=position, **rule)
    found = [
        opened(acme, alice, kind=kind, category=category)
        for kind, category in (
            ("complaint", "use"),
            ("enquiry", "use"),
            ("custom_order", "other"),
            ("enquiry", "other"),
        )
    ]
    assert [(case.department, case.assignee) for case in found] == [
        ("technical", tess),
        ("service", None),
        ("sales", alice),
        ("sales", alice),
    ]


def test_a_case_is_given_to_nobody_who_would_not_see_the_customer(
    acme: Customer, alice: User, carol: User, tess: User, bob: User, dora: User
) -> None:
    assert set(casework.people_for(acme, "sales")) == {alice, bob, dora}
    case = opened(acme, alice)
    for stranger, department in ((carol, "sales"), (tess, "service")):
        with pytest.raises(ValidationError):
            casework.hand_over(case, department=department, assignee=stranger, by=alice, at=OPENED)
    assert fresh(case).department == "service"


# Who sees it


def test_who_sees_the_customer_sees_its_cases_and_a_department_its_own(
    acme: Customer, make_customer: MakeCustomer, cast: dict[str, User]
) -> None:
    beta = make_customer("Beta", owner=cast["carol"])
    hers = opened(acme, cast["alice"])  # service
    carols = opened(beta, cast["carol"], category="use", kind="enquiry")  # technical
    seen = {name: set(Case.objects.visible_to(user)) for name, user in cast.items()}
    both = {hers, carols}
    assert seen == {
        "alice": {hers},
        "bob": {hers},
        "carol": {carols},
        "dan": {hers},
        "tess": {carols},
        "logan": set(),
        "dora": both,
        "audrey": both,
        "adam": both,
    }
    assert set(Customer.objects.visible_to(cast["dan"])) == {acme}
    solve(hers, cast["dan"], OPENED)
    assert set(Customer.objects.visible_to(cast["dan"])) == set()
    assert set(Case.objects.visible_to(cast["dan"])) == {hers}  # what one has answered stays to be seen


def test_the_database_refuses_what_cannot_be(acme: Customer, alice: User) -> None:
    case = opened(acme, alice)
    for wrong in (
        {"state": "closed", "cause": "product"},
        {"state": "waiting"},
        {"satisfaction": 6},
        {"state": "solved"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**wrong)
