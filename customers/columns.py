"""The columns a list of customers can show, and the orders it can be sorted by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.models.standing import amount_class, amount_key, score_class, score_key
from customers.reference import regions
from toolbox.pages import Order


@dataclass(frozen=True)
class Why:
    """Why a customer is in its tier, in a sentence, and the tier change that says more."""

    text: str
    change: int


Beside = Callable[[Sequence[Customer]], Mapping[int, Any]]
BESIDE: dict[str, Beside] = {}
"""What apps downstream say of customers, by its word ("why": Why, "possible_tiers": tiers, the best first). Asked for all
of a page at once; answers by the customers' ids."""


def beside(customers: Sequence[Customer], words: Iterable[str]) -> dict[str, Mapping[int, Any]]:
    return {word: BESIDE[word](customers) if word in BESIDE else {} for word in words}


@dataclass(frozen=True)
class Column:
    key: str
    label: Promise
    value: Callable[[Customer], Any]
    kind: str = "text"
    """How the template shows it: text, name, tier, tiers, score, span, money, date, percent."""
    order: str = ""
    """The name of the order that a click on the heading asks for."""
    beside: str = ""
    """The word under which `BESIDE` has the value."""

    @property
    def is_number(self) -> bool:
        return self.kind in {"score", "span", "money", "percent"}


def by(
    name: str,
    expression: Any,
    value: Callable[[Customer], Any],
    *,
    descending: bool = False,
    coarse: Callable[[Combinable, Combinable], Combinable] | None = None,
) -> list[Order]:
    """An order and its reverse ("-name")."""
    return [
        Order(name, expression, descending, value, coarse, "standing__customer_id"),
        Order(f"-{name}", expression, not descending, value, coarse, "standing__customer_id"),
    ]


def or_minus_one(number: int | None) -> int:
    return -1 if number is None else number


COLUMNS = {
    c.key: c
    for c in (
        Column("code", _("Code"), lambda c: c.code, order="code"),
        Column("name", _("Name"), lambda c: c.name, "name", order="name"),
        Column("tier", _("Tier"), lambda c: c.standing.tier, "tier", order="score"),
        Column("score", _("Score"), lambda c: c.standing, "score", order="score"),
        Column("span", _("Possible score"), lambda c: c.standing, "span"),
        Column("possible_tiers", _("Possible tiers"), lambda _c: None, "tiers", beside="possible_tiers"),
        Column(
            "annual_amount", _("Annual amount"), lambda c: c.standing.annual_amount, "money", order="amount"
        ),
        Column("coverage", _("Coverage"), lambda c: c.standing.coverage, "percent"),
        Column("owner", _("Account manager"), lambda c: c.owner.name if c.owner else "–"),
        Column("team", _("Team"), lambda c: c.team.name if c.team else "–"),
        Column("lifecycle", _("Lifecycle"), lambda c: c.get_lifecycle_display()),
        Column("kind", _("Kind"), lambda c: c.get_kind_display()),
        Column("industry", _("Industry"), lambda c: c.industry_name or "–"),
        Column("province", _("Province"), lambda c: regions.province_name(c.province) or "–"),
        Column("city", _("City"), lambda c: regions.city_name(c.city) or "–"),
        Column("size", _("Size"), lambda c: c.get_size_display() or "–"),
        Column("source", _("Source"), lambda c: c.get_source_display() or "–"),
        Column("channel", _("Preferred channel"), lambda c: c.get_preferred_channel_display() or "–"),
        Column("since", _("Cooperation since"), lambda c: c.cooperation_since, "date"),
        Column("graded_on", _("Graded as of"), lambda c: c.standing.graded_on, "date"),
        Column("updated", _("Updated"), lambda c: c.updated_at, "date", order="updated"),
    )
}
DEFAULT_COLUMNS = ["code", "name", "tier", "score", "annual_amount", "owner", "lifecycle", "province"]
ORDERS = {
    order.name: order
    for order in (
        *by(
            "score",
            score_key("standing__"),
            lambda c: or_minus_one(c.standing.total if c.standing.tier_id else None),
            descending=True,
            coarse=score_class,
        ),
        *by(
            "amount",
            amount_key("standing__"),
            lambda c: or_minus_one(c.standing.annual_amount),
            descending=True,
            coarse=amount_class,
        ),
        *by("name", "name_key", lambda c: c.name_key),
        *by("code", "code", lambda c: c.code),
        *by("updated", "updated_at", lambda c: c.updated_at.isoformat(), descending=True),
    )
}
DEFAULT_ORDER = "score"


def chosen(keys: Iterable[str]) -> list[Column]:
    """The columns of these keys, unknown ones left out; the default ones where none is left."""
    columns = [COLUMNS[key] for key in keys if key in COLUMNS]
    return columns or [COLUMNS[key] for key in DEFAULT_COLUMNS]


def sorted_apart(order: Order) -> Order:
    """The same order, sorted after the rows are found: for one person's customers, who are few among all.

    Else PostgreSQL walks the whole book by score until it has met a page full of them.
    """
    if order.name.lstrip("-") not in {"score", "amount"}:
        return order
    key: Any = order.expression + Value(0)
    return replace(order, expression=ExpressionWrapper(key, BigIntegerField()), coarse=None)
