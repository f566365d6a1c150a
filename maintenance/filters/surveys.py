"""What the feedback log and the list of invitations may be asked."""

from datetime import date
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.filters import TierFilter, owners
from customers.models import Tier
from maintenance.models import Answer, Invitation, Question, Survey
from maintenance.models.survey import InvitationQuerySet
from maintenance.surveys.results import DETRACTOR, PROMOTER
from toolbox.calendars import months_before, quarter_of, quarter_start
from toolbox.choices import NameFilter
from toolbox.days import midnight
from toolbox.filters import FilterSet

QUARTERS = 8


def quarters() -> list[tuple[str, str]]:
    """The last two years, the newest first."""
    first = quarter_start(timezone.localdate())
    days = [months_before(first, 3 * back) for back in range(QUARTERS)]
    return [(day.isoformat(), quarter_of(day)) for day in days]


class InvitationFilter(FilterSet):
    survey = filters.ModelChoiceFilter(label=_("Survey"), queryset=Survey.objects.order_by("position", "pk"))
    tier = TierFilter(label=_("Tier at the time"), queryset=Tier.objects.in_use())
    owner = NameFilter(label=_("Account manager at the time"), queryset=owners)
    quarter = filters.ChoiceFilter(label=_("Sent in"), choices=quarters, method="in_quarter")
    customer = filters.NumberFilter(field_name="customer_id", widget=forms.HiddenInput)

    class Meta:
        model = Invitation
        fields: list[str] = []

    def in_quarter(self, rows: InvitationQuerySet, _name: str, value: str) -> InvitationQuerySet:
        first = date.fromisoformat(value)
        begins, ends = (midnight(day) for day in (first, months_before(first, -3)))
        return rows.filter(sent_at__gte=begins, sent_at__lt=ends)


class SentFilter(InvitationFilter):
    state = filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("open", _("Open")),
            ("to_send", _("To be sent by hand, for example by WeChat")),
            ("answered", _("Answered")),
            ("over", _("Over, or withdrawn")),
        ],
        method="in_state",
    )

    def in_state(self, rows: InvitationQuerySet, _name: str, value: str) -> InvitationQuerySet:
        now = timezone.now()
        if value == "open":
            return rows.open(now)
        if value == "to_send":
            return rows.to_be_sent(now)
        if value == "answered":
            return rows.answered()
        return rows.filter(answered_at=None).exclude(pk__in=rows.open(now).values("pk"))


class FeedbackFilter(InvitationFilter):
    recommends = filters.ChoiceFilter(
        label=_("Would recommend us"),
        choices=[("yes", _("Yes (9, 10)")), ("perhaps", _("Perhaps (7, 8)")), ("no", _("No (0 to 6)"))],
        method="by_recommendation",
    )
    words = filters.BooleanFilter(
        label=_("With own words only"), method="with_words", widget=forms.CheckboxInput
    )

    def by_recommendation(self, rows: InvitationQuerySet, _name: str, value: str) -> InvitationQuerySet:
        lowest, highest = {
            "yes": (PROMOTER, 10),
            "perhaps": (DETRACTOR + 1, PROMOTER - 1),
            "no": (0, DETRACTOR),
        }[value]
        return rows.filter(self.answers(question__kind=Question.Kind.NPS, score__range=(lowest, highest)))

    def with_words(self, rows: InvitationQuerySet, _name: str, value: bool | None) -> InvitationQuerySet:
        return rows.filter(self.answers(question__kind=Question.Kind.WORDS)) if value else rows

    def answers(self, **those: Any) -> Exists:
        return Exists(Answer.objects.filter(invitation=OuterRef("pk"), **those))
