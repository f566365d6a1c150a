"""Accepting and rejecting movements of a run that waits for review."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from tiering.models import Decision, Movement, Run

BATCH = 2_000


class TooLateError(ValueError):
    """The run does not wait for review any more; the message is for people."""


@transaction.atomic
def decide(
    run: Run, customers: Iterable[int], *, is_accepted: bool, comment: str, by: User, at: datetime
) -> int:
    """Decide for those of these customers that would move; what was decided before is replaced. Says how many.

    Whoever lets the run go meanwhile waits, or is waited for: a decision counts or is refused with TooLateError.
    """
    if not Run.objects.select_for_update().filter(pk=run.pk, state=Run.State.REVIEW).exists():
        raise TooLateError(_("The re-grade does not wait for review any more; nothing was changed."))
    wanted = sorted(set(customers))
    done = 0
    for start in range(0, len(wanted), BATCH):
        own = Movement.objects.filter(run=run, customer__in=wanted[start : start + BATCH])
        decisions = [
            Decision(run=run, customer_id=pk, is_accepted=is_accepted, comment=comment, by=by, at=at)
            for pk in own.values_list("customer_id", flat=True)
        ]
        Decision.objects.bulk_create(
            decisions,
            update_conflicts=True,
            unique_fields=["run", "customer"],
            update_fields=["is_accepted", "comment", "by", "at"],
        )
        done += len(decisions)
    return done
