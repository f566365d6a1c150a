"""Upgrades between re-grades: each night those whose facts changed are graded, and who reaches a better tier moves."""

from datetime import date, datetime

import numpy as np
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers.models import (
    Assessment,
    Contract,
    Correction,
    Customer,
    Figure,
    Order,
    Payment,
    ServiceRequest,
)
from customers.services import freeze
from tiering import assigning, publishing, regrade
from tiering.book import Ints
from tiering.models import Chunk, Run, Scheme
from toolbox import bulk
from toolbox.calendars import ONE_DAY, period_name

FACTS = (Order, Payment, Contract, Assessment, Figure, ServiceRequest, Correction)
CHECKS = (*Run.OF_THE_BOOK, Run.Trigger.UPGRADE)


@transaction.atomic
def check(scheme: Scheme, *, at: datetime) -> Run | None:
    """Start a run of the scheme's customers whose facts changed since its last one. None where nothing is to be done:
    the scheme's version does not ask for it, a re-grade is under way or due, none was ever published, or nothing
    changed.

    Asked again, it finds nothing that the first run had not seen.
    """
    version = scheme.published()
    if not version.nightly_upgrades:
        return None
    today = timezone.localdate(at)
    if regrade.is_due(scheme, today=today):
        return None
    if Run.objects.active().exists():  # who waits for a publication must not keep others from writing
        return None
    moment = freeze(patience=None)
    publishing.lock_the_book()
    before = Run.objects.published().in_line_with(scheme.pk, is_default=scheme.is_default)
    last = before.filter(trigger__in=CHECKS).order_by("-frozen_at").first()
    if last is None or Run.objects.active().exists():
        return None
    changed = changed_between(last.frozen_at, moment)
    if (own := assigning.ids_of(scheme, at=min(at, moment))) is not None:
        changed = np.intersect1d(changed, own)
    if not len(changed):
        return None
    as_of = max(today - ONE_DAY, last.as_of)
    run = Run.objects.create(
        scheme=scheme,
        version=version,
        of_default=scheme.is_default,
        as_of=as_of,
        period=period_name(as_of, scheme.cadence),
        trigger=Run.Trigger.UPGRADE,
        frozen_at=min(at, moment),
    )
    chunks = Chunk.objects.bulk_create(regrade.chunks_of(run, changed))
    run.chunk_count, run.customers = len(chunks), sum(chunk.customers for chunk in chunks)
    run.save(update_fields=["chunk_count", "customers"])
    transaction.on_commit(lambda: regrade.wake(run), robust=True)
    return run


def was_checked(scheme: Scheme, *, on: date) -> bool:
    """Whether a check of that day found something to grade."""
    own = Run.objects.filter(trigger=Run.Trigger.UPGRADE).in_line_with(
        scheme.pk, is_default=scheme.is_default
    )
    last = own.order_by("-frozen_at").first()
    return last is not None and timezone.localdate(last.frozen_at) == on


def changed_between(since: datetime, until: datetime) -> Ints:
    """Ids, rising, of customers about whom something was recorded, corrected or edited after the one moment and up to
    the other.
    """
    history: QuerySet[Customer] = Customer.history.filter(history_date__gt=since, history_date__lte=until)
    asked = [history.order_by().values_list("id")] + [
        model._default_manager.filter(recorded_at__gt=since, recorded_at__lte=until)
        .order_by()
        .values_list("customer_id")
        .distinct()
        for model in FACTS
    ]
    changed: Ints = np.unique(np.concatenate([bulk.read(rows).reshape(-1) for rows in asked]))
    return changed
