"""People are told once, in the product and by e-mail."""

import socket
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail import get_connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts import mail, notices
from accounts.models import Delivery, Notice, User
from accounts.notices import News, Words

AT = datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
LIST = reverse("accounts:notices")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Postman:
    """A mail server that keeps what it takes, and refuses what it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []
        """Address, subject and text."""
        self.refuses: dict[str, str] = {}

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        [to] = envelope.rcpt_tos
        if to in self.refuses:
            return self.refuses[to]
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        self.taken.append((to, message["Subject"], message.get_content()))
        return "250 OK"


@pytest.fixture
def postman(settings: Settings) -> Iterator[Postman]:
    postman = Postman()
    server = Controller(postman, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    yield postman
    server.stop()


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of notice of the tests' own."""

    def write(told: Sequence[Notice], _reader: User) -> dict[int, Words]:
        return {
            notice.pk: Words(
                f"Visit of {notice.facts['who']}", "They like tea.", "/customers/", lambda: ["Green tea."]
            )
            for notice in told
            if notice.facts["who"] != "nobody"
        }

    monkeypatch.setitem(notices.writers, "visit", write)


def told(*people: User, key: str = "visit-1", who: str = "Acme") -> None:
    notices.tell("visit", [News(person.pk, key, {"who": who}) for person in people], at=AT)


def with_address(user: User, **more: Any) -> User:
    User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.com", language="en", **more)
    user.refresh_from_db()
    return user


def unread(user: User) -> int:
    user.refresh_from_db()
    return user.unread_notices


def outbox() -> list[tuple[str, str, int]]:
    rows = Delivery.objects.order_by("pk").values_list("notice__recipient__username", "state", "attempts")
    return list(rows)


# In the product


def test_one_is_told_once_however_often_it_is_said(alice: User, bob: User) -> None:
    told(alice, bob)
    told(alice)
    told(alice, key="visit-2")

    assert [(n.recipient, n.key) for n in Notice.objects.order_by("pk")] == [
        (alice, "visit-1"), (bob, "visit-1"), (alice, "visit-2"),
    ]  # fmt: skip
    assert (unread(alice), unread(bob)) == (2, 1)


def test_who_left_is_told_nothing(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    told(alice)

    assert not Notice.objects.exists()


def test_the_bell_counts_what_is_unread_and_the_list_leads_on(client: Client, alice: User, bob: User) -> None:
    told(alice, bob)
    told(alice, key="visit-2", who="Bolt")
    with_address(alice)
    client.force_login(alice)

    page = client.get(LIST).content.decode()
    assert page.index("Visit of Bolt") < page.index("Visit of Acme")
    assert 'class="badge bell">2<' in page

    first = Notice.objects.get(recipient=alice, key="visit-1")
    answer = client.get(reverse("accounts:notice", args=[first.pk]))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/customers/")
    assert unread(alice) == 1

    client.post(LIST)
    assert (unread(alice), unread(bob)) == (0, 1)


def test_anothers_notice_is_not_there(client: Client, alice: User, dora: User) -> None:
    told(alice)
    client.force_login(dora)

    assert client.get(reverse("accounts:notice", args=[Notice.objects.get().pk])).status_code == 404
    assert "Visit of" not in client.get(LIST).content.decode()
    assert unread(alice) == 1


def test_what_is_gone_is_said_to_be_gone(client: Client, alice: User) -> None:
    told(with_address(alice), who="nobody")
    client.force_login(alice)

    assert "no longer there, or no longer yours to see" in client.get(LIST).content.decode()
    answer = client.get(reverse("accounts:notice", args=[Notice.objects.get().pk]))
    assert answer.headers["Location"] == LIST


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_long_it_is(
    client: Client, alice: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        told(alice, key=f"visit-{n}")
    client.force_login(alice)

    with django_assert_num_queries(4):  # the session, the user, the team, the notices
        client.get(LIST)


# By e-mail


def test_it_also_comes_by_e_mail_in_the_readers_language(
    postman: Postman, alice: User, bob: User, carol: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://crm.example.com"
    told(with_address(alice), with_address(bob, wants_mail=False), carol)

    assert mail.send_waiting(at=AT) == 1

    [(to, subject, text)] = postman.taken
    assert (to, subject) == ("alice@example.com", "Visit of Acme · Tierbook")
    assert "They like tea." in text
    assert "Green tea." in text
    assert "https://crm.example.com/customers/" in text
    assert outbox() == [("alice", "sent", 1)]


def test_nothing_goes_out_twice(postman: Postman, alice: User) -> None:
    told(with_address(alice))
    assert mail.send_waiting(at=AT) == 1

    told(alice)
    assert mail.send_waiting(at=AT + timedelta(days=1)) == 0
    assert len(postman.taken) == 1


def test_what_another_process_is_sending_is_left_to_it(postman: Postman, alice: User) -> None:
    told(with_address(alice))
    delivery = Delivery.objects.select_related("notice__recipient").get()
    Delivery.objects.update(state=Delivery.State.SENDING, tried_at=AT)

    assert not mail.send(delivery, get_connection(), at=AT)
    assert mail.send_waiting(at=AT + timedelta(minutes=59)) == 0
    assert outbox() == [("alice", "sending", 0)]

    assert mail.send_waiting(at=AT + timedelta(minutes=61)) == 0  # it died, and nobody knows how far it came
    assert outbox() == [("alice", "failed", 0)]
    assert postman.taken == []


def test_what_the_server_cannot_take_now_is_tried_again_but_not_for_ever(
    postman: Postman, alice: User, bob: User
) -> None:
    postman.refuses["alice@example.com"] = "451 Greylisted, come again"
    told(with_address(alice), with_address(bob))

    assert mail.send_waiting(at=AT) == 1
    assert outbox() == [("alice", "waiting", 1), ("bob", "sent", 1)]
    assert mail.send_waiting(at=AT + timedelta(minutes=5)) == 0  # not at once
    assert outbox()[0] == ("alice", "waiting", 1)
    for attempt in range(1, 6):
        mail.send_waiting(at=AT + timedelta(hours=attempt))
    assert outbox()[0] == ("alice", "failed", 5)

    postman.refuses.clear()
    assert mail.send_waiting(at=AT + timedelta(hours=9)) == 0


def test_what_the_server_refuses_for_good_is_not_tried_again(postman: Postman, alice: User) -> None:
    postman.refuses["alice@example.com"] = "550 No such mailbox"
    told(with_address(alice))

    mail.send_waiting(at=AT)

    assert outbox() == [("alice", "failed", 1)]
    assert "No such mailbox" in Delivery.objects.get().error


def test_a_server_that_is_gone_costs_no_attempt(settings: Settings, alice: User) -> None:
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    told(with_address(alice))

    assert mail.send_waiting(at=AT) == 0
    assert outbox() == [("alice", "waiting", 0)]

    mail.send_waiting(at=AT + timedelta(days=4))
    assert outbox() == [("alice", "failed", 0)]  # no news any more


def test_without_a_server_nothing_is_put_into_the_outbox(alice: User) -> None:
    told(with_address(alice))
    assert not Delivery.objects.exists()
