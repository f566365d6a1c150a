"""Conditions in the reader's language: what they ask for, and how a value stands to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from customers.models import Tier
from tiering import called, curves, reasons
from tiering.conditions import Condition
from tiering.explanation import Asks, Ruling
from tiering.measures import Unit

YUAN = 100


def asked(key: str, at_least: int | None, at_most: int | None) -> str:
    """ "more than ¥50,000.00", "at most 7 days", "from 2 to 3 a month"."""
    if at_least is not None and at_most is not None:
        words = {"low": reasons.value_of(key, at_least), "high": reasons.value_of(key, at_most)}
        return _("from %(low)s to %(high)s") % words
    is_money = curves.unit_of(key) == Unit.FEN
    if at_least is not None:
        if is_money and at_least % YUAN == 1:
            return _("more than %(value)s") % {"value": reasons.value_of(key, at_least - 1)}
        return _("at least %(value)s") % {"value": reasons.value_of(key, at_least)}
    assert at_most is not None  # noqa: S101 - a condition has an end
    if is_money and at_most % YUAN == YUAN - 1:
        return _("less than %(value)s") % {"value": reasons.value_of(key, at_most + 1)}
    return _("at most %(value)s") % {"value": reasons.value_of(key, at_most)}


def asked_for(key: str, asks: Asks | None) -> str:
    return asked(key, asks[0], asks[1]) if asks else ""


@dataclass(frozen=True)
class Standing:
    """How a value stands to a condition."""

    condition: Condition
    value: int | None
    called: str = ""
    """What the scheme calls the indicator."""

    @property
    def name(self) -> str:
        return self.called or reasons.name_of(self.condition.key)

    @property
    def shown(self) -> str:
        return reasons.value_of(self.condition.key, self.value)

    @property
    def asked(self) -> str:
        return asked(self.condition.key, self.condition.at_least, self.condition.at_most)

    @property
    def is_known(self) -> bool:
        return self.value is not None

    @property
    def is_met(self) -> bool:
        return self.condition.allows(self.value)

    @property
    def verdict(self) -> str:
        if self.value is not None:
            return _("met") if self.is_met else _("not met")
        return _("unknown: does not stand against it") if self.is_met else _("unknown: not met")


@dataclass(frozen=True)
class Asked:
    """A tier with its conditions; the last one has none."""

    tier: Tier
    conditions: list[Standing]

    @property
    def is_met(self) -> bool:
        return all(each.is_met for each in self.conditions)


def by_tier(
    conditions: Sequence[Condition],
    tiers: Sequence[Tier],
    values: Mapping[str, int | None],
    names: Mapping[str, str],
) -> list[Asked]:
    """The best first."""
    return [
        Asked(
            tier,
            [
                Standing(each, values.get(each.key), names.get(each.key, ""))
                for each in conditions
                if each.tier == tier.key
            ],
        )
        for tier in tiers
    ]


@dataclass(frozen=True)
class Line:
    """A ruling for people."""

    ruling: Ruling
    names: reasons.Names | None = None
    """What the scheme calls its indicators."""

    @property
    def name(self) -> str:
        return reasons.name_of(self.ruling.key, self.names)

    @property
    def before(self) -> str:
        return reasons.value_of(self.ruling.key, self.ruling.values[0])

    @property
    def after(self) -> str:
        return reasons.value_of(self.ruling.key, self.ruling.values[1])

    @property
    def asked(self) -> str:
        """What is asked now; with what was asked before, where that is something else."""
        then, now = (asked_for(self.ruling.key, asks) for asks in self.ruling.asks)
        if then and now and then != now:
            return _("%(now)s, before %(then)s") % {"now": now, "then": then}
        return now or _("no longer asked: %(then)s") % {"then": then}

    @property
    def is_met(self) -> bool:
        return self.ruling.allows[1] is not False

    @property
    def verdict(self) -> str:
        was, now = self.ruling.allows
        if now is None:
            return _("no longer asked")
        if self.ruling.values[1] is None:
            return _("unknown: does not stand against it") if now else _("unknown: not met")
        if now:
            return _("now met") if was is False else _("met")
        return _("no longer met") if was else _("not met")

    def __str__(self) -> str:
        values = self.after
        if self.before != self.after and self.ruling.allows[0] is not None:
            values = _("%(before)s → %(after)s") % {"before": self.before, "after": self.after}
        words = {"name": self.name, "values": values, "asked": self.asked, "verdict": self.verdict}
        if self.ruling.asks[1] is None:
            return _("%(name)s %(values)s (%(asked)s)") % words
        return _("%(name)s %(values)s (%(asked)s: %(verdict)s)") % words


@dataclass(frozen=True)
class OfTier:
    """The rulings about one tier, for people."""

    tier: Tier | str
    """Its key, where it is gone."""
    lines: list[Line]

    @property
    def name(self) -> str:
        return self.tier.name if isinstance(self.tier, Tier) else self.tier

    def __str__(self) -> str:
        words = {"tier": self.name, "conditions": _("; ").join(map(str, self.lines))}
        return _("%(tier)s: %(conditions)s") % words


def of_tiers(rulings: Iterable[Ruling], *, scale: str, names: reasons.Names | None) -> list[OfTier]:
    """As a reason has them: the best tier first."""
    groups = groupby(rulings, key=lambda ruling: ruling.tier)
    return [OfTier(called.tier(scale, key), [Line(each, names) for each in own]) for key, own in groups]


def said(rulings: Sequence[Ruling], *, scale: str, names: reasons.Names | None, most: int) -> str:
    """So many of them, in one sentence without its full stop."""
    parts = [str(each) for each in of_tiers(rulings[:most], scale=scale, names=names)]
    if (rest := len(rulings) - most) > 0:
        parts.append(_("and %(count)s more") % {"count": rest})
    return _("; ").join(parts)
