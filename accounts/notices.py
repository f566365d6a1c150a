"""Telling people: once each, set-wise, in the reader's own words.

An app that has something to tell registers how its kind of notice reads; then it says whom it concerns.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from accounts.models import Delivery, Notice, OptOut, User

AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class Words:
    """How a notice reads. `lines` gives more of it, for where there is room."""

    title: str
    text: str
    url: str = ""
    """A path of this product."""
    lines: Callable[[], Sequence[str]] = list


@dataclass(frozen=True)
class News:
    """`key` names what happened: whoever was told that once is not told again."""

    recipient_id: int
    key: str
    facts: dict[str, Any]


Writer = Callable[[Sequence[Notice], User], dict[int, Words]]
"""Words by the notice's id, for one reader, in the active language; what the reader may no longer see is left out."""
writers: dict[str, Writer] = {}


names: dict[str, Promise] = {}
"""What kinds of notices are called where people choose what they want."""


unmailed: set[str] = set()
"""Kinds that come by e-mail to whoever chose that, and to nobody else."""


def register(kind: str, writer: Writer, *, name: Promise | None = None, mailed: bool = True) -> None:
    writers[kind] = writer
    if not mailed:
        unmailed.add(kind)
    if name is not None:
        names[kind] = name


def comes(kind: str, channel: str) -> bool:
    """To whoever has not said otherwise."""
    return kind not in unmailed or channel != OptOut.Channel.EMAIL


def wanted_by(people: Iterable[int], kind: str, channel: OptOut.Channel) -> set[int]:
    """Those of them who want this kind by this channel."""
    otherwise = set(OptOut.objects.filter(kind=kind, channel=channel).values_list("user", flat=True))
    return set(people) - otherwise if comes(kind, channel) else set(people) & otherwise


@transaction.atomic
def tell(kind: str, news: Iterable[News], *, at: datetime) -> None:
    """In the product, and by e-mail to whoever wants that. Telling again does nothing.

    For whom the bell must not ring, the notice stands in the list as one that was read.
    """
    told = {(one.recipient_id, one.key): one for one in news}
    recipients = {
        user.pk: user for user in User.objects.filter(pk__in={pk for pk, _key in told}, is_active=True)
    }
    kept = [one for one in told.values() if one.recipient_id in recipients]
    rings_for = wanted_by(recipients, kind, OptOut.Channel.BELL)
    Notice.objects.bulk_create(
        (
            Notice(
                recipient_id=n.recipient_id,
                kind=kind,
                key=n.key,
                facts=n.facts,
                at=at,
                read_at=None if n.recipient_id in rings_for else at,
            )
            for n in kept
        ),
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )
    if settings.SENDS_MAIL:
        wanted = wanted_by(recipients, kind, OptOut.Channel.EMAIL)
        mailed = [pk for pk, user in recipients.items() if user.wants_mail and user.email and pk in wanted]
        post(mailed, {one.key for one in kept})
    count_unread(recipients)


def post(recipients: Sequence[int], keys: set[str]) -> None:
    """Into the outbox; sending is another's work."""
    from accounts import tasks  # noqa: PLC0415 - tasks are a door to this module

    notices = Notice.objects.filter(recipient__in=recipients, key__in=keys).values_list("pk", flat=True)
    Delivery.objects.bulk_create(
        (Delivery(notice_id=pk, channel=Delivery.Channel.EMAIL) for pk in notices),
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )
    transaction.on_commit(tasks.empty_the_outbox.delay, robust=True)


def count_unread(recipients: Iterable[int]) -> None:
    unread = Notice.objects.unread().filter(recipient=OuterRef("pk")).order_by().values("recipient")
    count = Subquery(unread.annotate(n=Count("pk")).values("n"))
    User.objects.filter(pk__in=list(recipients)).update(unread_notices=Coalesce(count, 0))


@transaction.atomic
def read(user: User, *, at: datetime, pk: int | None = None) -> None:
    """One notice, or all of them."""
    notices = Notice.objects.visible_to(user).unread()
    notices = notices if pk is None else notices.filter(pk=pk)
    if notices.update(read_at=at):
        count_unread([user.pk])


def words(notices: Sequence[Notice], reader: User) -> list[tuple[Notice, Words | None]]:
    """Each with its words, in the active language; None where there is nothing left to say."""
    by_kind: dict[str, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    found: dict[int, Words] = {}
    for kind, own in by_kind.items():
        if writer := writers.get(kind):
            found |= writer(own, reader)
    return [(notice, found.get(notice.pk)) for notice in notices]
