"""Where a customer could go from its last grading, in words: the way to the next tier, and the nearest way down."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext as _, ngettext

from customers.models import Tier
from tiering import path, reasons, rule_path, ruling, scoring
from tiering.measures import Origin, Unit, measures, spans
from tiering.measures.base import POINT
from tiering.models import Grading
from tiering.path import Lever, Move, Outlook, Unmet, Way
from toolbox.hundredths import hundredths, trimmed
from toolbox.money import format_money

MOST_ALONE = 3
"""Of the ways that move one indicator, so many are shown,"""
FAR = 5
"""and none that takes more than so many times the effort of the best way."""


def levers() -> dict[str, Lever]:
    return {key: measure.lever for key, measure in measures().items() if measure.lever}


@dataclass(frozen=True)
class MoveRow:
    move: Move
    months: int
    names: reasons.Names

    @property
    def name(self) -> str:
        return reasons.name_of(self.move.key, self.names)

    @property
    def before(self) -> str:
        return reasons.value_of(self.move.key, self.move.before)

    @property
    def after(self) -> str:
        return reasons.value_of(self.move.key, self.move.after)

    @property
    def by(self) -> str:
        """ "+¥130,000 in 12 months", "+9 points", "-4 days"."""
        known = measures()[self.move.key]
        change = self.move.after - self.move.before
        said = ("+" if change > 0 else "-") + STEPS[known.unit](abs(change))
        if known.unit in {Unit.FEN, Unit.TIMES} and known.counts_up:
            return _("%(change)s in %(months)s months") % {"change": said, "months": self.months}
        return said

    def __str__(self) -> str:
        words = {"name": self.name, "before": self.before, "after": self.after, "by": self.by}
        return _("%(name)s %(before)s → %(after)s (%(by)s)") % words


STEPS: Mapping[Unit, Callable[[int], str]] = {
    Unit.FEN: lambda fen: format_money(fen, language=get_language() or "en"),
    Unit.BASIS_POINTS: lambda share: (
        ngettext("%(points)s percentage point", "%(points)s percentage points", 1 if share == POINT else 2)
        % {"points": trimmed(share)}
    ),
    Unit.DAYS: lambda days: (
        ngettext("%(count)s day", "%(count)s days", days) % {"count": number_format(days)}
    ),
    Unit.YEARS: lambda days: _("%(years)s years") % {"years": reasons.tenths_of_years(days)},
    Unit.TIMES: number_format,
    Unit.PER_MONTH: trimmed,
    Unit.RATING: number_format,
    Unit.INDEX: number_format,
}


@dataclass(frozen=True)
class WayRow:
    way: Way
    tier: Tier | None
    months: int
    names: reasons.Names

    @property
    def moves(self) -> list[MoveRow]:
        return [MoveRow(move, self.months, self.names) for move in self.way.moves]

    @property
    def total(self) -> int:
        return self.way.total

    def __str__(self) -> str:
        return _("; ").join(map(str, self.moves))

    @property
    def as_task(self) -> str:
        """What somebody who makes a task of it has to do."""
        return _("Reach %(tier)s: %(moves)s") % {"tier": self.tier, "moves": self}


@dataclass(frozen=True)
class UnmetRow:
    """A condition that is not met, and whether anything can be done about it."""

    unmet: Unmet
    months: int
    names: reasons.Names

    @property
    def condition(self) -> ruling.Standing:
        return ruling.Standing(
            self.unmet.condition, self.unmet.value, self.names.get(self.unmet.condition.key, "")
        )

    @property
    def move(self) -> MoveRow | None:
        return MoveRow(self.unmet.move, self.months, self.names) if self.unmet.move else None

    @property
    def why_not(self) -> str:
        """Why no way leads there."""
        if self.unmet.value is None:
            return _("unknown: find it out first")
        known = measures().get(self.unmet.condition.key)
        if known and known.origin == Origin.RATED:
            return _("a rating: nobody is told to rate better")
        if known and known.origin == Origin.GIVEN:
            return _("a figure that people bring: it cannot be influenced")
        return _("it cannot be influenced")


@dataclass(frozen=True)
class OutlookView:
    """`found` is None where too little is known for a tier."""

    grading: Grading
    found: Outlook | None
    tiers: dict[str, Tier]
    possible: list[Tier]

    @property
    def months(self) -> int:
        return self.grading.run.version.window_months

    @cached_property
    def names(self) -> reasons.Names:
        return self.grading.run.version.kept_names()

    def way(self, way: Way | None) -> WayRow | None:
        return WayRow(way, self.tiers.get(way.tier), self.months, self.names) if way else None

    @cached_property
    def up(self) -> WayRow | None:
        return self.way(self.found.up) if self.found else None

    @cached_property
    def up_alone(self) -> list[WayRow]:
        return self.near(self.found.up, self.found.up_alone) if self.found else []

    @cached_property
    def down(self) -> WayRow | None:
        return self.way(self.found.down) if self.found else None

    @cached_property
    def down_alone(self) -> list[WayRow]:
        return self.near(self.found.down, self.found.down_alone) if self.found else []

    def near(self, best: Way | None, alone: Sequence[Way]) -> list[WayRow]:
        ways = [way for way in alone if best and way.effort <= FAR * best.effort]
        return [WayRow(way, self.tiers.get(way.tier), self.months, self.names) for way in ways[:MOST_ALONE]]

    @property
    def tier(self) -> Tier | None:
        return self.tiers.get(self.found.tier) if self.found else None

    @property
    def next_tier(self) -> Tier | None:
        return self.tiers.get(self.found.next_tier or "") if self.found else None

    @property
    def lower_tier(self) -> Tier | None:
        return self.tiers.get(self.found.lower_tier or "") if self.found else None

    @property
    def is_by_rules(self) -> bool:
        return self.grading.run.version.is_by_rules

    @property
    def unmet(self) -> list["UnmetRow"]:
        """Where rules decide, what the next tier asks for and does not get."""
        return [UnmetRow(each, self.months, self.names) for each in self.found.unmet] if self.found else []

    @property
    def lacking(self) -> str:
        """Points between the score and the next floor, as shown."""
        assert self.found  # noqa: S101 - asked for where there is a next tier
        floor = self.found.next_floor or 0
        return hundredths(reasons.shown_total(floor) - reasons.shown_total(self.found.total))

    @property
    def spare(self) -> str:
        """Points between the score and the floor of its tier, as shown."""
        assert self.found  # noqa: S101 - asked for where there is a lower tier
        return hundredths(reasons.shown_total(self.found.total) - reasons.shown_total(self.found.floor))


def outlook(grading: Grading) -> OutlookView:
    """By the rules and from the values of the grading."""
    version = grading.run.version
    rules = version.kept_rules()
    is_enough = grading.total is not None and grading.coverage >= rules.coverage_floor
    values = dict(zip((i.key for i in rules.indicators), grading.values, strict=True))
    tiers = {floor.tier.key: floor.tier for floor in version.floors.select_related("tier")}
    possible = scoring.possible_tiers(rules, grading.low, grading.high, grading.values, spans=spans())
    search = rule_path.outlook if rules.by_rules else path.outlook
    return OutlookView(
        grading=grading,
        found=search(rules, values, levers()) if is_enough else None,
        tiers=tiers,
        possible=[tiers[key] for key in possible],
    )
