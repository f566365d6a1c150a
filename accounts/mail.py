"""The outbox goes out by e-mail: notices and letters, each at most once."""

import logging
import smtplib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import Delivery, Letter, Notice, Outgoing

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
AT_ONCE: Final = 200
REST: Final = timedelta(minutes=10)
"""Between two attempts."""
LOST: Final = timedelta(hours=1)
STALE: Final = timedelta(days=3)
"""What could not be sent for so long is no news any more."""
REFUSED_FOR_GOOD: Final = 500


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str


LetterWriter: TypeAlias = Callable[[Letter], Mail | None]
"""In the active language; None where there is nothing to say, which is no failure."""
letter_writers: dict[str, LetterWriter] = {}


def register_letter(kind: str, writer: LetterWriter) -> None:
    letter_writers[kind] = writer


def post_letters(letters: Iterable[Letter]) -> None:
    """Into the outbox; one whose key is known was written before and is not written again."""
    from accounts import tasks  # noqa: PLC0415 - tasks are a door to this module

    Letter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=1_000)
    transaction.on_commit(tasks.empty_the_outbox.delay, robust=True)


def awake(hour: int, path: str = "") -> Q:
    """Whose quiet hours it is not in, by the path to them; quiet hours may go over midnight."""
    begins, ends = f"{path}quiet_from", f"{path}quiet_until"
    before, after = Q(**{f"{begins}__gt": hour}), Q(**{f"{ends}__lte": hour})
    in_one_day, over_midnight = Q(**{f"{begins}__lte": F(ends)}), Q(**{f"{begins}__gt": F(ends)})
    return Q(**{begins: None}) | (in_one_day & (before | after)) | (over_midnight & before & after)


def waiting(*, at: datetime) -> list[Outgoing]:
    """What may go out now: rested since the last attempt, and nobody is woken."""
    hour = timezone.localtime(at).hour
    rested = Q(state=Outgoing.State.WAITING) & (Q(tried_at=None) | Q(tried_at__lt=at - REST))
    deliveries = Delivery.objects.filter(
        rested, awake(hour, "notice__recipient__"), channel=Delivery.Channel.EMAIL
    )
    letters = Letter.objects.filter(rested, awake(hour, "recipient__"))
    return [
        *deliveries.select_related("notice__recipient__team").order_by("pk")[:AT_ONCE],
        *letters.select_related("recipient__team").order_by("pk")[:AT_ONCE],
    ]


def send_waiting(*, at: datetime) -> int:
    """How many went out. A server that cannot be reached costs no attempt."""
    give_up(at=at)
    batch = waiting(at=at)
    sent = 0
    try:
        if batch:
            with mail.get_connection() as connection:
                for one in batch:
                    sent += send(one, connection, at=at)
    except OSError as error:  # smtplib's errors are of this kind
        logger.warning("The mail server cannot be reached: %s", error)
    return sent


def give_up(*, at: datetime) -> None:
    deliveries = Delivery.objects.filter(channel=Delivery.Channel.EMAIL)
    stale_notices = Notice.objects.filter(at__lt=at - STALE)
    outboxes: list[tuple[QuerySet[Any], Q]] = [
        (deliveries, Q(notice__in=stale_notices)),
        (Letter.objects.all(), Q(at__lt=at - STALE)),
    ]
    for rows, is_stale in outboxes:
        rows.filter(state=Outgoing.State.SENDING, tried_at__lt=at - LOST).update(
            state=Outgoing.State.FAILED, error="The process was lost; nobody knows whether it arrived."
        )
        rows.filter(is_stale, state=Outgoing.State.WAITING).update(
            state=Outgoing.State.FAILED, error="Too old by now."
        )


def send(one: Outgoing, connection: BaseEmailBackend, *, at: datetime) -> bool:
    """Whoever marks it as being sent sends it; only what the server refused is tried again."""
    own: QuerySet[Any] = type(one)._default_manager.filter(pk=one.pk)
    claimed = own.filter(state=Outgoing.State.WAITING).update(
        state=Outgoing.State.SENDING, attempts=F("attempts") + 1, tried_at=at
    )
    if not claimed:
        return False
    try:
        message = written(one)
        if message is None:
            is_letter = isinstance(one, Letter)
            state = Outgoing.State.EMPTY if is_letter else Outgoing.State.FAILED
            own.update(state=state, error="There is nothing left to say.")
            return False
        message.connection = connection
        message.send()
    except smtplib.SMTPResponseException as refusal:
        is_over = refusal.smtp_code >= REFUSED_FOR_GOOD or one.attempts + 1 >= MOST_ATTEMPTS
        state = Outgoing.State.FAILED if is_over else Outgoing.State.WAITING
        own.update(state=state, error=str(refusal)[:2_000])
        return False
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
        own.update(state=Outgoing.State.FAILED, error=named(error))
        raise
    except Exception as error:  # noqa: BLE001 - one bad address must not keep the others from going out
        own.update(state=Outgoing.State.FAILED, error=named(error))
        return False
    own.update(state=Outgoing.State.SENT, error="")
    return True


def named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2_000]


def written(one: Outgoing) -> mail.EmailMessage | None:
    """In the language of the recipient."""
    if isinstance(one, Letter):
        return written_letter(one)
    assert isinstance(one, Delivery)  # noqa: S101 - for the type checker
    recipient = one.notice.recipient
    with translation.override(recipient.language or settings.MAIL_LANGUAGE):
        [(_notice, words)] = notices.words([one.notice], recipient)
        if words is None:
            return None
        about = {"words": words, "recipient": recipient, "site": settings.PUBLIC_URL}
        body = render_to_string("accounts/notice.txt", about)
        subject = _("%(title)s · Tierbook") % {"title": one_line(words.title)}
    return mail.EmailMessage(subject, body, to=[recipient.email])


def written_letter(letter: Letter) -> mail.EmailMessage | None:
    writer = letter_writers.get(letter.kind)
    is_gone = letter.recipient is not None and not letter.recipient.is_active
    if writer is None or is_gone:
        return None
    with translation.override(letter.language or settings.MAIL_LANGUAGE):
        found = writer(letter)
    return mail.EmailMessage(one_line(found.subject), found.body, to=[letter.address]) if found else None


def one_line(text: str) -> str:
    return " ".join(text.split())
