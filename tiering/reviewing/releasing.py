"""Letting a run that waits for review be published."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from tiering import publishing, regrade
from tiering.models import Run


@transaction.atomic
def release(run: Run, *, by: User | None, at: datetime) -> bool:
    """Publish it, in the background. False where it does not wait (any more): a second click does nothing.

    Raises RefusedError where it must not be published, because a later one was or another scheme grades the book.
    """
    if refusal := publishing.why_not(run.scheme, as_of=run.as_of, frozen_at=run.frozen_at):
        raise regrade.RefusedError(refusal)
    waiting = Run.objects.filter(pk=run.pk, state=Run.State.REVIEW)
    if not waiting.update(
        state=Run.State.GRADING, released_at=at, released_by=by, attempts=0, moved_at=at, error=""
    ):
        return False
    transaction.on_commit(lambda: regrade.wake(run), robust=True)
    return True
