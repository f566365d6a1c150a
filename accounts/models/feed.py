"""A person's address for calendar programs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class CalendarFeed(models.Model):
    """Whoever knows the address reads the calendar: of it only the hash is kept. A new one replaces it."""

    user = models.OneToOneField(User, models.CASCADE, related_name="calendar_feed", verbose_name=_("user"))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made at"))
    read_at = models.DateTimeField(_("last read at"), null=True, blank=True)
    """To the hour: a program asks again and again."""

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    def __str__(self) -> str:
        return str(self.user)
