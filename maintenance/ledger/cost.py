"""What serving a tier costs against what it leaves. What nobody said is unknown, and so is all that follows from it."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from django.db.models import Sum

from accounts.models import User
from customers import scales
from customers.models import Order, Tier
from maintenance.ledger import beyond, counting, reckoning
from maintenance.ledger.counting import MINUTES, WHOLE, Ints, Quarter
from maintenance.ledger.standing import Book, book_of
from maintenance.models import Benefit, Obligation, Playbook, Rates, TierMargin
from toolbox import bulk
from toolbox.rounding import round_half_up


@dataclass(frozen=True, slots=True)
class Line:
    """Of one tier in one quarter; amounts in fen. None is unknown."""

    tier: Tier
    customers: int
    ordered: int
    margin: int | None
    minutes_kept: int
    minutes_beyond: int
    service: int | None
    benefits: int
    unpriced: int
    """Benefits of the playbook of which nobody said what they cost."""

    @property
    def minutes(self) -> int:
        return self.minutes_kept + self.minutes_beyond

    @property
    def hours(self) -> Fraction:
        return Fraction(self.minutes, MINUTES)

    @property
    def hours_beyond(self) -> Fraction:
        return Fraction(self.minutes_beyond, MINUTES)

    @property
    def cost(self) -> int | None:
        return None if self.service is None else self.service + self.benefits

    @property
    def left(self) -> int | None:
        """Of the margin, after it all."""
        return None if self.margin is None or self.cost is None else self.margin - self.cost

    @property
    def share(self) -> int | None:
        """Of the margin that goes into serving, in basis points."""
        if self.margin is None or self.cost is None or self.margin <= 0:
            return None
        return counting.share(self.cost, self.margin)


def lines(user: User, quarter: Quarter) -> list[Line]:
    """Best tier first."""
    rates, own = Rates.known(), dict(TierMargin.objects.values_list("tier", "margin_share"))
    book = book_of(user, on=quarter.last)
    count = np.bincount(book.tier[~book.gone])
    ordered, kept = ordered_by_tier(user, book, quarter), minutes_kept(user, quarter)
    extra = minutes_beyond(user, book, quarter)
    tiers = Tier.objects.in_bulk({*np.flatnonzero(count).tolist(), *kept, *extra, *ordered} - {0})
    scales.tell_apart(tiers.values())
    benefits = of_playbooks(quarter)
    found = []
    for tier in sorted(tiers.values(), key=lambda one: (one.scale, one.rank)):
        customers = int(count[tier.pk]) if tier.pk < len(count) else 0
        bought = ordered.get(tier.pk, 0)
        margin_share = own.get(tier.pk, rates.margin_share)
        spent = kept.get(tier.pk, 0) + extra.get(tier.pk, 0)
        priced = benefits[tier.pk]
        found.append(
            Line(
                tier=tier,
                customers=customers,
                ordered=bought,
                margin=None if margin_share is None else round_half_up(bought * margin_share, WHOLE),
                minutes_kept=kept.get(tier.pk, 0),
                minutes_beyond=extra.get(tier.pk, 0),
                service=counting.cost_of(spent, rates.hour_cost),
                benefits=sum(cost_of_benefit(one, customers, bought, quarter) for one in priced),
                unpriced=sum(one.yearly_cost is None and one.cost_share is None for one in priced),
            )
        )
    return found


def ordered_by_tier(user: User, book: Book, quarter: Quarter) -> dict[int, int]:
    """Net of returns, by the tier on the last day; whatever became of the customer."""
    orders = Order.objects.visible_to(user).filter(
        ordered_on__gte=quarter.first, ordered_on__lte=quarter.last
    )
    rows = bulk.read(orders.order_by().values_list("customer_id").annotate(amount=Sum("amount")))
    at, known = book.places(rows[:, 0])
    return by_tier(book.tier[at], rows[known, 1])


def by_tier(tiers: Ints, values: Ints) -> dict[int, int]:
    sums = np.zeros(int(tiers.max(initial=0)) + 1, np.int64)
    np.add.at(sums, tiers, values)
    return {pk: int(amount) for pk, amount in enumerate(sums) if pk and amount}


def minutes_kept(user: User, quarter: Quarter) -> dict[int, int]:
    """Of everything done, in time or not, by the tier to which it was promised."""
    rows = reckoning.in_days(Obligation.objects.visible_to(user), quarter.first, quarter.last).done()
    return dict(rows.order_by().values_list("tier").annotate(minutes=Sum("promise__minutes")))


def minutes_beyond(user: User, book: Book, quarter: Quarter) -> dict[int, int]:
    rows = beyond.contacts(user, quarter.first, quarter.last)
    rows = rows[rows[:, beyond.IS_BEYOND] == 1]
    at, known = book.places(rows[:, beyond.CUSTOMER])
    rows = rows[known]
    return by_tier(book.tier[at], rows[:, beyond.COUNT] * beyond.MINUTES_OF[rows[:, beyond.CHANNEL]])


def of_playbooks(quarter: Quarter) -> dict[int, list[Benefit]]:
    """By tier, as the playbooks stood on the last day."""
    found = defaultdict[int, list[Benefit]](list)
    in_force = Playbook.objects.in_force(quarter.last)
    for benefit in Benefit.objects.filter(playbook__in=in_force).select_related("playbook"):
        found[benefit.playbook.tier_id].append(benefit)
    return found


def cost_of_benefit(benefit: Benefit, customers: int, ordered: int, quarter: Quarter) -> int:
    if benefit.cost_share is not None:
        return round_half_up(ordered * benefit.cost_share, WHOLE)
    return counting.part_of_year(customers * (benefit.yearly_cost or 0), quarter.first, quarter.last)
