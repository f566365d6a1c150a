"""Two gradings of a customer side by side, for people: what of the change is data, scheme, gaps and re-weighing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _, pgettext

from customers.models import Tier
from tiering import attribution, reasons
from tiering.attribution import Part, Split
from tiering.explanation import Graded, rulings, shown_parts, shown_table, weighing
from tiering.models import Category, Decision, Grading, Movement, TierChange
from tiering.reasons import Effects, signed
from tiering.ruling import OfTier, of_tiers

EFFECTS = ("data", "scheme", "missing", "reweighing")
MOST_BARS = 7
"""Of an effect, in the chart; the table has them all."""


@dataclass(frozen=True)
class Row:
    """One indicator. Parts are the hundredths of a point that are shown; 0 shows as nothing."""

    key: str
    name: str
    before: str
    after: str
    parts: dict[str, int]
    by_scheme: list[str]
    """What of the scheme it was, in words."""

    @property
    def delta(self) -> int:
        return sum(self.parts.values())

    @property
    def shown(self) -> str:
        return signed(self.delta)


@dataclass(frozen=True)
class Comparison:
    before: Grading | None
    after: Grading
    split: Split

    @cached_property
    def shown_change(self) -> int:
        return reasons.shown_total(self.after.total) - reasons.shown_total(
            self.before.total if self.before else None
        )

    @property
    def total(self) -> str:
        return signed(self.shown_change)

    @cached_property
    def names(self) -> reasons.Names:
        """Of indicators, as the scheme calls them now; of those that it no longer has, as the one before did."""
        sides = [grading for grading in (self.before, self.after) if grading]
        return {key: name for grading in sides for key, name in grading.run.version.kept_names().items()}

    @cached_property
    def rows(self) -> list[Row]:
        """The largest movement first. What is shown adds up both ways, to what the sentence says; what shows as nothing is
        left out, unless it became known or unknown; that comes first.
        """
        exact = {
            (part.key, effect): getattr(part, effect)
            for part in self.split.parts
            for effect in EFFECTS
            if getattr(part, effect)
        }
        moved = [part for part in self.split.parts if part.delta]
        lines = sorted(moved, key=lambda part: (-abs(part.delta), part.key))  # as the sentence has them
        in_lines = shown_parts([part.delta for part in lines], self.shown_change)
        in_columns = shown_parts(self.effects.parts, self.shown_change)
        shown = shown_table(
            exact,
            {part.key: 0 for part in self.split.parts}
            | {part.key: n for part, n in zip(lines, in_lines, strict=True)},
            dict(zip(EFFECTS, in_columns, strict=True)),
        )
        then, now = self._values(self.before), self._values(self.after)
        rows = [
            Row(
                part.key,
                reasons.name_of(part.key, self.names),
                reasons.value_of(part.key, then.get(part.key)) if part.key in then else "–",
                reasons.value_of(part.key, now.get(part.key)) if part.key in now else "–",
                {effect: shown.get((part.key, effect), 0) for effect in EFFECTS},
                list(_by_scheme(part)),
            )
            for part in self.split.parts
        ]
        seen = [row for row in rows if any(row.parts.values())]
        seen.sort(key=lambda row: -max(abs(part) for part in row.parts.values()))
        return [*self._turned(then, now, {row.key for row in seen}), *seen]

    def _turned(
        self, then: dict[str, int | None], now: dict[str, int | None], others: Collection[str]
    ) -> list[Row]:
        """What became known or unknown without a part of its own: it weighs the others anew."""
        weighs = weighing(self.after.run.version.kept_rules())
        return [
            Row(
                key,
                reasons.name_of(key, self.names),
                reasons.value_of(key, then[key]),
                reasons.value_of(key, value),
                dict.fromkeys(EFFECTS, 0),
                [],
            )
            for key, value in now.items()
            if key in weighs and key in then and key not in others and (value is None) != (then[key] is None)
        ]

    @cached_property
    def sums(self) -> dict[str, int]:
        return {effect: sum(row.parts[effect] for row in self.rows) for effect in EFFECTS}

    @cached_property
    def seen(self) -> list[str]:
        """Effects that are anywhere in the table; the others have no column."""
        return [effect for effect in EFFECTS if any(row.parts[effect] for row in self.rows)]

    @property
    def lines(self) -> list[tuple[Row, list[tuple[int, str]]]]:
        return [(row, self._cells(row.parts)) for row in self.rows]

    @property
    def sum_cells(self) -> list[tuple[int, str]]:
        return self._cells(self.sums)

    def _cells(self, parts: dict[str, int]) -> list[tuple[int, str]]:
        """Hundredths, and as written; empty where there is nothing."""
        return [(parts[effect], signed(parts[effect]) if parts[effect] else "") for effect in self.seen]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Heading, and what it means."""
        return [(headings()[effect], meanings()[effect]) for effect in self.seen]

    @cached_property
    def effects(self) -> Effects:
        return Effects(**{effect: self.split.of(effect) for effect in EFFECTS})

    @property
    def category(self) -> Category:
        return reasons.category_of(attribution.largest(self.split))

    @property
    def by_old_way(self) -> Tier | None:
        """The tier that the floors or rules of before would have given, where it is another."""
        found = self.split.tier_by_old_way
        if self.before is None or found == self.split.tiers[1] or found is None:
            return None
        scale, key = found
        return Tier.objects.filter(scale=scale, key=key).first()

    @property
    def were_rules(self) -> bool:
        """Whether rules decided before."""
        return self.before is not None and self.before.run.version.is_by_rules

    @cached_property
    def rulings(self) -> list[OfTier]:
        """Where rules decide, the conditions that did."""
        before, after = graded(self.before) if self.before else None, graded(self.after)
        return of_tiers(rulings(before, after), scale=after.scheme.scale, names=self.names)

    @property
    def policy(self) -> list[str]:
        """What was decided about the tier beside the numbers, a sentence each; it has no part of the score."""
        after, said = self.after, []
        if after.kept and after.kept != Grading.Kept.APPROVAL:
            words = {
                "tier": after.tier or "–",
                "computed": after.computed_tier or "–",
                "why": after.get_kept_display(),
            }
            said.append(_("By the numbers the tier would be %(computed)s, it is %(tier)s: %(why)s.") % words)
        before = self.before
        if before and before.kept and not after.kept and before.computed_tier_id == after.tier_id:
            words = {
                "tier": before.tier or "–",
                "computed": before.computed_tier or "–",
                "why": before.get_kept_display(),
            }
            said.append(
                _(
                    "By the numbers it was %(computed)s before, and stayed %(tier)s: %(why)s. Nothing holds it now."
                )
                % words
            )
        decided = (
            Decision.objects.filter(run=after.run_id, customer=after.customer_id).select_related("by").first()
        )
        if decided:
            words = {"name": decided.by.name, "comment": decided.comment}
            sentence = _("%(name)s accepted the change. %(comment)s")
            if not decided.is_accepted:
                sentence = _("%(name)s rejected the change, the tier stayed. %(comment)s")
            said.append((sentence % words).strip())
        return said

    @property
    def waterfall(self) -> dict[str, list[Any]]:
        """Bars that hang one on the other from the old score to the new, in points as shown."""
        at = reasons.shown_total(self.before.total if self.before else None)
        names, base, size, delta = [], [], [], []
        for name, part in self._bars():
            names.append(name)
            base.append(min(at, at + part) / 100)
            size.append(abs(part) / 100)
            delta.append(part / 100)
            at += part
        return {"names": names, "base": base, "size": size, "delta": delta}

    def _bars(self) -> Iterator[tuple[str, int]]:
        """Data and scheme by indicator, what is missing and the re-weighing as one bar each."""
        for effect in ("data", "scheme"):
            parts = [(row.name, row.parts[effect]) for row in self.rows if row.parts[effect]]
            parts.sort(key=lambda part: -abs(part[1]))
            for name, part in parts[:MOST_BARS]:
                yield bar_name(name, effect), part
            if rest := sum(part for _name, part in parts[MOST_BARS:]):
                yield bar_name(_("the others"), effect), rest
        for effect in ("missing", "reweighing"):
            if part := self.sums[effect]:
                yield headings()[effect], part

    def _values(self, grading: Grading | None) -> dict[str, int | None]:
        if grading is None:
            return {}
        rules = grading.run.version.kept_rules()
        return dict(zip((i.key for i in rules.indicators), grading.values, strict=True))


