"""What the answers come to: set-wise, in whole numbers, and silent where too few have answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, DateField, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncQuarter
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from maintenance.models import Answer, Question
from maintenance.models.survey import InvitationQuerySet
from toolbox.calendars import quarter_of, window_start
from toolbox.days import midnight
from toolbox.rounding import round_half_up

ENOUGH: Final = 5
"""Cases, below which no rate or average is shown."""
WINDOW_MONTHS: Final = 12
PROMOTER, DETRACTOR = 9, 6
SCORES = Question.Kind.SATISFACTION


@dataclass(frozen=True)
class Average:
    """Of satisfaction, 1 to 5."""

    total: int
    count: int

    @property
    def index(self) -> int:
        """From 0 for 1 to 100 for 5."""
        return round_half_up(25 * (self.total - self.count), self.count)

    @property
    def hundredths(self) -> int:
        return round_half_up(100 * self.total, self.count)

    def __str__(self) -> str:
        return number_format(self.hundredths / 100, 2, use_l10n=True) if self.count else "–"


def averages(customers: Iterable[int], *, until: datetime) -> dict[int, Average]:
    """By customer: all that was answered in the twelve months up to then. One statement for any number of them."""
    day = timezone.localdate(until)
    start = midnight(window_start(day, WINDOW_MONTHS))
    rows = (
        Answer.objects.filter(
            invitation__customer__in=customers,
            invitation__answered_at__gte=start,
            invitation__answered_at__lte=until,
            question__kind=SCORES,
        )
        .order_by()
        .values_list("invitation__customer")
        .annotate(total=Sum("score"), count=Count("pk"))
    )
    return {pk: Average(total, count) for pk, total, count in rows}


@dataclass(frozen=True)
class Scores:
    """Of one invitation."""

    satisfaction: Average
    recommends: int | None

    def __str__(self) -> str:
        parts = []
        if self.satisfaction.count:
            parts.append(_("Satisfaction %(average)s of 5") % {"average": self.satisfaction})
        if self.recommends is not None:
            parts.append(_("would recommend us: %(score)s of 10") % {"score": self.recommends})
        return _(", ").join(parts) or _("Words only")


def of_invitations(pks: Iterable[int]) -> dict[int, Scores]:
    pks = list(pks)
    rows = Answer.objects.filter(invitation__in=pks).order_by().values_list("invitation").annotate(**SUMS)
    found = {pk: Scores(Average(total or 0, count), nps) for pk, total, count, nps in rows}
    return {pk: found.get(pk, Scores(Average(0, 0), None)) for pk in pks}


SUMS: Final = {
    "total": Sum("score", filter=Q(question__kind=SCORES)),
    "count": Count("pk", filter=Q(question__kind=SCORES)),
    "nps": Max("score", filter=Q(question__kind=Question.Kind.NPS)),
}


@dataclass(frozen=True)
class Line:
    """What some invitations came to."""

    name: Any
    sent: int
    answered: int
    satisfaction: Average
    promoters: int
    detractors: int
    rated: int
    """Who said whether they would recommend us."""

    @property
    def response_rate(self) -> int | None:
        """In basis points."""
        return round_half_up(10_000 * self.answered, self.sent) if self.sent >= ENOUGH else None

    @property
    def nps(self) -> int | None:
        """From -100 to 100."""
        if self.rated < ENOUGH:
            return None
        difference = 100 * (self.promoters - self.detractors)
        return round_half_up(difference, self.rated)

    @property
    def average(self) -> Average | None:
        """Where as many customers have answered."""
        return self.satisfaction if self.answered >= ENOUGH and self.satisfaction.count else None

    @property
    def too_few(self) -> str:
        words = ngettext(
            "Not enough data: %(count)s answer", "Not enough data: %(count)s answers", self.answered
        )
        return words % {"count": self.answered}


def summary(invitations: InvitationQuerySet, *, by: str = "") -> list[Line]:
    """All in one line, or a line for each value of a column of the invitation, such as "tier" or "owner".

    Whoever was sent an invitation counts; the quarter is that in which it was sent.
    """
    sent = invitations.sent().order_by()
    counted = counts(sent, by, sent=Count("pk"), answered=Count("answered_at"))
    nps = Q(question__kind=Question.Kind.NPS)
    answers = Answer.objects.filter(invitation__in=sent.values("pk")).order_by()
    if by == "quarter":
        answers = answers.annotate(quarter=TruncQuarter("invitation__sent_at", output_field=DateField()))
    elif by:
        answers = answers.annotate(**{f"by_{by}": F(f"invitation__{by}")})
    said = counts(
        answers,
        f"by_{by}" if by and by != "quarter" else by,
        total=Sum("score", filter=Q(question__kind=SCORES)),
        count=Count("pk", filter=Q(question__kind=SCORES)),
        promoters=Count("pk", filter=nps & Q(score__gte=PROMOTER)),
        detractors=Count("pk", filter=nps & Q(score__lte=DETRACTOR)),
        rated=Count("pk", filter=nps),
    )
    nothing = {"total": 0, "count": 0, "promoters": 0, "detractors": 0, "rated": 0}
    return [
        Line(
            name=name,
            sent=row["sent"],
            answered=row["answered"],
            satisfaction=Average(own["total"] or 0, own["count"]),
            promoters=own["promoters"],
            detractors=own["detractors"],
            rated=own["rated"],
        )
        for name, row in counted.items()
        for own in [said.get(name, nothing)]
    ]


def counts(rows: QuerySet[Any, Any], by: str, **sums: Any) -> dict[Any, dict[str, Any]]:
    """{value of the column: sums}; of all rows under "" where no column is named."""
    if not by:
        return {"": rows.aggregate(**sums)}
    return {row[by]: row for row in rows.values(by).annotate(**sums)}


def by_quarter(invitations: InvitationQuerySet) -> list[tuple[str, Line]]:
    """A line for each quarter in which some were sent, the newest first."""
    local = TruncQuarter("sent_at", output_field=DateField())
    lines = summary(invitations.annotate(quarter=local), by="quarter")
    return [(quarter_of(line.name), line) for line in sorted(lines, key=lambda line: line.name, reverse=True)]
