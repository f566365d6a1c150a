"""Which customers are graded by a scheme other than the default one: by kind, or by group."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from customers.models import Group, Kind
from tiering.models.scheme import Scheme


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def in_order(self) -> Self:
        """The first that fits a customer counts."""
        return self.order_by("position", "pk")


class Assignment(models.Model):
    """Customers of a kind, or in a group, are graded by this scheme; who fits none is by the default one."""

    position = models.PositiveSmallIntegerField(pgettext_lazy("in a list", "position"))
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="assignments", verbose_name=_("scheme"))
    kind = models.CharField(_("kind"), max_length=12, blank=True, choices=Kind.choices)
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment to a scheme")
        verbose_name_plural = _("assignments to schemes")
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind__in=Kind.values) & Q(group=None)) | (Q(kind="") & ~Q(group=None)),
                name="assigned_by_kind_or_by_group",
                violation_error_message=_("Choose a kind or a group, one of the two."),
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=~Q(kind=""),
                name="a_kind_is_assigned_once",
                violation_error_message=_("This kind stands in the order already."),
            ),
            models.UniqueConstraint(
                fields=["group"],
                name="a_group_is_assigned_once",
                violation_error_message=_("This group stands in the order already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose} → {self.scheme}"

    @property
    def whose(self) -> str:
        """Of whom it speaks, for people."""
        return str(self.group) if self.group else str(self.get_kind_display())
