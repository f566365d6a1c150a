"""Cases by e-mail: what mail programs send, twice, from nobody we know, and in Chinese."""

import io
import sys
from base64 import b64encode
from datetime import datetime
from email.message import EmailMessage
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, strategies as st

from accounts.models import Notice, User
from customers.models import Customer, ServiceRequest
from customers.tests.making import a_contact
from maintenance import casework
from maintenance.casework import mail_in
from maintenance.letters import parse
from maintenance.models import Case, CaseEvent, Mail
from maintenance.tests.conftest import MakeCustomer

AT = datetime(2026, 11, 18, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def mail(**said: str) -> bytes:
    said = {"From": "李雷 <lilei@acme.cn>", "Subject": "Gears", "Message_ID": "<1@acme.cn>"} | said
    body = said.pop("body", "The gears crack.")
    message = EmailMessage()
    for name, value in said.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


def raw(*lines: str | bytes) -> bytes:
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


@pytest.fixture
def acme(make_customer: MakeCustomer, alice: User) -> Customer:
    customer = make_customer("Acme", owner=alice)
    a_contact(customer, "李雷", email="LiLei@Acme.cn")
    return customer


GBK = "齿轮镕裂 囍".encode("gbk")  # 镕 and 囍 are in GBK and not in GB2312, whatever the mail says


@pytest.mark.parametrize(
    "message, subject, body",
    [
        (
            raw(
                "From: a@b.cn", b"Subject: =?gb2312?B?" + b64encode(GBK) + b"?=", "Content-Type: text/plain; charset=gb2312",
                "Content-Transfer-Encoding: 8bit", "", GBK,
            ),
            "齿轮镕裂 囍", "齿轮镕裂 囍",
        ),
        (
            raw(
                "From: a@b.cn", "Subject: =?utf-8?Q?=E9=BD=BF=E8=BD=AE?=\r\n =?utf-8?Q?=E8=A3=82?=",
                "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
                "=E9=BD=BF=E8=BD=\r\n=AE a=3Db",
            ),
            "齿轮裂", "齿轮 a=b",
        ),
        (
            raw(
                "From: a@b.cn", b"Subject: " + GBK, "Content-Type: text/plain; charset=nobody-knows",
                "Content-Transfer-Encoding: base64", "", b64encode(GBK),
            ),
            "齿轮镕裂 囍", "齿轮镕裂 囍",
        ),
        (
            raw("From: a@b.cn", "Content-Type: text/html; charset=GB18030", "", "<style>p{}</style><p>齿轮&amp;<br>裂</p>".encode("gb18030")),
            "", "齿轮&\n裂",
        ),
        (raw("From: a@b.cn", "Subject: x", "", "nothing\0 said"), "x", "nothing said"),
    ],
)  # fmt: skip
def test_whatever_the_charset_it_can_be_read(message: bytes, subject: str, body: str) -> None:
    parsed = parse(message)
    assert (parsed.subject, parsed.body) == (subject, body)


def test_attachments_are_named_and_left_out() -> None:
    message = EmailMessage()
    message["From"] = '"Lei, Li" <lilei@acme.cn>'
    message["Subject"] = "Two files"
    message.set_content("See the pictures.")
    message.add_alternative("<p>See the <b>pictures</b>.</p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="裂纹.png")
    message.add_attachment("a,b", subtype="csv", filename="list.csv")
    parsed = parse(message.as_bytes())
    assert (parsed.sender_name, parsed.sender) == ("Lei, Li", "lilei@acme.cn")
    assert (parsed.body, parsed.attachments) == ("See the pictures.", ("裂纹.png", "list.csv"))


@given(st.binary(max_size=400))
def test_nothing_breaks_the_reading(data: bytes) -> None:
    for message in (data, b"From: a@b.cn\r\nSubject: =?" + data, b"Content-Type: " + data):
        parsed = parse(message)
        assert "\0" not in parsed.subject + parsed.body + parsed.sender + parsed.message_id
        assert 0 < len(parsed.message_id) <= 250
        (parsed.subject + parsed.body + parsed.sender + parsed.sender_name).encode()  # no lone surrogates


def test_a_contacts_mail_becomes_a_case_of_its_customer(acme: Customer, alice: User) -> None:
    letter = mail_in.receive(mail(body="The gears crack."), at=AT)
    case = Case.objects.get()
    assert (letter.case, letter.state) == (case, "case")
    assert (case.customer, case.source, case.kind, case.contact and case.contact.name) == (
        acme,
        "email",
        "enquiry",
        "李雷",
    )
    asked = case.request
    assert (asked.subject, asked.detail, asked.opened_by, asked.opened_at) == (
        "Gears",
        "The gears crack.",
        None,
        AT,
    )
    assert {clock.kind for clock in case.clocks.all()} == {"response", "solution"}
    assert Notice.objects.get(kind="case_assigned").recipient == alice


def test_the_same_mail_is_taken_once(acme: Customer) -> None:
    mail_in.receive(mail(), at=AT)
    with pytest.raises(mail_in.AlreadyReceivedError, match=r"<1@acme\.cn>"):
        mail_in.receive(mail(Subject="Changed on its way"), at=AT)
    assert (Mail.objects.count(), ServiceRequest.objects.count()) == (1, 1)


def test_without_a_message_id_it_is_known_by_what_it_says(acme: Customer) -> None:
    message = raw("From: lilei@acme.cn", "Subject: Gears", "", "Cracked.")
    mail_in.receive(message, at=AT)
    with pytest.raises(mail_in.AlreadyReceivedError):
        mail_in.receive(message, at=AT)
    mail_in.receive(message + b" Again.", at=AT)
    assert Case.objects.count() == 2


def test_of_nobody_of_two_and_of_an_archived_customer_it_waits_to_be_sorted(
    acme: Customer, make_customer: MakeCustomer, alice: User
) -> None:
    a_contact(make_customer("Beta", owner=alice), "李雷", email="both@trade.cn")
    a_contact(acme, "李雷", email="both@trade.cn")
    gone = make_customer("Gone", owner=alice)
    a_contact(gone, "韩梅", email="han@gone.cn")
    Customer.objects.filter(pk=gone.pk).update(archived_at=AT)
    for n, sender in enumerate(("who@nowhere.cn", "both@trade.cn", "han@gone.cn", "no address")):
        mail_in.receive(mail(From=sender, Message_ID=f"<{n}@x>"), at=AT)
    assert (Mail.objects.waiting().count(), Case.objects.count()) == (4, 0)


def test_a_machine_opens_no_case(acme: Customer) -> None:
    letter = mail_in.receive(mail(Auto_Submitted="auto-replied"), at=AT)
    assert (letter.state, Case.objects.count()) == ("dismissed", 0)


def test_an_answer_goes_to_its_case_and_starts_its_clock_again(
    acme: Customer, make_customer: MakeCustomer, alice: User, carol: User
) -> None:
    mail_in.receive(mail(), at=AT)
    case = Case.objects.get()
    casework.take(case, "wait", by=alice, at=AT, words="Which batch?")
    subject = f"Re: [{case.number}] Gears"
    mail_in.receive(mail(Subject=subject, Message_ID="<2@acme.cn>", body="Batch 7"), at=AT)
    assert Case.objects.get().state == "in_work"
    assert list(CaseEvent.objects.filter(case=case, by=None).order_by("pk").values_list("kind", "words")) == [
        ("open", ""),
        ("wrote", "Batch 7"),
        ("start", ""),
    ]
    # a stranger who knows the number does not get into it
    a_contact(make_customer("Beta", owner=carol), "韩梅", email="han@beta.cn")
    mail_in.receive(mail(From="han@beta.cn", Subject=subject, Message_ID="<3@beta.cn>"), at=AT)
    assert Case.objects.count() == 2


def test_whoever_has_the_case_hears_that_the_customer_wrote(acme: Customer, alice: User, dan: User) -> None:
    mail_in.receive(mail(), at=AT)
    case = Case.objects.get()
    casework.hand_over(case, department="service", assignee=None, by=alice, at=AT)
    mail_in.receive(mail(Subject=f"Re: {case.number}", Message_ID="<2@acme.cn>"), at=AT)
    assert list(Notice.objects.filter(kind="case_wrote").values_list("recipient__username")) == [("dan",)]


def test_long_texts_are_cut_and_attachments_still_named(acme: Customer) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = (
        "lilei@acme.cn",
        "S" * 500,
        "<" + "m" * 500 + ">",
    )
    message.set_content("字" * 20_000)
    message.add_attachment(b"x", maintype="a", subtype="b", filename="crack.png")
    letter = mail_in.receive(message.as_bytes(), at=AT)
    asked = Case.objects.get().request
    assert (len(asked.subject), len(asked.detail), len(letter.message_id) <= 250) == (200, 10_000, True)
    assert asked.detail.endswith("…\n\nAttachments that were left out: crack.png")


def test_whoever_sorts_it_makes_a_case_as_of_when_it_came(acme: Customer, dora: User) -> None:
    letter = mail_in.receive(mail(From="New <new@acme.cn>"), at=AT)
    case = mail_in.give(letter, acme, kind="complaint", remember=True, by=dora, at=AT.replace(hour=15))
    assert (case.request.opened_at, case.contact and case.contact.email) == (AT, "new@acme.cn")
    mail_in.receive(mail(From="new@acme.cn", Message_ID="<2@acme.cn>"), at=AT)
    assert (Case.objects.count(), Mail.objects.waiting().count()) == (2, 0)


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> str:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    call_command("receive_case", stdout=out)
    return out.getvalue().strip()


def test_the_command_says_what_became_of_it(monkeypatch: pytest.MonkeyPatch, acme: Customer) -> None:
    said = [piped(monkeypatch, data) for data in (mail(), mail(), mail(From="x@y.cn", Message_ID="<2@y>"))]
    assert said == [
        f"{Case.objects.get().number} of Acme: Gears",
        "This e-mail was received before, nothing was done: <1@acme.cn>",
        "x@y.cn is nobody we know: it waits to be sorted. Gears",
    ]
    with pytest.raises(CommandError, match="Nothing came in"):
        piped(monkeypatch, b" \n")
