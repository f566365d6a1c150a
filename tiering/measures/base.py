"""Facts of a stretch of customers, read once per table and shared by the indicators that need them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection, models
from django.db.models import Case, Expression, Q, Sum, When
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from customers.models import Customer
from customers.services import profiles_changed_since
from tiering.book import Bools, Column, Ints, clip
from tiering.conditions import Span
from tiering.models import Category
from tiering.path import Lever
from tiering.scoring import VALUE_LIMIT
from toolbox import bulk
from toolbox.calendars import window_start
from toolbox.days import DayNumber, midnight
from toolbox.rounding import round_half_up


class Unit(models.TextChoices):
    """What a raw value counts."""

    FEN = "fen", _("money")
    BASIS_POINTS = "bp", _("percent")
    DAYS = "days", _("days")
    YEARS = "years", _("years")
    TIMES = "times", _("times")
    PER_MONTH = "per_month", _("times a month")
    """In hundredths, cut: 3.99 is less than 4, and so is whatever is less than 4."""
    RATING = "rating", _("rating 1–5")
    INDEX = "index", _("index 0–100")


POINT, WHOLE = 100, 10_000
"""A percentage point, and all, in basis points."""
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
        return midnight(self.start)

    @property
    def until(self) -> datetime:
        """The first moment after the last day."""
        return midnight(self.end + timedelta(days=1))


def total(expression: str | models.expressions.Combinable, where: Q | None = None) -> Coalesce:
    """A sum that is an integer on both databases, and 0 where there is nothing."""
    return Coalesce(Cast(Sum(expression, filter=where), models.BigIntegerField()), 0)


class Param(Expression):
    """A place in a query for what differs from stretch to stretch and from window to window."""

    def __init__(self, of: Callable[["Facts"], Any], output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.of = of

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002 - Django's signature
        return "%s", [self]


class Question:
    """What a source asks its rows with: a query that is compiled once, for all stretches and windows."""

    first = Param(lambda facts: facts.first, models.BigIntegerField())
    last = Param(lambda facts: facts.last, models.BigIntegerField())
    start = Param(lambda facts: facts.window.start, models.DateField())
    """First day of the window."""
    end = Param(lambda facts: facts.window.end, models.DateField())
    """Its last day."""
    start_at = Param(lambda facts: facts.window.start_at, models.DateTimeField())
    until = Param(lambda facts: facts.window.until, models.DateTimeField())
    """The first moment after the last day."""
    frozen_at = Param(lambda facts: facts.window.frozen_at, models.DateTimeField())

    def last_months(self, months: int) -> Param:
        """First day of the last so many months."""
        return Param(lambda facts: facts.window.last(months), models.DateField())

    def of(self, model: type[models.Model]) -> models.QuerySet[Any]:
        """The rows of one table that count: the stretch's customers', recorded before the freeze."""
        return model._default_manager.filter(
            customer_id__gte=self.first, customer_id__lte=self.last, recorded_at__lte=self.frozen_at
        ).order_by()

    def by_customer(self, rows: models.QuerySet[Any], **sums: Any) -> models.QuerySet[Any]:
        """One GROUP BY customer. No sum may be null."""
        grouped: models.QuerySet[Any] = rows.values("customer_id").annotate(**sums)
        return grouped.values_list("customer_id", *sums)


Source = Callable[[Question], "models.QuerySet[Any]"]
registry: dict[str, "Measure"] = {}
_compiled: dict[tuple[Source, str, tuple[str, ...]], bulk.Asked] = {}


def compiled(source: Source) -> bulk.Asked:
    """Once per process; again when there are more measures, which a source may ask for."""
    key = (source, connection.vendor, tuple(measures()))
    if key not in _compiled:
        _compiled[key] = bulk.Asked.from_rows(source(Question()))
    return _compiled[key]


def profiles(ask: Question) -> models.QuerySet[Any]:
    """Rows of (id, day number since when a customer, or 0, whether active), by rising id."""
    rows = Customer.objects.filter(pk__gte=ask.first, pk__lte=ask.last, created_at__lte=ask.frozen_at)
    since = Coalesce(DayNumber("cooperation_since"), 0)
    is_active = Case(When(archived_at=None, then=1), default=0)
    return rows.order_by("pk").values_list("pk", since, is_active)


def changed_profiles(ask: Question) -> models.QuerySet[Any]:
    """Ids of customers whose profile was written after the freeze."""
    history: models.QuerySet[Any] = Customer.history.all()
    written = history.filter(id__gte=ask.first, id__lte=ask.last, history_date__gt=ask.frozen_at)
    return written.order_by().values_list("id")


class Facts:
    """What is on record about the customers whose id lies between two, as of a window's end.

    Facts corrected after the freeze read as they then stood inside `customers.services.as_they_stood`.
    """

    first: int
    last: int
    window: Window

    def __init__(self, *, first: int, last: int, window: Window) -> None:
        self.first, self.last, self.window = first, last, window
        self._rows: dict[Source, Ints] = {}
        self._tables: dict[Source, dict[str, Ints]] = {}

    @cached_property
    def profiles(self) -> Ints:
        """Rows of (id, day number since when a customer, or 0) of whom to grade, by rising id.

        Whoever was active at the freeze: what became of a customer or was corrected after it does not count.
        """
        found = self.rows(profiles)
        if not len(self.rows(changed_profiles)):
            return found[found[:, 2] > 0][:, :2]
        for profile in profiles_changed_since(self.window.frozen_at, first=self.first, last=self.last):
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

    def rows(self, source: Source) -> Ints:
        """The answer of a source for this stretch and window, as a matrix; asked once."""
        if source not in self._rows:
            asked = compiled(source)
            self._rows[source] = asked.answer(self._given(asked))
        return self._rows[source]

    def ask(self, sources: Iterable[Source]) -> None:
        """Several sources in one trip: of one customer, the way to the database is what takes the time."""
        waiting = [source for source in sources if source not in self._rows]
        if not waiting:
            return
        questions = [compiled(source) for source in waiting]
        together = bulk.Asked.together(questions)
        answers = bulk.apart(questions, together.answer(self._given(together)))
        self._rows |= dict(zip(waiting, answers, strict=True))

    @property
    def asked(self) -> tuple[Source, ...]:
        return tuple(self._rows)

    def _given(self, asked: bulk.Asked) -> list[Any]:
        return [
            p.output_field.get_db_prep_value(p.of(self), connection) if isinstance(p, Param) else p
            for p in asked.params
        ]

    def table(self, source: Source) -> dict[str, Ints]:
        """The columns of a source whose first is the customer's id, laid beside `ids`."""
        if source not in self._tables:
            self._tables[source] = self.aligned(compiled(source).names[1:], self.rows(source))
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

    def summed(self, rows: Ints) -> Ints:
        """Rows of (customer id, amount, …), any number of them for a customer, added up beside `ids`."""
        sums = np.zeros(self.size, np.int64)
        if len(rows) and self.size:
            at = np.minimum(np.searchsorted(self.ids, rows[:, 0]), self.size - 1)
            ours = self.ids[at] == rows[:, 0]
            np.add.at(sums, at[ours], rows[ours, 1])
        return sums


