"""What the customers ordered and paid, and the contracts they signed."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final, NamedTuple

from crm.demo import curves
from crm.demo.clients import WEAK
from crm.demo.plots import Plot
from crm.demo.rows import Book, Client, Contract, Order, Payment, dice
from crm.demo.timeline import MONTHS, ONE_DAY, Month, Timeline, moment
from toolbox.calendars import months_before

YUAN: Final = 100
HUNDRED_YUAN: Final = 100 * YUAN
YEAR_OF_MONTHS: Final = 12
RARELY: Final = 0.015
TWO_PARTS: Final = 0.12
NOT_WRITTEN_DOWN: Final = 0.12
WHOLE: Final = 10_000


class Habit(NamedTuple):
    """How one customer differs from others of its strength, in points."""

    amount: float
    frequency: float
    customised: float
    payment: float


class Deal(NamedTuple):
    client: Client
    day: date
    amount: int
    category: str
    customised_share: int | None
    month: int


def fill(book: Book, timeline: Timeline) -> None:
    deals = sorted((deal for client in book.clients for deal in deals_of(client, timeline)), key=by_day)
    in_month: dict[str, int] = {}
    for deal in deals:
        month = f"{deal.day:%y%m}"
        in_month[month] = in_month.get(month, 0) + 1
        number = f"SO{month}-{in_month[month]:04d}"
        written_at = moment(deal.day, 17, in_month[month] % 60)
        book.orders.append(
            Order(
                deal.client.code,
                number,
                deal.day,
                deal.amount,
                deal.category,
                deal.customised_share,
                written_at,
            )
        )
        if deal.client.plot.known != "orders" and deal.amount > 0:
            book.payments.extend(payments(deal, number, timeline))
    for client in book.clients:
        book.contracts.extend(contracts(client, timeline))


def by_day(deal: Deal) -> tuple[date, str, int]:
    return deal.day, deal.client.code, deal.amount


def habit(client: Client) -> Habit:
    chance = dice("habit", client.number)
    return Habit(chance.gauss(0, 5), chance.gauss(0, 6), chance.gauss(0, 14), chance.gauss(0, 7))


def deals_of(client: Client, timeline: Timeline) -> Iterator[Deal]:
    """Orders come in a steady rhythm; what a month leaves over counts in the next."""
    plot = client.plot
    chance = dice("orders", client.number)
    saved = chance.random()
    for month in timeline.months:
        if not max(plot.begins, 0) <= month.number < plot.stops or not month.days:
            continue
        if (at := month.number - timeline.months_closed + len(plot.buys)) >= 0 and plot.buys:
            yield from growing(client, month, at, chance)
            continue
        a_year, amount = demand(client, month.number)
        saved += a_year / YEAR_OF_MONTHS * month.season
        if month.number == plot.begins:  # somebody new begins with an order
            saved = max(saved, 1.0)
        while saved >= 1:
            saved -= 1
            yield from deal(client, month, amount * chance.lognormvariate(0, 0.25), chance)


def demand(client: Client, month: int) -> tuple[float, float]:
    """Orders a year, and fen an order."""
    own = habit(client)
    strength = client.plot.strength(month)
    a_year = max(curves.exact(curves.FREQUENCY, strength + 8 + own.frequency), 1.2)
    points = max(strength - 3 + own.amount, 3)
    amount = curves.exact(curves.AMOUNT, points) * (1 + max(points - 92, 0) / 8)
    return a_year, amount / a_year


def growing(client: Client, month: Month, at: int, chance: Random) -> Iterator[Deal]:
    """Two orders a month, each month more than the month before; the month that runs goes on like the last one."""
    buys = client.plot.buys
    amount = buys[min(at, len(buys) - 1)]
    for share in (0.4, 0.6):
        yield from deal(client, month, amount * YUAN * share, chance)


def deal(client: Client, month: Month, amount: float, chance: Random) -> Iterator[Deal]:
    """One order of a month; now and then a part of it comes back."""
    day = chance.choice(month.days)
    fen = max(round(amount / HUNDRED_YUAN), 5) * HUNDRED_YUAN
    category = chance.choice(client.trade.buys)
    yield Deal(client, day, fen, category, customised(client, month, chance), month.number)
    if chance.random() < RARELY and day != month.days[-1]:
        yield Deal(client, month.days[-1], -max(fen // 20 // YUAN, 1) * YUAN, category, None, month.number)


def customised(client: Client, month: Month, chance: Random) -> int | None:
    if client.plot.known == "orders" or chance.random() < NOT_WRITTEN_DOWN:
        return None
    points = client.plot.strength(month.number) + habit(client).customised
    share = curves.raw(curves.CUSTOMISED, points) + round(chance.gauss(0, 500))
    return min(max(share // 100 * 100, 0), WHOLE)


def payments(deal: Deal, number: str, timeline: Timeline) -> Iterator[Payment]:
    """Due after the usual term, sometimes in two parts. What falls due later is still open."""
    chance = dice("payments", number)
    written_at = moment(deal.day, 18)
    term = 7 if deal.client.is_person else 30 if deal.client.plot.after < WEAK else 45
    parts = [deal.amount]
    if chance.random() < TWO_PARTS:
        parts = [deal.amount * 3 // 10, deal.amount - deal.amount * 3 // 10]
    for n, amount in enumerate(parts):
        due_on = deal.day + (term + 30 * n) * ONE_DAY
        paid_on = pays_on(deal.client.plot, due_on, deal.month, habit(deal.client).payment, chance)
        seen = paid_on if paid_on and paid_on <= timeline.until else None
        yield Payment(deal.client.code, number, amount, due_on, seen, written_at)


def pays_on(plot: Plot, due_on: date, month: int, bonus: float, chance: Random) -> date | None:
    points = plot.strength(month) + 14 + bonus + plot.payment_bonus(month)
    if chance.random() * WHOLE < curves.exact(curves.TIMELINESS, points):
        return due_on - chance.choice((0, 0, 1, 2, 3, 5, 8)) * ONE_DAY
    if chance.random() < (100 - points) / 1_000:
        return None
    return due_on + round(1 + chance.expovariate(1 / 16)) * ONE_DAY


def contracts(client: Client, timeline: Timeline) -> Iterator[Contract]:
    """Framework contracts of a year, one after the other, for those who have any."""
    plot = client.plot
    chance = dice("contracts", client.number)
    has_any = plot.lapses or chance.random() < (plot.before + plot.after) / 140
    if not has_any or plot.known != "all" or client.since is None or client.is_person:
        return
    starts_on = first_contract(client, timeline, chance)
    faith = min(0.35 + plot.after / 130, 0.98)
    last_day = timeline.day_in(min(plot.stops, MONTHS - 1), 0)
    while starts_on <= timeline.until:
        ends_on = months_before(starts_on, -YEAR_OF_MONTHS) - ONE_DAY
        is_over = plot.lapses and ends_on > timeline.day_in(plot.turn, 0)
        signed_on = ends_on + chance.randrange(-20, 4) * ONE_DAY
        is_renewed = not is_over and ends_on <= last_day and chance.random() < faith
        number = f"HT{starts_on:%y%m}-{client.number:03d}"
        amount = max(round(sum_of_year(client, starts_on, timeline)), 1) * 10_000 * YUAN
        renewed_on = signed_on if is_renewed and signed_on <= timeline.until else None
        written_at = max(moment(starts_on, 15), client.created_at)
        yield Contract(
            client.code, number, "年度供货框架协议", amount, starts_on, ends_on, renewed_on, written_at
        )
        if is_over or ends_on > last_day:
            return
        starts_on = ends_on + (1 if is_renewed else 61) * ONE_DAY


def first_contract(client: Client, timeline: Timeline, chance: Random) -> date:
    """It ran when the book begins, or came with the first order."""
    if client.plot.begins >= 0 and client.since:
        return client.since
    return months_before(timeline.start, chance.randrange(1, YEAR_OF_MONTHS)).replace(day=1)


def sum_of_year(client: Client, starts_on: date, timeline: Timeline) -> float:
    """What it would buy in a year, in ten thousand yuan."""
    month = max((starts_on - timeline.start).days // 30, 0)
    a_year, amount = demand(client, min(month, MONTHS - 1))
    return a_year * amount / YUAN / 10_000
