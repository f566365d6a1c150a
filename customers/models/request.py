"""What a customer asked of us, and which department answers."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from customers.models.fact import Fact, FactQuerySet
from customers.models.topic import HAS_TOPIC, topic_field, topic_is_known


class ServiceRequestQuerySet(FactQuerySet["ServiceRequest"]):
    def open(self) -> Self:
        return self.filter(resolved_at=None)


class ServiceRequest(Fact):
    subject = models.CharField(_("subject"), max_length=200)
    detail = models.TextField(_("detail"), blank=True, max_length=10_000)
    topic = topic_field()
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opened_requests",
        verbose_name=_("opened by"),
        help_text=_("Empty: the customer, by e-mail."),
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resolved_requests",
        verbose_name=_("resolved by"),
    )
    resolution = models.TextField(_("resolution"), blank=True, max_length=10_000)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        constraints = [
            models.CheckConstraint(
                condition=~Q(subject=""),
                name="request_has_a_subject",
                violation_error_message=_("A service request needs a subject."),
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("opened_at")),
                name="request_resolved_after_opening",
                violation_error_message=_("A service request cannot be closed before it was opened."),
            ),
            topic_is_known("request_topic_is_known"),
        ]
        indexes = [
            models.Index("customer", "opened_at", name="request_customer_opened"),
            models.Index("department", "customer", name="request_open", condition=Q(resolved_at=None)),
            models.Index("customer", "opened_at", name="request_with_topic", condition=HAS_TOPIC),
        ]

    def __str__(self) -> str:
        return self.subject
