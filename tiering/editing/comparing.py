"""What two versions differ in, of one scheme or of two."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Tier
from tiering import curves, reasons, ruling
from tiering.models import Condition, Floor, Grading, Indicator, SchemeVersion
from toolbox.templatetags import formats

NOTHING = "–"


@dataclass(frozen=True)
class Line:
    """Something of which both sides say something; "–" where one has nothing of the kind."""

    label: str
    before: str
    after: str
    is_name: bool = field(default=False, kw_only=True)
    """What something is called, which moves no points."""

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class IndicatorPair:
    before: Indicator | None
    after: Indicator | None

    @property
    def either(self) -> Indicator:
        found = self.after or self.before
        assert found  # noqa: S101 - a pair has at least one side
        return found

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def is_gone(self) -> bool:
        return self.after is None

    @property
    def lines(self) -> list[Line]:
        return [
            replace(self._line(_("Name"), lambda each: each.name), is_name=True),
            self._line(_("Dimension"), lambda each: each.dimension.name),
            self.weight,
            self._line(_("When unknown"), lambda each: each.get_missing_display()),
            self.curve,
        ]

    @property
    def weight(self) -> Line:
        return self._line(_("Weight"), lambda each: f"{each.weight}%")

    @property
    def curve(self) -> Line:
        return self._line(_("Curve"), curve_in_words)

    def _line(self, label: str, say: Any) -> Line:
        before, after = (NOTHING if each is None else str(say(each)) for each in (self.before, self.after))
        return Line(label, before, after)

    @property
    def is_changed(self) -> bool:
        return any(line.is_changed for line in self.lines)

    @property
    def drawing(self) -> dict[str, Any]:
        """For the chart of both curves."""
        return {
            "unit": curves.unit_of(self.either.key),
            "curves": [drawing(each) if each else None for each in (self.before, self.after)],
        }


def drawing(indicator: Indicator) -> dict[str, Any]:
    """Raw values as people count them, points 0 to 100."""
    unit = curves.unit_of(indicator.key)
    knots = [[curves.axis_value(x, unit), points / 100] for x, points in indicator.knots]
    return {"shape": indicator.shape, "knots": knots}


def curve_in_words(indicator: Indicator) -> str:
    knots = (f"{reasons.value_of(indicator.key, x)} → {formats.points(y)}" for x, y in indicator.knots)
    return f"{indicator.get_shape_display()}: {_(', ').join(knots)}"


@dataclass(frozen=True)
class Comparison:
    before: SchemeVersion
    after: SchemeVersion

    @property
    def settings(self) -> list[Line]:
        sides = self.before, self.after
        looked_at = [
            Line(_("Tiers are decided by"), *(str(each.get_decides_by_display()) for each in sides)),
            Line(_("Months of facts"), *(str(each.window_months) for each in sides)),
            Line(_("Coverage floor"), *(f"{each.coverage_floor}%" for each in sides)),
        ]
        movement = [
            Line(_("Margin in points"), *(formats.score(each.margin) for each in sides)),
            Line(_("Re-grades below before a downgrade"), *(str(each.dwell) for each in sides)),
            Line(_("One tier down at most in a re-grade"), *(yes_or_no(each.one_step) for each in sides)),
            Line(_("Days of grace"), *(str(each.grace_days) for each in sides)),
            Line(_("Upgrades between re-grades"), *(yes_or_no(each.nightly_upgrades) for each in sides)),
        ]
        return [*looked_at, *self.floors, *self.conditions, *movement]

    @property
    def tiers(self) -> list[Tier]:
        """Of both, the best first."""
        floors = (*self.before.floors.all(), *self.after.floors.all())
        return sorted({floor.tier for floor in floors}, key=lambda tier: (tier.scale, tier.rank))

    @property
    def floors(self) -> list[Line]:
        """Of a version that rules decide only what entering and leaving takes."""
        sides = [
            {floor.tier: tier_in_words(floor, each) for floor in each.floors.all()}
            for each in (self.before, self.after)
        ]
        label = (
            _("Tier %(tier)s")
            if self.before.is_by_rules and self.after.is_by_rules
            else _("Floor of %(tier)s")
        )
        return [
            Line(label % {"tier": tier.name}, *(side.get(tier, NOTHING) for side in sides))
            for tier in self.tiers
        ]

    @property
    def conditions(self) -> list[Line]:
        """Where rules decide: those of the later version first, tier by tier, then what only the earlier one asks."""
        then, now = (conditions_of(each) for each in (self.before, self.after))
        asked = dict.fromkeys([*now, *then])
        names = {i.key: i.name for version in (self.before, self.after) for i in version.indicators()}
        return [
            Line(
                f"{tier.name} · {reasons.name_of(key, names)}",
                *(condition_in_words(side.get((tier, key))) for side in (then, now)),
            )
            for place in self.tiers
            for tier, key in asked
            if tier == place
        ]

    @property
    def dimensions(self) -> list[tuple[Line, list[IndicatorPair]]]:
        """In the order of the later version, then what only the earlier one has."""
        return [(self._weight(each), self._pairs(each)) for each in self._keys()]

    def _keys(self) -> list[str]:
        return list(dict.fromkeys(d.key for each in (self.after, self.before) for d in each.dimensions.all()))

    def _weight(self, key: str) -> Line:
        sides = [find(each.dimensions.all(), key) for each in (self.before, self.after)]
        name = next(side.name for side in reversed(sides) if side)
        return Line(name, *(NOTHING if side is None else f"{side.weight}%" for side in sides))

    def _pairs(self, key: str) -> list[IndicatorPair]:
        """An indicator stands where it is later; one that is gone, where it was."""
        before, after = (each.indicators() for each in (self.before, self.after))
        kept = {indicator.key for indicator in after}
        here = [IndicatorPair(find(before, i.key), i) for i in after if i.dimension.key == key]
        gone = [IndicatorPair(i, None) for i in before if i.dimension.key == key and i.key not in kept]
        return [*here, *gone]

    @property
    def changes(self) -> list[Line]:
        """Only what differs, each with what it is about."""
        return [line for line in (*self.settings, *self._changes_inside()) if line.is_changed]

    def _changes_inside(self) -> Iterator[Line]:
        for weight, pairs in self.dimensions:
            yield Line(f"{weight.label} · {_('Weight')}", weight.before, weight.after)
            for pair in pairs:
                yield from changes_of(pair)


def between(before: Grading, after: Grading) -> Comparison | None:
    """What the scheme says otherwise since, where a later version of it graded; of two schemes everything is."""
    then, now = before.run.version, after.run.version
    if then.pk == now.pk or then.scheme_id != now.scheme_id:
        return None
    found = SchemeVersion.objects.whole().select_related("published_by").in_bulk([then.pk, now.pk])
    return Comparison(found[then.pk], found[now.pk])


def changes_of(pair: IndicatorPair) -> Iterator[Line]:
    name = pair.either.name
    if pair.is_new or pair.is_gone:
        sides = (NOTHING if each is None else f"{each.weight}%" for each in (pair.before, pair.after))
        words = _("“%(indicator)s” is new") if pair.is_new else _("“%(indicator)s” is dropped")
        yield Line(words % {"indicator": name}, *sides)
        return
    for line in pair.lines:
        yield replace(line, label=f"{name} · {line.label}")


def find(rows: Any, key: str) -> Any:
    return next((row for row in rows if row.key == key), None)


def tier_in_words(floor: Floor, version: SchemeVersion) -> str:
    by = _("by rules") if version.is_by_rules else f"≥ {formats.score(floor.total)}"
    return " · ".join([by, *approvals(floor)])


def conditions_of(version: SchemeVersion) -> dict[tuple[Tier, str], Condition]:
    """By tier and indicator; none where floors decide."""
    floors = version.floors.all() if version.is_by_rules else ()
    return {(floor.tier, each.indicator): each for floor in floors for each in floor.conditions.all()}


def condition_in_words(condition: Condition | None) -> str:
    if condition is None:
        return NOTHING
    asked = ruling.asked(condition.indicator, condition.at_least, condition.at_most)
    return " · ".join([asked, _("unknown passes")]) if condition.is_supporting else asked


def approvals(floor: Floor) -> list[str]:
    entering = [_("entering takes approval")] if floor.approve_entering else []
    return [*entering, _("leaving takes approval")] if floor.approve_leaving else entering


def movement_in_words(version: SchemeVersion) -> list[str]:
    """What holds a change of tier back, or hurries it; nothing where the plain rule holds."""
    found = []
    if version.margin:
        found.append(_("margin of %(points)s points") % {"points": formats.score(version.margin)})
    if version.dwell > 1:
        found.append(_("down after %(count)s re-grades below") % {"count": version.dwell})
    if version.one_step:
        found.append(_("one tier down at most"))
    guarded = [floor for floor in version.floors.all() if floor.approve_entering or floor.approve_leaving]
    found += [f"{floor.tier.name}: {' · '.join(approvals(floor))}" for floor in guarded]
    if version.grace_days:
        found.append(_("%(count)s days of grace") % {"count": version.grace_days})
    if version.nightly_upgrades:
        found.append(_("upgrades each night"))
    return found


def yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")
