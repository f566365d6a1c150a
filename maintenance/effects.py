"""What another version of a playbook would add and remove across the book, before it is put in force."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, Sum
from django.utils.translation import gettext as _, ngettext

from accounts.models import Department, User
from customers.models import Customer
from maintenance.capacity import Line, hours, hours_of, hours_of_department
from maintenance.effort import NO_LOAD, Load, Work, hours_a_week
from maintenance.models import Benefit, Playbook, Promise
from maintenance.models.playbook import eve_of
from maintenance.often import often
from toolbox.rounding import round_half_up

QUARTERS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Promises a quarter and hours a week, for all customers of the tier."""

    a_quarter: Fraction = Fraction()
    hours: Fraction = Fraction()

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(a_quarter=self.a_quarter + other.a_quarter, hours=self.hours + other.hours)

    @property
    def count(self) -> int:
        return round_half_up(self.a_quarter.numerator, self.a_quarter.denominator)


NOTHING = Amount()


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A promise that comes, goes, or changes; of the two one may be missing."""

    before: Promise | None
    after: Promise | None
    was: Amount
    will_be: Amount

    @property
    def promise(self) -> Promise:
        promise = self.after or self.before
        assert promise  # noqa: S101 - one of them is there
        return promise

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def otherwise(self) -> list[tuple[str, str]]:
        """What is said in other words of one that changes: as it was, and as it will be."""
        if not (self.before and self.after):
            return []
        pairs = zip(_in_words(self.before), _in_words(self.after), strict=True)
        return [(was, will_be) for was, will_be in pairs if was != will_be]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    before: Playbook | None
    """The version that it would take the place of."""
    customers: int
    """Of the tier, today."""
    changes: list[Change]
    was: Amount
    will_be: Amount
    benefits_added: list[Benefit]
    benefits_removed: list[Benefit]
    cost_was: int
    cost_will_be: int
    """Fen a year, as far as costs are given."""
    people: list[Line]
    """Account managers with customers of the tier; whoever is most over first."""
    departments: list[tuple[str, Load]]
    everybody: Load

    @property
    def is_nothing(self) -> bool:
        return not (self.changes or self.benefits_added or self.benefits_removed)


def effect(draft: Playbook, *, on: date, starts_on: date | None = None) -> Effect:
    """As the tiers stand today (`on`), against what is in force by then; days of grace are left out."""
    starts_on = starts_on or on
    now = Playbook.objects.before(draft, starts_on=starts_on, today=on)
    book = counted()
    count = sum(own.get(draft.tier_id, 0) for own in book.values())
    before, after = _promises(now), _promises(draft)
    times = often([*before.values(), *after.values()], on=on)
    amounts = {
        promise.pk: amount(promise, times.get(promise.pk), count)
        for promise in (*before.values(), *after.values())
    }
    hours_now = hours(eve_of(starts_on, today=on), as_of=on)
    hours_then = {key: value for key, value in hours_now.items() if key[0] != draft.tier_id}
    hours_then |= hours_of(list(after.values()), on=on)
    people = _people(draft.tier_id, book, hours_now, hours_then)
    gone, come = _benefits(now, draft)
    return Effect(
        before=now,
        customers=count,
        changes=_changes(before, after, amounts),
        was=sum((amounts[promise.pk] for promise in before.values()), NOTHING),
        will_be=sum((amounts[promise.pk] for promise in after.values()), NOTHING),
        benefits_added=come,
        benefits_removed=gone,
        cost_was=_cost(now, count),
        cost_will_be=_cost(draft, count),
        people=people,
        departments=_departments(book, hours_now, hours_then),
        everybody=sum((line.load for line in people), NO_LOAD),
    )


Book = Mapping[int | None, Mapping[int, int]]
"""Customers by account manager and tier."""


def counted() -> Book:
    """In one question, however large the book."""
    found = defaultdict[int | None, dict[int, int]](dict)
    rows = Customer.objects.active().filter(standing__tier__isnull=False).order_by()
    for owner, tier, count in rows.values_list("owner", "standing__tier").annotate(count=Count("pk")):
        found[owner][tier] = count
    return found


def amount(promise: Promise, times: Fraction | None, customers: int) -> Amount:
    work = Work(cadence=promise.cadence, minutes=promise.minutes, times=times)
    return Amount(a_quarter=customers * work.times_a_year / QUARTERS, hours=customers * hours_a_week([work]))


def _promises(playbook: Playbook | None) -> dict[tuple[str, str], Promise]:
    if playbook is None:
        return {}
    rows = playbook.promises.filter(is_active=True).select_related("playbook").order_by("position", "pk")
    return {(promise.key, promise.department): promise for promise in rows}


def _changes(
    before: dict[tuple[str, str], Promise],
    after: dict[tuple[str, str], Promise],
    amounts: dict[int, Amount],
) -> list[Change]:
    def of(promise: Promise | None) -> Amount:
        return amounts[promise.pk] if promise else NOTHING

    pairs = [(before.get(like), after.get(like)) for like in dict.fromkeys((*after, *before))]
    return [
        Change(before=was, after=is_, was=of(was), will_be=of(is_))
        for was, is_ in pairs
        if not (was and is_ and _said(was) == _said(is_))
    ]


def _said(promise: Promise) -> tuple[object, ...]:
    return (
        promise.title_en, promise.title_zh, promise.channel, promise.cadence, promise.grace_days, promise.minutes,
        promise.by_contact, promise.one_for_all,
    )  # fmt: skip


def _in_words(promise: Promise) -> tuple[str, ...]:
    orders = _("one for all orders within these days") if promise.one_for_all else _("for every order")
    return (
        promise.title,
        promise.rhythm,
        orders if promise.is_reaction else "",
        str(promise.get_channel_display() if promise.channel else _("any channel")),
        ngettext("%(count)s day of grace", "%(count)s days of grace", promise.grace_days)
        % {"count": promise.grace_days},
        ngettext("%(count)s minute", "%(count)s minutes", promise.minutes) % {"count": promise.minutes},
        _("kept by any fitting contact") if promise.by_contact else _("somebody says that it is done"),
    )


def _benefits(now: Playbook | None, draft: Playbook) -> tuple[list[Benefit], list[Benefit]]:
    """Those that go, and those that come; one that costs something else does both."""

    def said(benefit: Benefit) -> tuple[object, ...]:
        return benefit.title_en, benefit.title_zh, benefit.kind, benefit.yearly_cost, benefit.cost_share

    before, after = (list(book.benefits.order_by("position", "pk")) if book else [] for book in (now, draft))
    was, will_be = {said(benefit) for benefit in before}, {said(benefit) for benefit in after}
    return (
        [benefit for benefit in before if said(benefit) not in will_be],
        [benefit for benefit in after if said(benefit) not in was],
    )


def _cost(playbook: Playbook | None, customers: int) -> int:
    if playbook is None:
        return 0
    benefits = list(playbook.benefits.all())
    fixed = sum(benefit.yearly_cost or 0 for benefit in benefits)
    share = sum(benefit.cost_share or 0 for benefit in benefits)
    bought = 0
    if share:
        rows = Customer.objects.active().filter(standing__tier=playbook.tier_id)
        bought = rows.aggregate(total=Sum("standing__annual_amount"))["total"] or 0
    return fixed * customers + round_half_up(int(bought) * share, 10_000)


Hours = Mapping[tuple[int, str], Fraction]


def _needed(own: Mapping[int, int], per_customer: Hours, department: str) -> Fraction:
    return sum(
        (count * per_customer.get((tier, department), Fraction()) for tier, count in own.items()), Fraction()
    )


def _people(tier: int, book: Book, now: Hours, then: Hours) -> list[Line]:
    concerned = {owner: own for owner, own in book.items() if tier in own}
    users = User.objects.in_bulk([owner for owner in concerned if owner])
    lines = []
    for owner, own in concerned.items():
        person = users.get(owner) if owner else None
        load = Load(
            now=_needed(own, now, Department.SALES),
            then=_needed(own, then, Department.SALES),
            capacity=person.weekly_hours if person and person.is_active else 0,
        )
        lines.append(Line(person, load))
    return sorted(lines, key=lambda line: (line.load.capacity - line.load.then, str(line.whose)))


def _departments(book: Book, now: Hours, then: Hours) -> list[tuple[str, Load]]:
    whole = defaultdict[int, int](int)
    for own in book.values():
        for tier, count in own.items():
            whole[tier] += count
    return [
        (
            str(department.label),
            Load(
                now=_needed(whole, now, department),
                then=_needed(whole, then, department),
                capacity=hours_of_department(department),
            ),
        )
        for department in (Department.SERVICE, Department.TECHNICAL, Department.LOGISTICS)
    ]
