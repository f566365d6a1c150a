"""Webhooks: a real server hears each piece of news once, signed; what fails is tried again, and our network is not asked."""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core import serializers
from django.db import IntegrityError, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.test import Client
from django.urls import reverse
from django.utils.functional import lazystr
from pytest_django import Settings

from accounts import webhooks
from accounts.models import Endpoint, Parcel, User
from accounts.notices import Words
from accounts.webhooks import delivering, formats, sending
from accounts.webhooks.formats import Message

AT = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
A_DAY = timedelta(days=1)
MESSAGE = Message("1-k", "visit", "2026-11-23T09:00:00+08:00", "Acme", "They like tea.", ("Green",), "", {})


@dataclass
class Server:
    """Keeps what it is told, and answers what it is ordered to."""

    url: str = ""
    heard: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """Status and body of the next ones; a status of 0 hangs up, one below 0 waits so many seconds."""


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.WEBHOOK_PLAIN_HTTP = settings.WEBHOOK_PRIVATE_ADDRESSES = True
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.heard.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, answer = told.answers.pop(0) if told.answers else (200, {"errcode": 0})
            if status < 0:
                time.sleep(-status)
            if status <= 0:
                self.close_connection = True
                return
            packed = json.dumps(answer).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_said: Any) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{http.server_port}/hook"
    yield told
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(facts: dict[str, Any]) -> Words | None:
        return (
            Words(facts["who"], "They like tea.", "/customers/", lambda: ["Green"]) if facts["who"] else None
        )

    monkeypatch.setitem(webhooks.kinds, "visit", webhooks.Kind(lazystr("Visits"), write))


@pytest.fixture
def endpoint(server: Server, dora: User) -> Endpoint:
    return an_endpoint(server, dora)


def an_endpoint(server: Server, by: User, **more: Any) -> Endpoint:
    about = {"name": "Chat", "format": "json", "url": server.url, "secret": "s3cret", "kinds": ["visit"]}
    return Endpoint.objects.create(**about | {"language": "en", "made_by": by, "made_at": AT} | more)


def told(key: str = "visit-1", who: str = "Acme", at: datetime = AT) -> None:
    webhooks.tell("visit", key=key, facts={"who": who}, at=at)


def parcels() -> list[tuple[str, str, int]]:
    return list(Parcel.objects.order_by("pk").values_list("key", "state", "attempts"))


# Once


