"""How often somebody may come to the door of a public page. Counted in the database, so that all processes count
together, with Redis or without."""

from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from maintenance.models import Knock

STRETCH: Final = 10 * 60
"""Seconds."""
OF_A_LINK: Final = 30
OF_AN_ADDRESS: Final = 300
"""An office may have one address for all of its people."""
WRONG_OF_AN_ADDRESS: Final = 20
"""Links that there are not: somebody is trying."""


def may_enter(*, token: str, address: str, at: datetime) -> bool:
    """Counts this knock. One that was not let in is counted, too."""
    of_link = knocks(f"link {token}", at=at)
    of_address = knocks(f"address {address}", at=at)
    wrong = knocks(f"wrong {address}", at=at, more=0)
    return of_link <= OF_A_LINK and of_address <= OF_AN_ADDRESS and wrong < WRONG_OF_AN_ADDRESS


def was_wrong(*, address: str, at: datetime) -> None:
    knocks(f"wrong {address}", at=at)


def knocks(who: str, *, at: datetime, more: int = 1) -> int:
    """In this stretch, these included."""
    key = sha256(f"{settings.SECRET_KEY}\n{who}".encode()).hexdigest()
    stretch = int(at.timestamp()) // STRETCH
    own = Knock.objects.filter(who=key, stretch=stretch)
    if more:
        with transaction.atomic():
            Knock.objects.bulk_create([Knock(who=key, stretch=stretch)], ignore_conflicts=True)
            own.update(count=F("count") + more)
    return own.values_list("count", flat=True).first() or 0


def forget(*, at: datetime) -> None:
    """What is over."""
    Knock.objects.filter(stretch__lt=int(at.timestamp()) // STRETCH - 1).delete()
