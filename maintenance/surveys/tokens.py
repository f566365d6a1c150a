"""The secret part of a link: made when the link goes out, kept nowhere. The database knows its hash alone."""

import secrets
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.urls import reverse

from maintenance.models import Invitation

BYTES: Final = 24
LONGEST: Final = 64


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def mint(invitation: Invitation) -> str:
    """A new link; the one before, if any, opens nothing any more."""
    token = secrets.token_urlsafe(BYTES)
    invitation.token_hash = hashed(token)
    Invitation.objects.filter(pk=invitation.pk).update(token_hash=invitation.token_hash)
    return f"{settings.PUBLIC_URL}{reverse('maintenance:answer', args=[token])}"


def find(token: str) -> Invitation | None:
    if len(token) > LONGEST:
        return None
    found = Invitation.objects.select_related("survey", "customer", "contact", "sent_by")
    return found.filter(token_hash=hashed(token)).first()
