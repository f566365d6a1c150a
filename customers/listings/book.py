"""The list of customers, and what is on record of the customers on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from accounts.exports.columns import choice, person, plain, team, yes_no
from accounts.exports.lists import Asker, Column, Find, Found, Listing
from accounts.models import Department, User
from customers import columns
from customers.filters import CustomerFilter
from customers.listings.tiers import of_customer, tier, tier_labels
from customers.models import (
    SEATS,
    Channel,
    Contact,
    Contract,
    Customer,
    Interaction,
    Kind,
    Lifecycle,
    Order as Bought,
    Payment,
    Seat,
    ServiceRequest,
    Size,
    Source,
    Topic,
)
from customers.reference import industries, regions
from toolbox.pages import Order


def to_edit(kind: str) -> tuple[str, str, str]:
    return "customers:import_edit", kind, "may_edit_customers"


EDITED: Final = frozenset({"contacts", "orders", "payments", "contracts"})
"""Lists whose rows an import takes."""


def found(user: User, query: QueryDict, _about: int | None = None) -> Found:
    asked = CustomerFilter(query, Customer.objects.visible_to(user).for_list(), request=Asker(user))
    order = columns.ORDERS.get(query.get("sort", ""), columns.ORDERS[columns.DEFAULT_ORDER])
    of_few = bool(query.get("owner")) or not user.sees_all
    return Found(asked.qs, columns.sorted_apart(order) if of_few else order, asked)


def beside(word: str, say: Callable[[Any], str]) -> Callable[[Sequence[Any]], Mapping[Any, Any]]:
    """What apps downstream say of customers."""

    def ask(pks: Sequence[Any]) -> dict[Any, str]:
        customers = list(Customer.objects.for_list().filter(pk__in=pks))
        said = columns.beside(customers, [word])[word]
        return {pk: say(value) for pk, value in said.items()}

    return ask


def seat(department: str, title: Promise) -> Column:
    """Who serves the customer for this department."""

    def ask(pks: Sequence[Any]) -> dict[Any, str]:
        seats = Seat.objects.taken().filter(customer__in=pks, department=department)
        return {one.customer_id: one.person.name for one in seats.select_related("person")}

    return Column(key=department, name=title, beside=ask)


def name_of(name: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda code: (name(code) or None) if code else None


def money_unit() -> str:
    return settings.CURRENCY_SYMBOLS[settings.BOOK_CURRENCY]


def money(key: str, name: str | Promise, path: str = "") -> Column:
    return Column(key=key, name=name, paths=(path or key,), kind="money", unit=money_unit())


def all_columns() -> list[Column]:
    label = tier_labels()
    standing = "standing__"
    return [
        plain("code", _("Customer code"), width=14),
        plain("name", _("Customer name"), width=36),
        tier("tier", _("Customer tier"), f"{standing}tier", label),
        plain("score", _("Score"), f"{standing}total", "score"),
        plain("low", _("Lowest possible score"), f"{standing}low", "score"),
        plain("high", _("Highest possible score"), f"{standing}high", "score"),
        Column(
            key="possible_tiers",
            name=_("Possible tiers"),
            beside=beside(
                "possible_tiers", lambda tiers: _(", ").join(str(label(each.pk)) for each in tiers)
            ),
        ),
        money("annual_amount", _("Annual amount"), f"{standing}annual_amount"),
        plain("coverage", _("Coverage"), f"{standing}coverage", "percent"),
        person("owner", _("Account manager")),
        team("team", _("Team"), "team"),
        *(seat(department, title) for department, title in SEATS.items()),
        choice("lifecycle", _("Lifecycle"), Lifecycle.choices, width=12),
        choice("kind", _("Kind"), Kind.choices, width=12),
        Column(
            key="industry", name=_("Industry"), paths=("industry",), value=name_of(industries.industry_name)
        ),
        Column(key="province", name=_("Province"), paths=("province",), value=name_of(regions.province_name)),
        Column(key="city", name=_("City"), paths=("city",), value=name_of(regions.city_name)),
        choice("size", _("Size"), Size.choices, width=12),
        choice("source", _("Source"), Source.choices),
        choice("channel", _("Preferred channel"), Channel.choices, "preferred_channel"),
        plain("since", _("Cooperation since"), "cooperation_since", "date"),
        plain("graded_on", _("Graded as of"), f"{standing}graded_on", "date"),
        plain("updated", _("Updated"), "updated_at", "datetime"),
        tier("computed_tier", _("Computed tier"), f"{standing}computed_tier", label),
        yes_no("by_hand", _("Set by hand"), f"{standing}is_overridden", yes=_("yes"), no=_("no")),
        plain("in_tier_since", _("In this tier since"), f"{standing}since", "date"),
        Column(
            key="why",
            name=_("Reason for the last tier change"),
            beside=beside("why", lambda why: str(why.text)),
            width=60,
        ),
        plain("notes", _("Customer notes"), width=40),
        yes_no("archived", _("Archived"), "archived_at", yes=_("yes"), no=_("no")),
    ]


SPLIT: Final = {"span": ("low", "high")}
"""What the page shows in one column stands in two of a sheet."""


def shown(user: User) -> list[str]:
    """What the user chose to see on the page."""
    keys = [column.key for column in columns.chosen(user.preferences.get("customer_columns", []))]
    return [key for shown in keys for key in SPLIT.get(shown, (shown,))]


CUSTOMERS: Final = Listing(
    key="customers",
    name=gettext_lazy("Customers"),
    page="customers:list",
    find=found,
    columns=all_columns,
    shown=shown,
    kin=["customers"],
    editing=to_edit("customers"),
)


# What is on record of customers


def whose() -> list[Column]:
    return of_customer(
        code=_("Customer code"), name=_("Customer name"), owner=_("Account manager"), team_name=_("Team")
    )


def contacts() -> list[Column]:
    return [
        *whose(),
        plain("contact", _("Contact"), "name"),
        plain("title", _("Position")),
        plain("phone", _("Phone")),
        plain("email", _("E-mail"), width=28),
        plain("wechat", _("WeChat")),
        choice("channel", _("Preferred channel"), Channel.choices, "preferred_channel"),
        yes_no("is_primary", _("First contact"), "is_primary", yes=_("yes"), no=_("no")),
    ]


def orders() -> list[Column]:
    return [
        *whose(),
        plain("number", _("Order number"), width=24),
        plain("ordered_on", _("Ordered on"), kind="date"),
        plain("category", _("Category")),
        money("amount", _("Amount")),
        plain("customised_share", _("Customised"), kind="percent"),
    ]


def days_late(due: Any, paid: Any) -> int | None:
    return (paid - due).days if paid else None


def payments() -> list[Column]:
    return [
        *whose(),
        plain("order", _("Order number"), "order__number", width=24),
        money("amount", _("Amount")),
        plain("due_on", _("Due on"), kind="date"),
        plain("paid_on", _("Paid on"), kind="date"),
        Column(
            key="days_late",
            name=_("Days late"),
            paths=("due_on", "paid_on"),
            value=days_late,
            kind="integer",
        ),
    ]


def contracts() -> list[Column]:
    return [
        *whose(),
        plain("number", _("Contract number"), width=24),
        plain("subject", _("Subject"), width=30),
        money("amount", _("Amount")),
        plain("starts_on", _("Starts on"), kind="date"),
        plain("ends_on", _("Ends on"), kind="date"),
        plain("renewed_on", _("Renewed on"), kind="date"),
    ]


def requests() -> list[Column]:
    return [
        *whose(),
        plain("subject", _("Subject"), width=30),
        plain("detail", _("Detail"), width=40),
        choice("topic", _("Topic"), Topic.choices),
        choice("department", _("Department"), Department.choices),
        plain("opened_at", _("Opened on"), kind="datetime"),
        person("opened_by", _("Opened by")),
        plain("resolved_at", _("Closed on"), kind="datetime"),
        person("resolved_by", _("Closed by")),
        plain("resolution", _("What was done"), width=40),
    ]


def interactions() -> list[Column]:
    return [
        *whose(),
        plain("at", _("When"), kind="datetime"),
        choice("channel", _("Channel"), Channel.choices),
        choice("topic", _("Topic"), Topic.choices),
        choice("department", _("Department"), Department.choices),
        person("by", _("By")),
        plain("note", _("Note"), width=60),
    ]


def moment(name: str) -> Order:
    return Order(name, name, descending=True, value=lambda row: getattr(row, name).isoformat())


BY_ID: Final = Order("id", "pk", descending=False, value=lambda row: row.pk)


def of_found(model: type[Model], order: Order) -> Callable[[User, QueryDict, int | None], Found]:
    """Of the customers that the list of customers finds."""

    def find(user: User, query: QueryDict, _about: int | None) -> Found:
        customers = found(user, query)
        theirs = customers.rows.order_by().values("pk")
        return Found(model._default_manager.filter(customer__in=theirs), order, customers.filter)

    return find


def of_one(what: Callable[[Customer], Found]) -> Find:
    """Of one customer: 404 for one that is foreign as for one that is not there."""

    def find(user: User, _query: QueryDict, about: int | None) -> Found:
        customer = get_object_or_404(Customer.objects.visible_to(user), pk=about)
        return replace(what(customer), about=as_subject(customer))

    return find


def as_subject(customer: Customer) -> tuple[str, str]:
    """What the record of exports says of a list that is about this customer."""
    return _("Customer"), f"{customer.code} · {customer.name}"


FACTS: Final = {
    "contacts": (gettext_lazy("Contacts"), Contact, BY_ID, contacts),
    "orders": (gettext_lazy("Orders"), Bought, moment("ordered_on"), orders),
    "payments": (gettext_lazy("Payments"), Payment, moment("due_on"), payments),
    "contracts": (gettext_lazy("Contracts"), Contract, moment("ends_on"), contracts),
    "requests": (gettext_lazy("Service requests"), ServiceRequest, moment("opened_at"), requests),
    "interactions": (gettext_lazy("Interactions"), Interaction, moment("at"), interactions),
}

ALL_FACTS: Final = [
    Listing(
        key=key,
        name=name,
        page="customers:list",
        find=of_found(model, order),
        columns=make,
        kin=CUSTOMERS.kin,
        editing=to_edit(key) if key in EDITED else None,
    )
    for key, (name, model, order, make) in FACTS.items()
]
CUSTOMERS.kin.extend(FACTS)

OF_ONE: Final[dict[str, Callable[[Customer], QuerySet[Any]]]] = {
    "orders": lambda customer: customer.orders.all(),
    "payments": lambda customer: customer.payments.select_related("order"),
    "contracts": lambda customer: customer.contracts.all(),
    "requests": lambda customer: customer.servicerequests.select_related("opened_by"),
}


def facts_of(kind: str, customer: Customer) -> Found:
    return Found(OF_ONE[kind](customer), FACTS[kind][2])


OF_A_CUSTOMER: Final = {
    kind: Listing(
        key=f"customer-{kind}",
        name=FACTS[kind][0],
        page="customers:facts",
        page_arguments={"kind": kind},
        of="pk",
        find=of_one(partial(facts_of, kind)),
        columns=FACTS[kind][3],
    )
    for kind in OF_ONE
}
"""By the word in the address."""
