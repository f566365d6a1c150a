"""Invitations to surveys, and what was answered, as their pages list them."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import get_language, gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain
from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import User
from customers.listings.tiers import of_customer, tier, tier_labels
from maintenance.filters.surveys import FeedbackFilter, SentFilter
from maintenance.models import Answer, Invitation, Question
from maintenance.surveys import results
from toolbox.pages import Order

NEWEST: Final = Order("newest", "sent_at", descending=True, value=lambda row: row.sent_at.isoformat())
NEWEST_ANSWERS: Final = Order(
    "answered", "answered_at", descending=True, value=lambda row: row.answered_at.isoformat()
)


def invitations(user: User, query: QueryDict, _about: int | None = None) -> Found:
    asked = SentFilter(query, Invitation.objects.visible_to(user), request=Asker(user))
    return Found(asked.qs, NEWEST, asked)


def answers(user: User, query: QueryDict, _about: int | None = None) -> Found:
    """Invitations that were answered."""
    asked = FeedbackFilter(query, Invitation.objects.visible_to(user), request=Asker(user))
    return Found(asked.qs.answered(), NEWEST_ANSWERS, asked)


def whose() -> list[Column]:
    def title(zh: str, en: str) -> str:
        return zh if (get_language() or "").startswith("zh") else en

    return [
        *of_customer(
            code=_("Customer code"), name=_("Customer name"), owner=_("Account manager"), team_name=_("Team")
        ),
        Column(
            key="survey",
            name=_("Survey"),
            paths=("survey__title_zh", "survey__title_en"),
            value=title,
            width=24,
        ),
        plain("contact", _("Contact"), "contact__name"),
        tier("tier", _("Tier at the time"), "tier", tier_labels()),
        person("owner_then", _("Account manager at the time"), "owner"),
        plain("sent_at", _("Sent at"), kind="datetime"),
    ]


def invitation_columns() -> list[Column]:
    return [
        *whose(),
        choice("channel", _("Channel"), Invitation.Channel.choices),
        person("sent_by", _("Sent by")),
        plain("expires_at", _("Open until"), kind="datetime"),
        plain("answered_at", _("Answered at"), kind="datetime"),
        plain("withdrawn_at", _("Withdrawn at"), kind="datetime"),
    ]


def answer_columns() -> list[Column]:
    def satisfaction(pks: Sequence[Any]) -> dict[Any, int | None]:
        found = {pk: scores.satisfaction for pk, scores in results.of_invitations(pks).items()}
        return {pk: mean.hundredths * 10_000 if mean.count else None for pk, mean in found.items()}

    def recommends(pks: Sequence[Any]) -> dict[Any, int | None]:
        return {pk: scores.recommends for pk, scores in results.of_invitations(pks).items()}

    def words(pks: Sequence[Any]) -> dict[Any, str]:
        said: dict[Any, list[str]] = {}
        rows = Answer.objects.filter(invitation__in=pks, question__kind=Question.Kind.WORDS)
        for pk, text in rows.order_by("question__position", "pk").values_list("invitation", "words"):
            said.setdefault(pk, []).append(text)
        return {pk: "\n".join(texts) for pk, texts in said.items()}

    return [
        *whose(),
        plain("answered_at", _("Answered at"), kind="datetime"),
        Column(
            key="satisfaction", name=_("Satisfaction (1 to 5)"), beside=satisfaction, kind="score", width=16
        ),
        Column(
            key="recommends",
            name=_("Would recommend us (0 to 10)"),
            beside=recommends,
            kind="integer",
            width=16,
        ),
        Column(key="words", name=_("Own words"), beside=words, width=60),
    ]


INVITATIONS: Final = Listing(
    key="invitations",
    name=gettext_lazy("Invitations to surveys"),
    page="maintenance:invitations",
    find=invitations,
    columns=invitation_columns,
)
ANSWERS: Final = Listing(
    key="survey-answers",
    name=gettext_lazy("Answers to surveys"),
    page="maintenance:feedback",
    find=answers,
    columns=answer_columns,
)
