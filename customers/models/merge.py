"""Two customers made one, and what it takes to make them two again."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer

UNDONE_WITHIN: Final = timedelta(days=30)


class MergeQuerySet(models.QuerySet["Merge"]):
    def visible_to(self, user: User) -> Self:
        """Seen by whoever sees both customers."""
        if user.sees_all and user.is_active:
            return self
        theirs = Customer.objects.visible_to(user)
        return self.filter(keeper__in=theirs, gone__in=theirs)

    def standing(self) -> Self:
        """Not undone."""
        return self.filter(undone_at=None)


class Merge(models.Model):
    """`moved` is {model: [ids]} of what went from `gone` to `keeper`, `fields` {field: [before, after]} of the keeper's
    profile. `left` is what an undo could not bring back: {model or field: how many}.
    """

    keeper = models.ForeignKey(
        Customer, models.CASCADE, related_name="merges", verbose_name=_("customer that stays")
    )
    gone = models.ForeignKey(
        Customer, models.CASCADE, related_name="gone_in", verbose_name=_("customer that went")
    )
    moved = models.JSONField(_("what moved"))
    fields = models.JSONField(_("fields taken over"), default=dict, encoder=DjangoJSONEncoder)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("merged by"))
    at = models.DateTimeField(_("merged at"))
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    left = models.JSONField(_("what stayed when it was undone"), default=dict)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["gone"],
                condition=Q(undone_at=None),
                name="merge_takes_a_customer_once",
                violation_error_message=_("This customer went into another one already."),
            ),
            models.CheckConstraint(
                condition=~Q(keeper=F("gone")),
                name="merge_is_of_two",
                violation_error_message=_("A customer cannot be merged with itself."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_says_by_whom",
                violation_error_message=_("What is undone says when and by whom."),
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="merge_newest")]

    def __str__(self) -> str:
        return f"{self.gone} → {self.keeper}"

    @property
    def count(self) -> int:
        """Of the rows that moved."""
        return sum(len(pks) for pks in self.moved.values())

    @property
    def undone_until(self) -> datetime:
        return self.at + UNDONE_WITHIN

    def may_be_undone(self, *, at: datetime) -> bool:
        return self.undone_at is None and at <= self.undone_until