class Measure:
    """How the raw value of one indicator is found. Subclasses set the words and write `read`."""

    key: str
    number: int
    """Tells it from the others in what one query answers about several."""
    name: Promise
    help: Any = ""
    """What people are told who rate it or give a figure."""
    unit: Unit
    origin: Origin = Origin.COMPUTED
    lowest: int | None = None
    highest: int | None = None
    """What people may rate or give."""
    is_lower_better = False
    category: Category = Category.OTHER
    fact = ""
    """The kind of fact that makes it known, by its word in `customers:add`; empty: the profile."""
    counts_up = False
    """Whether it is a sum over the window: so much more of it means "in 12 months"."""
    lever: Lever | None = None
    """How it can be influenced, and at what effort; None where it cannot. Effort 1 is what it takes to sell for ¥1,000
    more in a year; the others are set against it, for all schemes alike (docs/scoring.md)."""

    def read(self, facts: Facts) -> Column:
        raise NotImplementedError


def measure(cls: type[Measure]) -> type[Measure]:
    """Class decorator: put one of it into the registry."""
    registry[cls.key] = made = cls()
    made.number = len(registry)
    return cls


def measures() -> dict[str, Measure]:
    """All that there are, by key: those that ship, then those that people made, as of a few seconds ago."""
    from tiering.measures.own import own  # noqa: PLC0415 - built upon this module

    return {**registry, **made} if (made := own()) else registry


def spans() -> dict[str, Span]:
    """Which raw values each can have: of a judged one what people may say; what is computed is never below 0."""
    return {
        key: Span() if known.origin == Origin.COMPUTED else Span(known.lowest, known.highest)
        for key, known in measures().items()
    }


def fresh() -> dict[str, Measure]:
    """All that there are at this moment, whatever process made them."""
    from tiering.measures import own  # noqa: PLC0415 - built upon this module

    own.read()
    return measures()


def column(values: NDArray[Any], known: Bools) -> Column:
    return Column(clip(values).astype(np.int64), known)


def ratio(part: NDArray[Any], whole: Ints, *, scale: int = 10_000) -> Column:
    """`part / whole` in basis points, rounded half up; unknown where the whole is not positive."""
    known = whole > 0
    divisor = np.where(known, whole, 1)
    if len(part) and max(np.abs(part).max(), divisor.max()) > VALUE_LIMIT:
        part, divisor = part.astype(object), divisor.astype(object)  # Python's integers have no limit
    return column(round_half_up(scale * part, divisor), known)
