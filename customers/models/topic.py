"""What was talked or asked about, where that says something about what comes next."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """Both are read by the nurture list."""

    NEW_PRODUCT = "new_product", _("New products")
    BULK = "bulk", _("Buying in bulk")


def topic_field() -> "models.CharField[str, str]":
    """Empty: neither. The database has the default too, for whoever writes rows without us."""
    return models.CharField(
        _("topic"), max_length=12, blank=True, choices=Topic.choices, default="", db_default=""
    )


def topic_is_known(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(topic__in=["", *Topic.values]),
        name=name,
        violation_error_message=_("Nobody knows this topic."),
    )


HAS_TOPIC = ~Q(topic="")
