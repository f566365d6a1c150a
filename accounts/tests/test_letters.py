"""Letters, quiet hours and what people do not want: the outbox beside notices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as post
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import mail, notices
from accounts.mail import Mail
from accounts.models import Delivery, Letter, Notice, OptOut, User
from accounts.notices import News, Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
PAGE = reverse("accounts:notifications")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A kind of letter and a kind of notice of the tests' own, and a mail server."""

    def letter(letter: Letter) -> Mail | None:
        said = letter.facts["say"]
        return Mail(f"About\n{said}", said) if said else None

    def notice(told: Sequence[Notice], _reader: User) -> dict[int, Words]:
        return {each.pk: Words("Visit", "Tea.") for each in told}

    monkeypatch.setitem(mail.letter_writers, "letter", letter)
    monkeypatch.setitem(notices.writers, "visit", notice)
    monkeypatch.setitem(notices.names, "visit", "Visits")
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def a_letter(key: str = "one", say: str = "tea", at: datetime = AT, recipient: User | None = None) -> None:
    mail.post_letters(
        [
            Letter(
                kind="letter",
                key=key,
                address="you@example.com",
                facts={"say": say},
                at=at,
                recipient=recipient,
            )
        ]
    )


def outbox() -> list[tuple[str, str]]:
    return list(Letter.objects.order_by("pk").values_list("key", "state"))


def test_a_letter_goes_out_once_however_often_it_is_written_and_sent(db: None) -> None:
    a_letter()
    a_letter(say="coffee")

    assert [mail.send_waiting(at=AT), mail.send_waiting(at=AT)] == [1, 0]

    assert [(m.to, m.subject, m.body) for m in post.outbox] == [(["you@example.com"], "About tea", "tea")]
    assert outbox() == [("one", "sent")]


def test_what_a_lost_process_was_sending_is_never_sent_again(db: None) -> None:
    a_letter()
    Letter.objects.update(state=Letter.State.SENDING, tried_at=AT)

    assert mail.send_waiting(at=AT + timedelta(hours=2)) == 0
    assert (post.outbox, outbox()) == ([], [("one", "failed")])


def test_a_letter_without_words_is_no_failure_and_one_that_waited_for_days_is(db: None) -> None:
    a_letter("empty", say="")
    a_letter("old", at=AT - timedelta(days=4))

    assert mail.send_waiting(at=AT) == 0
    assert outbox() == [("empty", "empty"), ("old", "failed")]


@pytest.mark.parametrize(
    "begins, ends, hour, is_sent",
    [
        (None, None, 3, True),
        (22, 7, 21, True), (22, 7, 22, False), (22, 7, 0, False), (22, 7, 6, False), (22, 7, 7, True),
        (12, 14, 11, True), (12, 14, 12, False), (12, 14, 13, False), (12, 14, 14, True),
    ],
)  # fmt: skip
def test_nobody_is_woken(alice: User, begins: int | None, ends: int | None, hour: int, is_sent: bool) -> None:
    User.objects.filter(pk=alice.pk).update(email="a@example.com", quiet_from=begins, quiet_until=ends)
    at = AT.replace(hour=hour, minute=59)
    a_letter(recipient=alice)
    notices.tell("visit", [News(alice.pk, "visit-1", {})], at=at - timedelta(minutes=1))
    sent = mail.send_waiting(at=at)

    a_letter("outside")  # has no quiet hours
    assert (sent, mail.send_waiting(at=at)) == (2 if is_sent else 0, 1)


def test_half_a_quiet_time_is_refused_by_the_database_too(alice: User) -> None:
    for wrong in ({"quiet_from": 22}, {"quiet_until": 7}, {"quiet_from": 22, "quiet_until": 24}):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=alice.pk).update(**wrong)


def test_what_one_does_not_want_neither_rings_nor_comes(client: Client, alice: User, bob: User) -> None:
    for user in (alice, bob):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.com", language="en")
    client.force_login(alice)
    wanted = {
        f"{kind}-{channel}": "on"
        for kind in notices.names
        for channel in ("bell", "email")
        if notices.comes(kind, channel)
    }
    said = {"wants_mail": "on", "digest_hour": "7", "quiet_from": "22", "quiet_until": "6"}

    answer = client.post(PAGE, said | {key: "on" for key in wanted if not key.startswith("visit")})
    assert answer.status_code == 302
    notices.tell("visit", [News(user.pk, "visit-1", {}) for user in (alice, bob)], at=AT)

    assert list(OptOut.objects.order_by("channel").values_list("user", "kind", "channel")) == [
        (alice.pk, "visit", "bell"), (alice.pk, "visit", "email"),
    ]  # fmt: skip
    assert [Notice.objects.get(recipient=user).read_at for user in (alice, bob)] == [AT, None]
    assert [d.notice.recipient for d in Delivery.objects.all()] == [bob]
    alice.refresh_from_db()
    assert (alice.unread_notices, alice.digest_hour, alice.quiet_from, alice.quiet_until) == (0, 7, 22, 6)

    client.post(PAGE, said | wanted | {"digest_hour": "", "quiet_from": "", "quiet_until": ""})
    alice.refresh_from_db()
    assert (OptOut.objects.count(), alice.digest_hour, alice.quiet_from) == (0, None, None)


def test_some_kinds_come_by_mail_to_whoever_chose_that_alone(
    client: Client, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "unmailed", {"visit"})
    for user in (alice, bob):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.com", language="en")
    client.force_login(alice)
    form = client.get(PAGE).context["form"]
    assert (form["visit-bell"].initial, form["visit-email"].initial) == (True, False)
    boxes = {f"{kind}-{channel}": "on" for kind in notices.names for channel in ("bell", "email")}
    assert client.post(PAGE, {"wants_mail": "on"} | boxes).status_code == 302
    assert client.get(PAGE).context["form"]["visit-email"].initial is True

    notices.tell("visit", [News(user.pk, "visit-1", {}) for user in (alice, bob)], at=AT)
    assert [Notice.objects.get(recipient=user).read_at for user in (alice, bob)] == [None, None]
    assert [d.notice.recipient for d in Delivery.objects.all()] == [alice]


def test_every_kind_of_notice_can_be_declined() -> None:
    assert sorted(notices.writers) == sorted(notices.names)


def test_half_a_quiet_time_comes_back_with_what_was_typed(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="en")
    client.force_login(alice)

    answer = client.post(PAGE, {"digest_hour": "7", "quiet_from": "22"})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Choose both, or none." in page
    assert '<option value="22" selected>' in page
    alice.refresh_from_db()
    assert (alice.digest_hour, alice.quiet_from) == (8, None)
