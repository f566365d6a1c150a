"""Questions asked of gradings and runs for the pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from customers import scales
from customers.models import Customer, Tier
from tiering import assigning, comparing, grading, reasons, ruling, scoring
from tiering.explanation import Graded, Reason, explain, shown_parts
from tiering.measures import Facts, Window, measures, spans
from tiering.models import Chunk, Dimension, Floor, Grading, Indicator, Run, SchemeVersion, TierChange
from tiering.models.run import LONGEST
from toolbox.hundredths import hundredths

MOST_GRADINGS = 100
"""Of one customer, to choose from."""
STILL = timedelta(minutes=3)


@dataclass(frozen=True)
class IndicatorRow:
    """`points` in hundredths, `contribution` in hundredths of a point of the total as shown."""

    indicator: Indicator
    value: str
    is_known: bool
    points: int | None
    contribution: int
    origin: str
    share: int
    """Of the whole scheme, in basis points."""

    @property
    def shown(self) -> str:
        return hundredths(self.contribution)


@dataclass(frozen=True)
class DimensionRow:
    dimension: Dimension
    score: int | None
    """Ten-thousandths, 0..1_000_000."""
    rows: list[IndicatorRow]

    @property
    def shown(self) -> str:
        return "–" if self.score is None else hundredths(self.score // 100)


@dataclass(frozen=True)
class GradingView:
    """A grading laid out for people."""

    grading: Grading
    version: SchemeVersion
    dimensions: list[DimensionRow]
    possible: list[Tier]

    @property
    def rules(self) -> list[ruling.Asked]:
        """Where rules decide, what each tier asks for and how the values stand to it."""
        conditions = self.version.conditions()
        if not conditions:
            return []
        rows = [row for d in self.dimensions for row in d.rows]
        values = dict(zip((row.indicator.key for row in rows), self.grading.values, strict=True))
        names = {row.indicator.key: row.indicator.name for row in rows}
        return ruling.by_tier(conditions, [floor.tier for floor in self.version.floors.all()], values, names)

    @property
    def missing(self) -> list[IndicatorRow]:
        """What is not known, what weighs most first."""
        rows = [row for d in self.dimensions for row in d.rows if not row.is_known]
        return sorted(rows, key=lambda row: -row.share)

    @property
    def radar(self) -> dict[str, Any]:
        """For the chart: names, and scores 0..100 (null where unknown)."""
        return {
            "names": [d.dimension.name for d in self.dimensions],
            "scores": [None if d.score is None else d.score / 10_000 for d in self.dimensions],
        }


def laid_out(grading: Grading) -> GradingView:
    version = SchemeVersion.objects.whole().get(pk=grading.run.version_id)
    rules = version.rules()
    contributions = scoring.contributions(rules, grading.points)
    shown = iter(shown_parts(contributions, reasons.shown_total(grading.total)))
    values, points = iter(grading.values), iter(grading.points)
    dimensions = [
        DimensionRow(
            dimension,
            score,
            [
                _row(i, next(values), next(points), next(shown), share=dimension.weight * i.weight)
                for i in dimension.indicators.all()
            ],
        )
        for dimension, score in zip(version.dimensions.all(), grading.dimensions, strict=True)
    ]
    tiers = {floor.tier.key: floor.tier for floor in version.floors.all()}
    possible = scoring.possible_tiers(rules, grading.low, grading.high, grading.values, spans=spans())
    return GradingView(grading, version, dimensions, [tiers[key] for key in possible])


def _row(
    indicator: Indicator, value: int | None, points: int | None, contribution: int, *, share: int
) -> IndicatorRow:
    known = measures().get(indicator.key)
    return IndicatorRow(
        indicator=indicator,
        value=reasons.value_of(indicator.key, value),
        is_known=value is not None,
        points=points,
        contribution=contribution,
        origin=str(known.origin.label) if known else "",
        share=share,
    )


@dataclass(frozen=True)
class Preview:
    """What a re-grade as of today would say of one customer, by its scheme in force; nothing is written."""

    grading: Grading
    """Not saved, and never to be."""
    tier: Tier | None
    is_enough: bool
    """Whether the coverage reaches the floor: below it a customer keeps its tier."""
    reason: Reason
    before: Grading | None
    """The grading by which the customer stands."""

    @cached_property
    def comparison(self) -> comparing.Comparison:
        return comparing.compare(self.before, self.grading)

    @cached_property
    def view(self) -> GradingView:
        return laid_out(self.grading)

    @property
    def held(self) -> Tier | None:
        """The tier that the customer has, or would have were it not set by hand."""
        standing = self.grading.customer.standing
        return standing.computed_tier if standing.is_overridden else standing.tier

    @property
    def sentence(self) -> str:
        effects = self.comparison.effects if self.before else None
        names = self.comparison.names
        return reasons.sentence(self.reason.as_json(), effects=effects, names=names)

    @property
    def rows(self) -> list[reasons.Row]:
        return reasons.rows_of(self.reason, self.comparison.names)


def preview(customer: Customer, *, at: datetime) -> Preview | None:
    """From the facts of this moment, in plain integers. None for who is archived: no run grades them."""
    version = assigning.version_of(customer)
    rules = version.kept_rules()
    run = Run(version=version, as_of=timezone.localdate(at), frozen_at=at)
    window = Window.trailing(version.window_months, as_of=run.as_of, frozen_at=at)
    facts = Facts(first=customer.pk, last=customer.pk, window=window)
    values = grading.read_one(rules, facts)
    if values is None:
        return None
    found = scoring.grade(rules, values)
    before = graded_last(customer, version)
    after = Graded(rules, found.values, found.points, found.total, found.coverage)
    return Preview(
        grading=Grading(
            run=run, customer=customer, total=found.total, low=found.low, high=found.high, coverage=found.coverage,
            values=found.values, points=found.points, dimensions=found.dimensions,
        ),
        tier=tier_called(found.tier(rules), version, before),
        is_enough=found.total is not None and found.coverage >= rules.coverage_floor,
        reason=explain(comparing.graded(before) if before else None, after),
        before=before,
    )  # fmt: skip


def tier_called(key: str | None, version: SchemeVersion, before: Grading | None) -> Tier | None:
    """A tier of the version, without a question where the grading before came to the same."""
    if key is None:
        return None
    known = before.computed_tier if before and before.run.version_id == version.pk else None
    if known and known.key == key:
        return known
    return Tier.objects.get(scale=version.kept_rules().scale, key=key)


GRADED_LAST: Final = (
    *(field.attname for field in Grading._meta.concrete_fields), "computed_tier",
    "run__version", "run__as_of", "run__period", "run__state", "run__scheme",
)  # fmt: skip
"""What a preview asks of the grading before, and of its run."""


def graded_last(customer: Customer, version: SchemeVersion) -> Grading | None:
    """The grading the standing shows, when a version is at hand by which it may have been made."""
    if not customer.standing.grading_id:
        return None
    gradings = Grading.objects.select_related("run", "computed_tier").only(*GRADED_LAST)
    found = next(iter(gradings.filter(pk=customer.standing.grading_id)), None)
    if found and found.run.version_id == version.pk:
        found.run.version = version
    return found


def latest_grading(customer: Customer) -> Grading | None:
    """The published grading the standing shows."""
    if customer.standing.grading_id is None:
        return None
    return (
        Grading.objects.select_related("run__version", "tier", "computed_tier")
        .filter(pk=customer.standing.grading_id)
        .first()
    )


def total_history(customer: Customer) -> list[Grading]:
    """Published gradings, the oldest first."""
    rows = customer.gradings.filter(run__state=Run.State.PUBLISHED).select_related("run", "tier")
    return list(rows.order_by("-run__as_of", "-pk")[:24])[::-1]


def gradings_of(customer: Customer) -> list[Grading]:
    """Published gradings, the newest first."""
    rows = customer.gradings.filter(run__state=Run.State.PUBLISHED)
    return list(
        rows.select_related("run__version__scheme", "tier", "computed_tier").order_by("-run__as_of", "-pk")[
            :MOST_GRADINGS
        ]
    )


def tier_changes(customer: Customer) -> list[TierChange]:
    """The newest first, in the order of their chain: it is that of their ids, whatever the clocks said."""
    rows = customer.tier_changes.select_related("from_tier", "to_tier", "by").with_reasons()
    by_chain = (F("pk") + 0).desc()  # by the customer's index: the primary key would lead through everybody's
    found = list(rows.order_by(by_chain)[:24])
    scales.tell_steps_apart(found)
    return found


@dataclass(frozen=True)
class Progress:
    run: Run
    done: int
    dead: list[Chunk]
    is_still: bool
    """Nothing has moved for longer than what is lost takes to be taken up again, or than a publication lasts."""

    @property
    def percent(self) -> int:
        return 100 if self.run.state == Run.State.PUBLISHED else 100 * self.done // (self.run.customers or 1)


def progress(run: Run, *, at: datetime) -> Progress:
    done = run.chunks.filter(state=Chunk.State.DONE).aggregate(n=Sum("customers"))["n"] or 0
    moves = run.is_working
    silence = (
        LONGEST if run.state == Run.State.PUBLISHING else STILL
    )  # one step, which says nothing meanwhile
    is_still = moves and (run.moved_at or run.created_at) < at - silence
    return Progress(run, done, list(run.chunks.filter(state=Chunk.State.DEAD)), is_still)


@dataclass(frozen=True)
class Outcome:
    """What a published run did: customers per tier, and the matrix of movements."""

    tiers: list[tuple[Tier, int, int | None]]
    matrix: list[tuple[Tier | None, list[tuple[Tier, int]]]]
    upgrades: int
    downgrades: int
    rescaled: int
    """To another scale, which is neither up nor down."""
    firsts: int
    kept: int
    stopped: int
    ungraded: int


def outcome(run: Run) -> Outcome:
    """Of a published run."""
    counts = counts_of(run)
    tiers = [floor.tier for floor in SchemeVersion.objects.whole().get(pk=run.version_id).floors.all()]
    own = set(tiers)
    by_tier = {pk: (n, amount) for pk, n, amount in counts["tiers"]}
    moved = {(origin, target): n for origin, target, n in counts["moved"]}
    known = Tier.objects.in_bulk([pk for step in moved for pk in step if pk])
    steps = [
        (known[origin].step_to(known[target]), n)
        for (origin, target), n in moved.items()
        if origin and target
    ]
    others = sorted({known[pk] for pk, _target in moved if pk} - own, key=lambda t: (t.scale, t.rank))
    scales.tell_apart([*tiers, *others])
    return Outcome(
        tiers=[(t, *by_tier.get(t.pk, (0, 0))) for t in tiers],
        matrix=[
            (origin, [(t, moved.get((origin.pk if origin else None, t.pk), 0)) for t in tiers])
            for origin in [*tiers, *others, None]
        ],
        upgrades=sum(n for step, n in steps if step and step > 0),
        downgrades=sum(n for step, n in steps if step and step < 0),
        rescaled=sum(n for step, n in steps if step is None),
        firsts=sum(n for (origin, _target), n in moved.items() if origin is None),
        kept=counts["kept"],
        stopped=counts.get("stopped", 0),
        ungraded=by_tier.get(None, (0, 0))[0],
    )


def counts_of(run: Run) -> dict[str, Any]:
    """Counted once, however large the book is: what is published never changes. Publishing asks first."""
    if run.counts is None:
        run.counts = counted(run)
        Run.objects.filter(pk=run.pk).update(counts=run.counts)
    counts: dict[str, Any] = run.counts
    return counts


def counted(run: Run) -> dict[str, Any]:
    gradings = run.gradings.order_by().values("tier", "kept")
    rows = list(gradings.annotate(n=Count("pk"), amount=Sum("annual_amount")))
    by_tier: dict[int | None, tuple[int, int]] = {}
    for row in rows:
        add(by_tier, row["tier"], row["n"], int(row["amount"] or 0))
    stopped = stopped_steps(run)
    for origin, target, count, amount in stopped:
        add(by_tier, target, -count, -amount)
        add(by_tier, origin, count, amount)
    moved = run.changes.order_by().values_list("from_tier", "to_tier").annotate(n=Count("pk"))
    return {
        "tiers": [[tier, *sums] for tier, sums in by_tier.items()],
        "moved": [list(step) for step in moved],
        "kept": sum(row["n"] for row in rows if row["kept"] == Grading.Kept.COVERAGE),
        "stopped": sum(step[2] for step in stopped),
    }


def tiers_in_force(customer: Customer) -> QuerySet[Tier]:
    """Those that the customer's scheme grades into, the best first."""
    floors = Floor.objects.filter(version=assigning.version_of(customer))
    return Tier.objects.filter(pk__in=floors.values("tier")).order_by("rank")


