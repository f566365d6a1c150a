"""Questions asked of ratings, each in one query for everybody."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from accounts.models import User
from customers.models import Assessment, Customer
from tiering.measures import Origin, measures
from tiering.models import Run, TierChange
from tiering.raters import rules
from tiering.raters.rules import Average
from toolbox.calendars import Cadence, months_before, period_end_before, window_start

Ratings = QuerySet[Assessment]


def with_before(ratings: Ratings) -> Ratings:
    """Each with the rating that it took the place of: of the same customer and indicator."""
    earlier = Assessment.objects.filter(customer=OuterRef("customer"), indicator=OuterRef("indicator"))
    earlier = earlier.filter(
        Q(rated_on__lt=OuterRef("rated_on")) | Q(rated_on=OuterRef("rated_on"), pk__lt=OuterRef("pk"))
    )
    return ratings.annotate(before=Subquery(earlier.order_by("-rated_on", "-pk").values("rating")[:1]))


def just_before(ratings: Ratings, run: Run) -> Ratings:
    """Recorded in the last days before the run's facts were frozen."""
    return ratings.filter(
        recorded_at__gt=run.frozen_at - timedelta(days=rules.DAYS), recorded_at__lte=run.frozen_at
    )


def moved(run: Run, *, up: bool) -> Exists:
    """Whether the customer rose, or fell, in that run."""
    changes = TierChange.objects.filter(run=run, customer=OuterRef("customer"))
    return Exists(changes.upgrades() if up else changes.downgrades())


def window(today: date) -> tuple[date, date]:
    """First and last day of the ratings that averages are taken of."""
    return window_start(today, rules.MONTHS), today


# Beside a rating


@dataclass(frozen=True, slots=True)
class Beside:
    """What a rater sees of one indicator."""

    indicator: str
    present: int | None
    """The customer's rating."""
    own: Average
    book: Average


def beside(customer: Customer, *, rater: User, today: date) -> list[Beside]:
    first, last = window(today)
    own = Q(rater=rater)
    rows = Assessment.objects.filter(rated_on__range=(first, last)).order_by().values_list("indicator")
    found = {
        key: (Average(own_n, own_sum or 0), Average(n, total or 0))
        for key, n, total, own_n, own_sum in rows.annotate(
            n=Count("pk"),
            total=Sum("rating"),
            own_n=Count("pk", filter=own),
            own_sum=Sum("rating", filter=own),
        )
    }
    present = dict(
        Assessment.objects.filter(customer=customer)
        .order_by("rated_on", "pk")
        .values_list("indicator", "rating")
    )
    nothing = Average(0, 0), Average(0, 0)
    rated = [key for key, measure in measures().items() if measure.origin == Origin.RATED]
    return [Beside(key, present.get(key), *found.get(key, nothing)) for key in rated]


# Drift


@dataclass(frozen=True, slots=True)
class Drift:
    rater: int
    indicator: str
    own: Average
    book: Average

    @property
    def difference(self) -> int:
        return rules.drift(self.own, self.book)


def drifting(today: date) -> list[Drift]:
    """Raters and indicators whose average differs from the book's, by how much."""
    rows = Assessment.objects.filter(rated_on__range=window(today)).order_by()
    own: dict[tuple[int, str], Average] = {}
    book: defaultdict[str, Average] = defaultdict(lambda: Average(0, 0))
    for rater, key, n, total in rows.values_list("rater", "indicator").annotate(
        n=Count("pk"), total=Sum("rating")
    ):
        own[rater, key] = Average(n, total)
        book[key] = Average(book[key].count + n, book[key].sum + total)
    found = [Drift(rater, key, average, book[key]) for (rater, key), average in own.items()]
    flagged = [row for row in found if rules.drifts(row.own, row.book)]
    return sorted(flagged, key=lambda row: (-abs(row.difference), row.rater, row.indicator))


@dataclass(frozen=True, slots=True)
class Rising:
    rater: int
    quarters: list[Average]
    """The oldest first, as in `quarter_days`."""


def quarter_days(today: date) -> list[tuple[date, date]]:
    """First and last day of the closed quarters that are shown, the oldest first."""
    found = []
    end = period_end_before(today, Cadence.QUARTERLY)
    for _quarter in range(rules.QUARTERS):
        found.append((window_start(end, 3), end))
        end = months_before(found[-1][0], 0) - timedelta(days=1)
    return found[::-1]


def rising(today: date) -> list[Rising]:
    """Raters whose average rose from quarter to quarter."""
    days = quarter_days(today)
    rows = Assessment.objects.filter(rated_on__range=(days[0][0], days[-1][1])).order_by()
    months = rows.annotate(year=ExtractYear("rated_on"), month=ExtractMonth("rated_on"))
    sums: defaultdict[int, list[Average]] = defaultdict(lambda: [Average(0, 0)] * len(days))
    for rater, year, month, n, total in months.values_list("rater", "year", "month").annotate(
        n=Count("pk"), total=Sum("rating")
    ):
        at = next(n for n, (first, last) in enumerate(days) if first <= date(year, month, 1) <= last)
        quarters = sums[rater]
        quarters[at] = Average(quarters[at].count + n, quarters[at].sum + total)
    found = [Rising(rater, quarters) for rater, quarters in sums.items() if rules.rises(quarters)]
    return sorted(
        found, key=lambda row: (-rules.drift(row.quarters[-1], row.quarters[-rules.RISING]), row.rater)
    )


# Just before a run


@dataclass(frozen=True, slots=True)
class Late:
    """What a rater changed in the last days before a run, and what came of what was raised."""

    rater: int
    run: Run
    changed: int
    raised: int
    lowered: int
    rose: int
    """Raised ratings whose customer then rose in the run."""


def late(runs: list[Run]) -> list[Late]:
    found = [row for run in runs for row in late_in(run) if row.changed >= rules.MANY]
    return sorted(found, key=lambda row: (-row.raised, -row.changed, -row.run.pk, row.rater))


def late_in(run: Run) -> list[Late]:
    """Counted here: the database would look for the rating before once for each number."""
    rows = just_before(with_before(Assessment.objects.all()), run).annotate(rose=moved(run, up=True))
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for rater, rating, before, rose in rows.values_list("rater", "rating", "before", "rose").iterator():
        if before is None or rating == before:
            continue
        way = "raised" if rating > before else "lowered"
        counts[rater][way] += 1
        counts[rater]["rose"] += rose and way == "raised"
    return [
        Late(rater, run, n["raised"] + n["lowered"], n["raised"], n["lowered"], n["rose"])
        for rater, n in counts.items()
    ]


def last_runs() -> list[Run]:
    return list(Run.objects.published().order_by("-as_of", "-pk")[: rules.RUNS])
