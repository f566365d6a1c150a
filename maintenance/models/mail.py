"""E-mails that came in, once each by their Message-ID, and what became of them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from maintenance.models.case import Case


class MailQuerySet(models.QuerySet["Mail"]):
    def visible_to(self, user: User) -> Self:
        """Of nobody's customer yet: for who answers enquiries, and for who sees everything."""
        return self if Mail.may_be_read_by(user) else self.none()

    def waiting(self) -> Self:
        return self.filter(state=Mail.State.WAITING)


class Mail(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("To be sorted")
        CASE = "case", _("Became a case")
        DISMISSED = "dismissed", _("Dismissed")

    message_id = models.CharField(_("Message-ID"), max_length=250, unique=True)
    sender = models.CharField(_("sender"), max_length=320)
    sender_name = models.CharField(_("sender's name"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    attachments = models.JSONField(_("attachments left out"), default=list)
    received_at = models.DateTimeField(_("received at"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("case")
    )
    sorted_at = models.DateTimeField(_("sorted at"), null=True, blank=True)
    sorted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sorted by")
    )
    words = models.CharField(_("why dismissed"), max_length=500, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail that came in")
        verbose_name_plural = _("e-mails that came in")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="case", case__isnull=False) | ~Q(state="case") & Q(case=None),
                name="letter_became_a_case",
                violation_error_message=_("An e-mail that became a case says which."),
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(words=""),
                name="letter_dismissed_with_words",
                violation_error_message=_("Say why it is dismissed."),
            ),
        ]
        indexes = [
            models.Index(fields=["received_at", "id"], name="mail_in_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.subject

    @staticmethod
    def may_be_read_by(user: User) -> bool:
        return user.is_active and (user.sees_all or user.department == Department.SERVICE)
