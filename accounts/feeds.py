"""The private address of a calendar: made, renewed, revoked, recognised. The token itself is kept nowhere."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import CalendarFeed, User

BYTES: Final = 24
LONGEST: Final = 64
NOTED_EVERY: Final = timedelta(hours=1)


def hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def make(user: User, *, at: datetime) -> str:
    """A new address; the one before, if any, opens nothing any more."""
    token = secrets.token_urlsafe(BYTES)
    fresh = {"token_hash": hashed(token), "made_at": at, "read_at": None}
    CalendarFeed.objects.update_or_create(user=user, defaults=fresh)
    return f"{settings.PUBLIC_URL}{reverse('maintenance:feed', args=[token])}"


def revoke(user: User) -> None:
    CalendarFeed.objects.filter(user=user).delete()


def owner_of(token: str) -> User | None:
    """Who works here still, and whose address it is by now."""
    if len(token) > LONGEST:
        return None
    found = CalendarFeed.objects.filter(token_hash=hashed(token), user__is_active=True)
    feed = found.select_related("user__team").first()
    if feed is None:
        return None
    now = timezone.now()
    long_ago = Q(read_at=None) | Q(read_at__lt=now - NOTED_EVERY)
    CalendarFeed.objects.filter(long_ago, pk=feed.pk).update(read_at=now)
    return feed.user
