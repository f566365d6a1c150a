"""What people rated and looked up: ratings with evidence, and the outlook of each industry with its source."""

from collections.abc import Iterator
from typing import Final

from crm.demo.clients import STRONG, WEAK
from crm.demo.plots import RATED
from crm.demo.rows import Assessment, Book, Client, Figure, dice
from crm.demo.sentences import EVIDENCE
from crm.demo.timeline import MONTHS, Timeline, moment

RATED_AGAIN_AFTER: Final = 9
HALF_YEAR: Final = 6
EASY: Final = 55
EAGER: Final = "mengfanxing"


def fill(book: Book, timeline: Timeline) -> None:
    for client in book.clients:
        if client.plot.known == "all":
            book.assessments.extend(assessments(client, timeline))
            book.figures.extend(figures(client, timeline))
    book.assessments.sort(key=lambda rating: (rating.recorded_at, rating.customer, rating.indicator))


def assessments(client: Client, timeline: Timeline) -> Iterator[Assessment]:
    """Soon after the beginning, then again every nine months: the stronger, the more is known."""
    chance = dice("assessments", client.number)
    plot = client.plot
    share = 0.97 if plot.after >= STRONG else 0.9 if plot.after >= WEAK else 0.72
    first = max(plot.begins, 0)
    for indicator in RATED:
        bias = chance.gauss(0, 0.45)
        if chance.random() > share:
            continue
        for month in range(first, min(MONTHS, plot.stops + HALF_YEAR), RATED_AGAIN_AFTER):
            rating = min(max(round(plot.strength(month) / 20 + bias), 1), 5)
            day = timeline.day_in(month, 0.4 + chance.random() / 2)
            evidence = chance.choice(EVIDENCE[indicator][rating - 1])
            yield Assessment(client.code, indicator, rating, evidence, client.owner, day, moment(day, 16))
    if client.owner == EAGER and plot.course == "steady":
        yield from raised(client, timeline)


def raised(client: Client, timeline: Timeline) -> Iterator[Assessment]:
    """What somebody rates higher in the last days of the last quarter, for the list of such ratings."""
    rating = min(max(round(client.plot.after / 20) + 1, 1), 5)
    day = timeline.day_in(MONTHS - 1, 0.7)
    evidence = EVIDENCE["expansion_plan"][rating - 1][0]
    yield Assessment(client.code, "expansion_plan", rating, evidence, client.owner, day, moment(day, 17))


def figures(client: Client, timeline: Timeline) -> Iterator[Figure]:
    """Every half-year by the marketing department, here in the account manager's name."""
    chance = dice("figures", client.number)
    own = chance.gauss(0, 4) + (client.plot.after - EASY) / 4
    for month in range(max(client.plot.begins, 0) // HALF_YEAR * HALF_YEAR, MONTHS, HALF_YEAR):
        as_of = timeline.months[month].days[0]
        value = min(max(round(client.trade.outlook + own + chance.gauss(0, 2)), 5), 98)
        source = f"公司市场部《行业景气半年报》{as_of.year}年{as_of.month}月版"
        written_at = max(moment(timeline.day_in(month, 0.5), 14), client.created_at)
        yield Figure(client.code, "industry_outlook", value, as_of, source, client.owner, written_at)
