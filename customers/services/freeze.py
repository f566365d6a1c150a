"""The freeze: a moment before which everything recorded counts, for all who read, and nothing after it.

Facts are written under a shared lock that lasts as long as the transaction, and the freeze waits for all who hold
it. So nothing that was recorded before the moment can still come in. Corrections after it are known (`Correction`,
the history of profiles) and are taken back while somebody reads as of the moment.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db import OperationalError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Correction, Customer
from toolbox.patience import limit

LOCK: Final = 7_250_002
"""PostgreSQL's advisory lock of this module. SQLite has one writer at a time anyway."""
A_MOMENT: Final = timedelta(seconds=1)
"""Nobody who writes waits longer for somebody who freezes."""

PUT_BACK_AT_ONCE: Final = 500


class BusyError(ValueError):
    """Somebody has been writing facts all the while; the message is for people."""


def recording() -> datetime:
    """The moment of what is recorded now. First thing in a transaction that writes facts or profiles.

    Before the book is locked, too (`tiering.publishing.lock_the_book`): whoever freezes takes both in this order.
    """
    return told_once_locked("pg_advisory_xact_lock_shared")


def told_once_locked(lock: str) -> datetime:
    """The moment by the clock of the database, which is one for all machines."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(%s), clock_timestamp()", [LOCK])
        [(_nothing, moment)] = cursor.fetchall()
    found: datetime = moment
    return found


def freeze(*, patience: timedelta | None) -> datetime:
    """The moment of the freeze. Until the end of this transaction nobody records anything; whoever began to is through, or it is not frozen.

    Waits for them, as long as it takes where no patience is given. Raises BusyError when that is at its end.
    """
    until = None if patience is None else time.monotonic() + patience.total_seconds()
    while (moment := frozen_if_nobody_writes()) is None:
        if until is not None and time.monotonic() > until:
            raise BusyError(_("A file is being loaded right now. Try again when that is done."))
        time.sleep(A_MOMENT.total_seconds() / 2)
    return moment


def frozen_if_nobody_writes() -> datetime | None:
    try:
        with transaction.atomic():
            limit(lock=A_MOMENT)
            moment = told_once_locked("pg_advisory_xact_lock")
            limit(lock=timedelta(0))
    except OperationalError:
        return None
    return moment


@contextmanager
def as_they_stood(moment: datetime, *, first: int, last: int) -> Iterator[None]:
    """Within, the facts of these customers read as at the moment. To be used in a transaction.

    What was corrected or removed later is put back in a savepoint, which is rolled back in the end. Rows are locked
    by kind and in the order of their ids, before anything else: whoever corrects many must do so too. On PostgreSQL
    the transaction has to be of one moment (`toolbox.patience.one_snapshot`): else what is corrected while it reads
    enters.
    """
    touched = Correction.objects.filter(customer_id__gte=first, customer_id__lte=last, recorded_at__gt=moment)
    facts = set(touched.values_list("kind", "fact_id"))
    if not facts:
        yield
        return
    with transaction.atomic():
        put_back(facts, moment)
        yield
        transaction.set_rollback(True)


def put_back(facts: set[tuple[str, int]], moment: datetime) -> None:
    """As they stood at the moment, whosever they are by now."""
    for kind in sorted({kind for kind, _pk in facts}):
        model: Any = apps.get_model("customers", kind)
        pks = sorted(pk for own, pk in facts if own == kind)
        alike: dict[tuple[Any, ...], list[int]] = {}
        before: dict[int, dict[str, Any]] = {}
        for start in range(0, len(pks), PUT_BACK_AT_ONCE):
            stretch = pks[start : start + PUT_BACK_AT_ONCE]
            locked = model._default_manager.select_for_update(of=("self",)).filter(pk__in=stretch)
            there = set(locked.order_by("pk").values_list("pk", flat=True))
            for pk, said in stood_before(kind, stretch, moment).items():
                before[pk] = as_it_stood(model, pk, said)
                if pk in there:
                    alike.setdefault(tuple(before[pk].items()), []).append(pk)
                elif len(said) == len(model._meta.concrete_fields) - 1:  # a removal leaves all that was said
                    model(id=pk, **before[pk]).save_base(raw=True, force_insert=True)
        for own in alike.values():  # a merge changes many in the same way
            for start in range(0, len(own), PUT_BACK_AT_ONCE):
                stretch = own[start : start + PUT_BACK_AT_ONCE]
                model._default_manager.filter(pk__in=stretch).update(**before[stretch[0]])


def stood_before(kind: str, pks: list[int], moment: datetime) -> dict[int, dict[str, Any]]:
    """What the fields of each fact said that were changed later: the earliest correction knows."""
    stood: dict[int, dict[str, Any]] = {pk: {} for pk in pks}
    later = Correction.objects.filter(kind=kind, fact_id__in=pks, recorded_at__gt=moment)
    for pk, changes in later.order_by("-pk").values_list("fact_id", "changes"):
        stood[pk].update({name: was for name, (was, _is) in changes.items()})
    return stood


def as_it_stood(model: type[models.Model], pk: int, before: dict[str, Any]) -> dict[str, Any]:
    """Its number may be another's by now: a fact that is read as it stood goes without."""
    values = {}
    for name, value in before.items():
        field: Any = model._meta.get_field(name)
        values[field.attname] = f"~{pk}" if field.unique else field.to_python(value)
    return values


def profiles_changed_since(moment: datetime, *, first: int = 0, last: int = 2**63 - 1) -> list[Any]:
    """How customers stood at the moment whose profile was changed after it: their rows of history."""
    history = Customer.history.filter(id__range=(first, last))
    pks = history.filter(history_date__gt=moment).values("id")
    rows = history.filter(id__in=pks, history_date__lte=moment).order_by("history_date", "history_id")
    return list({row.id: row for row in rows}.values())


def removed_since(moment: datetime, *, first: int, last: int) -> list[int]:
    """Ids of customers who are gone."""
    gone = Customer.history.filter(id__range=(first, last), history_date__gt=moment, history_type="-")
    return sorted(gone.values_list("id", flat=True))
