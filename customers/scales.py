"""What tells tiers of the same name apart, where several scales are in use."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from customers.models import Tier

names: list[Callable[[], Mapping[str, str]]] = []
"""Apps downstream add a question here: what is each scale called, by the schemes that grade on it?"""


class OnAScale(Protocol):
    pk: int
    scale: str
    also: str

    @property
    def name(self) -> str: ...


class AStep(Protocol):
    @property
    def from_tier(self) -> OnAScale | None: ...

    @property
    def to_tier(self) -> OnAScale | None: ...


def tell_steps_apart(steps: Iterable[AStep]) -> None:
    """The same of the tiers from which and to which customers moved."""
    tell_apart(tier for step in steps for tier in (step.from_tier, step.to_tier))


def tell_apart(tiers: Iterable[OnAScale | None]) -> None:
    """Each tier that has its name in common with one of another scale is told what its scale is called (`also`): with one
    that stands beside it, or, where tiers of several scales do, with any that customers are in.
    """
    there = [tier for tier in tiers if tier]
    known = {(tier.name, tier.scale) for tier in there}
    if len({scale for _name, scale in known}) > 1:
        known |= {(tier.name, tier.scale) for tier in Tier.objects.in_use()}
    found = Counter(name for name, _scale in known)
    alike = [tier for tier in there if found[tier.name] > 1]
    if not alike:
        return
    known_as = called()
    for tier in alike:
        tier.also = known_as.get(tier.scale, tier.scale)


def tell_from_all(tiers: Sequence[OnAScale]) -> None:
    """The same for tiers that are named by themselves, in a letter or a line: as if all that customers are in stood
    beside them."""
    if tiers:
        tell_apart([*tiers, *Tier.objects.in_use()])


def called() -> dict[str, str]:
    """What each scale is called."""
    return {scale: name for question in names for scale, name in question().items()}
