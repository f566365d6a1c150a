"""What tiers and schemes are called, where a stored reason has no more than their keys."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, Generic, TypeVar

from customers.models import Tier
from tiering.models import Scheme

KEPT_SECONDS: Final = 5
"""Sentences are made by the page, and names seldom change."""
K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Read anew when it is old, or when somebody asks for what was not there."""

    def __init__(self, read: Callable[[], Mapping[K, V]]) -> None:
        self.read = read
        self.forget()

    def forget(self) -> None:
        self.found: Mapping[K, V] = {}
        self.read_at = -float(KEPT_SECONDS)

    def get(self, key: K) -> V | None:
        if key not in self.found or monotonic() - self.read_at > KEPT_SECONDS:
            self.found, self.read_at = self.read(), monotonic()
        return self.found.get(key)


tiers: Final = Kept(lambda: {(tier.scale, tier.key): tier for tier in Tier.objects.all()})
schemes: Final = Kept(lambda: {scheme.key: scheme for scheme in Scheme.objects.all()})


def tier(scale: str, key: str) -> Tier | str:
    """Its key where it is gone."""
    return tiers.get((scale, key)) or key


def scheme(key: str) -> str:
    found = schemes.get(key)
    return found.name if found else key


def forget() -> None:
    tiers.forget()
    schemes.forget()
