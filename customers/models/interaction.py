"""What was said and done with a customer: appended, never edited."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from customers.models.customer import Channel
from customers.models.fact import Fact, FactQuerySet
from customers.models.topic import HAS_TOPIC, topic_field, topic_is_known

__all__ = ["Channel", "Interaction"]


class Interaction(Fact):
    at = models.DateTimeField(_("when"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    department = models.CharField(_("department"), max_length=10, choices=Department.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="interactions", verbose_name=_("by"))
    topic = topic_field()
    note = models.TextField(_("note"), max_length=10_000)

    objects = FactQuerySet["Interaction"].as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(note=""),
                name="interaction_has_a_note",
                violation_error_message=_("Say what was talked about."),
            ),
            topic_is_known("interaction_topic_is_known"),
        ]
        indexes = [
            models.Index(fields=["customer", "-at"], name="interaction_customer_at"),
            models.Index("customer", "at", name="interaction_with_topic", condition=HAS_TOPIC),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.at:%Y-%m-%d}"
