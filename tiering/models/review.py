"""What people decide about a run before it is published, and what the movement policy holds back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer, Tier
from customers.models.fact import FactQuerySet
from tiering.models.run import ON_TRUST, Grading, Run


class Decision(models.Model):
    """Somebody accepts or rejects one movement of a run that waits for review; the last word counts.

    Who is rejected keeps its tier, and the comment says why. Once the run is published it stays as it is.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="decisions", verbose_name=_("re-grade"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="decisions", verbose_name=_("customer")
    )
    is_accepted = models.BooleanField(_("accepted"))
    comment = models.TextField(_("comment"), blank=True, max_length=2_000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("decided at"))

    objects = FactQuerySet["Decision"].as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer"],
                name="one_decision_in_a_run",
                violation_error_message=_("This movement has been decided already."),
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=True) | ~Q(comment=""),
                name="a_rejection_has_a_comment",
                violation_error_message=_("A rejection needs a comment."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.customer_id}: {self.is_accepted}"


class Hold(models.Model):
    """A change of tier that the policy holds back or shortens, or lets through after some runs: appended, never
    edited. `to_tier` is the tier by the numbers.
    """

    run = models.ForeignKey(Run, models.PROTECT, **ON_TRUST, related_name="holds", verbose_name=_("re-grade"))
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, related_name="+", **ON_TRUST, verbose_name=_("customer")
    )
    from_tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", **ON_TRUST, verbose_name=_("from"))
    to_tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", **ON_TRUST, verbose_name=_("to"))
    by = models.CharField(_("held by"), max_length=10, blank=True, choices=Grading.Kept.choices)
    """Empty: nothing holds it any more."""
    runs = models.PositiveSmallIntegerField(_("re-grades below"), default=0)
    """One after the other, this one included."""

    objects = FactQuerySet["Hold"].as_manager()

    class Meta:
        verbose_name = _("change held back")
        verbose_name_plural = _("changes held back")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer"],
                name="one_hold_in_a_run",
                violation_error_message=_("A customer is held back once in a run."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} · {self.customer_id}: {self.by}"
