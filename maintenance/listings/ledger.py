"""The ledger and the contacts beyond it, each once: for its page and for its export."""

from typing import Any, Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, pgettext

from accounts.exports.lists import Asker, Column, Found, Listing
from accounts.models import User
from maintenance.filters.ledger import LedgerFilter
from maintenance.ledger import beyond, counting, outcomes, reckoning
from maintenance.models import Obligation, Rates


def asked(user: User, query: QueryDict) -> LedgerFilter:
    """Always bound: nothing asked for is the quarter that runs, by account manager."""
    return LedgerFilter(query, Obligation.objects.visible_to(user), request=Asker(user))


def ledger(user: User, query: QueryDict, _about: int | None = None) -> Found:
    found = asked(user, query)
    if not found.is_valid():
        return Found([], filter=found)
    lines = reckoning.lines(found.qs, found.by_what, found.chosen, today=timezone.localdate())
    return Found(lines, filter=found)


def contacts_beyond(user: User, query: QueryDict, _about: int | None = None) -> Found:
    found = asked(user, query)
    if not found.is_valid():
        return Found([], filter=found)
    lines = beyond.lines(user, found.by_what, found.chosen, found.said, today=timezone.localdate())
    return Found(lines, filter=found)


def name() -> Column:
    return Column(key="name", name=_("Counted"), value=lambda line: line.name, width=28)


def share(name: str, what: str = "share") -> Column:
    """In basis points, as shares are kept."""
    return Column(key=what, name=name, value=lambda line: value_of(line, what), kind="percent")


def value_of(line: Any, what: str) -> Any:
    return getattr(getattr(line, "tally", line), what)


def number(key: str, name: Any) -> Column:
    return Column(key=key, name=name, value=lambda line: value_of(line, key), kind="integer", width=12)


def ledger_columns() -> list[Column]:
    return [
        name(),
        *(number(word, words) for word, (words, _which) in outcomes.NAMES.items()),
        share(_("Share kept")),
    ]


def beyond_columns() -> list[Column]:
    hour_cost = Rates.known().hour_cost
    return [
        name(),
        number("contacts", pgettext("with customers", "Contacts")),
        number("beyond", _("Beyond the promise")),
        share(_("Share beyond")),
        number("minutes", _("Minutes beyond")),
        Column(
            key="cost",
            name=_("Cost of it"),
            value=lambda line: counting.cost_of(line.minutes, hour_cost),
            kind="money",
        ),
    ]


LEDGER: Final = Listing(
    key="ledger",
    name=gettext_lazy("Ledger of promises"),
    page="maintenance:ledger",
    find=ledger,
    columns=ledger_columns,
)
BEYOND: Final = Listing(
    key="ledger-beyond",
    name=gettext_lazy("Contacts beyond the promise"),
    page="maintenance:ledger_beyond",
    find=contacts_beyond,
    columns=beyond_columns,
)
