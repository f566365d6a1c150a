"""A version, perhaps with other weights and floors, tried on a measured book. Nothing is written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from accounts.models import Team, User
from customers.models import Customer, Tier
from tiering import assigning, matrix, scoring
from tiering.book import Bools, Ints
from tiering.models import Basis, SchemeVersion
from tiering.models.scheme import SchemeVersionQuerySet
from tiering.simulation import counting, reasoning, stored
from toolbox import bulk

PRESENT, IN_FORCE = "present", "in_force"
"""What a trial is laid beside: tiers as they are, or those that the version in force would give on the same data."""
NOBODY = 0


def basis_for(version: SchemeVersion, *, pk: int | None = None) -> Basis | None:
    """The newest that fits the version's months of facts; the one asked for, where it is still there.

    None that was measured before somebody changed who is graded by which scheme: it knows not whose customers are whose.
    """
    ready = Basis.objects.ready(window_months=version.window_months)
    first = sorted(ready, key=lambda basis: basis.pk != pk)
    return next(assigning.still_so(first), None)


def force(version: SchemeVersion) -> SchemeVersionQuerySet:
    """The version by which the customers are graded on whom this one is tried: in force of its own scheme, or of the
    default one where its scheme grades nobody."""
    by = {"scheme": version.scheme_id} if assigning.grades(version.scheme) else {"scheme__is_default": True}
    return SchemeVersion.objects.filter(**by, state=SchemeVersion.State.PUBLISHED)


MOVES: Final[dict[str, Callable[[matrix.Cell], bool]]] = {
    "": lambda cell: not cell.stays,
    "up": lambda cell: cell.direction > 0,
    "down": lambda cell: cell.direction < 0,
    "first": lambda cell: cell.from_tier is None and not cell.stays,
    "stays": lambda cell: cell.stays,
    "all": lambda _cell: True,
}
"""What a list of customers may be of; nothing said is whoever changes tier."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one tier: customers and their amount before and after."""

    tier: Tier | None
    count_before: int
    count: int
    amount_before: int
    amount: int
    url: str

    @property
    def more(self) -> int:
        return self.count - self.count_before

    @property
    def more_amount(self) -> int:
        return self.amount - self.amount_before


@dataclass(frozen=True, slots=True)
class Bar:
    """Of the distribution of totals."""

    points: str
    before: int
    after: int
    url_before: str
    url_after: str


@dataclass(frozen=True, slots=True)
class Share:
    """What becomes of one person's customers, or of one team's."""

    whose: User | Team | None
    changes: list[Change]
    moved: int

    @property
    def amount(self) -> int:
        return sum(change.amount for change in self.changes)


Url = Callable[..., str]
"""Address of the customers behind a number; takes words of the list's filter."""