def headings() -> dict[str, str]:
    return {
        "data": pgettext("effect", "Data"),
        "scheme": pgettext("effect", "Scheme"),
        "missing": _("Missing data"),
        "reweighing": _("Re-weighing"),
    }


def meanings() -> dict[str, str]:
    return {
        "data": _("The values changed; counted by the scheme of before."),
        "scheme": _("The scheme changed: curves, weights, indicators; counted with the new values."),
        "missing": _("Something became known or unknown, or what is unknown counts otherwise."),
        "reweighing": _("The weight of what is unknown went to the others, or came back from them."),
    }


def bar_name(name: str, effect: str) -> str:
    return _("%(indicator)s (scheme)") % {"indicator": name} if effect == "scheme" else name


def _by_scheme(part: Part) -> Iterator[str]:
    words = {
        "curve": pgettext("effect", "curve"),
        "weight": pgettext("effect", "weight"),
        "added": _("new in the scheme"),
        "removed": _("no longer in the scheme"),
    }
    return (word for effect, word in words.items() if getattr(part, effect))


def compare(before: Grading | None, after: Grading) -> Comparison:
    return Comparison(before, after, attribution.split(graded(before) if before else None, graded(after)))


def effects(before: Grading | None, after: Grading) -> Effects | None:
    """What the change came from; None for a first grading."""
    return compare(before, after).effects if before else None


def graded(grading: Grading) -> Graded:
    rules = grading.run.version.kept_rules()
    return Graded(rules, grading.values, grading.points, grading.total, grading.coverage)


def of_change(change: TierChange) -> Comparison | None:
    """The gradings between which a run changed the tier; None where it was no run, or its gradings are gone."""
    if change.run_id is None or change.reason.get("kind") != "graded":
        return None
    found = sides(change.run_id, [change.customer_id])[change.customer_id]
    if found.after is None:
        return None
    comparison = compare(found.before, found.after)
    return comparison if list(comparison.split.totals) == change.reason["totals"] else None


@dataclass
class Sides:
    before: Grading | None = None
    after: Grading | None = None

    @property
    def both(self) -> tuple[Grading | None, Grading]:
        """Of a customer whom the run graded."""
        assert self.after is not None  # noqa: S101 - who moves was graded
        return self.before, self.after


def sides(run: int, customers: Collection[int]) -> dict[int, Sides]:
    """The gradings from which and to which a run moved customers, in three queries."""
    found = {pk: Sides() for pk in customers}
    moved = Movement.objects.filter(run=run, customer__in=customers, earlier_id__isnull=False)
    earlier = dict(moved.values_list("earlier_id", "customer_id"))
    gradings = Grading.objects.select_related("run__version", "tier", "computed_tier")
    for grading in gradings.filter(run=run, customer__in=customers):
        found[grading.customer_id].after = grading
    for grading in gradings.filter(pk__in=list(earlier)):
        found[earlier[grading.pk]].before = grading
    return found
