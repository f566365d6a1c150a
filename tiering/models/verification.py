"""What was found when a run was verified: appended, and finished once."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from tiering.models.run import Run

LOST = timedelta(hours=2)
"""A verification that has not ended so long after it began never will."""
WAITED = timedelta(minutes=5)
"""One that nobody has begun by then may be asked for again."""


class VerificationQuerySet(models.QuerySet["Verification"]):
    def waiting(self) -> Self:
        """Asked for and never begun; of a run only the last one, which stands for those before it."""
        later = Verification.objects.filter(run=OuterRef("run"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later), began_at=None)


class Verification(models.Model):
    """`findings` are the checks in their order: title, how many customers differ, and the first differences, each as
    [whose, what, stored, computed]. Words are kept in English and read in the reader's language."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="verifications", verbose_name=_("re-grade"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    began_at = models.DateTimeField(_("began at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    gradings = models.PositiveIntegerField(_("gradings"), default=0)
    hash = models.CharField(_("hash of the replay"), max_length=64, blank=True)
    findings = models.JSONField(_("findings"), default=list)
    error = models.TextField(_("error"), blank=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return f"{self.run} {self.hash[:8]}"

    def is_open(self, *, at: datetime | None = None) -> bool:
        """Somebody is at it, or will be."""
        at = at or timezone.now()
        is_late = self.asked_at <= at - WAITED if self.began_at is None else self.began_at <= at - LOST
        return self.finished_at is None and not is_late

    @property
    def differing(self) -> list[dict[str, object]]:
        return [finding for finding in self.findings if finding["count"]]
