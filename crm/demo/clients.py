"""Who the customers are: names, places, people, owners."""

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Final

from crm.demo import people, vocabulary as words
from crm.demo.curves import TENURE, raw
from crm.demo.plots import GROUPS, STORIES, Plot
from crm.demo.rows import Book, Client, Contact, KeyDate, dice
from crm.demo.sentences import NOTES
from crm.demo.timeline import MONTHS, ONE_DAY, Timeline, moment
from customers.models import Channel, Lifecycle, Size, Source
from customers.reference import regions

PREFIX: Final = "HY"
"""With it begin the codes of the demo's customers."""
WEAK: Final = 34
STRONG: Final = 70
SHARE_OF_PERSONS: Final = 0.12
YEAR: Final = 365


def plots() -> list[Plot]:
    """All five hundred, stories first, the others mixed."""
    found: list[Plot] = []
    for group in GROUPS:
        chance = dice("group", group.pattern.course, len(found))
        found += [group.member((n + 0.5) / group.count, chance.random()) for n in range(group.count)]
    dice("order of customers").shuffle(found)
    return [*STORIES, *found]


def fill(book: Book, timeline: Timeline) -> None:
    names: set[str] = {plot.name for plot in STORIES}
    for number, plot in enumerate(plots(), start=1):
        client = make(number, plot, names, timeline)
        book.clients.append(client)
        book.contacts.extend(contacts(client, 1_000 + len(book.contacts)))
        book.key_dates.extend(key_dates(client, timeline))


def make(number: int, plot: Plot, names: set[str], timeline: Timeline) -> Client:
    chance = dice("client", number)
    is_person = not plot.name and plot.after < WEAK and chance.random() < SHARE_OF_PERSONS
    trade = words.TRADES[plot.trade] if plot.trade >= 0 else choose_trade(plot, chance)
    region = region_of(plot.city) if plot.city else chance.choice(sorted(words.CITIES))
    city = plot.city or chance.choice(words.CITIES[region])
    contact_names = tuple(person_name(chance) for _ in range(1 if is_person else chance.choice((1, 2, 2, 3))))
    name = plot.name or (contact_names[0] if is_person else company_name(city, trade, chance, names))
    since = cooperation_since(plot, timeline, chance)
    owners = people.of_region(region)
    owner = chance.choices(owners, [2, *[5] * (len(owners) - 1)])[0]
    former = chance.choice(owners)
    return Client(
        number=number,
        code=f"{PREFIX}{number:04d}",
        name=name,
        plot=plot,
        trade=trade,
        city=city,
        is_person=is_person,
        size=Size.MICRO if is_person else size_of(plot, chance),
        source=chance.choice([*Source.values[:6], Source.FAIR, Source.REFERRAL]),
        channel=chance.choice([Channel.PHONE, Channel.WECHAT, Channel.WECHAT, Channel.VISIT, Channel.EMAIL]),
        owner=owner.username,
        team=owner.team,
        since=since,
        created_at=created_at(plot, since, timeline, chance),
        lifecycle=lifecycle(plot),
        notes=plot.note or (chance.choice(("", "", *NOTES)) if not is_person else ""),
        contacts=contact_names,
        former_owner=former.username if chance.random() < 0.15 else "",  # noqa: PLR2004 - some were handed over
    )


def choose_trade(plot: Plot, chance: Random) -> words.Trade:
    """The strong are rather in industries that do well."""
    lean = (plot.after - 50) / 50
    weights = [trade.weight * max(1 + lean * (trade.outlook - 65) / 20, 0.15) for trade in words.TRADES]
    return chance.choices(words.TRADES, weights)[0]


def region_of(city: str) -> str:
    return next(region for region, cities in words.CITIES.items() if city in cities)


