"""The tier changes that a run proposes."""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Tier
from customers.models.fact import FactQuerySet
from tiering.models.review import Decision, Hold
from tiering.models.run import ON_TRUST, Grading, Run


class MovementQuerySet(FactQuerySet["Movement"]):
    def upgrades(self) -> Self:
        return self.filter(to_tier__scale=F("from_tier__scale"), to_tier__rank__lt=F("from_tier__rank"))

    def downgrades(self) -> Self:
        return self.filter(to_tier__scale=F("from_tier__scale"), to_tier__rank__gt=F("from_tier__rank"))

    def rescaled(self) -> Self:
        """To the scale of another scheme, which is neither up nor down."""
        return self.filter(from_tier__isnull=False, to_tier__isnull=False).exclude(
            to_tier__scale=F("from_tier__scale")
        )

    def accepted(self) -> Self:
        return self.filter(self._decided(is_accepted=True))

    def rejected(self) -> Self:
        return self.filter(self._decided(is_accepted=False))

    def undecided(self) -> Self:
        return self.exclude(self._decided())

    def for_approval(self) -> Self:
        """Those that the policy lets through only when somebody accepts them."""
        asking = Hold.objects.filter(
            run=OuterRef("run"), customer=OuterRef("customer"), by=Grading.Kept.APPROVAL
        )
        return self.filter(Exists(asking))

    def stopped(self) -> Self:
        """Those that do not, or would not, happen: rejected, or in want of an approval."""
        unapproved = self.for_approval().exclude(self._decided(is_accepted=True))
        return self.filter(Q(self._decided(is_accepted=False)) | Q(pk__in=unapproved.values("pk")))

    def _decided(self, **how: bool) -> Exists:
        return Exists(Decision.objects.filter(run=OuterRef("run"), customer=OuterRef("customer"), **how))


class Movement(models.Model):
    """A tier change a run proposes. Publishing makes it one, unless it is stopped."""

    run = models.ForeignKey(
        Run,
        models.PROTECT,
        **ON_TRUST,
        related_name="movements",
        verbose_name=_("re-grade"),
    )
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("customer"),
    )
    from_tier = models.ForeignKey(
        Tier,
        models.PROTECT,
        null=True,
        related_name="+",
        **ON_TRUST,
        verbose_name=_("from"),
    )
    to_tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", **ON_TRUST, verbose_name=_("to"))
    earlier_id = models.BigIntegerField(null=True, editable=False)
    """The grading from which the reason starts; None where there was none."""
    reason = models.JSONField(_("reason"))

    objects = MovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed tier change")
        verbose_name_plural = _("proposed tier changes")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer"],
                name="one_movement_in_a_run",
                violation_error_message=_("A customer moves once in a run."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.customer_id}"

    @property
    def is_upgrade(self) -> bool:
        return bool(self.from_tier and self.from_tier.step_to(self.to_tier) == 1)

    @property
    def is_downgrade(self) -> bool:
        return bool(self.from_tier and self.from_tier.step_to(self.to_tier) == -1)