def add(sums: dict[int | None, tuple[int, int]], tier: int | None, count: int, amount: int) -> None:
    counts, amounts = sums.get(tier, (0, 0))
    sums[tier] = (counts + count, amounts + amount)


def stopped_steps(run: Run) -> list[tuple[int | None, int, int, int]]:
    """From, to, how many and their annual amount: movements that were rejected, or that nobody accepted."""
    own = Grading.objects.filter(run=OuterRef("run"), customer=OuterRef("customer"))
    stopped = run.movements.order_by().stopped().annotate(amount=Subquery(own.values("annual_amount")[:1]))
    steps = stopped.values_list("from_tier", "to_tier").annotate(n=Count("pk"), sum=Sum("amount"))
    return [(origin, target, n, int(amount or 0)) for origin, target, n, amount in steps]


def left_alone(undoing: Run) -> QuerySet[TierChange]:
    """Changes that were not taken back when their run was undone: a person had decided about the customer since, or a
    run of another scheme that still stands."""
    back = undoing.changes.filter(customer=OuterRef("customer"))
    kept = TierChange.objects.filter(~Exists(back), run=undoing.undoes_id)
    return kept.select_related("customer", "from_tier", "to_tier").order_by("pk")


def by_tier(customers: QuerySet[Customer]) -> list[tuple[Tier | None, int, int]]:
    """Number and annual amount of the customers per tier, scale by scale, the best first, the ungraded last."""
    rows = (
        customers.order_by()
        .values_list("standing__tier")
        .annotate(n=Count("pk"), amount=Sum("standing__annual_amount"))
    )
    tiers = Tier.objects.in_bulk()
    found = [(tiers.get(pk), n, int(amount or 0)) for pk, n, amount in rows]
    scales.tell_apart(tier for tier, _n, _amount in found)
    return sorted(
        found, key=lambda row: (row[0] is None, row[0].scale if row[0] else "", row[0].rank if row[0] else 0)
    )
