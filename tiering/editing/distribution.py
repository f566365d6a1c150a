"""How the book's values of an indicator spread, counted by the database: drawn behind a curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db.models import BigIntegerField, Case, Count, ExpressionWrapper, F, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf

from tiering import assigning, curves, reasons
from tiering.measures import Unit
from tiering.models import Indicator, Run, Scheme, SchemeVersion

MOST_BUCKETS: Final = 24
BEYOND: Final = 5
"""The drawing goes on for a fifth of the curve beyond its last knot, and before its first."""
KEPT: Final = 24 * 3600
BELOW, ABOVE, UNKNOWN = -1, -2, -3


@dataclass(frozen=True)
class Bucket:
    """Raw values from `first` to `last`, both in."""

    first: int
    last: int
    customers: int
    key: str

    @property
    def label(self) -> str:
        first, last = (reasons.value_of(self.key, value) for value in (self.first, self.last))
        return first if self.first == self.last else f"{first} – {last}"


@dataclass(frozen=True)
class Distribution:
    """Of a published run. `known` are all whose value is known, those beyond the drawing too."""

    run: Run
    buckets: list[Bucket]
    below: int
    above: int
    unknown: int

    @property
    def known(self) -> int:
        return self.below + self.above + sum(bucket.customers for bucket in self.buckets)

    @property
    def beyond(self) -> int:
        return self.below + self.above

    def chart(self, unit: Unit) -> list[list[float]]:
        """(from, to, customers) as the axis counts; what is counted one by one is drawn around its number."""
        half = 0.5 if self.buckets and self.buckets[0].first == self.buckets[0].last else 0
        return [
            [
                curves.axis_value(each.first, unit) - half,
                curves.axis_value(each.last + (0 if half else 1), unit) + half,
                each.customers,
            ]
            for each in self.buckets
        ]


def last_run(scheme: Scheme) -> Run | None:
    """Of the customers on whom the scheme is tried: a nightly check grades some, and an undone run nobody."""
    is_default = scheme.is_default or not assigning.grades(scheme)
    own = Run.objects.published().of_the_book().in_line_with(scheme.pk, is_default=is_default)
    runs = own.select_related("version")
    return runs.order_by("-published_at", "-pk").first()


def distribution(indicator: Indicator) -> Distribution | None:
    """None where no customer's value is on record: nothing was graded yet, or not by this indicator."""
    run = last_run(indicator.dimension.version.scheme)
    if run is None:
        return None
    keys = [each.key for each in SchemeVersion.objects.whole().get(pk=run.version_id).indicators()]
    if indicator.key not in keys:
        return None
    first, last, width = drawn_range(indicator.knots)
    place = keys.index(indicator.key)
    key = f"distribution:{run.pk}:{run.frozen_at.timestamp()}:{place}:{first}:{last}"
    counts: dict[int, int] | None = cache.get(key)
    if counts is None:
        counts = counted(run, place, first=first, last=last, width=width)
        cache.set(key, counts, KEPT)
    buckets = [
        Bucket(at, min(at + width - 1, last), counts.get(n, 0), indicator.key)
        for n, at in enumerate(range(first, last + 1, width))
    ]
    found = Distribution(run, buckets, counts.get(BELOW, 0), counts.get(ABOVE, 0), counts.get(UNKNOWN, 0))
    return found if found.known else None


def drawn_range(knots: Sequence[Sequence[int]]) -> tuple[int, int, int]:
    """First and last raw value of the drawing, and how many values a bucket holds."""
    low, high = knots[0][0], knots[-1][0]
    margin = (high - low) // BEYOND
    first = max(low - margin, 0) if low >= 0 else low - margin
    last = high + margin - (1 if margin else 0)  # so that money is counted in round steps
    return first, last, -(-(last - first + 1) // MOST_BUCKETS)


def counted(run: Run, place: int, *, first: int, last: int, width: int) -> dict[int, int]:
    """One pass over the run's gradings, whatever their number; what is below, above and unknown is counted too."""
    text = Cast(KT(f"values__{place}"), TextField())
    value: Any = Cast(NullIf(text, Value("null")), BigIntegerField())  # SQLite spells what is unknown
    bucket = ExpressionWrapper((F("value") - first) / width, output_field=BigIntegerField())
    which = Case(
        When(value=None, then=Value(UNKNOWN)),
        When(value__lt=first, then=Value(BELOW)),
        When(value__gt=last, then=Value(ABOVE)),
        default=bucket,
        output_field=BigIntegerField(),
    )
    rows = run.gradings.order_by().annotate(value=value).annotate(bucket=which).values_list("bucket")
    return dict(rows.annotate(n=Count("pk")))