def company_name(city: str, trade: words.Trade, chance: Random, taken: set[str]) -> str:
    place = regions.city_name(city, "zh-hans").removesuffix("市")
    while True:
        brand = chance.choice(words.FIRST) + chance.choice(words.SECOND)
        if brand[0] != brand[1] and brand not in taken:
            break
    word = chance.choice(trade.words)
    kind = chance.choice(words.KINDS) if word.endswith(words.TAKES_A_KIND) else ""
    name = f"{place}{brand}{word}{kind}{chance.choice(words.SUFFIXES)}"
    taken |= {brand, name}
    return name


def person_name(chance: Random) -> str:
    given = "".join(chance.sample(words.GIVEN, chance.choice((1, 2, 2, 2))))
    return chance.choice(words.SURNAMES) + given


def size_of(plot: Plot, chance: Random) -> str:
    if plot.after >= STRONG:
        return chance.choice((Size.LARGE, Size.LARGE, Size.MEDIUM))
    if plot.after >= WEAK:
        return chance.choice((Size.LARGE, Size.MEDIUM, Size.MEDIUM, Size.SMALL))
    return chance.choice((Size.MEDIUM, Size.SMALL, Size.SMALL, Size.MICRO))


def cooperation_since(plot: Plot, timeline: Timeline, chance: Random) -> date | None:
    if plot.is_prospect:
        return None
    if plot.begins >= 0:
        return timeline.day_in(plot.begins, chance.random() / 4)
    if plot.begins < -1:
        return timeline.start + plot.begins * 30 * ONE_DAY - chance.randrange(YEAR) * ONE_DAY
    days = raw(TENURE, (plot.before + plot.after) / 2 + chance.gauss(0, 9))
    latest = timeline.start - chance.randrange(20, 200) * ONE_DAY
    return min(timeline.closed - days * ONE_DAY, latest)


def created_at(plot: Plot, since: date | None, timeline: Timeline, chance: Random) -> datetime:
    """The old ones came with the introduction of the system, the new ones some weeks before they bought."""
    if plot.is_prospect:
        return moment(
            timeline.day_in(MONTHS - 1 - chance.randrange(7), chance.random()), 10, chance.randrange(60)
        )
    if plot.begins < 0 or since is None:
        return moment(timeline.start - ONE_DAY, 9, chance.randrange(60))
    return moment(max(since - chance.randrange(14, 50) * ONE_DAY, timeline.start), 11, chance.randrange(60))


def lifecycle(plot: Plot) -> str:
    if plot.is_prospect:
        return Lifecycle.PROSPECT
    if plot.course in {"lost", "archived"}:
        return Lifecycle.LOST
    if plot.stops < MONTHS:
        return Lifecycle.DORMANT
    return Lifecycle.NEW if plot.begins >= MONTHS - 6 else Lifecycle.ACTIVE


def contacts(client: Client, first: int) -> Iterator[Contact]:
    chance = dice("contacts", client.number)
    for n, name in enumerate(client.contacts):
        phone = f"1380000{first + n:04d}"
        yield Contact(
            client.code,
            name,
            "" if client.is_person else chance.choice(words.TITLES[n]),
            phone,
            f"c{first + n:04d}@example.com" if chance.random() < 0.5 else "",  # noqa: PLR2004 - half of them
            f"wx{phone}" if chance.random() < 0.5 else "",  # noqa: PLR2004 - half of them
            chance.choice(("", Channel.PHONE, Channel.WECHAT)),
            n == 0,
            client.created_at,
        )


def key_dates(client: Client, timeline: Timeline) -> Iterator[KeyDate]:
    chance = dice("key dates", client.number)
    if not client.is_person and chance.random() < 0.4:  # noqa: PLR2004 - four of ten
        founded = timeline.start - chance.randrange(4 * YEAR, 30 * YEAR) * ONE_DAY
        yield KeyDate(client.code, "公司成立周年", founded, repeats=True, recorded_at=client.created_at)
    if chance.random() < 0.25:  # noqa: PLR2004 - a quarter
        birthday = timeline.start - chance.randrange(28 * YEAR, 55 * YEAR) * ONE_DAY
        yield KeyDate(client.code, f"{client.who}生日", birthday, repeats=True, recorded_at=client.created_at)