class Trial:
    """Reckoned when it is asked for, from the local copy of the measured book."""

    def __init__(
        self, version: SchemeVersion, rules: scoring.Scheme, basis: Basis, *, against: str = PRESENT
    ) -> None:
        self.version, self.rules, self.basis, self.against = version, rules, basis, against
        self.all_tiers = Tier.objects.in_bulk()
        self.tiers = np.array([NOBODY, *sorted(self.all_tiers)], np.int64)
        self.is_of_everybody = False

    @cached_property
    def measured(self) -> counting.Measured:
        return stored.opened(self.basis)

    @cached_property
    def in_force(self) -> SchemeVersion | None:
        """The version that it is laid beside, if not the present tiers."""
        return force(self.version).whole().get() if self.against == IN_FORCE else None

    @cached_property
    def before(self) -> counting.Stand:
        return self.judged(self.in_force) if self.in_force else counting.present(self.measured, self.tiers)

    @cached_property
    def after(self) -> counting.Stand:
        return self.judged(self.version, self.rules)

    def judged(self, version: SchemeVersion, rules: scoring.Scheme | None = None) -> counting.Stand:
        floors = np.array([floor.tier_id for floor in version.floors.all()], np.int64)
        rules = rules or version.rules()
        return counting.judged(rules, version.policy(), floors, self.measured, self.tiers, mine=self.mine)

    @cached_property
    def counts(self) -> counting.Counts:
        counted = None if self.is_of_everybody else self.mine
        return counting.count(self.measured, self.before, self.after, self.tiers, counted)

    @cached_property
    def mine(self) -> Bools | None:
        """Whose customers are tried: those of the version's scheme. None where there is no other."""
        return counting.among_schemes(self.measured, sorted(assigning.whose(self.version.scheme)))

    @property
    def customers(self) -> int:
        """How many it is tried on."""
        return self.basis.customers if self.mine is None else int(self.mine.sum())

    def with_everybody(self) -> "Trial":
        """The same, and whoever belongs to another scheme is counted where they are: people work for all of them."""
        if self.mine is None:
            return self
        found = Trial(self.version, self.rules, self.basis, against=self.against)
        found.before, found.after, found.is_of_everybody = self.before, self.after, True
        return found

    @property
    def own_tiers(self) -> list[Tier]:
        """The version's, the best first."""
        return [floor.tier for floor in self.version.floors.all()]

    def tier(self, place: int) -> Tier | None:
        return self.all_tiers.get(int(self.tiers[place]))

    def place(self, tier: int) -> int:
        """Of a tier's id among all; of none for an id that is no tier's."""
        return int(np.searchsorted(self.tiers, tier)) if tier in self.tiers else 0

    @property
    def owners(self) -> list[User]:
        return list(User.objects.filter(pk__in=np.unique(self.measured["owner"]).tolist()))

    @property
    def teams(self) -> list[Team]:
        return list(Team.objects.filter(pk__in=np.unique(self.measured["team"]).tolist()))

    # Numbers

    @property
    def steps(self) -> dict[matrix.Step, matrix.Sums]:
        """How many go from which tier to which, and those that stay."""
        counts, amounts = (
            sums.sum(axis=0) for sums in (self.counts.by_owner.counts, self.counts.by_owner.amounts)
        )
        found: dict[matrix.Step, matrix.Sums] = {}
        for origin, target in np.argwhere(counts).tolist():
            step = tuple(int(self.tiers[place]) or None for place in (origin, target))
            found[step[0], step[1]] = int(counts[origin, target]), int(amounts[origin, target])
        return found

    def matrix(self, url: Url) -> matrix.Matrix:
        return matrix.matrix(
            self.steps,
            always=self.own_tiers,
            url=lambda origin, target: url(direction="all", from_tier=pk_of(origin), to_tier=pk_of(target)),
            url_from=lambda origin: url(direction="all", from_tier=pk_of(origin)),
            url_to=lambda target: url(direction="all", to_tier=pk_of(target)),
        )

    def moves(self, direction: str) -> Bools:
        """Which steps are of that kind (MOVES), as a matrix of places."""
        tiers = [self.all_tiers.get(pk) for pk in self.tiers.tolist()]
        cells = [[matrix.Cell(origin, target, 0, 0, "") for target in tiers] for origin in tiers]
        return np.array([[MOVES[direction](cell) for cell in row] for row in cells], np.bool_)

    def moved(self, direction: str = "") -> tuple[int, int]:
        """How many customers, and their amount."""
        steps, sums = self.moves(direction), self.counts.by_owner
        return int(sums.counts[:, steps].sum()), int(sums.amounts[:, steps].sum())

    def distribution(self, url: Url) -> list["Bar"]:
        """How many totals lie in each five points; the last includes 100."""
        rows = zip(self.counts.before.tolist(), self.counts.after.tolist(), strict=True)
        return [
            Bar(said_step(n), before, after, url(direction="all", before=n), url(direction="all", after=n))
            for n, (before, after) in enumerate(rows)
        ]

    def whole(self, url: Url) -> list[Change]:
        sums = self.counts.by_owner
        return self._changes(sums.counts.sum(axis=0), sums.amounts.sum(axis=0), url)

    def by_owner(self, url: Url) -> list[Share]:
        return self._shares(self.counts.by_owner, User, url, "owner")

    def by_team(self, url: Url) -> list[Share]:
        return self._shares(self.counts.by_team, Team, url, "team")

    def _shares(self, sums: counting.Sums, model: type[User | Team], url: Url, name: str) -> list[Share]:
        """Who has the most to do with it first."""
        rows: dict[int, Any] = model.objects.in_bulk(sums.ids.tolist())
        moving = self.moves("")
        shares = [
            Share(
                whose=rows.get(pk),
                changes=self._changes(counts, amounts, partial(url, **{name: pk})),
                moved=int(counts[moving].sum()),
            )
            for pk, counts, amounts in zip(sums.ids.tolist(), sums.counts, sums.amounts, strict=True)
            if self.mine is None or counts.any()
        ]
        return sorted(shares, key=lambda share: (-share.moved, -share.amount, str(share.whose)))

    def _changes(self, counts: Ints, amounts: Ints, url: Url) -> list[Change]:
        return [
            Change(
                tier=tier,
                count_before=int(counts[place].sum()),
                count=int(counts[:, place].sum()),
                amount_before=int(amounts[place].sum()),
                amount=int(amounts[:, place].sum()),
                url=url(direction="all", to_tier=pk_of(tier)),
            )
            for place, tier in self.shown
        ]

    @cached_property
    def shown(self) -> list[tuple[int, Tier | None]]:
        """Places and tiers that have a column: the version's, and whichever others occur; the ungraded last."""
        everybody = self.counts.by_owner.counts.sum(axis=0)
        there = everybody.sum(axis=0) + everybody.sum(axis=1) > 0
        own = [(self.place(tier.pk), tier) for tier in self.own_tiers]
        places = {place for place, _tier in own}
        others = [
            (place, self.tier(place)) for place in np.flatnonzero(there).tolist() if place not in places
        ]
        return [*own, *sorted(others, key=lambda each: (each[1] is None, each[0]))]

    # Customers

    @property
    def nobody(self) -> Ints:
        return np.empty(0, np.int64)

    def select(
        self, *, direction: str = "", q: str = "", most: int | None = None, **wanted: int | None
    ) -> Ints:
        """Rows of the measured book, by falling amount.

        `wanted` are from_tier and to_tier (0 for none), owner, team, and the steps before and after.
        """
        origin, target = wanted.get("from_tier"), wanted.get("to_tier")
        return counting.selected(
            self.measured,
            self.before,
            self.after,
            counting.Selection(
                origin=None if origin is None else self.place(origin),
                target=None if target is None else self.place(target),
                owner=wanted.get("owner"),
                team=wanted.get("team"),
                before=wanted.get("before"),
                after=wanted.get("after"),
                steps=self.moves(direction),
                ids=found(q) if q else None,
                mine=self.mine,
            ),
            most=most,
        )

    def movers(self, rows: Ints) -> list["Mover"]:
        """So many queries for all of them, however many they are."""
        ids = self.measured["id"][rows].tolist()
        customers = Customer.objects.select_related("owner", "team").in_bulk(ids)
        reasons = reasoning.sentences(self, rows)
        found = zip(rows.tolist(), ids, reasons, strict=True)
        return [self._mover(row, customers[pk], why) for row, pk, why in found if pk in customers]

    def _mover(self, row: int, customer: Customer, why: str) -> "Mover":
        amount = int(self.measured["annual_amount"][row])
        totals = (int(stand.total[row]) for stand in (self.before, self.after))
        origin, target = (self.tier(int(stand.tier[row])) for stand in (self.before, self.after))
        before, after = (None if total < 0 else total for total in totals)
        return Mover(
            customer=customer,
            step=matrix.Cell(origin, target, 1, 0, ""),
            before=before,
            after=after,
            amount=None if amount == counting.UNKNOWN else amount,
            is_by_hand=bool(self.measured["by_hand"][row]),
            why=why,
        )


