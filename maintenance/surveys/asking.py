"""What a playbook promises every quarter goes out by itself: once a customer and quarter, to somebody who wants it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts import notices
from accounts.models import Notice, Role, User
from accounts.notices import News, Words
from customers.models import Contact, Customer
from maintenance.models import CalendarOverride, Invitation, Obligation, Survey
from maintenance.surveys import PROMISE_KEY
from maintenance.surveys.inviting import BATCH, first_contacts, invite
from toolbox.calendars import is_working_day, quarter_of, quarter_start
from toolbox.days import midnight

TO_SEND: Final = "surveys_to_send"
MOST: Final = 10
"""Customers named in a notice."""
AHEAD: Final = timedelta(days=21)
"""Before the promise is due: time to answer, and to send by hand what has no address."""


@transaction.atomic
def send_by_itself(survey: Survey, on: bool) -> None:
    """One survey at most does: the one before stops."""
    Survey.objects.filter(sends_itself=True).update(sends_itself=False)
    if on:
        Survey.objects.filter(pk=survey.pk).update(sends_itself=True)


def ask_quarterly(*, at: datetime) -> int:
    """How many were asked. On free days nobody is."""
    survey = Survey.objects.filter(sends_itself=True, is_active=True).first()
    overrides = dict(CalendarOverride.objects.values_list("day", "is_working"))
    if survey is None or not is_working_day(timezone.localdate(at), overrides=overrides):
        return 0
    due = sorted(set(waiting(survey, at)))
    stretches = (due[first : first + BATCH] for first in range(0, len(due), BATCH))
    return sum(ask(pks, survey=survey, at=at) for pks in stretches)


def waiting(survey: Survey, at: datetime) -> "Sequence[int]":
    """Ids of the customers to whom a survey is owed soon, and who were not asked in this quarter by anybody.

    What went out by itself counts whichever survey it was: another one may have taken its place since.
    """
    today = timezone.localdate(at)
    first = midnight(quarter_start(today))
    by_anybody = Q(survey=survey, sent_at__gte=first) | Q(sent_in=quarter_of(today))
    asked = Invitation.objects.filter(by_anybody).values("customer")
    rows = Obligation.objects.open().filter(
        promise__key=PROMISE_KEY, due_on__lte=today + AHEAD, customer__archived_at=None
    )
    return list(rows.exclude(customer__in=asked).values_list("customer", flat=True))


@transaction.atomic
def ask(pks: list[int], *, survey: Survey, at: datetime) -> int:
    """By e-mail where somebody has an address; otherwise it waits for the account manager to send the link."""
    Survey.objects.select_for_update().get(pk=survey.pk)
    pks = sorted(set(pks) & set(waiting(survey, at)))  # who came first has asked some of them
    senders = names_for(pks)
    reachable = set(first_contacts(pks, needs_address=True)) if settings.SENDS_MAIL else set()
    asked = 0
    fallback = somebody()
    if fallback is None:
        return 0
    for channel, theirs in (
        (Invitation.Channel.EMAIL, sorted(reachable)),
        (Invitation.Channel.LINK, sorted(set(pks) - reachable - unwilling(pks))),
    ):
        done = invite(
            theirs,
            survey=survey,
            channel=channel,
            by=fallback,
            at=at,
            quarter=quarter_of(timezone.localdate(at)),
            senders=senders,
        )
        asked += len(done.invited)
        if channel == Invitation.Channel.LINK:
            tell(done.invited, at=at)
    return asked


def names_for(pks: list[int]) -> dict[int, int]:
    """In whose name each is asked: the account manager's."""
    owned = Customer.objects.filter(pk__in=pks, owner__is_active=True)
    return dict(owned.values_list("pk", "owner_id"))


def somebody() -> User | None:
    """In whose name customers without an account manager are asked."""
    leaders = User.objects.filter(is_active=True, role__in=[Role.DIRECTOR, Role.ADMINISTRATOR])
    return leaders.order_by("-role", "pk").first()


def unwilling(pks: list[int]) -> set[int]:
    """Customers of whom all contacts that there are do not want to be asked."""
    contacts = Contact.objects.filter(customer__in=pks)
    some = set(contacts.exclude(opt_out_of_surveys=None).values_list("customer", flat=True))
    return some - set(contacts.filter(opt_out_of_surveys=None).values_list("customer", flat=True))


def tell(invitations: Sequence[Invitation], *, at: datetime) -> None:
    """Each account manager once a day, however many they are, and of which customers."""
    theirs = defaultdict[int, list[int]](list)
    for one in invitations:
        theirs[one.sent_by_id].append(one.customer_id)
    day = timezone.localdate(at)
    news = [
        News(pk, f"surveys-to-send-{day}", {"count": len(pks), "customers": pks[:MOST]})
        for pk, pks in theirs.items()
    ]
    notices.tell(TO_SEND, news, at=at)


def words(told: Sequence[Notice], reader: User) -> dict[int, Words]:
    pks = {pk for notice in told for pk in notice.facts.get("customers", ())}
    names = dict(Customer.objects.visible_to(reader).filter(pk__in=pks).values_list("pk", "name"))
    return {notice.pk: in_words(notice.facts, names) for notice in told}


def in_words(facts: dict[str, Any], names: dict[int, str]) -> Words:
    count = facts["count"]
    title = ngettext("%(count)s survey to be sent by WeChat", "%(count)s surveys to be sent by WeChat", count)
    text = ngettext(
        "The customer has no contact with an e-mail address: take the link and paste it.",
        "The customers have no contact with an e-mail address: take the links and paste them.",
        count,
    )
    url = f"{reverse('maintenance:invitations')}?state=to_send"
    lines = [names[pk] for pk in facts.get("customers", ()) if pk in names]
    if lines and count > len(lines):
        lines.append(_("… and more"))
    return Words(title=title % {"count": count}, text=text, url=url, lines=lambda: lines)


def register() -> None:
    notices.register(TO_SEND, words, name=gettext_lazy("Surveys to be sent by hand"))
