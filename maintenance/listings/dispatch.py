"""The list of orders to dispatch first."""

from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.columns import plain
from accounts.exports.lists import Column, Found, Listing
from accounts.models import User
from customers.listings.tiers import of_customer, tier, tier_labels
from maintenance import dispatch
from toolbox.pages import Order

NEWEST: Final = Order("newest", "ordered_on", descending=True, value=lambda row: str(row.ordered_on))


def orders(user: User, _query: QueryDict, _about: int | None = None) -> Found:
    return Found(dispatch.orders(user, timezone.localdate()), NEWEST)


def columns() -> list[Column]:
    return [
        plain("ordered_on", _("Ordered on"), kind="date"),
        plain("number", _("Order number"), width=24),
        *of_customer(
            code=_("Customer code"),
            name=_("Customer name"),
            owner=_("Account manager"),
            team_name=_("Team"),
        ),
        tier("tier", _("Tier"), "customer__standing__tier", tier_labels()),
        plain("category", _("Category")),
        plain("customised_share", _("Customised"), kind="percent"),
    ]


DISPATCH: Final = Listing(
    key="priority-dispatch",
    name=gettext_lazy("Priority dispatch"),
    page="maintenance:dispatch",
    find=orders,
    columns=columns,
)
