"""The daily summary: one a day and person, at their hour, in their language, of what they may see."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as post
from pytest_django import Settings

from accounts import mail, notices
from accounts.models import Endpoint, Letter, Parcel, User
from accounts.notices import News
from customers.models import Tier
from maintenance import digest
from maintenance.digest import Section
from maintenance.models import CalendarOverride, Obligation
from maintenance.tests.conftest import MakeCustomer, plan
from tiering.services import set_by_hand

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 18)
EIGHT = datetime(2026, 11, 18, 8, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def mails(settings: Settings) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def readers(alice: User, carol: User, dora: User) -> None:
    for user, language in ((alice, "en"), (carol, "zh-hans"), (dora, "en")):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.com", language=language)
        user.refresh_from_db()


def run(at: datetime) -> list[tuple[str, str]]:
    """What went out in that minute."""
    post.outbox.clear()
    with time_machine.travel(at, tick=False):
        digest.post(at=at)
        mail.send_waiting(at=at)
    return [(m.to[0].split("@")[0], str(m.subject)) for m in post.outbox]


def owed_by(owner: User, make_customer: MakeCustomer, name: str, *days: int) -> None:
    customer = make_customer(name, tier="core", owner=owner)
    plan(customer, today=TODAY - timedelta(days=20))
    rows = list(Obligation.objects.open().filter(customer=customer, department="sales").order_by("pk"))
    Obligation.objects.filter(customer=customer).update(due_on=TODAY + timedelta(days=60))
    for row, late in zip(rows, days, strict=False):
        Obligation.objects.filter(pk=row.pk).update(due_on=TODAY - timedelta(days=late))


@pytest.mark.usefixtures("readers")
def test_everybody_gets_one_a_day_of_their_own_in_their_language(
    alice: User, carol: User, dora: User, make_customer: MakeCustomer
) -> None:
    owed_by(alice, make_customer, "Acme", 0, 3, 5)
    owed_by(carol, make_customer, "Beta", 0)

    assert run(EIGHT - timedelta(minutes=1)) == []
    assert run(EIGHT) == [
        ("alice", "18 Nov 2026: 1 due today, 2 overdue · Tierbook"),
        ("carol", "2026年11月18日：今日到期 1 项，逾期 0 项 · Tierbook"),
        ("dora", "18 Nov 2026: 2 due today, 2 overdue · Tierbook"),
    ]
    bodies = {m.to[0].split("@")[0]: str(m.body) for m in post.outbox}
    assert ("Acme" in bodies["alice"], "Beta" in bodies["alice"]) == (True, False)
    assert "核心：今日到期 1 项" in bodies["carol"]
    for minutes in (0, 1, 300):
        assert run(EIGHT + timedelta(minutes=minutes)) == []
    assert len(run(EIGHT + timedelta(days=1))) == 3


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(
    "become",
    [{"digest_hour": None}, {"digest_hour": 9}, {"email": ""}, {"is_active": False}],
)
def test_who_does_not_want_it_gets_none(
    alice: User, make_customer: MakeCustomer, become: dict[str, object]
) -> None:
    owed_by(alice, make_customer, "Acme", 0)
    User.objects.exclude(pk=alice.pk).update(is_active=False)
    User.objects.filter(pk=alice.pk).update(**become)
    assert run(EIGHT) == []


@pytest.mark.usefixtures("readers")
def test_who_wants_no_mail_of_each_notice_still_gets_the_one_a_day(
    alice: User, make_customer: MakeCustomer
) -> None:
    owed_by(alice, make_customer, "Acme", 0)
    User.objects.exclude(pk=alice.pk).update(is_active=False)
    User.objects.filter(pk=alice.pk).update(wants_mail=False)
    notices.tell("case_assigned", [News(alice.pk, "k", {"case": 0})], at=EIGHT)
    assert run(EIGHT) == [("alice", "18 Nov 2026: 1 due today, 0 overdue · Tierbook")]


@pytest.mark.usefixtures("readers")
def test_it_comes_later_when_the_machine_was_off_and_not_on_free_days(
    alice: User, make_customer: MakeCustomer
) -> None:
    User.objects.exclude(pk=alice.pk).update(is_active=False)
    owed_by(alice, make_customer, "Acme", 0)
    saturday = EIGHT + timedelta(days=3)

    assert run(saturday) == []
    assert len(run(EIGHT.replace(hour=15))) == 1
    CalendarOverride.objects.create(day=saturday.date(), is_working=True)
    assert len(run(saturday)) == 1


@pytest.mark.usefixtures("readers")
def test_yesterdays_is_not_sent_today(alice: User, make_customer: MakeCustomer) -> None:
    User.objects.exclude(pk=alice.pk).update(is_active=False)
    owed_by(alice, make_customer, "Acme", 0)
    with time_machine.travel(EIGHT, tick=False):
        digest.post(at=EIGHT)  # and no mail server can be reached

    assert len(run(EIGHT + timedelta(days=1))) == 1
    assert sorted(Letter.objects.values_list("facts__day", "state")) == [
        ("2026-11-18", "empty"), ("2026-11-19", "sent"),
    ]  # fmt: skip


@pytest.mark.usefixtures("readers")
def test_tier_changes_since_the_last_summary_are_told_once_and_others_may_add_to_it(
    alice: User, dora: User, make_customer: MakeCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.exclude(pk__in=[alice.pk, dora.pk]).update(is_active=False)
    User.objects.filter(pk=dora.pk).update(digest_hour=None)
    acme = make_customer("Acme", tier="regular", owner=alice)
    core = Tier.objects.get(scale="b2b", key="core")
    with time_machine.travel(EIGHT - timedelta(hours=1), tick=False):
        set_by_hand(
            acme, tier=core, reason="Big order.", expires_on=date(2027, 1, 1), by=dora,
            at=EIGHT - timedelta(hours=1),
        )  # fmt: skip

    assert run(EIGHT)
    assert "Acme: " in str(post.outbox[-1].body)
    assert not any("Tier changes" in subject for _who, subject in run(EIGHT + timedelta(days=1)))
    monkeypatch.setattr(digest, "more", [lambda *_asked: Section("Cases", ["One waits."])])
    assert run(EIGHT + timedelta(days=2))
    assert "One waits." in str(post.outbox[-1].body)


def test_the_whole_book_is_told_to_webhooks_once_a_day(
    alice: User, dora: User, make_customer: MakeCustomer
) -> None:
    owed_by(alice, make_customer, "Acme", 0, 1)
    endpoint = Endpoint.objects.create(
        name="Chat",
        format="json",
        url="https://example.invalid/",
        kinds=[digest.BOOK],
        made_by=dora,
        made_at=EIGHT,
    )
    for minutes in (0, 1, 60):
        digest.post(at=EIGHT + timedelta(minutes=minutes))

    [parcel] = Parcel.objects.filter(endpoint=endpoint)
    with time_machine.travel(EIGHT, tick=False):
        words = digest.of_the_book(parcel.facts)
    assert words
    assert [line.split(":")[-1] for line in words.lines()] == [" 1 due today, 1 overdue"]
