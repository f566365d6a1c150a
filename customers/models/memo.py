"""What colleagues tell each other about a customer: notes, whom they mention, and files."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from customers.models.customer import Customer
from customers.models.fact import Fact, FactQuerySet


class Memo(Fact):
    """A note from a department to the others: appended, never edited. It is no contact and keeps no promise."""

    at = models.DateTimeField(_("when"))
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="memos", verbose_name=_("by"))
    words = models.TextField(_("note"), max_length=10_000)

    objects = FactQuerySet["Memo"].as_manager()

    class Meta:
        verbose_name = _("note to colleagues")
        verbose_name_plural = _("notes to colleagues")
        constraints = [
            models.CheckConstraint(
                condition=~Q(words=""),
                name="memo_has_words",
                violation_error_message=_("Write the note first."),
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="memo_customer_at"),
            models.Index(fields=["recorded_at"], name="memo_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"


class Mention(models.Model):
    """Somebody is named in a note."""

    memo = models.ForeignKey(
        Memo, models.CASCADE, db_index=False, related_name="mentions", verbose_name=_("note to colleagues")
    )
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(
                fields=["memo", "person"],
                name="mentioned_once",
                violation_error_message=_("This person is mentioned in the note already."),
            )
        ]

    def __str__(self) -> str:
        return f"@{self.person}"


class AttachmentQuerySet(FactQuerySet["Attachment"]):
    def kept(self) -> Self:
        return self.filter(deleted_at=None)


class Attachment(models.Model):
    """A file that hangs on a note. What is deleted leaves its line: who, when, what it was called."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="attachments", verbose_name=_("customer")
    )
    memo = models.ForeignKey(
        Memo, models.CASCADE, related_name="attachments", verbose_name=_("note to colleagues")
    )
    file = models.FileField(_("file"), max_length=120, blank=True)
    """Under a name that says nothing; empty once it is deleted."""
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("kind of file"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deleted by")
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=Q(deleted_at=None, deleted_by=None)
                | Q(deleted_at__isnull=False, deleted_by__isnull=False),
                name="attachment_deleted_says_by_whom",
                violation_error_message=_("A deleted file says when and by whom."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_deleted_by(self, user: User) -> bool:
        """By whoever attached it, and by whoever answers for the team or the book."""
        return user.may_write and (self.by_id == user.pk or user.may_assign)
