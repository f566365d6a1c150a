"""Surveys: customers are asked once, answer once, and what they said reaches promise, timeline, tier and log."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as post
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import mail
from accounts.models import Letter, Notice, User
from customers import services as customer_services
from customers.models import Customer, Figure, Interaction
from customers.tests.making import a_contact, a_rating
from maintenance.models import Answer, Invitation, Knock, Obligation, Question, Survey
from maintenance.surveys import answering, inviting, knocking, results, tokens
from maintenance.tests.conftest import MakeCustomer, plan
from tiering.measures import Facts, Window, measures
from toolbox.tests.racing import race

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
LINK = re.compile(r"http://localhost:8000(/s/[\w-]+/)")


@pytest.fixture
def quarterly(db: None) -> Survey:
    return Survey.objects.get(key="quarterly")


@pytest.fixture
def mails(settings: Settings) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    customer = make_customer("Acme", tier="important", owner=alice)
    a_contact(customer, "Li", email="li@example.com", phone="13800001147", is_primary=True)
    return customer


def asked(
    *customers: Customer, by: User, survey: Survey, channel: str = "link", at: datetime = NOW
) -> list[Invitation]:
    done = inviting.invite(
        [c.pk for c in customers], survey=survey, channel=channel, by=by, at=at, language="en"
    )
    return done.invited


def path_of(invitation: Invitation, *, at: datetime = NOW) -> str:
    found = LINK.search(inviting.take_link(invitation, at=at))
    assert found
    return found[1]


def said(survey: Survey, satisfaction: int = 4, nps: int = 9, words: str = "") -> dict[int, int | str]:
    values: dict[str, int | str] = {"satisfaction": satisfaction, "nps": nps, "words": words}
    return {q.pk: values[q.kind] for q in survey.questions.all() if values[q.kind] != ""}


def typed(survey: Survey, **more: Any) -> dict[str, Any]:
    return {f"q{pk}": value for pk, value in said(survey, **more).items()}


def answered(customer: Customer, by: User, survey: Survey, *, at: datetime = NOW, **more: Any) -> Invitation:
    [invitation] = asked(customer, by=by, survey=survey, at=at)
    tokens.mint(invitation)
    assert answering.answer(invitation, said(survey, **more), at=at)
    invitation.refresh_from_db()
    return invitation


# Inviting


def test_the_survey_that_ships_is_made_once_and_asks_three_kinds_of_questions(quarterly: Survey) -> None:
    from maintenance.surveys import defaults

    Survey.objects.filter(pk=quarterly.pk).update(title_en="Ours")
    defaults.ensure()

    assert list(Survey.objects.values_list("title_en", "title_zh")) == [("Ours", "季度满意度调查")]
    assert [q.kind for q in quarterly.questions.order_by("position")] == [
        *["satisfaction"] * 4, "nps", "words", "words",
    ]  # fmt: skip


def test_nobody_is_asked_twice_while_an_invitation_is_open(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    old, gone = make_customer("Old", owner=alice), make_customer("Gone", owner=alice)
    customer_services.archive([gone.pk], by=alice, at=NOW)
    asked(acme, old, by=alice, survey=quarterly, at=NOW - timedelta(days=31))
    asked(acme, by=alice, survey=quarterly, at=NOW - timedelta(days=1))

    done = inviting.invite(
        [acme.pk, old.pk, gone.pk, acme.pk], survey=quarterly, channel="link", by=alice, at=NOW
    )

    assert [i.customer for i in done.invited] == [old]
    assert (done.asked_already, done.archived) == ([acme], [gone])


@pytest.mark.parametrize("count", [1, 3])
def test_many_are_asked_in_as_many_statements_as_one(
    quarterly: Survey,
    make_customer: MakeCustomer,
    alice: User,
    count: int,
    mails: None,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    customers = [make_customer(f"C{n}", owner=alice) for n in range(count)]
    for customer in customers:
        a_contact(customer, "Li", email="li@example.com")
    with django_assert_num_queries(11):
        asked(*customers, by=alice, survey=quarterly, channel="email")
    assert Letter.objects.count() == count


def test_an_e_mail_goes_out_once_to_the_main_contact_with_a_link_that_is_kept_nowhere(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User, mails: None, client: Client
) -> None:
    a_contact(acme, "Wang", email="wang@example.com")
    mute = make_customer("Mute", owner=alice)
    with time_machine.travel(NOW):
        done = inviting.invite(
            [acme.pk, mute.pk], survey=quarterly, channel="email", by=alice, at=NOW, language="zh-hans"
        )
        assert [mail.send_waiting(at=NOW), mail.send_waiting(at=NOW)] == [1, 0]

        assert (done.without_address, [i.customer for i in done.invited]) == ([mute], [acme])
        [sent] = post.outbox
        assert (sent.to, sent.subject) == (["li@example.com"], "季度满意度调查：希望听到您的意见")
        found = LINK.search(str(sent.body))
        assert found
        assert client.get(found[1]).status_code == 200
    token = found[1].split("/")[2]
    with connection.cursor() as cursor:
        for table in ("maintenance_invitation", "accounts_letter"):
            cursor.execute(f"SELECT * FROM {table}")
            assert token not in str(cursor.fetchall())


def test_what_was_withdrawn_is_not_sent_any_more(
    quarterly: Survey, acme: Customer, alice: User, mails: None
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly, channel="email", at=NOW)
    assert inviting.withdraw(invitation, at=NOW)

    with time_machine.travel(NOW):
        assert mail.send_waiting(at=NOW) == 0
    assert list(Letter.objects.values_list("state", flat=True)) == ["empty"]


# Answering


def test_a_customer_answers_once_and_everything_follows(
    quarterly: Survey, acme: Customer, alice: User, bob: User, client: Client
) -> None:
    plan(acme, today=TODAY)
    promise = Obligation.objects.open().get(customer=acme, promise__key="survey")
    [invitation] = asked(acme, by=bob, survey=quarterly)
    path = path_of(invitation)
    with time_machine.travel(NOW):
        page = client.get(path, headers={"accept-language": "en"})
        sent = typed(quarterly, satisfaction=5, nps=10, words="More <b>tea</b>")
        first, second = client.post(path, sent), client.post(path, sent | {"q1": "1"})
        thanks = client.get(path, headers={"accept-language": "zh-hans"}).content.decode()

    assert "Quarterly satisfaction" in page.content.decode()
    assert [(a.status_code, a.headers.get("Location")) for a in (first, second)] == [(302, path), (200, None)]
    assert "谢谢" in thanks
    assert Answer.objects.count() == 7
    promise.refresh_from_db()
    assert (promise.state, promise.completed_by) == ("done", bob)
    assert Obligation.objects.open().filter(customer=acme, promise__key="survey").count() == 1
    [talk] = Interaction.objects.all()
    assert (talk.customer, talk.channel, talk.department) == (acme, "online", "service")
    assert "More <b>tea</b>" in talk.note
    [figure] = Figure.objects.all()
    assert (figure.indicator, figure.value, figure.source, figure.as_of) == (
        "survey_satisfaction", 100, "调查", TODAY,
    )  # fmt: skip
    assert [(n.recipient, n.kind) for n in Notice.objects.all()] == [(alice, "survey_answered")]


def test_a_promise_kept_meanwhile_is_not_kept_twice(
    quarterly: Survey, acme: Customer, alice: User, dan: User
) -> None:
    from maintenance import services

    plan(acme, today=TODAY)
    promise = Obligation.objects.open().get(customer=acme, promise__key="survey")
    [invitation] = asked(acme, by=alice, survey=quarterly)
    tokens.mint(invitation)
    services.complete(promise, by=dan, at=NOW, channel="phone", note="Asked by phone.")

    assert answering.answer(invitation, said(quarterly), at=NOW)

    kept = Obligation.objects.done().filter(customer=acme, promise__key="survey")
    assert [(o.pk, o.completed_by) for o in kept] == [(promise.pk, dan)]
    assert Interaction.objects.count() == 2


@pytest.mark.parametrize(
    "become, status, words",
    [
        ({"expires_at": NOW - timedelta(seconds=1), "sent_at": NOW - timedelta(days=30)}, 200, "over"),
        ({"withdrawn_at": NOW}, 200, "over"),
        ({"token_hash": "another"}, 404, "opens nothing"),
    ],
)
def test_what_cannot_be_answered_says_so_kindly_and_takes_nothing(
    quarterly: Survey,
    acme: Customer,
    alice: User,
    client: Client,
    become: dict[str, Any],
    status: int,
    words: str,
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    path = path_of(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(**become)
    with time_machine.travel(NOW):
        for method in (client.get, client.post):
            answer = method(path, typed(quarterly), headers={"accept-language": "en"})
            assert (answer.status_code, words in answer.content.decode()) == (status, True)
            assert "Acme" not in answer.content.decode()
    assert not Answer.objects.exists()


def test_the_page_tells_nothing_of_the_customer_but_its_name(
    quarterly: Survey, acme: Customer, alice: User, client: Client
) -> None:
    Customer.objects.filter(pk=acme.pk).update(notes="Owes us money", city="上海市")
    [invitation] = asked(acme, by=alice, survey=quarterly)
    with time_machine.travel(NOW):
        answer = client.get(path_of(invitation), headers={"accept-language": "en"})
    page = answer.content.decode()

    assert "Acme" in page
    for secret in ("alice", "Owes us", "Important", "Li", "1147", "li@", "上海"):
        assert re.search(rf"\b{secret}\b", page) is None, secret
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_what_is_missing_or_wrong_is_said_and_what_was_typed_stays(
    quarterly: Survey, acme: Customer, alice: User, client: Client
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    path, sent = path_of(invitation), typed(quarterly, words="My words")
    sent["q1"] = "6"
    nps = quarterly.questions.get(kind="nps").pk
    del sent[f"q{nps}"]
    with time_machine.travel(NOW):
        answer = client.post(path, sent, headers={"accept-language": "en"})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert (page.count("Please choose one."), "My words" in page) == (1, True)
    assert not Answer.objects.exists()


def test_a_form_from_elsewhere_is_refused(quarterly: Survey, acme: Customer, alice: User) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    with time_machine.travel(NOW):
        answer = Client(enforce_csrf_checks=True).post(path_of(invitation), typed(quarterly))
    assert (answer.status_code, Answer.objects.count()) == (403, 0)


def test_taking_a_new_link_closes_the_old_one(
    quarterly: Survey, acme: Customer, alice: User, client: Client
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    old, new = path_of(invitation), path_of(invitation)
    with time_machine.travel(NOW):
        assert [client.get(path).status_code for path in (old, new)] == [404, 200]


def test_whoever_tries_links_is_kept_out_and_an_office_is_not(
    quarterly: Survey, acme: Customer, alice: User, client: Client
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    path = path_of(invitation)
    with time_machine.travel(NOW, tick=False):
        tried = [client.get(f"/s/wrong{n}/").status_code for n in range(knocking.WRONG_OF_AN_ADDRESS + 1)]
        mine = client.get(path)
        elsewhere = client.get(path, REMOTE_ADDR="10.1.1.1")
        often = [
            client.get(path, REMOTE_ADDR=f"10.2.0.{n}").status_code for n in range(knocking.OF_A_LINK + 1)
        ]
    assert set(tried[:-1]) == {404}
    assert (tried[-1], mine.status_code, elsewhere.status_code) == (429, 429, 200)
    assert (often[0], often[-1]) == (200, 429)
    assert "10.1" not in str(list(Knock.objects.values_list("who", flat=True)))
    with time_machine.travel(NOW + timedelta(minutes=11)):
        assert client.get(path).status_code == 200
        knocking.forget(at=NOW + timedelta(minutes=25))
    assert Knock.objects.count() <= 2


# What comes of it


def test_the_average_of_a_year_is_exact_and_counts_each_answer_once(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    other = make_customer("Other", owner=alice)
    answered(other, alice, quarterly, satisfaction=1)
    for days, satisfaction in ((400, 1), (364, 5), (100, 4), (0, 4)):
        answered(acme, alice, quarterly, at=NOW - timedelta(days=days), satisfaction=satisfaction)

    average = results.averages([acme.pk], until=NOW)[acme.pk]
    assert (average.total, average.count, average.hundredths, average.index) == (52, 12, 433, 83)
    figures = Figure.objects.filter(customer=acme).order_by("pk")
    assert [f.value for f in figures] == [0, 50, 58, 83]  # the first answer has left the year by the last


def test_the_satisfaction_of_tiering_is_what_the_customer_said_in_the_window(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    rated, both, old, late = acme, *(make_customer(name, owner=alice) for name in ("B", "C", "D"))
    for customer in (rated, both, old, late):
        a_rating(customer, alice, TODAY - timedelta(days=500), 2, "satisfaction")
    answered(both, alice, quarterly, satisfaction=5)
    answered(old, alice, quarterly, at=NOW - timedelta(days=400), satisfaction=5)
    answered(late, alice, quarterly, satisfaction=5)
    frozen = Figure.objects.get(customer=late).recorded_at - timedelta(microseconds=1)

    def read(key: str, frozen_at: datetime, *customers: Customer) -> list[int | None]:
        window = Window.trailing(12, as_of=TODAY, frozen_at=frozen_at)
        pks = sorted(c.pk for c in (rated, both, old, late))
        found = measures()[key].read(Facts(first=pks[0], last=pks[-1], window=window))
        by_pk = dict(zip(pks, zip(found.values, found.known, strict=True), strict=True))
        return [int(by_pk[c.pk][0]) if by_pk[c.pk][1] else None for c in customers]

    after = datetime.now(SHANGHAI) + timedelta(days=1)
    assert read("satisfaction", after, rated, both, old, late) == [2, 5, 2, 5]
    assert read("survey_satisfaction", after, rated, both, old, late) == [None, 100, 100, 100]
    assert read("satisfaction", frozen, both, late) == [5, 2]  # frozen before the last answer came


@pytest.mark.parametrize("count, rate, nps", [(4, None, None), (5, 10_000, 20)])
def test_rates_and_averages_keep_silent_below_five_cases(
    quarterly: Survey,
    make_customer: MakeCustomer,
    alice: User,
    count: int,
    rate: int | None,
    nps: int | None,
) -> None:
    for n, score in zip(range(count), (10, 9, 8, 6, 7), strict=False):
        answered(make_customer(f"C{n}", owner=alice), alice, quarterly, nps=score)

    [line] = results.summary(Invitation.objects.visible_to(alice))

    assert (line.sent, line.answered, line.response_rate, line.nps) == (count, count, rate, nps)
    assert (line.average is None) == (rate is None)


def test_a_link_nobody_took_was_not_sent(quarterly: Survey, acme: Customer, alice: User) -> None:
    asked(acme, by=alice, survey=quarterly)
    [line] = results.summary(Invitation.objects.visible_to(alice))
    assert (line.sent, line.answered) == (0, 0)


def test_the_log_is_grouped_by_what_was_true_when_it_was_sent(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User, carol: User
) -> None:
    beta = make_customer("Beta", tier="core", owner=carol)
    answered(acme, alice, quarterly, at=NOW - timedelta(days=90))
    answered(acme, alice, quarterly)
    answered(beta, carol, quarterly)
    Customer.objects.filter(pk=acme.pk).update(owner=carol)

    every = Invitation.objects.all()
    owners = {line.name: line.answered for line in results.summary(every, by="owner")}
    tiers = {line.name: line.answered for line in results.summary(every, by="tier")}
    quarters = [(name, line.answered, line.satisfaction.count) for name, line in results.by_quarter(every)]

    assert owners == {alice.pk: 2, carol.pk: 1}
    assert sorted(tiers.values()) == [1, 2]
    assert quarters == [("2026Q4", 2, 8), ("2026Q3", 1, 4)]


def test_one_sees_what_ones_customers_said(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User, carol: User, client: Client
) -> None:
    hers = answered(make_customer("Beta", owner=carol), carol, quarterly, words="Secret wish")
    answered(acme, alice, quarterly, words="Open wish")
    client.force_login(alice)

    page = client.get(reverse("maintenance:feedback")).content.decode()

    assert ("Open wish" in page, "Secret wish" in page, "Beta" in page) == (True, False, False)
    assert client.get(reverse("maintenance:invitation", args=[hers.pk])).status_code == 404
    assert client.post(reverse("maintenance:invitation_link", args=[hers.pk])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_takes_as_many_questions_for_many_as_for_one(
    quarterly: Survey,
    make_customer: MakeCustomer,
    alice: User,
    client: Client,
    rows: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for n in range(rows):
        answered(make_customer(f"C{n}", owner=alice), alice, quarterly, words="Tea")
    client.force_login(alice)
    client.get(reverse("maintenance:feedback"))
    with django_assert_num_queries(14):
        client.get(reverse("maintenance:feedback"))


# The pages


def test_the_ticked_customers_are_invited_once_however_often_the_form_is_sent(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User, carol: User, client: Client
) -> None:
    foreign = make_customer("Beta", owner=carol)
    client.force_login(alice)
    url = reverse("maintenance:survey_invite")
    ticks = {"customer": [acme.pk, foreign.pk], "query": "sort=name"}
    sent = ticks | {"confirmed": "1", "survey": quarterly.pk, "channel": "link", "language": "en"}

    assert client.post(url, ticks).status_code == 200
    assert client.post(url, sent | {"channel": "email"}).status_code == 422  # there is no mail server
    first = client.post(url, sent | {"csrfmiddlewaretoken": "same"})
    again = client.post(url, sent | {"csrfmiddlewaretoken": "same"})

    [invitation] = Invitation.objects.all()
    assert (invitation.customer, invitation.sent_by) == (acme, alice)
    assert first.headers["Location"] == again.headers["Location"] == f"/surveys/invitations/{invitation.pk}/"


def test_questions_stay_once_somebody_was_asked_and_a_copy_can_change(
    quarterly: Survey, acme: Customer, alice: User, dora: User, client: Client
) -> None:
    asked(acme, by=alice, survey=quarterly)
    client.force_login(dora)

    assert client.get(reverse("maintenance:survey_edit", args=[quarterly.pk])).status_code == 302
    answer = client.post(reverse("maintenance:survey_copy", args=[quarterly.pk]))

    copy = Survey.objects.exclude(pk=quarterly.pk).get()
    assert answer.headers["Location"] == reverse("maintenance:survey_edit", args=[copy.pk])
    assert (copy.key, copy.made_by, copy.questions.count(), quarterly.questions.count()) == (None, dora, 7, 7)


def test_a_survey_is_made_and_one_without_questions_comes_back(dora: User, client: Client, db: None) -> None:
    client.force_login(dora)
    url = reverse("maintenance:survey_create")
    about = {"title_zh": "短问卷", "title_en": "Short", "valid_days": "14"}
    forms = {"questions-TOTAL_FORMS": "2", "questions-INITIAL_FORMS": "0"}
    question = {
        "questions-1-kind": "nps", "questions-1-title_zh": "推荐？", "questions-1-title_en": "Recommend?",
    }  # fmt: skip

    refused = client.post(url, about | forms)
    assert (refused.status_code, "短问卷" in refused.content.decode()) == (422, True)
    assert client.post(url, about | forms | question).status_code == 302
    survey = Survey.objects.get(title_en="Short")
    assert list(survey.questions.values_list("kind", "title_zh", "position")) == [
        (Question.Kind.NPS, "推荐？", 1)
    ]


def test_answers_go_along_when_customers_are_merged(
    quarterly: Survey, acme: Customer, make_customer: MakeCustomer, alice: User, dora: User
) -> None:
    twin = make_customer("Twin", owner=alice)
    answered(twin, alice, quarterly)
    [pending] = asked(acme, by=alice, survey=quarterly)
    tokens.mint(pending)
    acme.refresh_from_db()
    twin.refresh_from_db()
    customer_services.merge(twin, acme, fields={}, by=dora, at=NOW)

    assert answering.answer(pending, said(quarterly, satisfaction=2), at=NOW + timedelta(hours=1))
    assert set(Invitation.objects.values_list("customer", flat=True)) == {twin.pk}
    newest = Figure.objects.order_by("-pk")[0]
    assert (newest.customer, newest.value) == (twin, 50)


def test_answers_are_neither_changed_nor_deleted(quarterly: Survey, acme: Customer, alice: User) -> None:
    answered(acme, alice, quarterly)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.update(score=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.filter(score=4).delete()
    assert set(Answer.objects.values_list("score", flat=True)) == {4, 9}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_the_same_moment_make_one_answer(
    quarterly: Survey, acme: Customer, alice: User
) -> None:
    [invitation] = asked(acme, by=alice, survey=quarterly)
    tokens.mint(invitation)

    def answer() -> bool:
        return answering.answer(invitation, said(quarterly), at=NOW)

    assert race(answer, answer) is False
    assert (Answer.objects.count(), Figure.objects.count(), Interaction.objects.count()) == (5, 1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_invite_at_the_same_moment_ask_once(quarterly: Survey, acme: Customer, alice: User) -> None:
    def invite() -> int:
        return len(asked(acme, by=alice, survey=quarterly))

    assert race(invite, invite) == 0
    assert Invitation.objects.count() == 1
