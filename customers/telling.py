"""Notices of this app: mentions, hand-overs, and what is new at customers somebody watches."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.models import Notice, User
from accounts.notices import News, Words, register, tell
from customers.models import Customer, Handover, Memo, Watch
from customers.stream.sources import Source, sources

MENTION, HANDOVER, WATCHED = "mention", "handover", "watched"
LAG: Final = timedelta(minutes=1)
"""What is being written just now is told with the next round."""
AT_ONCE: Final = 1_000
SAID: Final = 200


def register_kinds() -> None:
    register(MENTION, of_mentions, name=gettext_lazy("Somebody mentions me in a note"))
    register(HANDOVER, of_handovers, name=gettext_lazy("Hand-overs that concern me"))
    register(WATCHED, of_watched, name=gettext_lazy("What is new at customers I watch"))


# Mentions


def tell_mentioned(memo: Memo, people: Sequence[int]) -> None:
    tell(MENTION, [News(pk, f"memo-{memo.pk}", {"memo": memo.pk}) for pk in people], at=memo.at)


def of_mentions(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    memos = (
        Memo.objects.visible_to(reader)
        .filter(pk__in=[notice.facts["memo"] for notice in notices])
        .select_related("customer", "by")
        .in_bulk()
    )
    return {
        notice.pk: Words(
            title=_("%(name)s mentions you at %(customer)s")
            % {"name": memo.by.name, "customer": memo.customer.name},
            text=memo.words if len(memo.words) <= SAID else f"{memo.words[:SAID]}…",
            url=reverse("customers:timeline", args=[memo.customer_id]),
        )
        for notice in notices
        if (memo := memos.get(notice.facts["memo"]))
    }


# Hand-overs


def tell_asked(handover: Handover) -> None:
    if handover.taker_id != handover.by_id:
        news = News(handover.taker_id, f"handover-{handover.pk}", {"handover": handover.pk})
        tell(HANDOVER, [news], at=handover.at)


def tell_settled(handover: Handover) -> None:
    """Whoever asked for it and whose customers they were, and of a withdrawal the successor."""
    concerned = (handover.by_id, handover.giver_id, handover.taker_id)
    people = {pk for pk in concerned if pk and pk != handover.settled_by_id}
    facts = {"handover": handover.pk}
    assert handover.settled_at  # noqa: S101 - it is settled
    tell(
        HANDOVER,
        [News(pk, f"handover-{handover.pk}-{handover.state}", facts) for pk in sorted(people)],
        at=handover.settled_at,
    )


def of_handovers(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    seen = Handover.objects.visible_to(reader).select_related("giver", "taker").prefetch_related("handed")
    rows = seen.filter(pk__in=[notice.facts["handover"] for notice in notices]).in_bulk()
    return {
        notice.pk: Words(
            title=_("Hand-over %(giver)s → %(taker)s: %(state)s")
            % {
                "giver": row.giver.name if row.giver else "–",
                "taker": row.taker.name,
                "state": row.get_state_display(),
            },
            text=ngettext("%(count)s customer", "%(count)s customers", count) % {"count": count},
            url=reverse("customers:handover", args=[row.pk]),
        )
        for notice in notices
        if (row := rows.get(notice.facts["handover"])) and (count := len(row.handed.all()))
    }


# Watching


def tell_watchers(*, at: datetime) -> int:
    """What was recorded at watched customers since their watchers were told last; how many notices.

    One notice for a customer and a round. One's own entries are no news, nor is what another notice told already.
    Told and noted in one transaction: whoever goes down in between tells it again, and nobody reads it twice.
    """
    until = at - LAG
    return sum(_tell(watches, until) for watches in _waiting(until))


def _waiting(until: datetime) -> Iterator[list[Watch]]:
    last = 0
    while True:
        rows = Watch.objects.filter(told_until__lt=until, pk__gt=last, person__is_active=True)
        watches = list(rows.order_by("pk")[:AT_ONCE])
        if not watches:
            return
        yield watches
        last = watches[-1].pk


@transaction.atomic
def _tell(asked: list[Watch], until: datetime) -> int:
    rows = Watch.objects.filter(pk__in=[watch.pk for watch in asked], told_until__lt=until)
    watches = list(rows.select_for_update(of=("self",)).order_by("pk"))
    new = _new(watches, until) if watches else {}
    told = _told_otherwise(watches, new)
    news = []
    for watch, entries in _still_seen([watch for watch in watches if watch.pk in new], new):
        keys = (f"{source.notice}{pk}" for source, pk in entries)
        if count := sum((watch.person_id, key) not in told for key in keys):
            facts = {"customer": watch.customer_id, "count": count, "since": watch.told_until.isoformat()}
            key = f"watched-{watch.customer_id}-{watch.told_until:%Y%m%d%H%M%S%f}"
            news.append(News(watch.person_id, key, facts))
    if news:
        tell(WATCHED, news, at=until)
    rows.update(told_until=until)
    return len(news)


def _new(watches: list[Watch], until: datetime) -> dict[int, list[tuple[Source, int]]]:
    """By watch what others did since its watcher was told last."""
    since = min(watch.told_until for watch in watches)
    by_customer = defaultdict[int, list[Watch]](list)
    for watch in watches:
        by_customer[watch.customer_id].append(watch)
    new = defaultdict[int, list[tuple[Source, int]]](list)
    for source in sources.values():
        if source.is_day:
            continue
        for customer, pk, recorded, by in _entries(source, sorted(by_customer), since, until):
            for watch in by_customer[customer]:
                if recorded > watch.told_until and by != watch.person_id:
                    new[watch.pk].append((source, pk))
    return dict(new)


def _entries(
    source: Source, customers: list[int], since: datetime, until: datetime
) -> Iterator[tuple[int, int, datetime, int | None]]:
    column = source.recorded or source.at
    rows = source.found(None).filter(
        **{f"{source.customer}__in": customers, f"{column}__gt": since, f"{column}__lte": until}
    )
    names = [source.customer, "pk", column]
    found = rows.order_by().values_list(*names, *([source.by] if source.by else []))
    for customer, pk, recorded, *by in found.iterator(chunk_size=AT_ONCE):
        yield customer, pk, recorded, by[0] if by else None


def _told_otherwise(watches: list[Watch], new: dict[int, list[tuple[Source, int]]]) -> set[tuple[int, str]]:
    """Of these entries what another notice told already, by person and key."""
    keys = {f"{source.notice}{pk}" for pairs in new.values() for source, pk in pairs if source.notice}
    people = {watch.person_id for watch in watches}
    rows = Notice.objects.filter(recipient__in=people, key__in=keys) if keys else Notice.objects.none()
    return set(rows.values_list("recipient_id", "key"))


def _still_seen(
    watches: list[Watch], new: dict[int, list[tuple[Source, int]]]
) -> list[tuple[Watch, list[tuple[Source, int]]]]:
    """Of whom the watcher may see the customer today, with the entries on its timeline: a few questions for each
    person, as the rule is one's own."""
    by_person = defaultdict[int, list[Watch]](list)
    for watch in watches:
        by_person[watch.person_id].append(watch)
    found = []
    for person in User.objects.filter(pk__in=by_person).order_by("pk"):
        own = by_person[person.pk]
        visible = Customer.objects.visible_to(person).filter(pk__in=[watch.customer_id for watch in own])
        pks = set(visible.values_list("pk", flat=True))
        own = [watch for watch in own if watch.customer_id in pks]
        shown = _shown(person, [entry for watch in own for entry in new[watch.pk]])
        found += [
            (watch, [(source, pk) for source, pk in new[watch.pk] if (source.key, pk) in shown])
            for watch in own
        ]
    return found


def _shown(person: User, entries: list[tuple[Source, int]]) -> set[tuple[str, int]]:
    """Which of them, by source and row: a supporting department is shown of promises what it owes itself."""
    asked = defaultdict[str, list[int]](list)
    for source, pk in entries:
        asked[source.key].append(pk)
    return {
        (key, pk)
        for key, pks in asked.items()
        for pk in sources[key].found(person).filter(pk__in=pks).order_by().values_list("pk", flat=True)
    }


def of_watched(notices: Sequence[Notice], reader: User) -> dict[int, Words]:
    seen = Customer.objects.visible_to(reader).only("name")
    customers = seen.in_bulk([notice.facts["customer"] for notice in notices])
    return {
        notice.pk: Words(
            title=_("New at %(customer)s") % {"customer": customer.name},
            text=ngettext("%(count)s new entry", "%(count)s new entries", notice.facts["count"])
            % {"count": notice.facts["count"]},
            url=reverse("customers:timeline", args=[customer.pk]),
        )
        for notice in notices
        if (customer := customers.get(notice.facts["customer"]))
    }
