"""Tier history of a book so large that nobody waits for it to be counted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CountedBook(models.Model):
    """What `tiering.course.figures` last counted of the whole book: one row."""

    figures = models.JSONField(_("figures"))
    counted_at = models.DateTimeField(_("counted at"))

    class Meta:
        verbose_name = _("counted tier history")
        verbose_name_plural = _("counted tier history")
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=1),
                name="counted_book_is_one_row",
                violation_error_message=_("There is one book."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.counted_at:%Y-%m-%d %H:%M}"