def test_each_piece_of_news_goes_once_to_whoever_wants_it(
    server: Server, endpoint: Endpoint, dora: User
) -> None:
    an_endpoint(server, dora, kinds=["other"])
    an_endpoint(server, dora, is_active=False)
    told()
    told()
    told("visit-2", who="")

    assert [delivering.send_waiting(at=AT), delivering.send_waiting(at=AT)] == [2, 0]

    [(path, headers, body)] = server.heard
    said = json.loads(body)
    assert (path, said["id"], said["kind"], said["title"], said["lines"], said["facts"]) == (
        "/hook", f"{endpoint.pk}-visit-1", "visit", "Acme", ["Green"], {"who": "Acme"},
    )  # fmt: skip
    stamp = headers["x-tierbook-timestamp"]
    signed = hmac.new(b"s3cret", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (stamp, headers["x-tierbook-signature"]) == (str(int(AT.timestamp())), f"v1={signed}")
    assert parcels() == [("visit-1", "sent", 1), ("visit-2", "empty", 1)]


def test_what_was_refused_rests_longer_each_time_and_ends(server: Server, endpoint: Endpoint) -> None:
    server.answers = [(503, {})] * 20
    told()
    moments = []
    at = AT
    for _minute in range(60 * 24):
        before = len(server.heard)
        delivering.send_waiting(at=at)
        if len(server.heard) > before:
            moments.append((at - AT) // timedelta(minutes=1))
        at += timedelta(minutes=1)

    assert moments == [0, 1, 6, 31, 156, 781]
    assert parcels() == [("visit-1", "failed", 6)]
    assert len({headers["x-tierbook-id"] for _path, headers, _body in server.heard}) == 1


@pytest.mark.parametrize(
    "status, state", [(400, "failed"), (404, "failed"), (302, "failed"), (429, "waiting")]
)
def test_only_what_may_go_better_is_tried_again(
    server: Server, endpoint: Endpoint, status: int, state: str
) -> None:
    server.answers = [(status, {})]
    told()
    delivering.send_waiting(at=AT)

    assert [(p.state, p.status) for p in Parcel.objects.all()] == [(state, status)]
    assert [path for path, _headers, _body in server.heard] == ["/hook"]  # no redirect is followed


@pytest.mark.parametrize("format_, state", [("json", "waiting"), ("wecom", "failed")])
def test_when_nobody_knows_whether_it_arrived_a_chat_is_not_told_twice(
    server: Server, dora: User, format_: str, state: str
) -> None:
    an_endpoint(server, dora, format=format_)
    server.answers = [(0, {})]
    told()
    delivering.send_waiting(at=AT)
    assert [state for _key, state, _attempts in parcels()] == [state]

    Parcel.objects.update(state="sending", tried_at=AT, attempts=1)  # a process that was killed
    server.heard.clear()
    delivering.send_waiting(at=AT + timedelta(minutes=6))
    assert len(server.heard) == (1 if format_ == "json" else 0)


def test_an_endpoint_in_trouble_does_not_hold_up_the_others(
    server: Server, endpoint: Endpoint, dora: User
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    broken = an_endpoint(server, dora, url=nowhere)
    for n in range(3):
        told(f"visit-{n}")

    delivering.send_waiting(at=AT)

    assert len(server.heard) == 3
    assert sorted(Parcel.objects.filter(endpoint=broken).values_list("attempts", flat=True)) == [0, 0, 1]
    assert not Parcel.objects.filter(endpoint=broken).exclude(state="waiting").exists()


def test_a_long_queue_of_one_does_not_hold_up_the_others(
    server: Server, endpoint: Endpoint, dora: User
) -> None:
    """What waits for whom is over quota fills no place of what waits for another."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    broken = an_endpoint(server, dora, url=nowhere, kinds=["other"])
    Parcel.objects.bulk_create(
        Parcel(endpoint=broken, kind="visit", key=f"{n}", facts={"who": "A"}, at=AT, next_try_at=AT - A_DAY)
        for n in range(delivering.AT_ONCE + 1)
    )
    told()

    assert delivering.send_waiting(at=AT) == len(server.heard) == 1


def test_a_chat_is_told_at_most_twenty_times_a_minute(server: Server, dora: User) -> None:
    an_endpoint(server, dora, format="dingtalk")
    webhooks.tell_all("visit", {f"visit-{n}": {"who": f"A{n}"} for n in range(45)}, at=AT)
    moments = [timedelta(0), timedelta(seconds=59), timedelta(minutes=1), timedelta(minutes=2)]

    assert [delivering.send_waiting(at=AT + later) for later in moments] == [20, 0, 20, 5]
    assert [attempts for _key, _state, attempts in parcels()] == [1] * 45


def test_what_comes_in_the_quiet_hours_of_a_chat_waits_for_their_end(server: Server, dora: User) -> None:
    an_endpoint(server, dora, format="wecom", quiet_from=22, quiet_until=8)
    night = AT.replace(hour=2)
    told(at=night)
    moments = (night, night.replace(hour=7, minute=59), night.replace(hour=8), night.replace(hour=9))

    assert [delivering.send_waiting(at=at) for at in moments] == [0, 0, 1, 0]


def test_half_a_quiet_time_is_refused_on_the_page_and_by_the_database(
    server: Server, dora: User, client: Client
) -> None:
    User.objects.filter(pk=dora.pk).update(language="en")
    client.force_login(dora)
    endpoint = an_endpoint(server, dora)
    about = {"name": "Chat", "format": "json", "kinds": ["visit"], "language": "en", "quiet_from": "22"}

    refused = client.post(reverse("accounts:webhook", args=[endpoint.pk]), about)
    assert (refused.status_code, "Choose both, or none." in refused.content.decode()) == (422, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.update(quiet_from=22)
    client.post(reverse("accounts:webhook", args=[endpoint.pk]), about | {"quiet_until": "8"})
    endpoint.refresh_from_db()
    assert (endpoint.quiet_from, endpoint.quiet_until) == (22, 8)


def test_whoever_does_not_answer_is_not_waited_for(
    server: Server, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    server.answers = [(-2, {})]
    told()
    began = time.monotonic()
    delivering.send_waiting(at=AT)
    assert time.monotonic() - began < 1.5
    assert parcels() == [("visit-1", "waiting", 1)]


# The chats


@pytest.mark.parametrize(
    "format_, answer, state",
    [
        ("wecom", {"errcode": 0, "errmsg": "ok"}, "sent"),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "failed"),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, "waiting"),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, "failed"),
        ("feishu", {"code": 0, "msg": "success"}, "sent"),
        ("feishu", {"StatusCode": 0, "StatusMessage": "success"}, "sent"),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, "failed"),
        ("feishu", ["no bot"], "failed"),
    ],
)
def test_what_a_chat_answers_is_understood(
    server: Server, dora: User, format_: str, answer: Any, state: str
) -> None:
    an_endpoint(server, dora, format=format_)
    server.answers = [(200, answer)]
    told()
    delivering.send_waiting(at=AT)
    assert [state for _key, state, _attempts in parcels()] == [state]


def test_dingtalk_is_signed_in_the_address(server: Server) -> None:
    url = "https://oapi.dingtalk.com/robot/send?access_token=T"
    made = formats.dingtalk(MESSAGE, url=url, secret="SEC1", now=1_700_000_000)

    query = parse_qs(urlsplit(made.url).query)
    assert (query["access_token"], query["timestamp"]) == (["T"], ["1700000000000"])
    expected = hmac.new(b"SEC1", b"1700000000000\nSEC1", hashlib.sha256).digest()
    assert base64.b64decode(unquote(query["sign"][0])) == expected
    assert json.loads(made.body)["markdown"]["title"] == "Acme"


def test_feishu_is_signed_in_the_body() -> None:
    made = json.loads(formats.feishu(MESSAGE, url="https://x", secret="key", now=1_700_000_000).body)

    expected = base64.b64encode(hmac.new(b"1700000000\nkey", b"", hashlib.sha256).digest()).decode()
    assert made == {
        "timestamp": "1700000000", "sign": expected, "msg_type": "text",
        "content": {"text": "Acme\nThey like tea.\nGreen"},
    }  # fmt: skip
    assert "sign" not in json.loads(formats.feishu(MESSAGE, url="https://x", secret="", now=1).body)


def test_wecom_gets_at_most_4096_bytes_and_names_are_no_markup() -> None:
    long = Message("1", "visit", "", "客" * 3_000, "<@all> [x](http://y)", (), "", {})
    content = json.loads(formats.wecom(long, url="https://x").body)["markdown"]["content"]
    short = json.loads(formats.wecom(Message("1", "k", "", "A", "<@all> [x](y)", (), "", {}), url="").body)

    assert len(content.encode()) <= 4_096
    assert content.endswith("客…")
    assert short["markdown"]["content"] == "**A**\n＜＠all＞ ［x］(y)"


def test_in_feishu_nobody_is_mentioned_by_a_name() -> None:
    name = '<at user_id="all">Acme</at>'
    message = Message("1", "k", "", name, "[x](y)", (name,), "https://crm/", {})
    made = json.loads(formats.feishu(message, url="", secret="", now=1).body)
    wide = '＜at user_id="all"＞Acme＜/at＞'
    assert made["content"]["text"].split("\n") == [wide, "［x］(y)", wide, "https://crm/"]


# Our own network


@pytest.mark.parametrize(
    "address, is_allowed",
    [
        ("8.8.8.8", True), ("2606:4700:4700::1111", True),
        ("127.0.0.1", False), ("10.0.0.1", False), ("172.16.0.1", False), ("192.168.1.1", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("::1", False), ("fe80::1", False), ("fc00::1", False), ("::ffff:10.0.0.1", False),
        ("2002:0a00:0001::", False), ("64:ff9b::a00:1", False),
    ],
)  # fmt: skip
def test_private_addresses_are_refused(address: str, is_allowed: bool) -> None:
    assert sending.is_allowed(ipaddress.ip_address(address)) is is_allowed


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_goes_to_this_machine_by_whatever_name(
    server: Server, dora: User, settings: Settings, host: str
) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    an_endpoint(server, dora, url=server.url.replace("127.0.0.1", host))
    told()
    delivering.send_waiting(at=AT)

    [parcel] = Parcel.objects.all()
    assert (server.heard, parcel.state) == ([], "waiting")
    assert "private" in parcel.error or "host" in parcel.error.lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "https://user:word@example.com/", "example.com",
        "https://example.com/#x", "https://example.com/a b", "https://example.com:99999/", "https://exämple.com/",
        "https://example.com/\r\nX: y", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_addresses_that_are_none_are_refused_with_a_sentence(url: str) -> None:
    assert sending.fault_of(url)
    with pytest.raises(sending.NotSentError):
        sending.send(formats.Request(url, b""))


# At rest


def test_address_and_secret_stand_sealed_in_the_database(
    server: Server, dora: User, settings: Settings
) -> None:
    one = an_endpoint(server, dora, url="https://chat.example.com/?key=hidden1", secret="s3cret")
    kept = "".join(
        Endpoint.objects.annotate(a=Cast("url", TextField()), b=Cast("secret", TextField())).values_list(
            "a", "b"
        )[0]
    )
    assert [word for word in ("chat", "hidden1", "s3cret") if word in kept] == []
    assert Endpoint.objects.get() == one
    assert (Endpoint.objects.get().url, Endpoint.objects.get().secret) == (one.url, "s3cret")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one"
    assert Endpoint.objects.get().secret == "s3cret"
    settings.SECRET_KEY_FALLBACKS = []
    assert (Endpoint.objects.get().url, Endpoint.objects.get().secret) == ("", "")


def test_a_dump_holds_address_and_secret_sealed_and_can_be_loaded(
    server: Server, dora: User, settings: Settings
) -> None:
    an_endpoint(server, dora, url="https://chat.example.com/?key=hidden1", secret="s3cret")
    dump = serializers.serialize("json", Endpoint.objects.all())
    assert [word for word in ("chat", "hidden1", "s3cret") if word in dump] == []

    def loaded() -> tuple[str, str]:
        [row] = serializers.deserialize("json", dump)
        assert isinstance(row.object, Endpoint)
        return row.object.url, row.object.secret

    assert loaded() == ("https://chat.example.com/?key=hidden1", "s3cret")
    settings.SECRET_KEY = "of another installation"
    assert loaded() == ("", "")


# The pages


def test_a_webhook_is_made_tried_and_never_shows_its_secrets(
    server: Server, dora: User, client: Client, db: None
) -> None:
    User.objects.filter(pk=dora.pk).update(language="en")
    client.force_login(dora)
    about = {
        "name": "Chat",
        "format": "json",
        "url": f"{server.url}?key=hidden1",
        "kinds": ["visit"],
        "language": "en",
    }

    refused = client.post(reverse("accounts:webhook_create"), about | {"url": "gopher://x"})
    assert (refused.status_code, "must begin with https" in refused.content.decode()) == (422, True)
    made = client.post(reverse("accounts:webhook_create"), about | {"is_active": "on"}, follow=True)
    endpoint = Endpoint.objects.get()
    assert (len(endpoint.secret), endpoint.secret in made.content.decode()) == (43, True)  # shown once

    tried = client.post(reverse("accounts:webhook_test", args=[endpoint.pk]), follow=True).content.decode()
    assert ("The test has arrived." in tried, len(server.heard)) == (True, 1)
    server.answers = [(500, {})]
    tried = client.post(reverse("accounts:webhook_test", args=[endpoint.pk]), follow=True).content.decode()
    assert "The test did not arrive: HTTP 500" in tried
    assert parcels() == [
        (p.key, state, 6) for p, state in zip(Parcel.objects.order_by("pk"), ("sent", "failed"), strict=True)
    ]

    pages = [reverse("accounts:webhooks"), reverse("accounts:webhook", args=[endpoint.pk])]
    for page in (*pages, reverse("accounts:webhook_log", args=[endpoint.pk])):
        text = client.get(page).content.decode()
        assert (endpoint.secret in text, "hidden1" in text) == (False, False), page
    client.post(pages[1], about | {"url": "", "name": "Renamed"})
    changed = Endpoint.objects.get()
    assert (changed.name, changed.url, changed.secret) == ("Renamed", endpoint.url, endpoint.secret)


def test_what_failed_goes_out_again_on_somebodys_word(
    server: Server, endpoint: Endpoint, dora: User, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    client.force_login(dora)
    server.answers = [(404, {})]
    told()
    delivering.send_waiting(at=AT)
    [parcel] = Parcel.objects.all()
    url = reverse("accounts:webhook_again", args=[parcel.pk])

    client.post(url)
    client.post(url)

    assert (len(server.heard), parcels()) == (2, [("visit-1", "sent", 1)])
