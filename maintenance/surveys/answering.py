"""What follows when somebody answers: a contact on the timeline, a promise kept, a figure for the tier."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _, gettext_lazy

from accounts import notices, webhooks
from accounts.models import Notice, User
from accounts.notices import News, Words
from customers.models import Channel, Customer, Figure, Interaction
from customers.services import add_fact, log_interaction, recording
from maintenance import services
from maintenance.models import Answer, Invitation, OptOutOfSurveys, Question
from maintenance.surveys import ANSWERED, INDICATOR, results

Said = Mapping[int, int | str]
"""By the question's id: a score, or words."""


@transaction.atomic
def answer(invitation: Invitation, said: Said, *, at: datetime) -> bool:
    """Once. False, and nothing is changed, where it was answered before or is no longer open."""
    recording()
    locked = Invitation.objects.select_for_update(of=("self",)).select_related(
        "survey", "customer", "sent_by"
    )
    row = locked.get(pk=invitation.pk)
    if row.state(at) != "open":
        return False
    questions = {question.pk: question for question in row.survey.questions.order_by("position", "pk")}
    Answer.objects.bulk_create(
        Answer(
            invitation=row,
            question=question,
            score=value if isinstance(value, int) else None,
            words=value if isinstance(value, str) else "",
        )
        for pk, question in questions.items()
        if (value := said.get(pk)) not in (None, "")
    )
    row.answered_at = at
    row.save(update_fields=["answered_at"])
    row.interaction = keep_promise(row, note=summary(row, questions, said), at=at)
    row.figure = feed(row, at=at)
    row.save(update_fields=["interaction", "figure"])
    tell(row, at=at)
    return True


def keep_promise(invitation: Invitation, *, note: str, at: datetime) -> Interaction:
    """The answer stands on the timeline, and keeps the promise for which it was asked, if that is still owed."""
    by, promise = invitation.sent_by, invitation.obligation
    if promise and not invitation.customer.archived_at:
        try:
            with transaction.atomic():
                kept = services.complete(promise, by=by, at=at, channel=Channel.ONLINE, note=note)
        except ValidationError:  # kept or withdrawn meanwhile
            pass
        else:
            assert kept.interaction  # noqa: S101 - `complete` writes one
            return kept.interaction
    return log_interaction(invitation.customer, by=by, at=at, channel=Channel.ONLINE, note=note)


def feed(invitation: Invitation, *, at: datetime) -> Figure | None:
    """The average of the year up to now, this answer included. Figures are appended: the newest counts, a run that
    froze before does not see it, and the figure of an answer is written with it, so that none counts twice."""
    if not invitation.answers.filter(question__kind=Question.Kind.SATISFACTION).exists():
        return None
    pk = invitation.customer_id
    with translation.override(invitation.sent_by.language or settings.MAIL_LANGUAGE):
        source = _("survey")
    figure = Figure(
        customer_id=pk,
        indicator=INDICATOR,
        value=results.averages([pk], until=at)[pk].index,
        as_of=timezone.localdate(at),
        source=source,
        by=invitation.sent_by,
    )
    add_fact(figure)
    return figure


def summary(invitation: Invitation, questions: Mapping[int, Question], said: Said) -> str:
    """For the timeline, in the language of whoever sent it: the average, whether they would recommend us, their words."""
    with translation.override(invitation.sent_by.language or settings.MAIL_LANGUAGE):
        lines = [_("Survey answered: %(survey)s") % {"survey": invitation.survey.title}]
        for pk, question in questions.items():
            value = said.get(pk)
            if isinstance(value, int):
                lines.append(f"{question.title} {value}/{question.scale[-1]}")
            elif value:
                lines.append(f"{question.title} {value}")
        return "\n".join(lines)[:10_000]


@transaction.atomic
def opt_out(invitation: Invitation, *, at: datetime) -> None:
    """Whoever was asked does not want to be: this invitation is over, and this contact is asked no more."""
    if invitation.contact:
        OptOutOfSurveys.objects.get_or_create(contact=invitation.contact, defaults={"at": at})
    Invitation.objects.filter(pk=invitation.pk, answered_at=None, withdrawn_at=None).update(withdrawn_at=at)


# Telling the account manager


def tell(invitation: Invitation, *, at: datetime) -> None:
    who = invitation.customer.owner_id or invitation.sent_by_id
    facts, key = {"invitation": invitation.pk}, f"survey-{invitation.pk}"
    notices.tell(ANSWERED, [News(who, key, facts)], at=at)
    webhooks.tell(ANSWERED, key=key, facts=facts, at=at)


def words(told: Sequence[Notice], reader: User) -> dict[int, Words]:
    seen = Customer.objects.visible_to(reader)
    rows = Invitation.objects.filter(
        pk__in=[notice.facts["invitation"] for notice in told], customer__in=seen
    ).select_related("survey", "customer")
    found = {row.pk: row for row in rows}
    scores = results.of_invitations(list(found))
    return {
        notice.pk: in_words(row, scores[row.pk])
        for notice in told
        if (row := found.get(notice.facts["invitation"]))
    }


def words_outside(facts: dict[str, Any]) -> Words | None:
    row = Invitation.objects.select_related("survey", "customer").filter(pk=facts["invitation"]).first()
    return in_words(row, results.of_invitations([row.pk])[row.pk]) if row else None


def in_words(invitation: Invitation, scores: results.Scores) -> Words:
    return Words(
        title=_("%(customer)s answered: %(survey)s")
        % {"customer": invitation.customer.name, "survey": invitation.survey.title},
        text=str(scores),
        url=reverse("maintenance:invitation", args=[invitation.pk]),
    )


def register() -> None:
    name = gettext_lazy("Answers to surveys")
    notices.register(ANSWERED, words, name=name)
    webhooks.register(ANSWERED, name, words_outside)
