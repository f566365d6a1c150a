"""Hours of the day at which somebody is told of things, or is not."""

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django_stubs_ext import StrPromise

ARE_QUIET_OR_NOT = Q(quiet_from=None, quiet_until=None) | Q(
    quiet_from__isnull=False, quiet_until__isnull=False, quiet_from__lte=23, quiet_until__lte=23
)
"""Of `quiet_from` and `quiet_until`: both are hours of the day, or none is given."""


def hour(name: StrPromise, **more: Any) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    """From 0 to 23, or none."""
    return models.PositiveSmallIntegerField(
        name, null=True, blank=True, validators=[MaxValueValidator(23)], **more
    )
