"""A scheme tried on the measured book: who would stand where, counted. No Django, no clock, no database.

A stretch of customers at a time, so that memory does not grow with the book beyond a few bytes for each customer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tiering import book, policy, scoring

AT_ONCE: Final = 32_768
"""Customers whose columns stay in the processor's cache."""
UNKNOWN: Final = -(2**63)
"""In place of a raw value: none is so small (`scoring.VALUE_LIMIT`)."""
FIXED: Final = ("id", "tier", "by_hand", "owner", "team", "total", "runs")
"""Columns before the raw values: ids, 0 for none; the present total in millionths, -1 for none; and in how many
re-grades up to now somebody stood too low for the present tier (`tiering.policy`)."""
STEP: Final = 5_000_000
STEPS: Final = scoring.FULL_TOTAL // STEP
"""The distribution of totals goes in steps of five points; who has them all is in the last."""
LOW: Final = np.int64(2**26 - 1)
ASSIGNED: Final = ":scheme"
"""Stands among the keys where customers are assigned to several schemes: the id of the one of each, 0 for the default
one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The columns of a basis: rows are columns, as it were, and customers go along them."""

    columns: NDArray[np.int64]
    keys: Sequence[str]

    def __getitem__(self, name: str) -> book.Ints:
        place = FIXED.index(name) if name in FIXED else len(FIXED) + self.keys.index(name)
        column: book.Ints = self.columns[place]
        return column

    @property
    def size(self) -> int:
        return int(self.columns.shape[1])

    def slices(self) -> Iterator[slice]:
        for start in range(0, self.size, AT_ONCE):
            yield slice(start, min(start + AT_ONCE, self.size))

    def amounts(self, part: slice) -> book.Ints:
        """Annual amounts in fen, 0 where nothing is known."""
        amounts = self["annual_amount"][part]
        return np.where(amounts == UNKNOWN, 0, amounts)


@dataclass(frozen=True, slots=True)
class Stand:
    """Where everybody stands: place of their tier among the tiers that there are, and total (-1 for none)."""

    tier: NDArray[np.int16]
    total: NDArray[np.int32]


def present(measured: Measured, tiers: book.Ints) -> Stand:
    """`tiers` are the ids of all there are, rising, 0 for none first."""
    places = np.searchsorted(tiers, measured["tier"]).astype(np.int16)
    return Stand(places, measured["total"].astype(np.int32))


def judged(
    scheme: scoring.Scheme,
    rules: policy.Policy,
    floors: book.Ints,
    measured: Measured,
    tiers: book.Ints,
    *,
    mine: book.Bools | None = None,
) -> Stand:
    """By that scheme and that policy, whose floors are of those tiers, the best first; all but `mine` stay as they are.

    A tier set by hand holds; where too little is known the present one is kept. What takes approval is taken for
    approved: what is asked here is what would come of it.
    """
    places = np.searchsorted(tiers, floors)
    stand = Stand(np.empty(measured.size, np.int16), np.empty(measured.size, np.int32))
    for part in measured.slices():
        columns = {}
        for indicator in scheme.indicators:
            if indicator.key in measured.keys:
                values = measured[indicator.key][part]
                columns[indicator.key] = book.Column(values, values != UNKNOWN)
        size = part.stop - part.start
        found = book.totals(scheme, columns, size=size)
        stood, by_hand = (np.searchsorted(tiers, measured[name][part]) for name in ("tier", "by_hand"))
        computed = places[moved(rules, floors, found, measured, part)]
        too_little = ~found.scored | (found.coverage < scheme.coverage_floor)
        stand.tier[part] = np.select([by_hand > 0, too_little], [by_hand, stood], computed)
        stand.total[part] = np.where(found.scored, found.total, -1)
        if mine is not None:
            stand.tier[part] = np.where(mine[part], stand.tier[part], stood)
            stand.total[part] = np.where(mine[part], stand.total[part], measured["total"][part])
    return stand


def among_schemes(measured: Measured, schemes: Sequence[int]) -> book.Bools | None:
    """Whose customers are these schemes'; None where all are."""
    if ASSIGNED not in measured.keys:
        return None
    mine: book.Bools = np.isin(measured[ASSIGNED], schemes)
    return mine


def moved(
    rules: policy.Policy, floors: book.Ints, found: book.Totals, measured: Measured, part: slice
) -> book.Ints:
    """Where the policy puts them, as places among the floors."""
    computed = np.minimum(found.tier, len(floors) - 1)  # meaningless where nothing is scored
    if rules.is_off:
        return computed
    before = policy.indices(floors.tolist(), measured["tier"][part])
    return policy.place_all(
        rules, before=before, computed=computed, total=found.total, runs_before=measured["runs"][part]
    ).tier


