"""Trials that are kept, and what is made of them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from customers.models import Tier
from tiering import curves, services
from tiering.matrix import Matrix, Step, Sums, matrix
from tiering.models import Basis, Condition, Dimension, Floor, Indicator, SchemeVersion, Simulation
from tiering.scoring import FULL_TOTAL, PERCENT


def keep(
    version: SchemeVersion,
    *,
    name: str,
    changes: Mapping[str, str],
    basis: Basis | None,
    steps: Mapping[Step, Sums],
    by: User,
    at: datetime,
) -> Simulation:
    numbers = [[origin, target, count, amount] for (origin, target), (count, amount) in steps.items()]
    return Simulation.objects.create(
        name=name, version=version, revision=version.revision, changes=dict(changes), basis=basis, numbers=numbers,
        by=by, at=at,
    )  # fmt: skip


def saved_matrix(kept: Simulation) -> Matrix:
    """What it came to when it was saved; no number leads anywhere, for the customers behind it may be others now."""
    found = {(origin, target): (count, amount) for origin, target, count, amount in kept.numbers}
    floors = kept.version.floors.select_related("tier").order_by("tier__rank")
    return matrix(found, always=[floor.tier for floor in floors], url=lambda _origin, _target: "")


@transaction.atomic
def draft(version: SchemeVersion, *, changes: Mapping[str, str], by: User) -> SchemeVersion:
    """A new draft that says what was tried. `changes` are those of a form that was found right."""
    made = services.copy_version(version, by=by)
    for name, text in changes.items():
        kind, key = name.split("-", 1)
        match kind:
            case "d":
                Dimension.objects.filter(version=made, key=key).update(weight=int(text))
            case "i":
                Indicator.objects.filter(dimension__in=made.dimensions.all(), key=key).update(
                    weight=int(text)
                )
            case "a" | "m":
                move_end(version, made, int(key), text, is_least=kind == "a")
            case "f":
                total = int(Decimal(text) * FULL_TOTAL / PERCENT)
                Floor.objects.filter(version=made, tier__in=Tier.objects.filter(key=key)).update(total=total)
    return made


def move_end(version: SchemeVersion, made: SchemeVersion, pk: int, text: str, *, is_least: bool) -> None:
    """Of the copy of a condition; the text is one that a form wrote."""
    tried = Condition.objects.select_related("floor").get(pk=pk, floor__version=version)
    own = Condition.objects.filter(
        floor__in=made.floors.filter(tier=tried.floor.tier_id), indicator=tried.indicator
    )
    value = curves.read_end(text, curves.unit_of(tried.indicator), is_least=is_least)
    own.update(**{"at_least" if is_least else "at_most": value})
