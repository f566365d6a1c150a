"""Asking customers to answer: by e-mail through the outbox, or by a link that somebody pastes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mail
from accounts.mail import Mail
from accounts.models import Letter, User
from customers.models import Contact, Customer
from maintenance.models import Invitation, Obligation, Survey
from maintenance.surveys import KIND, PROMISE_KEY, tokens

BATCH: Final = 500


@dataclass
class Outcome:
    """Who was invited, and who not for what reason."""

    invited: list[Invitation] = field(default_factory=list)
    asked_already: list[Customer] = field(default_factory=list)
    without_address: list[Customer] = field(default_factory=list)
    archived: list[Customer] = field(default_factory=list)


@transaction.atomic
def invite(
    customers: Sequence[int],
    *,
    survey: Survey,
    channel: str,
    by: User,
    at: datetime,
    language: str = "",
    quarter: str = "",
    senders: Mapping[int, int] | None = None,
) -> Outcome:
    """Each customer once: nobody who still has an invitation open. A few statements, however many they are.

    An open promise of a survey is kept when the invitation is answered. What goes out by itself says in which quarter,
    and in whose name it does for each customer.
    """
    Survey.objects.select_for_update().get(pk=survey.pk)  # two who invite at once do it one after the other
    outcome = Outcome()
    for start in range(0, len(customers), BATCH):
        pks = sorted(customers)[start : start + BATCH]
        asked = set(
            Invitation.objects.open(at).filter(survey=survey).of(pks).values_list("customer", flat=True)
        )
        contacts = first_contacts(pks, needs_address=channel == Invitation.Channel.EMAIL)
        promises = open_promises(pks)
        rows = [
            Invitation(
                survey=survey,
                customer=customer,
                contact=contacts.get(customer.pk),
                tier_id=customer.standing.tier_id,
                owner_id=customer.owner_id,
                obligation=promises.get(customer.pk),
                channel=channel,
                sent_in=quarter,
                sent_by_id=(senders or {}).get(customer.pk, by.pk),
                sent_at=at,
                expires_at=at + timedelta(days=survey.valid_days),
            )
            for customer in sorted_out(
                pks, asked, None if channel == Invitation.Channel.LINK else contacts, outcome
            )
        ]
        outcome.invited += Invitation.objects.bulk_create(rows)
        if channel == Invitation.Channel.EMAIL:
            post(rows, at=at, language=language)
    return outcome


def sorted_out(
    pks: Sequence[int], asked: set[int], contacts: dict[int, Contact] | None, outcome: Outcome
) -> list[Customer]:
    """Who can be invited; why the others cannot goes into the outcome."""
    found = []
    for customer in Customer.objects.filter(pk__in=pks).select_related("standing").order_by("pk"):
        if customer.is_archived:
            outcome.archived.append(customer)
        elif customer.pk in asked:
            outcome.asked_already.append(customer)
        elif contacts is not None and customer.pk not in contacts:
            outcome.without_address.append(customer)
        else:
            found.append(customer)
    return found


def post(invitations: Sequence[Invitation], *, at: datetime, language: str) -> None:
    letters = {
        letter_key(one): Letter(
            kind=KIND,
            key=letter_key(one),
            address=one.contact.email,
            language=language,
            facts={"invitation": one.pk},
            at=at,
        )
        for one in invitations
        if one.contact
    }
    mail.post_letters(letters.values())
    written = dict(Letter.objects.filter(key__in=list(letters)).values_list("key", "pk"))
    for one in invitations:
        one.letter_id = written.get(letter_key(one))
    Invitation.objects.bulk_update(invitations, ["letter"], batch_size=BATCH)


def letter_key(invitation: Invitation) -> str:
    return f"survey-{invitation.pk}"


def first_contacts(pks: Sequence[int], *, needs_address: bool) -> dict[int, Contact]:
    """By customer: the main contact, or the first one; nobody who does not want to be asked."""
    rows = Contact.objects.filter(customer__in=pks, opt_out_of_surveys=None).order_by("is_primary", "-pk")
    if needs_address:
        rows = rows.exclude(email="")
    return {contact.customer_id: contact for contact in rows}  # the last one wins


def open_promises(pks: Sequence[int]) -> dict[int, Obligation]:
    rows = Obligation.objects.open().filter(customer__in=pks, promise__key=PROMISE_KEY)
    return {row.customer_id: row for row in rows.order_by("-due_on", "-pk")}


def withdraw(invitation: Invitation, *, at: datetime) -> bool:
    """Its link opens nothing any more. False where it was answered or withdrawn before."""
    still_open = Q(answered_at=None, withdrawn_at=None)
    return bool(Invitation.objects.filter(still_open, pk=invitation.pk).update(withdrawn_at=at))


@transaction.atomic
def take_link(invitation: Invitation, *, at: datetime) -> str:
    """A link to paste; empty where there is nothing to answer any more. The link before opens nothing any more."""
    found = Invitation.objects.open(at).select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    return tokens.mint(found) if found and found.survey.is_active else ""


def letter(letter: Letter) -> Mail | None:
    """The link is made as the letter goes out. Nothing is said of what was withdrawn or answered meanwhile."""
    at = timezone.now()
    open_ones = Invitation.objects.open(at).filter(survey__is_active=True, customer__archived_at=None)
    invitation = (
        open_ones.select_related("survey", "customer", "contact", "sent_by")
        .filter(pk=letter.facts["invitation"])
        .first()
    )
    if invitation is None:
        return None
    about = {
        "invitation": invitation,
        "survey": invitation.survey,
        "link": tokens.mint(invitation),
        "until": timezone.localdate(invitation.expires_at),
    }
    return Mail(
        subject=_("%(survey)s: we would like to hear from you") % {"survey": invitation.survey.title},
        body=render_to_string("maintenance/surveys/invitation.txt", about),
    )