@dataclass(frozen=True, slots=True)
class Sums:
    """Customers and their annual amounts, by whom they belong to, from which tier, to which."""

    ids: book.Ints
    """Of people or teams, rising, 0 for nobody."""
    counts: book.Ints
    amounts: book.Ints


@dataclass(frozen=True, slots=True)
class Counts:
    tiers: book.Ints
    by_owner: Sums
    by_team: Sums
    before: book.Ints
    after: book.Ints
    """How many totals lie in each step of five points."""


def count(
    measured: Measured, before: Stand, after: Stand, tiers: book.Ints, mine: book.Bools | None = None
) -> Counts:
    """Exact: amounts are summed in two halves, neither of which is too large for a float. Of `mine`, or all."""
    owners, teams = (np.unique(measured[name]) for name in ("owner", "team"))
    by_owner, by_team = (_nothing(len(ids), len(tiers)) for ids in (owners, teams))
    histograms = np.zeros((2, STEPS), np.int64)
    for part in measured.slices():
        own = slice(None) if mine is None else mine[part]
        amounts = measured.amounts(part)[own]
        step = (before.tier[part].astype(np.int64) * len(tiers) + after.tier[part])[own]
        for name, ids, sums in (("owner", owners, by_owner), ("team", teams, by_team)):
            whose = np.searchsorted(ids, measured[name][part][own])
            _add(sums, whose * len(tiers) ** 2 + step, amounts)
        for n, stand in enumerate((before, after)):
            steps = steps_of(stand.total[part][own])
            histograms[n] += np.bincount(steps[steps >= 0], minlength=STEPS)
    shape = (-1, len(tiers), len(tiers))
    return Counts(
        tiers=tiers,
        by_owner=Sums(owners, by_owner[0].reshape(shape), by_owner[1].reshape(shape)),
        by_team=Sums(teams, by_team[0].reshape(shape), by_team[1].reshape(shape)),
        before=histograms[0],
        after=histograms[1],
    )


def steps_of(totals: NDArray[np.int32]) -> NDArray[np.int32]:
    """Which five points each total lies in; -1 where there is none."""
    return np.minimum(totals // STEP, STEPS - 1)


def _nothing(ids: int, tiers: int) -> book.Ints:
    return np.zeros((2, ids * tiers * tiers), np.int64)


def _add(sums: book.Ints, places: book.Ints, amounts: book.Ints) -> None:
    size = sums.shape[1]
    sums[0] += np.bincount(places, minlength=size)
    for half, scale in ((amounts & LOW, 1), (amounts >> 26, int(LOW) + 1)):
        sums[1] += np.bincount(places, weights=half, minlength=size).astype(np.int64) * scale


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which customers a list is of; None is any."""

    origin: int | None = None
    target: int | None = None
    """Places among the tiers that there are."""
    before: int | None = None
    after: int | None = None
    """Which five points the total lies in."""
    owner: int | None = None
    team: int | None = None
    steps: NDArray[np.bool_]
    """Whether a step from one place to another is wanted, as a matrix."""
    ids: book.Ints | None = None
    """Nobody else's; rising."""
    mine: book.Bools | None = None
    """Of everybody in the measured book who may be listed; None is all."""


def selected(
    measured: Measured, before: Stand, after: Stand, wanted: Selection, *, most: int | None = None
) -> book.Ints:
    """Rows of the customers, by falling annual amount, then by id; where so many are enough, the first ones."""
    chosen = []
    for part in measured.slices():
        origin, target = before.tier[part], after.tier[part]
        mask = wanted.steps[origin, target]
        if wanted.mine is not None:
            mask &= wanted.mine[part]
        for place, own in ((wanted.origin, origin), (wanted.target, target)):
            if place is not None:
                mask &= own == place
        for step, stand in ((wanted.before, before), (wanted.after, after)):
            if step is not None:
                mask &= steps_of(stand.total[part]) == step
        for name, pk in (("owner", wanted.owner), ("team", wanted.team)):
            if pk is not None:
                mask &= measured[name][part] == pk
        if wanted.ids is not None:
            mask &= among(wanted.ids, measured["id"][part])
        rows = np.flatnonzero(mask) + part.start
        chosen.append(rows if most is None else in_order(measured, rows)[:most])
    return in_order(measured, np.concatenate(chosen) if chosen else np.empty(0, np.int64))[:most]


def in_order(measured: Measured, rows: book.Ints) -> book.Ints:
    amounts = measured["annual_amount"][rows]
    amounts = np.where(amounts == UNKNOWN, 0, amounts)
    return rows[np.lexsort((measured["id"][rows], -amounts))]


def among(ids: book.Ints, own: book.Ints) -> book.Bools:
    """Which of them are among the ids, which rise."""
    if not len(ids):
        return np.zeros(len(own), np.bool_)
    there: book.Bools = ids[np.minimum(np.searchsorted(ids, own), len(ids) - 1)] == own
    return there
