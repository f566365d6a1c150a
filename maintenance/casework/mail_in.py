"""Cases by e-mail. Each e-mail is taken once; one of nobody we know waits on a list for a person to sort it."""

import re
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notices import News, tell
from customers.models import Contact, Customer
from customers.services import add_fact
from maintenance.case_steps import Step
from maintenance.casework.opening import open_case, write
from maintenance.casework.steps import locked, take
from maintenance.casework.telling import WROTE
from maintenance.casework.whose import who_has
from maintenance.letters import Parsed, parse
from maintenance.models import Case, CaseEvent, Mail

LONGEST_DETAIL: Final = 10_000
LONGEST_SUBJECT: Final = 200
NUMBER: Final = re.compile(r"\bC(\d{5,12})\b", re.ASCII)


class AlreadyReceivedError(ValueError):
    """The message is for people."""


@transaction.atomic
def receive(raw: bytes, *, at: datetime, kind: str = Case.Kind.ENQUIRY) -> Mail:
    """What became of it stands on it. Raises AlreadyReceivedError where its Message-ID was seen before."""
    parsed = parse(raw)
    letter = _kept(parsed, at=at)
    if parsed.is_automatic:
        _dismiss(letter, words=_("Sent by a machine."), by=None, at=at)
        return letter
    contact = sender_among_contacts(parsed.sender)
    if contact is None:
        return letter
    if case := _answered(parsed, contact.customer):
        _wrote(case, letter, at=at)
    else:
        case = _opened(letter, contact.customer, contact=contact, kind=kind, at=at)
    _became(letter, case, by=None, at=at)
    return letter


def _kept(parsed: Parsed, *, at: datetime) -> Mail:
    letter = Mail(
        message_id=parsed.message_id,
        sender=parsed.sender[:320],
        sender_name=parsed.sender_name[:200],
        subject=parsed.subject[:LONGEST_SUBJECT] or _("(no subject)"),
        body=parsed.body,
        attachments=list(parsed.attachments),
        received_at=at,
    )
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
    except IntegrityError as twice:
        raise AlreadyReceivedError(
            _("This e-mail was received before, nothing was done: %(id)s") % {"id": parsed.message_id}
        ) from twice
    return letter


def sender_among_contacts(address: str) -> Contact | None:
    """The contact with this address, if it is one customer's alone."""
    if not address:
        return None
    found = Contact.objects.filter(email__iexact=address, customer__archived_at=None).select_related(
        "customer"
    )
    rows = list(found.order_by("-is_primary", "pk")[:50])
    return rows[0] if len({row.customer_id for row in rows}) == 1 else None


def _answered(parsed: Parsed, customer: Customer) -> Case | None:
    """The case whose number stands in the subject, if it is this customer's."""
    numbers = [int(digits) for digits in NUMBER.findall(parsed.subject)]
    return Case.objects.of(customer).filter(pk__in=numbers).order_by("pk").first()


def _wrote(case: Case, letter: Mail, *, at: datetime) -> None:
    """What was waited for has come: the clock goes on. A solved one is for a person to reopen."""
    row = locked(case.pk)
    write(row, CaseEvent.Kind.WROTE, by=None, at=at, before=row.state, words=detail_of(letter))
    if row.state == Case.State.WAITING:
        take(row, Step.START, by=None, at=at)
    tell(WROTE, [News(pk, f"letter-{letter.pk}", {"case": row.pk}) for pk in sorted(who_has(row))], at=at)


def _opened(letter: Mail, customer: Customer, *, contact: Contact | None, kind: str, at: datetime) -> Case:
    return open_case(
        customer,
        kind=kind,
        subject=letter.subject,
        detail=detail_of(letter),
        contact=contact,
        by=None,
        at=at,
        source=Case.Source.EMAIL,
    )


def detail_of(letter: Mail) -> str:
    """Its text, and the names of what was left out."""
    left_out = ""
    if letter.attachments:
        left_out = "\n\n" + _("Attachments that were left out: %(names)s") % {
            "names": _(", ").join(letter.attachments)
        }
        left_out = left_out[: LONGEST_DETAIL // 2]
    room = LONGEST_DETAIL - len(left_out)
    body = letter.body if len(letter.body) <= room else f"{letter.body[: room - 1]}…"
    return (body + left_out).strip()


def _became(letter: Mail, case: Case, *, by: User | None, at: datetime) -> None:
    letter.state, letter.case, letter.sorted_by, letter.sorted_at = Mail.State.CASE, case, by, at
    letter.save(update_fields=["state", "case", "sorted_by", "sorted_at"])


def _dismiss(letter: Mail, *, words: str, by: User | None, at: datetime) -> None:
    letter.state, letter.words, letter.sorted_by, letter.sorted_at = Mail.State.DISMISSED, words, by, at
    letter.save(update_fields=["state", "words", "sorted_by", "sorted_at"])


def _still_waiting(letter: Mail) -> Mail:
    row = Mail.objects.select_for_update().get(pk=letter.pk)
    if row.state != Mail.State.WAITING:
        raise ValidationError(_("Somebody else has sorted this e-mail already."))
    return row


@transaction.atomic
def give(letter: Mail, customer: Customer, *, kind: str, remember: bool, by: User, at: datetime) -> Case:
    """An e-mail becomes a case of this customer, as of when it came; its sender a contact, if that is wanted."""
    row = _still_waiting(letter)
    contact = customer.contacts.filter(email__iexact=row.sender).first() if row.sender else None
    if remember and contact is None and row.sender:
        name = (row.sender_name or row.sender)[:100]
        contact = Contact(customer=customer, name=name, email=row.sender)
        add_fact(contact)
    case = _opened(row, customer, contact=contact, kind=kind, at=row.received_at)
    _became(row, case, by=by, at=at)
    return case


@transaction.atomic
def dismiss(letter: Mail, *, words: str, by: User, at: datetime) -> None:
    _dismiss(_still_waiting(letter), words=words, by=by, at=at)
