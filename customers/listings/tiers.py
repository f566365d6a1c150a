"""Tiers, and the customer of a row, as columns."""

from collections.abc import Callable
from functools import cache

from accounts.exports.columns import Name, person, plain, team
from accounts.exports.lists import Column
from customers import scales
from customers.models import Tier


def tier_labels() -> Callable[[int | None], str | None]:
    """What tiers are called, asked for once: those of one name on several scales that are in use are told apart."""

    @cache
    def labels() -> dict[int, str]:
        used, every = list(Tier.objects.in_use()), list(Tier.objects.all())
        scales.tell_apart(used)
        scales.tell_apart(every)
        return {tier.pk: tier.label for tier in [*every, *used]}

    return lambda pk: None if pk is None else labels()[pk]


def tier(key: str, name: Name, path: str, label: Callable[[int | None], str | None]) -> Column:
    return Column(key=key, name=name, paths=(path,), value=label, width=14)


def of_customer(
    *, code: Name, name: Name, owner: Name, team_name: Name, path: str = "customer"
) -> list[Column]:
    """Whose row it is."""
    return [
        plain("code", code, f"{path}__code", width=14),
        plain("name", name, f"{path}__name", width=36),
        person("owner", owner, f"{path}__owner"),
        team("team", team_name, f"{path}__team"),
    ]