@dataclass(frozen=True, slots=True)
class Mover:
    """Totals in millionths, None where nothing is known. `why` is the sentence that a re-grade would write."""

    customer: Customer
    step: matrix.Cell
    before: int | None
    after: int | None
    amount: int | None
    is_by_hand: bool
    why: str

    @property
    def difference(self) -> int | None:
        """As shown: of the totals cut to two decimals."""
        if self.before is None or self.after is None:
            return None
        return self.after // 10_000 * 10_000 - self.before // 10_000 * 10_000


def pk_of(tier: Tier | None) -> int:
    return tier.pk if tier else NOBODY


def said_step(step: int) -> str:
    """ "35–40" """
    points = counting.STEP // 1_000_000
    return f"{step * points}–{(step + 1) * points}"


def found(text: str) -> Ints:
    """Ids of the customers that match, rising."""
    return np.sort(bulk.read(Customer.objects.matching(text).order_by().values_list("pk"))[:, 0])


def can_compare(version: SchemeVersion) -> bool:
    """Whether the version in force looks at the same months of facts."""
    return force(version).filter(window_months=version.window_months).exists()


def measures_missing(rules: scoring.Scheme, basis: Basis) -> Iterable[str]:
    """Keys of indicators that were not measured then."""
    return [indicator.key for indicator in rules.indicators if indicator.key not in basis.keys]
