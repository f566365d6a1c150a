"""What was said, and what the customers asked for."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final

from accounts.models import Department, Role
from crm.demo import curves, people
from crm.demo.plots import Plot
from crm.demo.rows import Book, Client, Interaction, Request, dice
from crm.demo.sentences import INTEREST, REQUESTS, TALKS
from crm.demo.timeline import Month, Timeline, moment

PROMISED: Final = timedelta(days=42)
"""In the last six weeks contacts are kept promises, which the chronicle brings."""
OPEN: Final = {Department.SERVICE: 11, Department.TECHNICAL: 13, Department.LOGISTICS: 9}
"""So many of the newest requests of a department wait for an answer."""
KEEN: Final = 3
"""In so many closed months, and since."""
ASKED_A_MONTH: Final = 2
A_MONTH: Final = ((80, 2.4), (60, 1.1), (40, 0.45), (0, 0.22))
DEPARTMENT_ROLES: Final = {
    Department.SERVICE: Role.SERVICE,
    Department.TECHNICAL: Role.TECHNICAL,
    Department.LOGISTICS: Role.LOGISTICS,
}


def fill(book: Book, timeline: Timeline) -> None:
    for client in book.clients:
        book.interactions.extend(interactions(client, timeline))
    requests = [request for client in book.clients for request in requests_of(client, timeline)]
    requests.sort(key=lambda request: (request.opened_at, request.customer))
    left = newest(requests)
    book.requests.extend(
        request._replace(resolved_at=None, resolution="") if n in left else request
        for n, request in enumerate(requests)
    )


def newest(requests: list[Request]) -> set[int]:
    """Places of those that are still open."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for n, request in enumerate(requests):
        places[request.department].append(n)
    return {n for department, count in OPEN.items() for n in places[department][-count:]}


def someone_of(department: Department | str, client: Client, chance: Random) -> str:
    if department == Department.SALES:
        return client.owner
    return chance.choice(people.of_role(DEPARTMENT_ROLES[Department(department)])).username


def interactions(client: Client, timeline: Timeline) -> Iterator[Interaction]:
    chance = dice("interactions", client.number)
    plot = client.plot
    saved = chance.random()
    for month in months_of(client, timeline):
        saved += next(rate for floor, rate in A_MONTH if plot.strength(month.number) >= floor) * month.season
        while saved >= 1:
            saved -= 1
            yield talk(client, month, chance)
        if plot.is_keen and month.number >= timeline.months_closed - KEEN:
            yield from (interest(client, month, chance) for _time in range(ASKED_A_MONTH))


def months_of(client: Client, timeline: Timeline) -> list[Month]:
    """In which somebody talked with it; days after the last six weeks' beginning are left out."""
    first = client.created_at.date()
    last = timeline.today - PROMISED
    plot = client.plot
    found = [
        Month(month.number, tuple(day for day in month.days if first < day <= last), month.season)
        for month in timeline.months
        if month.number < plot.stops + 3
    ]
    return [month for month in found if month.days]


def talk(client: Client, month: Month, chance: Random) -> Interaction:
    department, channel, note = TALKS[min(int(chance.random() ** 1.3 * len(TALKS)), len(TALKS) - 1)]
    at = moment(chance.choice(month.days), chance.randrange(9, 18), chance.randrange(60))
    text = note.format(who=client.who, what=chance.choice(client.trade.buys))
    by = someone_of(department, client, chance)
    return Interaction(client.code, at, channel, department, by, "", text, at)


def interest(client: Client, month: Month, chance: Random) -> Interaction:
    topic, channel, note = chance.choice(INTEREST)
    at = moment(chance.choice(month.days), chance.randrange(9, 18), chance.randrange(60))
    text = note.format(who=client.who, what=chance.choice(client.trade.buys))
    return Interaction(client.code, at, channel, Department.SALES, client.owner, topic, text, at)


def requests_a_year(plot: Plot, month: int) -> dict[Department, float]:
    strength = plot.strength(month)
    if plot.known == "orders":
        return {Department.SERVICE: 0.3}
    return {
        Department.TECHNICAL: curves.exact(curves.TECHNICAL, strength - 6),
        Department.SERVICE: 0.3 + strength / 60,
        Department.LOGISTICS: 0.2 + strength / 90,
    }


def requests_of(client: Client, timeline: Timeline) -> Iterator[Request]:
    chance = dice("requests", client.number)
    saved: defaultdict[str, float] = defaultdict(chance.random)
    plot = client.plot
    if plot.is_prospect:
        return
    for month in timeline.months:
        if not max(plot.begins, 0) <= month.number < plot.stops or not month.days:
            continue
        for department, rate in requests_a_year(plot, month.number).items():
            saved[department] += rate / 12 * min(month.season, 1)
            while saved[department] >= 1:
                saved[department] -= 1
                yield request(client, department, month, timeline, chance)


def request(
    client: Client, department: Department, month: Month, timeline: Timeline, chance: Random
) -> Request:
    subject, detail, resolution = chance.choice(REQUESTS[department])
    day = chance.choice(month.days)
    opened_at = moment(day, chance.randrange(9, 17), chance.randrange(60))
    resolved_at = min(opened_at + timedelta(hours=chance.randrange(2, 100)), moment(timeline.until, 18))
    by = client.owner if chance.random() < 0.6 else someone_of(Department.SERVICE, client, chance)  # noqa: PLR2004
    return Request(
        client.code, "", subject, detail, department, opened_at, by, resolved_at, resolution, opened_at
    )
