"""A run that waits for review, for people: why it waits, who would move where, and what is decided."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _, ngettext

from accounts.models import Team, User
from customers import scales
from customers.models import Tier
from tiering import comparing, reasons
from tiering.matrix import Matrix, Step, Sums, matrix
from tiering.models import Decision, Grading, Hold, Movement, Run, SchemeVersion
from tiering.models.movement import MovementQuerySet
from tiering.reviewing.proposed import proposed
from toolbox.hundredths import trimmed

WORDS: dict[str, Callable[[Any, Any], str]] = {
    "always": lambda _figure, _limit: _("By its settings every re-grade of this scheme waits for review."),
    "approval": lambda figure, _limit: (
        ngettext(
            "%(count)s movement takes approval: it happens only when somebody accepts it here.",
            "%(count)s movements take approval: each happens only when somebody accepts it here.",
            figure,
        )
        % {"count": figure}
    ),
    "customers": lambda figure, limit: (
        _("%(share)s%% of the customers would change tier; the limit is %(limit)s%%.")
        % {"share": trimmed(figure), "limit": trimmed(limit)}
    ),
    "amount": lambda figure, limit: (
        _("Customers with %(share)s%% of the annual amount would change tier; the limit is %(limit)s%%.")
        % {"share": trimmed(figure), "limit": trimmed(limit)}
    ),
    "coverage": lambda figure, limit: (
        _("The average coverage fell by %(points)s points since the last re-grade; the limit is %(limit)s.")
        % {"points": trimmed(figure), "limit": trimmed(limit)}
    ),
    "stale": lambda figure, limit: (
        _(
            "The newest order or payment was recorded %(days)s days before the day as of which is graded; the limit is %(limit)s."
        )
        % {"days": figure, "limit": limit}
    ),
}
"""What held a run, with its figure and its limit."""


def why_held(run: Run) -> list[str]:
    return [WORDS[held["guard"]](held.get("figure"), held.get("limit")) for held in run.held]


@dataclass(frozen=True, slots=True)
class Part:
    """Of the book: everybody, one person's customers, or those of a team and the teams below it."""

    owner: User | None = None
    team: Team | None = None

    @property
    def is_everybody(self) -> bool:
        return self.owner is None and self.team is None

    @property
    def condition(self) -> Q:
        found = Q(customer__owner=self.owner) if self.owner else Q()
        if self.team:
            found &= Q(
                customer__team__in=list(Team.objects.subtree_of(self.team).values_list("pk", flat=True))
            )
        return found

    @property
    def query(self) -> dict[str, int]:
        named = {"owner": self.owner, "team": self.team}
        return {name: row.pk for name, row in named.items() if row}


def migration(run: Run, part: Part) -> Matrix:
    """Who would move where; the whole book from what the chunks counted."""
    found = proposed(run).moves if part.is_everybody else moves_of(run, part)
    tiers = [floor.tier for floor in SchemeVersion.objects.whole().get(pk=run.version_id).floors.all()]

    def url(origin: Tier | None, target: Tier | None) -> str:
        if origin == target or target is None:
            return ""
        towards = {"from_tier": origin.pk} if origin else {"direction": "first"}
        query: dict[str, int | str] = {**towards, "to_tier": target.pk, **part.query}
        return f"{reverse('tiering:run_movers', args=[run.pk])}?{urlencode(query)}"

    return matrix(found, always=tiers, url=url)


def moves_of(run: Run, part: Part) -> dict[Step, Sums]:
    """Of a part of the book: those who move, and who else is in each tier."""
    found: dict[Step, Sums] = {}
    gradings = run.gradings.filter(part.condition).order_by().values_list("tier")
    staying = {
        tier: (n, int(fen or 0)) for tier, n, fen in gradings.annotate(Count("pk"), Sum("annual_amount"))
    }
    movers = with_amounts(run.movements.filter(part.condition)).values_list("from_tier", "to_tier")
    for origin, target, n, fen in movers.annotate(Count("pk"), Sum("amount")):
        found[origin, target] = (n, int(fen or 0))
        count, amount = staying[target]
        staying[target] = (count - n, amount - int(fen or 0))
    return found | {(tier, tier): sums for tier, sums in staying.items() if sums[0]}


