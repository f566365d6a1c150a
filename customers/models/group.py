"""Groups: customers that people put together. A customer may stand in several."""

from typing import Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from accounts.models import User
from accounts.models.people import SEES_ALL
from customers.models.customer import Customer


class GroupQuerySet(models.QuerySet["Group"]):
    def visible_to(self, user: User) -> Self:
        """Those that hold a customer whom this user sees, and the own ones. Who may fill groups also sees the still
        empty ones of whoever sees the whole book."""
        if not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        theirs = Membership.objects.filter(
            group=OuterRef("pk"), customer__in=Customer.objects.visible_to(user).values("pk")
        )
        of_the_house = Q(created_by__role__in=SEES_ALL) if user.may_assign else Q(pk__in=[])
        return self.filter(Exists(theirs) | Q(created_by=user) | of_the_house)

    def kept_by(self, user: User) -> Self:
        """Which this user may rename and delete: the own ones; directors and administrators all."""
        if not user.may_assign:
            return self.none()
        return self if user.sees_all else self.visible_to(user).filter(created_by=user)

    def counted(self, user: User) -> Self:
        """With `members`: how many active customers of it this user sees."""
        seen = Customer.objects.visible_to(user).active()
        own = Membership.objects.filter(group=OuterRef("pk"), customer__in=seen.values("pk")).order_by()
        counts = own.values("group").annotate(n=Count("pk")).values("n")
        return self.annotate(members=Coalesce(Subquery(counts), 0))


class Group(models.Model):
    """Customers put together for a purpose. What is done by a group is known downstream (`services.groups.uses`)."""

    name = models.CharField(pgettext_lazy("of a group", "name"), max_length=80, unique=True)
    description = models.TextField(_("description"), blank=True, max_length=500)
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group of customers")
        verbose_name_plural = _("groups of customers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="group_has_a_name",
                violation_error_message=_("A group needs a name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A customer stands in a group."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships", verbose_name=_("group"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="memberships", verbose_name=_("customer")
    )
    added_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added at"), editable=False)

    class Meta:
        verbose_name = _("membership in a group")
        verbose_name_plural = _("memberships in groups")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "customer"],
                name="once_in_a_group",
                violation_error_message=_("This customer stands in the group already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.group_id} · {self.customer_id}"
