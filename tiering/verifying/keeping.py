"""Verifying a run in the background, and keeping what was found for its page."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from accounts.models import User
from tiering.models import Run, Verification
from tiering.regrade import SWEPT_EVERY
from tiering.verifying import Checked, verify

logger = logging.getLogger(__name__)
KEPT_IN = "en"
"""The language of the words in the source: they are translated for whoever reads them."""


@transaction.atomic
def ask(run: Run, *, by: User, at: datetime) -> Verification:
    """Have the run verified. Who asks while somebody is at it gets that one."""
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to this module

    Run.objects.select_for_update().get(pk=run.pk)
    latest = run.verifications.order_by("-pk").first()
    if latest and latest.is_open(at=at):
        return latest
    asked = Verification.objects.create(run=run, by=by, asked_at=at)
    transaction.on_commit(lambda: tasks.verify.delay(asked.pk), robust=True)
    return asked


def ask_again(*, at: datetime) -> None:
    """Send anew the messages that nobody took: they, or the worker that had them, may be lost."""
    from tiering import tasks  # noqa: PLC0415 - tasks are the door to this module

    waiting = Verification.objects.waiting().filter(asked_at__lte=at - timedelta(seconds=SWEPT_EVERY))
    try:
        for pk in waiting.order_by("pk").values_list("pk", flat=True):
            tasks.verify.apply_async((pk,), expires=SWEPT_EVERY)
    except OperationalError:
        logger.warning("The broker cannot be reached; the sweep will ask for verifications again.")


def carry_out(pk: int, *, at: datetime) -> None:
    """Once: a message that comes twice finds it begun, and one for a run that was asked for again is late."""
    if not Verification.objects.waiting().filter(pk=pk).update(began_at=at):
        return
    asked = Verification.objects.select_related("run__version__scheme").get(pk=pk)
    try:
        with translation.override(KEPT_IN):
            checks = list(verify([asked.run], today=timezone.localdate(at)))
    except Exception as error:
        logger.exception("Verification %s stopped.", pk)
        asked.error = f"{type(error).__name__}: {error}"[:2_000]
    else:
        asked.findings = [kept(checked) for checked in checks]
        asked.hash, asked.gradings = next(
            (checked.replay.hash, checked.replay.gradings) for checked in checks if checked.replay
        )
    asked.finished_at = timezone.now()
    asked.save(update_fields=["error", "findings", "hash", "gradings", "finished_at"])


def kept(checked: Checked) -> dict[str, Any]:
    findings = checked.findings
    return {
        "title": findings.title,
        "count": findings.count,
        "differences": [[d.whose, d.what, d.stored, d.computed] for d in findings.differences],
    }
