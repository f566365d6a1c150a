"""Who wants to be told what is new at a customer."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer


class WatchQuerySet(models.QuerySet["Watch"]):
    def visible_to(self, user: User) -> Self:
        """One's own, of the customers one still sees."""
        return self.filter(person=user, customer__in=Customer.objects.visible_to(user))


class Watch(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="watches", verbose_name=_("customer"))
    person = models.ForeignKey(User, models.CASCADE, related_name="watches", verbose_name=_("person"))
    since = models.DateTimeField(_("since"))
    told_until = models.DateTimeField(_("told until"))
    """Entries recorded until then were told, or are not to be."""

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watched customer")
        verbose_name_plural = _("watched customers")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "customer"],
                name="watched_once",
                violation_error_message=_("You watch this customer already."),
            ),
            models.CheckConstraint(
                condition=Q(told_until__gte=models.F("since")),
                name="watch_tells_what_comes",
                violation_error_message=_("A watch tells what comes after it began."),
            ),
        ]
        indexes = [models.Index(fields=["told_until", "id"], name="watch_to_tell")]

    def __str__(self) -> str:
        return f"{self.person}: {self.customer_id}"
