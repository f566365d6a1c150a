"""What waits goes out: whoever marks a parcel as being sent sends it, and what was refused is tried again later."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import mail, webhooks
from accounts.models import Endpoint, Parcel
from accounts.notices import Words
from accounts.webhooks import formats, sending
from accounts.webhooks.formats import Message, Verdict

TEST: Final = "test"
MOST_ATTEMPTS: Final = 6
FIRST_REST: Final = timedelta(minutes=1)
LONGER: Final = 5
"""Times as long after each attempt: 1, 5, 25 minutes, 2 and 10 hours."""
AT_ONCE: Final = 50
"""To one endpoint."""
MOST_IN_A_MINUTE: Final = 20
"""To a chat: DingTalk hears nothing for ten minutes from whoever sends more, WeCom refuses what is beyond."""
A_MINUTE: Final = timedelta(minutes=1)
LOST: Final = timedelta(minutes=5)
UNKNOWN: Final = "Nobody knows whether it arrived."


def send_waiting(*, at: datetime) -> int:
    """How many went out. Each endpoint has its own queue, so that one in trouble holds up nobody else's news."""
    take_back(at=at)
    awake = mail.awake(timezone.localtime(at).hour)
    return sum(send_to(one, at=at) for one in Endpoint.objects.filter(awake, is_active=True).order_by("pk"))


def send_to(endpoint: Endpoint, *, at: datetime) -> int:
    """What has waited longest. One that does not answer is left alone until the next time."""
    waiting = endpoint.parcels.filter(state=Parcel.State.WAITING, next_try_at__lte=at)
    batch = waiting.order_by("next_try_at", "pk")[: room(endpoint, at=at)]
    return sum(1 for _sent in takewhile(lambda parcel: send(parcel, at=at), list(batch)))


def room(endpoint: Endpoint, *, at: datetime) -> int:
    """How much more it may be told now."""
    if not endpoint.is_bot:
        return AT_ONCE
    return max(0, MOST_IN_A_MINUTE - endpoint.parcels.filter(tried_at__gt=at - A_MINUTE).count())


def take_back(*, at: datetime) -> None:
    """Of processes that were lost: a program knows it again by its id, a chat would show it twice."""
    programs = Endpoint.objects.filter(format=Endpoint.Format.JSON)
    lost = Parcel.objects.filter(state=Parcel.State.SENDING, tried_at__lt=at - LOST)
    lost.filter(endpoint__in=programs, attempts__lt=MOST_ATTEMPTS).update(
        state=Parcel.State.WAITING, next_try_at=at, error="The process was lost."
    )
    lost.update(state=Parcel.State.FAILED, error=f"The process was lost. {UNKNOWN}")


def send(parcel: Parcel, *, at: datetime) -> bool:
    own = Parcel.objects.filter(pk=parcel.pk)
    claimed = own.filter(state=Parcel.State.WAITING).update(
        state=Parcel.State.SENDING, attempts=F("attempts") + 1, tried_at=at
    )
    if not claimed:
        return False
    attempts, endpoint, status = parcel.attempts + 1, parcel.endpoint, None
    try:
        message = written(parcel)
        if message is None:
            own.update(state=Parcel.State.EMPTY, error="There is nothing left to say.")
            return True
        write = formats.WRITERS[endpoint.format]
        request = write(message, url=endpoint.url, secret=endpoint.secret, now=int(at.timestamp()))
        answer = sending.send(request)
        status, said = answer.status, formats.verdict(endpoint.format, answer.status, answer.body)
    except sending.NotSentError as error:
        said = Verdict(False, again=True, error=str(error))
    except sending.UnknownError as error:
        said = Verdict(False, again=not endpoint.is_bot, error=f"{error}. {UNKNOWN}")
    except Exception as error:  # noqa: BLE001 - one that cannot be written must not keep the others from going out
        said = Verdict(False, error=f"{type(error).__name__}: {error}")
    if said.is_taken:
        state = Parcel.State.SENT
    else:
        state = Parcel.State.WAITING if said.again and attempts < MOST_ATTEMPTS else Parcel.State.FAILED
    own.update(
        state=state,
        status=status,
        error=said.error[:2_000],
        next_try_at=at + FIRST_REST * LONGER ** (attempts - 1),
    )
    return said.is_taken


def written(parcel: Parcel) -> Message | None:
    with translation.override(parcel.endpoint.language):
        words = test_words() if parcel.kind == TEST else of_kind(parcel)
        if words is None:
            return None
        return Message(
            id=f"{parcel.endpoint_id}-{parcel.key}",
            kind=parcel.kind,
            at=timezone.localtime(parcel.at).isoformat(),
            title=" ".join(words.title.split()),
            text=words.text,
            lines=tuple(words.lines()),
            url=f"{settings.PUBLIC_URL}{words.url}" if words.url else "",
            facts=parcel.facts,
        )


def of_kind(parcel: Parcel) -> Words | None:
    kind = webhooks.kinds.get(parcel.kind)
    return kind.write(parcel.facts) if kind else None


def test_words() -> Words:
    return Words(title=_("A test from Tierbook"), text=_("If you can read this, news arrives here."))


def try_out(endpoint: Endpoint, *, at: datetime) -> Parcel:
    """Now, so that whoever presses the button sees what comes of it; not tried again."""
    parcel = Parcel.objects.create(
        endpoint=endpoint, kind=TEST, key=f"test-{secrets.token_hex(8)}", at=at, next_try_at=at,
        attempts=MOST_ATTEMPTS - 1,
    )  # fmt: skip
    send(parcel, at=at)
    parcel.refresh_from_db()
    return parcel


def again(parcel: Parcel, *, at: datetime) -> bool:
    """What failed, on somebody's word. False where it is on its way or has arrived."""
    from accounts import tasks  # noqa: PLC0415 - tasks are a door to this module

    own = Parcel.objects.filter(pk=parcel.pk, state=Parcel.State.FAILED)
    is_back = bool(own.update(state=Parcel.State.WAITING, attempts=0, next_try_at=at))
    if is_back:
        tasks.send_parcels.delay()
    return is_back


def fresh_secret() -> str:
    return secrets.token_urlsafe(32)


def names() -> Iterator[tuple[str, str]]:
    for key, kind in webhooks.kinds.items():
        yield key, str(kind.name)
