"""Months in which the departments kept most of what was promised, in rounds of a week."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from accounts.models import Department, User
from crm.demo import sentences
from crm.demo.people import DIRECTOR
from crm.demo.rows import Client, dice
from crm.demo.talk import someone_of
from crm.demo.timeline import ONE_DAY, moment
from customers.models import Channel, Interaction
from maintenance import services
from maintenance.models import Obligation
from toolbox.calendars import add_working_days

KEPT: Final = (0.8, 0.5)
KEPT_BY_SUPPORT: Final = (0.72, 0.35)
"""In the week it was due, and in a later one."""
SET_ASIDE: Final = (0.07, 0.12)
"""Of what is more than a week late: excused up to the first, left out up to the second."""
SNOOZED: Final = 18
ANY_CHANNEL: Final = (Channel.PHONE, Channel.WECHAT, Channel.ONLINE, Channel.EMAIL)


def plan(*, today: date, written: datetime) -> None:
    """Re-plan the whole book as of a day. What it creates gets that day's morning: `written` is before it all."""
    services.replan(None, today=today)
    Obligation.objects.filter(created_at__gte=written).update(created_at=moment(today, 3))


def keep(
    clients: dict[int, Client], users: dict[str, User], *, today: date, written: datetime, left: int = 0
) -> None:
    """Most of what fell due before today is done, on its day or a little later; then the next is planned.

    `left`: so many everybody, or every supporting department, has not come to, whatever chance says.
    """
    due = Obligation.objects.due(by=today - ONE_DAY).select_related("promise").order_by("customer", "promise")
    seen: Counter[str] = Counter()
    settled: list[tuple[Obligation, Interaction]] = []
    aside: list[Obligation] = []
    for obligation in due:
        client = clients[obligation.customer_id]
        owing = client.owner if obligation.department == Department.SALES else obligation.department
        seen[owing] += 1
        if seen[owing] > left and (talk := settle(obligation, client, users, today=today)):
            settled.append((obligation, talk))
        elif seen[owing] > left and set_aside(obligation, client, users, today=today):
            aside.append(obligation)
    done, talks = [o for o, _talk in settled], [talk for _o, talk in settled]
    for obligation, interaction in zip(
        done, Interaction.objects.bulk_create(talks, batch_size=500), strict=True
    ):
        obligation.interaction = interaction
    Obligation.objects.bulk_update(
        done, ["state", "completed_at", "completed_by", "interaction", "missed_on"], batch_size=200
    )
    Obligation.objects.bulk_update(
        aside, ["state", "set_aside_at", "set_aside_by", "reason", "missed_on"], batch_size=200
    )
    plan(today=today, written=written)


def set_aside(obligation: Obligation, client: Client, users: dict[str, User], *, today: date) -> bool:
    """Excused by the director, who answers for it, or left out by who owed it."""
    chance = dice("aside", client.number, obligation.promise.key, obligation.department, obligation.due_on)
    drawn = chance.random()
    if obligation.due_on >= today - timedelta(days=7) or drawn > SET_ASIDE[1]:
        return False
    yesterday = today - ONE_DAY
    is_excused = drawn < SET_ASIDE[0]
    who = DIRECTOR.username if is_excused else someone_of(obligation.department, client, chance)
    obligation.state = Obligation.State.EXCUSED if is_excused else Obligation.State.SKIPPED
    obligation.set_aside_at, obligation.set_aside_by = moment(yesterday, 17), users[who]
    obligation.reason = chance.choice(sentences.EXCUSES if is_excused else sentences.SKIPS)
    obligation.note_if_missed(yesterday)
    return True


def settle(
    obligation: Obligation, client: Client, users: dict[str, User], *, today: date
) -> Interaction | None:
    """Done, and what was said, unless it was forgotten."""
    promise, due_on = obligation.promise, obligation.due_on
    chance = dice("kept", client.number, promise.key, obligation.department, due_on, today)
    is_old = due_on < today - timedelta(days=7)
    odds = KEPT if obligation.department == Department.SALES else KEPT_BY_SUPPORT
    if chance.random() > odds[is_old]:
        return None
    late = (today - due_on).days - 1 if is_old else chance.choice((0, 0, 0, 1, 2))
    day = min(due_on + late * ONE_DAY, today - ONE_DAY)
    at = moment(day, chance.randrange(9, 18), chance.randrange(60))
    by = users[someone_of(obligation.department, client, chance)]
    obligation.state, obligation.completed_at, obligation.completed_by = Obligation.State.DONE, at, by
    obligation.note_if_missed(day)
    return Interaction(
        customer_id=obligation.customer_id,
        at=at,
        recorded_at=at,
        channel=promise.channel or chance.choice(ANY_CHANNEL),
        department=obligation.department,
        by=by,
        note=chance.choice(sentences.KEPT[obligation.department]).format(
            who=client.who, what=chance.choice(client.trade.buys)
        ),
    )


def snooze(clients: dict[int, Client], users: dict[str, User], *, today: date) -> None:
    """A few of those who would be called these days asked for another."""
    yesterday = moment(today - ONE_DAY, 16)
    soon = Obligation.objects.due(by=today + 2 * ONE_DAY).exclude(due_on__lt=today - 4 * ONE_DAY)
    rows = list(soon.select_related("customer").order_by("due_on", "customer__code", "promise"))
    for row in spread(rows, SNOOZED):
        client = clients[row.customer_id]
        chance = dice("snoozed", client.number)
        until = add_working_days(max(today, row.due_on), chance.randrange(2, 6))
        by = users[someone_of(row.department, client, chance)]
        services.snooze(row, by=by, at=yesterday, until=until, reason=chance.choice(sentences.SNOOZES))


def spread(rows: list[Obligation], count: int) -> Iterable[Obligation]:
    """So many of them, evenly."""
    return rows[:: max(len(rows) // count, 1)][:count]
