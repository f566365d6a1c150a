"""The outbox goes out by e-mail, each notice at most once."""

import logging
import smtplib
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import Delivery

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
AT_ONCE: Final = 200
REST: Final = timedelta(minutes=10)
"""Between two attempts."""
LOST: Final = timedelta(hours=1)
STALE: Final = timedelta(days=3)
"""What could not be sent for so long is no news any more."""
REFUSED_FOR_GOOD: Final = 500


def send_waiting(*, at: datetime) -> int:
    """How many went out. A server that cannot be reached costs no attempt."""
    give_up(at=at)
    rested = Q(tried_at=None) | Q(tried_at__lt=at - REST)
    waiting = Delivery.objects.filter(rested, state=Delivery.State.WAITING, channel=Delivery.Channel.EMAIL)
    batch = list(waiting.select_related("notice__recipient__team").order_by("pk")[:AT_ONCE])
    sent = 0
    try:
        if batch:
            with mail.get_connection() as connection:
                for delivery in batch:
                    sent += send(delivery, connection, at=at)
    except OSError as error:  # smtplib's errors are of this kind
        logger.warning("The mail server cannot be reached: %s", error)
    return sent


def give_up(*, at: datetime) -> None:
    open_ones = Delivery.objects.filter(channel=Delivery.Channel.EMAIL)
    open_ones.filter(state=Delivery.State.SENDING, tried_at__lt=at - LOST).update(
        state=Delivery.State.FAILED, error="The process was lost; nobody knows whether it arrived."
    )
    open_ones.filter(state=Delivery.State.WAITING, notice__at__lt=at - STALE).update(
        state=Delivery.State.FAILED, error="Too old by now."
    )


def send(delivery: Delivery, connection: BaseEmailBackend, *, at: datetime) -> bool:
    """Whoever marks it as being sent sends it; only what the server refused is tried again."""
    own = Delivery.objects.filter(pk=delivery.pk)
    claimed = own.filter(state=Delivery.State.WAITING).update(
        state=Delivery.State.SENDING, attempts=F("attempts") + 1, tried_at=at
    )
    if not claimed:
        return False
    try:
        message = written(delivery)
        if message is None:
            own.update(state=Delivery.State.FAILED, error="There is nothing left to say.")
            return False
        message.connection = connection
        message.send()
    except smtplib.SMTPResponseException as refusal:
        is_over = refusal.smtp_code >= REFUSED_FOR_GOOD or delivery.attempts + 1 >= MOST_ATTEMPTS
        state = Delivery.State.FAILED if is_over else Delivery.State.WAITING
        own.update(state=state, error=str(refusal)[:2_000])
        return False
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
        own.update(state=Delivery.State.FAILED, error=named(error))
        raise
    except Exception as error:  # noqa: BLE001 - one bad address must not keep the others from going out
        own.update(state=Delivery.State.FAILED, error=named(error))
        return False
    own.update(state=Delivery.State.SENT, error="")
    return True


def named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2_000]


def written(delivery: Delivery) -> mail.EmailMessage | None:
    """In the language of the recipient."""
    recipient = delivery.notice.recipient
    with translation.override(recipient.language or settings.MAIL_LANGUAGE):
        [(_notice, words)] = notices.words([delivery.notice], recipient)
        if words is None:
            return None
        about = {"words": words, "recipient": recipient, "site": settings.PUBLIC_URL}
        body = render_to_string("accounts/notice.txt", about)
        subject = _("%(title)s · Tierbook") % {"title": " ".join(words.title.split())}
    return mail.EmailMessage(subject, body, to=[recipient.email])
