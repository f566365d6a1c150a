"""What is wrong, and what is only odd, in a version whose tiers are decided by rules."""

from collections.abc import Iterator
from itertools import pairwise

from django.utils.translation import gettext as _

from tiering import ruling
from tiering.models import Condition, Floor, SchemeVersion
from tiering.reasons import name_of


def wrong_rules(version: SchemeVersion) -> Iterator[str]:
    """Where rules decide: what they ask for must be there, and there must be a tier for everybody."""
    floors = version.floors.all()
    if not floors:
        yield _("A scheme needs at least one tier.")
        return
    names = {indicator.key: indicator.name for indicator in version.indicators()}
    for n, floor in enumerate(floors, start=1):
        asked, is_last = floor.conditions.all(), n == len(floors)
        words = {"tier": floor.tier.name}
        if is_last and asked:
            yield _("“%(tier)s” is the last tier and takes everybody: remove its conditions.") % words
        if not is_last and not asked:
            yield _("“%(tier)s” has no condition: everybody would be in it. Add one.") % words
        for each in asked:
            if each.indicator not in names:
                yield _(
                    "A condition of “%(tier)s” is about “%(indicator)s”, which this version does not have."
                ) % {
                    **words,
                    "indicator": name_of(each.indicator),
                }
    if version.margin:
        yield _("A margin is counted in points, and rules go by none: set it to 0.")


def doubts(version: SchemeVersion) -> list[str]:
    """What is odd in a version (`whole()`) and keeps it from nothing: a better tier that is easier to reach."""
    if not version.is_by_rules:
        return []
    names = {indicator.key: indicator.name for indicator in version.indicators()}
    return [
        _("“%(higher)s” asks for less than “%(lower)s” of “%(indicator)s”: %(here)s against %(there)s.")
        % {
            "higher": better.tier.name,
            "lower": worse.tier.name,
            "indicator": name_of(low.indicator, names),
            "here": ruling.asked(high.indicator, high.at_least, high.at_most) if high else "–",
            "there": ruling.asked(low.indicator, low.at_least, low.at_most),
        }
        for better, worse in pairwise(version.floors.all())
        for low, high in easier(better, worse)
    ]


def easier(better: Floor, worse: Floor) -> Iterator[tuple[Condition, Condition | None]]:
    """Hard conditions of the worse tier that the better one does not imply, with what it asks of the same indicator."""
    own = {each.indicator: each for each in better.conditions.all()}
    for low in worse.conditions.all():
        high = own.get(low.indicator)
        if not low.is_supporting and not (high and implies(high, low)):
            yield low, high


def implies(high: Condition, low: Condition) -> bool:
    """Whether whoever meets the first meets the second."""
    lifts = low.at_least is None or (high.at_least is not None and high.at_least >= low.at_least)
    caps = low.at_most is None or (high.at_most is not None and high.at_most <= low.at_most)
    return lifts and caps and not high.is_supporting
