"""What is there, against what ought to be: everything open, for whom, and how first days are spread."""

from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from maintenance import worklist
from maintenance.models import Obligation
from tests.quarter import book
from tests.quarter.promised import Customer, What

if TYPE_CHECKING:
    from tests.quarter.life import Life


class Comparing:
    def __init__(self, life: "Life") -> None:
        self.life = life
        self.spread: dict[tuple[str, What, date], Counter[date]] = defaultdict(Counter)

    def hear(self, code: str) -> None:
        """Where something begins anew on a day that is ours to hear, hear it."""
        customer = self.life.customers[code]
        unheard = {what: owed for what, owed in customer.owed.items() if owed.due is None}
        if not unheard:
            return
        rows = Obligation.objects.open().filter(customer=self.life.ids[code], order=None)
        there = {
            (key, department): due for key, department, due in rows.values_list("key", "department", "due_on")
        }
        for what, owed in unheard.items():
            due = there.get(what)
            if due not in owed.window:
                self.life.finding(
                    f"{code} {what}: begins on {due}, not in {owed.window[:1]}…{owed.window[-1:]}", code
                )
            owed.hears(due or owed.window[0])
            self.spread[owed.tier, what, self.life.today][owed.day] += 1

    def morning(self) -> None:
        self.everything()
        self.my_day()

    def everything(self) -> None:
        """Everything open: tier, days, breach and person."""
        for code in self.life.customers:
            self.hear(code)
        rows = Obligation.objects.open().values_list(
            "customer__code", "key", "department", "tier__key", "due_on", "originally_due_on", "opens_on",
            "missed_on", "assignee__username",
        )  # fmt: skip
        there: dict[str, dict[What, tuple[Any, ...]]] = defaultdict(dict)
        for code, key, department, *rest in rows:
            there[code][key, department] = tuple(rest)
        for code, customer in self.life.customers.items():
            if code in self.life.lost:
                continue
            ought = {
                what: (owed.tier, owed.due, owed.first, owed.opens, owed.broken, customer.owner if what[1] == "sales" else None)
                for what, owed in customer.owed.items()
            }  # fmt: skip
            self.life.lived.counts["compared"] += len(ought)
            for what in sorted(ought.keys() | there[code].keys()):
                is_, should = there[code].get(what), ought.get(what)
                if is_ and should and is_ != should and about_the_same(is_, should):
                    customer.owed[what].opens = is_[3]
                elif is_ != should:
                    self.life.finding(f"{code} {what}: {said(is_)}, not {said(should)}", code)

    def my_day(self) -> None:
        for name, user in self.life.people.items():
            rows = worklist.owed(user).filter(due_on__lte=self.life.today)
            found = {
                (code, key, department)
                for code, key, department in rows.values_list("customer__code", "key", "department")
                if code not in self.life.lost
            }
            ought = set(self.due_for(name))
            self.life.lived.counts["my day"] += len(ought)
            for code, key, department in found ^ ought:
                self.life.finding(
                    f"{name}: {code} {key} {department} {'is' if (code, key, department) in found else 'is not'} due",
                    code,
                )

    def due_for(self, name: str) -> dict[tuple[str, str, str], date]:
        """What is due by today and for whom: sellers their own customers', leads the team's, departments their own."""
        return {
            (code, *what): owed.day
            for code, customer in self.life.customers.items()
            if code not in self.life.lost and not customer.is_archived
            for what, owed in customer.owed.items()
            if owed.day <= self.life.today and is_for(name, customer, what[1])
        }

    def check_spread(self) -> None:
        """Nobody's first interval begins with everything on one day."""
        for (tier, what, day), found in self.spread.items():
            total, days = sum(found.values()), len(found)
            if total >= 20 and max(found.values()) > 3 + 3 * total / days:
                self.life.finding(
                    f"{tier} {what} planned on {day}: {max(found.values())} of {total} on one day"
                )


def is_for(name: str, customer: Customer, department: str) -> bool:
    if name in book.SEES_ALL:
        return True
    if name in book.DEPARTMENTS:
        return department == book.DEPARTMENTS[name]
    return department == "sales" and name in {customer.owner, book.LEADS[customer.team]}


def about_the_same(is_: tuple[Any, ...], should: tuple[Any, ...]) -> bool:
    """Half of a month is 14 days or 15, and three halves more: the words leave it open."""
    return is_[:3] + is_[4:] == should[:3] + should[4:] and abs((is_[3] - should[3]).days) <= 2


def said(row: tuple[Any, ...] | None) -> str:
    return " ".join(map(str, row)) if row else "nothing"
