"""Measuring the book for simulations: frozen, cut into chunks, measured by workers as a re-grade measures.

As there the database is the record and a message that comes twice, late or never does no harm. Nothing is graded and
nothing about customers is written.
"""

import logging
from datetime import date, datetime

import numpy as np
from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from customers.models import Customer, Standing
from customers.services import BusyError, as_they_stood, freeze
from tiering import assigning
from tiering.book import Ints
from tiering.measures import Facts, Window, fresh
from tiering.models import Basis, BasisChunk, Override, Scheme
from tiering.placing import last_of, runs_below
from tiering.regrade import LEASE, MOST_ATTEMPTS, PATIENCE, SWEPT_EVERY, RefusedError, named, stretches
from tiering.simulation import stored
from tiering.simulation.counting import ASSIGNED, UNKNOWN
from toolbox import bulk, patience

logger = logging.getLogger(__name__)

KEPT = 3
"""Older bases are removed: they are measured anew in a minute."""


@transaction.atomic
def start(*, as_of: date, window_months: int, at: datetime, by: User | None) -> Basis:
    """Freeze the facts and queue the chunks. One that is under way is the answer already. Raises RefusedError."""
    if as_of > timezone.localdate(at):
        raise RefusedError(_("The book cannot be measured as of a day in the future."))
    try:
        moment = freeze(patience=PATIENCE)  # the second click waits for the first
    except BusyError as busy:
        raise RefusedError(str(busy)) from busy
    asked = {"as_of": as_of, "window_months": window_months, "state": Basis.State.MEASURING}
    if running := next(assigning.still_so(Basis.objects.filter(**asked)), None):
        return running
    frozen_at = min(at, moment)
    assigned = assigning.signature(assigning.in_order(), at=frozen_at)
    keys = [*fresh(), *([ASSIGNED] if assigned else [])]
    basis = Basis.objects.create(
        **asked, frozen_at=frozen_at, assigned=assigned, keys=keys, by=by, asked_at=at
    )
    BasisChunk.objects.bulk_create(
        BasisChunk(basis=basis, first=a, last=z, customers=n) for a, z, n in stretches(basis.frozen_at)
    )
    transaction.on_commit(lambda: wake(basis, at=at), robust=True)
    return basis


def wake(basis: Basis, *, at: datetime, expires: int | None = None) -> None:
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to this module

    try:
        for pk in basis.chunks.free(at=at).order_by("first").values_list("pk", flat=True):
            tasks.measure_chunk.apply_async((pk,), expires=expires)  # type: ignore[arg-type]  # None is never
    except OperationalError:
        logger.warning("The broker cannot be reached; the sweep will wake basis %s.", basis.pk)
    finish(basis.pk)


def measure_chunk(pk: int, *, at: datetime) -> None:
    """Measure a chunk, if it is nobody else's. What goes wrong is kept, and it is tried again."""
    free = BasisChunk.objects.free(at=at).filter(pk=pk, attempts__lt=MOST_ATTEMPTS)
    if not free.update(leased_until=at + LEASE, attempts=F("attempts") + 1):
        return
    chunk = BasisChunk.objects.select_related("basis").get(pk=pk)
    mine = BasisChunk.objects.open().filter(pk=pk, attempts=chunk.attempts)
    try:
        with transaction.atomic():
            patience.one_snapshot()
            patience.limit(idle=LEASE)
            columns = measured(chunk)
        mine.update(columns=stored.packed(columns), customers=columns.shape[1], leased_until=None)
    except Exception as error:
        Basis.objects.filter(pk=chunk.basis_id).update(error=named(error))
        if mine.update(leased_until=None):
            raise
    finally:
        finish(chunk.basis_id)


