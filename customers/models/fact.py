"""What every fact about a customer has in common."""

from typing import Generic, Self, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer

M = TypeVar("M", bound=models.Model)


class FactQuerySet(models.QuerySet[M], Generic[M]):
    def visible_to(self, user: User) -> Self:
        """A fact is seen by whoever sees its customer."""
        if user.sees_all and user.is_active:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(user))


class Fact(models.Model):
    """`recorded_at` is when we learnt of it: a run ignores what came after its freeze.

    Each kind has an index of its own that begins with the customer.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="%(class)ss", db_index=False, verbose_name=_("customer")
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now, editable=False)

    class Meta:
        abstract = True
