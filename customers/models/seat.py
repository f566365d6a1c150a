"""The service team of a customer: besides its account manager one person for each supporting department."""

from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.models import SUPPORT, Department, Role, User
from customers.models.customer import Customer
from customers.models.fact import FactQuerySet

SEATS: Final[dict[str, StrPromise]] = {
    Department.TECHNICAL: _("Technical adviser"),
    Department.SERVICE: _("After-sales specialist"),
    Department.LOGISTICS: _("Logistics specialist"),
}
"""What whoever sits there is called. The seat of sales is the customer's `owner`."""
ROLES: Final[dict[str, Role]] = {department: role for role, department in SUPPORT.items()}


class SeatQuerySet(FactQuerySet["Seat"]):
    def taken(self) -> Self:
        """Those of today; the others are history."""
        return self.filter(until=None)

    def serving(self) -> Self:
        """Taken by somebody who still works here, and in that department: only such a seat means anything."""
        fits = [Q(department=department, person__role=role) for department, role in ROLES.items()]
        works = fits[0]
        for other in fits[1:]:
            works |= other
        return self.taken().filter(works, person__is_active=True)

    def customers_of(self, user: User) -> "models.QuerySet[Seat, int]":
        """Ids of the customers whom this user serves."""
        return self.serving().filter(person=user).values_list("customer_id", flat=True)


class Seat(models.Model):
    """Who serves a customer for a department, since when and until when."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, db_index=False, related_name="seats", verbose_name=_("customer")
    )
    department = models.CharField(_("department"), max_length=10, choices=list(SEATS.items()))
    person = models.ForeignKey(User, models.PROTECT, related_name="seats", verbose_name=_("person"))
    since = models.DateTimeField(_("since"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("given by"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat in a service team")
        verbose_name_plural = _("seats in service teams")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "department"],
                condition=Q(until=None),
                name="seat_is_taken_once",
                violation_error_message=_("Somebody serves this customer for the department already."),
            ),
            models.CheckConstraint(
                condition=Q(department__in=["service", "technical", "logistics"]),
                name="seat_department_supports",
                violation_error_message=_("Choose one of the supporting departments."),
            ),
            models.CheckConstraint(
                condition=Q(until=None, ended_by=None) | Q(until__isnull=False, ended_by__isnull=False),
                name="seat_ended_says_by_whom",
                violation_error_message=_("A seat that has ended says when and by whom."),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-since"], name="seat_of_customer"),
            models.Index(fields=["person", "customer"], name="seat_of_person", condition=Q(until=None)),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.department}: {self.person}"