def measured(chunk: BasisChunk) -> Ints:
    """The columns of a chunk, as `stored` keeps them."""
    basis = chunk.basis
    bulk.plan_for_many()
    window = Window.trailing(basis.window_months, as_of=basis.as_of, frozen_at=basis.frozen_at)
    facts = Facts(first=chunk.first, last=chunk.last, window=window)
    with as_they_stood(basis.frozen_at, first=chunk.first, last=chunk.last):
        known = fresh()
        raw = [known[key].read(facts) for key in basis.keys if key != ASSIGNED]
    stood = Standing.objects.filter(**facts.stretch)
    standing = facts.aligned(
        ("tier", "total"),
        bulk.read(stood.values_list("customer_id", Coalesce("tier_id", 0), Coalesce("total", -1))),
    )
    by_hand = Override.objects.in_force(timezone.localdate(basis.frozen_at)).filter(**facts.stretch)
    overrides = facts.aligned(("tier",), bulk.read(by_hand.values_list("customer_id", "tier_id")))
    theirs = Customer.objects.filter(pk__gte=chunk.first, pk__lte=chunk.last)
    whose = facts.aligned(
        ("owner", "team"),
        bulk.read(theirs.values_list("pk", Coalesce("owner_id", 0), Coalesce("team_id", 0))),
    )
    whose_scheme = schemes_of(basis, facts)
    runs = too_low(facts, standing["tier"], whose_scheme)
    fixed = [
        facts.ids, standing["tier"], overrides["tier"], whose["owner"], whose["team"], standing["total"], runs,
    ]  # fmt: skip
    values = [np.where(column.known, column.values, UNKNOWN) for column in raw]
    return np.stack(fixed + values + ([whose_scheme] if ASSIGNED in basis.keys else []))


def schemes_of(basis: Basis, facts: Facts) -> Ints:
    """To which scheme each customer is assigned, 0 for the default one.

    As they are now: what became of groups and kinds while the book was measured does not matter for a trial.
    """
    if ASSIGNED not in basis.keys:
        return np.zeros(facts.size, np.int64)
    theirs = Customer.objects.filter(pk__gte=facts.first, pk__lte=facts.last)
    by = assigning.assigned(assigning.in_order())
    return facts.aligned(("scheme",), bulk.read(theirs.annotate(by=by).values_list("pk", "by")))["scheme"]


def too_low(facts: Facts, tiers: Ints, whose_scheme: Ints) -> Ints:
    """In how many re-grades of its scheme up to now each stood too low for the tier it has."""
    default = Scheme.objects.get(is_default=True).pk
    found = np.zeros_like(tiers)
    for scheme in np.unique(whose_scheme).tolist():
        is_default = scheme in {0, default}
        last = last_of(scheme or default, is_default=is_default)
        runs = runs_below(facts, tiers, last)
        found = np.where(whose_scheme == scheme, runs, found)
    return found


def finish(pk: int) -> None:
    """When no chunk is open the basis is ready; where one was tried too often it has failed. Safe to call any time."""
    under_way = Basis.objects.filter(pk=pk, state=Basis.State.MEASURING)
    chunks = BasisChunk.objects.filter(basis=pk, columns=None)
    if not chunks.exists():
        everybody = BasisChunk.objects.filter(basis=pk).aggregate(n=Sum("customers"))["n"] or 0
        if under_way.update(state=Basis.State.READY, customers=everybody, error=""):
            forget()
    elif chunks.filter(attempts__gte=MOST_ATTEMPTS, leased_until=None).exists():
        under_way.update(state=Basis.State.FAILED)


def sweep(*, at: datetime) -> None:
    """Wake what is being measured; chunks whose worker was lost are free again, or given up."""
    lost = BasisChunk.objects.open().filter(leased_until__lt=at, attempts__gte=MOST_ATTEMPTS)
    lost.update(leased_until=None)
    for basis in Basis.objects.filter(state=Basis.State.MEASURING):
        wake(basis, at=at, expires=SWEPT_EVERY)


def forget() -> None:
    """The newest ones are kept of each length of the window, whatever else was asked for."""
    for months in Basis.objects.order_by().values_list("window_months", flat=True).distinct():
        newest = Basis.objects.ready(window_months=months)
        old = list(newest.values_list("pk", flat=True)[KEPT:])
        Basis.objects.filter(pk__in=old).delete()
    failed = Basis.objects.filter(state=Basis.State.FAILED).order_by("-pk").values_list("pk", flat=True)
    Basis.objects.filter(pk__in=list(failed[1:])).delete()
    stored.drop_others()
