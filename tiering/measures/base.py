"""Facts of a stretch of customers, read once per table and shared by the indicators that need them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db import models
from django.db.models import Case, Q, Sum, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from customers.models import Customer
from customers.services import profiles_changed_since
from tiering.book import Bools, Column, Ints, clip
from tiering.scoring import VALUE_LIMIT
from toolbox import bulk
from toolbox.calendars import window_start
from toolbox.days import DayNumber


class Unit(models.TextChoices):
    """What a raw value counts."""

    FEN = "fen", _("money")
    BASIS_POINTS = "bp", _("percent")
    DAYS = "days", _("days")
    YEARS = "years", _("years")
    TIMES = "times", _("times")
    RATING = "rating", _("rating 1–5")
    INDEX = "index", _("index 0–100")


YEAR = 365
"""Days: what a year is to curves, pages and sheets alike."""


class Origin(models.TextChoices):
    COMPUTED = "computed", _("Computed from facts")
    RATED = "rated", _("Rated by a person")
    GIVEN = "given", _("Typed or imported")


@dataclass(frozen=True, slots=True)
class Window:
    """The trailing months up to and including a day, and the moment after which nothing counts."""

    start: date
    end: date
    frozen_at: datetime

    @classmethod
    def trailing(cls, months: int, *, as_of: date, frozen_at: datetime) -> "Window":
        return cls(window_start(as_of, months), as_of, frozen_at)

    def last(self, months: int) -> date:
        """First day of the last so many months."""
        return window_start(self.end, months)

    @property
    def start_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.start, time.min))

    @property
    def until(self) -> datetime:
        """The first moment after the last day."""
        return timezone.make_aware(datetime.combine(self.end + timedelta(days=1), time.min))


def total(expression: str | models.expressions.Combinable, where: Q | None = None) -> Coalesce:
    """A sum that is an integer on both databases, and 0 where there is nothing."""
    return Coalesce(Cast(Sum(expression, filter=where), models.BigIntegerField()), 0)


class Facts:
    """What is on record about the customers whose id lies between two, as of a window's end.

    Facts corrected after the freeze read as they then stood inside `customers.services.as_they_stood`.
    """

    def __init__(self, *, first: int, last: int, window: Window) -> None:
        self.first, self.last, self.window = first, last, window
        self._tables: dict[Any, dict[str, Ints]] = {}

    @cached_property
    def profiles(self) -> Ints:
        """Rows of (id, day number since when a customer, or 0) of whom to grade, by rising id.

        Whoever was active at the freeze: what became of a customer or was corrected after it does not count.
        """
        moment = self.window.frozen_at
        rows = (
            Customer.objects.filter(pk__range=(self.first, self.last), created_at__lte=moment)
            .order_by("pk")
            .values_list(
                "pk",
                Coalesce(DayNumber("cooperation_since"), 0),
                Case(When(archived_at=None, then=1), default=0),
            )
        )
        found = bulk.read(rows)
        for profile in profiles_changed_since(moment, first=self.first, last=self.last):
            at = np.searchsorted(found[:, 0], profile.id)
            if at < len(found) and found[at, 0] == profile.id:
                since = profile.cooperation_since
                found[at, 1:] = since.toordinal() if since else 0, profile.archived_at is None
        return found[found[:, 2] > 0][:, :2]

    @cached_property
    def ids(self) -> Ints:
        return self.profiles[:, 0]

    @property
    def stretch(self) -> dict[str, int]:
        """The customers between the two ids, as a filter on what belongs to a customer."""
        return {"customer_id__gte": self.first, "customer_id__lte": self.last}

    @property
    def size(self) -> int:
        return len(self.ids)

    def of(self, model: type[models.Model]) -> models.QuerySet[Any]:
        """The rows of one table that count: these customers', recorded before the freeze."""
        return model._default_manager.filter(**self.stretch, recorded_at__lte=self.window.frozen_at)

    def table(self, source: Callable[["Facts"], dict[str, Ints]]) -> dict[str, Ints]:
        """The columns of a source, read once."""
        if source not in self._tables:
            self._tables[source] = source(self)
        return self._tables[source]

    def aligned(self, names: Sequence[str], rows: Ints) -> dict[str, Ints]:
        """Rows of (customer id, column, …) laid beside `ids`, 0 where a customer has none; a later row wins."""
        columns = {name: np.zeros(self.size, np.int64) for name in names}
        if not len(rows) or not self.size:
            return columns
        at = np.minimum(np.searchsorted(self.ids, rows[:, 0]), self.size - 1)
        ours = self.ids[at] == rows[:, 0]
        for n, name in enumerate(names, start=1):
            columns[name][at[ours]] = rows[ours, n]
        return columns

    def grouped(self, rows: models.QuerySet[Any], **sums: Any) -> dict[str, Ints]:
        """One GROUP BY customer. No sum may be null."""
        query = rows.order_by().values("customer_id").annotate(**sums).values_list("customer_id", *sums)
        return self.aligned(tuple(sums), bulk.read(query))


class Measure:
    """How the raw value of one indicator is found. Subclasses set the words and write `read`."""

    key: str
    name: Promise
    unit: Unit
    origin: Origin = Origin.COMPUTED
    is_lower_better = False

    def read(self, facts: Facts) -> Column:
        raise NotImplementedError


registry: dict[str, Measure] = {}


def measure(cls: type[Measure]) -> type[Measure]:
    """Class decorator: put one of it into the registry."""
    registry[cls.key] = cls()
    return cls


def measures() -> dict[str, Measure]:
    """All that there are, by key."""
    return registry


def column(values: NDArray[Any], known: Bools) -> Column:
    return Column(clip(values).astype(np.int64), known)


def ratio(part: NDArray[Any], whole: Ints, *, scale: int = 10_000) -> Column:
    """`part / whole` in basis points, rounded half up; unknown where the whole is not positive."""
    known = whole > 0
    divisor = np.where(known, whole, 1)
    if len(part) and max(np.abs(part).max(), divisor.max()) > VALUE_LIMIT:
        part, divisor = part.astype(object), divisor.astype(object)  # Python's integers have no limit
    return column((2 * scale * part + divisor) // (2 * divisor), known)
