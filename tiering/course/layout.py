"""The counted figures laid out for people: tables whose every number leads to its list, and the charts of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _, pgettext

from customers.models import Tier
from tiering.course.counting import WHOLE
from tiering.course.periods import QUARTER, STAYS
from toolbox.calendars import quarter_of
from toolbox.money import plain_money
from toolbox.rounding import round_half_up

BECAME: Final = ("kept", "lower", "other", "gone", "stopped")
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Linked:
    """A number and the list it counts; `share` is of the row's whole, in basis points."""

    n: int
    url: str
    share: int | None = None


def customers_url(**asked: str | int) -> str:
    return f"{reverse('customers:list')}?{urlencode(asked)}"


def changes_url(**asked: str | int) -> str:
    return f"{reverse('tiering:changes')}?{urlencode(asked)}"


def share_of(n: int, whole: int) -> int | None:
    return round_half_up(n * WHOLE, whole) if whole else None


# Upgrades and downgrades


@dataclass(frozen=True, slots=True)
class Quarter:
    name: str
    moves: list[Linked]
    """Upgrades, downgrades, first gradings and the rest."""


def moves(found: Figures) -> list[Quarter]:
    """The newest first."""
    rows = []
    for row in reversed(found["moves"]):
        first, last = row["days"]
        links = [
            Linked(
                row[way], changes_url(effective_from=first, effective_to=last, direction=way, undone="false")
            )
            for way in ("up", "down", "first", "other")
        ]
        rows.append(Quarter(quarter_of(date.fromisoformat(first)), links))
    return rows


# How tiers hold


@dataclass(frozen=True, slots=True)
class Held:
    tier: Tier
    whole: Linked
    became: list[Linked]
    """In the order of BECAME."""


@dataclass(frozen=True, slots=True)
class HeldIn:
    name: str
    is_closed: bool
    tiers: list[Held]


def held(found: Figures, kind: str, tiers: dict[int, Tier]) -> list[HeldIn]:
    """The newest period first."""
    rows = []
    for row in reversed(found["held"][kind]):
        start, end = row["days"]
        own = [held_row(tiers[pk], sums, start, end) for pk, *sums in row["tiers"] if pk in tiers]
        rows.append(HeldIn(period_name(row, kind), row["is_closed"], own))
    return rows


def period_name(row: dict[str, Any], kind: str) -> str:
    end = date.fromisoformat(row["days"][1])
    name = quarter_of(end) if kind == "quarter" else str(end.year)
    return name if row["is_closed"] else _("%(period)s so far") % {"period": name}


def held_row(tier: Tier, sums: list[int], start: str, end: str) -> Held:
    whole = sum(sums[:4])
    asked: dict[str, str | int] = {"then": start, "tier_then": tier.pk}
    return Held(
        tier,
        Linked(whole, customers_url(**asked)),
        [
            Linked(n, customers_url(**asked, until=end, became=what), share_of(n, whole))
            for n, what in zip(sums, BECAME, strict=True)
        ],
    )


def occurring(found: Figures) -> set[int]:
    """Ids of the tiers of which something is said."""
    held_in = {pk for kind in found["held"].values() for period in kind for pk, *_sums in period["tiers"]}
    return held_in | {row["tier"] for row in found["stays"]["tiers"]}


# Time in tier


@dataclass(frozen=True, slots=True)
class Stay:
    tier: Tier
    whole: Linked
    median: int | None
    """Days."""
    counts: list[Linked]


def stay_names() -> list[str]:
    """Of the spans of STAYS, in months and years."""
    return [span(least, below) for least, below in STAYS]


def span(least: int, below: int | None) -> str:
    if below is None:
        return _("%(years)s years and more") % {"years": least // 12}
    if least == 0:
        return _("less than %(months)s months") % {"months": QUARTER}
    return _("%(from)s–%(to)s months") % {"from": least, "to": below}


def stays(found: Figures, tiers: dict[int, Tier]) -> list[Stay]:
    edges = found["stays"]["edges"]
    rows = []
    for row in found["stays"]["tiers"]:
        if (tier := tiers.get(row["tier"])) is None:
            continue
        links = [
            Linked(n, customers_url(tier=tier.pk, **({"since_from": first} if first else {}), since_to=last))
            for n, (first, last) in zip(row["counts"], edges, strict=True)
        ]
        whole = Linked(sum(row["counts"]), customers_url(tier=tier.pk))
        rows.append(Stay(tier, whole, row["median"], links))
    return sorted(rows, key=lambda row: (row.tier.scale, row.tier.rank))


# Concentration


@dataclass(frozen=True, slots=True)
class Part:
    customers: Linked
    """Its share is of all who bought."""
    least: int
    amount: int
    amount_share: int | None


@dataclass(frozen=True, slots=True)
class TierPart:
    tier: Tier | None
    customers: Linked
    amount: int
    share: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    customers: int
    amount: int
    most: Part | None
    parts: list[Part]
    tiers: list[TierPart]


def spread(found: Figures, tiers: dict[int, Tier]) -> Spread:
    told = found["concentration"]
    count, total = told["customers"], told["amount"]

    def part(share: dict[str, int]) -> Part:
        url = customers_url(amount_from=plain_money(share["least"]), sort="amount")
        n = share["customers"]
        return Part(
            Linked(n, url, share_of(n, count)),
            share["least"],
            share["amount"],
            share_of(share["amount"], total),
        )

    whole = sum(n for _tier, n, _amount in found["tiers"])
    amount = sum(fen for _tier, _n, fen in found["tiers"])
    rows = []
    for pk, n, fen in found["tiers"]:
        url = customers_url(tier=pk) if pk else customers_url(graded="false")
        rows.append(TierPart(tiers.get(pk), Linked(n, url, share_of(n, whole)), fen, share_of(fen, amount)))
    rows.sort(
        key=lambda row: (
            row.tier is None,
            row.tier.scale if row.tier else "",
            row.tier.rank if row.tier else 0,
        )
    )
    return Spread(
        count,
        total,
        part(told["most"]) if told["most"] else None,
        [part(share) for share in told["shares"]],
        rows,
    )


# Charts


def charts(
    quarters: list[Quarter], periods: list[HeldIn], told: list[Stay], found: Figures
) -> dict[str, Any]:
    """For static/js/charts.js."""
    shown = {row.tier.pk: row.tier for period in periods for row in period.tiers}
    shares = [{row.tier.pk: row.became[0].share for row in period.tiers} for period in reversed(periods)]
    return {
        "updown": {
            "names": [row.name for row in reversed(quarters)],
            "up": [row.moves[0].n for row in reversed(quarters)],
            "down": [row.moves[1].n for row in reversed(quarters)],
            "words": [_("Upgrades"), _("Downgrades")],
        },
        "held": {
            "names": [period.name for period in reversed(periods)],
            "lines": [
                {
                    "name": tier.label,
                    "colour": tier.colour,
                    "shares": [None if (share := row.get(pk)) is None else share / 100 for row in shares],
                }
                for pk, tier in shown.items()
            ],
        },
        "stays": {
            "names": [row.tier.label for row in told],
            "spans": stay_names(),
            "counts": [[link.n for link in row.counts] for row in told],
        },
        "lorenz": {
            "points": [[x / 100, y / 100] for x, y in found["concentration"]["curve"]],
            "words": [pgettext("on an axis", "customers"), pgettext("on an axis", "annual amount")],
        },
    }
