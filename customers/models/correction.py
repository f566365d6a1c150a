"""What a fact said before it was corrected: appended, never edited."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.fact import Fact, FactQuerySet


class Correction(Fact):
    """`changes` is {field: [before, after]} of the fact of that kind and id."""

    kind = models.CharField(_("kind of fact"), max_length=20)
    """The model's name, in small letters."""
    fact_id = models.BigIntegerField(_("number"))
    changes = models.JSONField(_("changes"), encoder=DjangoJSONEncoder)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("corrected by"))

    objects = FactQuerySet["Correction"].as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        indexes = [models.Index(fields=["customer", "-recorded_at"], name="correction_customer")]

    def __str__(self) -> str:
        return f"{self.kind} {self.fact_id}"
