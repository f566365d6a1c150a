"""Undoing what was published last, as a run of its own."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from tiering import publishing, regrade, restoring
from tiering.models import Run


@transaction.atomic
def undo(run: Run, *, by: User, at: datetime) -> Run:
    """Ask for a run that takes this one back, in the background; one that is under way is the answer already.

    Raises RefusedError where another one is under way, or something was published later.
    """
    publishing.lock_the_book()  # the second click waits for the first
    running = Run.objects.active().first()
    if running and running.undoes_id == run.pk:
        return running
    if running:
        raise regrade.RefusedError(regrade.busy(running))
    run.refresh_from_db()
    if refusal := restoring.why_not(run):
        raise regrade.RefusedError(refusal)
    undoing = Run.objects.create(
        scheme_id=run.scheme_id,
        version_id=run.version_id,
        of_default=run.of_default,
        as_of=run.as_of,
        period=run.period,
        trigger=Run.Trigger.UNDO,
        started_by=by,
        frozen_at=at,
        undoes=run,
    )
    transaction.on_commit(lambda: regrade.wake(undoing), robust=True)
    return undoing
