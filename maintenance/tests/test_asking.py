"""Surveys that go out by themselves, who leads a department, and cases in the daily summary."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.core import mail as post
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation
from pytest_django import Settings
from pytest_django.asserts import assertContains

from accounts import mail, notices
from accounts.models import Notice, User
from customers.models import Contact, Customer
from customers.tests.making import a_contact
from maintenance import casework, digest
from maintenance.models import Case, DepartmentLead, Invitation, Obligation, OptOutOfSurveys, Survey
from maintenance.surveys import answering, asking, inviting, tokens
from maintenance.tests.conftest import MakeCustomer, plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
TODAY = NOW.date()
SOON = TODAY + timedelta(days=21)


@pytest.fixture(autouse=True)
def _mails(settings: Settings) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def quarterly(db: None) -> Survey:
    return Survey.objects.get(key="quarterly")


@pytest.fixture
def important(make_customer: MakeCustomer, alice: User, dora: User) -> Any:
    """Somebody to whom a survey is promised, due on a day."""

    def make(name: str = "Acme", *, due: date = SOON, owner: User | None = alice, **contact: Any) -> Customer:
        customer = make_customer(name, tier="important", owner=owner)
        if contact:
            a_contact(customer, **{"name": "Li"} | contact)
        plan(customer, today=TODAY)
        owed_survey(customer).update(due_on=due)
        return customer

    return make


def owed_survey(customer: Customer) -> Any:
    return Obligation.objects.open().filter(customer=customer, promise__key="survey")


def sent() -> list[tuple[str, str, str]]:
    rows = Invitation.objects.order_by("customer__name", "pk").values_list(
        "customer__name", "channel", "sent_in"
    )
    return list(rows)


def test_the_survey_that_ships_is_sent_by_itself_once_a_quarter(
    important: Any, quarterly: Survey, alice: User
) -> None:
    customer = important(email="li@example.com")
    assert [asking.ask_quarterly(at=NOW + timedelta(hours=n)) for n in range(3)] == [1, 0, 0]
    assert sent() == [("Acme", "email", "2026Q4")]
    invitation = Invitation.objects.get()
    assert (invitation.sent_by, invitation.obligation) == (alice, owed_survey(customer).get())
    inviting.withdraw(invitation, at=NOW)
    assert asking.ask_quarterly(at=NOW + timedelta(days=1)) == 0
    assert asking.ask_quarterly(at=datetime(2027, 1, 5, 10, tzinfo=SHANGHAI)) == 1
    assert [quarter for _name, _channel, quarter in sent()] == ["2026Q4", "2027Q1"]


def test_not_yet_not_on_free_days_and_not_when_it_is_switched_off(
    important: Any, quarterly: Survey, client: Client, dora: User
) -> None:
    important("Later", due=SOON + timedelta(days=1), email="li@example.com")
    important("Soon", email="li@example.com")
    assert asking.ask_quarterly(at=NOW + timedelta(days=3)) == 0  # a Saturday
    client.force_login(dora)
    for expected in (0, 1):
        client.post(f"/surveys/{quarterly.pk}/switch/", {"what": "itself"})
        assert asking.ask_quarterly(at=NOW) == expected
    assert sent() == [("Soon", "email", "2026Q4")]


def test_one_survey_at_most_is_sent_by_itself(quarterly: Survey) -> None:
    other = Survey.objects.create(title_en="New", title_zh="新")
    asking.send_by_itself(other, True)
    assert list(Survey.objects.filter(sends_itself=True)) == [other]
    with pytest.raises(IntegrityError), transaction.atomic():
        Survey.objects.filter(pk=quarterly.pk).update(sends_itself=True)


def test_another_survey_that_takes_over_asks_nobody_a_second_time_in_the_quarter(
    important: Any, quarterly: Survey
) -> None:
    important("Acme", email="li@example.com")
    assert asking.ask_quarterly(at=NOW) == 1
    other = Survey.objects.create(title_en="New", title_zh="新")
    asking.send_by_itself(other, True)
    important("Beta", email="han@example.com")
    assert asking.ask_quarterly(at=NOW + timedelta(days=1)) == 1
    assert sent() == [("Acme", "email", "2026Q4"), ("Beta", "email", "2026Q4")]
    inviting.withdraw(Invitation.objects.get(customer__name="Acme"), at=NOW)
    assert asking.ask_quarterly(at=datetime(2027, 1, 5, 10, tzinfo=SHANGHAI)) == 2


def test_whoever_was_asked_by_somebody_this_quarter_is_not_asked_again(
    important: Any, quarterly: Survey, alice: User
) -> None:
    customer = important(email="li@example.com")
    at = NOW - timedelta(days=40)
    inviting.invite([customer.pk], survey=quarterly, channel="link", by=alice, at=at)
    assert asking.ask_quarterly(at=NOW) == 0


def test_without_an_address_it_waits_on_the_account_manager_s_list(
    important: Any, client: Client, alice: User, carol: User
) -> None:
    acme = important(phone="13800001147")
    important("Hers", owner=carol)
    important("Nobody's", owner=None)
    assert asking.ask_quarterly(at=NOW) == 3
    assert {channel for _name, channel, _quarter in sent()} == {"link"}
    assert Notice.objects.get(recipient=alice, kind="surveys_to_send").facts == {
        "count": 1,
        "customers": [acme.pk],
    }
    client.force_login(alice)
    assertContains(client.get("/surveys/"), "1 invitation is to be sent by hand")
    page = client.get("/surveys/invitations/?state=to_send")
    assert ("Acme" in page.text, "Hers" in page.text) == (True, False)
    inviting.take_link(Invitation.objects.get(customer__name="Acme"), at=NOW)
    assert Invitation.objects.to_be_sent(NOW).count() == 2


def test_two_lists_of_surveys_to_send_are_not_one_message_twice(important: Any, alice: User) -> None:
    for day, names in enumerate((["Acme"], [f"Beta {n}" for n in range(11)])):
        for name in names:
            important(name)
        asking.ask_quarterly(at=NOW + timedelta(days=day))
    told = list(Notice.objects.filter(recipient=alice, kind="surveys_to_send").order_by("pk"))
    with translation.override("en"):
        read = [list(said.lines()) for _notice, said in notices.words(told, alice) if said]
    assert read == [["Acme"], [*(f"Beta {n}" for n in range(10)), "… and more"]]


def test_whoever_opts_out_is_asked_no_more_and_a_colleague_is(
    important: Any, client: Client, alice: User, quarterly: Survey
) -> None:
    customer = important(email="li@example.com", is_primary=True)
    asking.ask_quarterly(at=NOW)
    mail.send_waiting(at=NOW)
    assert "If you do not want to be asked" in post.outbox[0].body or "不希望" in post.outbox[0].body
    invitation = Invitation.objects.get()
    Invitation.objects.update(expires_at=NOW + timedelta(days=9_000))
    page = client.post(tokens.mint(invitation).removeprefix(django_settings.PUBLIC_URL), {"stop": "1"})
    assert page.status_code == 200
    assert OptOutOfSurveys.objects.get().contact.name == "Li"
    assert not Invitation.objects.filter(withdrawn_at=None).exists()
    assert not inviting.first_contacts([customer.pk], needs_address=True)
    next_quarter = datetime(2027, 1, 5, 10, tzinfo=SHANGHAI)
    assert asking.ask_quarterly(at=next_quarter) == 0  # nobody is left to be asked
    a_contact(customer, "Han", email="han@example.com")
    assert asking.ask_quarterly(at=next_quarter) == 1
    assert Invitation.objects.latest("pk").contact == Contact.objects.get(name="Han")


def test_nobody_opts_out_of_what_is_answered(important: Any, alice: User) -> None:
    important(email="li@example.com")
    asking.ask_quarterly(at=NOW)
    invitation = Invitation.objects.get()
    Invitation.objects.update(answered_at=NOW)
    answering.opt_out(invitation, at=NOW)
    assert Invitation.objects.get().withdrawn_at is None


def test_other_programs_ask_and_read(client: Client, important: Any, alice: User, quarterly: Survey) -> None:
    customer = important(email="li@example.com")
    client.force_login(alice)
    asked = {"survey": quarterly.pk, "customer": customer.pk}
    made = client.post("/api/v1/invitations/", asked, content_type="application/json")
    assert (made.status_code, made.json()["channel"], made.json()["answers"]) == (201, "link", [])
    assert client.post("/api/v1/invitations/", asked, content_type="application/json").status_code == 409
    link = client.post(f"/api/v1/invitations/{made.json()['id']}/link/").json()["link"]
    invitation = tokens.find(link.rstrip("/").split("/")[-1])
    assert invitation
    first = quarterly.questions.order_by("position").first()
    assert first
    assert answering.answer(invitation, {first.pk: 4}, at=invitation.sent_at)
    [row] = client.get("/api/v1/invitations/?state=answered").json()["results"]
    assert [(each["kind"], each["score"]) for each in row["answers"]] == [("satisfaction", 4)]


def test_a_program_is_told_where_no_e_mail_can_go_out(
    client: Client, important: Any, alice: User, quarterly: Survey, settings: Settings
) -> None:
    customer = important(email="li@example.com")
    client.force_login(alice)
    asked = {"survey": quarterly.pk, "customer": customer.pk, "channel": "email"}
    settings.SENDS_MAIL = False
    refused = client.post("/api/v1/invitations/", asked, content_type="application/json")
    assert (refused.status_code, list(refused.json())) == (400, ["channel"])
    assert not Invitation.objects.exists()
    settings.SENDS_MAIL = True
    made = client.post("/api/v1/invitations/", asked, content_type="application/json")
    assert made.status_code == 201


# Cases


def late_case(customer: Customer, by: User, department: str = "service") -> Case:
    return casework.open_case(
        customer, kind="complaint", subject="Gears", department=department, by=by, at=NOW - timedelta(days=9)
    )


def test_the_lead_of_the_department_is_told_and_not_the_customer_s(
    make_customer: MakeCustomer, alice: User, bob: User, dan: User, dora: User, client: Client
) -> None:
    lead = User.objects.create_user("lena", role="service")
    client.force_login(dora)
    page = client.post("/cases/rules/", {"leads": "1", "service": lead.pk, "technical": dan.pk})
    assert page.status_code == 422  # he is of another department
    client.post("/cases/rules/", {"leads": "1", "service": lead.pk})
    assert DepartmentLead.objects.get().user == lead
    case = late_case(make_customer("Acme", owner=alice), alice)
    Case.objects.filter(pk=case.pk).update(assignee=dan)
    casework.escalate(at=NOW)
    told = Notice.objects.filter(kind="case_ran_out").values_list("recipient__username", flat=True)
    assert set(told) == {"dan", "lena", "dora"}
    client.post("/cases/rules/", {"leads": "1", "service": ""})
    assert not DepartmentLead.objects.exists()


def test_where_a_department_has_no_lead_the_team_s_is_told(
    make_customer: MakeCustomer, alice: User, bob: User, dan: User, dora: User
) -> None:
    late_case(make_customer("Acme", owner=alice), alice)
    casework.escalate(at=NOW)
    told = Notice.objects.filter(kind="case_ran_out").values_list("recipient__username", flat=True)
    assert set(told) == {"dan", "bob", "dora"}


def summary(reader: User) -> list[tuple[str, list[str]]]:
    found = [section for write in digest.more if (section := write(reader, NOW, NOW))]
    return [(section.title, section.lines) for section in found]


def test_cases_stand_in_the_daily_summary(
    make_customer: MakeCustomer, alice: User, bob: User, carol: User, dan: User, logan: User
) -> None:
    case = late_case(make_customer("Acme", owner=alice), alice)
    late_case(make_customer("Beta", owner=carol), carol, "sales")
    assert summary(logan) == []
    [(title, [line])] = summary(bob)
    assert title == "1 case is open, 1 late"
    assert line.startswith(f"{case.number} Acme: Gears, due ")
    assert summary(dan) == [(title, [line])]
    assert summary(alice) == []  # it is for service to answer
    assert summary(carol)[0][0] == title
