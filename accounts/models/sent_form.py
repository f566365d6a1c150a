"""Forms that were sent and carried out."""

from django.db import models
from django.utils import timezone

from accounts.models.people import User


class SentForm(models.Model):
    """A form that was sent and carried out: whoever sends it again is shown where the first sending led."""

    digest = models.CharField(max_length=64, primary_key=True)
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(default="", blank=True)
    """Its address; empty where a part of a page was the answer."""

    class Meta:
        indexes = [models.Index(fields=["by", "at"], name="sent_by_at")]

    def __str__(self) -> str:
        return self.digest
