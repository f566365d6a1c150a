"""Something to do so that a customer reaches a tier, or does not lose it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, Tier
from customers.models.fact import FactQuerySet


class AimQuerySet(FactQuerySet["Aim"]):
    def open(self) -> Self:
        return self.filter(done_at=None)


class Aim(models.Model):
    """A task that somebody made of a way to a tier. Only done or not: what was said and sold meanwhile are facts."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="aims", verbose_name=_("customer"))
    tier = models.ForeignKey(
        Tier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier aimed at")
    )
    what = models.CharField(_("what to do"), max_length=500)
    due_on = models.DateField(_("due on"))
    assignee = models.ForeignKey(
        User, models.PROTECT, related_name="aims", db_index=False, verbose_name=_("for whom to do")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    created_at = models.DateTimeField(_("made at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )

    objects = AimQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(
                condition=~Q(what=""),
                name="aim_says_what_to_do",
                violation_error_message=_("Say what is to be done."),
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="aim_done_says_by_whom",
                violation_error_message=_("What is done says when and by whom."),
            ),
        ]
        indexes = [models.Index(fields=["assignee", "due_on"], name="aim_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return self.what
