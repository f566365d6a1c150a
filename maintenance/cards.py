"""What one wants to know before one calls: the latest contacts, what is open, why the tier. For a page at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from customers.columns import Why
from customers.models import Customer, Interaction
from maintenance.casework import seen
from maintenance.models import Case
from tiering import beside

LATEST: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Of one customer, as one reader may see it."""

    contacts: list[Interaction] = field(default_factory=list)
    cases: list[seen.Line] = field(default_factory=list)
    more_cases: int = 0
    why: Why | None = None


def cards(customers: Iterable[Customer], *, user: User, at: datetime) -> dict[int, Card]:
    """By the customers' ids, in a handful of queries however many they are."""
    each = list({customer.pk: customer for customer in customers}.values())
    if not each:
        return {}
    pks = [customer.pk for customer in each]
    contacts, cases, whys = _contacts(pks, user), _cases(pks, user, at), beside.why(each)
    return {
        pk: Card(
            contacts=contacts[pk],
            cases=cases[pk],
            more_cases=max(0, getattr(cases[pk][0].case, "of", 0) - LATEST) if cases[pk] else 0,
            why=whys.get(pk),
        )
        for pk in pks
    }


def _contacts(pks: list[int], user: User) -> dict[int, list[Interaction]]:
    latest = Window(RowNumber(), partition_by=F("customer_id"), order_by=[F("at").desc(), F("pk").desc()])
    rows = Interaction.objects.visible_to(user).filter(customer__in=pks).annotate(place=latest)
    found = defaultdict[int, list[Interaction]](list)
    for row in rows.filter(place__lte=LATEST).select_related("by").order_by("customer_id", "place"):
        found[row.customer_id].append(row)
    return found


def _cases(pks: list[int], user: User, at: datetime) -> dict[int, list[seen.Line]]:
    """The most urgent ones of each."""
    of = F("request__customer_id")
    urgent = Window(RowNumber(), partition_by=of, order_by=[F("due_at").asc(nulls_last=True), F("pk").asc()])
    rows = Case.objects.visible_to(user).open().filter(request__customer__in=pks).with_names()
    ranked = rows.annotate(place=urgent, of=Window(Count("pk"), partition_by=of)).filter(place__lte=LATEST)
    found = defaultdict[int, list[seen.Line]](list)
    cases = list(ranked.order_by("place", "pk"))
    for line in seen.lines(cases, at=at) if cases else ():
        found[line.case.customer.pk].append(line)
    return found
