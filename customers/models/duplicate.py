"""Two customers that may be one: found by night, judged by people."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer
from toolbox.money import MoneyField


class DuplicateQuerySet(models.QuerySet["Duplicate"]):
    def visible_to(self, user: User) -> Self:
        """Seen by whoever sees both customers."""
        if user.sees_all and user.is_active:
            return self
        theirs = Customer.objects.visible_to(user)
        return self.filter(first__in=theirs, second__in=theirs)

    def open(self) -> Self:
        """Of two who are both worked with, about whom nobody has said that they are two."""
        return self.filter(dismissed_at=None, first__archived_at=None, second__archived_at=None)

    def with_customers(self) -> Self:
        found = self.select_related(
            "dismissed_by",
            *(
                f"{side}__{name}"
                for side in ("first", "second")
                for name in ("owner", "team", "standing__tier")
            ),
        )
        return found.defer("first__notes", "first__search_text", "second__notes", "second__search_text")


class Duplicate(models.Model):
    """`reasons` is a list of {kind: name | similar | phone | email, share: basis points, what: what is the same}.

    `amount` is what both bought in a year, as of the day they were found: the list is sorted by it.
    """

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("customer"))
    second = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("the other customer")
    )
    reasons = models.JSONField(_("why"))
    amount = MoneyField(_("annual amount"), default=0)
    found_at = models.DateTimeField(_("found at"))
    dismissed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("told apart by")
    )
    dismissed_at = models.DateTimeField(_("told apart at"), null=True, blank=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="duplicate_pair_is_listed_once",
                violation_error_message=_("These two are on the list already."),
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="duplicate_pair_is_ordered",
                violation_error_message=_("The older of the two comes first."),
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at=None, dismissed_by=None)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="duplicate_dismissed_says_by_whom",
                violation_error_message=_("Who are told apart, are so by somebody, on a day."),
            ),
        ]
        indexes = [models.Index(fields=["-amount", "-id"], name="duplicate_by_amount")]

    def __str__(self) -> str:
        return f"{self.first_id} / {self.second_id}"
