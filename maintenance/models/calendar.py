"""Where the office's calendar differs from the public one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarOverride(models.Model):
    """A day that is worked, or not, whatever the holiday calendar says: the yearly State Council notice."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("is a working day"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("calendar override")
        verbose_name_plural = _("calendar overrides")

    def __str__(self) -> str:
        return f"{self.day}"
