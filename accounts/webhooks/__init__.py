"""Telling programs and chats outside: signed, retried, each piece of news recorded once per endpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise

from accounts.models import Endpoint, Parcel
from accounts.notices import Words

Facts = dict[str, Any]
Writer = Callable[[Facts], Words | None]
"""In the active language; None where there is nothing left to say."""


@dataclass(frozen=True)
class Kind:
    name: Promise
    write: Writer


kinds: dict[str, Kind] = {}


def register(kind: str, name: Promise, write: Writer) -> None:
    kinds[kind] = Kind(name, write)


def tell(kind: str, *, key: str, facts: Facts, at: datetime) -> None:
    """To every endpoint that wants this kind. Telling again does nothing."""
    tell_all(kind, {key: facts}, at=at)


@transaction.atomic
def tell_all(kind: str, pieces: Mapping[str, Facts], *, at: datetime) -> None:
    """Several pieces of news of one kind, by their keys."""
    from accounts import tasks  # noqa: PLC0415 - tasks are a door to this module

    if not pieces:
        return
    wanted = [one for one in Endpoint.objects.filter(is_active=True) if kind in one.kinds]
    if wanted:
        Parcel.objects.bulk_create(
            (
                Parcel(endpoint=one, kind=kind, key=key, facts=facts, at=at, next_try_at=at)
                for key, facts in pieces.items()
                for one in wanted
            ),
            ignore_conflicts=True,
            batch_size=1_000,
        )
        transaction.on_commit(tasks.send_parcels.delay, robust=True)