def with_amounts(movements: MovementQuerySet) -> MovementQuerySet:
    own = Grading.objects.filter(run=OuterRef("run"), customer=OuterRef("customer"))
    return movements.order_by().annotate(amount=Subquery(own.values("annual_amount")[:1]))


@dataclass(slots=True)
class Share:
    """Of one person or team: how many rise, fall, are new and change scale, and their annual amounts."""

    name: str
    query: str
    up: Sums = (0, 0)
    down: Sums = (0, 0)
    first: Sums = (0, 0)
    other: Sums = (0, 0)

    def add(self, direction: str, count: int, amount: int) -> None:
        counts, amounts = getattr(self, direction)
        setattr(self, direction, (counts + count, amounts + amount))


def shares(run: Run) -> tuple[list[Share], list[Share]]:
    """By account manager and by team, whoever has most customers that fall first. One question for both."""
    steps = with_amounts(run.movements.all()).values_list(
        "customer__owner", "customer__team", "from_tier", "to_tier"
    )
    tiers = Tier.objects.in_bulk()
    owners: dict[int | None, Share] = {}
    teams: dict[int | None, Share] = {}
    people, names = User.objects.in_bulk(), Team.objects.in_bulk()
    for owner, team, origin, target, n, fen in steps.annotate(Count("pk"), Sum("amount")):
        direction = "first" if origin is None else towards(tiers[origin], tiers[target])
        for found, pk, known, name in ((owners, owner, people, "owner"), (teams, team, names, "team")):
            if pk not in found:
                said = str(known[pk]) if pk else nobody(name)
                found[pk] = Share(said, urlencode({name: pk}) if pk else "")
            found[pk].add(direction, n, int(fen or 0))
    return by_falls(owners.values()), by_falls(teams.values())


def towards(origin: Tier, target: Tier) -> str:
    return {1: "up", -1: "down"}.get(origin.step_to(target) or 0, "other")


def nobody(name: str) -> str:
    return _("Without account manager") if name == "owner" else _("Without team")


def by_falls(found: Iterable[Share]) -> list[Share]:
    return sorted(found, key=lambda share: (-share.down[0], -share.up[0], share.name))


@dataclass(frozen=True, slots=True)
class Mover:
    """A row of the list."""

    movement: Movement
    grading: Grading
    sentence: str
    decision: Decision | None
    hold: Hold | None

    @property
    def takes_approval(self) -> bool:
        return self.grading.kept == Grading.Kept.APPROVAL


def movers(run: Run, rows: list[Movement]) -> list[Mover]:
    """Of one page: a handful of questions, however many rows."""
    scales.tell_steps_apart(rows)
    pks = [row.customer_id for row in rows]
    sides = comparing.sides(run.pk, pks)
    decisions = {d.customer_id: d for d in run.decisions.filter(customer__in=pks).select_related("by")}
    holds = {h.customer_id: h for h in run.holds.filter(customer__in=pks)}
    return [
        Mover(
            row,
            after,
            sentence(row, comparing.compare(before, after)),
            decisions.get(row.customer_id),
            holds.get(row.customer_id),
        )
        for row in rows
        for before, after in [sides[row.customer_id].both]
    ]


def sentence(row: Movement, comparison: comparing.Comparison) -> str:
    effects = comparison.effects if comparison.before else None
    return reasons.sentence(row.reason, most=3, effects=effects, names=comparison.names)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far people are with deciding."""

    movements: int
    accepted: int
    rejected: int
    unapproved: int
    """Those that take approval and have none: they would stay."""


def decided(run: Run) -> Progress:
    said = dict(run.decisions.order_by().values_list("is_accepted").annotate(n=Count("pk")))
    asking: dict[int, int] = defaultdict(int)
    asking.update(
        run.holds.filter(by=Grading.Kept.APPROVAL).order_by().values_list("run").annotate(n=Count("pk"))
    )
    approved = run.movements.for_approval().accepted().count() if asking else 0
    moving = sum(
        n for (origin, target), (n, _fen) in proposed(run).moves.items() if origin != target and target
    )
    refused = run.movements.for_approval().rejected().count() if asking else 0
    return Progress(
        movements=moving,
        accepted=said.get(True, 0),
        rejected=said.get(False, 0),
        unapproved=asking[run.pk] - approved - refused,
    )
